#!/usr/bin/env python3
"""check.py PROGRAM: fails if an inner loop takes over 10 % more instructions than counts.json says.

Valgrind counts them. It shows programs a processor of its own making, so libraries that choose their code by the processor
choose the same on every machine that has AVX2, and counts are equal to a few in a thousand, however busy the machine is.
--update writes the counts of now.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

COUNTS = Path(__file__).with_name("counts.json")
ALLOWED = 0.10


def count(valgrind: str, program: str, loop: str) -> int:
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "callgrind"
        options = ["--tool=callgrind", "--toggle-collect=Measured", f"--callgrind-out-file={out}"]
        subprocess.run([valgrind, "--quiet", *options, program, loop], check=True, stdout=sys.stderr)
        return int(re.search(r"^(?:totals|summary): (\d+)", out.read_text(), re.MULTILINE)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--valgrind", default="valgrind")
    parser.add_argument("--update", action="store_true")
    args = parser.parse_args()
    loops = subprocess.run([args.program], capture_output=True, text=True, check=True).stdout.split()
    found = {loop: count(args.valgrind, args.program, loop) for loop in loops}
    if args.update:
        COUNTS.write_text(json.dumps(found, indent=1) + "\n")
    known = json.loads(COUNTS.read_text())
    for loop in loops:
        change = found[loop] / known[loop] - 1
        print(f"{loop:<10}{found[loop]:>14,} instructions{change:>+9.1%}")
    if any(found[loop] > (1 + ALLOWED) * known[loop] for loop in loops):
        sys.exit("more than 10 % over counts.json: make it faster, or commit what `check.py --update` writes and say why")


if __name__ == "__main__":
    main()
