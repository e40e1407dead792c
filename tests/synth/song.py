"""Puts a song together: chords by the bar, a beat, a bass, an electric piano and a melody that fits them."""

from dataclasses import dataclass, field, replace

import numpy as np

from . import instruments
from .instruments import RATE
from .theory import Chord, midi_to_hz, parse_chord, parse_key
from .voice import CONSONANTS, HOP, Note, Singer

BEATS_PER_BAR = 4
TAIL_SEC = 1.0  # of silence after the last bar
STEM_NAMES = ("vocals", "bass", "drums", "other")


@dataclass(frozen=True)
class SongSpec:
    """Equal specs give equal songs."""

    seed: int = 1
    tempo_bpm: float = 100.0
    key: str = "C major"
    chords: tuple[str, ...] = ("C:maj", "A:min", "F:maj", "G:maj")  # a bar each, again and again
    tuning_cents: float = 0.0
    seconds: float = 24.0  # at most; whole bars are played
    lowest_note: int = 57  # of the melody, which spans 15 semitones


@dataclass
class Song:
    """Stems are float32 [2, samples] at 44.1 kHz, and `mix` is their sum."""

    spec: SongSpec
    stems: dict[str, np.ndarray]
    beats_sec: np.ndarray
    chords: list[tuple[float, float, str]]  # start, end, label; covers the song
    f0_hz: np.ndarray  # every 10 ms, 0 = unvoiced
    notes: list[Note]  # that are sung
    mix: np.ndarray = field(init=False)

    def __post_init__(self):
        self.mix = np.sum(list(self.stems.values()), axis=0)

    @property
    def duration_sec(self) -> float:
        return self.mix.shape[1] / RATE


