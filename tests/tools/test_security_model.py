"""docs/SECURITY.md names the tests that show what stops an attacker: they exist, and no row is without one."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "SECURITY.md").read_text()
ROW = re.compile(r"^\| (?P<tried>.+?) \| .+ \| (?P<shown>.+) \|$", re.MULTILINE)
PYTHON_CASE = re.compile(r"`(\w+\.py)::(\w+)`")
UNIT_CASE = re.compile(r"`(\w+Test)\.(\w+)`")


def tables() -> list[str]:
    """Those whose last column names tests."""
    return re.findall(r"^\| what it may try \| what stops it \| shown by \|\n\| --- \| --- \| --- \|\n((?:\|.*\n)+)", TEXT, re.MULTILINE)


def rows() -> list[tuple[str, str]]:
    return [(row["tried"], row["shown"]) for table in tables() for row in ROW.finditer(table)]


@pytest.fixture(scope="module")
def unit_cases() -> set[tuple[str, str]]:
    found = set()
    for source in (ROOT / "src").rglob("*_test.cc"):
        found |= set(re.findall(r"^TEST(?:_[FP])?\((\w+),\s*(\w+)\)", source.read_text(), re.MULTILINE))
    return found


def python_cases(name: str) -> set[str]:
    files = list((ROOT / "tests").rglob(name))
    assert len(files) == 1, f"{name}: {files}"
    return set(re.findall(r"^def (test_\w+)\(", files[0].read_text(), re.MULTILINE))


def test_all_tables_are_read():
    assert len(tables()) == TEXT.count("| shown by |")
    assert len(rows()) == sum(table.count("\n") for table in tables())


@pytest.mark.parametrize(("tried", "shown"), rows(), ids=[tried[:40] for tried, _ in rows()])
def test_what_may_be_tried_is_tried(tried, shown, unit_cases):
    in_python, in_units = PYTHON_CASE.findall(shown), UNIT_CASE.findall(shown)
    assert in_python or in_units, f"no test is named for: {tried}"
    assert len(in_python) + len(in_units) == shown.count("`") // 2, "each name in quotes is a case"
    for name, case in in_python:
        assert case in python_cases(name)
    for case in in_units:
        assert case in unit_cases


@pytest.mark.parametrize("name", re.findall(r"`(?:tests/fuzz/)?(\w+_fuzz\.cc)`", TEXT))
def test_fuzz_targets_have_a_corpus(name):
    assert (ROOT / "tests/fuzz" / name).is_file()
    assert any((ROOT / "tests/fuzz/corpus" / name.removesuffix("_fuzz.cc")).iterdir())


def test_all_fuzz_targets_are_named():
    assert {path.name for path in (ROOT / "tests/fuzz").glob("*_fuzz.cc")} == set(re.findall(r"(\w+_fuzz\.cc)", TEXT))
