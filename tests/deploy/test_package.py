"""The Debian packages (cmake/package.cmake): what is in them works for an unprivileged user, with Debian's libraries alone.

`make image-check` installs them for real, in a Debian of their own.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

NAMES = ("stemscribe", "stemscribed", "stemscribe-models")
PLACES = {"STORAGE_PATH": "/var/lib/stemscribe/storage", "DATABASE_URL": "sqlite:////var/lib/stemscribe/api.db", "LOG_FILE": ""}


@pytest.fixture(scope="module")
def packages(programs):
    """The .deb files by name."""
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run(["cpack", "-G", "DEB", "-B", folder], cwd=programs.parent, capture_output=True, text=True, check=False)
        assert made.returncode == 0, made.stdout + made.stderr
        yield {path.name.split("_")[0]: path for path in Path(folder).glob("*.deb")}


@pytest.fixture(scope="module")
def installed(packages):
    """A root with what is in all packages; readable to everybody, unlike pytest's folders."""
    folder = Path(tempfile.mkdtemp(prefix="stemscribe-package-"))
    folder.chmod(0o755)
    for package in packages.values():
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
    yield folder
    shutil.rmtree(folder)


def as_nobody(*command) -> subprocess.CompletedProcess:
    user = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "--no-new-privs"] if os.geteuid() == 0 else []
    return subprocess.run([*user, "env", "-i", *map(str, command)], capture_output=True, text=True, timeout=300, check=False)


def field(package: Path, name: str) -> str:
    return subprocess.run(["dpkg-deb", "-f", package, name], capture_output=True, text=True, check=True).stdout.strip()


def test_they_depend_on_each_other_and_on_what_the_programs_are_linked_with(packages):
    assert set(packages) == set(NAMES)
    version = field(packages["stemscribe"], "Version")
    depends = {name: set(re.split(r", ", field(package, "Depends"))) for name, package in packages.items()}
    own = f"stemscribe (= {version})"
    assert own in depends["stemscribed"]
    assert own in depends["stemscribe-models"]
    assert f"stemscribe-models (= {version})" in field(packages["stemscribe"], "Recommends")
    plain = {name: {entry.split(" ")[0] for entry in entries} for name, entries in depends.items()}
    assert {"libmp3lame0", "libsoxr0", "libseccomp2"} <= plain["stemscribe"]
    assert not [name for entries in plain.values() for name in entries if name.startswith("libav")], "Debian's FFmpeg: 150 MB, and the GPL"
    assert {"libpq5", "libhiredis0.14", "libsoci-sqlite3-4.0", "ca-certificates"} <= plain["stemscribed"]
    assert not {"libmp3lame0", "libsoxr0"} & plain["stemscribed"], "the service knows nothing of audio"


def test_the_programs_need_nothing_of_the_build_machine(installed, programs):
    for program in (installed / "usr/bin").iterdir():
        found = dict(re.findall(r"(\S+) => (\S+)", subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout))
        assert "not" not in found.values()
        strange = [path for path in found.values() if not path.startswith(("/lib/", "/usr/lib/", str(installed)))]
        assert strange == []


def test_an_unprivileged_user_transcribes_a_song(installed, tmp_path):
    tool = installed / "usr/bin/stemscribe"
    doctor = as_nobody(tool, "doctor")
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert str(installed / "usr/share/stemscribe/models") in doctor.stdout
    out = Path(tempfile.mkdtemp(dir=installed))
    out.chmod(0o777)
    done = as_nobody(tool, "transcribe", installed / "usr/share/stemscribe/models/example.mp3", "-o", out / "song")
    assert done.returncode == 0, done.stderr
    assert list(out.rglob("result.json"))
    assert len(list(out.rglob("stems/vocals.*"))) == 1


def test_the_settings_are_the_examples_and_the_service_takes_them(installed, packages):
    settings = installed / "etc/stemscribe/stemscribed.env"
    assert settings.stat().st_mode & 0o777 == 0o640, "passwords are in it"
    in_force = dict(re.findall(r"^([A-Z_]+)=(.*)$", settings.read_text(), re.MULTILINE))
    assert in_force == PLACES
    known = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", settings.read_text(), re.MULTILINE))
    example = Path(__file__).resolve().parents[2] / ".env.example"
    assert known == set(re.findall(r"^([A-Z][A-Z0-9_]+)=", example.read_text(), re.MULTILINE))
    command = [installed / "usr/bin/stemscribed", "config", "--env-file", settings]
    printed = subprocess.run(command, capture_output=True, text=True, env={}, check=True).stdout
    assert PLACES["STORAGE_PATH"] in printed
    control = subprocess.run(["dpkg-deb", "-I", packages["stemscribed"], "conffiles"], capture_output=True, text=True, check=True)
    assert control.stdout.split() == ["/etc/stemscribe/stemscribed.env"]


def test_what_a_server_s_proxy_and_monitoring_need_is_there(installed):
    examples = installed / "usr/share/doc/stemscribed/examples"
    deploy = Path(__file__).resolve().parents[2] / "deploy"
    sources = {"nginx.conf": "nginx/stemscribe.conf", "stemscribe.json": "grafana/stemscribe.json", "rules.yml": "prometheus/rules.yml", "prometheus.yml": "prometheus/prometheus.yml"}
    assert {file.name: file.read_bytes() for file in examples.iterdir()} == {name: (deploy / source).read_bytes() for name, source in sources.items()}


def test_units_start_what_is_installed(installed):
    for unit in (installed / "lib/systemd/system").glob("*.service"):
        program, command = re.search(r"^ExecStart=(\S+) (\w+)", unit.read_text(), re.MULTILINE).groups()
        assert os.access(installed / program.lstrip("/"), os.X_OK)
        assert command in ("serve", "worker")
        assert "User=stemscribe\n" in unit.read_text()
    assert "\nu stemscribe " in (installed / "usr/lib/sysusers.d/stemscribe.conf").read_text()
