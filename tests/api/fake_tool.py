"""Stands in for `stemscribe` where a test is about jobs, not about music: it does what the song tells it to.

A song made by `fake_song()` is a WAV file whose samples are the JSON of what is to happen. The keys:
probe ("ok" | "crash" | "hang" | "bad"), duration, wait_for (a file that must appear before the end), wait_at
(percent), seconds (the time it takes), steps, end ("ok" | "crash" | "hang" | "memory" | "fail" | "usage" | "nothing" |
"fill" | "litter" | "link"), stubborn (ignores SIGTERM), spawn (starts a child of its own), note (a folder: writes who ran, and when).
"""

import itertools
import json
import mmap
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

WAV_HEADER_BYTES = 44
STEM_NAMES = ("vocals", "bass", "drums", "other", "instrumental")


def read_song(path: str) -> dict:
    return json.loads(Path(path).read_bytes()[WAV_HEADER_BYTES:].rstrip(b"\0"))


def crash():
    os.kill(os.getpid(), signal.SIGSEGV)


def probe(path: str) -> int:
    song = read_song(path)
    behaviour = song.get("probe", "ok")
    if behaviour == "crash":
        crash()
    if behaviour == "hang":
        time.sleep(1000)
    if behaviour == "bad":
        print(json.dumps({"decodable": False, "why_not": "it holds no sound"}))
        return 3
    print(json.dumps({"decodable": True, "duration": song.get("duration", 3.0)}))
    return 0


def eat_memory():
    pieces = []
    try:
        while True:
            pieces.append(mmap.mmap(-1, 64 << 20))
    except (OSError, MemoryError):
        print("stemscribe: out of memory", file=sys.stderr)
        sys.exit(4)


def fill_disk(folder: Path):
    try:
        with open(folder / "big", "wb") as file:
            while True:
                file.write(bytes(1 << 20))
                file.flush()
    except OSError as error:
        print(f"stemscribe: cannot write big: {os.strerror(error.errno)}", file=sys.stderr)
        sys.exit(4)


def write_outputs(folder: Path, song: dict, options: dict):
    stages = options["--stages"].split(",")
    folder.mkdir()
    result = {"version": 1, "duration": song.get("duration", 3.0), "tempo_bpm": 120.0, "num_frames": 0, "num_chords": 0}
    if "separation" in stages:
        (folder / "stems").mkdir()
        for name in STEM_NAMES:
            data = (name * 1000).encode() * song.get("size", 1)
            (folder / "stems" / f"{name}.{options['--stem-format']}").write_bytes(data)
    if "transcription" in stages:
        rows = [
            f'{{"t":{n / 100:.2f},"voiced":false,"f0_hz":null,"midi":null,"confidence":0.00,"level_db":-80.0}}'
            for n in range(300)
        ]
        head = '{"version":1,"hop_sec":0.01,"num_frames":300,"duration":3,"engine":{"pitch":"fake","voicing":"fake"},"frames":['
        (folder / "frames.json").write_text(head + "\n" + ",\n".join(rows) + "\n]}\n")
        (folder / "notes.json").write_text('{"version":1,"num_notes":0,"notes":[]}')
        (folder / "vocals.mid").write_bytes(b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\4\0\xff\x2f\0")
        result["num_frames"] = 300
    if "chords" in stages:
        chord = {"start": 0, "end": 3, "label": "C:maj", "root": "C", "quality": "maj", "bass": "C", "confidence": 1}
        document = {"version": 1, "num_chords": 1, "engine": "fake", "tuning_cents": 0, "chords": [chord]}
        (folder / "chords.json").write_text(json.dumps(document))
        result["num_chords"] = 1
    (folder / "result.json").write_text(json.dumps(result))


def transcribe(path: str, options: dict) -> int:
    song = read_song(path)
    out = Path(options["-o"])
    progress_fd = int(options["--progress-fd"])
    if song.get("stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if song.get("spawn"):
        subprocess.Popen(["sleep", "1000"])
    note = Path(song["note"]) / f"{os.getpid()}" if "note" in song else None
    if note:
        note.write_text("")

    def report(percent: int):
        stage = ("separation", "transcription", "chords")[min(percent // 34, 2)]
        line = {"percent": percent, "stage": stage, "seconds_left": (100 - percent) / 10}
        os.write(progress_fd, (json.dumps(line) + "\n").encode())

    steps = song.get("steps", 4)
    for step in range(steps):
        report(100 * step // steps)
        if "wait_for" in song and step >= steps * song.get("wait_at", 50) // 100:
            while not Path(song["wait_for"]).exists():
                time.sleep(0.01)
        time.sleep(song.get("seconds", 0) / steps)
    end = song.get("end", "ok")
    partial = out / "partial"
    if end != "ok":
        partial.mkdir()
        (partial / "half.mp3").write_bytes(bytes(100000))
    if end == "crash":
        crash()
    if end == "hang":
        time.sleep(1000)
    if end == "memory":
        eat_memory()
    if end == "fill":
        fill_disk(out)
    if end == "litter":
        for n in itertools.count():
            (partial / str(n)).write_bytes(bytes(1 << 20))
            report(99)
            time.sleep(0.01)
    if end == "fail":
        print("stemscribe: the song is too strange", file=sys.stderr)
        return 4
    if end == "usage":
        print("stemscribe: no such option", file=sys.stderr)
        return 2
    if end == "nothing":
        return 0
    if end == "link":
        write_outputs(out / "song", song, options)
        stem = out / "song" / "stems" / "vocals.mp3"
        stem.unlink()
        stem.symlink_to("/etc/passwd")
        return 0
    write_outputs(out / "song", song, options)
    report(100)
    if note:
        note.write_text("done")
    return 0


def main(arguments: list[str]) -> int:
    while arguments[0] in ("--models", "--sandbox"):
        arguments = arguments[2:]
    command, path, *rest = arguments
    if command == "probe":
        return probe(sys.stdin.readline().rstrip("\n") if path == "--from-stdin" else path)
    flags = [flag for flag in rest if flag != "--quiet"]
    return transcribe(path, dict(zip(flags[::2], flags[1::2], strict=True)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
