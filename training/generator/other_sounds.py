"""Sounds of the accompaniment: for each part what it plays, with which sound, through which effects."""

from dataclasses import dataclass

import numpy as np

from training.generator import dsp, effects, modulation, patches, plucked, soundfonts, sources, synth


@dataclass(frozen=True)
class Part:
    manners: tuple  # of comp_parts.Accompanist
    center: int
    programs: tuple = ()  # General MIDI
    role: str = ""  # of the synthesiser's patches
    synth_chance: float = 0.0
    strings_chance: float = 0.0  # calculated strings
    amp_db: tuple = ()  # gain of the amplifier
    size: int | None = None
    level_db: float = 0.0
    low_hand: float = 0.0  # chance of a bass line of its own: a pianist's left hand
    frets: bool = False  # chords as a guitar has them, six strings wide
    double: float = 0.0  # chance of two takes, left and right


PARTS = {
    "crunch_guitar": Part(("strum", "power", "eighths", "riff", "syncopated"), 55, (29, 27), strings_chance=0.6, amp_db=(12, 28), double=0.5, frets=True),
    "clean_guitar": Part(("strum", "arpeggio", "offbeat", "stabs", "picking", "riff"), 59, (26, 27, 28), strings_chance=0.5, amp_db=(0, 10), double=0.2, frets=True),
    "power_guitar": Part(("power", "power", "eighths"), 50, (30, 29), strings_chance=0.65, amp_db=(26, 50), double=0.75, level_db=1),
    "chug_guitar": Part(("chug", "chug", "power"), 50, (28, 30), strings_chance=0.75, amp_db=(30, 55), double=0.85, level_db=1),
    "lead_guitar": Part(("solo", "line", "solo", "riff"), 69, (29, 30, 27), strings_chance=0.6, amp_db=(15, 45)),
    "acoustic_guitar": Part(("strum", "strum", "picking", "arpeggio"), 57, (25,), strings_chance=0.45, size=5, double=0.3, frets=True),
    "nylon_guitar": Part(("picking", "arpeggio", "strum", "line"), 57, (24,), strings_chance=0.45, size=4, frets=True),
    "piano": Part(("pulse", "sustain", "arpeggio", "syncopated", "stabs", "eighths", "line", "offbeat"), 62, (0, 0, 1, 2, 3), low_hand=0.6),
    "epiano": Part(("sustain", "syncopated", "stabs", "arpeggio"), 61, (4, 5), "stab", 0.35, low_hand=0.4),
    "organ": Part(("sustain", "sustain", "offbeat", "syncopated", "line"), 62, (16, 17, 18, 19), "organ", 0.55, low_hand=0.4),
    "clavinet": Part(("syncopated", "riff", "stabs"), 60, (7, 6)),
    "strings": Part(("sustain", "sustain", "line", "eighths", "stabs"), 62, (48, 49, 48, 45, 40, 42, 50, 51), "pad", 0.12),
    "synth_pad": Part(("sustain",), 57, (88, 89, 90, 91, 92, 94, 95, 50, 51), "pad", 0.7),
    "synth_stab": Part(("syncopated", "offbeat", "stabs", "eighths", "arpeggio"), 63, (62, 63, 81, 90), "stab", 0.8, low_hand=0.15),
    "synth_lead": Part(("line", "riff", "solo", "arpeggio"), 72, (80, 81, 82, 84, 85, 87), "lead", 0.75),
    "plucks": Part(("arpeggio", "riff", "arpeggio", "syncopated"), 67, (45, 46, 108, 106, 104, 11, 12), "stab", 0.6),
    "brass": Part(("stabs", "syncopated", "line", "sustain"), 63, (61, 61, 56, 57, 62, 60), "stab", 0.1),
    "sax": Part(("line", "solo"), 64, (64, 65, 66, 67)),
    "flute": Part(("line", "solo"), 76, (73, 72, 71, 68, 74, 75, 79)),
    "choir": Part(("sustain", "sustain", "line"), 64, (52, 53, 54)),
    "mallets": Part(("arpeggio", "line", "riff", "stabs"), 70, (11, 12, 13, 10, 9, 8)),
    "accordion": Part(("sustain", "offbeat", "line", "eighths"), 65, (21, 22, 23), low_hand=0.3),
    "fiddle": Part(("line", "solo", "sustain"), 72, (40, 110, 42)),
    "harp": Part(("arpeggio",), 67, (46,), low_hand=0.4),
    "fx": Part(("sustain",), 60),
}
SOLO = ("lead_guitar", "sax", "flute", "synth_lead", "fiddle", "piano", "clean_guitar", "organ")
MONOPHONIC = ("sax", "flute", "lead_guitar", "fiddle")


