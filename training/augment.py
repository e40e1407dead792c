"""Changes of one stem's sound, at random: they make many songs of few. Audio is float32 [samples, 2]."""

import numpy as np

from training.spectrum import RATE_HZ


def gain(db):
    return np.float32(10 ** (db / 20))


def rms(audio):
    return np.sqrt(np.mean(np.square(audio))) + 1e-9


def resample(audio, ratio, samples):
    """`samples` of the audio, played `ratio` times as fast, by linear interpolation."""
    position = np.arange(samples, dtype=np.float32) * np.float32(ratio)
    index = np.minimum(position.astype(np.int32), len(audio) - 2)
    part = (position - index)[:, None]
    return audio[index] * (1 - part) + audio[index + 1] * part


def smooth(audio, samples):
    """A low-pass: the mean of so many samples around each, three times over."""
    for _ in range(3):
        total = np.cumsum(np.pad(audio, ((samples // 2 + 1, (samples - 1) // 2), (0, 0))), axis=0, dtype=np.float64)
        audio = ((total[samples:] - total[:-samples]) / samples).astype(np.float32)
    return audio


def overdriven(random, audio):
    """Clipped softly, a little lopsided at times, as loud as before."""
    drive = gain(random.uniform(0, 14)) / (np.abs(audio).max() + 1e-6)
    bias = np.float32(random.choice((0, 0, random.uniform(0, 0.5))))
    shaped = np.tanh(audio * drive + bias) - np.tanh(bias)
    return shaped * (rms(audio) / rms(shaped))


def distorted_bass(random, audio):
    """As bass players distort: what is above some 100 to 400 Hz goes through a fuzz and a speaker, or all does, and
    the clean low part comes back in.
    """
    low = smooth(audio, int(RATE_HZ / random.uniform(200, 800)))
    driven = audio - low * np.float32(random.uniform(0, 1))
    driven = driven * (gain(random.uniform(10, 40)) / (4 * rms(driven)))
    if random.random() < 0.3:  # folded over
        shaped = np.sin(driven * np.float32(0.7))
    else:
        bias = np.float32(random.uniform(0, 0.6))
        shaped = np.tanh(driven + bias) - np.tanh(bias)
    shaped = smooth(shaped, int(random.integers(3, 12)))
    shaped -= shaped.mean(axis=0)
    out = low / rms(low) + shaped / rms(shaped) * gain(random.uniform(-15, 6))
    return out * (rms(audio) / rms(out))


def reflected(random, audio):
    """With a few early reflections, other ones on each side."""
    out = audio.copy()
    for _ in range(random.integers(2, 7)):
        delay = int(random.uniform(0.001, 0.05) * RATE_HZ)
        side = random.integers(2)
        out[delay:, side] += audio[:-delay, random.integers(2)] * np.float32(random.uniform(-0.4, 0.4))
    return out


def placed(random, audio, spread_db):
    """Moved to a side."""
    balance = random.uniform(-spread_db, spread_db)
    return audio * np.array([gain(balance), gain(-balance)])


def widened(random, audio):
    middle = audio.mean(axis=1, keepdims=True)
    return middle + (audio - middle) * np.float32(random.uniform(0, 1.6))
