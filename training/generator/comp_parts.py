"""What the accompaniment plays: chords, strums, arpeggios, riffs, lines, solos. Notes are (start, end, midi, velocity)."""

import numpy as np

from training.generator import theory


class Accompanist:
    """One instrument's part. `manner` decides what it does with a chord; a riff stays the same for a kind of section."""

    def __init__(self, rng, clock, scale_pcs, manner, center, size=None, jitter=0.006, frets=False, low_hand=False):
        self._rng, self._clock, self._scale = rng, clock, sorted(scale_pcs)
        self.manner, self._center, self._size, self._jitter = manner, center, size, jitter
        self._frets, self._low_hand = frets, low_hand
        self._rhythms = {}
        self._last = center
        self._velocity = rng.uniform(70, 105)
        self._range = rng.uniform(0, 12)

    def _rhythm(self, kind):
        """Steps of a sixteen-step bar at which a syncopated part plays."""
        if kind not in self._rhythms:
            rng = self._rng
            weights = np.array([0.9, 0.1, 0.35, 0.45, 0.35, 0.1, 0.5, 0.25, 0.5, 0.1, 0.4, 0.35, 0.4, 0.1, 0.45, 0.2]) * rng.uniform(0.5, 1.2)
            self._rhythms[kind] = [s for s in range(16) if rng.random() < weights[s]] or [0]
        return self._rhythms[kind]

    def _played(self, kind, chord):
        """The steps of the chord at which the rhythm plays, and where each of the notes ends."""
        steps = [s for s in range(chord.steps) if (s + chord.step) % 16 in self._rhythm(kind)]
        return steps, [*steps[1:], chord.steps][: len(steps)]

    def _note(self, chord, step, size, pitch, velocity=0.0, delay=0.0):
        clock, rng = self._clock, self._rng
        start = float(clock.at(chord.bar, chord.step + step)) + rng.normal(0, self._jitter) + delay
        end = float(clock.at(chord.bar, chord.step + min(step + size, chord.steps))) - 0.01
        level = int(np.clip(self._velocity + velocity + rng.normal(0, 6), 15, 127))
        return (max(0.0, start), max(end, start + 0.04), int(np.clip(pitch, 21, 103)), level)

    def chord(self, kind, chord):
        if self._frets:
            notes = theory.fretted(chord.root, chord.quality)
        else:
            notes = theory.voiced(self._rng, chord.root, chord.quality, self._center, self._size)
        played = getattr(self, "_" + self.manner)(kind, chord, notes)
        return played + self._left_hand(chord) if self._low_hand else played

    def _left_hand(self, chord):
        """Octaves, or root and fifth, below the chord."""
        root = 36 + chord.bass + (0 if chord.bass < 8 else -12)
        beat = self._clock.per_beat
        if self._range < 4:
            return [self._note(chord, 0, chord.steps, p, 4) for p in (root, root + 12)]
        fifth = root + 7
        return [self._note(chord, s, beat * 2, root if s % (beat * 4) == 0 else fifth, 2) for s in range(0, chord.steps, beat * 2)]

    def _sustain(self, kind, chord, notes):
        return [self._note(chord, 0, chord.steps, p, -8) for p in notes]

    def _pulse(self, kind, chord, notes):
        stride = self._clock.per_beat
        return [self._note(chord, s, stride, p, 4 if s == 0 else 0) for s in range(0, chord.steps, stride) for p in notes]

    def _eighths(self, kind, chord, notes):
        stride = max(1, self._clock.per_beat // 2)
        return [self._note(chord, s, stride, p, 6 if s % 4 == 0 else -4) for s in range(0, chord.steps, stride) for p in notes]

    def _offbeat(self, kind, chord, notes):
        half = max(1, self._clock.per_beat // 2)
        return [self._note(chord, s, half * 0.7, p) for s in range(half, chord.steps, self._clock.per_beat) for p in notes]

    def _syncopated(self, kind, chord, notes):
        steps, ends = self._played(kind, chord)
        hold = 0.5 if self._range > 6 else 0.9
        return [self._note(chord, s, max(1, (e - s) * hold), p) for s, e in zip(steps, ends, strict=True) for p in notes]

    def _stabs(self, kind, chord, notes):
        steps = [s for s in range(chord.steps) if (s + chord.step) % 16 in self._rhythm(kind)[::2]]
        return [self._note(chord, s, 1, p, 12) for s in steps for p in notes]

    def _arpeggio(self, kind, chord, notes):
        order = {0: notes, 1: notes[::-1], 2: notes + notes[-2:0:-1]}[int(self._range) % 3]
        stride = 1 if self._range > 8 and self._clock.tempo_bpm < 125 else max(1, self._clock.per_beat // 2)
        octaves = order + [p + 12 for p in order] if self._range > 6 else order
        return [self._note(chord, s, stride * (1.0 if self._range > 4 else 2.5), octaves[k % len(octaves)])
                for k, s in enumerate(range(0, chord.steps, stride))]

    def _strum(self, kind, chord, notes):
        out = []
        stride = max(1, self._clock.per_beat // 2)
        for k, s in enumerate(range(0, chord.steps, stride)):
            down = k % 2 == 0
            if (down and self._rng.random() < 0.92) or (not down and self._rng.random() < 0.6):
                gap = self._rng.uniform(0.004, 0.016)
                order = notes if down else notes[::-1][:4]
                out += [self._note(chord, s, stride * 1.7, p, 8 if k % 4 == 0 else -6, gap * j) for j, p in enumerate(order)]
        return out

    def _picking(self, kind, chord, notes):
        pattern = [0, 2, 1, 3, 0, 3, 1, 2]
        stride = max(1, self._clock.per_beat // 2)
        return [self._note(chord, s, stride * 4, notes[pattern[(k + int(self._range)) % 8] % len(notes)] - (12 if k % 4 == 0 else 0))
                for k, s in enumerate(range(0, chord.steps, stride))]

    def _power(self, kind, chord, notes):
        """Fifths low on a guitar: held, or chugged in the riff's rhythm."""
        root = 38 + (chord.root - 38) % 12
        shape = (root, root + 7, root + 12)
        steps = [s for s in range(chord.steps) if s == 0 or (s + chord.step) % 16 in self._rhythm(kind)] if self._range > 4 else [0]
        ends = [*steps[1:], chord.steps]
        return [self._note(chord, s, e - s, p, 10) for s, e in zip(steps, ends, strict=True) for p in shape]

    def _chug(self, kind, chord, notes):
        """Palm-muted roots with accents; muted notes have velocity below 70."""
        root = 38 + (chord.root - 38) % 12
        out = []
        for s in range(0, chord.steps, 1 if self._range > 7 else 2):
            accent = (s + chord.step) % 16 in self._rhythm(kind)[::2]
            for p in (root, root + 7, root + 12) if accent else (root, root + 7):
                start, end, pitch, _ = self._note(chord, s, 1 if self._range > 7 else 2, p)
                out.append((start, end, pitch, 105 if accent else 62))
        return out

    def _riff(self, kind, chord, notes):
        """A single-note figure over the chord."""
        root = self._center - 6 + (chord.root - self._center + 6) % 12
        steps, ends = self._played(kind, chord)
        line = [0, 0, 7, 10, 12, 5, 3, 0]
        return [self._note(chord, s, e - s, self._in_scale(root + line[(k * 3 + int(self._range)) % 8]))
                for k, (s, e) in enumerate(zip(steps, ends, strict=True))]

    def _in_scale(self, pitch):
        return min((pitch + d for d in (0, 1, -1, 2, -2) if (pitch + d) % 12 in self._scale), key=lambda p: abs(p - pitch), default=pitch)

    def _line(self, kind, chord, notes):
        """A melody of long and short notes."""
        out, step, rng, beat = [], 0, self._rng, self._clock.per_beat
        tones = {(chord.root + x) % 12 for x in theory.INTERVALS[chord.quality]}
        while step < chord.steps:
            size = int(rng.choice((beat, beat, beat * 2, max(1, beat // 2), beat + beat // 2)))
            if rng.random() < 0.72:
                pool = tones if step % beat == 0 else self._scale
                wanted = self._last + rng.choice((-5, -3, -2, -1, 0, 1, 2, 3, 5)) - (self._last - self._center) * 0.15
                choices = [p for p in range(self._center - 10, self._center + 13) if p % 12 in pool]
                self._last = min(choices, key=lambda p: abs(p - wanted))
                out.append(self._note(chord, step, size * 0.95, self._last))
            step += size
        return out

    def _solo(self, kind, chord, notes):
        """Fast runs and held notes over the scale."""
        out, step, rng = [], 0.0, self._rng
        direction = 1
        while step < chord.steps:
            size = float(rng.choice((1, 1, 1, 2, 2, 4, 0.67)))
            if rng.random() < 0.87:
                self._last = self._in_scale(self._last + direction * int(rng.choice((1, 2, 2, 3, 4))))
                if rng.random() < 0.25 or abs(self._last - self._center) > 12:
                    direction = -1 if self._last > self._center else 1
                out.append(self._note(chord, step, size, self._last, 8))
            step += size
        return out
