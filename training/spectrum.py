"""The spectrogram that the splitter sees: that of src/stages/separation/spectrogram.h."""

import numpy as np
import scipy.fft

RATE_HZ = 44100
FFT = 4096
HOP = 1024
BINS = FFT // 2 + 1
NET_BINS = 1024  # up to 11 kHz
WINDOW = np.hanning(FFT + 1)[:-1].astype(np.float32)


def samples_of(frames):
    """How many samples give this many frames, without padding."""
    return (frames - 1) * HOP + FFT


def stft(audio, bins=BINS):
    """Complex64 [frames, bins, channels] of float32 audio [samples, channels], without padding."""
    frames = np.lib.stride_tricks.sliding_window_view(audio, FFT, axis=0)[::HOP]  # [frames, channels, FFT]
    return np.moveaxis(scipy.fft.rfft(frames * WINDOW, axis=-1)[..., :bins], 1, 2)


def padded_stft(audio):
    """As the tool has it: frame i is centred on sample i * HOP, zeros around; samples // HOP + 1 frames."""
    frames = len(audio) // HOP + 1
    after = samples_of(frames) - FFT // 2 - len(audio)
    return stft(np.pad(audio, ((FFT // 2, max(0, after)), (0, 0)))[: samples_of(frames)])


def inverse_stft(spectra, samples):
    """Float32 audio [samples, channels] of what padded_stft gave: windowed overlap-add over the squared windows."""
    frames, _, channels = spectra.shape
    audio = np.zeros((samples_of(frames), channels), np.float32)
    norm = np.zeros(len(audio), np.float32)
    blocks = scipy.fft.irfft(spectra, FFT, axis=1).astype(np.float32) * WINDOW[:, None]
    for i, block in enumerate(blocks):
        audio[i * HOP : i * HOP + FFT] += block
        norm[i * HOP : i * HOP + FFT] += WINDOW**2
    audio /= np.maximum(norm, 1e-6)[:, None]
    return audio[FFT // 2 : FFT // 2 + samples]
