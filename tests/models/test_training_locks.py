"""The training's two environments: what they need is locked, and what is installed is what the locks say."""

import os
import re
import subprocess
from pathlib import Path

import pytest

TRAINING = Path(__file__).resolve().parents[2] / "training"
CACHE = Path(os.environ.get("STEMSCRIBE_CACHE", Path.home() / ".cache/stemscribe"))
LOCKS = {"training-venv": "requirements", "generator-venv": "generator-requirements"}
OWN = {"pip", "setuptools"}  # what venv itself puts there


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def lines(path):
    text = path.read_text(encoding="utf-8")
    return [line for line in (line.partition("#")[0].strip() for line in text.splitlines()) if line]


def lock(stem):
    return {normal(name): version for name, _, version in (line.partition("==") for line in lines(TRAINING / f"{stem}.txt"))}


@pytest.mark.parametrize("stem", LOCKS.values())
def test_all_that_is_asked_for_is_pinned(stem):
    pinned = lock(stem)
    assert all(re.fullmatch(r"\d[\w.]*", version) for version in pinned.values()), pinned
    asked = {normal(re.match(r"[\w.-]+", line)[0]) for line in lines(TRAINING / f"{stem}.in")}
    assert asked
    assert asked <= set(pinned)


def test_both_have_the_same_numpy_and_soundfile():
    """What the generator writes, the trainer reads."""
    generator, trainer = lock("generator-requirements"), lock("requirements")
    for name in ("numpy", "scipy", "soundfile"):
        assert generator[name] == trainer[name]


@pytest.mark.parametrize(("venv", "stem"), LOCKS.items())
def test_what_is_installed_is_what_is_locked(venv, stem):
    python = CACHE / venv / "bin/python"
    if not python.exists():
        pytest.skip(f"no {venv} here: tools/setup.sh train makes it")
    listed = subprocess.run([python, "-m", "pip", "--disable-pip-version-check", "list", "--format=freeze"], check=True, capture_output=True, text=True)
    installed = dict(line.split("==") for line in listed.stdout.splitlines())
    installed = {normal(name): version for name, version in installed.items()}
    pinned = lock(stem)
    assert {name: version for name, version in installed.items() if name in pinned or name not in OWN} == pinned
