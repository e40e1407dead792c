"""Sounds of basses: sampled, plucked, synthesised, through amplifiers."""

import numpy as np

from training.generator import dsp, effects, modulation, patches, plucked, soundfonts, sources, synth

PROGRAMS = {"electric": (33, 33, 34, 35), "pick": (34, 33), "distorted": (34, 33), "upright": (32,), "slap": (36, 37, 36),
            "synth": (38, 39), "808": (38, 39), "orchestral": (43, 43, 58)}
# Chance of strings by calculation, and of the synthesiser; else a SoundFont.
STRINGS = {"electric": 0.45, "pick": 0.55, "distorted": 0.55, "upright": 0.3, "slap": 0.5}
SYNTH = {"synth": 0.85, "808": 1.0}


def _monophonic(notes):
    """Each note ends before the next."""
    notes = sorted(notes)
    out = [(s, min(e, following[0] - 0.005), p, v) for (s, e, p, v), following in zip(notes, notes[1:], strict=False)]
    return [n for n in [*out, *notes[-1:]] if n[1] - n[0] > 0.02]


def _strings(rng, kind, notes, num_samples, tuning_cents):
    hardness = {"electric": rng.uniform(0.02, 0.25), "pick": rng.uniform(0.3, 1), "distorted": rng.uniform(0.3, 1),
                "upright": rng.uniform(0.01, 0.08), "slap": rng.uniform(0.4, 1)}[kind]
    ring = rng.uniform(0.5, 1.5) if kind == "upright" else rng.uniform(1.5, 6)
    bass = plucked.Strings(rng, hardness, ring, rng.uniform(0.2, 0.9), rng.uniform(0.06, 0.3), rng.uniform(0.4, 1.5) if kind == "slap" else 0)
    audio = bass.play(notes, num_samples, bend_cents=tuning_cents)
    body = [dsp.bell(rng.uniform(70, 130), rng.uniform(0, 6), 1), dsp.low_pass(np.exp(rng.uniform(np.log(500), np.log(5000))), 1)]
    if kind == "upright":
        body = [dsp.bell(rng.uniform(90, 130), 6, 2), dsp.bell(rng.uniform(180, 260), 4, 2), dsp.low_pass(np.exp(rng.uniform(np.log(350), np.log(2500))), 1)]
    return dsp.filtered(audio, *body)


def play(rng, kind, notes, num_samples, tuning_cents, held_out, varied=False):
    """Stereo sound, and what it is. `varied`: of more recipes."""
    notes = _monophonic(notes)
    draw = rng.random()
    if draw < SYNTH.get(kind, 0.05):
        names = patches.recipes("bass", held_out) + (patches.MORE_BASSES if varied else ())
        recipe = "808" if kind == "808" and not held_out else str(rng.choice(names))
        patch = patches.make(rng, "bass", recipe)
        shifted = [(s, e, p + tuning_cents / 100, v) for s, e, p, v in notes]
        if kind == "808":  # rings on
            shifted = [(s, max(e, s + 0.4), p, v) for s, e, p, v in shifted]
        audio, name = synth.play(rng, patch, _monophonic(shifted), num_samples), f"synth {recipe}"
        if recipe not in ("reese", "two_osc") or rng.random() < 0.5:
            audio = np.repeat(audio.mean(axis=1, keepdims=True), 2, axis=1)
    elif draw < SYNTH.get(kind, 0.05) + STRINGS.get(kind, 0):
        audio, name = _strings(rng, kind, notes, num_samples, tuning_cents), f"strings {kind}"
    else:
        font = sources.melodic(rng, held_out)
        program = int(rng.choice(PROGRAMS[kind]))
        audio = soundfonts.play(font.path, 0, program, notes, num_samples, tuning_cents / 100)
        audio, name = audio.mean(axis=1), f"{font.name} {program}"
    if audio.ndim == 1:
        audio = np.repeat(_amped(rng, kind, audio)[:, None], 2, axis=1)
    return audio.astype(np.float32), name


def _amped(rng, kind, mono):
    """An amplifier beside the direct sound."""
    if not mono.any():
        return mono
    mono = mono / (dsp.active_rms(mono) / 0.1)
    if kind == "distorted" or rng.random() < {"pick": 0.5, "electric": 0.3, "slap": 0.15}.get(kind, 0.02):
        gain = rng.uniform(18, 36) if kind == "distorted" else rng.uniform(4, 22)
        dirty = effects.amplified(rng, mono, gain, 40, effects.cabinet(rng))
        blend = rng.uniform(0.2, 0.9)
        low = dsp.filtered(mono, dsp.low_pass(rng.uniform(150, 400), 2))
        mono = low * (1 - blend * 0.5) + dirty * blend + mono * (1 - blend) * 0.5
    return mono


def produced(rng, audio):
    """Equaliser, compressor, drive, a little width."""
    if not audio.any():
        return audio
    audio = audio * np.float32(0.1 / dsp.active_rms(audio))
    audio = dsp.filtered(audio, dsp.high_pass(rng.uniform(20, 45), 1), dsp.bell(rng.uniform(60, 120), rng.normal(1, 2.5), 1),
                         dsp.bell(rng.uniform(180, 500), rng.normal(-1.5, 2.5), 1), dsp.bell(rng.uniform(700, 2500), rng.normal(0, 3.5), 0.8))
    if rng.random() < 0.75:
        audio = dsp.compressed(audio, rng.uniform(-34, -18), rng.uniform(2, 8), rng.uniform(0.005, 0.04), rng.uniform(0.06, 0.3))
    if rng.random() < 0.35:
        audio = effects.saturated(audio * 2, rng.uniform(1, 10)) / 2
    if rng.random() < 0.12:
        wet = modulation.chorus(rng, audio, rng.uniform(0.3, 0.8))
        audio = dsp.filtered(audio, dsp.low_pass(150, 1)) + dsp.filtered(wet, dsp.high_pass(150, 1))
    if rng.random() < 0.12:
        wet = effects.reverberated(audio, effects.impulse_response(rng, rng.uniform(0.2, 0.8), 4000))
        audio = audio + dsp.filtered(wet, dsp.high_pass(200, 1)) * rng.uniform(0.05, 0.25)
    return audio.astype(np.float32)
