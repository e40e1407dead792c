"""Damaged songs: many small mutations of every format, each through `probe`, and some through `transcribe`.

None may crash or hang the tool, whatever it says of them. STEMSCRIBE_MUTATIONS sets how many (120), STEMSCRIBE_MUTATION_SEED
which ones; a song that does is kept in STEMSCRIBE_MUTATION_DIR (a folder of the test).
"""

import os
import random
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tool import ffmpeg

COUNT = int(os.environ.get("STEMSCRIBE_MUTATIONS", 120))
SEED = int(os.environ.get("STEMSCRIBE_MUTATION_SEED", 1))
TRANSCRIBE_EVERY = 20  # it takes a hundred times as long as a probe
HANG_SEC = 60
FORMATS = {
    "wav": [], "flac": [], "mp3": [], "ogg": ["-c:a", "libvorbis"], "opus": [], "m4a": [], "aiff": [], "mka": ["-c:a", "flac"],
    "webm": ["-c:a", "libopus"], "wv": [], "ac3": [], "caf": [], "wma": [], "au": [], "w64": [], "tta": [],
}  # fmt: skip
EDGES = [
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
]


@pytest.fixture(scope="module")
def songs(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("songs")
    for name, options in FORMATS.items():
        ffmpeg(
            "-f",
            "lavfi",
            "-i",
            "sine=duration=0.4:sample_rate=48000",
            *options,
            folder / f"song.{name}",
        )
    return sorted(folder.iterdir())


def mutate(data: bytes, dice: random.Random) -> bytes:
    song = bytearray(data)
    for _ in range(dice.choice([1, 1, 2, 4, 16])):
        # The headers are where the harm is.
        place = (
            dice.randrange(min(len(song), dice.choice([64, 512, len(song)])))
            if song
            else 0
        )
        kind = dice.randrange(6)
        if kind == 0:
            song[place : place + 1] = bytes([dice.randrange(256)])
        elif kind == 1:
            size = dice.choice(["<H", ">H", "<I", ">I"])
            value = struct.pack(
                size, dice.choice(EDGES) & (0xFFFF if size[1] == "H" else 0xFFFFFFFF)
            )
            song[place : place + len(value)] = value
        elif kind == 2:
            del song[place : place + dice.choice([1, 4, 100, 5000])]
        elif kind == 3:
            piece = song[place : place + dice.choice([1, 8, 200])]
            song[place:place] = piece * dice.choice([1, 2, 50])
        elif kind == 4:
            del song[place + 16 :]
        else:
            song[place:place] = dice.randbytes(dice.choice([1, 4, 64]))
    return bytes(song)


def run(tool, *args) -> int:
    """The exit code; negative for a signal."""
    command = [tool.path, "--sandbox", "auto", *map(str, args)]
    return subprocess.run(
        command, capture_output=True, stdin=subprocess.DEVNULL, timeout=HANG_SEC
    ).returncode


def try_one(tool, number: int, songs: list[Path], folder: Path) -> str:
    """What was wrong, or nothing."""
    dice = random.Random(SEED * 1_000_003 + number)
    source = songs[number % len(songs)]
    song = folder / f"{number}{source.suffix}"
    song.write_bytes(mutate(source.read_bytes(), dice))
    out = folder / f"out-{number}"
    runs = [("probe", song)]
    if (
        number // len(songs) % TRANSCRIBE_EVERY
        == number % len(songs) % TRANSCRIBE_EVERY
    ):
        runs.append(
            (
                "transcribe",
                "--stages",
                "transcription",
                "--threads",
                "1",
                "-q",
                "-o",
                out,
                song,
            )
        )
    for args in runs:
        try:
            code = run(tool, *args)
        except subprocess.TimeoutExpired:
            return f"{song}: {args[0]} hangs"
        if code not in (0, 3):
            return f"{song}: {args[0]} ended with {code}"
    song.unlink()
    return ""


def test_no_mutation_crashes_or_hangs_the_tool(tool, songs, tmp_path):
    folder = Path(os.environ.get("STEMSCRIBE_MUTATION_DIR") or tmp_path)
    folder.mkdir(exist_ok=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = list(
            pool.map(lambda number: try_one(tool, number, songs, folder), range(COUNT))
        )
    assert [fault for fault in faults if fault] == []
