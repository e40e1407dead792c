"""Chords, scales and keys as sets of semitones; names as in Harte's syntax."""

from dataclasses import dataclass

SHARPS = "C C# D D# E F F# G G# A A# B".split()
FLATS = "C Db D Eb E F Gb G Ab A Bb B".split()
DEGREES = "1 b2 2 b3 3 4 b5 5 b6 6 b7 7".split()
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
QUALITIES = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
    "sus4": (0, 5, 7),
    "sus2": (0, 2, 7),
    "dim": (0, 3, 6),
    "hdim7": (0, 3, 6, 10),
    "maj6": (0, 4, 7, 9),
    "9": (0, 4, 7, 10, 14),
}
# What pop songs go through (Roman numerals; small letters are minor).
PROGRESSIONS = {
    "major": (
        "I V vi IV",
        "vi IV I V",
        "I vi IV V",
        "ii V I vi",
        "I IV vi V",
        "IV V iii vi",
        "I iii IV iv",
        "I bVII IV I",
        "I III vi IV",
        "I V ii IV",
        "I V vi iii IV I IV V",
    ),
    "minor": (
        "i VI III VII",
        "i VII VI V",
        "i iv v i",
        "i iv VII III",
        "i VI iv V",
        "VI VII i i",
        "i ii V i",
        "i VII IV VI",
        "i iv VII III VI ii V i",
    ),
}
_MAJOR_NUMERALS = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}
_MINOR_NUMERALS = {"I": 0, "II": 2, "III": 3, "IV": 5, "V": 7, "VI": 8, "VII": 10}


@dataclass(frozen=True)
class Key:
    tonic: int  # pitch class
    mode: str  # "major" or "minor"

    @property
    def scale(self) -> frozenset[int]:
        return frozenset((self.tonic + step) % 12 for step in SCALES[self.mode])

    @property
    def names(self) -> list[str]:
        """Of the twelve notes: flats where the key's signature has flats."""
        signature = (self.tonic + (3 if self.mode == "minor" else 0)) % 12
        return FLATS if signature in (5, 10, 3, 8, 1) else SHARPS

    def __str__(self) -> str:
        return f"{self.names[self.tonic]} {self.mode}"


@dataclass(frozen=True)
class Chord:
    root: int  # pitch class
    quality: str  # a key of QUALITIES
    bass: int = 0  # semitones above the root

    @property
    def pitch_classes(self) -> list[int]:
        """The root first."""
        return [(self.root + interval) % 12 for interval in QUALITIES[self.quality]]

    def label(self, names: list[str]) -> str:
        return f"{names[self.root]}:{self.quality}" + (f"/{DEGREES[self.bass]}" if self.bass else "")


def numeral_chord(numeral: str, key: Key) -> Chord:
    """The triad of a Roman numeral: "bVII" in C major is Bb:maj. The second step of minor is diminished."""
    name = numeral.lstrip("b")
    steps = _MAJOR_NUMERALS if key.mode == "major" else _MINOR_NUMERALS
    root = key.tonic + steps[name.upper()] - numeral.count("b")
    quality = "maj" if name.isupper() else "dim" if (name, key.mode) == ("ii", "minor") else "min"
    return Chord(root % 12, quality)


def midi_to_hz(midi, tuning_cents: float = 0.0):
    return 440.0 * 2.0 ** ((midi - 69) / 12 + tuning_cents / 1200)
