"""Effects that move: chorus, vibrato, phaser, rotating speaker, tremolo, wah, gates, worn tape."""

import numba
import numpy as np

from training.generator import dsp
from training.generator.dsp import RATE


@numba.njit(cache=True, fastmath=True)
def _modulated_delay(audio, delay):
    out = np.empty_like(audio)
    for i in range(len(audio)):
        at = i - delay[i]
        if at < 0:
            out[i] = 0
            continue
        k = int(at)
        part = at - k
        out[i] = audio[k] * (1 - part) + audio[min(k + 1, len(audio) - 1)] * part
    return out


def chorus(rng, audio, depth=0.5):
    """Two modulated copies, out of phase left and right."""
    time = np.arange(len(audio)) / RATE
    rate, base = rng.uniform(0.2, 1.2), rng.uniform(0.006, 0.018)
    sides = []
    for phase in (0, rng.uniform(1.2, 3.1)):
        delay = (base + rng.uniform(0.0008, 0.003) * np.sin(2 * np.pi * rate * time + phase)) * RATE
        sides.append(_modulated_delay(np.ascontiguousarray(audio.mean(axis=1)), delay.astype(np.float32)))
    return audio * (1 - depth / 2) + depth * np.stack(sides, axis=1)


def wobble(rng, audio, cents):
    """Wow and flutter of a worn tape or record."""
    time = np.arange(len(audio)) / RATE
    swing = cents / 1200 * np.log(2)
    delay = 0.02 * RATE + np.zeros(len(audio))
    for rate, part in ((rng.uniform(0.3, 0.8), 1.0), (rng.uniform(4, 9), 0.15)):
        delay += part * swing / (2 * np.pi * rate) * RATE * (1 + np.sin(2 * np.pi * rate * time + rng.uniform(0, 6)))
    delay = delay.astype(np.float32)
    return np.stack([_modulated_delay(np.ascontiguousarray(side), delay) for side in audio.T], axis=1)


def rotating_speaker(rng, audio, fast=True):
    """Two rotors with their own speeds: tremolo, Doppler shift and panning."""
    mono = audio.mean(axis=1)
    low = dsp.filtered(mono, dsp.low_pass(800, 2))
    time = np.arange(len(mono)) / RATE
    out = np.zeros((len(mono), 2), np.float32)
    rates = ((mono - low, rng.uniform(5.5, 7.5) if fast else rng.uniform(0.6, 0.9)), (low, rng.uniform(4.5, 6.5)))
    for part, rate in rates:
        for side, phase in enumerate((0.0, np.pi * rng.uniform(0.6, 1))):
            turn = np.sin(2 * np.pi * rate * time + phase)
            moved = _modulated_delay(np.ascontiguousarray(part), ((1 + turn) * 0.0003 * RATE + 1).astype(np.float32))
            out[:, side] += moved * (0.7 + 0.3 * turn)
    return out


def tremolo(rng, audio, rate, stereo):
    time = np.arange(len(audio)) / RATE
    phases = np.array([0, np.pi if stereo else 0])
    return audio * (1 - rng.uniform(0.2, 0.45) * (1 + np.sin(2 * np.pi * rate * time[:, None] + phases))).astype(np.float32)


def vibrato(rng, audio):
    """A player's vibrato: comes and goes."""
    time = np.arange(len(audio)) / RATE
    knots = np.arange(0, time[-1] + 1, 0.5)
    presence = np.clip(np.interp(time, knots, rng.uniform(-0.5, 1, len(knots))), 0, 1)
    rate, cents = rng.uniform(4.5, 6.5), rng.uniform(8, 45)
    swing = cents / 1200 * np.log(2) / (2 * np.pi * rate) * RATE
    delay = (0.005 * RATE + presence * swing * (1 + np.sin(2 * np.pi * rate * time))).astype(np.float32)
    if audio.ndim == 1:
        return _modulated_delay(np.ascontiguousarray(audio), delay)
    return np.stack([_modulated_delay(np.ascontiguousarray(side), delay) for side in audio.T], axis=1)