def _take(rng, name, part, notes, num_samples, tuning_cents, held_out, choice):
    """One take; `choice` fixes the sound so that a second take matches. Returns stereo or mono sound."""
    draw, index, seed = choice
    own = np.random.default_rng(seed)
    if draw < part.synth_chance:
        names = patches.recipes(part.role, held_out)
        recipe = "epiano" if name == "epiano" else names[index % len(names)]
        shifted = [(s, e, p + tuning_cents / 100, v) for s, e, p, v in notes]
        return synth.play(rng, patches.make(own, part.role, recipe), shifted, num_samples), f"synth {recipe}"
    if draw < part.synth_chance + part.strings_chance:
        acoustic = not part.amp_db
        guitar = plucked.Strings(own, own.uniform(0.15, 0.6) if name == "nylon_guitar" else own.uniform(0.4, 1.0), own.uniform(1.5, 5),
                                 own.uniform(0.3, 0.95), own.uniform(0.05, 0.3))
        muted = [v < 70 for *_, v in notes] if name == "chug_guitar" else None
        audio = guitar.play(notes, num_samples, muted, tuning_cents + own.normal(0, 3))
        if acoustic:  # the body's resonances
            audio = dsp.filtered(audio, dsp.bell(own.uniform(95, 120), 6, 3), dsp.bell(own.uniform(190, 240), 5, 3), dsp.high_pass(80, 1))
        return audio, "strings"
    font = sources.melodic(own, held_out)
    program = part.programs[(index // 7) % len(part.programs)]
    if part.amp_db and part.amp_db[0] > 10 and draw > 0.8:
        program = 27  # a clean guitar, distorted by our own amplifier
    bend = tuning_cents / 100 + own.normal(0, 0.03)
    return soundfonts.play(font.path, 0, program, notes, num_samples, bend), f"{font.name} {program}"


def _effects(rng, name, part, audio):
    if name == "organ" and rng.random() < 0.6:
        return modulation.rotating_speaker(rng, audio, rng.random() < 0.6)
    if name in ("clean_guitar", "epiano", "synth_pad", "strings") and rng.random() < 0.3:
        audio = modulation.chorus(rng, audio, rng.uniform(0.3, 1))
    if name in ("epiano", "clean_guitar", "organ", "synth_pad") and rng.random() < 0.15:
        audio = modulation.tremolo(rng, audio, rng.uniform(2, 7), rng.random() < 0.6)
    if name in ("lead_guitar", "fiddle", "sax", "flute", "synth_lead") and rng.random() < 0.6:
        audio = modulation.vibrato(rng, audio)
    if name in ("clean_guitar", "clavinet", "lead_guitar") and rng.random() < 0.2:
        audio = modulation.wah(rng, audio, rng.random() < 0.6)
    if rng.random() < (0.2 if name in ("clean_guitar", "epiano", "synth_pad", "strings", "clavinet", "crunch_guitar") else 0.04):
        audio = (modulation.phaser if rng.random() < 0.6 else modulation.flanger)(rng, audio)
    if name.startswith(("synth", "plucks")) and rng.random() < 0.08:
        audio = effects.crushed(rng, audio, rng.uniform(3, 8))
    return audio


def play(rng, name, notes, num_samples, tuning_cents, held_out):
    """Stereo sound of a part at an active RMS of 0.1, and what it is."""
    part = PARTS[name]
    choice = (rng.random(), int(rng.integers(1000)), int(rng.integers(1 << 30)))
    speaker, gain_db = effects.cabinet(rng), rng.uniform(*part.amp_db) if part.amp_db else 0
    tight, tone = rng.uniform(60, 250), rng.normal(0, 4)
    double = rng.random() < part.double
    takes = []
    for _ in range(2 if double else 1):
        moved = [(max(0, s + rng.normal(0, 0.006)), e, p, v) for s, e, p, v in notes] if double else notes
        audio, sound = _take(rng, name, part, moved, num_samples, tuning_cents, held_out, choice)
        sampled_dirt = "strings" not in sound and not sound.endswith(" 27") and part.amp_db and part.amp_db[0] > 10
        if part.amp_db and audio.any():
            mono = audio if audio.ndim == 1 else audio.mean(axis=1)
            audio = effects.amplified(rng, mono, 3 if sampled_dirt else gain_db, tight, speaker, tone)
        takes.append(audio)
    if double:
        spread = rng.uniform(0.5, 1)
        sides = [t if t.ndim == 1 else t.mean(axis=1) for t in takes]
        audio = dsp.pan(sides[0], -spread) + dsp.pan(sides[1], spread)
    else:
        audio = takes[0]
        place = float(np.clip(rng.normal(0, 0.45), -0.95, 0.95))
        if audio.ndim == 1:
            audio = dsp.pan(audio, place)
        else:
            middle = audio.mean(axis=1, keepdims=True)
            audio = (middle + rng.uniform(0, 1.3) * (audio - middle)) * dsp.pan(np.ones(1, np.float32), place * 0.6)
    if not audio.any():
        return audio.astype(np.float32), sound
    audio = _effects(rng, name, part, audio)
    return (audio * (0.1 / dsp.active_rms(audio)) * dsp.db(part.level_db)).astype(np.float32), sound


def produced(rng, audio, song):
    """Equaliser, air, compressor, drive of one part."""
    audio = dsp.filtered(audio, dsp.high_pass(np.exp(rng.uniform(np.log(25), np.log(250))), 1), dsp.bell(rng.uniform(150, 500), rng.normal(-1, 3), 0.8),
                         dsp.bell(rng.uniform(800, 4000), rng.normal(0, 3.5), 0.8), dsp.shelf(rng.uniform(3000, 8000), rng.normal(2.5, 3.5), True))
    if rng.random() < 0.6:  # samples lack the air of microphones
        audio = effects.excited(audio, rng.uniform(2500, 6000), rng.uniform(0.05, 0.8))
    if song.style in ("dance", "electronic", "pop") and rng.random() < 0.1:
        audio = modulation.gated(rng, audio, 15 / song.tempo_bpm)
    if rng.random() < 0.4:
        audio = dsp.compressed(audio, rng.uniform(-34, -18), rng.uniform(1.5, 5), rng.uniform(0.004, 0.05), rng.uniform(0.08, 0.3))
    if rng.random() < 0.15:
        audio = effects.saturated(audio * 2, rng.uniform(1, 9)) / 2
    return audio.astype(np.float32)


def swept_noise(rng, events, num_samples):
    """Risers, falls and impacts: rows (start_sec, end_sec, kind)."""
    out = np.zeros((num_samples, 2), np.float32)
    for start, end, kind in events:
        count = dsp.seconds(end - start)
        noise = rng.standard_normal((count, 2)).astype(np.float32)
        ramp = np.linspace(0, 1, count, dtype=np.float32)[:, None]
        rising = kind == "riser"
        shape = ramp**2 if rising else (1 - ramp) ** 3
        bright = dsp.filtered(noise, dsp.high_pass(rng.uniform(2000, 5000), 1))
        dark = dsp.filtered(noise, dsp.band_pass(300, rng.uniform(800, 2500)))
        piece = (bright * (ramp if rising else 1 - ramp) + dark * (1 - ramp if rising else ramp)) * shape
        if kind == "impact":
            time = np.arange(count) / dsp.RATE
            boom = np.sin(2 * np.pi * 45 * time + 30 * np.exp(-time / 0.05)) * np.exp(-time / 0.4)
            piece = piece * 0.5 + boom[:, None]
        dsp.add_at(out, int(start * dsp.RATE), piece.astype(np.float32) * 0.2)
    return out
