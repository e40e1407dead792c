"""Runs clang-tidy on all sources, but not again on what it found nothing wrong with before.

    tidy.py BUILD CACHE [--jobs N] [FILE…]

BUILD has the compile_commands.json. What a file is, is told by its text after the preprocessor, with comments (NOLINT is one),
and by what clang-tidy is asked for; the hashes of all that were clean lie in CACHE.
"""

import argparse
import hashlib
import json
import os
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# A test may be slow, and an optional that is empty ends it.
NOT_IN_TESTS = ("bugprone-unchecked-optional-access", "performance-*", "clang-analyzer-optin.performance.*",
                "clang-analyzer-security.FloatLoopCounter")  # fmt: skip


def sources() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "src/*.cc"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / line for line in listed.split()]


def tidy_command(tidy: Path, build: Path, file: Path) -> list[str]:
    checks = [f"--checks=-{',-'.join(NOT_IN_TESTS)}"] if file.name.endswith("_test.cc") else []
    return [str(tidy), "-p", str(build), "--quiet", "--extra-arg=-Wno-unknown-warning-option", *checks, str(file)]


def preprocessed(entry: dict) -> bytes:
    command = entry.get("arguments") or shlex.split(entry["command"])
    if "ccache" in Path(command[0]).name:
        command = command[1:]
    output = command.index("-o")
    command = [word for i, word in enumerate(command) if i not in (output, output + 1) and word != "-c"]
    run = subprocess.run([*command, "-E", "-C", "-o", "-"], cwd=entry["directory"], capture_output=True, check=True)
    return run.stdout.replace(str(ROOT).encode(), b"")


def key_of(entry: dict, command: list[str], about: bytes) -> str:
    asked = [word for word in command if str(ROOT) not in word]
    return hashlib.sha256(about + "\0".join(asked).encode() + preprocessed(entry)).hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_intermixed_args()
    tidy = Path(sys.executable).with_name("clang-tidy")
    version = subprocess.run([tidy, "--version"], capture_output=True, check=True).stdout
    about = version + (ROOT / ".clang-tidy").read_bytes()
    entries = {Path(entry["file"]): entry for entry in json.loads((options.build / "compile_commands.json").read_text())}
    options.cache.mkdir(parents=True, exist_ok=True)

    def check(file: Path) -> bool:
        if file not in entries:
            print(f"{file}: it is not built", flush=True)
            return False
        command = tidy_command(tidy, options.build, file)
        clean = options.cache / key_of(entries[file], command, about)
        if clean.exists():
            return True
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode == 0:
            clean.touch()
        else:
            print(run.stdout + run.stderr, flush=True)
        return run.returncode == 0

    files = [file.resolve() for file in options.files] or sources()
    with ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(check, files))
    print(f"clang-tidy: {results.count(False)} of {len(files)} files have findings")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
