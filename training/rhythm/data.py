"""Examples for the rhythm net: pieces of songs, faster or slower, higher or lower, duller or noisier than they were."""

import numpy as np

from training.rhythm import BANDS, FRAMES_PER_SEC

COMPRESSION = 200  # of log_mel.cc
NEIGHBOUR = 0.5  # what the frames beside a beat should say
TEMPOS = (52, 215)  # beats a minute that the tool looks for


class RhythmSong:
    def __init__(self, path):
        with np.load(path) as data:
            self.frames = data["frames"]  # [mixes, frames, BANDS]
            self.beats = data["beats_sec"] * FRAMES_PER_SEC
            self.is_first = data["places"] == 1
        self.bpm = 60 * FRAMES_PER_SEC / np.median(np.diff(self.beats))

    def ratio(self, random):
        """How much faster to play it, so that its tempo stays one that the tool looks for."""
        octaves = random.uniform(-0.4, 0.4) if random.random() < 0.7 else 0.0
        return np.clip(self.bpm * 2**octaves, *TEMPOS) / self.bpm


def targets(beats, is_first, frames):
    """Float32 [frames, 2]: where beats and first beats of bars are, both in frames."""
    wanted = np.zeros((frames, 2), np.float32)
    for column, times in enumerate((beats, beats[is_first])):
        at = np.round(times).astype(int)
        for shift, value in ((-1, NEIGHBOUR), (1, NEIGHBOUR), (0, 1.0)):
            inside = at[(at + shift >= 0) & (at + shift < frames)] + shift
            wanted[inside, column] = np.maximum(wanted[inside, column], value)
    return wanted


def stretched(frames, ratio, start, count):
    """`count` frames from `start` on of a song played `ratio` times as fast; silence around it."""
    at = (start + np.arange(count)) * ratio
    left = np.floor(at).astype(int)
    padded = np.concatenate([frames.astype(np.float32), np.zeros((1, BANDS), np.float32)])
    last = len(padded) - 1
    left_in, right_in = (np.where((i >= 0) & (i < last), i, last) for i in (left, left + 1))
    part = (at - left)[:, None].astype(np.float32)
    return padded[left_in] * (1 - part) + padded[right_in] * part


def _coloured(random, frames):
    """Louder or softer, equalised, with noise."""
    magnitude = np.expm1(frames) / COMPRESSION
    level_db = random.uniform(-45, 10) if random.random() < 0.3 else random.normal(0, 7)
    curve_db = level_db + np.interp(np.arange(BANDS), np.linspace(0, BANDS - 1, 6), random.normal(0, 4, 6))
    magnitude *= 10 ** (curve_db.astype(np.float32) / 20)
    if random.random() < 0.2:
        floor = 10 ** (random.uniform(-90, -45) / 20)
        magnitude = magnitude + (floor * random.rayleigh(1, magnitude.shape)).astype(np.float32)
    return np.log1p(COMPRESSION * magnitude)


def _shifted(random, frames):
    shift = int(random.integers(-2, 3))
    out = np.zeros_like(frames)
    out[:, max(0, shift) : BANDS + min(0, shift)] = frames[:, max(0, -shift) : BANDS - max(0, shift)]
    return out


def _with_holes(random, frames):
    if random.random() < 0.2:
        first = random.integers(BANDS - 12)
        frames[:, first : first + random.integers(3, 13)] = 0
    if random.random() < 0.2:
        first = random.integers(len(frames))
        frames[first : first + random.integers(20, 120)] = 0
    return frames


def example(random, songs, count):
    """Frames float32 [count, BANDS] and targets float32 [count, 2]."""
    song = songs[random.integers(len(songs))]
    frames = song.frames[random.integers(len(song.frames))]
    ratio = song.ratio(random)
    length = len(frames) / ratio
    start = random.uniform(-0.1 * count, max(0, length - 0.9 * count))
    heard = stretched(frames, ratio, start, count)
    heard = _with_holes(random, _coloured(random, _shifted(random, heard)))
    return heard, targets(song.beats / ratio - start, song.is_first, count)
