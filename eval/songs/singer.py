"""A singer: syllables spoken by eSpeak, taken apart and put together anew by WORLD on the melody's pitch.

What is sung is known exactly: WORLD makes the voice from the very pitch curve that is kept as the truth.
"""

import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyworld
import soundfile
from scipy.signal import resample_poly

from .composition import WORDS, SungNote
from .theory import midi_to_hz

RATE = 44100
VOICE_RATE = 32000
FRAME_SEC = 0.005


@dataclass(frozen=True)
class Syllable:
    """WORLD's parameters of a spoken word, a row for each frame."""

    envelope: np.ndarray
    aperiodicity: np.ndarray
    voiced: np.ndarray
    vowel: slice  # from the first to the last voiced frame


@lru_cache(maxsize=2)
def load_voice(voice: str, cache: Path) -> dict[str, Syllable]:
    """All words in one of eSpeak's voices; kept in `cache`, for WORLD takes its time."""
    path = cache / f"voice-{voice}.npz"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        arrays = {}
        for word in WORDS:
            for name, array in _analyse(voice, word).items():
                arrays[f"{word} {name}"] = array
        with tempfile.NamedTemporaryFile(dir=cache, suffix=".npz", delete=False) as file:
            np.savez(file, **arrays)
        Path(file.name).replace(path)
    with np.load(path) as arrays:
        return {word: _syllable(*(arrays[f"{word} {name}"] for name in ("sp", "ap", "voiced"))) for word in WORDS}


def _analyse(voice: str, word: str) -> dict[str, np.ndarray]:
    with tempfile.NamedTemporaryFile(suffix=".wav") as wav:
        subprocess.run(["espeak-ng", "-v", voice, "-s", "110", "-w", wav.name, word], check=True)
        spoken, rate = soundfile.read(wav.name)
    audio = np.ascontiguousarray(resample_poly(spoken, VOICE_RATE, rate))
    audio *= 0.5 / np.abs(audio).max()
    period_ms = 1000 * FRAME_SEC
    f0, times = pyworld.harvest(audio, VOICE_RATE, f0_floor=60, f0_ceil=420, frame_period=period_ms)
    envelope = pyworld.cheaptrick(audio, f0, times, VOICE_RATE)
    aperiodicity = pyworld.d4c(audio, f0, times, VOICE_RATE)
    level_db = 10 * np.log10(envelope.sum(axis=1) + 1e-12)
    heard = np.flatnonzero(level_db > level_db.max() - 40)
    part = slice(heard[0], heard[-1] + 1)
    voiced = (f0[part] > 0) & (level_db[part] > level_db.max() - 25)
    return {"sp": envelope[part].astype("f4"), "ap": aperiodicity[part].astype("f4"), "voiced": voiced}


def _syllable(envelope: np.ndarray, aperiodicity: np.ndarray, voiced: np.ndarray) -> Syllable:
    frames = np.flatnonzero(voiced)
    return Syllable(envelope, aperiodicity, voiced, slice(frames[0], frames[-1] + 1))


def _smooth(values: np.ndarray, frames: int) -> np.ndarray:
    window = np.hanning(frames + 2)[1:-1]
    return np.convolve(np.pad(values, frames, mode="edge"), window / window.sum(), "same")[frames:-frames]