@numba.njit(cache=True, fastmath=True)
def _all_passes(audio, corner, stages, feedback):
    out = np.empty_like(audio)
    state = np.zeros(stages, np.float32)
    last = np.float32(0)
    for i in range(len(audio)):
        k = (1 - corner[i]) / (1 + corner[i])
        x = audio[i] + feedback * last
        for j in range(stages):
            y = state[j] - k * x
            state[j] = x + k * y
            x = y
        last = x
        out[i] = x
    return out


def phaser(rng, audio):
    time = np.arange(len(audio)) / RATE
    rate, base = rng.uniform(0.1, 1.5), rng.uniform(300, 900)
    sides = []
    for side, phase in zip(audio.T, (0, rng.uniform(0, 2)), strict=True):
        hz = base * 2 ** (1.5 * (1 + np.sin(2 * np.pi * rate * time + phase)) / 2 * 1.6)
        sides.append(_all_passes(np.ascontiguousarray(side), np.tan(np.pi * hz / RATE).astype(np.float32), int(rng.choice((4, 6, 8))), np.float32(rng.uniform(0, 0.6))))
    return (audio + np.stack(sides, axis=1)) * np.float32(0.7)


def flanger(rng, audio):
    time = np.arange(len(audio)) / RATE
    delay = (rng.uniform(0.0006, 0.003) * (1.1 + np.sin(2 * np.pi * rng.uniform(0.08, 0.6) * time)) * RATE).astype(np.float32)
    wet = np.stack([_modulated_delay(np.ascontiguousarray(side), delay) for side in audio.T], axis=1)
    return (audio + rng.choice((-1, 1)) * rng.uniform(0.4, 0.9) * wet).astype(np.float32)


@numba.njit(cache=True, fastmath=True)
def _swept(audio, corner, q, band):
    """State-variable filter of a moving corner (2 sin πf/R): band-pass, or low-pass."""
    out = np.empty_like(audio)
    for c in range(audio.shape[1]):
        low = mid = np.float32(0)
        for i in range(len(audio)):
            f = corner[i]
            low += f * mid
            mid += f * (audio[i, c] - low - q * mid)
            out[i, c] = mid if band else low
    return out


def _corner(hz):
    return (2 * np.sin(np.pi * np.clip(hz, 40, 6500) / RATE)).astype(np.float32)


def wah(rng, audio, automatic):
    """A resonance that follows the playing, or a foot."""
    if automatic:
        level = dsp.follow(np.abs(audio).max(axis=1), np.float32(0.99), np.float32(0.9998))
        move = np.clip(level / (level.max() + 1e-9), 0, 1)
    else:
        move = 0.5 + 0.5 * np.sin(2 * np.pi * rng.uniform(0.4, 3) * np.arange(len(audio)) / RATE)
    wet = _swept(audio, _corner(rng.uniform(300, 500) * 2 ** (move * rng.uniform(1.5, 2.8))), np.float32(rng.uniform(0.15, 0.5)), True)
    return wet + audio * np.float32(rng.uniform(0, 0.3))


def opened(audio, points):
    """A low-pass that moves over the song: `points` are (time_sec, hz)."""
    times, hz = zip(*points, strict=True)
    curve = 2 ** np.interp(np.arange(len(audio)) / RATE, times, np.log2(hz))
    return _swept(audio, _corner(curve), np.float32(0.9), False) if min(hz) < 6000 else audio


def gated(rng, audio, step_sec):
    """A rhythm cut into held chords."""
    pattern = (rng.random(16) < rng.uniform(0.4, 0.8)).astype(np.float32)
    pattern[0] = 1
    gain = pattern[(np.arange(len(audio)) / (step_sec * RATE)).astype(np.int64) % 16]
    window = np.hanning(400).astype(np.float32)
    return audio * np.convolve(gain, window / window.sum(), "same")[:, None]
