"""One song: planned, played, produced."""

import numpy as np

from training.generator import (
    bass_parts, bass_sounds, comp_parts, drum_parts, dsp, effects, kit, modulation, other_sounds, plan, production, soundfonts, sources, styles,
    variety, voice,
)


def _drums(song, rng, style, meta):
    """The stem and the times of the kick; also the drummer, whom the bass follows."""
    extra = [p for p in drum_parts.PERCUSSION if rng.random() < style.extra_percussion * 0.5]
    drummer = drum_parts.Drummer(rng, song.groove, song.clock, extra)
    events = []
    for section in song.sections:
        for k in range(section.bars):
            bar = section.first_bar + k
            if section.kind == "build" and section.drums and k == section.bars - 1 and rng.random() < 0.7:
                events += drummer.build_up(bar)
            elif section.drums:
                events += drummer.bar(bar, section.kind, k, section.bars, section.drums)
    if song.varied:
        events = variety.with_toms(rng, song, events)
    character = str(rng.choice(style.kit))
    drum_kit = kit.Kit(rng, character, song.held_out)
    meta["kit"] = drum_kit.name
    tracks = drum_kit.play(events, song.num_samples)
    audio = kit.mixed(rng, tracks, character)
    rustle = variety.brushes(rng, song) if song.varied and events else None
    if rustle is not None:
        meta["kit"] += ", brushes"
        audio = audio * np.float32(rng.uniform(0.2, 1)) + rustle * np.float32(rng.uniform(0.3, 1.5))
    if song.varied:
        audio = variety.finished_drums(rng, audio)
    return audio, [t for t, piece, _ in events if piece == "kick"], drummer


def _bass(song, rng, style, drummer, meta):
    """The stem and its notes."""
    player = bass_parts.BassPlayer(rng, song.groove, song.clock, drummer.kick_steps, song.scale)
    notes = []
    chords = [(section, chord) for section in song.sections for chord in section.chords]
    for (section, chord), (_, following) in zip(chords, [*chords[1:], chords[0]], strict=True):
        if section.bass:
            notes += player.chord(section.kind, chord, following.bass)
    if not notes:
        return np.zeros((song.num_samples, 2), np.float32), notes
    kind = str(rng.choice(style.bass))
    if song.varied:
        notes, kind = variety.bass_notes(rng, song, notes), variety.bass_kind(rng, song.style, kind)
    audio, meta["bass"] = bass_sounds.play(rng, kind, notes, song.num_samples, song.tuning_cents, song.held_out, song.varied)
    audio = variety.bass_bus(rng, audio) if song.varied else audio
    return bass_sounds.produced(rng, audio), notes


def _part_notes(song, rng, name, index, soloist):
    """Notes of one part; a soloist plays more in solos."""
    part = other_sounds.PARTS[name]
    manner = str(rng.choice(part.manners))
    player = comp_parts.Accompanist(rng, song.clock, song.scale, manner, part.center + int(rng.integers(-4, 5)), part.size, rng.uniform(0.001, 0.012),
                                    part.frets, rng.random() < part.low_hand)
    notes = []
    for section in song.sections:
        if index not in section.parts:
            continue
        for chord in section.chords:
            player.manner = "solo" if soloist and section.kind == "solo" and name in other_sounds.SOLO else manner
            notes += player.chord(section.kind, chord)
    notes = [n for n in notes if n[0] < song.duration_sec - 0.3]
    return sorted(bass_sounds._monophonic(notes) if name in other_sounds.MONOPHONIC else notes)


def _noise_events(song, rng):
    """Risers into, and impacts at, sections."""
    events = []
    for section in song.sections[1:]:
        at = float(song.clock.at(section.first_bar))
        length = float(rng.choice((1, 2, 4))) * 60 / song.tempo_bpm * 2
        if rng.random() < 0.6:
            events.append((max(0, at - length), at, "riser"))
        if rng.random() < 0.6:
            events.append((at, at + rng.uniform(0.8, 3), str(rng.choice(("fall", "impact")))))
    return events


