"""Scales, chords and progressions."""

import numpy as np

SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10), "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10), "phrygian": (0, 1, 3, 5, 7, 8, 10), "blues": (0, 3, 5, 6, 7, 10),
}
# Roman numerals of common progressions, by mode; semitones above the tonic and quality.
CHORDS = {
    "I": (0, "maj"), "ii": (2, "min"), "iii": (4, "min"), "IV": (5, "maj"), "V": (7, "maj"), "vi": (9, "min"),
    "bVII": (10, "maj"), "iv": (5, "min"), "II": (2, "maj"), "III+": (4, "maj"), "bVI": (8, "maj"), "i": (0, "min"),
    "bIII": (3, "maj"), "v": (7, "min"), "bII": (1, "maj"), "iio": (2, "dim"), "V7": (7, "7"), "I7": (0, "7"),
    "IV7": (5, "7"), "bV": (6, "5"),
}
PROGRESSIONS = {
    "major": ["I V vi IV", "vi IV I V", "I vi IV V", "ii V I vi", "I IV vi V", "IV V iii vi", "I iii IV iv", "I bVII IV I",
              "I III+ vi IV", "vi V IV V", "I V ii IV", "IV I V vi", "I IV", "I", "I V", "I ii", "IV V I I",
              "I V vi iii IV I IV V", "I IV I V", "vi ii V I"],
    "minor": ["i bVI bIII bVII", "i bVII bVI V", "i iv v i", "i iv bVII bIII", "i bVI iv V", "i bIII bVII iv",
              "bVI bVII i i", "i v bVI iv", "i bVII IV bVI", "i", "i bVII", "i iv", "i bVI", "i bVII bVI bVII",
              "i iv bVII bIII bVI iio V i"],
    "blues": ["I7 I7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 V7", "I7 IV7 I7 V7", "I7 IV7"],
    "jazz": ["ii V7 I vi", "I vi ii V7", "iii vi ii V7", "i iio V7 i", "I IV7 iii vi ii V7 I I", "i iv V7 i", "i IV7"],
    "heavy": ["i bVI bVII i", "i bII i bVII", "i bV iv bII", "i i bIII bII", "i bVII i bVI", "i", "i bIII iv bVI"],
}
INTERVALS = {
    "maj": (0, 4, 7), "min": (0, 3, 7), "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11), "min7": (0, 3, 7, 10), "sus4": (0, 5, 7),
    "sus2": (0, 2, 7), "dim": (0, 3, 6), "hdim7": (0, 3, 6, 10), "5": (0, 7), "maj6": (0, 4, 7, 9), "9": (0, 4, 7, 10, 14),
    "maj9": (0, 4, 7, 11, 14), "min9": (0, 3, 7, 10, 14), "13": (0, 4, 10, 14, 21), "min6": (0, 3, 7, 9),
}
RICHER = {
    "maj": ("maj7", "maj7", "sus2", "maj6", "maj9", "sus4"), "min": ("min7", "min7", "min9", "min6"), "7": ("9", "13"),
    "dim": ("hdim7",), "5": ("5",),
}


def colored(rng, quality, richness):
    """The chord's quality, made richer with that probability."""
    return str(rng.choice(RICHER[quality])) if quality in RICHER and rng.random() < richness else quality


def progression(rng, family, richness):
    """List of (semitones above the tonic, quality)."""
    names = str(rng.choice(PROGRESSIONS[family])).split()
    return [(CHORDS[name][0], colored(rng, CHORDS[name][1], richness)) for name in names]


def voiced(rng, root, quality, center, size=None):
    """MIDI notes of the chord near `center`, in a random inversion."""
    notes = [center - 6 + (root + x - (center - 6)) % 12 for x in INTERVALS[quality]]
    notes = sorted(set(notes))
    while size and len(notes) < size:
        notes.append(notes[len(notes) - len(INTERVALS[quality])] + 12)
    if rng.random() < 0.2:
        notes[0] -= 12
    return sorted(set(notes))


def fretted(root, quality):
    """The chord over a guitar's six strings: each string takes the lowest tone of the chord it has."""
    tones = {(root + x) % 12 for x in INTERVALS[quality]}
    notes = []
    for string in (40, 45, 50, 55, 59, 64):
        if not notes:  # the root first
            fret = (root - string) % 12
            if fret > 7:
                continue
            notes.append(string + fret)
            continue
        position = max(0, notes[0] - 40 - 5)  # the hand stays near the root
        notes.append(next(p for p in range(string + position, string + position + 13) if p % 12 in tones))
    return sorted(set(notes))


def hz(midi):
    return 440.0 * 2 ** ((np.asarray(midi) - 69) / 12)
