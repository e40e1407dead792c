"""python -m synth [options] OUT_DIR"""

import argparse
from pathlib import Path

from . import SongSpec, make_song, write_song


def main():
    default = SongSpec()
    parser = argparse.ArgumentParser(prog="python -m synth", description="Make a song whose truth is known.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--tempo", type=float, default=default.tempo_bpm, help="beats a minute")
    parser.add_argument("--key", default=default.key)
    parser.add_argument("--chords", default=" ".join(default.chords), help="in Harte's syntax, one a bar")
    parser.add_argument("--tuning", type=float, default=default.tuning_cents, help="cents from A = 440 Hz")
    parser.add_argument("--seconds", type=float, default=default.seconds)
    args = parser.parse_args()
    spec = SongSpec(args.seed, args.tempo, args.key, tuple(args.chords.split()), args.tuning, args.seconds)
    write_song(make_song(spec), args.out)


if __name__ == "__main__":
    main()