class Singer:
    def __init__(self, rng, voice: dict[str, Syllable], tuning_cents: float):
        self._rng = rng
        self._voice = voice
        self._tuning_cents = tuning_cents
        self._stretch = rng.uniform(0.92, 1.1)  # of the formants: another size of head
        self._glide_frames = int(rng.uniform(0.05, 0.12) / FRAME_SEC)
        self._vibrato_cents, self._vibrato_hz = rng.uniform(10, 60), rng.uniform(4.8, 6.6)
        self._scoop_share, self._drift_cents = rng.uniform(0.1, 0.6), rng.uniform(5, 18)

    def sing(self, notes: list[SungNote], duration_sec: float) -> tuple[np.ndarray, np.ndarray]:
        """The voice at RATE, mono, and its pitch in hertz every 10 ms, 0 where unvoiced."""
        num_frames = int(duration_sec / FRAME_SEC) + 1
        hz = midi_to_hz(self._pitch_curve(notes, num_frames), self._tuning_cents)
        bins = next(iter(self._voice.values())).envelope.shape[1]
        envelope = np.full((num_frames, bins), 1e-12)
        aperiodicity = np.ones((num_frames, bins))
        f0 = np.zeros(num_frames)
        for note in notes:
            self._place(note, hz, f0, envelope, aperiodicity)
        level_db = 10 * np.log10(envelope.sum(axis=1) + 1e-12)
        f0[level_db < level_db.max() - 42] = 0
        audio = pyworld.synthesize(f0, envelope, aperiodicity, VOICE_RATE, 1000 * FRAME_SEC)
        return resample_poly(audio, RATE // 100, VOICE_RATE // 100), f0[::2]

    def _pitch_curve(self, notes: list[SungNote], num_frames: int) -> np.ndarray:
        """MIDI numbers with glides, scoops, vibrato and a voice's unsteadiness."""
        midi = np.full(num_frames, float(notes[0].midi))
        for note in notes:
            midi[_frames(note, num_frames).start :] = note.midi
        midi = _smooth(midi, self._glide_frames)
        for note in notes:
            span = _frames(note, num_frames)
            t = np.arange(span.stop - span.start) * FRAME_SEC
            if self._rng.random() < self._scoop_share:
                midi[span] -= self._rng.uniform(0.3, 1.5) * np.exp(-t / 0.05)
            turns = self._vibrato_hz * t + self._rng.random()
            midi[span] += self._vibrato_cents / 100 * np.clip((t - 0.2) / 0.25, 0, 1) * np.sin(2 * np.pi * turns)
        drift = _smooth(self._rng.normal(0, 1, num_frames), 60) * np.sqrt(60) * self._drift_cents / 100
        return midi + drift + 0.03 * _smooth(self._rng.normal(0, 1, num_frames), 4)

    def _place(self, note: SungNote, hz, f0, envelope, aperiodicity):
        """Writes the word of a note: its consonants as spoken, its vowel drawn out."""
        word = self._voice[note.word]
        span = _frames(note, len(f0))
        length = span.stop - span.start
        if length < 6:
            return
        first, last = word.vowel.start, word.vowel.stop
        steady = [first + int(share * (last - first)) for share in (0.3, 0.65)]
        before = min(first, 24, span.start)
        head = min(steady[0] - first, int(0.35 * length))
        tail = min(len(word.voiced) - steady[1], int(0.3 * length))
        middle = np.linspace(first + head, steady[1], max(length - head - tail, 1))
        at = np.concatenate([np.arange(first - before, first + head), middle, np.linspace(steady[1], len(word.voiced) - 1, tail)])
        start = span.start - before
        at = at[: len(f0) - start]
        rows = slice(start, start + len(at))
        loudness = np.full(len(at), self._rng.uniform(0.65, 1))
        release = min(8, len(at) // 2)
        loudness[:4] *= np.linspace(0.1, 1, 4)
        loudness[-release:] *= np.linspace(1, 0.03, release)
        envelope[rows] = self._warped(_rows(word.envelope, at)) * loudness[:, None] ** 2
        aperiodicity[rows] = np.clip(self._warped(_rows(word.aperiodicity, at)), 1e-3, 1)
        f0[rows] = np.where(word.voiced[at.astype(int)], hz[rows], 0)

    def _warped(self, spectra: np.ndarray) -> np.ndarray:
        """Stretched along the frequencies."""
        bins = spectra.shape[1]
        source = np.clip(np.arange(bins) / self._stretch, 0, bins - 1)
        return _rows(spectra.T, source).T


def _frames(note: SungNote, num_frames: int) -> slice:
    return slice(int(note.start_sec / FRAME_SEC), min(int(note.end_sec / FRAME_SEC), num_frames))


def _rows(array: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Rows at fractional places, by straight lines."""
    low = at.astype(int)
    high = np.minimum(low + 1, len(array) - 1)
    part = (at - low)[:, None]
    return array[low] * (1 - part) + array[high] * part
