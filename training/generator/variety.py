"""What songs for training have beyond those for validation, which stay as they were: players and sounds that a splitter
finds hard. Brushes and busy toms, basses in any register that slide, growl and are distorted, a guitar in unison with
the bass, instruments that are absent, buses bent by equalisers and compressors.
"""

import numpy as np

from training.generator import dsp, effects, modulation

# How often a style comes, beside one; the hard ones come more often.
WEIGHTS = {"jazz": 2.5, "metal": 2.0, "electronic": 1.8, "hiphop": 1.5, "funk": 1.5, "latin": 1.3, "rock": 1.3}
# Kinds of bass that a style has beside its own; see bass_sounds.
BASSES = {
    "jazz": ("upright", "orchestral", "upright"), "metal": ("distorted",), "rock": ("distorted", "pick", "slap"), "pop": ("808", "slap", "distorted"),
    "hiphop": ("808", "upright"), "dance": ("808", "slap", "distorted"), "electronic": ("distorted", "808"), "funk": ("slap", "synth"),
    "acoustic": ("orchestral", "upright"), "ballad": ("upright", "808"), "latin": ("slap", "upright"), "reggae": ("upright", "808"),
    "orchestral-pop": ("distorted", "synth"),
}
BRUSHED = ("jazz", "brush", "ballad", "latin")
TOMS = ("tom_low", "tom_mid", "tom_hi")
UNISON = {"rock": "crunch_guitar", "metal": "power_guitar", "funk": "clavinet", "electronic": "synth_stab", "dance": "synth_lead",
          "jazz": "piano", "pop": "piano", "latin": "piano", "hiphop": "epiano"}


def absent(rng, has):
    """`has` (drums, bass, vocals) with some more of the first two left out."""
    return {**has, "drums": has["drums"] and rng.random() > 0.06, "bass": has["bass"] and rng.random() > 0.06}


def bass_kind(rng, style, kind):
    return str(rng.choice(BASSES[style])) if rng.random() < 0.35 else kind


def with_toms(rng, song, events):
    """Toms in place of the hats of some sections, or beside them."""
    if rng.random() > 0.15 or not events:
        return events
    clock, added = song.clock, []
    for section in song.sections:
        if not section.drums or rng.random() < 0.4:
            continue
        density = rng.uniform(0.15, 0.6)
        pattern = [(step, str(rng.choice(TOMS)), rng.uniform(0.4, 1)) for step in range(clock.steps) if rng.random() < density]
        for bar in range(section.first_bar, section.first_bar + section.bars):
            added += [(float(clock.at(bar, step)), piece, level) for step, piece, level in pattern if rng.random() < 0.9]
        if rng.random() < 0.5:
            start, end = float(clock.at(section.first_bar)), float(clock.at(section.first_bar + section.bars))
            events = [e for e in events if e[1] not in ("hat", "open") or not start <= e[0] < end]
    return sorted([*events, *added])


def brushes(rng, song):
    """Brushes on a snare's skin: a rustle that goes round with the beat, with strokes. Stereo, or None."""
    if song.groove not in BRUSHED or rng.random() > 0.6:
        return None
    out = np.zeros((song.num_samples, 2), np.float32)
    noise = rng.standard_normal((song.num_samples, 2)).astype(np.float32)
    noise = noise.mean(axis=1, keepdims=True) + rng.uniform(0, 0.5) * noise
    rustle = dsp.filtered(noise, dsp.band_pass(rng.uniform(300, 1200), rng.uniform(5000, 12000)), dsp.bell(rng.uniform(1500, 5000), rng.normal(0, 4), 1))
    beat, sharpness = 60 / song.tempo_bpm, rng.uniform(0.7, 3)
    time = np.arange(song.num_samples, dtype=np.float32) / dsp.RATE
    around = (0.5 + 0.5 * np.cos(2 * np.pi * (time / beat / rng.choice((1, 2)) - rng.uniform()))) ** sharpness
    level = np.zeros(song.num_samples, np.float32)
    for section in song.sections:
        start, end = (int(float(song.clock.at(bar)) * dsp.RATE) for bar in (section.first_bar, section.first_bar + section.bars))
        if section.drums:
            level[start:end] = 1
        for bar in range(section.first_bar, section.first_bar + section.bars):
            for step in range(song.clock.per_beat, song.clock.steps, 2 * song.clock.per_beat):
                stroke = dsp.seconds(rng.uniform(0.05, 0.12))
                at = int(float(song.clock.at(bar, step)) * dsp.RATE)
                if section.drums and 0 < at < song.num_samples - stroke:
                    level[at : at + stroke] += 3 * np.linspace(1, 0, stroke, dtype=np.float32) ** 2
    smooth = np.convolve(level, np.ones(200, np.float32) / 200, "same")
    out += rustle * (smooth * (0.15 + around))[:, None]
    return out * np.float32(0.1 / dsp.active_rms(out)) if out.any() else None


