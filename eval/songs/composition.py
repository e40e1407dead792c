"""The notes' frame of a song: when its beats fall, which chord sounds when, and what is sung."""

from dataclasses import dataclass

import numpy as np

from .plan import METERS, SongPlan
from .theory import PROGRESSIONS, QUALITIES, SCALES, Chord, numeral_chord

TAIL_SEC = 1.2  # in which the last chord rings out
WORDS = tuple(
    "la you me love day night sky fall home time feel rain low high run sun moon dream free see gone long road star "
    "light my way know no say oh ah be do now more one all".split()
)


@dataclass(frozen=True)
class ChordSpan:
    start_beat: float
    end_beat: float
    chord: Chord


@dataclass(frozen=True)
class SungNote:
    start_sec: float
    end_sec: float
    midi: int
    word: str


class Composition:
    """Beats count from 0, the first beat of the first bar."""

    def __init__(self, plan: SongPlan):
        self.plan = plan
        self.beats_per_bar, self.steps_per_beat = METERS[plan.meter]
        rng = self.rng("beats")
        lead_in_sec = rng.uniform(0.15, 0.9)
        bar_sec = 60 / plan.tempo_bpm * self.beats_per_bar
        self.num_bars = max(4, int((plan.seconds - lead_in_sec - TAIL_SEC) / bar_sec))
        self.num_beats = self.num_bars * self.beats_per_bar
        wander = np.convolve(rng.normal(0, 2.5, self.num_beats + 8), np.hanning(10)[1:-1] / 4.5, "valid")
        periods_sec = 60 / plan.tempo_bpm * np.exp(plan.tempo_drift * wander)
        self.beats_sec = lead_in_sec + np.concatenate([[0], np.cumsum(periods_sec)])  # and the one after the last
        self.duration_sec = float(self.beats_sec[self.num_beats] + TAIL_SEC)
        self.sections = self._sections()
        self.chords = self._chords()

    def rng(self, part: str):
        """Each part has random numbers of its own, so that one may change and the others stay."""
        return np.random.default_rng([*self.plan.seed, *part.encode()])

    def time_sec(self, beat: float) -> float:
        """Of a beat or a part of one, with swing."""
        whole, part = divmod(beat, 1)
        swing = self.plan.swing
        part = part * (1 + swing) if part <= 0.5 else 0.5 * (1 + swing) + (part - 0.5) * (1 - swing)
        return float(np.interp(whole + part, np.arange(len(self.beats_sec)), self.beats_sec))

    def chord_at(self, beat: float) -> Chord:
        return next(span.chord for span in reversed(self.chords) if span.start_beat <= beat + 1e-6)

    def _sections(self) -> list[tuple[str, int, int]]:
        """Kind, first bar, bar after the last."""
        kinds = ("intro", "verse", "chorus", "verse", "chorus")
        sections, bar = [], 0
        while bar < self.num_bars:
            kind = kinds[len(sections) % len(kinds)]
            length = 2 if kind == "intro" else 4
            end = self.num_bars if self.num_bars - bar - length < 2 else bar + length
            sections.append((kind, bar, end))
            bar = end
        return sections

    def _chords(self) -> list[ChordSpan]:
        rng = self.rng("chords")
        loops: dict[str, tuple[list[Chord], float]] = {}
        spans: list[ChordSpan] = []
        for kind, first_bar, end_bar in self.sections:
            loop, beats = loops.setdefault("verse" if kind == "intro" else kind, self._loop(rng))
            starts = np.arange(first_bar * self.beats_per_bar, end_bar * self.beats_per_bar, beats)
            for number, start in enumerate(starts):
                end = min(start + beats, end_bar * self.beats_per_bar)
                spans.append(ChordSpan(float(start), float(end), loop[number % len(loop)]))
        return spans

    def _loop(self, rng) -> tuple[list[Chord], float]:
        """A progression, and the beats that each of its chords takes."""
        plan = self.plan
        numerals = str(rng.choice(PROGRESSIONS[plan.key.mode])).split()
        bars = rng.choice([1, 1, 0.5, 2]) if plan.meter == "4/4" and len(numerals) == 4 else 1
        chords = [self._coloured(rng, numeral_chord(numeral, plan.key)) for numeral in numerals]
        return chords, bars * self.beats_per_bar

    def _coloured(self, rng, chord: Chord) -> Chord:
        step = (chord.root - self.plan.key.tonic) % 12
        quality = chord.quality
        if rng.random() < (0, 0.35, 0.8)[self.plan.colour]:
            dominants, others = ["7", "7", "sus4", "9"], ["maj7", "maj7", "sus2", "maj6", "sus4"]
            richer = {"maj": dominants if step == 7 else others, "min": ["min7"], "dim": ["hdim7", "dim"]}
            quality = str(rng.choice(richer[quality]))
        bass = 0
        if rng.random() < (0, 0.15, 0.15)[self.plan.colour]:
            bass = int(rng.choice([interval for interval in QUALITIES[quality][1:] if interval < 12]))
        return Chord(chord.root, quality, bass)

    def chord_labels(self) -> list[tuple[float, float, str]]:
        """Start, end and label in seconds; covers the song, equal neighbours are one."""
        names = self.plan.key.names
        rows = [[0.0, float(self.beats_sec[0]), "N"]]
        for span in self.chords:
            end_sec = float(self.beats_sec[round(span.end_beat)])
            label = span.chord.label(names)
            if rows[-1][2] == label:
                rows[-1][1] = end_sec
            else:
                rows.append([rows[-1][1], end_sec, label])
        rows[-1][1] = self.duration_sec - 0.3
        return [tuple(row) for row in rows] + [(rows[-1][1], self.duration_sec, "N")]

    def melody(self) -> list[SungNote]:
        """Sung from the first verse on: chord notes on the beat, the scale between, small steps."""
        rng = self.rng("melody")
        lowest, highest = (57, 76) if "+f" in self.plan.voice else (46, 65)
        scale = {(self.plan.key.tonic + step) % 12 for step in SCALES[self.plan.key.mode]}
        at = (lowest + highest) // 2
        notes: list[SungNote] = []
        for _, first_bar, end_bar in self.sections[1:]:
            for bar in range(first_bar, end_bar):
                if (bar - first_bar) % 4 == 3 and rng.random() < 0.5:
                    continue
                beat = bar * self.beats_per_bar + float(rng.choice([0, 0, 0.5]))
                end = (bar + 1) * self.beats_per_bar
                while beat < end - 0.25:
                    length = min(self._note_beats(rng), end - beat)
                    pool = set(self.chord_at(beat).pitch_classes) if beat == int(beat) or length >= 1 else scale
                    at = _next_pitch(rng, at, [p for p in range(lowest, highest + 1) if p % 12 in pool], lowest, highest)
                    if rng.random() > 0.1:
                        self._sing(rng, notes, beat, length, at)
                    beat += length
        return notes

    def _note_beats(self, rng) -> float:
        if self.plan.meter == "6/8":
            return float(rng.choice([1 / 3, 1 / 3, 2 / 3, 1]))
        return float(rng.choice([0.5, 1, 1, 1.5, 2] if self.plan.tempo_bpm < 125 else [1, 1, 2, 1.5]))

    def _sing(self, rng, notes: list[SungNote], beat: float, beats: float, midi: int):
        start, end = self.time_sec(beat) + rng.normal(0, 0.012), self.time_sec(beat + beats)
        end -= 0.04 if rng.random() < 0.7 else min(0.25 * (end - start), 0.2)
        start = max(start, notes[-1].end_sec if notes else 0.05)
        if end - start > 0.09:
            notes.append(SungNote(start, end, midi, str(rng.choice(WORDS))))


def _next_pitch(rng, at: int, pool: list[int], lowest: int, highest: int) -> int:
    step = rng.choice([0, 1, 2, -1, -2, 3, -3, 5, -5], p=[0.12, 0.18, 0.18, 0.18, 0.18, 0.05, 0.05, 0.03, 0.03])
    step += 2 if at < lowest + 4 else -2 if at > highest - 4 else 0
    return min(pool, key=lambda pitch: abs(pitch - at - step))
