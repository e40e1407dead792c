"""Trains the rhythm net: python -m training.rhythm.train --minutes 30

Goes on from the run's checkpoint, unless --anew. The weights that count are averages, as they did best on the songs that the splitter's training selects by.
"""

import argparse
import math
import os
import queue
import threading
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402
from tensorflow import keras  # noqa: E402

from training.paths import SONGS, TRAINING, evaluation_songs, selection_songs  # noqa: E402
from training.rhythm import data, model as nets  # noqa: E402
from training.rhythm.features import FEATURES  # noqa: E402

RUN = TRAINING / "rhythm/run"
JUDGED_STEPS = 250
WARM_UP_STEPS = 100
LOWEST_RATE = 0.02
AVERAGED_STEPS = 200


def feed(songs, options):
    """A queue of batches that another thread fills."""
    batches = queue.Queue(4)
    random = np.random.default_rng(int(time.time()))

    def fill():
        while True:
            examples = [data.example(random, songs, options.frames) for _ in range(options.batch)]
            batches.put(tuple(map(np.stack, zip(*examples))))

    threading.Thread(target=fill, daemon=True).start()
    return batches


def loss(wanted, logits):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(wanted, logits))


class Trainer:
    def __init__(self, folder, rate):
        self.model = nets.build()
        self.optimizer = keras.optimizers.Adam(rate)
        self.optimizer.build(self.model.trainable_variables)
        self.average = [tf.Variable(v, trainable=False) for v in self.model.trainable_variables]
        self.path, self.best_path = folder / "checkpoint.npz", folder / "best.npz"
        self.step = 0
        self.best = math.inf

    def _variables(self):
        return [*self.model.variables, *self.optimizer.variables, *self.average]

    def load(self):
        with np.load(self.path) as stored:
            for i, variable in enumerate(self._variables()):
                variable.assign(stored[f"v{i}"])
            self.step, self.best = int(stored["step"]), float(stored["best"])

    def save(self):
        new = self.path.with_suffix(".new.npz")
        np.savez(new, step=self.step, best=self.best, **{f"v{i}": v.numpy() for i, v in enumerate(self._variables())})
        os.replace(new, self.path)

    def _swap(self):
        for variable, average in zip(self.model.trainable_variables, self.average):
            value = variable.numpy()
            variable.assign(average)
            average.assign(value)

    def judge(self, songs):
        """The loss over whole songs, the mix as it is, by the averaged weights; keeps them if none did better."""
        self._swap()
        values = []
        for song in songs:
            frames = song.frames[0].astype(np.float32)
            logits = self.model(frames[None], training=False)
            values.append(float(loss(data.targets(song.beats, song.is_first, len(frames))[None], logits)))
        value = float(np.mean(values))
        if value < self.best:
            self.best = value
            new = self.best_path.with_suffix(".new.npz")
            np.savez(new, step=self.step, **{v.path: v.numpy() for v in self.model.trainable_variables})
            os.replace(new, self.best_path)
        self._swap()
        return value

    @tf.function
    def _step(self, frames, wanted, keep):
        with tf.GradientTape() as tape:
            value = loss(wanted, self.model(frames, training=True))
        variables = self.model.trainable_variables
        gradients, _ = tf.clip_by_global_norm(tape.gradient(value, variables), 0.5)
        self.optimizer.apply_gradients(zip(gradients, variables))
        for variable, average in zip(variables, self.average):
            average.assign(average * keep + variable * (1 - keep))
        return value

    def train_step(self, batch, rate):
        self.optimizer.learning_rate.assign(rate)
        keep = min(1 - 1 / AVERAGED_STEPS, (1 + self.step) / (10 + self.step))
        value = self._step(*map(tf.constant, batch), tf.constant(keep, tf.float32))
        self.step += 1
        return float(value)


def rate_at(step, done, highest):
    """`done`: 0 … 1, how much of this run's time is over."""
    decay = LOWEST_RATE + (1 - LOWEST_RATE) * (1 + math.cos(math.pi * min(1, done))) / 2
    return highest * decay * min(1, (step + 1) / WARM_UP_STEPS)


def train(options):
    options.run.mkdir(parents=True, exist_ok=True)
    selection = {folder.name for folder in selection_songs(options.songs)}
    kept_apart = {*selection, *(folder.name for folder in evaluation_songs(options.songs))}
    paths = sorted(options.features.glob("*[0-9].npz"))
    songs = [data.RhythmSong(path) for path in paths if path.stem not in kept_apart]
    judges = [data.RhythmSong(path) for path in paths if path.stem in selection]
    if not songs or not judges:
        raise SystemExit(f"no songs in {options.features}: make rhythm-features first")
    trainer = Trainer(options.run, options.rate)
    if trainer.path.exists() and not options.anew:
        trainer.load()
    batches = feed(songs, options)
    began, losses = time.monotonic(), []
    print(f"{len(songs)} songs, judged by {len(judges)} others; {trainer.model.count_params()} weights", flush=True)
    while (done := (time.monotonic() - began) / 60 / options.minutes) < 1:
        losses.append(trainer.train_step(batches.get(), rate_at(trainer.step, done, options.rate)))
        if trainer.step % JUDGED_STEPS == 0:
            print(f"step {trainer.step}: loss {np.mean(losses):.4f}, of the judges {trainer.judge(judges):.4f}", flush=True)
            trainer.save()
            losses = []
    trainer.judge(judges)
    trainer.save()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--songs", type=Path, nargs="+", default=SONGS, help="folders of song folders")
    parser.add_argument("--features", type=Path, default=FEATURES)
    parser.add_argument("--run", type=Path, default=RUN, help="folder of the checkpoint and of the best weights")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--frames", type=int, default=2048, help="of an example")
    parser.add_argument("--rate", type=float, default=2e-3, help="of learning, at most")
    parser.add_argument("--anew", action="store_true", help="begin with random weights even if there is a checkpoint")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
