"""The rhythm net's examples say what was played, whatever is done to them; its weights survive the export."""

import types

import numpy as np
import pytest
import training_modules


@pytest.fixture
def rhythm(monkeypatch):
    data, export, features = training_modules.load(monkeypatch, "rhythm.data", "rhythm.export", "rhythm.features")
    return types.SimpleNamespace(data=data, export=export, features=features)


def make_song(tmp_path, beat_frames=40, bands=64):
    """A song whose frames are loud at its beats and silent elsewhere, in bars of three."""
    beats = np.arange(10, 3000, beat_frames)
    frames = np.zeros((2, 3000, bands), np.float16)
    frames[:, beats] = 3
    path = tmp_path / "s2_00000.npz"
    np.savez(path, frames=frames, beats_sec=beats * 256 / 22050, places=np.arange(len(beats)) % 3 + 1)
    return path


def test_the_net_hears_songs_whole_and_without_what_tells_the_tempo(rhythm):
    whole, no_drums, neither, *others = rhythm.features.mixes({}, np.random.default_rng(1))
    stems = ("vocals", "drums", "bass", "other")
    assert [whole.get(stem, 1.0) for stem in stems] == [1, 1, 1, 1]
    assert [no_drums.get(stem, 1.0) for stem in stems] == [1, 0, 1, 1]
    assert [neither.get(stem, 1.0) for stem in stems] == [1, 0, 0, 1]
    assert sum(gains.get("drums", 1.0) < 0.5 for gains in others) >= 2


def test_targets_stand_where_beats_are(rhythm):
    wanted = rhythm.data.targets(np.array([5.2, 15.0, 25.4]), np.array([True, False, True]), 26)
    assert np.flatnonzero(wanted[:, 0] == 1).tolist() == [5, 15, 25]
    assert np.flatnonzero(wanted[:, 1] == 1).tolist() == [5, 25]
    assert wanted[[4, 6, 14, 16, 24], 0].tolist() == [0.5] * 5
    assert wanted[10, 0] == 0


def test_examples_keep_beats_on_what_sounds(rhythm, tmp_path):
    song = rhythm.data.RhythmSong(make_song(tmp_path))
    random = np.random.default_rng(1)
    heard = on_beats = 0
    for _ in range(40):
        frames, wanted = rhythm.data.example(random, [song], 600)
        assert frames.shape == (600, 64) and wanted.shape == (600, 2) and np.isfinite(frames).all() and frames.min() >= 0
        assert (wanted[wanted[:, 1] == 1, 0] == 1).all()  # a bar begins with a beat
        loud = frames.sum(axis=1)
        if loud.max() == 0:
            continue
        peaks = np.flatnonzero(loud > 0.6 * loud.max())
        heard += len(peaks)
        on_beats += int((wanted[peaks, 0] >= 0.5).sum())
    assert heard > 200 and on_beats > 0.9 * heard


def test_the_tempo_stays_one_that_the_tool_looks_for(rhythm, tmp_path):
    slow = rhythm.data.RhythmSong(make_song(tmp_path, beat_frames=130))
    random = np.random.default_rng(2)
    tempos = [slow.bpm * slow.ratio(random) for _ in range(50)]
    assert slow.bpm < 45 and min(tempos) >= rhythm.data.TEMPOS[0] - 1e-6


def test_what_ships_goes_out_the_same(rhythm):
    path = rhythm.export.SHIPPED
    weights = rhythm.export.weights_of_onnx(path)
    assert sum(value.size for value in weights.values()) > 30_000
    assert rhythm.export.onnx_bytes(weights) == path.read_bytes()
