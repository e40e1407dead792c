"""Singing: syllables of speech synthesisers, taken apart by WORLD, re-pitched and stretched along a melody."""

import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyworld
import soundfile
from scipy import signal

from training.generator.dsp import RATE

VOICE_RATE = 32000
FRAME_MS = 5.0
WORDS = ("la you me love day night sky fall home time feel rain low high run sun moon dream free see gone long road star "
         "light my way know no say oh ah be do now more one all hey yeah fire heart down round stay mine tell blue so").split()
# (program, voice): espeak-ng voices and variants, and festival's.
VOICES = tuple(("espeak", v) for v in ("en-us+f2", "en-us+m3", "en-gb+f4", "en-us+Michael", "en-us+f5", "en-gb+m7", "es+f1", "it+m1",
                                       "de+f3", "pt+m5", "fr+f2", "en-us+Andy")) + (("festival", "kal_diphone"), ("festival", "cmu_us_slt_arctic_hts"))
HELD_OUT = ("en-gb+f4", "it+m1", "en-us+Andy")


def voices(held_out):
    return [v for v in VOICES if (v[1] in HELD_OUT) == held_out]


def _speak(kind, voice, folder):
    """A sound file for each word."""
    if kind == "espeak":
        for word in WORDS:
            subprocess.run(["espeak-ng", "-v", voice, "-s", "110", "-w", f"{folder}/{word}.wav", word], check=True, capture_output=True)
        return
    lines = [f"(voice_{voice})"] + [f'(utt.save.wave (utt.synth (Utterance Text "{w}")) "{folder}/{w}.wav" \'riff)' for w in WORDS]
    Path(folder, "say.scm").write_text("\n".join(lines), encoding="utf-8")
    subprocess.run(["festival", "-b", f"{folder}/say.scm"], check=True, capture_output=True)


def _analysed(path):
    """Spectral envelope, aperiodicity and voicing of a word, and where it is voiced; None if it hardly is."""
    audio, rate = soundfile.read(path, always_2d=True)
    audio = np.ascontiguousarray(signal.resample_poly(audio[:, 0], VOICE_RATE, rate))
    audio = audio / (np.abs(audio).max() + 1e-9) * 0.5
    pitch, time = pyworld.harvest(audio, VOICE_RATE, f0_floor=60, f0_ceil=420, frame_period=FRAME_MS)
    envelope = pyworld.cheaptrick(audio, pitch, time, VOICE_RATE)
    aperiodicity = pyworld.d4c(audio, pitch, time, VOICE_RATE)
    level = 10 * np.log10(envelope.sum(axis=1) + 1e-12)
    heard = np.flatnonzero(level > level.max() - 40)
    cut = slice(heard[0], heard[-1] + 1)
    voiced = np.flatnonzero((pitch[cut] > 0) & (level[cut] > level.max() - 25))
    if len(voiced) < 8:
        return None
    return {"envelope": envelope[cut].astype(np.float32), "aperiodicity": aperiodicity[cut].astype(np.float32),
            "voiced": pitch[cut] > 0, "range": np.array([voiced[0], voiced[-1] + 1])}


@lru_cache(maxsize=3)
def bank(voice, cache):
    """Word -> its analysis; made once and kept in the folder `cache`."""
    kind, name = voice
    path = Path(cache) / f"{name.replace('+', '_')}.npz"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            _speak(kind, name, folder)
            words = {word: _analysed(f"{folder}/{word}.wav") for word in WORDS if Path(folder, f"{word}.wav").stat().st_size > 2000}
            arrays = {f"{word} {key}": value for word, parts in words.items() if parts for key, value in parts.items()}
            np.savez(f"{folder}/bank.npz", **arrays)
            Path(folder, "bank.npz").rename(path)
    arrays = np.load(path)
    out = {}
    for key in arrays.files:
        word, part = key.split(" ")
        out.setdefault(word, {})[part] = arrays[key]
    return out


