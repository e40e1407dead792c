"""The songs to be scored and what is known of them; the files are those that docs/EVALUATION.md describes."""

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import mir_eval
import numpy as np

AUDIO_SUFFIXES = (".wav", ".flac", ".mp3", ".m4a", ".ogg", ".opus")
STEM_NAMES = ("vocals", "instrumental", "drums", "bass", "other")
UNKNOWN = None


@dataclass(frozen=True)
class EvalSong:
    """A folder with a mix, and beside it any of the truths; each is None where its file is missing."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def mix(self) -> Path | None:
        return _audio(self.folder, "mix")

    @cached_property
    def stems(self) -> dict[str, Path]:
        found = {name: _audio(self.folder / "stems", name) for name in STEM_NAMES}
        return {name: path for name, path in found.items() if path}

    @cached_property
    def pitch(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Times in seconds; hertz, 0 where nothing voiced is sung."""
        path = self.folder / "f0.csv"
        if not path.exists():
            return UNKNOWN
        return tuple(_table(path, ("time", "hz")).T)

    @cached_property
    def notes(self) -> np.ndarray | None:
        """[notes, 3]: start and end in seconds, hertz."""
        path = self.folder / "notes.csv"
        return _table(path, ("start", "end", "hz")) if path.exists() else UNKNOWN

    @cached_property
    def chords(self) -> tuple[np.ndarray, list[str]] | None:
        """Intervals in seconds, labels in Harte's syntax."""
        path = self.folder / "chords.lab"
        return mir_eval.io.load_labeled_intervals(str(path)) if path.exists() else UNKNOWN

    @cached_property
    def beats(self) -> np.ndarray | None:
        path = self.folder / "beats.txt"
        return np.array([float(row[0]) for row in _rows(path)]) if path.exists() else UNKNOWN

    @cached_property
    def downbeats(self) -> np.ndarray | None:
        """The beats whose second column says that they are the first of their bar."""
        path = self.folder / "beats.txt"
        if not path.exists() or any(len(row) < 2 for row in _rows(path)):
            return UNKNOWN
        return np.array([float(row[0]) for row in _rows(path) if float(row[1]) == 1])

    @cached_property
    def key(self) -> str | None:
        """As mir_eval wants it: "Eb minor"."""
        path = self.folder / "key.txt"
        return path.read_text().strip() if path.exists() else UNKNOWN


def find_songs(folder: Path) -> list[EvalSong]:
    """All folders directly below that hold a mix, by name."""
    songs = [EvalSong(path) for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith(".")]
    return [song for song in songs if song.mix]


def _table(path: Path, columns: tuple[str, ...]) -> np.ndarray:
    """[rows, columns] of a CSV file, with or without a head."""
    with path.open() as file:
        rows = [row for row in csv.reader(file) if row and row[0] != columns[0]]
    return np.array(rows, float).reshape(-1, len(columns))


def _rows(path: Path) -> list[list[str]]:
    return [line.split() for line in path.read_text().splitlines() if line.strip()]


def _audio(folder: Path, name: str) -> Path | None:
    return next((p for suffix in AUDIO_SUFFIXES if (p := folder / f"{name}{suffix}").exists()), None)
