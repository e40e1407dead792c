"""The report: means of all systems, then song by song, worst first, with pictures. One HTML file that needs no other."""

from pathlib import Path

import jinja2
import numpy as np

from .estimate import Estimate
from .plots import draw
from .table import Scores, format_value, mean, measures_of
from .truth import EvalSong

# One figure for each task, to rank songs by: the mean of those that the song has.
HEADLINES = ("pitch, mix: overall", "chords: majmin", "beats: F", "tempo: accuracy 1", "key: weighted")
TEMPLATE = Path(__file__).with_name("report.html.jinja")


def badness(scores: dict[str, float]) -> float:
    known = [scores[name] for name in HEADLINES if name in scores]
    return 1 - float(np.mean(known)) if known else 0.0


def write(path: Path, songs: list[EvalSong], estimates: dict[str, Estimate], scores: Scores):
    """`estimates` are stemscribe's, for the pictures."""
    ours = scores["stemscribe"]
    worst_first = sorted(songs, key=lambda song: badness(ours[song.name]), reverse=True)
    template = jinja2.Template(TEMPLATE.read_text(), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    rows = {
        measure: [format_value(measure, mean(by_song.values(), measure)) for by_song in scores.values()]
        for measure in measures_of(scores)
    }
    cards = [
        {
            "name": song.name,
            "scores": [(name, format_value(name, value)) for name, value in ours[song.name].items()],
            "picture": draw(song, estimates[song.name]),
        }
        for song in worst_first
    ]
    path.write_text(template.render(systems=list(scores), rows=rows, songs=cards))
