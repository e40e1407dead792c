"""Examples for the net: stems of one song or of several, changed at random, and their mix.

What is a matter of frequency or of slow gain is done on the spectra, which are needed anyway.
"""

import numpy as np
from scipy import ndimage

from training import augment
from training.augment import gain, resample, rms
from training.spectrum import NET_BINS, RATE_HZ, FFT, samples_of, stft
from training.songs import STEMS

LEVELS_DB = {"drums": (-20, 4), "bass": (-21.5, 4), "other": (-20, 4.5)}  # mean and deviation
ABSENT = {"drums": 0.09, "bass": 0.14, "other": 0.04}  # how often a stem is left out
BIN_HZ = np.arange(NET_BINS) * RATE_HZ / FFT
OCTAVES = np.log2(np.maximum(BIN_HZ, 20) / 640)  # from the middle


def random_curve(random, tilt_db, bell_db):
    """A gain for each bin: a tilt in dB an octave, and up to two bells."""
    curve = random.uniform(-tilt_db, tilt_db) * OCTAVES
    for _ in range(random.integers(3)):
        distance = (OCTAVES - random.uniform(-4, 4)) / random.uniform(0.2, 1.5)
        curve += random.uniform(-bell_db, bell_db) * np.exp(-(distance**2))
    return gain(np.clip(curve, -24, 18))


def low_pass(hz, order):
    return (1 / np.sqrt(1 + (np.maximum(BIN_HZ, 1) / hz) ** (2 * order))).astype(np.float32)


def high_pass(hz, order):
    return (1 / np.sqrt(1 + (hz / np.maximum(BIN_HZ, 1)) ** (2 * order))).astype(np.float32)


