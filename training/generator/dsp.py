"""Filters, envelopes and dynamics. Audio is float32 [samples, 2] or [samples], at RATE."""

import numba
import numpy as np
from scipy import signal

RATE = 44100


def db(value):
    """Gain of a level in dB."""
    return 10 ** (np.asarray(value) / 20)


def seconds(duration_sec):
    return max(1, int(duration_sec * RATE))


def rms(audio):
    return float(np.sqrt(np.mean(np.square(audio), dtype=np.float64)) + 1e-12)


def active_rms(audio):
    """RMS over the blocks of 0.1 s that are within 30 dB of the loudest."""
    block = RATE // 10
    blocks = audio[: len(audio) // block * block].reshape(-1, block * (audio.shape[1] if audio.ndim > 1 else 1))
    power = np.mean(np.square(blocks), axis=1, dtype=np.float64)
    return float(np.sqrt(power[power >= power.max() * 1e-3].mean()) + 1e-12)


def _norm(b, a):
    return np.concatenate([b, a])[None] / a[0]


def low_pass(hz, order=2):
    return signal.butter(order, min(hz, RATE * 0.49), "low", fs=RATE, output="sos")


def high_pass(hz, order=2):
    return signal.butter(order, min(hz, RATE * 0.49), "high", fs=RATE, output="sos")


def band_pass(low_hz, high_hz, order=1):
    return signal.butter(order, (low_hz, min(high_hz, RATE * 0.49)), "band", fs=RATE, output="sos")


def bell(hz, gain_db, q=1.0):
    """Peaking filter (the usual bilinear design)."""
    a, w = 10 ** (gain_db / 40), 2 * np.pi * min(hz, RATE * 0.45) / RATE
    alpha, c = np.sin(w) / (2 * q), np.cos(w)
    return _norm(np.array([1 + alpha * a, -2 * c, 1 - alpha * a]), np.array([1 + alpha / a, -2 * c, 1 - alpha / a]))


def shelf(hz, gain_db, high):
    """Low or high shelf of slope 1."""
    a, w = 10 ** (gain_db / 40), 2 * np.pi * min(hz, RATE * 0.45) / RATE
    s = -1 if high else 1
    c, root = np.cos(w), 2 * np.sqrt(a) * np.sin(w) / np.sqrt(2)
    b = np.array([a * ((a + 1) - s * (a - 1) * c + root), s * 2 * a * ((a - 1) - s * (a + 1) * c)])
    b = np.append(b, a * ((a + 1) - s * (a - 1) * c - root))
    d = np.array([(a + 1) + s * (a - 1) * c + root, -s * 2 * ((a - 1) + s * (a + 1) * c)])
    return _norm(b, np.append(d, (a + 1) + s * (a - 1) * c - root))


def filtered(audio, *sections):
    """The audio through filters in series."""
    return signal.sosfilt(np.concatenate(sections), audio, axis=0).astype(np.float32)


@numba.njit(cache=True, fastmath=True)
def follow(level, attack, release):
    """Envelope follower; attack and release are one-pole coefficients."""
    out = np.empty_like(level)
    state = np.float32(0.0)
    for i in range(len(level)):
        k = attack if level[i] > state else release
        state = level[i] + (state - level[i]) * k
        out[i] = state
    return out


def _pole(time_sec, rate):
    return np.float32(np.exp(-1 / (max(time_sec, 1e-4) * rate)))


def gain_reduction(audio, threshold_db, ratio, attack_sec, release_sec, knee_db=6.0):
    """Gain [samples] of a compressor, linked over the channels. Worked out at an eighth of the rate."""
    step = 8
    peak = np.abs(audio).max(axis=1) if audio.ndim == 2 else np.abs(audio)
    count = -(-len(peak) // step)
    level = np.pad(peak, (0, count * step - len(peak))).reshape(count, step).max(axis=1).astype(np.float32)
    level = follow(level, _pole(attack_sec, RATE / step), _pole(release_sec, RATE / step))
    over = 20 * np.log10(level + 1e-6) - threshold_db
    over = np.where(over > knee_db / 2, over, np.where(over < -knee_db / 2, 0, (over + knee_db / 2) ** 2 / (2 * knee_db)))
    gain = db(-over * (1 - 1 / ratio)).astype(np.float32)
    return np.interp(np.arange(len(peak)) / step, np.arange(count), gain).astype(np.float32)


def compressed(audio, threshold_db, ratio, attack_sec=0.01, release_sec=0.12):
    gain = gain_reduction(audio, threshold_db, ratio, attack_sec, release_sec)
    return audio * (gain[:, None] if audio.ndim == 2 else gain)


@numba.njit(cache=True, fastmath=True)
def decay_noise(rng_values, decay):
    """Shapes noise by an exponential decay in place."""
    gain = 1.0
    for i in range(len(rng_values)):
        rng_values[i] *= gain
        gain *= decay
    return rng_values


def add_at(target, start, piece):
    """Adds a piece at a sample, cut to what fits."""
    skip = max(0, -start)
    start = max(0, start)
    length = min(len(piece) - skip, len(target) - start)
    if length > 0:
        target[start : start + length] += piece[skip : skip + length]


def pan(mono, position):
    """Constant power; position from -1 (left) to 1 (right)."""
    angle = (position + 1) * np.pi / 4
    return mono[:, None] * np.array([np.cos(angle), np.sin(angle)], np.float32) * np.float32(np.sqrt(2))


def resampled(audio, ratio):
    """Played `ratio` times as fast; linear interpolation."""
    count = max(2, int(len(audio) / ratio))
    position = np.minimum(np.arange(count) * ratio, len(audio) - 1.001)
    index = position.astype(np.int64)
    part = (position - index).astype(np.float32)
    part = part[:, None] if audio.ndim == 2 else part
    return audio[index] * (1 - part) + audio[np.minimum(index + 1, len(audio) - 1)] * part
