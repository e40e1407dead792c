"""stemscribe on songs: the program itself, as users run it."""

import json
import os
import subprocess
from pathlib import Path

from .estimate import Estimate
from .truth import EvalSong

DEFAULT_TOOL = Path(__file__).resolve().parent.parent / "build" / "bin" / "stemscribe"


def transcribe(songs: list[EvalSong], out: Path) -> dict[str, Estimate]:
    """By name of the song; the program's own files stay in `out`."""
    mixes = _run([song.mix for song in songs], out / "mix")
    sung = [song for song in songs if song.pitch and "vocals" in song.stems]
    clean = _run([song.stems["vocals"] for song in sung], out / "clean", "--stages", "transcription")
    estimates = {song.name: _read(folder) for song, folder in zip(songs, mixes, strict=True)}
    for song, folder in zip(sung, clean, strict=True):
        estimates[song.name].pitch["clean"] = _read(folder).pitch["mix"]
    return estimates


def _run(files: list[Path], out: Path, *options: str) -> list[Path]:
    if not files:
        return []
    tool = os.environ.get("STEMSCRIBE_BIN", DEFAULT_TOOL)
    command = [tool, "transcribe", *files, "-o", out, "--json", "--quiet", "--stem-format", "flac", *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return [Path(json.loads(line)["folder"]) for line in done.stdout.splitlines()]


def _hz(midi: float) -> float:
    return 440 * 2 ** ((midi - 69) / 12)


def _read(folder: Path) -> Estimate:
    result = json.loads((folder / "result.json").read_text())
    estimate = Estimate(
        tempo_bpm=result.get("tempo_bpm"), beats=result.get("beats"), downbeats=result.get("downbeats"), key=result.get("key")
    )
    if (folder / "frames.json").exists():
        frames = json.loads((folder / "frames.json").read_text())["frames"]
        estimate.pitch["mix"] = [f["t"] for f in frames], [f["f0_hz"] or 0.0 for f in frames]
    if (folder / "notes.json").exists():
        notes = json.loads((folder / "notes.json").read_text())["notes"]
        estimate.notes = [(n["start"], n["end"], _hz(n["midi"] + n["cents"] / 100)) for n in notes]
    if (folder / "chords.json").exists():
        chords = json.loads((folder / "chords.json").read_text())["chords"]
        estimate.chords = [(c["start"], c["end"], c["label"]) for c in chords]
    estimate.stems = {name: str(folder / stem["file"]) for name, stem in result.get("stems", {}).items()}
    return estimate