class Mixer:
    """Makes examples from the songs of a pool. One for each thread."""

    def __init__(self, pool, frames, seed):
        self._pool = pool
        self._samples = samples_of(frames)
        self._random = np.random.default_rng(seed)

    def _chance(self, probability):
        return self._random.random() < probability

    def _cut(self, audio, start, ratio):
        length = int(self._samples * ratio) + 2
        piece = audio[start : start + length].astype(np.float32) / 32768
        if len(piece) < length:
            piece = np.pad(piece, ((0, length - len(piece)), (0, 0)))
        return piece[: self._samples] if ratio == 1 else resample(piece, ratio, self._samples)

    def _ratio(self):
        return float(2 ** self._random.uniform(-0.33, 0.33)) if self._chance(0.6) else 1.0  # 0.8 to 1.26

    def _start(self, audio, ratio):
        return int(self._random.integers(max(1, len(audio) - int(self._samples * ratio))))

    def _of_one_song(self):
        song = self._pool.songs[self._random.integers(len(self._pool.songs))]
        ratio = self._ratio()
        start = self._start(next(iter(song.values())), ratio)
        stems = {stem: self._cut(song[stem], start, ratio) for stem in STEMS if stem in song}
        kept = {stem: audio for stem, audio in stems.items() if not self._chance(ABSENT[stem])}
        if "bass" not in kept and "other" in kept and self._chance(0.4):
            kept["other"] = self._deep()
        return {stem: audio * gain(self._random.normal(0, 4)) for stem, audio in kept.items()}

    def _deep(self):
        """The accompaniment some five to twelve semitones lower: low notes that are no bass's, as a cello's, a
        baritone guitar's or a left hand's.
        """
        return self._single("other", 2 ** -self._random.uniform(0.4, 1))

    def _single(self, stem, lower=1.0):
        """A piece of any song's stem that is not silent, at a level as songs have it; played `lower` times as fast."""
        songs = [song for song in self._pool.songs if stem in song]
        for _ in range(4):
            song = songs[self._random.integers(len(songs))]
            ratio = self._ratio() * lower
            piece = self._cut(song[stem], self._start(song[stem], ratio), ratio)
            if rms(piece) > 2e-3:
                break
        mean, deviation = LEVELS_DB.get(stem, (-20, 4))
        boost = 20 * np.log10(rms(piece))
        return piece * gain(min(24, self._random.normal(mean, deviation) - boost))

    def _of_many_songs(self):
        stems = {stem: self._single(stem) for stem in STEMS if not self._chance(ABSENT[stem])}
        if "other" in stems and self._chance(0.1 if "bass" in stems else 0.5):
            stems["other"] = self._deep()
        if "other" in stems and self._chance(0.2):
            stems["other"] += self._single("other")
        return stems

    def _shape(self, stem, audio):
        """Overdrive, place and width of one stem."""
        if stem == "bass" and self._chance(0.25):
            audio = augment.distorted_bass(self._random, audio)
        elif self._chance(0.15):
            audio = augment.overdriven(self._random, audio)
        if self._chance(0.15):
            audio = augment.reflected(self._random, audio)
        if self._chance(0.5):
            audio = audio[:, ::-1]
        if self._chance(0.5):
            audio = -audio
        if self._chance(0.3):
            audio = augment.placed(self._random, audio, 6 if stem == "other" else 2)
        if self._chance(0.25):
            audio = augment.widened(self._random, audio)
        return audio

    def _filter(self, stem, spectra):
        curve = random_curve(self._random, 1.5, 9) if self._chance(0.65) else np.ones(NET_BINS, np.float32)
        if stem == "bass" and self._chance(0.2):
            curve = curve * low_pass(np.exp(self._random.uniform(np.log(200), np.log(3000))), self._random.integers(1, 4))
        if stem == "other" and self._chance(0.15):
            curve = curve * high_pass(self._random.uniform(60, 300), self._random.integers(1, 4))
        return spectra * curve[None, :, None]

    def _master(self, spectra):
        """What is done to a whole mix: equaliser, compressor, narrow bands, mono."""
        mix = sum(spectra.values())
        curve = np.ones(NET_BINS, np.float32)
        if self._chance(0.3):
            curve = random_curve(self._random, 1.0, 4)
        if self._chance(0.05):
            curve = curve * low_pass(self._random.uniform(2500, 8000), 8)
        if self._chance(0.02):  # a telephone's band
            curve = curve * low_pass(3400, 8) * high_pass(300, 4)
        if self._chance(0.05):
            curve = curve * high_pass(self._random.uniform(60, 350), 3)
        curve = curve[None, :, None]
        if self._chance(0.25):
            level = np.sqrt(np.mean(np.abs(mix) ** 2, axis=(1, 2))) + 1e-3
            level = np.convolve(np.pad(level, 2, mode="edge"), np.hanning(7)[1:-1] / 3, "valid")
            pressed = (level / level.max()) ** -self._random.uniform(0.1, 0.6)
            curve = curve * np.minimum(pressed, 8)[:, None, None].astype(np.float32)
        if self._chance(0.08):
            spectra = {stem: np.repeat(s.mean(axis=2, keepdims=True), 2, axis=2) for stem, s in spectra.items()}
        return {stem: s * curve for stem, s in spectra.items()}

    def example(self):
        """Magnitudes of the mix [frames, bins, 2], and the part of each stem in it: float16 [frames, bins, 6], the
        two sides of drums, then bass, then other, in 0 … 1. The part is that of the stem's component in phase with
        the mix, so the parts of all stems add up to one, save for what is clipped.
        """
        stems = {}
        while not stems:
            stems = self._of_one_song() if self._chance(0.4) else self._of_many_songs()
        if self._chance(0.04):
            stems = dict([list(stems.items())[self._random.integers(len(stems))]])
        stems = {stem: self._shape(stem, audio) for stem, audio in stems.items()}
        draw = self._random.random()
        if draw < 0.2:  # what the separation of the vocals leaves: a little of them
            leak = self._single("vocals") * gain(self._random.uniform(-35, -8))
            stems["other"] = stems.get("other", 0) + leak
        elif draw < 0.45:  # or what a mask lets through
            stems["vocals"] = self._single("vocals") * gain(self._random.uniform(-8, 6))
        peak = np.abs(sum(stems.values())).max() + 1e-6
        level = gain(-(self._random.exponential(5))) / peak
        # One transform for all stems.
        joined = np.concatenate(list(stems.values()), axis=1) * level
        parts = np.split(stft(joined.astype(np.float32), NET_BINS), len(stems), axis=2)
        spectra = {stem: self._filter(stem, part) for stem, part in zip(stems, parts)}
        if "vocals" in spectra:
            spectra = without_vocals(self._random, spectra)
        spectra = self._master(spectra)
        return targets(spectra)


def without_vocals(random, spectra):
    """As a net that takes the vocals out leaves the rest: a mask that is not quite sure lets some of the vocals
    through, which count as other, and takes some of the instruments along.
    """
    vocals = spectra.pop("vocals")
    rest = sum(spectra.values())
    blur = (random.choice((1, 3, 5)), random.choice((1, 3, 7)), 1)
    powers = (ndimage.uniform_filter(s.real**2 + s.imag**2, blur) for s in (rest, vocals))
    ours, theirs = (np.maximum(power, 0) for power in powers)  # rounding may take it below
    sharpness = random.uniform(0.5, 1.2)
    theirs = (theirs * gain(random.normal(0, 4))) ** sharpness
    ours = ours**sharpness
    mask = ours / (ours + theirs + 1e-9)
    spectra = {stem: s * mask for stem, s in spectra.items()}
    return {**spectra, "other": spectra.get("other", 0) + vocals * mask}


def targets(spectra):
    """See Mixer.example. `spectra`: stem to complex [frames, bins, 2]; stems may be missing."""
    mix = sum(spectra.values())
    power = mix.real**2 + mix.imag**2
    magnitude = np.sqrt(power)
    masks = np.zeros((*mix.shape[:2], 2 * len(STEMS)), np.float16)
    for i, stem in enumerate(STEMS):
        if stem in spectra:
            in_phase = spectra[stem].real * mix.real + spectra[stem].imag * mix.imag
            masks[..., 2 * i : 2 * i + 2] = np.clip(in_phase / (power + 1e-12), 0, 1)
    return magnitude.astype(np.float32), masks
