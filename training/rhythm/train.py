"""Trains the rhythm net: python -m training.rhythm.train --minutes 30

Goes on from the run's checkpoint; a new run begins with the net that is built in. The weights that count are averages, as
they did best on the songs that the splitter's training selects by.
"""

import argparse
import math
import os
import time
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from training import loop  # noqa: E402
from training.paths import SONGS, TRAINING, evaluation_songs, selection_songs  # noqa: E402
from training.rhythm import data, model as nets  # noqa: E402
from training.rhythm.export import SHIPPED, weights_of_onnx  # noqa: E402
from training.rhythm.features import FEATURES  # noqa: E402

RUN = TRAINING / "rhythm/run"
JUDGED_STEPS = 250
JUDGED_MIXES = 3  # of features.py: all stems, no drums, neither drums nor bass
WARM_UP_STEPS = 100
LOWEST_RATE = 0.02


def loss(wanted, logits):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(wanted, logits))


class RhythmTrainer(loop.Trainer):
    STATE = ("step", "best")
    CLIP_NORM = 0.5

    def __init__(self, folder, rate):
        super().__init__(nets.build(), folder, rate)
        self.best = math.inf

    def start_from_file(self, path):
        weights = weights_of_onnx(path)
        for variable in self.model.trainable_variables:
            variable.assign(weights[variable.path])
        self.start_average()

    def judge(self, songs):
        """The loss over whole songs, with and without drums, by the averaged weights; keeps them if none did better."""
        values = []
        with self.averaged():
            for song in songs:
                frames = song.frames[:JUDGED_MIXES].astype(np.float32)
                wanted = np.stack([data.targets(song.beats, song.is_first, frames.shape[1])] * len(frames))
                values.append(float(loss(wanted, self.model(frames, training=False))))
            value = float(np.mean(values))
            if value < self.best:
                self.best = value
                self.save_best({v.path: v.numpy() for v in self.model.trainable_variables})
        return value

    def loss(self, frames, wanted):
        return loss(wanted, self.model(frames, training=True))


def rate_at(step, done, highest):
    """`done`: 0 … 1, how much of this run's time is over."""
    return highest * min(1, (step + 1) / WARM_UP_STEPS) * loop.falling(done, LOWEST_RATE)


def train(options):
    options.run.mkdir(parents=True, exist_ok=True)
    selection = {folder.name for folder in selection_songs(options.songs)}
    kept_apart = {*selection, *(folder.name for folder in evaluation_songs(options.songs))}
    paths = sorted(options.features.glob("*[0-9].npz"))
    songs = [data.RhythmSong(path) for path in paths if path.stem not in kept_apart]
    judges = [data.RhythmSong(path) for path in paths if path.stem in selection]
    if not songs or not judges:
        raise SystemExit(f"no songs in {options.features}: make songs and make train-rhythm first")
    trainer = RhythmTrainer(options.run, options.rate)
    if trainer.path.exists() and not options.anew:
        trainer.load()
    elif not options.anew:
        trainer.start_from_file(SHIPPED)
    random = np.random.default_rng(int(time.time()))
    batches = loop.feed(partial(data.example, random, songs, options.frames), options.batch)
    began, losses = time.monotonic(), []
    print(f"{len(songs)} songs, judged by {len(judges)} others; {trainer.model.count_params()} weights", flush=True)
    print(f"step {trainer.step}: loss of the judges {trainer.judge(judges):.4f}", flush=True)
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
    parser.add_argument("--anew", action="store_true", help="begin with random weights")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
