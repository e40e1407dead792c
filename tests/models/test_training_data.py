"""training/DATA.md names every sound that training uses, as the generator knows it."""

import importlib.util
import sys
from pathlib import Path

TRAINING = Path(__file__).resolve().parents[2] / "training"
FORBIDDEN = ("NC", "ND", "non-commercial", "research")


def sources():
    spec = importlib.util.spec_from_file_location("generator_sources", TRAINING / "generator/sources.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.SOURCES


def test_data_md_lists_every_source_with_its_licence():
    text = (TRAINING / "DATA.md").read_text()
    wanted = {
        f"| {source.name} | {source.package} | {source.licence} | {source.kind} | {'validation' if source.held_out else 'training'} |"
        for source in sources()
    }
    listed = {line for line in text.splitlines() if line.endswith((" training |", " validation |"))}
    assert listed == wanted


def test_no_licence_forbids_commercial_use():
    for source in sources():
        assert not [word for word in FORBIDDEN if word in source.licence.replace("-", " ").split()], source


def test_every_package_is_one_that_setup_installs():
    lines = (TRAINING.parent / "tools/packages/train.txt").read_text().splitlines()
    assert {source.package for source in sources()} <= set(lines)
