"""The learning curve: a CSV that grows, and its plot."""

import csv
import time
from pathlib import Path

import numpy as np

COLUMNS = ("time", "step", "minutes", "songs", "rate", "loss", "sdr_drums", "sdr_bass", "sdr_other")


class Log:
    def __init__(self, path):
        self.path = Path(path)
        if not self.path.exists():
            self.path.write_text(",".join(COLUMNS) + "\n", encoding="utf-8")

    def write(self, step, minutes, songs, rate, loss, *sdr):
        row = [time.strftime("%Y-%m-%dT%H:%M:%S"), step, f"{minutes:.1f}", songs, f"{rate:.2e}", f"{loss:.4f}"]
        row += [f"{value:.3f}" for value in sdr]
        with self.path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow(row)
        print(",".join(map(str, row)), flush=True)


def plot(path):
    """Writes the PNG beside the CSV."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    data = np.atleast_1d(np.genfromtxt(path, delimiter=",", names=True, usecols=range(1, len(COLUMNS))))
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4))
    left.plot(data["step"], data["loss"], color="black")
    left.set(xlabel="steps", title="loss on training examples")
    for stem in ("drums", "bass", "other"):
        right.plot(data["step"], data[f"sdr_{stem}"], label=stem)
    right.set(xlabel="steps", title="SDR on validation songs, below 11 kHz, dB")
    right.legend()
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(Path(path).with_suffix(".png"), dpi=90)
    pyplot.close(figure)
