"""Drum sounds made from scratch, each call another sound: `make(rng, piece, style)` with style "analog" (808, 909 and
kin), "acoustic" (membranes and plates as sums of modes, with noise) or "industrial"."""

import numpy as np
from scipy import signal

from training.generator import dsp, effects
from training.generator.dsp import RATE

DRUM_MODES = np.array([1.0, 1.59, 2.14, 2.30, 2.65, 2.92, 3.16, 3.50, 3.60, 4.06])  # of an ideal membrane


def _time(duration_sec):
    return np.arange(dsp.seconds(duration_sec), dtype=np.float32) / RATE


def _noise(rng, time, low_hz, high_hz, order=1):
    noise = rng.standard_normal(len(time)).astype(np.float32)
    return dsp.filtered(noise, dsp.band_pass(low_hz, high_hz, order)) * 1.5


def _swept(time, start_hz, end_hz, sweep_sec):
    phase = 2 * np.pi * (end_hz * time + (start_hz - end_hz) * sweep_sec * (1 - np.exp(-time / sweep_sec)))
    return np.sin(phase)


def _kick(rng, style):
    long = style == "analog" and rng.random() < 0.4
    decay = rng.uniform(0.25, 0.6) if long else rng.uniform(0.06, 0.2)
    time = _time(min(1.2, decay * 6))
    end = rng.uniform(40, 62) if style == "analog" else rng.uniform(48, 85)
    body = _swept(time, end * rng.uniform(2, 7), end, rng.uniform(0.008, 0.05)) * np.exp(-time / decay)
    click_hz = rng.uniform(1200, 5500)
    click = _noise(rng, time, click_hz * 0.5, click_hz * 1.8) * np.exp(-time / rng.uniform(0.001, 0.006))
    shell = 0
    if style != "analog":
        for mode in DRUM_MODES[1:6]:
            shell = shell + rng.uniform(0.02, 0.25) * np.sin(2 * np.pi * end * mode * time) * np.exp(-time / (decay * 0.5))
        shell = shell + rng.uniform(0, 0.15) * _noise(rng, time, 150, 2500) * np.exp(-time / rng.uniform(0.02, 0.08))
    out = body + shell + rng.uniform(0.05, 0.9) * click
    drive = rng.uniform(3, 24) if style == "industrial" else rng.uniform(0, 10)
    return effects.saturated(out, drive)


def _snare(rng, style):
    decay = rng.uniform(0.05, 0.3)
    time = _time(min(1.2, decay * 6 + 0.1))
    hz = rng.uniform(150, 320)
    tone = _swept(time, hz * rng.uniform(1.1, 1.6), hz, 0.02) * np.exp(-time / rng.uniform(0.04, 0.12))
    if style == "analog":
        tone = tone + 0.6 * np.sin(2 * np.pi * hz * 1.83 * time) * np.exp(-time / 0.06)
    else:
        for mode in DRUM_MODES[1:8]:
            ring = rng.uniform(0.03, 0.16)
            tone = tone + rng.uniform(0.05, 0.4) * np.sin(2 * np.pi * hz * mode * time + rng.uniform(0, 6)) * np.exp(-time / ring)
    wires = _noise(rng, time, rng.uniform(300, 1800), rng.uniform(7000, 14000)) * np.exp(-time / decay)
    wires *= np.minimum(1, time / 0.0008)
    click = _noise(rng, time, 2000, 8000) * np.exp(-time / 0.003)
    out = tone * rng.uniform(0.3, 1) + wires * rng.uniform(0.5, 1.6) + click * rng.uniform(0.1, 0.8)
    return effects.saturated(out * 0.6, rng.uniform(0, 18 if style == "industrial" else 9))


def _clap(rng, style):
    time = _time(0.6)
    noise = _noise(rng, time, rng.uniform(700, 1100), rng.uniform(1800, 6000), 2)
    envelope = np.exp(-time / rng.uniform(0.05, 0.16)) * 0.6
    gap = rng.uniform(0.007, 0.013)
    for burst in range(rng.integers(2, 5)):
        envelope = envelope + (time > burst * gap) * np.exp(-np.maximum(time - burst * gap, 0) / 0.004)
    return noise * envelope


def _metal(rng, time, hz, partials):
    """Six square oscillators as in the 808, or many inharmonic sines."""
    out = np.zeros(len(time), np.float32)
    for _ in range(partials):
        ratio = rng.uniform(1, 8) ** rng.uniform(0.6, 1.2)
        wave = np.sin(2 * np.pi * np.minimum(hz * ratio, 16000) * time + rng.uniform(0, 6))
        out += (np.sign(wave) if partials < 10 else wave).astype(np.float32) * rng.uniform(0.3, 1)
    return out / np.sqrt(partials)


