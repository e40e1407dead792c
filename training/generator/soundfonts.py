"""Plays notes with a SoundFont."""

import ctypes
import ctypes.util
from contextlib import contextmanager

import fluidsynth
import numpy as np

from training.generator.dsp import RATE

BLOCK = 64  # samples; events start on a block
GAIN = 0.35
_library = ctypes.CDLL(ctypes.util.find_library("fluidsynth"))
_library.fluid_synth_write_float.argtypes = (ctypes.c_void_p, ctypes.c_int) + (ctypes.c_void_p, ctypes.c_int, ctypes.c_int) * 2


@contextmanager
def _synth(path):
    """A synthesiser of its own for each use: one that has played sounds a little different ever after. It loads fast,
    for samples are read as they are needed."""
    synth = fluidsynth.Synth(gain=GAIN, samplerate=RATE)
    try:
        synth.setting("synth.dynamic-sample-loading", 1)
        synth.setting("synth.reverb.active", 0)
        synth.setting("synth.chorus.active", 0)
        synth.setting("synth.polyphony", 128)
        font = synth.sfload(str(path))
        if font < 0:
            raise OSError(f"cannot load {path}")
        yield synth, font
    finally:
        synth.delete()


def _samples(synth, count):
    """Float, for the 16-bit output has dither whose state outlives a song."""
    sides = np.empty((2, count), np.float32)
    left, right = (side.ctypes.data_as(ctypes.c_void_p) for side in sides)
    _library.fluid_synth_write_float(synth.synth, count, left, 0, 1, right, 0, 1)
    return sides.T


def play(path, bank, program, notes, num_samples, bend_semitones=0.0):
    """Stereo sound of the notes: rows of (start_sec, end_sec, midi, velocity 1 … 127)."""
    channel = 0 if bank != 128 else 9
    events = [(int(n[0] * RATE), 1, int(n[2]), int(n[3])) for n in notes]
    events += [(int(n[1] * RATE), 0, int(n[2]), 0) for n in notes]
    events.sort()
    out, now = [], 0
    with _synth(path) as (synth, font):
        synth.program_select(channel, font, bank, program)
        synth.pitch_bend(channel, int(np.clip(bend_semitones / 2, -1, 0.999) * 8192))
        for at, on, pitch, velocity in events:
            wait = (min(at, num_samples) - now) // BLOCK * BLOCK
            if wait > 0:
                out.append(_samples(synth, wait))
                now += wait
            if at >= num_samples:
                break
            if on:
                synth.noteon(channel, pitch, min(127, max(1, velocity)))
            else:
                synth.noteoff(channel, pitch)
        if now < num_samples:
            out.append(_samples(synth, num_samples - now))
    return np.concatenate(out)