def _filter_moves(song, rng):
    """A low-pass that opens in builds and closes in breaks and intros."""
    points = []
    for section in song.sections:
        start, end = (float(song.clock.at(bar)) for bar in (section.first_bar, section.first_bar + section.bars))
        closed = float(np.exp(rng.uniform(np.log(250), np.log(3000))))
        first, last = {"build": (closed, 12000), "break": (closed, closed), "intro": (closed, 9000)}.get(section.kind, (15000, 15000))
        points += [(start + 0.01, first), (end - 0.01, last)]
    return points


def _other(song, rng, meta, bass):
    """The stem. `bass`: the notes that the bass has."""
    stem = np.zeros((song.num_samples, 2), np.float32)
    hall = effects.impulse_response(rng, rng.uniform(0.5, 3.2), rng.uniform(2500, 9000), rng.uniform(0, 0.04))
    send = np.zeros_like(stem)
    meta["other"] = []
    parts = [(name, None) for name in song.part_names]
    doubling = variety.unison(rng, song, bass) if song.varied else None
    if doubling:
        parts.insert(0, doubling)
    for index, (name, notes) in enumerate(parts):
        if name == "fx":
            stem += other_sounds.swept_noise(rng, _noise_events(song, rng), song.num_samples) * 1.2
            continue
        notes = notes or _part_notes(song, rng, name, index - bool(doubling), soloist=index == 0)
        if not notes:
            continue
        audio, sound = other_sounds.play(rng, name, notes, song.num_samples, song.tuning_cents, song.held_out)
        if not audio.any():
            continue
        audio = other_sounds.produced(rng, audio, song) * np.float32(dsp.db(rng.normal(0, 3) - 1.5 * index))
        meta["other"].append(f"{name}: {sound}")
        if rng.random() < 0.2:
            audio = audio + effects.delayed(audio, 60 / song.tempo_bpm * rng.choice((0.5, 0.75, 1)), rng.uniform(0.2, 0.5), True) * 0.4
        stem += audio
        send += audio * np.float32(rng.choice((0.02, 0.1, 0.25, 0.5)))
    if song.style in ("dance", "electronic", "pop", "hiphop") and rng.random() < 0.3 and stem.any():
        stem = modulation.opened(stem, _filter_moves(song, rng))
    if send.any():
        stem += effects.reverberated(send, hall)
    return stem


def _melody(song, rng, low, high, words):
    """Rows (start_sec, end_sec, midi, word) with rests, over the chords."""
    center = (low + high) // 2
    player = comp_parts.Accompanist(rng, song.clock, song.scale, "line", center, jitter=0.012)
    notes = []
    for section in song.sections:
        if section.vocals:
            phrase = [n for k, chord in enumerate(section.chords) if not (k % 4 == 3 and rng.random() < 0.5) for n in player.chord(section.kind, chord)]
            notes += phrase
    notes = bass_sounds._monophonic(notes)
    return [(s, e - 0.02, int(np.clip(p, low, high)), str(rng.choice(words))) for s, e, p, _ in notes if e - s > 0.1 and e < song.duration_sec - 0.2]


