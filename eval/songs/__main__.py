"""python -m eval.songs [--seed N] [--count N] OUT_DIR"""

import argparse
import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from .plan import SongPlan, plan_songs
from .studio import write_song


def _write(plan: SongPlan, out: Path, cache: Path):
    if not (out / plan.name).exists():
        write_song(plan, out / plan.name, cache)


def write_set(seed: int, count: int, out: Path, cache: Path | None = None):
    """Writes the songs that are not there yet, on all cores."""
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        list(workers.map(partial(_write, out=out, cache=cache or out / ".voices"), plan_songs(seed, count)))


def main():
    parser = argparse.ArgumentParser(prog="python -m eval.songs", description="Make songs whose truth is known.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1, help="of the set; equal seeds give equal songs")
    parser.add_argument("--count", type=int, default=24)
    args = parser.parse_args()
    write_set(args.seed, args.count, args.out)


if __name__ == "__main__":
    main()
