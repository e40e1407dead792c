"""The harness of `make eval`: what is right scores one, what is wrong less, what is unknown not at all."""

import importlib
import sys
import types
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
PERIOD_SEC = 0.5
SECONDS = 30


@pytest.fixture
def evaluation(monkeypatch):
    """The modules; stems are scored by a package that only their own environment has, so not here."""
    monkeypatch.syspath_prepend(str(ROOT))
    if importlib.util.find_spec("museval") is None:
        monkeypatch.setitem(sys.modules, "museval", types.ModuleType("museval"))
    names = ("estimate", "scores", "table", "truth")
    return types.SimpleNamespace(**{name: importlib.import_module(f"eval.{name}") for name in names})


@pytest.fixture
def song(evaluation, tmp_path):
    """In four, at 120 beats a minute, in Eb minor; sung in its second half, 440 Hz."""
    folder = tmp_path / "song"
    folder.mkdir()
    (folder / "mix.wav").touch()
    beats = np.arange(0.2, SECONDS, PERIOD_SEC)
    (folder / "beats.txt").write_text("".join(f"{t:.3f}\t{i % 4 + 1}\n" for i, t in enumerate(beats)))
    times = np.arange(0, SECONDS, 0.01)
    (folder / "f0.csv").write_text("time,hz\n" + "".join(f"{t:.2f},{440 * (t >= SECONDS / 2)}\n" for t in times))
    (folder / "notes.csv").write_text("start,end,hz\n15.0,16.0,440.0\n16.0,18.0,440.0\n18.0,30.0,440.0\n")
    (folder / "chords.lab").write_text(f"0.0 10.0 Eb:min\n10.0 {SECONDS} Ab:min7\n")
    (folder / "key.txt").write_text("Eb minor\n")
    return evaluation.truth.EvalSong(folder)


def right_estimate(evaluation, song):
    times, hz = song.pitch
    return evaluation.estimate.Estimate(
        pitch={"mix": (times.tolist(), hz.tolist())},
        notes=song.notes.tolist(),
        chords=[(0.0, 10.0, "Eb:min"), (10.0, float(SECONDS), "Ab:min7")],
        beats=song.beats.tolist(),
        downbeats=song.downbeats.tolist(),
        tempo_bpm=120.0,
        key="Eb minor",
    )


def test_what_is_right_scores_one(evaluation, song):
    scores = evaluation.scores.score(song, right_estimate(evaluation, song))
    lower = {name for name in scores if name.endswith(evaluation.scores.LOWER_IS_BETTER)}
    assert {name.split(":")[0] for name in scores} == {"pitch, mix", "notes", "chords", "beats", "downbeats", "tempo", "key"}
    assert {name: value for name, value in scores.items() if name not in lower and value < 0.999} == {}
    assert lower and all(scores[name] == 0 for name in lower)


def test_what_is_wrong_scores_less(evaluation, song):
    estimate = right_estimate(evaluation, song)
    times, hz = estimate.pitch["mix"]
    estimate.pitch["mix"] = times, [2 * value for value in hz]  # an octave above
    estimate.notes = [(15.0, 16.0, 440.0), (16.0, 18.0, 466.2), (18.0, 20.0, 440.0)]
    estimate.chords = [(0.0, float(SECONDS), "Eb:maj")]
    estimate.tempo_bpm = 240.0
    estimate.downbeats = (song.downbeats + PERIOD_SEC).tolist()
    estimate.key = "Gb major"  # the relative one
    scores = evaluation.scores.score(song, estimate)
    assert scores["pitch, mix: raw pitch"] == 0 and scores["pitch, mix: raw chroma"] > 0.99
    assert scores["notes: onset F"] == 1 and scores["notes: onset, pitch F"] == pytest.approx(2 / 3)
    assert scores["notes: onset, pitch, offset F"] == pytest.approx(1 / 3)
    assert scores["chords: root"] == pytest.approx(1 / 3) and scores["chords: majmin"] == 0
    assert scores["tempo: accuracy 1"] == 0 and scores["tempo: accuracy 2"] == 1
    assert scores["beats: F"] == 1 and scores["downbeats: F"] == 0
    assert scores["key: weighted"] == pytest.approx(0.3)


def test_what_is_not_known_is_not_scored(evaluation, song):
    for name in ("f0.csv", "notes.csv", "chords.lab", "key.txt"):
        (song.folder / name).unlink()
    (song.folder / "beats.txt").write_text("".join(f"{t}\n" for t in song.beats))  # without places in the bar
    known = evaluation.truth.EvalSong(song.folder)
    estimate = evaluation.estimate.Estimate(beats=known.beats.tolist(), downbeats=[0.2], tempo_bpm=120.0, key="A major")
    assert {name.split(":")[0] for name in evaluation.scores.score(known, estimate)} == {"beats", "tempo"}
    assert evaluation.scores.score(known, evaluation.estimate.Estimate()) == {}


def test_estimates_survive_their_file(evaluation, song, tmp_path):
    estimate = right_estimate(evaluation, song)
    estimate.save(tmp_path / "estimate.json")
    loaded = evaluation.estimate.Estimate.load(tmp_path / "estimate.json")
    assert evaluation.scores.score(song, loaded) == evaluation.scores.score(song, estimate)


def test_only_folders_with_a_mix_are_songs(evaluation, song):
    (song.folder.parent / "notes").mkdir()
    (song.folder.parent / ".hidden").mkdir()
    (song.folder.parent / ".hidden/mix.wav").touch()
    assert [found.name for found in evaluation.truth.find_songs(song.folder.parent)] == ["song"]


def test_the_table_has_means_of_those_that_have_a_score(evaluation):
    scores = {"stemscribe": {"a": {"beats: F": 1.0}, "b": {"beats: F": 0.5, "vocals: SDR": 8.0}}, "peer": {"a": {"beats: F": 0.25}}}
    lines = evaluation.table.table(scores).splitlines()
    assert lines[1].split() == ["beats:", "F", "0.750", "0.250"]
    assert lines[2].split() == ["vocals:", "SDR", "8.0", "dB"]
