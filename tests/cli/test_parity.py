"""The example song, end to end beside the Python packages that the models come from (parity/make_golden_e2e.py)."""

import json
from pathlib import Path

import numpy as np
import pytest

from tool import CACHE

GOLDEN = Path(__file__).resolve().parents[1] / "parity" / "golden"


@pytest.fixture(scope="module")
def example(tool, tmp_path_factory):
    song = CACHE / "models-3" / "example.mp3"
    args = ["--precision", "f32", "--stages", "transcription,chords"]
    return tool.transcribe_one(song, *args, out=tmp_path_factory.mktemp("example"))


def label_at(chords, times):
    """The label of each time; chords are (start, end, label) and follow each other."""
    starts = [start for start, _, _ in chords]
    return np.array([label for _, _, label in chords])[np.searchsorted(starts, times, side="right") - 1]


def test_chords_are_the_same(example):
    golden = json.loads((GOLDEN / "e2e_chords.json").read_text())
    found = [(c["start"], c["end"], c["label"]) for c in example.chords["chords"]]
    assert len(golden) > 3
    times = np.arange(0, min(golden[-1][1], found[-1][1]), 0.005)
    assert np.mean(label_at(golden, times) == label_at(found, times)) >= 0.98


def test_pitch_is_the_same(example):
    golden = np.fromfile(GOLDEN / "e2e_f0.f32", "<f4")
    found = np.array([frame["f0_hz"] or 0 for frame in example.frames["frames"]])
    n = min(len(golden), len(found))
    assert abs(len(golden) - len(found)) <= 1
    both = (golden[:n] > 0) & (found[:n] > 0)
    assert both.sum() > 200
    cents = 1200 * np.log2(found[:n][both] / golden[:n][both])
    assert np.mean(np.abs(cents) <= 5) >= 0.99
