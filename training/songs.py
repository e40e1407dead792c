"""Songs on disk, and a pool of them in memory that does not grow beyond its limit."""

import json
import threading
import time
from pathlib import Path

import numpy as np
import soundfile

STEMS = ("drums", "bass", "other")
ALL_STEMS = (*STEMS, "vocals")
SILENT_PEAK = 30  # of 32768: below that a stem is taken as absent


def song_folders(roots):
    """Complete songs below `roots`, sorted by name. A song is complete when its meta.json is there."""
    return sorted(path.parent for root in roots for path in Path(root).glob("*/meta.json"))


def _meta(folder):
    return json.loads((Path(folder) / "meta.json").read_text(encoding="utf-8"))


def style_of(folder):
    return _meta(folder).get("style", "pop")


def seed_of(folder):
    """That the generator made it of; None of songs of an early one."""
    return _meta(folder).get("seed")


def is_held_out(folder):
    """Whether the generator made the song to judge by: with sounds that no other song has."""
    return _meta(folder).get("split") == "validation"


def load_song(folder):
    """Stem to int16 [samples, 2], of one length. Silent stems are left out."""
    stems = {}
    for stem in ALL_STEMS:
        path = Path(folder) / f"{stem}.flac"
        if not path.exists():
            continue
        audio, _ = soundfile.read(path, dtype="int16", always_2d=True)
        if np.abs(audio).max(initial=0) > SILENT_PEAK:
            stems[stem] = np.repeat(audio, 2, axis=1) if audio.shape[1] == 1 else audio[:, :2]
    length = min((len(audio) for audio in stems.values()), default=0)
    return {stem: np.ascontiguousarray(audio[:length]) for stem, audio in stems.items()}


class SongPool:
    """Songs in memory. A thread of its own loads new ones as they appear, and, when there are more than fit, swaps
    one for another every few seconds. `songs` is a list that callers may read at any time.
    """

    def __init__(self, roots, held_out, limit_bytes, seed=0, swap_seconds=6):
        self.songs = []
        self._roots = roots
        self._held_out = set(held_out)  # folders that training must not see
        self._limit = limit_bytes
        self._random = np.random.default_rng(seed)
        self._swap_seconds = swap_seconds
        self._seen = set()
        self._loaded = {}  # folder to song
        self._known = []
        self._scan()
        self._fill(deadline=time.monotonic() + 20)
        threading.Thread(target=self._keep_fresh, daemon=True).start()

    @property
    def num_known(self):
        return len(self._known)

    def _scan(self):
        folders = song_folders(self._roots)
        self._held_out.update(f for f in set(folders) - self._seen if is_held_out(f))  # such may come at any time
        self._seen.update(folders)
        self._known = [folder for folder in folders if folder not in self._held_out]

    def _bytes(self):
        return sum(audio.nbytes for song in self.songs for audio in song.values())

    def _load_one(self):
        """Loads a song that is not in memory, if there is one. Broken or silent songs count as loaded."""
        waiting = [folder for folder in self._known if folder not in self._loaded]
        if not waiting:
            return False
        folder = waiting[self._random.integers(len(waiting))]
        try:
            song = load_song(folder)
        except (soundfile.LibsndfileError, OSError):
            song = {}
        self._loaded[folder] = song
        self._publish()
        return True

    def _publish(self):
        self.songs = [song for song in self._loaded.values() if song]

    def _fill(self, deadline=float("inf")):
        while self._bytes() < self._limit and time.monotonic() < deadline and self._load_one():
            pass

    def _keep_fresh(self):
        while True:
            time.sleep(self._swap_seconds)
            self._scan()
            self._fill()
            if self._bytes() >= self._limit and self._load_one():
                folders = list(self._loaded)
                del self._loaded[folders[self._random.integers(len(folders) - 1)]]
                self._publish()