class _Arranger:
    def __init__(self, spec: SongSpec):
        self.spec = spec
        self.beat_sec = 60 / spec.tempo_bpm
        self.num_bars = int((spec.seconds - TAIL_SEC) / (BEATS_PER_BAR * self.beat_sec))
        self.num_frames = int(np.ceil((self.num_bars * BEATS_PER_BAR * self.beat_sec + TAIL_SEC) * 100))
        self.labels = [spec.chords[bar % len(spec.chords)] for bar in range(self.num_bars)]

    def rng(self, part: str):
        return np.random.default_rng([self.spec.seed, *part.encode()])

    def silence(self) -> np.ndarray:
        return np.zeros((2, self.num_frames * HOP))

    def add(self, track: np.ndarray, sound: np.ndarray, beat: float, pan: float = 0.0):
        """Adds `sound` at `beat`; pan −1 … 1, constant power."""
        start = round(beat * self.beat_sec * RATE)
        sound = sound[: track.shape[1] - start]
        angle = (pan + 1) * np.pi / 4
        for channel, gain in enumerate((np.cos(angle), np.sin(angle))):
            track[channel, start : start + len(sound)] += gain * np.sqrt(2) * sound

    def bars(self):
        """First beat and chord of each bar."""
        for bar, label in enumerate(self.labels):
            yield bar * BEATS_PER_BAR, parse_chord(label)

    def drums(self) -> np.ndarray:
        rng = self.rng("drums")
        track = self.silence()
        for beat, _ in self.bars():
            for offset in (0, 2, 2.5):
                self.add(track, instruments.kick(), beat + offset)
            for offset in (1, 3):
                self.add(track, instruments.snare(rng), beat + offset, 0.1)
            for eighth in range(8):
                self.add(track, instruments.hat(rng, eighth == 7), beat + eighth / 2, 0.35)
        return 0.8 * track

    def bass(self) -> np.ndarray:
        track = self.silence()
        for beat, chord in self.bars():
            root = 28 + (chord.root - 4) % 12  # E1 … D#2
            for offset, beats, interval in ((0, 1.5, 0), (1.5, 0.5, 0), (2, 1.5, 0), (3.5, 0.5, 7)):
                hz = midi_to_hz(root + interval, self.spec.tuning_cents)
                self.add(track, instruments.bass_note(hz, beats * self.beat_sec), beat + offset)
        return track

    def other(self) -> np.ndarray:
        track = self.silence()
        for beat, chord in self.bars():
            for index, note in enumerate(_voicing(chord)):
                pan = -0.6 + 1.2 * index / len(chord.intervals)
                for offset, beats in ((0, 1.5), (1.5, 1), (2.5, 1.5)):
                    hz = midi_to_hz(note, self.spec.tuning_cents)
                    seconds = beats * self.beat_sec
                    self.add(track, instruments.piano_note(hz, seconds), beat + offset, pan)
        return instruments.reverberate(self.rng("room"), track.mean(axis=0), 0.12) * 0.3 + 0.7 * track

    def melody(self) -> list[Note]:
        """Phrases of two bars that rest on their last beat and a half."""
        rng = self.rng("melody")
        scale = parse_key(self.spec.key)
        notes = []
        midi = self.spec.lowest_note + 7
        for beat, chord in self.bars():
            is_last_bar_of_phrase = beat // BEATS_PER_BAR % 2 == 1
            offset = 0.0
            while offset < (2.5 if is_last_bar_of_phrase else BEATS_PER_BAR):
                beats = rng.choice([0.5, 0.5, 1, 1, 1.5])
                on_beat = offset == int(offset)
                midi = self._next_note(rng, midi, chord.pitch_classes if on_beat else scale)
                consonant = rng.choice([*CONSONANTS, "m", "m", "", ""])
                start_sec = (beat + offset) * self.beat_sec
                end_sec = start_sec + beats * self.beat_sec
                notes.append(Note(start_sec, end_sec, midi, rng.choice(list("aeiou")), consonant))
                offset += beats
        return _without_overlaps(notes)

    def _next_note(self, rng, midi: int, allowed: set[int]) -> int:
        lowest = self.spec.lowest_note
        near = [n for n in range(lowest, lowest + 16) if n % 12 in allowed and 0 < abs(n - midi) <= 7]
        weights = np.array([1 / abs(n - midi) for n in near])
        return int(rng.choice(near, p=weights / weights.sum()))

    def vocals(self):
        """The track, and its pitch every 10 ms."""
        rng = self.rng("vocals")
        singer = Singer(rng, self.melody(), self.num_frames, self.spec.tuning_cents)
        return instruments.reverberate(rng, 0.16 * singer.sing(), 0.1), singer.f0_hz

    def chords(self) -> list[tuple[float, float, str]]:
        bar_sec = BEATS_PER_BAR * self.beat_sec
        spans = [(bar * bar_sec, (bar + 1) * bar_sec, label) for bar, label in enumerate(self.labels)]
        return [*spans, (self.num_bars * bar_sec, self.num_frames / 100, "N")]


def _voicing(chord: Chord) -> list[int]:
    """The chord's notes around middle C."""
    return [55 + (chord.root + interval - 55) % 12 for interval in chord.intervals]


def _without_overlaps(notes: list[Note]) -> list[Note]:
    """Each note ends where the next one starts, at the latest."""
    ends = [note.start_sec for note in notes[1:]] + [np.inf]
    return [replace(note, end_sec=min(note.end_sec, end)) for note, end in zip(notes, ends, strict=True)]


def make_song(spec: SongSpec) -> Song:
    arranger = _Arranger(spec)
    vocals, f0_hz = arranger.vocals()
    stems = {"vocals": vocals, "bass": arranger.bass(), "drums": arranger.drums(), "other": arranger.other()}
    gain = 0.89 / np.abs(sum(stems.values())).max()
    stems = {name: (gain * track).astype(np.float32) for name, track in stems.items()}
    beats_sec = np.arange(arranger.num_bars * BEATS_PER_BAR) * arranger.beat_sec
    return Song(spec, stems, beats_sec, arranger.chords(), f0_hz, arranger.melody())
