"""Means over songs, as a table for the terminal."""

from collections.abc import Iterable

import numpy as np

# The songs' scores by system: {system: {song: {measure: value}}}.
Scores = dict[str, dict[str, dict[str, float]]]


def measures_of(scores: Scores) -> list[str]:
    """In the order in which systems gave them, stemscribe first."""
    return list(dict.fromkeys(name for songs in scores.values() for song in songs.values() for name in song))


def mean(songs: Iterable[dict[str, float]], measure: str) -> float | None:
    values = [song[measure] for song in songs if measure in song]
    return float(np.mean(values)) if values else None


def format_value(measure: str, value: float | None) -> str:
    return "" if value is None else f"{value:.1f} dB" if measure.endswith("SDR") else f"{value:.3f}"


def table(scores: Scores) -> str:
    rows = [["", *scores]]
    for measure in measures_of(scores):
        rows.append([measure, *(format_value(measure, mean(songs.values(), measure)) for songs in scores.values())])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: list[str], widths: list[int]) -> str:
    first, *others = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
    return "  ".join([row[0].ljust(len(first)), *others])
