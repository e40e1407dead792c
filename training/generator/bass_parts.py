"""What bass players play. Notes are (start_sec, end_sec, midi, velocity)."""

import numpy as np

from training.generator.theory import INTERVALS

LOWEST = 28


def root_note(rng, root, low=LOWEST):
    return low + (root - low) % 12


class BassPlayer:
    """Plays chord by chord in one manner; follows the kick where the manner says so."""

    MANNERS = {
        "rock": ("eighths", "eighths", "kick", "gallop", "roots_fifths"), "metal": ("eighths", "gallop", "kick", "sixteenths"),
        "punk": ("eighths",), "pop": ("eighths", "kick", "long", "octaves", "syncopated", "roots_fifths"),
        "dance": ("offbeat", "octaves", "sixteenths", "syncopated", "long", "kick"), "hiphop": ("kick", "long", "syncopated", "slides"),
        "funk": ("sixteenth_funk", "kick", "octaves", "sixteenth_funk"), "ballad": ("long", "roots_fifths", "kick", "syncopated"),
        "latin": ("tumbao", "roots_fifths", "syncopated"), "reggae": ("dub", "dub", "roots_fifths"), "jazz": ("walking", "walking", "two_feel"),
        "shuffle": ("walking", "boogie", "eighths"), "brush": ("two_feel", "long", "roots_fifths"),
    }

    def __init__(self, rng, style, clock, kick_steps, scale_pcs):
        self._rng, self._clock, self._kick_steps, self._scale = rng, clock, kick_steps, scale_pcs
        self._manners = {}
        self._style = style
        self._jitter = rng.uniform(0, 0.006)
        self._short = rng.uniform(0.45, 1.0)
        self._low = int(rng.choice((26, 28, 28, 31, 33)))
        self._fills = rng.uniform(0, 0.5)

    def manner(self, kind):
        if kind not in self._manners:
            self._manners[kind] = str(self._rng.choice(self.MANNERS[self._style]))
        return self._manners[kind]

    def _scale_step(self, note, direction):
        note += direction
        while note % 12 not in self._scale:
            note += direction
        return note

    def _steps(self, manner, kind, length, offset):
        """(step, length in steps, what to play) for one chord; `offset` is the chord's first step in its bar."""
        rng, per_beat, bar = self._rng, self._clock.per_beat, self._clock.steps
        half = max(1, per_beat // 2)
        if manner in ("eighths", "boogie"):
            return [(s, half, "third" if manner == "boogie" and s // half % 4 in (1, 2) else "root") for s in range(0, length, half)]
        if manner == "sixteenths":
            return [(s, 1, "root") for s in range(length) if s % per_beat or rng.random() < 0.8]
        if manner == "gallop":
            return [(s, 1, "root") for s in range(length) if s % 4 != 1]
        if manner == "offbeat":
            return [(s, half, "root") for s in range(half, length, per_beat)]
        if manner == "octaves":
            return [(s, half, "octave" if s // half % 2 else "root") for s in range(0, length, half)]
        if manner == "roots_fifths":
            return [(s, per_beat * 2, "fifth" if s // (per_beat * 2) % 2 else "root") for s in range(0, length, per_beat * 2)]
        if manner == "long":
            return [(0, length, "root")]
        if manner == "slides":
            return [(0, length * 0.6, "root"), (length * 0.75, length * 0.25, "octave")]
        if manner in ("walking", "two_feel"):
            stride = per_beat * (2 if manner == "two_feel" else 1)
            return [(s, stride, "root" if s == 0 else "approach" if s + stride >= length else "chord") for s in range(0, length, stride)]
        if manner == "tumbao":
            return [(s, per_beat, "root" if s % 16 == 0 else "fifth") for s in range(length) if s % 16 in (0, 6, 12)]
        if manner == "dub":
            return [(s, half, rng.choice(("root", "root", "fifth", "third"))) for s in range(0, length, half) if s and rng.random() < 0.45 or s == 0]
        if manner == "sixteenth_funk":
            return [(s, 1, rng.choice(("root", "root", "octave", "seventh", "ghost"))) for s in range(length)
                    if s == 0 or rng.random() < (0.55 if s % 2 == 0 else 0.3)]
        if manner == "syncopated":
            return [(s, rng.choice((2, 3, 3)), "root" if s == 0 or rng.random() < 0.7 else "fifth") for s in range(length) if s % 16 in (0, 3, 6, 10, 12)]
        kicks = [s for s in range(length) if (s + offset) % bar in self._kick_steps(kind)] or [0]
        if kicks[0]:
            kicks = [0, *kicks]
        ends = [*kicks[1:], length]
        return [(s, max(1, (e - s) * rng.uniform(0.4, 1)), "root" if rng.random() < 0.88 else "octave") for s, e in zip(kicks, ends, strict=True)]

    def _pitch(self, what, root, intervals, last, following):
        fifth = 7 if 7 in intervals else 6
        rng = self._rng
        if what == "octave":
            return root + 12
        if what == "fifth":
            return root + fifth if root + fifth < 45 else root + fifth - 12
        if what == "third":
            return root + (intervals[1] if len(intervals) > 1 else 7)
        if what == "seventh":
            return root + 10
        if what == "chord":
            return root + int(rng.choice([x for x in intervals if x < 12][1:] + [12]))
        if what == "approach":
            target = root_note(rng, following, self._low)
            return target + int(rng.choice((-1, 1, -2, 2, 7)))
        return root

    def chord(self, kind, chord, following_root):
        """Notes for one chord."""
        clock, rng = self._clock, self._rng
        notes = []
        intervals = INTERVALS[chord.quality]
        root = root_note(rng, chord.bass, self._low)
        manner = self.manner(kind)
        length = chord.steps
        last = root
        for step, size, what in self._steps(manner, kind, length, chord.step):
            if step >= length:
                continue
            end = min(step + size, length)
            start_sec = float(clock.at(chord.bar, chord.step + step))
            end_sec = float(clock.at(chord.bar, chord.step + end))
            if what == "ghost":
                end_sec = start_sec + 0.05
            pitch = self._pitch(what, root, intervals, last, following_root)
            velocity = (60 if what == "ghost" else 98) + rng.normal(0, 7) + (6 if step == 0 else 0)
            hold = (end_sec - start_sec) * (self._short if size <= clock.per_beat else 0.97)
            jitter = rng.normal(0, self._jitter)
            notes.append((max(0.0, start_sec + jitter), start_sec + jitter + max(0.05, hold), int(np.clip(pitch, 23, 62)), int(np.clip(velocity, 20, 127))))
            last = pitch
        if notes and rng.random() < self._fills * 0.4 and length >= 8:
            notes = self._fill(notes, chord)
        return notes

    def _fill(self, notes, chord):
        """A run in place of what the last beat had."""
        start = float(self._clock.at(chord.bar, chord.step + chord.steps - 4))
        kept = [n for n in notes if n[1] <= start + 0.02] or notes[:1]
        pitch = kept[-1][2]
        direction = int(self._rng.choice((-1, 1)))
        for k in range(4):
            pitch = self._scale_step(pitch, direction)
            if not 26 <= pitch <= 55:
                direction = -direction
            t0, t1 = (float(self._clock.at(chord.bar, chord.step + chord.steps - 4 + k + d)) for d in (0, 0.9))
            if t0 >= kept[-1][1] - 0.01:
                kept.append((t0, t1, int(np.clip(pitch, 23, 60)), 92))
        return kept
