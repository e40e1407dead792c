"""What drums, bass and the other instruments play: notes on the grid of a composition, with a human's small errors."""

import numpy as np
import pretty_midi

from .composition import Composition
from .theory import QUALITIES

# Kick, snare and hat on the sixteenths of a bar of four beats.
GROOVES = {
    "rock": ("x.....x.x.x.....", "....x.......x...", "x.x.x.x.x.x.x.x."),
    "pop": ("x.......x..x....", "....x.......x...", "x.x.x.x.x.x.x.x."),
    "dance": ("x...x...x...x...", "....x.......x...", "..x...x...x...x."),
    "funk": ("x..x..x...x..x..", "....x..x.x..x..x", "xxxxxxxxxxxxxxxx"),
    "ballad": ("x.........x.....", "........x.......", "x.x.x.x.x.x.x.x."),
    "hiphop": ("x..x......x.....", "....x.......x...", "x.xxx.x.x.x.xxx."),
}
OTHER_METERS = {
    "3/4": ("x...........", "....x...x...", "x.x.x.x.x.x."),
    "6/8": ("x.........x.", "......x.....", "x.x.x.x.x.x."),
}
KICK, SNARE, HAT, CRASH, TOMS = 36, 38, 42, 49, (50, 47, 45, 43)
DRUM_KITS = (0, 8, 16, 24, 25)
BASSES = (32, 33, 33, 34, 36, 38)
# General MIDI programs, the middle of the range, and ways to play.
INSTRUMENTS = {
    "piano": ((0, 1), 62, ("block", "arpeggio", "pulse")),
    "epiano": ((4, 5), 60, ("block", "arpeggio")),
    "organ": ((16, 17, 18), 62, ("sustain",)),
    "guitar": ((24, 25), 57, ("strum", "arpeggio")),
    "clean guitar": ((26, 27, 28), 60, ("strum", "offbeat", "arpeggio")),
    "distorted guitar": ((29, 30), 48, ("chug", "sustain")),
    "strings": ((48, 49), 65, ("sustain",)),
    "pad": ((88, 89, 91), 62, ("sustain",)),
}


class _Player:
    def __init__(self, song: Composition, part: str, program: int, is_drum: bool = False):
        self.song = song
        self.rng = song.rng(part)
        self.instrument = pretty_midi.Instrument(program, is_drum=is_drum, name=part)

    def play(self, pitch: int, beat: float, beats: float, velocity: int, spread_sec: float = 0.0):
        start = max(0.0, self.song.time_sec(beat) + self.rng.normal(0, 0.004) + spread_sec)
        end = max(start + 0.05, self.song.time_sec(beat + beats) - 0.015)
        velocity = int(np.clip(velocity + self.rng.integers(-10, 11), 1, 127))
        self.instrument.notes.append(pretty_midi.Note(velocity, int(pitch), start, end))


def drums(song: Composition) -> pretty_midi.Instrument:
    player = _Player(song, "drums", int(song.rng("kit").choice(DRUM_KITS)), is_drum=True)
    patterns = OTHER_METERS.get(song.plan.meter) or GROOVES[song.plan.groove]
    for kind, first_bar, end_bar in song.sections:
        if kind == "intro" and player.rng.random() < 0.4:
            continue
        for bar in range(first_bar, end_bar):
            _drum_bar(player, patterns, bar, bar == first_bar, bar == end_bar - 1 and player.rng.random() < 0.6)
    return player.instrument


def _drum_bar(player: _Player, patterns: tuple[str, ...], bar: int, is_first: bool, has_fill: bool):
    song, rng = player.song, player.rng
    steps = song.beats_per_bar * song.steps_per_beat
    if is_first:
        player.play(CRASH, bar * song.beats_per_bar, 1, 100)
    for step in range(steps):
        beat = bar * song.beats_per_bar + step / song.steps_per_beat
        accent = 12 if step % song.steps_per_beat == 0 else 0
        if has_fill and step >= steps - song.steps_per_beat:
            if rng.random() < 0.75:
                player.play(int(rng.choice([SNARE, *TOMS])), beat, 0.2, 85 + accent)
            continue
        for pitch, pattern, velocity in zip((KICK, SNARE, HAT), patterns, (98, 92, 58), strict=True):
            if pattern[step] == "x":
                player.play(pitch, beat, 0.2, velocity + accent)


