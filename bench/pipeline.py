#!/usr/bin/env python3
"""The whole pipeline on songs of several lengths, with one and two cores, beside other builds and other programs.

    pipeline.py [--minutes 0.5 4 15 60] [--cores 1 2] [--tool BUILD …] [--peer PROGRAM … ] [--by-stage]

All run in turn on the same song, held to the same cores. Prints wall time, CPU time and peak memory of each (medians of
the rounds), and the ratios, which are what to quote: machines are noisy.
"""

import argparse
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOL = ROOT / "build/bin/stemscribe"
STAGES = {"chords": ["chords"], "separation": ["separation"], "separation and pitch": ["separation", "transcription"]}


def make_song(folder: Path, minutes: float) -> Path:
    """An MP3 out of the generator that the tests use. It runs as another process, since what this one holds would
    count as memory of those it starts."""
    command = [sys.executable, "-m", "synth", "--seconds", str(min(minutes * 60, 240)), folder / "song"]
    subprocess.run(command, cwd=ROOT / "tests", check=True)
    mp3 = folder / f"{minutes:g} minutes.mp3"
    repeat = ["-stream_loop", "-1", "-i", folder / "song" / "mix.wav", "-t", str(minutes * 60)]
    subprocess.run(["ffmpeg", "-v", "error", *repeat, "-b:a", "192k", mp3], check=True)
    return mp3


def measure(command: list, cores: int) -> dict[str, float]:
    """Runs a command on so many cores; memory is that of its largest process."""
    ours = sorted(os.sched_getaffinity(0))[:cores]
    start = time.monotonic()
    process = subprocess.Popen(
        [str(arg) for arg in command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": str(cores)},
        preexec_fn=lambda: os.sched_setaffinity(0, ours),
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return {
        "wall s": time.monotonic() - start,
        "CPU s": usage.ru_utime + usage.ru_stime,
        "peak MB": usage.ru_maxrss * 1024 / 1e6,
    }


def medians(runs: list[dict[str, float]]) -> dict[str, float]:
    return {unit: statistics.median(run[unit] for run in runs) for unit in runs[0]}


def programs(args: argparse.Namespace, minutes: float) -> dict[str, list]:
    """Name to command, without the song and the folder for the results: the first one is what others are compared with."""
    found = {}
    for tool in args.tool:
        name = "stemscribe" if tool == args.tool[0] else str(tool)
        found[name] = [tool, "transcribe", "--quiet", "-o"]
        for stages, names in STAGES.items() if args.by_stage else ():
            found[f"{name}: {stages}"] = [tool, "transcribe", "--quiet", "--stages", *names, "-o"]
    for peer in args.peer if minutes <= args.peer_minutes else ():
        words = shlex.split(peer)
        found[Path(words[-1]).name] = words
    return found


def compare(args: argparse.Namespace, minutes: float, cores: int, folder: Path, song: Path):
    commands = programs(args, minutes)
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
    for number in range(args.rounds):
        for name, command in commands.items():
            out = folder / f"{number} {name.replace('/', '_')}"
            out.mkdir()
            is_ours = command[-1] == "-o"
            runs[name].append(measure([*command, out, song] if is_ours else [*command, song, out], cores))
    first = medians(runs["stemscribe"])
    for name, of_name in runs.items():
        found = medians(of_name)
        cells = [
            f"{found['wall s']:.1f} ({minutes * 60 / found['wall s']:.0f} × real time)",
            f"{found['CPU s']:.1f}",
            f"{found['peak MB']:.0f}",
        ]
        ratios = [f"{found[unit] / first[unit]:.2f}" for unit in first]
        print(f"| {minutes:g} | {cores} | {name} | " + " | ".join(cells + ratios) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, nargs="+", default=[0.5, 4], help="of the songs that are made (default: 0.5 4)")
    parser.add_argument("--cores", type=int, nargs="+", default=[2])
    parser.add_argument("--tool", type=Path, nargs="+", default=[TOOL], help="builds of stemscribe; the first is the measure")
    parser.add_argument("--peer", nargs="+", default=[], help="commands that take a song and a folder")
    parser.add_argument("--peer-minutes", type=float, default=4, help="longer songs are not given to peers (default: 4)")
    parser.add_argument("--by-stage", action="store_true", help="single stages, too")
    parser.add_argument("--song", type=Path, help="instead of those that are made")
    parser.add_argument("--rounds", type=int, default=1)
    args = parser.parse_args()
    print("| minutes | cores | program | wall s | CPU s | peak MB | × wall | × CPU | × peak |\n" + "| --- " * 9 + "|")
    for minutes in args.minutes:
        for cores in args.cores:
            with tempfile.TemporaryDirectory() as scratch:
                song = args.song or make_song(Path(scratch), minutes)
                compare(args, minutes, cores, Path(scratch), song)


if __name__ == "__main__":
    main()
