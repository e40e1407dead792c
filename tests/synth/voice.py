"""A singer: harmonics of a gliding, vibrating pitch, shaped by the resonances of vowels; hissed and hummed consonants;
breaths. What is sung is known frame by frame."""

from dataclasses import dataclass

import numpy as np

from .instruments import RATE
from .theory import midi_to_hz

HOP = RATE // 100  # control frames of 10 ms
# Centre frequencies of the first five formants (after Peterson and Barney, and Klatt), in Hz.
VOWELS = {
    "a": (800, 1250, 2800, 3500, 4600),
    "e": (530, 1850, 2600, 3500, 4600),
    "i": (310, 2250, 3000, 3600, 4700),
    "o": (500, 900, 2600, 3400, 4500),
    "u": (350, 750, 2500, 3350, 4500),
    "m": (260, 1100, 2300, 3300, 4400),  # hummed: m, n
}
BANDWIDTHS_HZ = np.array([80, 100, 130, 180, 250, 300, 350, 400])
UPPER_FORMANTS_HZ = (5600, 6700, 7900)
CONSONANTS = {"s": (6500, 2500), "sh": (3300, 1500), "t": (4500, 3000), "k": (2200, 1200), "h": (1500, 1500)}


@dataclass(frozen=True)
class Note:
    start_sec: float
    end_sec: float
    midi: float
    vowel: str
    consonant: str  # a key of CONSONANTS, "m" or "" for none


def _smooth(values: np.ndarray, frames: int) -> np.ndarray:
    window = np.hanning(frames + 2)[1:-1]
    padded = np.pad(values, [(frames, frames)] + [(0, 0)] * (values.ndim - 1), mode="edge")
    columns = padded.reshape(len(padded), -1).T
    smoothed = np.stack([np.convolve(c, window / window.sum(), "same") for c in columns], axis=1)
    return smoothed.reshape(padded.shape)[frames:-frames]


def _resonance(formants_hz: np.ndarray, hz: np.ndarray) -> np.ndarray:
    """|H| of the vocal tract, [frames, len(hz)] or with hz of that shape: a cascade of two-pole resonators."""
    gain = 1.0
    for f, bandwidth in zip(formants_hz.T[:, :, None], BANDWIDTHS_HZ, strict=True):
        gain = gain * f**2 / np.sqrt((f**2 - hz**2) ** 2 + (bandwidth * hz) ** 2)
    return gain