def bass(song: Composition) -> pretty_midi.Instrument:
    player = _Player(song, "bass", int(song.rng("bass guitar").choice(BASSES)))
    step = {"eighths": 0.5, "root and fifth": 2, "octaves": 0.5, "walking": 1}.get(song.plan.bass)
    for span in song.chords:
        root = 28 + (span.chord.root + span.chord.bass - 28) % 12  # E1 … D#2
        beats = span.end_beat - span.start_beat
        length = min(step or beats, beats)
        for number, offset in enumerate(np.arange(0, beats - 1e-6, length)):
            pitch = root
            if song.plan.bass == "root and fifth" and number % 2 and not span.chord.bass:
                pitch += 7 if 7 in QUALITIES[span.chord.quality] else 12
            elif song.plan.bass == "octaves" and number % 2:
                pitch += 12
            elif song.plan.bass == "walking" and number:
                is_last = offset + length >= beats
                pitch += int(player.rng.choice([-1, 1, 2, -2] if is_last else [4, 7, 12]))
                pitch = pitch if is_last else _nearest(pitch, span.chord.pitch_classes)
            player.play(pitch, span.start_beat + offset, min(length, beats - offset), 95)
    return player.instrument


def comper(song: Composition, name: str) -> pretty_midi.Instrument:
    """An instrument that plays the chords."""
    programs, centre, styles = INSTRUMENTS[name]
    rng = song.rng(f"style of {name}")
    player = _Player(song, name, int(rng.choice(programs)))
    player.instrument.control_changes.append(pretty_midi.ControlChange(10, int(rng.integers(25, 103)), 0))
    if not song.plan.groove:  # off the beat of which nothing would tell
        styles = tuple(style for style in styles if style != "offbeat")
    style = str(rng.choice(styles))
    for span in song.chords:
        if name == "distorted guitar":  # power chords
            low = 40 + (span.chord.root - 40) % 12
            voicing = [low, low + 7, low + 12] if 7 in QUALITIES[span.chord.quality] else [low, low + 12]
        else:
            voicing = sorted(centre - 6 + (pc - centre + 6) % 12 for pc in span.chord.pitch_classes)
            if style in ("strum", "block"):
                voicing.append(voicing[0] + 12)
        _comp(player, style, voicing, span.start_beat, span.end_beat)
    return player.instrument


def _comp(player: _Player, style: str, voicing: list[int], start: float, end: float):
    """Plays one chord in a style."""
    if style == "sustain":
        for pitch in voicing:
            player.play(pitch, start, end - start, 66)
        return
    step = {"block": 2, "pulse": 1, "offbeat": 1}.get(style, 0.5)
    up_and_down = voicing + voicing[-2:0:-1]
    for number, beat in enumerate(np.arange(start, end - 1e-6, step)):
        length = min(step, end - beat)
        if style == "arpeggio":
            player.play(up_and_down[number % len(up_and_down)], beat, min(2 * length, end - beat), 70)
        elif style == "offbeat":
            for pitch in voicing:
                player.play(pitch, beat + length / 2, length / 2, 72)
        elif style == "strum":
            if number % 2 and player.rng.random() < 0.45:
                continue
            order = voicing[::-1] if number % 2 else voicing
            for string, pitch in enumerate(order):
                player.play(pitch, beat, length, 76 if number % 4 == 0 else 64, 0.008 * string)
        else:
            for pitch in voicing:
                player.play(pitch, beat, length, 70)


def _nearest(pitch: int, pitch_classes: list[int]) -> int:
    return min((p for p in range(pitch - 6, pitch + 7) if p % 12 in pitch_classes), key=lambda p: abs(p - pitch))
