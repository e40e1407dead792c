"""Plays notes with a SoundFont. One synthesiser for each SoundFont is kept in the process."""

from functools import lru_cache

import fluidsynth
import numpy as np

from training.generator.dsp import RATE

BLOCK = 64  # samples; events start on a block
GAIN = 0.35


@lru_cache(maxsize=4)
def _synth(path):
    synth = fluidsynth.Synth(gain=GAIN, samplerate=RATE)
    synth.setting("synth.dynamic-sample-loading", 1)
    synth.setting("synth.reverb.active", 0)
    synth.setting("synth.chorus.active", 0)
    synth.setting("synth.polyphony", 128)
    synth.setting("synth.cpu-cores", 1)
    bank = synth.sfload(str(path))
    if bank < 0:
        raise OSError(f"cannot load {path}")
    return synth, bank


def _samples(synth, count):
    raw = synth.get_samples(count)
    return np.asarray(raw, np.int16).reshape(-1, 2).astype(np.float32) / 32768


def play(path, bank, program, notes, num_samples, bend_semitones=0.0, tail=True):
    """Stereo sound of the notes: rows of (start_sec, end_sec, midi, velocity 1 … 127).

    Notes of equal pitch should not overlap. All sound is off when it returns.
    """
    synth, font = _synth(str(path))
    channel = 0 if bank != 128 else 9
    synth.system_reset()
    synth.program_select(channel, font, bank, program)
    synth.pitch_bend(channel, int(np.clip(bend_semitones / 2, -1, 0.999) * 8192))
    events = [(int(n[0] * RATE), 1, int(n[2]), int(n[3])) for n in notes]
    events += [(int(n[1] * RATE), 0, int(n[2]), 0) for n in notes]
    events.sort()
    out, now = [], 0
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
        if tail:
            out.append(_samples(synth, num_samples - now))
        else:
            out.append(np.zeros((num_samples - now, 2), np.float32))
    audio = np.concatenate(out)[:num_samples]
    return audio