class Singer:
    def __init__(self, rng, notes: list[Note], num_frames: int, tuning_cents: float):
        self._rng = rng
        self._notes = notes
        self._num_frames = num_frames
        self._hz = midi_to_hz(self._pitch_curve(), tuning_cents)
        self._formants_hz = self._formant_curves()
        self._voiced, self._level = self._envelopes()

    @property
    def f0_hz(self) -> np.ndarray:
        """The pitch every 10 ms; 0 where nothing voiced sounds."""
        return np.where(self._voiced, self._hz, 0.0)

    def sing(self) -> np.ndarray:
        """Mono, HOP samples a frame."""
        out = self._harmonics() + self._noise()
        return out / np.sqrt(np.mean(out[np.repeat(self._level > 0.1, HOP)] ** 2))

    def _span(self, note: Note) -> slice:
        return slice(round(note.start_sec * 100), min(self._num_frames, round(note.end_sec * 100)))

    def _pitch_curve(self) -> np.ndarray:
        """MIDI numbers: steps with glides, and a vibrato that sets in."""
        midi = np.full(self._num_frames, float(self._notes[0].midi))
        for note in self._notes:
            midi[self._span(note).start :] = note.midi
        midi = _smooth(midi, 9)
        for note in self._notes:
            t = np.arange(self._num_frames)[self._span(note)] / 100 - note.start_sec
            depth = 0.45 * np.clip((t - 0.15) / 0.3, 0, 1)
            midi[self._span(note)] += depth * np.sin(2 * np.pi * 5.6 * t)
            midi[self._span(note)] -= 0.6 * np.exp(-t / 0.04)  # scooped from below
        return midi + 0.06 * _smooth(self._rng.standard_normal(self._num_frames), 15)

    def _formant_curves(self) -> np.ndarray:
        formants = np.tile(np.array(VOWELS["a"] + UPPER_FORMANTS_HZ, float), (self._num_frames, 1))
        for note in self._notes:
            span = self._span(note)
            formants[span.start :, :5] = VOWELS[note.vowel]
            if note.consonant == "m":
                formants[span.start : span.start + 7, :5] = VOWELS["m"]
        formants = _smooth(formants, 7)
        formants[:, 0] = np.maximum(formants[:, 0], 1.05 * self._hz)  # as singers do on high notes
        return 1.12 * formants  # a vocal tract of some 15.5 cm

    def _envelopes(self):
        voiced = np.zeros(self._num_frames, bool)
        level = np.zeros(self._num_frames)
        for note in self._notes:
            span = self._span(note)
            start = span.start + (6 if note.consonant in CONSONANTS else 0)
            voiced[start : span.stop] = True
            t = np.arange(span.stop - start) / 100
            level[start : span.stop] = (0.75 + 0.25 * np.minimum(1, t / 0.15)) * self._rng.uniform(0.8, 1)
        return voiced, _smooth(level, 5) * voiced

    def _per_sample(self, frames: np.ndarray) -> np.ndarray:
        """Straight lines between frames."""
        following = np.append(frames[1:], frames[-1])
        ramp = np.arange(HOP) / HOP
        return (frames[:, None] + (following - frames)[:, None] * ramp).ravel().astype(np.float32)

    def _harmonics(self) -> np.ndarray:
        jitter = 1 + 0.002 * _smooth(self._rng.standard_normal(self._num_frames), 3)
        cycles = np.cumsum(self._per_sample(self._hz * jitter).astype(np.float64) / RATE)
        turn = np.exp(2j * np.pi * (cycles % 1)).astype(np.complex64)
        harmonics = np.arange(1, int(11000 / self._hz.min()) + 1)
        hz = self._hz[:, None] * harmonics
        levels = _resonance(self._formants_hz, hz) / harmonics**0.9 * (hz < 11000)
        levels *= self._level[:, None] / np.sqrt(np.sum(levels**2, axis=1, keepdims=True))
        out = np.zeros(len(cycles), np.float32)
        power = np.ones_like(turn)
        for column in levels.T:
            power *= turn
            out += self._per_sample(column) * power.imag
        return out

    def _noise(self) -> np.ndarray:
        """Breathiness within the notes, consonants before them, breaths before phrases."""
        size = 2 * HOP
        hz = np.fft.rfftfreq(size, 1 / RATE)[None, :]
        tract = _resonance(self._formants_hz, hz) * (hz > 300)
        tract /= np.sqrt(np.mean(tract**2, axis=1, keepdims=True))
        spectrum = 0.02 * self._level[:, None] * tract
        last_end_sec = -1.0
        for note in self._notes:
            start = self._span(note).start
            if note.consonant in CONSONANTS:
                centre_hz, width_hz = CONSONANTS[note.consonant]
                shape = np.exp(-(((hz[0] - centre_hz) / width_hz) ** 2))
                frames = np.arange(start - 3, start + 6).clip(0)
                spectrum[frames] += 0.2 * np.hanning(11)[1:-1, None] * shape
            if note.start_sec - last_end_sec > 0.6:  # time for a breath
                frames = np.arange(start - 40, start - 8).clip(0)
                spectrum[frames] += 0.03 * np.hanning(len(frames))[:, None] * tract[frames]
            last_end_sec = note.end_sec
        noise = np.fft.rfft(self._rng.standard_normal((self._num_frames, size)), axis=1) * spectrum
        grains = np.fft.irfft(noise, size, axis=1) * np.hanning(size + 1)[:-1]
        out = np.zeros((self._num_frames + 1) * HOP)
        out[:-HOP] += grains[:, :HOP].ravel()
        out[HOP:] += grains[:, HOP:].ravel()
        return out[:-HOP]
