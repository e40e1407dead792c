"""Trains the splitter: python -m training.train --minutes 60

Goes on from the newest checkpoint of the run's folder, which is written every four minutes; a new run begins with the
splitter that is built in. New songs are taken up as they appear. The weights that count are the averages over the last
steps, as they were when they did best on the songs to select by.
"""

import argparse
import math
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from training import curve, loop, model as nets, objective  # noqa: E402
from training.mixing import Mixer  # noqa: E402
from training.paths import RUN, SONGS, SPLITTER, accompaniment_weights, evaluation_songs, selection_songs  # noqa: E402
from training.shipped import weights_of_onnx  # noqa: E402
from training.songs import SongPool, load_song  # noqa: E402

CHECKPOINT_SECONDS = 240
WARM_UP_STEPS = 50
LOWEST_RATE = 0.03  # of the highest one, at the end of a run
SHARE_EXAMPLES = 60


def use_bfloat16_where_fast():
    flags = Path("/proc/cpuinfo").read_text(encoding="utf-8") if Path("/proc/cpuinfo").exists() else ""
    if "avx512_bf16" in flags or "amx_bf16" in flags:
        tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": True})


class SplitterTrainer(loop.Trainer):
    """A model whose weights come from a file of ours keeps its normalisations as they are: products and sums that are
    trained like all else.
    """

    STATE = ("step", "minutes", "normalises", "best_score")

    def __init__(self, folder, rate=1e-4):
        super().__init__(nets.build(), folder, rate)
        self.minutes = 0.0
        self.normalises = True
        self.best_score = -math.inf

    def start_from_file(self, path):
        nets.set_named_weights(self.model, weights_of_onnx(path))
        self.normalises = False
        self.start_average()

    def start_from_spleeter(self, mixer):
        nets.start_from_spleeter(self.model, accompaniment_weights())
        nets.start_from_shares(self.model, [mixer.example() for _ in range(SHARE_EXAMPLES)])
        self.start_average()

    def judge(self, validation):
        """SDR of each stem by the averaged weights, which are kept if no others did better."""
        with self.averaged():
            sdr = validation.sdr(self.model)
            if np.mean(sdr) > self.best_score:
                self.best_score = float(np.mean(sdr))
                self.save_best(nets.named_weights(self.model))
        return sdr

    def loss(self, magnitude, wanted):
        return objective.loss(self.model(magnitude, training=self.normalises), magnitude, wanted)


def rate_at(step, done, options):
    """`done`: 0 … 1, how much of this run's time is over."""
    return options.rate * min(1, (step + 1) / WARM_UP_STEPS) * (loop.falling(done, LOWEST_RATE) if options.decay else 1)


def train(options):
    options.run.mkdir(parents=True, exist_ok=True)
    selection = selection_songs(options.songs)
    kept_apart = {*evaluation_songs(options.songs), *selection}
    pool = SongPool(options.songs, kept_apart, int(options.memory_gb * 2**30), seed=int(time.time()))
    if not pool.songs:
        raise SystemExit(f"no songs in {options.songs}: make songs first")
    trainer = SplitterTrainer(options.run, options.rate)
    if trainer.path.exists():
        trainer.load()
    elif options.begin.suffix == ".onnx":
        trainer.start_from_file(options.begin)
    else:
        trainer.start_from_spleeter(Mixer(pool, options.frames, seed=0))
    validation = objective.Validation([load_song(folder) for folder in selection], frames=256)
    batches = loop.feed(Mixer(pool, options.frames, seed=trainer.step + 1).example, options.batch)
    log = curve.Log(options.run / "curve.csv")
    began, saved = time.monotonic(), -math.inf
    minutes_before = trainer.minutes
    losses, waited = [], 0.0
    while True:
        now = time.monotonic()
        trainer.minutes = minutes_before + (now - began) / 60
        done = (now - began) / 60 / options.minutes
        if done >= 1 or now - saved > CHECKPOINT_SECONDS:
            sdr = trainer.judge(validation)
            trainer.save()
            rate = rate_at(trainer.step, done, options)
            log.write(trainer.step, trainer.minutes, pool.num_known, rate, float(np.mean(losses or [np.nan])), *sdr)
            print(f"songs in memory {len(pool.songs)}, waited for data {waited:.0f} s", flush=True)
            curve.plot(log.path)
            losses, waited, saved = [], 0.0, time.monotonic()
            if done >= 1:
                return
        asked = time.monotonic()
        batch = batches.get()
        waited += time.monotonic() - asked
        losses.append(trainer.train_step(batch, rate_at(trainer.step, done, options)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--songs", type=Path, nargs="+", default=SONGS, help="folders of song folders")
    parser.add_argument("--run", type=Path, default=RUN, help="folder of the checkpoint and the curve")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--frames", type=int, default=256, help="of an example; a multiple of 64")
    parser.add_argument("--rate", type=float, default=1e-4, help="of learning, at most; from Spleeter's weights, 3e-4")
    parser.add_argument(
        "--begin", type=Path, default=SPLITTER / "splitter.onnx", help="of a new run; 'spleeter': from the accompaniment's net"
    )
    parser.add_argument("--no-decay", dest="decay", action="store_false", help="keep the rate up to the end")
    parser.add_argument("--memory-gb", type=float, default=5, help="for songs")
    use_bfloat16_where_fast()
    train(parser.parse_args())


if __name__ == "__main__":
    main()