def finished_drums(rng, audio):
    """The drums' bus: bent in tone, pressed hard or clipped, now and then."""
    if not audio.any():
        return audio
    level = dsp.active_rms(audio)
    if rng.random() < 0.5:
        audio = dsp.filtered(audio, dsp.bell(rng.uniform(50, 300), rng.normal(0, 5), 0.9), dsp.bell(rng.uniform(300, 4000), rng.normal(0, 5), 0.9),
                             dsp.shelf(rng.uniform(3000, 9000), rng.normal(0, 5), True))
    if rng.random() < 0.2:  # parallel compression
        pressed = dsp.compressed(audio * np.float32(0.1 / level), rng.uniform(-45, -28), rng.uniform(6, 20), 0.001, rng.uniform(0.05, 0.2))
        audio = audio + pressed * np.float32(level * rng.uniform(3, 12))
    if rng.random() < 0.1:
        audio = effects.crushed(rng, audio, rng.uniform(6, 10))
    return (audio * np.float32(level / dsp.active_rms(audio))).astype(np.float32)


def bass_notes(rng, song, notes):
    """Another register, slides, skipped triplets, rests."""
    if not notes:
        return notes
    if rng.random() < 0.12:
        notes = [(s, e, p + 12, v) for s, e, p, v in notes]
    elif rng.random() < 0.2:  # up and down
        border = float(rng.uniform(0, song.duration_sec))
        notes = [(s, e, p + 12 if s > border else p, v) for s, e, p, v in notes]
    if rng.random() < 0.1:
        notes = [n for n in notes if rng.random() < 0.7] or notes[:1]
    slides, skips = rng.random() < 0.2, song.groove in ("jazz", "shuffle", "brush") and rng.random() < 0.6
    out, last_end = [], 0.0
    for s, e, p, v in sorted(notes):
        if slides and rng.random() < 0.25 and e - s > 0.2:
            grace = float(rng.uniform(0.05, 0.12))
            out.append((s, s + grace, p + int(rng.choice((-1, -2, -2, -5, 2))), max(30, v - 15)))
            s = s + grace
        if skips and rng.random() < 0.2 and s - last_end < 0.05 and s > 0.2:
            out.append((s - 60 / song.tempo_bpm / 3, s - 60 / song.tempo_bpm / 3 + 0.07, p, 55))
        out.append((s, e, p, v))
        last_end = e
    return [(s, e, int(np.clip(p, 23, 67)), v) for s, e, p, v in out if s >= 0]


def unison(rng, song, notes):
    """The part that doubles the bass, and its notes; or None."""
    if song.style not in UNISON or not notes or rng.random() > 0.22:
        return None
    above = int(rng.choice((12, 12, 24)))
    return UNISON[song.style], [(s, e, p + above, v) for s, e, p, v in notes]


def bass_bus(rng, audio):
    """Distorted, folded, filtered: one or two of what boxes on a floor do, in two songs of five."""
    if not audio.any():
        return audio
    level = dsp.active_rms(audio)
    audio = audio * np.float32(0.1 / level)
    low = dsp.filtered(audio, dsp.low_pass(rng.uniform(80, 300), 2))
    draw = rng.random()
    if draw < 0.16:
        dirty = effects.amplified(rng, audio.mean(axis=1), rng.uniform(15, 45), 40, effects.cabinet(rng))[:, None]
        audio = low * np.float32(rng.uniform(0, 1.2)) + dirty * np.float32(rng.uniform(0.3, 1.5))
    elif draw < 0.24:
        folded = np.sin(audio * np.float32(rng.uniform(8, 40)))
        audio = low + dsp.filtered(folded, dsp.low_pass(rng.uniform(1500, 8000), 1)) * np.float32(rng.uniform(0.03, 0.15))
    elif draw < 0.30:
        audio = audio + dsp.filtered(np.abs(audio), dsp.high_pass(60, 2)) * np.float32(rng.uniform(0.5, 2))  # an octave above
    elif draw < 0.36:
        audio = modulation.wah(rng, audio, True)
    elif draw < 0.40:
        audio = (modulation.phaser if rng.random() < 0.5 else modulation.flanger)(rng, audio)
    if rng.random() < 0.15:
        audio = dsp.filtered(audio, dsp.low_pass(rng.uniform(150, 700), int(rng.integers(1, 4))))
    elif rng.random() < 0.1:
        audio = dsp.filtered(audio, dsp.high_pass(rng.uniform(60, 200), 1), dsp.bell(rng.uniform(600, 1800), rng.uniform(2, 9), 1))
    return (audio * np.float32(level / dsp.active_rms(audio))).astype(np.float32)
