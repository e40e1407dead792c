"""Effects: reverb, echo, saturation, amplifier and cabinet, surface noise. Those that move are in modulation.py."""

import numpy as np
from scipy import signal

from training.generator import dsp
from training.generator.dsp import RATE


def saturated(audio, drive_db, bias=0.0):
    """Soft clipping; the level of a full-scale sine is kept."""
    drive = np.float32(dsp.db(drive_db))
    shaped = np.tanh(audio * drive + np.float32(bias)) - np.float32(np.tanh(bias))
    return (shaped / np.tanh(drive)).astype(np.float32)


def impulse_response(rng, decay_sec, bright_hz, pre_delay_sec=0.0, early=True):
    """Stereo room: sparse early reflections, then noise whose treble dies first. Energy one in each channel."""
    length = dsp.seconds(min(decay_sec * 1.1, 4.0))
    time = np.arange(length, dtype=np.float32) / RATE
    noise = rng.standard_normal((length, 2)).astype(np.float32)
    dark = dsp.filtered(noise, dsp.low_pass(bright_hz * 0.35, 1))
    light = noise - dark
    light = dsp.filtered(light, dsp.low_pass(bright_hz, 1))
    tail = dark * np.exp(-6.9 * time / decay_sec)[:, None] + light * np.exp(-6.9 * time / (decay_sec * 0.5))[:, None]
    tail *= np.minimum(1, time / rng.uniform(0.002, 0.03))[:, None]
    if early:
        for _ in range(rng.integers(4, 14)):
            at = int(min(length - 1, rng.exponential(0.012) * RATE + 40))
            tail[at, rng.integers(2)] += rng.choice((-1, 1)) * rng.uniform(2, 12) * np.exp(-at / (0.02 * RATE))
    tail = dsp.filtered(tail, dsp.high_pass(rng.uniform(60, 250), 1))
    tail /= np.sqrt(np.square(tail).sum(axis=0, keepdims=True)) + 1e-9
    return np.pad(tail, ((dsp.seconds(pre_delay_sec), 0), (0, 0)))


def reverberated(audio, response):
    """The wet sound alone."""
    return signal.oaconvolve(audio, response, axes=0)[: len(audio)].astype(np.float32)


def delayed(audio, time_sec, feedback, cross=False):
    """Echoes alone, darker each time."""
    wet = np.zeros_like(audio)
    echo = audio
    shift = dsp.seconds(time_sec)
    gain = 1.0
    for index in range(5):
        at = shift * (index + 1)
        if at >= len(audio) or gain < 0.05:
            break
        echo = dsp.filtered(echo, dsp.low_pass(3500, 1))
        wet[at:] += gain * (echo[: len(audio) - at, ::-1] if cross and index % 2 else echo[: len(audio) - at])
        gain *= feedback
    return wet


def cabinet(rng):
    """Frequency response of a guitar speaker and its microphone, as a short linear-phase impulse response."""
    hz = np.fft.rfftfreq(1024, 1 / RATE)
    f = np.maximum(hz, 20)
    gain_db = np.zeros_like(f)
    gain_db += rng.uniform(1, 5) * np.exp(-(np.log2(f / rng.uniform(95, 160)) ** 2) / 0.3)
    gain_db -= rng.uniform(0, 6) * np.exp(-(np.log2(f / rng.uniform(350, 700)) ** 2) / 0.5)
    gain_db += rng.uniform(1, 7) * np.exp(-(np.log2(f / rng.uniform(1800, 3600)) ** 2) / 0.4)
    for _ in range(rng.integers(3, 9)):
        gain_db += rng.uniform(-6, 4) * np.exp(-(np.log2(f / rng.uniform(500, 6000)) ** 2) / rng.uniform(0.005, 0.05))
    gain_db -= 10 * np.log10(1 + (rng.uniform(70, 110) / f) ** 4)
    gain_db -= 10 * np.log10(1 + (f / rng.uniform(4200, 6500)) ** rng.uniform(6, 12))
    magnitude = dsp.db(gain_db)
    cepstrum = np.fft.irfft(np.log(magnitude + 1e-6))  # minimum phase by folding the cepstrum
    fold = np.zeros(1024)
    fold[0], fold[1:512], fold[512] = 1, 2, 1
    return np.fft.irfft(np.exp(np.fft.rfft(cepstrum * fold))).astype(np.float32)[:600]


def amplified(rng, mono, gain_db, tight_hz, speaker, tone_db=0.0):
    """Preamplifier with two clipping stages at twice the rate, tone, power stage, speaker."""
    x = mono / (dsp.active_rms(mono) * 4 + 1e-9)
    x = dsp.filtered(x, dsp.high_pass(tight_hz, 1), dsp.bell(rng.uniform(600, 1100), rng.uniform(0, 6), 0.7))
    x = signal.resample_poly(x, 2, 1).astype(np.float32)
    first = np.tanh(x * dsp.db(gain_db * 0.6).astype(np.float32) + 0.2) - np.float32(np.tanh(0.2))
    first = np.diff(first, prepend=np.float32(0)) * 0.3 + signal.lfilter([0.3], [1, -0.7], first).astype(np.float32)
    second = np.tanh(first * dsp.db(gain_db * 0.4).astype(np.float32)) if gain_db > 12 else first
    y = signal.resample_poly(second, 1, 2).astype(np.float32)[: len(mono)]
    y = dsp.filtered(y, dsp.bell(rng.uniform(450, 800), tone_db, 0.8), dsp.high_pass(60, 1))
    y = signal.oaconvolve(y, speaker)[: len(mono)]
    return (y / (dsp.active_rms(y) + 1e-9) * 0.1).astype(np.float32)


def crackle(rng, count):
    """Surface noise of a record: hiss, rumble and clicks."""
    hiss = dsp.filtered(rng.standard_normal((count, 2)).astype(np.float32), dsp.band_pass(400, 7000)) * 0.02
    clicks = np.zeros((count, 2), np.float32)
    for at in rng.integers(0, count, int(count / RATE * rng.uniform(3, 25))):
        clicks[at] += rng.exponential(0.35) * rng.choice((-1, 1)) * rng.uniform(0.5, 1, 2)
    return hiss + dsp.filtered(clicks, dsp.band_pass(800, 9000))


def excited(audio, above_hz, amount):
    """Adds overtones of what lies above a frequency: air."""
    top = dsp.filtered(audio, dsp.high_pass(above_hz, 2))
    bright = np.abs(top) * np.float32(0.7) + np.tanh(top * 30) * np.float32(dsp.rms(top) * 0.5)
    return audio + dsp.filtered(bright, dsp.high_pass(above_hz * 1.3, 2)) * np.float32(amount)


def crushed(rng, audio, bits):
    """Fewer bits, and a lower rate without a filter."""
    peak = np.abs(audio).max() + 1e-9
    hold = int(rng.integers(1, 7))
    index = np.arange(len(audio)) // hold * hold
    return (np.round(audio[index] / peak * 2**bits) / 2**bits * peak).astype(np.float32)
