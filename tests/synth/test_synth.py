"""The truth that other tests stand on is true."""

import numpy as np
import pytest

from synth import SongSpec, make_song, read_wav, write_song

SPEC = SongSpec(seed=7, tempo_bpm=120, key="D major", chords=("D:maj", "G:maj"), tuning_cents=25, seconds=10)
RATE = 44100


@pytest.fixture(scope="module")
def song():
    return make_song(SPEC)


def test_equal_specs_give_equal_songs(song):
    again = make_song(SPEC)
    assert all(np.array_equal(song.stems[name], again.stems[name]) for name in song.stems)


def test_other_seeds_give_other_melodies(song):
    other = make_song(SongSpec(**{**SPEC.__dict__, "seed": 8}))
    assert not np.array_equal(song.f0_hz, other.f0_hz)


def test_stems_add_up_and_do_not_clip(song):
    assert np.allclose(sum(song.stems.values()), song.mix, atol=1e-6)
    assert 0.5 < np.abs(song.mix).max() < 0.9


def test_truth_covers_the_song(song):
    assert song.chords[0][0] == 0
    assert [c[1] for c in song.chords[:-1]] == [c[0] for c in song.chords[1:]]
    assert song.chords[-1][1:] == (pytest.approx(song.duration_sec), "N")
    assert len(song.f0_hz) == int(song.duration_sec * 100 + 1e-6)
    assert np.allclose(np.diff(song.beats_sec), 0.5)


def test_the_voice_has_the_pitch_it_claims(song):
    """By autocorrelation around each frame whose pitch stands still."""
    voice = song.stems["vocals"].mean(axis=0)
    errors_cents = []
    for frame in range(5, len(song.f0_hz) - 5):
        around = song.f0_hz[frame - 4 : frame + 5]
        if around.min() == 0 or np.ptp(around) > 0.01 * around.mean():
            continue
        window = voice[frame * 441 - 1024 : frame * 441 + 1024] * np.hanning(2048)
        correlation = np.fft.irfft(np.abs(np.fft.rfft(window, 4096)) ** 2)
        expected = RATE / around.mean()
        lags = np.arange(int(0.9 * expected), int(1.1 * expected) + 1)
        best = lags[np.argmax(correlation[lags])]
        errors_cents.append(1200 * np.log2(expected / best))
    assert len(errors_cents) > 30
    assert np.abs(np.median(errors_cents)) < 12  # a lag of one sample is 10 cents or so
    assert np.percentile(np.abs(errors_cents), 90) < 40


def test_chords_have_the_tuning_they_claim(song):
    """The strongest line of the electric piano near its D4 is 25 cents above 293.66 Hz."""
    first_bar = song.stems["other"].mean(axis=0)[: int(0.7 * RATE)]
    spectrum = np.abs(np.fft.rfft(first_bar * np.hanning(len(first_bar)), 1 << 20))
    hz = np.fft.rfftfreq(1 << 20, 1 / RATE)
    near = (hz > 285) & (hz < 305)
    found = hz[near][np.argmax(spectrum[near])]
    assert 1200 * np.log2(found / 293.66) == pytest.approx(25, abs=4)


def test_drums_fall_on_the_beats(song):
    energy = np.abs(song.stems["drums"]).mean(axis=0)
    for beat in song.beats_sec:
        at = int(beat * RATE)
        after = energy[at : at + 400].mean()
        before = energy[max(0, at - 800) : max(1, at - 400)].mean()
        assert after > 3 * before


def test_files_hold_the_song(song, tmp_path):
    write_song(song, tmp_path)
    assert np.allclose(read_wav(tmp_path / "mix.wav"), song.mix, atol=1 / 32767)
    assert (tmp_path / "truth.json").stat().st_size > 1000