def _cymbal(rng, style, decay, low_hz, attack_sec=0.0005):
    time = _time(min(3.5, decay * 5 + 0.05))
    metal = _metal(rng, time, rng.uniform(300, 900), 6 if style == "analog" else 40)
    noise = rng.standard_normal(len(time)).astype(np.float32)
    mix = rng.uniform(0.1, 0.5) if style == "analog" else rng.uniform(0.55, 0.92)
    source = metal * (1 - mix) + noise * mix
    bright = dsp.filtered(source, dsp.high_pass(low_hz, 3), dsp.low_pass(rng.uniform(9000, 18000), 1))
    dark = dsp.filtered(source, dsp.band_pass(low_hz * 0.4, low_hz * 1.5))
    strike = _noise(rng, time, 1500, 9000) * np.exp(-time / 0.004)
    envelope = np.exp(-time / decay) * np.minimum(1, time / attack_sec)
    slow = np.exp(-time / (decay * rng.uniform(1, 1.8))) * np.minimum(1, time / (attack_sec * 4))
    return bright * envelope + dark * slow * rng.uniform(0.05, 0.4) + strike * rng.uniform(0, 0.5)


def _tom(rng, style, hz):
    decay = rng.uniform(0.08, 0.35)
    time = _time(decay * 5)
    out = _swept(time, hz * rng.uniform(1.15, 2), hz, rng.uniform(0.02, 0.08)) * np.exp(-time / decay)
    if style != "analog":
        for mode in DRUM_MODES[1:7]:
            out = out + rng.uniform(0.03, 0.3) * np.sin(2 * np.pi * hz * mode * time) * np.exp(-time / (decay * 0.5))
    return out + rng.uniform(0.05, 0.5) * _noise(rng, time, 400, 5000) * np.exp(-time / rng.uniform(0.004, 0.03))


def _shaken(rng, jingles):
    time = _time(rng.uniform(0.08, 0.25))
    envelope = np.minimum(1, time / rng.uniform(0.005, 0.04)) * np.exp(-time / rng.uniform(0.02, 0.06))
    if jingles:
        return _metal(rng, time, 3500, 12) * envelope + _noise(rng, time, 5000, 14000) * envelope * 0.5
    return _noise(rng, time, rng.uniform(3000, 6000), 13000) * envelope


def _struck(rng, hz, ratios, decay):
    time = _time(min(1.5, decay * 6))
    out = sum(rng.uniform(0.3, 1) * np.sin(2 * np.pi * hz * r * time) * np.exp(-time / (decay / r**0.5)) for r in ratios)
    return out + 0.3 * _noise(rng, time, 1000, 6000) * np.exp(-time / 0.003)


def make(rng, piece, style):
    """One sound, mono float32, of about unit peak."""
    makers = {
        "kick": lambda: _kick(rng, style), "snare": lambda: _snare(rng, style), "clap": lambda: _clap(rng, style),
        "rim": lambda: _struck(rng, rng.uniform(400, 1800), (1, 2.7, 4.1), 0.015),
        "hat": lambda: _cymbal(rng, style, rng.uniform(0.015, 0.07), rng.uniform(4500, 8500)),
        "pedal": lambda: _cymbal(rng, style, rng.uniform(0.02, 0.06), rng.uniform(3500, 7000), 0.004),
        "open": lambda: _cymbal(rng, style, rng.uniform(0.12, 0.5), rng.uniform(4000, 8000)),
        "ride": lambda: _cymbal(rng, style, rng.uniform(0.4, 0.9), rng.uniform(3000, 6000)),
        "bell": lambda: _struck(rng, rng.uniform(700, 1100), (1, 1.5, 2.4, 3.9, 5.2), 0.5),
        "crash": lambda: _cymbal(rng, style, rng.uniform(0.4, 1.0), rng.uniform(1800, 4500), 0.003),
        "splash": lambda: _cymbal(rng, style, rng.uniform(0.15, 0.4), rng.uniform(3000, 6000), 0.002),
        "tom_hi": lambda: _tom(rng, style, rng.uniform(150, 230)), "tom_mid": lambda: _tom(rng, style, rng.uniform(105, 150)),
        "tom_low": lambda: _tom(rng, style, rng.uniform(65, 105)), "cowbell": lambda: _struck(rng, 540, (1, 1.48), 0.08),
        "shaker": lambda: _shaken(rng, False), "tambourine": lambda: _shaken(rng, True),
        "conga_hi": lambda: _tom(rng, "acoustic", rng.uniform(280, 420)),
        "conga_low": lambda: _tom(rng, "acoustic", rng.uniform(170, 260)),
        "triangle": lambda: _struck(rng, rng.uniform(2500, 5000), (1, 2.3, 3.1), 0.6),
        "perc": lambda: _struck(rng, rng.uniform(600, 2500), (1, 2.2), 0.03),
    }
    sound = np.asarray(makers[piece](), np.float32)
    fade = min(len(sound), 400)
    sound[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    if style == "industrial" and rng.random() < 0.5:
        sound = np.round(sound * 24) / 24
        sound = signal.lfilter([0.5, 0.5], [1], sound).astype(np.float32)
    return sound / (np.abs(sound).max() + 1e-9)
