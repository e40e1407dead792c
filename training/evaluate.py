"""How well splitters split: python -m training.evaluate [--songs FOLDER …] [--splitters net dsp ideal FILE.onnx …]

Gives each of them the true instrumental of songs that training has not seen, through the code that the tool runs, and
prints the signal-to-distortion ratio of each stem over a whole song, in dB: means over the songs of a style. "ideal" is
what masks could do at best: those of the true stems.
Needs build/bin/split_instrumental (`make eval-splitter` builds it).
"""

import argparse
import collections
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from training.paths import ROOT, SONGS, VENV, evaluation_songs
from training.songs import STEMS, load_song, style_of
from training.spectrum import RATE_HZ, inverse_stft, padded_stft

SILENCE_DB = -60  # of the instrumental: below, a stem counts as absent


def power(audio):
    return float(np.sum(np.square(audio, dtype=np.float64))) + 1e-12


def decibels(ratio):
    return 10 * np.log10(ratio)


def scores(truth, estimates):
    """SDR of each stem; of an absent one, how far below the instrumental its estimate is (`silence_…`)."""
    instrumental = power(sum(truth.values()))
    found = {}
    for stem, estimate in estimates.items():
        wanted = truth.get(stem, np.zeros_like(estimate))
        if decibels(power(wanted) / instrumental) < SILENCE_DB:
            found[f"silence_{stem}"] = decibels(power(estimate) / instrumental)
        else:
            found[stem] = decibels(power(wanted) / power(wanted - estimate))
    return found


def true_stems(folder):
    song = load_song(folder)
    return {stem: song[stem].astype(np.float32) / 32768 for stem in STEMS if stem in song}


def split(tool, splitter, inputs):
    """`inputs`: instrumental to folder for its stems."""
    arguments = [str(part) for pair in inputs.items() for part in pair]
    with tempfile.TemporaryDirectory() as scratch:
        if splitter.endswith(".onnx"):
            net = Path(scratch) / "net.xml"
            subprocess.run([VENV / "bin/python", ROOT / "models/ir.py", splitter, net], check=True)
            splitter = net
        subprocess.run([tool, splitter, *arguments], check=True)


def ideal(truth):
    """The stems by masks that know them: the ratios of their magnitudes."""
    spectra = {stem: padded_stft(audio) for stem, audio in truth.items()}
    magnitudes = {stem: np.abs(spectrum) for stem, spectrum in spectra.items()}
    mix, whole = sum(spectra.values()), sum(magnitudes.values()) + 1e-9
    return {stem: inverse_stft(mix * (magnitude / whole), len(truth[stem])) for stem, magnitude in magnitudes.items()}


def cases(truth, absent):
    """The stems to mix: all of them; then, to hear what leaks, all but the drums and all but the bass."""
    yield truth, STEMS
    for missing in ("drums", "bass") if absent else ():
        if missing in truth and len(truth) > 1:
            yield {stem: audio for stem, audio in truth.items() if stem != missing}, (missing,)


def evaluate(folders, splitters, tool, absent=False):
    """Splitter to style to measure to values of all songs."""
    results = {splitter: collections.defaultdict(lambda: collections.defaultdict(list)) for splitter in splitters}
    for folder in folders:
        stems = true_stems(folder)
        if not stems:
            continue
        style = style_of(folder)
        for truth, wanted in cases(stems, absent):
            with tempfile.TemporaryDirectory() as scratch:
                scratch = Path(scratch)
                soundfile.write(scratch / "song.wav", sum(truth.values()), RATE_HZ, "FLOAT")
                for splitter in splitters:
                    if splitter == "ideal":
                        estimates = {s: e for s, e in ideal(truth).items() if s in wanted}
                    else:
                        split(tool, splitter, {scratch / "song.wav": scratch / "stems"})
                        estimates = {s: soundfile.read(scratch / f"stems/{s}.wav", dtype="float32")[0] for s in wanted}
                    for measure, value in scores(truth, estimates).items():
                        results[splitter][style][measure].append(value)
    return results


def table(results):
    """Markdown: a row for each splitter and style."""
    measures = [*STEMS, *(f"silence_{stem}" for stem in STEMS)]
    lines = ["| splitter | style | songs | " + " | ".join(measures) + " |", "| --- " * (3 + len(measures)) + "|"]
    for splitter, by_style in results.items():
        merged = collections.defaultdict(list)
        for measured in by_style.values():
            for measure, values in measured.items():
                merged[measure] += values
        for style, measured in [*sorted(by_style.items()), ("all", merged)]:
            cells = [f"{np.mean(measured[m]):.2f}" if measured.get(m) else "" for m in measures]
            songs = max(len(values) for values in measured.values())
            lines.append(f"| {Path(splitter).name} | {style} | {songs} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--songs", type=Path, nargs="+", help="folders of song folders (default: those held out)")
    parser.add_argument("--splitters", nargs="+", default=["blend", "net", "dsp"])
    parser.add_argument("--tool", type=Path, default=ROOT / "build/bin/split_instrumental")
    parser.add_argument("--json", type=Path, help="write all values to this file, too")
    parser.add_argument("--absent", action="store_true", help="also split each song without its drums, and without its bass")
    options = parser.parse_args()
    folders = sorted(f.parent for root in options.songs for f in root.glob("*/meta.json")) if options.songs else None
    results = evaluate(folders or evaluation_songs(SONGS), options.splitters, options.tool, options.absent)
    print(table(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
