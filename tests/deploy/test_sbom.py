"""The bill of materials names all that goes into the programs, the page and the models."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tool import CACHE

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bill(programs, tmp_path_factory) -> dict:
    out = tmp_path_factory.mktemp("sbom") / "sbom.json"
    subprocess.run(
        [sys.executable, ROOT / "tools/sbom.py", CACHE, programs.parent, out],
        check=True,
    )
    return json.loads(out.read_text())


@pytest.fixture(scope="module")
def versions(bill) -> dict[str, str]:
    return {part["name"]: part["version"] for part in bill["components"]}


def test_every_part_has_a_version_a_licence_and_a_name_of_its_own(bill):
    refs = [part["bom-ref"] for part in bill["components"]]
    assert len(set(refs)) == len(refs)
    assert bill["dependencies"][0]["dependsOn"] == refs
    for part in bill["components"]:
        assert part["version"] and part["licenses"], part
        assert all(licence["license"]["name"] for licence in part["licenses"]), part


def test_what_the_repository_pins_is_there(versions):
    pinned = re.findall(r"^([\w-]+)==(\S+)", (ROOT / "models/wheels.txt").read_text(), re.M)
    assert len(pinned) > 3
    pinned += [(model["name"], model["version"]) for model in json.loads((ROOT / "models/manifest.json").read_text())["models"]]
    packages = json.loads((ROOT / "web/package.json").read_text())
    pinned += packages["dependencies"].items()
    pinned += [(name, version) for name, version in packages["devDependencies"].items() if name.startswith("@fontsource")]
    pinned += re.findall(r"(swagger-ui-dist)-(\S+)\.tgz", (ROOT / "tools/swagger-ui.sha256").read_text())
    pinned.append(("ffmpeg", (CACHE / "ffmpeg/version").read_text().strip()))
    for name, version in pinned:
        assert versions.get(name) == version, name


def test_every_library_that_is_linked_is_there(versions, programs):
    needed = set()
    for program in ("stemscribe", "stemscribed"):
        dynamic = subprocess.run(
            ["readelf", "-d", programs / program],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        needed |= set(re.findall(r"NEEDED.*\[(\S+)\]", dynamic))
    assert "libmp3lame.so.0" in needed
    of_debian = [library for library in needed if not library.startswith("libopenvino")]  # which is of a wheel
    patterns = [f"*/{library}" for library in of_debian]
    owners = subprocess.run(["dpkg", "-S", *patterns], check=True, capture_output=True, text=True).stdout
    for library in of_debian:
        packages = set(re.findall(rf"^([^:]+):.*/{re.escape(library)}$", owners, re.M))
        assert packages & versions.keys(), library
