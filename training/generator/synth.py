"""A subtractive and FM synthesiser: basses, leads, pads, plucks, organs, brass, from one note kernel."""

from dataclasses import astuple, dataclass

import numba
import numpy as np

from training.generator.dsp import RATE
from training.generator.theory import hz

SAW, PULSE, TRIANGLE, SINE, FM, ORGAN = range(6)


@dataclass
class Patch:
    wave: float = SAW
    unison: float = 1
    detune_cents: float = 0
    spread: float = 0  # of the unison voices over the stereo picture, 0 … 1
    width: float = 0.5  # of the pulse
    sub: float = 0  # sine an octave below
    noise: float = 0
    fm_ratio: float = 1
    fm_index: float = 0
    fm_decay_sec: float = 0.3
    cutoff_hz: float = 8000
    cutoff_octaves: float = 0  # what the filter's envelope adds
    cutoff_decay_sec: float = 0.3
    resonance: float = 0.1  # 0 … 0.95
    tracking: float = 0.3
    drive: float = 1
    attack_sec: float = 0.005
    decay_sec: float = 0.3
    sustain: float = 0.7
    release_sec: float = 0.1
    vibrato_hz: float = 5
    vibrato_cents: float = 0
    glide_sec: float = 0
    cutoff_lfo_hz: float = 0
    cutoff_lfo_octaves: float = 0
    bend_octaves: float = 0  # pitch at the attack, falling back at once
    organ: float = 888  # three drawbars as digits


@numba.njit(cache=True, fastmath=True)
def _blep(phase, step):
    if phase < step:
        t = phase / step
        return t + t - t * t - 1
    if phase > 1 - step:
        t = (phase - 1) / step
        return t * t + t + t + 1
    return 0.0


@numba.njit(cache=True, fastmath=True)
def _note(out, start, hold, from_hz, to_hz, gain, p, seed):
    (wave, unison, detune, spread, width, sub, noise, ratio, index, fm_decay, cutoff, octaves, cut_decay, resonance,
     tracking, drive, attack, decay, sustain, release, vib_hz, vib_cents, glide, lfo_hz, lfo_octaves, bend, organ) = p
    np.random.seed(seed)
    voices = int(unison)
    phase = np.random.random(16)
    total = hold + int(release * 5 * RATE)
    total = min(total, len(out) - start)
    env = 0.0
    low_l = low_r = band_l = band_r = 0.0
    attack_k = 1 / max(1.0, attack * RATE)
    decay_k = np.exp(-1 / (max(decay, 1e-3) * RATE))
    release_k = np.exp(-1 / (max(release, 1e-3) * RATE))
    glide_k = np.exp(-1 / (max(glide, 1e-4) * RATE))
    pitch = np.log2(from_hz)
    target = np.log2(to_hz)
    attacking = True
    sub_phase = fm_phase = 0.0
    f = g = 0.0
    drawbars = (organ // 100 / 8, organ // 10 % 10 / 8, organ % 10 / 8)
    lfo_phase = np.random.random() * 6.28
    for i in range(total):
        time = i / RATE
        if i >= hold:
            env *= release_k
        elif attacking:
            env += attack_k
            if env >= 1:
                env, attacking = 1.0, False
        else:
            env = sustain + (env - sustain) * decay_k
        if i % 16 == 0:
            pitch = target + (pitch - target) * glide_k**16
            vibrato = vib_cents / 1200 * np.sin(6.2832 * vib_hz * time) * min(1.0, time * 2)
            f = 2 ** (pitch + vibrato + bend * np.exp(-time / 0.02)) / RATE
            cut = cutoff * (to_hz / 261.6) ** tracking * 2 ** (octaves * np.exp(-time / cut_decay)
                                                               + lfo_octaves * np.sin(6.2832 * lfo_hz * time + lfo_phase))
            g = 2 * np.sin(3.14159 * min(max(cut, 30.0), 9500.0) / RATE)
        left = right = 0.0
        for v in range(voices):
            offset = (2.0 * v / (voices - 1) - 1) if voices > 1 else 0.0
            step = f * (1 + detune * offset * 0.000578)
            ph = phase[v]
            if wave == SAW:
                x = 2 * ph - 1 - _blep(ph, step)
            elif wave == PULSE:
                x = 1.0 if ph < width else -1.0
                x += _blep(ph, step)
                x -= _blep((ph - width) % 1.0, step)
            elif wave == TRIANGLE:
                x = 4 * abs(ph - 0.5) - 1
            elif wave == SINE:
                x = np.sin(6.28318 * ph)
            elif wave == FM:
                x = np.sin(6.28318 * ph + index * np.exp(-time / fm_decay) * np.sin(6.28318 * fm_phase))
            else:
                x = (drawbars[0] * (np.sin(3.14159 * ph * 2) + np.sin(6.28318 * 3 * ph) * 0.5) + drawbars[1] * np.sin(12.5664 * ph)
                     + drawbars[2] * (np.sin(25.1327 * ph) + np.sin(18.8496 * ph) * 0.7)) * 0.5
            phase[v] = (ph + step) % 1.0
            side = offset * spread if v % 2 == 0 else -offset * spread
            left += x * (1 - side)
            right += x * (1 + side)
        fm_phase = (fm_phase + f * ratio) % 1.0
        sub_phase = (sub_phase + f * 0.5) % 1.0
        extra = sub * np.sin(6.28318 * sub_phase) + noise * (np.random.random() * 2 - 1)
        scale = 1 / np.sqrt(voices)
        left, right = left * scale + extra, right * scale + extra
        q = 2 * (1 - resonance)
        for _ in range(2):  # twice as fast, for stability
            low_l += 0.5 * g * band_l
            band_l += 0.5 * g * (left - low_l - q * band_l)
            low_r += 0.5 * g * band_r
            band_r += 0.5 * g * (right - low_r - q * band_r)
        wet_l, wet_r = low_l, low_r
        if drive > 1:
            wet_l, wet_r = np.tanh(wet_l * drive) / drive**0.5, np.tanh(wet_r * drive) / drive**0.5
        out[start + i, 0] += wet_l * env * gain
        out[start + i, 1] += wet_r * env * gain
        if i > hold and env < 1e-4:
            break


def play(rng, patch, notes, num_samples):
    """Stereo sound of rows (start_sec, end_sec, midi, velocity). Each note glides from the one before if the patch says so."""
    out = np.zeros((num_samples, 2), np.float32)
    values = np.array(astuple(patch), np.float64)
    last = None
    for start, end, midi, velocity in notes:
        at = int(start * RATE)
        if at >= num_samples or end <= start:
            continue
        to = float(hz(midi))
        origin = last if last and patch.glide_sec else to
        patch_values = values
        patch_values[10] = patch.cutoff_hz * 2 ** ((velocity - 90) / 60)
        _note(out, max(0, at), int((end - start) * RATE), origin, to, (velocity / 127) ** 1.3 * 0.3, tuple(patch_values), int(rng.integers(1 << 30)))
        last = to
    return out
