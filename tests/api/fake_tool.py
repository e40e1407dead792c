"""Stands in for `stemscribe` where a test is about jobs, not about music: it does what the song tells it to.

A song made by `fake_song()` is a WAV file whose samples are the JSON of what is to happen. The keys:
probe ("ok" | "crash" | "hang" | "bad"), duration, wait_for (a file that must appear before the end), wait_at
(percent), message (of "fail"), seconds (the time it takes), steps, end ("ok" | "crash" | "hang" | "memory" | "fail" | "usage" | "nothing" |
"fill" | "litter" | one of SPOILERS), stubborn (ignores SIGTERM), spawn (starts a child of its own), note (a folder: writes who ran, and when).
"""

import itertools
import json
import mmap
import os
import shutil
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


def link_a_stem(folder: Path, _: Path):
    stem = folder / "stems" / "vocals.mp3"
    stem.unlink()
    stem.symlink_to("/etc/passwd")


def link_the_stems(folder: Path, outside: Path):
    shutil.rmtree(folder / "stems")
    (folder / "stems").symlink_to(outside)


def link_what_is_written(folder: Path, outside: Path):
    (folder / "frames.json.gz").symlink_to(outside / "vocals.mp3")


def link_the_folder(folder: Path, outside: Path):
    shutil.copytree(folder, outside / "song", dirs_exist_ok=True)
    shutil.rmtree(folder)
    folder.symlink_to(outside / "song")


def enlarge(name: str):
    def spoil(folder: Path, _: Path):
        with (folder / name).open("r+b") as file:
            file.truncate(17 << 20)

    return spoil


def make_a_pipe(folder: Path, _: Path):
    (folder / "frames.json").unlink()
    os.mkfifo(folder / "frames.json")


def litter_stems(folder: Path, _: Path):
    for n in range(100):
        (folder / "stems" / f"{'a' * (n + 1)}.mp3").write_bytes(b"x")


def name_a_stem_strangely(folder: Path, _: Path):
    os.rename(folder / "stems" / "vocals.mp3", os.fsencode(folder / "stems") + b"/\xff.mp3")


# What a tool that was taken over may leave instead of its results.
SPOILERS = {
    "link": link_a_stem,
    "link of the stems": link_the_stems,
    "link of the folder": link_the_folder,
    "link to write": link_what_is_written,
    "large result": enlarge("result.json"),
    "large chords": enlarge("chords.json"),
    "large notes": enlarge("notes.json"),
    "pipe": make_a_pipe,
    "many stems": litter_stems,
    "strange stem": name_a_stem_strangely,
}


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
        print(f"stemscribe: {song.get('message', 'the song is too strange')}", file=sys.stderr)
        return 4
    if end == "usage":
        print("stemscribe: no such option", file=sys.stderr)
        return 2
    if end == "nothing":
        return 0
    write_outputs(out / "song", song, options)
    if end in SPOILERS:
        SPOILERS[end](out / "song", Path(song.get("outside", "/nothing")))
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
