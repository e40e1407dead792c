"""A song's folder: one FLAC for each stem that sounds, meta.json, and f0.csv (time,hz; every 10 ms; 0 is unvoiced) if somebody
sings. It appears at once, complete.
"""

import json
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from training.generator.dsp import RATE

SILENCE = 10 ** (-70 / 20)


def folder_of(out, seed, index):
    return Path(out) / f"s{seed}_{index:05d}"


def write(folder, stems, meta, rng):
    """Writes 16-bit FLAC with dither; stems below -70 dB throughout are left out. Returns the meta data."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".song", dir=folder.parent))
    try:
        sounding = {stem: audio for stem, audio in stems.items() if np.abs(audio).max(initial=0) > SILENCE}
        peak = max(np.abs(audio).max() for audio in [*sounding.values(), sum(sounding.values())])
        gain = np.float32(min(1.0, 0.985 / peak))
        for stem, audio in sounding.items():
            dither = rng.random(audio.shape, np.float32) - rng.random(audio.shape, np.float32)
            scaled = np.where(audio == 0, 0, audio * gain * 32768 + dither * 0.5)
            soundfile.write(scratch / f"{stem}.flac", np.round(scaled).astype(np.int16), RATE, compression_level=0.4)
        f0_hz = meta.get("f0_hz")
        if f0_hz is not None and "vocals" in sounding:
            lines = (f"{i / 100:.2f},{hz:.2f}\n" for i, hz in enumerate(f0_hz))
            (scratch / "f0.csv").write_text("".join(lines), encoding="utf-8")
        meta = {key: value for key, value in meta.items() if key != "f0_hz"} | {"stems": sorted(sounding)}
        (scratch / "meta.json").write_text(json.dumps(meta, indent=1), encoding="utf-8")
        os.chmod(scratch, 0o755)
        scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return meta