def _vocals(song, rng, cache, meta):
    """A singer with harmonies at times, or a sampled choir's "ooh"."""
    silent = np.zeros((song.num_samples, 2), np.float32)
    if rng.random() < 0.12:
        notes = [(s, e, p, 95) for s, e, p, _ in _melody(song, rng, 55, 76, ["ooh"])]
        if not notes:
            return silent
        meta["vocals"] = "choir"
        audio = soundfonts.play(sources.melodic(rng, song.held_out).path, 0, int(rng.choice((52, 53, 54))), notes, song.num_samples)
        mono = audio.mean(axis=1)
    else:
        choices = voice.voices(song.held_out)
        chosen = choices[rng.integers(len(choices))]
        words = voice.bank(chosen, str(cache))
        female = "+f" in chosen[1] or "slt" in chosen[1]
        low, high = (56, 76) if female else (45, 66)
        notes = _melody(song, rng, low, high, sorted(words))
        if not notes:
            return silent
        meta["vocals"] = chosen[1]
        warp = float(rng.uniform(0.88, 1.14))
        mono, meta["f0_hz"] = voice.sing(rng, notes, song.num_samples, words, warp, song.tuning_cents)
        if rng.random() < 0.2:
            above = [(s, e, min((p + d for d in (3, 4, 5)), key=lambda q: q % 12 not in song.scale), w) for s, e, p, w in notes]
            harmony, _ = voice.sing(rng, above, song.num_samples, words, warp * 1.03, song.tuning_cents)
            mono = mono + 0.4 * harmony
    if not mono.any():
        return silent
    mono = mono * np.float32(0.1 / dsp.active_rms(mono))
    mono = dsp.filtered(mono, dsp.high_pass(rng.uniform(60, 150), 2), dsp.bell(rng.uniform(2000, 5000), rng.normal(2, 2.5), 0.8))
    mono = dsp.compressed(mono, rng.uniform(-32, -18), rng.uniform(2, 6), 0.005, 0.12)
    audio = np.repeat(mono[:, None], 2, axis=1)
    room = effects.impulse_response(rng, rng.uniform(0.4, 2.5), rng.uniform(4000, 10000), rng.uniform(0, 0.05))
    audio = audio + effects.reverberated(audio, room) * rng.uniform(0.03, 0.35)
    return audio.astype(np.float32)


def make(seed, index, cache):
    """Stems (float32 [samples, 2] each) and meta data of a song, with the pitch that is sung (`f0_hz`, of voice.sing) if
    a single singer does. Same numbers, same song.
    """
    song, rng = plan.make(seed, index)
    style = styles.STYLES[song.style]
    meta = {"seed": seed, "index": index, "style": song.style, "split": "validation" if seed >= plan.VALIDATION_SEED else "train",
            "held_out_sounds": song.held_out, "tempo_bpm": round(song.tempo_bpm, 2), "meter": song.meter, "groove": song.groove,
            "sections": [(s.kind, round(float(song.clock.at(s.first_bar)), 3)) for s in song.sections],
            "beats_per_bar": song.clock.beats_per_bar, "beats_sec": [round(float(t), 4) for t in song.clock.beats_sec(song.num_bars)]}
    streams = rng.spawn(6)  # so that a change in one part leaves the others as they are
    drums, kicks, drummer = _drums(song, streams[0], style, meta)
    bass, bass_notes = _bass(song, streams[1], style, drummer, meta)
    stems = {"drums": drums, "bass": bass, "other": _other(song, streams[2], meta, bass_notes)}
    if any(section.vocals for section in song.sections):
        stems["vocals"] = _vocals(song, streams[3], cache, meta)
    stems = {stem: audio for stem, audio in stems.items() if audio.any()}
    mix_rng = streams[4]
    stems = production.levelled(mix_rng, stems, song.style)
    if mix_rng.random() < 0.12:
        stems = production.in_a_room(mix_rng, stems)
    if mix_rng.random() < style.pump:
        stems = production.pumped(mix_rng, stems, kicks, 60 / song.tempo_bpm)
    if "other" in stems and mix_rng.random() < (0.2 if song.style == "hiphop" else 0.02):
        stems["other"] = stems["other"] + effects.crackle(mix_rng, song.num_samples) * np.float32(dsp.db(mix_rng.uniform(-35, -18)))
    fade = dsp.seconds(0.3)
    for audio in stems.values():
        audio[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    stems = production.mastered(mix_rng, stems, style.loud)
    stems, meta["worn"] = production.worn(mix_rng, stems, song.style)
    return stems, meta, streams[5]
