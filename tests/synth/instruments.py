"""Drums, bass and electric piano as sums of sines and noise. All return mono float arrays at RATE."""

from functools import lru_cache

import numpy as np

RATE = 44100


def _time(seconds: float) -> np.ndarray:
    return np.arange(int(seconds * RATE)) / RATE


def _band_noise(rng, num_samples: int, low_hz: float, high_hz: float) -> np.ndarray:
    """Noise between two frequencies, with soft edges, of RMS 1."""
    hz = np.fft.rfftfreq(num_samples, 1 / RATE)
    gain = 1 / (1 + (low_hz / np.maximum(hz, 1)) ** 6) / (1 + (hz / high_hz) ** 6)
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(num_samples)) * gain, num_samples)
    return noise / np.sqrt(np.mean(noise**2))


def kick() -> np.ndarray:
    t = _time(0.3)
    phase = 2 * np.pi * (48 * t + 110 * 0.035 * (1 - np.exp(-t / 0.035)))
    click = np.exp(-t / 0.002) * np.sin(2 * np.pi * 2500 * t)
    return 0.95 * np.sin(phase) * np.exp(-t / 0.11) + 0.25 * click


def snare(rng) -> np.ndarray:
    t = _time(0.25)
    body = np.sin(2 * np.pi * 190 * t) * np.exp(-t / 0.05)
    rattle = _band_noise(rng, len(t), 900, 9000) * np.exp(-t / 0.07)
    return 0.45 * body + 0.28 * rattle


def hat(rng, is_open: bool = False) -> np.ndarray:
    t = _time(0.3 if is_open else 0.08)
    decay_sec = 0.09 if is_open else 0.02
    return 0.14 * _band_noise(rng, len(t), 6500, 17000) * np.exp(-t / decay_sec)


def _partials(hz: float, seconds: float, levels, decays_sec) -> np.ndarray:
    """Decaying harmonics of `hz`, with a soft start and end."""
    t = _time(seconds)
    out = np.zeros(len(t))
    for number, (level, decay_sec) in enumerate(zip(levels, decays_sec, strict=True), 1):
        if number * hz < 0.45 * RATE:
            out += level * np.sin(2 * np.pi * number * hz * t) * np.exp(-t / decay_sec)
    out *= np.minimum(1, t / 0.004)
    fade = min(len(t), int(0.03 * RATE))
    out[-fade:] *= np.linspace(1, 0, fade)
    return out


@lru_cache(maxsize=512)
def bass_note(hz: float, seconds: float) -> np.ndarray:
    """A plucked string: all harmonics, the higher ones gone sooner."""
    number = np.arange(1, 25)
    return 0.42 * _partials(hz, seconds, 1 / number * np.exp(-number / 9), 1.1 / (1 + 0.5 * number))


@lru_cache(maxsize=512)
def piano_note(hz: float, seconds: float) -> np.ndarray:
    """An electric piano: few harmonics, and a bell at the start."""
    levels = np.array([1.0, 0.42, 0.2, 0.11, 0.06, 0.035, 0.05, 0.02])
    decays_sec = np.array([1.8, 1.2, 0.8, 0.6, 0.4, 0.3, 0.12, 0.1])
    return 0.11 * _partials(hz, seconds, levels, decays_sec)


def reverberate(rng, mono: np.ndarray, level: float, seconds: float = 0.9) -> np.ndarray:
    """Stereo [2, n]: the dry sound in the centre, and a diffuse room around it."""
    num_room = int(seconds * RATE)
    room = rng.standard_normal((2, num_room)) * np.exp(-6.9 * np.arange(num_room) / num_room)
    room[:, : int(0.015 * RATE)] = 0
    room /= np.sqrt(np.sum(room**2, axis=1, keepdims=True))
    size = 1 << int(np.ceil(np.log2(len(mono) + num_room)))
    wet = np.fft.irfft(np.fft.rfft(mono, size) * np.fft.rfft(room, size), size)[:, : len(mono)]
    return mono + level * wet
