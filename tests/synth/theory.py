"""Notes, scales and chord labels in Harte's syntax."""

from dataclasses import dataclass

NATURALS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
QUALITIES = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
    "sus4": (0, 5, 7),
    "dim": (0, 3, 6),
}
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}


def pitch_class(name: str) -> int:
    """ "Bb" -> 10."""
    return (NATURALS[name[0]] + name.count("#") - name.count("b")) % 12


@dataclass(frozen=True)
class Chord:
    root: int  # pitch class
    intervals: tuple[int, ...]  # above the root, in semitones

    @property
    def pitch_classes(self) -> set[int]:
        return {(self.root + interval) % 12 for interval in self.intervals}


def parse_chord(label: str) -> Chord:
    """ "Bb:min7" -> its notes. Inversions are not made here."""
    root, quality = label.split(":")
    return Chord(pitch_class(root), QUALITIES[quality])


def parse_key(key: str) -> set[int]:
    """ "D minor" -> the pitch classes of its scale."""
    tonic, mode = key.split()
    return {(pitch_class(tonic) + step) % 12 for step in SCALES[mode]}


def midi_to_hz(midi, tuning_cents: float = 0.0):
    return 440.0 * 2.0 ** ((midi - 69) / 12 + tuning_cents / 1200)
