"""Real singers, whose pitch is known: two clips of Vocadito (Bittner et al. 2021, CC BY 4.0), which the source package of
basic_pitch carries for its tests, over bands that are made.

WORLD takes the voice apart and puts it together anew on the pitch that it found: so that pitch is the truth, whatever the
singer sang (Salamon et al. 2017, "An analysis/synthesis framework for automatic f0 annotation of multitrack datasets").
"""

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyworld
import soundfile

from .plan import plan_songs
from .singer import FRAME_SEC, RATE
from .studio import write_recorded
from .theory import Key

PACKAGE = "basic_pitch-0.4.0.tar.gz"  # its checksum: eval/recorded.txt
CLIPS = ("vocadito_10", "vocadito_14")
BANDS = (4, 6)  # the numbers of the songs whose bands play, in the set of that seed
LOWEST_HZ, HIGHEST_HZ = 70.0, 1000.0
NOISE = 0.99  # aperiodicity in all bands, which WORLD gives to frames whose pitch it does not trust
BEFORE_SEC, AFTER_SEC = 1.0, 2.0


def write_recorded_set(seed: int, package: Path, out: Path):
    """Writes the songs that are not there yet. `package`: a folder that holds PACKAGE."""
    for number, (clip, index) in enumerate(zip(CLIPS, BANDS, strict=True)):
        folder = out / f"recorded-{number:02d}"
        if folder.exists():
            continue
        audio = _read(package / PACKAGE, clip)
        voice, f0_hz = _sung_again(audio)
        seconds = len(voice) / RATE + AFTER_SEC
        plan = replace(plan_songs(seed)[index], name=folder.name, seconds=seconds, key=_key_of(f0_hz), tempo_drift=0.0, tuning_cents=0.0)
        write_recorded(plan, voice, f0_hz, folder)


def _read(package: Path, clip: str) -> np.ndarray:
    """Mono, RATE, with silence before."""
    with tarfile.open(package) as files:
        data = files.extractfile(f"{PACKAGE.removesuffix('.tar.gz')}/tests/resources/{clip}.wav").read()
    audio, rate = soundfile.read(io.BytesIO(data), always_2d=True)
    if rate != RATE:
        raise ValueError(f"{clip}: {rate} Hz, not {RATE}")
    return np.concatenate([np.zeros(int(BEFORE_SEC * RATE)), audio.mean(axis=1)])


def _sung_again(audio: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The voice as WORLD makes it from its analysis, and its pitch every 10 ms, 0 where unvoiced."""
    period_ms = 1000 * FRAME_SEC
    f0, times = pyworld.harvest(audio, RATE, f0_floor=LOWEST_HZ, f0_ceil=HIGHEST_HZ, frame_period=period_ms)
    f0 = pyworld.stonemask(audio, f0, times, RATE)
    envelope = pyworld.cheaptrick(audio, f0, times, RATE)
    aperiodicity = pyworld.d4c(audio, f0, times, RATE)
    f0[_is_faint(envelope) | (aperiodicity.min(axis=1) > NOISE)] = 0
    return pyworld.synthesize(f0, envelope, aperiodicity, RATE, period_ms), f0[::2]


def _is_faint(envelope: np.ndarray) -> np.ndarray:
    level_db = 10 * np.log10(envelope.sum(axis=1) + 1e-12)
    return level_db < level_db.max() - 42


def _key_of(f0_hz: np.ndarray) -> Key:
    """In which most of what is sung is of the scale, the tonic's triad twice."""
    pitch_classes = np.round(69 + 12 * np.log2(f0_hz[f0_hz > 0] / 440)).astype(int) % 12
    share = np.bincount(pitch_classes, minlength=12)

    def fit(key: Key) -> int:
        third = 4 if key.mode == "major" else 3
        triad = [(key.tonic + step) % 12 for step in (0, third, 7)]
        return int(share[sorted(key.scale)].sum() + share[triad].sum())

    return max((Key(tonic, mode) for tonic in range(12) for mode in ("major", "minor")), key=fit)