def _smooth(values, frames):
    window = np.hanning(frames + 2)[1:-1]
    return np.convolve(np.pad(values, frames, mode="edge"), window / window.sum(), "same")[frames:-frames]


def _pitch_curve(rng, notes, count, manner):
    """MIDI numbers for each frame, with glides, scoops, vibrato and drift."""
    target = np.full(count, float(notes[0][2]))
    for start, _, midi, _ in notes:
        target[int(start * 200) :] = midi
    curve = _smooth(target, max(3, int(manner["glide_ms"] / FRAME_MS)))
    for start, end, _, _ in notes:
        a, b = int(start * 200), min(int(end * 200), count)
        time = np.arange(max(0, b - a)) / 200
        if rng.random() < manner["scoop"]:
            curve[a:b] -= rng.uniform(0.3, 1.8) * np.exp(-time / 0.05)
        if end - start > 0.35:
            depth = np.clip((time - 0.2) / 0.25, 0, 1) * manner["vibrato_cents"] / 100
            curve[a:b] += depth * np.sin(2 * np.pi * (manner["vibrato_hz"] * time + rng.random()))
    return curve + _smooth(rng.normal(0, 1, count), 60) * 0.8 * manner["drift"]


def sing(rng, notes, num_samples, words, warp, tuning_cents):
    """Mono sound of rows (start_sec, end_sec, midi, word), and its pitch in Hz every 10 ms, 0 where it has none.
    `warp` > 1 makes the throat shorter.
    """
    count = int(num_samples / RATE * 200) + 1
    manner = {"glide_ms": rng.uniform(40, 120), "scoop": rng.uniform(0.1, 0.6), "vibrato_cents": rng.uniform(5, 70),
              "vibrato_hz": rng.uniform(4.6, 6.8), "drift": rng.uniform(0.05, 0.2)}
    bins = next(iter(words.values()))["envelope"].shape[1]
    envelope, aperiodicity, pitch = np.full((count, bins), 1e-12), np.ones((count, bins)), np.zeros(count)
    hz = 440 * 2 ** ((_pitch_curve(rng, notes, count, manner) + tuning_cents / 100 - 69) / 12)
    source = np.clip(np.arange(bins) / warp, 0, bins - 1).astype(int)
    for start, end, _, word in notes:
        entry = words[word]
        first, last = entry["range"]
        size = len(entry["envelope"])
        a, b = int(start * 200), min(int(end * 200), count)
        length = b - a
        if length < 8:
            continue
        hold_from, hold_to = first + int(0.3 * (last - first)), first + int(0.65 * (last - first))
        before, head = min(first, 24, a), min(hold_from - first, int(0.35 * length))
        tail = min(size - hold_to, int(0.3 * length))
        middle = np.linspace(first + head, hold_to, max(1, length - head - tail))
        path = np.concatenate([np.arange(first - before, first + head), middle, np.linspace(hold_to, size - 1, tail)])
        a -= before
        path = path[: count - a].astype(int)
        shape = np.ones(len(path))
        fade = min(8, len(path) // 2)
        shape[:4], shape[-fade:] = np.linspace(0.1, 1, 4), np.linspace(1, 0.03, fade)
        frames = slice(a, a + len(path))
        envelope[frames] = entry["envelope"][path][:, source] * (shape * rng.uniform(0.6, 1))[:, None] ** 2 + 1e-12
        aperiodicity[frames] = np.clip(entry["aperiodicity"][path][:, source], 1e-3, 1)
        pitch[frames] = np.where(entry["voiced"][path], hz[frames], 0)
    level = 10 * np.log10(envelope.sum(axis=1) + 1e-12)
    pitch[level < level.max() - 42] = 0
    audio = pyworld.synthesize(pitch, envelope, aperiodicity, VOICE_RATE, FRAME_MS)
    audio = signal.resample_poly(audio, RATE, VOICE_RATE)[:num_samples]
    return np.pad(audio, (0, num_samples - len(audio))).astype(np.float32), pitch[:: round(10 / FRAME_MS)]
