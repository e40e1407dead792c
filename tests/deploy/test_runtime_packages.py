"""deploy/runtime-packages.txt names what the programs are linked with: no more libraries, no fewer."""

import re
import subprocess
from pathlib import Path

LIST = Path(__file__).resolve().parents[2] / "deploy/runtime-packages.txt"
IN_EVERY_DEBIAN = {"libc6", "libgcc-s1", "libstdc++6"}
NO_LIBRARIES = {"ca-certificates"}


def output(*command) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def package_of(library: Path) -> str | None:
    for file in (library, library.resolve()):
        found = subprocess.run(["dpkg", "-S", file], capture_output=True, text=True, check=False)
        if found.returncode == 0:
            return found.stdout.split(":")[0]
    return None


def test_the_list_is_what_the_programs_need(programs):
    needed = set()
    for name in ("stemscribe", "stemscribed"):
        wanted = set(re.findall(r"NEEDED.*\[(.+)\]", output("readelf", "-d", programs / name)))
        paths = dict(re.findall(r"(\S+) => (/\S+)", output("ldd", programs / name)))
        needed |= {package_of(Path(path)) for library, path in paths.items() if library in wanted}
    needed -= {None, *IN_EVERY_DEBIAN}  # None: out of a wheel
    listed = {line for line in LIST.read_text().splitlines() if line and not line.startswith("#")}
    assert listed - NO_LIBRARIES == needed
