"""Makes songs. See --help."""

import argparse
import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

from training.generator import files, plan, song  # noqa: E402  (after the environment is set)


def _default_cache():
    return Path(os.environ.get("STEMSCRIBE_CACHE", Path.home() / ".cache/stemscribe")) / "training/voices"


def make_one(out, seed, index, cache):
    """Makes a song if it isn't there. Returns a line to print."""
    folder = files.folder_of(out, seed, index)
    if folder.exists():
        return f"{folder.name} is there"
    started = time.monotonic()
    stems, meta, rng = song.make(seed, index, cache)
    meta = files.write(folder, stems, meta, rng)
    length = max(len(audio) for audio in stems.values()) / 44100
    taken = time.monotonic() - started
    return f"{folder.name} {meta['style']} {meta['tempo_bpm']:.0f}/min {length:.0f} s in {taken:.1f} s"


def main():
    parser = argparse.ArgumentParser(prog="python -m training.generator", description="Makes songs as separate stems; skips those that are there.")
    parser.add_argument("--out", required=True, help="folder for the songs' folders")
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--start", type=int, default=0, help="index of the first song")
    parser.add_argument("--seed", type=int, default=1, help="a song is fixed by seed and index; from 1000000 on they are for validation")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--cache", default=_default_cache(), help="folder for the analysed voices")
    parser.add_argument("--meters", nargs="+", metavar="4/4", help="make only those of the songs that are in one of these meters")
    arguments = parser.parse_args()
    indices = range(arguments.start, arguments.start + arguments.count)
    if arguments.meters:
        indices = [index for index in indices if plan.make(arguments.seed, index)[0].meter in arguments.meters]
    tasks = [(arguments.out, arguments.seed, index, arguments.cache) for index in indices]
    if arguments.jobs == 1:
        for task in tasks:
            print(make_one(*task), flush=True)
        return
    with ProcessPoolExecutor(arguments.jobs) as executor:
        for line in executor.map(make_one, *zip(*tasks, strict=True)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
