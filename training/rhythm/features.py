"""What the rhythm net hears of songs, and what it should say: python -m training.rhythm.features

Of each song of the generator, mixes with and without some of its stems, as log-mel frames by the code that the tool runs
(build/bin/rhythm_features); kept in the training's folder, so that a later run has only new songs to do.
"""

import argparse
import json
import os
import subprocess
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from training.paths import ROOT, SONGS, TRAINING
from training.rhythm import BANDS
from training.songs import ALL_STEMS, load_song, song_folders

FEATURES = TRAINING / "rhythm/features"
TOOL = ROOT / "build/bin/rhythm_features"
RANDOM_MIXES = 2


def mixes(song, random):
    """Gains of the stems: the song as it is, what a listener may hear without drums, bass or voice, and odd balances.
    Where drums tell the tempo, the net learns nothing of what else does.
    """
    yield dict.fromkeys(ALL_STEMS, 1.0)
    yield {"drums": 0.0}
    yield {"drums": 0.0, "bass": 0.0}
    yield {"drums": 0.0, "bass": random.uniform(0, 0.5), "vocals": random.uniform(1, 3)}
    yield {"vocals": 0.0, "other": random.uniform(0, 1)}
    yield {"bass": 0.0, "other": 1.0, "drums": random.uniform(0, 0.5)}
    for _ in range(RANDOM_MIXES):
        yield {stem: 10 ** (random.normal(0, 7) / 20) for stem in ALL_STEMS}


def frames_of(songs, tool=TOOL):
    """Log-mel frames [frames, BANDS] of each of `songs`: mono float32 at RATE_HZ."""
    data = b"".join(np.int64(len(audio)).tobytes() + np.float32(audio).tobytes() for audio in songs)
    answer = subprocess.run([tool], input=data, stdout=subprocess.PIPE, check=True).stdout
    found, at = [], 0
    for _ in songs:
        count = int(np.frombuffer(answer, np.int64, 1, at)[0])
        found.append(np.frombuffer(answer, np.float32, count * BANDS, at + 8).reshape(count, BANDS))
        at += 8 + 4 * count * BANDS
    return found


def write_features(folder, out):
    """Writes `out`: frames float16 [mixes, frames, BANDS], and the beats with their places in the bar, from 1 on."""
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    stems = {stem: resample_poly(audio.mean(axis=1, dtype=np.float32) / 32768, 1, 2) for stem, audio in load_song(folder).items()}
    if not stems:
        return
    random = np.random.default_rng([meta["seed"], meta["index"]])
    mixed = [sum(gains.get(stem, 1.0) * audio for stem, audio in stems.items()) for gains in mixes(stems, random)]
    heard = [audio for audio in mixed if np.abs(audio).max() > 1e-3]
    beats = np.array(meta["beats_sec"])
    places = np.arange(len(beats)) % meta["beats_per_bar"] + 1
    new = out.with_suffix(".new.npz")
    np.savez(new, frames=np.stack(frames_of(heard)).astype(np.float16), beats_sec=beats, places=places)
    os.replace(new, out)


def has_beats(folder):
    return "beats_sec" in json.loads((folder / "meta.json").read_text(encoding="utf-8"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--songs", type=Path, nargs="+", default=SONGS, help="folders of song folders")
    parser.add_argument("--out", type=Path, default=FEATURES)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    wanted = {folder: options.out / f"{folder.name}.npz" for folder in song_folders(options.songs) if has_beats(folder)}
    waiting = {folder: out for folder, out in wanted.items() if not out.exists()}
    print(f"{len(wanted)} songs whose beats are known, {len(waiting)} of them new", flush=True)
    with ProcessPoolExecutor(options.jobs) as executor:
        list(executor.map(write_features, waiting.keys(), waiting.values()))


if __name__ == "__main__":
    main()
