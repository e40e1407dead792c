"""What the net is trained for, and how a run is judged while it goes on."""

import numpy as np
import tensorflow as tf

from training.shipped import SOFTENING
from training.songs import STEMS
from training.spectrum import NET_BINS, padded_stft

# Of the mix: what a stem's error counts against when the stem is absent or faint.
ABSENT = 0.1
ABSENT_POWER = 1e-3
SDR_WEIGHT = 0.1  # of a dB, beside the relative errors


def masks_of(logits, softening=SOFTENING):
    """[…, 3 stems, 2 sides] that add up to one over the stems, as the tool has them unless `softening` is another."""
    shape = tf.shape(logits)
    return tf.nn.softmax(softening * tf.reshape(logits, tf.concat([shape[:-1], [len(STEMS), 2]], 0)), axis=-2)


@tf.function(jit_compile=True)  # many small operations on large arrays, made one
def loss(logits, magnitude, wanted):
    """Of one batch: for each stem the error of the masked magnitude beside the stem itself, once plain, once with
    the square root of the mix as weight so that quiet bins count, and once squared, in dB, as the SDR does. Of masks
    that are not softened: the net would learn to be as sure as before, and softening would be in vain.
    """
    masks = masks_of(logits, softening=1)
    wanted = tf.reshape(tf.cast(wanted, tf.float32), tf.shape(masks))
    loud = magnitude[..., None, :]

    def total(values):
        return tf.reduce_sum(values, axis=(1, 2, 4))

    error = tf.abs(masks - wanted)
    relative = 0.0
    for weight in (loud, tf.sqrt(loud)):
        relative += total(weight * error) / (total(weight * wanted) + ABSENT * total(weight) + 1e-6)
    floor = ABSENT_POWER * total(loud**2) + 1e-6
    ratio = (total((loud * error) ** 2) + floor) / (total((loud * wanted) ** 2) + floor)
    return tf.reduce_mean(relative + SDR_WEIGHT * 10 / np.log(10) * tf.math.log(ratio))


class Validation:
    """Excerpts of songs that training does not see."""

    def __init__(self, songs, frames, per_song=1):
        self._excerpts = []
        for song in songs:
            if not all(stem in song for stem in STEMS):
                continue
            length = (frames - 1) * 1024
            for i in range(per_song):
                start = max(0, (len(song["other"]) - length) * (i + 1) // (per_song + 1))
                cut = [padded_stft(song[s][start : start + length].astype(np.float32) / 32768) for s in STEMS]
                if len(cut[0]) == frames:
                    self._excerpts.append(np.stack(cut)[:, :, :NET_BINS])

    def sdr(self, model):
        """Mean over the excerpts of the SDR of each stem below 11 kHz, in dB. The model is used as in training's
        end: without updates.
        """
        scores = []
        for stems in self._excerpts:
            mix = stems.sum(0)
            masks = masks_of(model(np.abs(mix)[None], training=False))[0].numpy()
            errors = [np.sum(np.abs(masks[:, :, i] * mix - stems[i]) ** 2) for i in range(len(STEMS))]
            powers = np.sum(np.abs(stems) ** 2, axis=(1, 2, 3))
            scores.append(10 * np.log10((powers + 1e-9) / (np.array(errors) + 1e-9)))
        return np.mean(scores, axis=0) if scores else np.full(len(STEMS), np.nan)
