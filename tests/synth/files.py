"""Writes songs as files: mix.wav, stems/*.wav and truth.json."""

import json
import wave
from pathlib import Path

import numpy as np

from .instruments import RATE
from .song import Song


def write_wav(path: Path, audio: np.ndarray, rate_hz: int = RATE):
    """16 bit; `audio` is [channels, samples] or [samples], full scale ±1."""
    channels = np.atleast_2d(audio)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        samples = np.round(np.clip(channels, -1, 1) * 32767).astype("<i2")
        file.writeframes(samples.T.tobytes())


def read_wav(path: Path) -> np.ndarray:
    """16 bit -> float32 [channels, samples]."""
    with wave.open(str(path), "rb") as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return samples.reshape(-1, file.getnchannels()).T.astype(np.float32) / 32767


def write_song(song: Song, folder: Path):
    (folder / "stems").mkdir(parents=True, exist_ok=True)
    write_wav(folder / "mix.wav", song.mix)
    for name, audio in song.stems.items():
        write_wav(folder / "stems" / f"{name}.wav", audio)
    truth = {
        "tempo_bpm": song.spec.tempo_bpm,
        "key": song.spec.key,
        "tuning_cents": song.spec.tuning_cents,
        "duration": song.duration_sec,
        "beats": [round(beat, 4) for beat in song.beats_sec.tolist()],
        "chords": [{"start": round(s, 4), "end": round(e, 4), "label": label} for s, e, label in song.chords],
        "f0": [round(hz, 3) for hz in song.f0_hz.tolist()],
    }
    (folder / "truth.json").write_text(json.dumps(truth))
