#!/usr/bin/env python3
"""Holds the tree to its rules; `make lint` runs it.

    check_layers.py [ROOT]

- a folder of src/ includes only what LAYERS allows (the table of docs/architecture.md); its tests, which are programs
  of their own, may include what they need;
- headers have `#pragma once`, and source files at most 300 lines;
- no committed text names a folder of somebody's machine or the host of a package registry: packages are
  named by name and version, and everybody's own settings say where they come from.

Prints one line for each violation and exits with 1 if there is any. Looks at what git knows of ROOT.
"""

import re
import subprocess
import sys
from pathlib import Path

# Folder of src/ -> what it may include besides itself: folders, or single headers.
LAYERS = {
    "base": set(),
    "config": {"base"},
    "sandbox": {"base"},
    "audio": {"base"},
    "dsp": {"base"},
    "nn": {"base"},
    "stages": {"base", "audio/audio_buffer.h", "dsp", "nn"},
    "pipeline": {"base", "audio", "stages"},
    "jobs": {"base"},
    "auth": {"base", "jobs"},
    "db": {"base", "jobs", "auth"},
    "queue": {"base", "jobs", "auth"},
    "storage": {"base", "jobs"},
    "webhook": {"base", "jobs"},
    "http": {"base"},
    "api": {"base", "jobs", "auth", "http"},
}
LAYERS["app"] = set(LAYERS)

TEST_FILE = re.compile(r"(^test_\w+\.h|_(test|fuzz|bench)\.cc|_fixture\.(h|cc))$")
MAX_LINES = 300
SOURCE_SUFFIXES = {".cc", ".h", ".c", ".py", ".sh", ".ts", ".js", ".mjs", ".cmake"}
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')

# In pieces, so that this file does not hold what it looks for.
MACHINE_PATH = re.compile(r"(?<![\w./~$}-])/(?:ro" r"ot|wo" r"rk|ho" r"me/\w+)(?![\w-])")
REGISTRY_HOSTS = [
    "py" "pi.org",
    "files.python" "hosted.org",
    "registry.npm" "js.org",
    "registry.yarn" "pkg.com",
    "deb.deb" "ian.org",
    "security.deb" "ian.org",
    "proxy.go" "lang.org",
    "crates" ".io",
    "repo.mav" "en.apache.org",
    "repo1.mav" "en.org",
]
REGISTRY = re.compile("|".join(re.escape(host) for host in REGISTRY_HOSTS))


def is_allowed(folder: str, header: str) -> bool:
    """May a file of src/`folder` include "`header`"?"""
    target = header.split("/")[0]
    return target == folder or target in LAYERS[folder] or header in LAYERS[folder]


def check_includes(path: Path, lines: list[str]):
    folder = path.parts[1]
    if folder not in LAYERS:
        yield f"{path}: src/{folder}/ is not in the table of layers"
        return
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        header = match[1]
        if "/" not in header or header.split("/")[0] not in LAYERS:
            yield f'{path}:{number}: includes "{header}": write the path from src/ on'
        elif not is_allowed(folder, header) and not TEST_FILE.search(path.name):
            yield f'{path}:{number}: {folder}/ may not include "{header}"'


def check_file(path: Path, text: str):
    lines = text.splitlines()
    if path.parts[0] == "src" and len(path.parts) > 2 and path.suffix in {".cc", ".h"}:
        yield from check_includes(path, lines)
    if path.suffix == ".h" and "#pragma once" not in lines:
        yield f"{path}: a header without #pragma once"
    if path.suffix in SOURCE_SUFFIXES and len(lines) > MAX_LINES:
        yield f"{path}: {len(lines)} lines, {MAX_LINES} are allowed"
    for number, line in enumerate(lines, 1):
        if match := MACHINE_PATH.search(line):
            yield f"{path}:{number}: names a folder of one machine, {match[0]}"
        if match := REGISTRY.search(line):
            yield f"{path}:{number}: names the host of a registry, {match[0]}"


def check_tree(root: Path) -> list[str]:
    listed = subprocess.run(["git", "-C", root, "ls-files", "-z"], check=True, capture_output=True)
    violations = []
    for name in filter(None, listed.stdout.decode().split("\0")):
        file = root / name
        if not file.is_file():  # deleted and not yet committed, or a link to a folder
            continue
        data = file.read_bytes()
        if b"\0" not in data[:8192]:
            violations += check_file(Path(name), data.decode(errors="replace"))
    return violations


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    violations = check_tree(root)
    for line in violations:
        print(line)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
