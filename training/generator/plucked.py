"""Plucked strings: a loop with delay, loss and damping. Guitars and basses are made of them."""

import numba
import numpy as np

from training.generator import dsp
from training.generator.dsp import RATE
from training.generator.theory import hz


@numba.njit(cache=True, fastmath=True)
def _string(out, start, length, freq, excitation, loss, bright, damp_from, damp_loss, pickup):
    """Adds one note to `out`. `bright` 0 … 1 is the loop's filter; after `damp_from` samples the hand damps it."""
    period = RATE / freq - 0.5 * (1 - bright) - 0.5
    size = int(period)
    frac = period - size
    line = np.zeros(size + 2, np.float32)
    last = 0.0
    apass = 0.0
    previous = 0.0
    c = (1 - frac) / (1 + frac)
    pos = 0
    n = min(length, len(out) - start)
    hop = max(1, int(size * pickup))
    history = np.zeros(size + 2, np.float32)
    for i in range(n):
        x = line[pos]
        if i < len(excitation):
            x += excitation[i]
        smooth = 0.5 * (1 + bright) * x + 0.5 * (1 - bright) * last
        last = x
        g = loss if i < damp_from else damp_loss
        y = g * smooth
        a = c * y + previous - c * apass
        previous = y
        apass = a
        line[pos] = a
        history[i % (size + 2)] = x
        heard = x - 0.85 * history[(i - hop) % (size + 2)] if i > hop else x
        out[start + i] += heard
        pos = pos + 1 if pos + 1 < size else 0


class Strings:
    """An instrument: how it is plucked, how long it rings."""

    def __init__(self, rng, hardness, ring_sec, bright, pickup=0.13, slap=0.0):
        self._rng = rng
        self._hardness, self._ring, self._bright, self._pickup, self._slap = hardness, ring_sec, bright, pickup, slap
        self._pick_place = rng.uniform(0.06, 0.3)

    def _excitation(self, freq, velocity):
        period = max(4, int(RATE / freq))
        burst = self._rng.uniform(-1, 1, period).astype(np.float32)
        corner = 400 + 14000 * self._hardness * (0.3 + 0.7 * velocity)
        burst = dsp.filtered(burst, dsp.low_pass(corner, 1))
        shift = max(1, int(period * self._pick_place))
        burst = burst - np.roll(burst, shift) * 0.9
        burst -= burst.mean()
        return burst / (np.sqrt(np.mean(burst**2)) + 1e-6) * 0.35

    def play(self, notes, num_samples, muted=None, bend_cents=0.0):
        """Mono sound; rows (start_sec, end_sec, midi, velocity); `muted`: a flag for each note (palm mute)."""
        out = np.zeros(num_samples, np.float32)
        for index, (start, end, midi, velocity) in enumerate(notes):
            at = int(max(0.0, start) * RATE)
            if at >= num_samples or end <= start:
                continue
            freq = float(hz(midi + bend_cents / 100))
            palm = bool(muted[index]) if muted is not None else False
            ring = self._ring * (0.06 if palm else 1) * (110 / freq) ** 0.35
            loss = 10 ** (-3 / (ring * freq))
            hold = int((end - start) * RATE)
            level = (velocity / 127) ** 1.2
            excitation = self._excitation(freq, level) * level
            damp = 10 ** (-3 / (0.06 * freq))
            _string(out, at, hold + int(0.25 * RATE), freq, excitation, loss, self._bright * (0.6 if palm else 1),
                    hold, damp, self._pickup)
            if self._slap and level > 0.6:
                click = self._rng.standard_normal(700).astype(np.float32) * np.exp(-np.arange(700) / 90)
                dsp.add_at(out, at, dsp.filtered(click.astype(np.float32), dsp.band_pass(1500, 7000)) * self._slap * level)
        return out
