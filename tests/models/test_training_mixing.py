"""The examples that the splitter learns from: stems whose parts in the mix are told truly."""

import types

import numpy as np
import pytest
import training_modules

FRAMES = 64


@pytest.fixture
def mixing(monkeypatch):
    return training_modules.load(monkeypatch, "mixing")[0]


def pool_of_noise(stems, seconds=4):
    random = np.random.default_rng(1)
    song = {stem: random.normal(0, 3000, (44100 * seconds, 2)).astype(np.int16) for stem in stems}
    return types.SimpleNamespace(songs=[song, song])


def spectra_of_noise(random):
    shape = (FRAMES, 1024, 2)
    return (random.normal(0, 1, shape) + 1j * random.normal(0, 1, shape)).astype(np.complex64)


def test_examples_are_finite_and_their_parts_add_up(mixing):
    mixer = mixing.Mixer(pool_of_noise(("drums", "bass", "other", "vocals")), FRAMES, seed=7)
    for _ in range(25):
        magnitude, masks = mixer.example()
        assert magnitude.shape == (FRAMES, 1024, 2) and masks.shape == (FRAMES, 1024, 6)
        assert np.isfinite(magnitude).all() and np.isfinite(masks).all()
        assert masks.min() >= 0 and masks.max() <= 1
        total = masks.astype(np.float32).reshape(FRAMES, 1024, 3, 2).sum(axis=2)
        heard = magnitude > 1e-3 * magnitude.max()
        assert total[heard].min() > 0.99  # what is clipped at zero leaves more than one to the others


def test_what_a_mask_leaves_of_the_vocals_counts_as_other(mixing):
    random = np.random.default_rng(3)
    bass, vocals = spectra_of_noise(random), spectra_of_noise(random)
    bass[:, 512:] = 0  # each has a half of the bins
    vocals[:, :512] = 0
    left = mixing.without_vocals(random, {"bass": bass, "vocals": vocals})
    assert set(left) == {"bass", "other"}
    powers = {stem: np.mean(np.abs(spectrum) ** 2) for stem, spectrum in left.items()}
    assert powers["bass"] > 0.8 * np.mean(np.abs(bass) ** 2)
    assert powers["other"] < 0.05 * np.mean(np.abs(vocals) ** 2)


def test_taking_vocals_out_bears_loud_next_to_faint(mixing):
    """The running sums of its blur end a little below zero there."""
    for seed in range(8):
        random = np.random.default_rng(seed)
        drums, vocals = (spectra_of_noise(random) * np.exp(random.normal(0, 8, (FRAMES, 1024, 1))) for _ in range(2))
        drums[20:] = 0
        vocals[40:] = 0
        left = mixing.without_vocals(random, {"drums": drums, "vocals": vocals})
        assert all(np.isfinite(spectrum).all() for spectrum in left.values())
