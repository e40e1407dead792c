"""python -m eval [--peers PYTHON] [DIR]: scores stemscribe, and the peers, on a folder of songs."""

import argparse
import json
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from . import peers, report, tool
from .estimate import Estimate
from .scores import score
from .songs.__main__ import write_set
from .songs.recorded import write_recorded_set
from .table import Scores, table
from .truth import EvalSong, find_songs

DEFAULT_SET_SEED = 9000  # never used for tuning or training


def cache_folder() -> Path:
    return Path(os.environ.get("STEMSCRIBE_CACHE", Path.home() / ".cache" / "stemscribe")) / "eval"


def default_set() -> Path:
    folder = cache_folder() / f"songs-{DEFAULT_SET_SEED}"
    write_set(DEFAULT_SET_SEED, 24, folder, cache_folder() / "voices")
    write_recorded_set(DEFAULT_SET_SEED, cache_folder() / "recorded", folder)
    return folder


def _score_all(songs: list[EvalSong], estimates: dict[str, dict[str, Estimate]]) -> Scores:
    """On all cores."""
    jobs = [(system, song) for system in estimates for song in songs if song.name in estimates[system]]
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        found = workers.map(score, [song for _, song in jobs], [estimates[system][song.name] for system, song in jobs])
    scores: Scores = {system: {} for system in estimates}
    for (system, song), values in zip(jobs, found, strict=True):
        scores[system][song.name] = values
    return scores


def main():
    parser = argparse.ArgumentParser(prog="python -m eval", description="Score stemscribe on songs whose truth is known.")
    parser.add_argument("songs", type=Path, nargs="?", help="a folder of songs (default: 26 that are made once)")
    parser.add_argument("--peers", type=Path, metavar="PYTHON", help="a Python that has the peers' packages")
    parser.add_argument("--out", type=Path, default=Path("build/eval"))
    args = parser.parse_args()

    songs = find_songs(args.songs or default_set())
    if not songs:
        parser.error(f"no song in {args.songs}: each is a folder with a mix, see docs/EVALUATION.md")
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="stems-", dir=args.out) as scratch:
        estimates = {"stemscribe": tool.transcribe(songs, Path(scratch))}
        if args.peers:
            estimates |= peers.transcribe(args.peers, songs, cache_folder() / "peers")
        scores = _score_all(songs, estimates)
        (args.out / "scores.json").write_text(json.dumps(scores, indent=1))
        report.write(args.out / "report.html", songs, estimates["stemscribe"], scores)
    print(table(scores))
    print(f"\n{len(songs)} songs; song by song, worst first: {args.out / 'report.html'}")


if __name__ == "__main__":
    main()
