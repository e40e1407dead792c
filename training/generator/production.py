"""From the stems as played to the stems of a finished record: levels, ducking, reverbs, one master for all."""

import io

import numpy as np
import soundfile

from training.generator import dsp, effects, modulation
from training.generator.dsp import RATE

LEVELS_DB = {"drums": (-18.5, 2.5), "bass": (-20.5, 2.5), "other": (-20.5, 3), "vocals": (-18.5, 2.5)}  # active RMS
STYLE_DB = {"metal": {"other": 2, "bass": -1}, "hiphop": {"bass": 2, "other": -2}, "dance": {"drums": 1}, "jazz": {"drums": -3, "other": 1},
            "acoustic": {"drums": -3, "other": 1, "bass": -1}, "ballad": {"drums": -1.5}, "orchestral-pop": {"other": 2, "drums": -2}}


def levelled(rng, stems, style):
    """Each stem at a level as records have it."""
    out = {}
    for stem, audio in stems.items():
        mean, deviation = LEVELS_DB[stem]
        target = np.clip(rng.normal(mean, deviation), mean - 7, mean + 6) + STYLE_DB.get(style, {}).get(stem, 0)
        out[stem] = audio * np.float32(dsp.db(target) / dsp.active_rms(audio))
    return out


def in_a_room(rng, stems):
    """All play in one room."""
    decay, bright, wet = rng.uniform(0.2, 1.2), rng.uniform(2500, 9000), rng.uniform(0.05, 0.3)
    return {stem: audio + effects.reverberated(audio, effects.impulse_response(rng, decay, bright)) * np.float32(wet) for stem, audio in stems.items()}


def pumped(rng, stems, kick_times, beat_sec):
    """The kick ducks bass and other, as in dance music."""
    if not len(kick_times):
        return stems
    count = len(next(iter(stems.values())))
    depth, recovery = rng.uniform(0.3, 0.95), rng.uniform(0.3, 0.9) * beat_sec
    time = np.arange(dsp.seconds(recovery * 1.5)) / RATE
    dip = np.clip(1 - time / recovery, 0, 1) ** rng.uniform(0.7, 2)
    duck = np.zeros(count, np.float32)
    for at in kick_times:
        start = int(at * RATE)
        length = min(len(dip), count - start)
        if length > 0:
            duck[start : start + length] = np.maximum(duck[start : start + length], dip[:length])
    gain = 1 - depth * np.convolve(duck, np.ones(88, np.float32) / 88, "same")
    return {stem: audio * gain[:, None] if stem in ("bass", "other") else audio for stem, audio in stems.items()}


def mastered(rng, stems, loud_db):
    """Equaliser, compressor and limiter of the sum; their gain goes to each stem, so the stems still add up."""
    curve = [dsp.bell(rng.uniform(60, 200), rng.normal(0, 1.5), 0.7), dsp.bell(rng.uniform(400, 3000), rng.normal(0, 1.5), 0.6),
             dsp.shelf(rng.uniform(6000, 10000), rng.normal(0.5, 2), True), dsp.high_pass(rng.uniform(15, 30), 1)]
    stems = {stem: dsp.filtered(audio, *curve) for stem, audio in stems.items()}
    mix = sum(stems.values())
    mix_gain = 0.95 / (np.abs(mix).max() + 1e-9)
    if rng.random() < 0.6:
        glue = dsp.gain_reduction(mix * mix_gain, rng.uniform(-18, -8), rng.uniform(1.3, 3), rng.uniform(0.01, 0.04), rng.uniform(0.1, 0.4))
        stems = {stem: audio * glue[:, None] for stem, audio in stems.items()}
        mix = sum(stems.values())
    peak = np.abs(mix).max() + 1e-9
    boost = dsp.db(rng.uniform(*loud_db)) / peak
    level = np.abs(mix).max(axis=1) * boost
    # Look-ahead limiter: the peak of what comes within 2 ms, let go slowly.
    window = 96
    pad = np.pad(level, (0, (-len(level)) % window)).reshape(-1, window).max(axis=1)
    held = np.maximum(np.maximum(pad, np.append(pad[1:], 0)), np.append(0, pad[:-1]))
    held = dsp.follow(held.astype(np.float32), np.float32(0.0), np.float32(np.exp(-window / (RATE * rng.uniform(0.03, 0.2)))))
    gain = np.minimum(1, 0.97 / np.maximum(held, 1e-6))
    gain = np.interp(np.arange(len(level)) / window - 0.5, np.arange(len(gain)), gain).astype(np.float32) * np.float32(boost)
    return {stem: audio * gain[:, None] for stem, audio in stems.items()}


def _mp3(audio, quality):
    """Through an MP3 encoder and back, lined up again."""
    buffer = io.BytesIO()
    peak = max(1.0, np.abs(audio).max() * 1.05)
    soundfile.write(buffer, audio / peak, RATE, format="MP3", compression_level=quality)
    buffer.seek(0)
    back, _ = soundfile.read(buffer, dtype="float32", always_2d=True)
    size = min(len(back), RATE * 10)
    spectrum = np.fft.rfft(audio[:size].mean(axis=1), 2 * size), np.fft.rfft(back[:size].mean(axis=1), 2 * size)
    lag = int(np.argmax(np.fft.irfft(np.conj(spectrum[0]) * spectrum[1])[:4000]))
    back = back[lag : lag + len(audio)]
    return np.pad(back, ((0, len(audio) - len(back)), (0, 0))) * peak


def worn(rng, stems, style):
    """What some records go through: lossy coding, narrow bands, tape, mono. Returns the stems and what was done."""
    done = []
    chance = 0.35 if style == "hiphop" else 0.1
    if rng.random() < chance:
        low, high = rng.uniform(20, 150), rng.uniform(3500, 11000)
        stems = {stem: dsp.filtered(audio, dsp.band_pass(low, high, 2)) for stem, audio in stems.items()}
        done.append("narrow")
    if rng.random() < (0.2 if style == "hiphop" else 0.03):
        state = rng.integers(1 << 30)
        cents = rng.uniform(2, 15)
        stems = {stem: modulation.wobble(np.random.default_rng(state), audio, cents) for stem, audio in stems.items()}
        done.append("tape")
    if rng.random() < 0.04:
        stems = {stem: np.repeat(audio.mean(axis=1, keepdims=True), 2, axis=1) for stem, audio in stems.items()}
        done.append("mono")
    if rng.random() < 0.08:
        quality = rng.uniform(0.4, 0.95)
        stems = {stem: _mp3(audio, quality) for stem, audio in stems.items()}
        done.append("mp3")
    return stems, done
