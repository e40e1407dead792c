#!/usr/bin/env python3
"""stemscribe beside another program that does the same job, on the same song, in turn (A B A B).

    compare_python.py PEER…             PEER… is a command; the song and an empty folder are appended to it
    compare_python.py --alone           stemscribe only

Prints wall time, CPU time and peak memory of each run, and the ratios of the medians, which are what to quote:
machines are noisy.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def make_song(folder: Path, seconds: float) -> Path:
    """An MP3 out of the generator that the tests use. It runs as another process, since what this one holds would
    count as memory of those it starts."""
    made = min(seconds, 240)
    command = [sys.executable, "-m", "synth", "--seconds", str(made), folder / "song"]
    subprocess.run(command, cwd=ROOT / "tests", check=True)
    mp3 = folder / "song.mp3"
    repeat = ["-stream_loop", "-1", "-i", folder / "song" / "mix.wav", "-t", str(seconds)]
    subprocess.run(["ffmpeg", "-v", "error", *repeat, "-b:a", "192k", mp3], check=True)
    return mp3


def measure(command: list) -> dict[str, float]:
    """Runs a command; memory is that of its largest process."""
    start = time.monotonic()
    process = subprocess.Popen([str(arg) for arg in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return {
        "wall s": time.monotonic() - start,
        "CPU s": usage.ru_utime + usage.ru_stime,
        "peak MB": usage.ru_maxrss * 1024 / 1e6,
    }


def show(name: str, figures: dict[str, float]):
    print(f"{name:<12}" + "".join(f"{value:>10.1f} {unit}" for unit, value in figures.items()), flush=True)


def medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {unit: statistics.median(run[unit] for run in runs) for unit in runs[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", nargs="*", help="the other program, with its arguments")
    parser.add_argument("--alone", action="store_true", help="only stemscribe")
    parser.add_argument("--song", type=Path, help="instead of one that is made here")
    parser.add_argument("--seconds", type=float, default=240, help="of the song that is made (default: 240)")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--tool", type=Path, default=ROOT / "build" / "bin" / "stemscribe")
    args = parser.parse_args()
    if bool(args.peer) == args.alone:
        parser.error("give a peer, or --alone")

    runs = {"stemscribe": [], "peer": []}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        song = args.song or make_song(folder, args.seconds)
        for number in range(args.rounds):
            out = folder / f"out{number}"
            runs["stemscribe"].append(measure([args.tool, "transcribe", song, "-o", out]))
            show("stemscribe", runs["stemscribe"][-1])
            if args.peer:
                peer_out = folder / f"peer{number}"
                peer_out.mkdir()
                runs["peer"].append(measure([*args.peer, song, peer_out]))
                show("peer", runs["peer"][-1])
    if args.peer:
        ours, theirs = medians(runs["stemscribe"]), medians(runs["peer"])
        show("ratio", {f"x {unit.split()[0]}": theirs[unit] / ours[unit] for unit in ours})


if __name__ == "__main__":
    main()
