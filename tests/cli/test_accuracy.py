"""Songs whose truth is known come out as they were made. The thresholds stand some points below what was measured."""

import mir_eval
import numpy as np
import pytest

from tool import snr_db

NAMES = ("plain", "sharp", "flat")


@pytest.fixture(params=NAMES)
def pair(request, songs, transcribed):
    return songs[request.param], transcribed[request.param]


def chord_scores(song, output):
    truth_times = np.array([[start, end] for start, end, _ in song.chords])
    truth_labels = [label for _, _, label in song.chords]
    found = output.chords["chords"]
    times = np.array([[chord["start"], chord["end"]] for chord in found])
    return mir_eval.chord.evaluate(truth_times, truth_labels, times, [chord["label"] for chord in found])


def test_chords(pair):
    assert chord_scores(*pair)["majmin"] > 0.9


def test_sevenths(songs, transcribed):
    assert chord_scores(songs["sevenths"], transcribed["sevenths"])["sevenths"] > 0.9


def test_tuning(pair):
    song, output = pair
    assert output.chords["tuning_cents"] == pytest.approx(song.spec.tuning_cents, abs=3)


def test_tempo(pair):
    song, output = pair
    assert output.result["tempo_bpm"] == pytest.approx(song.spec.tempo_bpm, rel=0.005)


def test_beats(pair):
    song, output = pair
    found = np.array(output.result["beats"])
    music_end = song.beats_sec[-1] + 0.2
    assert mir_eval.beat.f_measure(song.beats_sec, found[found < music_end]) > 0.95


def pitch_scores(song, output):
    times = np.arange(len(song.f0_hz)) * 0.01
    found = output.frames["frames"]
    hz = np.array([frame["f0_hz"] or 0.0 for frame in found])
    return mir_eval.melody.evaluate(times, song.f0_hz, np.arange(len(hz)) * 0.01, hz)


def test_pitch(pair):
    scores = pitch_scores(*pair)
    assert scores["Raw Pitch Accuracy"] > 0.94
    assert scores["Raw Chroma Accuracy"] - scores["Raw Pitch Accuracy"] < 0.02  # no octave errors


def test_voicing(pair):
    scores = pitch_scores(*pair)
    assert scores["Voicing Recall"] > 0.95
    assert scores["Voicing False Alarm"] < 0.35  # the last sounds of the room count


def test_pitch_is_fine(pair):
    """Not only within the half semitone that counts as right, but as the voice bends."""
    song, output = pair
    hz = np.array([frame["f0_hz"] or 0.0 for frame in output.frames["frames"]])
    both = (song.f0_hz > 0) & (hz > 0)
    assert np.median(np.abs(1200 * np.log2(hz[both] / song.f0_hz[both]))) < 5


def test_separation(pair):
    song, output = pair
    vocals = song.stems["vocals"]
    instrumental = song.mix - vocals
    assert snr_db(vocals, output.stem("vocals")) > 8
    assert snr_db(instrumental, output.stem("instrumental")) > 13.5


def best_gain_snr_db(reference, mix):
    """What turning down the mix would give: the least that a separation is to beat."""
    gain = np.sum(reference * mix) / np.sum(mix**2)
    return snr_db(reference, gain * mix)


@pytest.mark.parametrize("name", ["drums", "bass", "other"])
def test_separation_of_the_instruments(pair, name):
    song, output = pair
    assert snr_db(song.stems[name], output.stem(name)) > best_gain_snr_db(song.stems[name], song.mix) + 3
