"""What a system says of a song, in one form for stemscribe and its peers, and kept as one JSON file."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass
class Estimate:
    """All is optional: a pitch tracker knows no chords. Times are in seconds."""

    # "mix" and "clean" (the truth's vocals alone as input) -> times, hertz (0 = unvoiced).
    pitch: dict[str, tuple[list[float], list[float]]] = field(default_factory=dict)
    notes: list[tuple[float, float, float]] | None = None  # start, end, hertz
    chords: list[tuple[float, float, str]] | None = None
    beats: list[float] | None = None
    downbeats: list[float] | None = None
    tempo_bpm: float | None = None
    key: str | None = None
    stems: dict[str, str] = field(default_factory=dict)  # name -> audio file

    def save(self, path: Path):
        path.write_text(json.dumps(asdict(self)))

    @staticmethod
    def load(path: Path) -> "Estimate":
        return Estimate(**json.loads(path.read_text()))
