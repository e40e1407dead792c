"""Pictures of one song: pitch and chords over their truth, and what the separation left wrong."""

import base64
import io

import matplotlib
import numpy as np
import soundfile

from .estimate import Estimate
from .scores import read_stem
from .truth import EvalSong

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

SHOWN_RANGE_DB = 70


def draw(song: EvalSong, estimate: Estimate) -> str:
    """A PNG as a data URL."""
    figure, (pitch, chords, residual) = plt.subplots(
        3, 1, sharex=True, figsize=(14, 7), height_ratios=(3, 1, 2), layout="constrained"
    )
    _draw_pitch(pitch, song, estimate)
    _draw_chords(chords, song, estimate)
    _draw_residual(residual, song, estimate)
    residual.set_xlabel("seconds")
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=70)
    plt.close(figure)
    return "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()


def _draw_pitch(axes, song: EvalSong, estimate: Estimate):
    axes.set_title("pitch: truth (grey), from the mix (red)", loc="left")
    lines = [(song.pitch, "0.6", 5)] if song.pitch else []
    lines += [(estimate.pitch["mix"], "tab:red", 1.2)] if "mix" in estimate.pitch else []
    for (times, hz), colour, width in lines:
        hz = np.array(hz, float)
        axes.plot(times, np.where(hz > 0, hz, np.nan), color=colour, linewidth=width)
    axes.set_yscale("log", base=2)
    axes.set_ylabel("Hz")


def _draw_chords(axes, song: EvalSong, estimate: Estimate):
    axes.set_title("chords: truth above, found below", loc="left")
    truth = [(*interval, label) for interval, label in zip(*song.chords, strict=True)] if song.chords else []
    for row, spans in ((1, truth), (0, estimate.chords or [])):
        for start, end, label in spans:
            root, _, quality = label.partition(":")
            shade = plt.cm.hsv("CDEFGAB".find(root[0]) / 7 if root != "N" else 0.0)
            alpha = 0 if root == "N" else 0.25 if quality.startswith(("min", "dim", "hdim")) else 0.5
            axes.barh(row, end - start, left=start, height=0.9, color=shade, alpha=alpha, edgecolor="k", linewidth=0.3)
            axes.text(start + 0.03, row, label, fontsize=7, va="center", clip_on=True)
    axes.set_yticks([])


def _draw_residual(axes, song: EvalSong, estimate: Estimate):
    axes.set_title("vocals found less true vocals", loc="left")
    truth = read_stem(song, "vocals")
    if truth is None or "vocals" not in estimate.stems:
        return
    found, rate = soundfile.read(estimate.stems["vocals"], always_2d=True)
    length = min(len(found), len(truth))
    error = (found[:length] - truth[:length]).mean(axis=1)
    axes.specgram(error + 1e-9 * truth[:length, 0], NFFT=2048, noverlap=1024, Fs=rate, vmin=-40 - SHOWN_RANGE_DB, vmax=-40)
    axes.set_ylim(0, 8000)
    axes.set_ylabel("Hz")
