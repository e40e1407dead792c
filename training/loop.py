"""What both trainings share: steps, averaged weights, checkpoints, the rate, batches that another thread makes."""

import contextlib
import math
import os
import queue
import threading

import numpy as np
import tensorflow as tf
from tensorflow import keras

AVERAGED_STEPS = 200


class Trainer:
    """Model, optimiser and averaged weights, which are saved and loaded together, with the fields that STATE names.
    A subclass has `loss(*batch)`.
    """

    STATE = ("step",)
    CLIP_NORM = 5.0

    def __init__(self, model, folder, rate):
        self.model = model
        self.optimizer = keras.optimizers.Adam(rate)
        self.optimizer.build(model.trainable_variables)
        self.path, self.best_path = folder / "checkpoint.npz", folder / "best.npz"
        self.step = 0
        self.start_average()

    def start_average(self):
        self.average = [tf.Variable(v, trainable=False) for v in self.model.trainable_variables]

    def _variables(self):
        return [*self.model.variables, *self.optimizer.variables, *self.average]

    def load(self):
        with np.load(self.path) as data:
            for i, variable in enumerate(self._variables()):
                variable.assign(data[f"v{i}"])
            for name in self.STATE:
                setattr(self, name, type(getattr(self, name))(data[name]))

    def save(self):
        values = {f"v{i}": v.numpy() for i, v in enumerate(self._variables())}
        _replace(self.path, {name: getattr(self, name) for name in self.STATE} | values)

    def save_best(self, weights):
        """`weights`: name to array."""
        _replace(self.best_path, {"step": self.step} | weights)

    @contextlib.contextmanager
    def averaged(self):
        """Within it the model has the averages of its weights."""
        self._swap()
        yield
        self._swap()

    def _swap(self):
        for variable, average in zip(self.model.trainable_variables, self.average):
            value = variable.numpy()
            variable.assign(average)
            average.assign(value)

    @tf.function
    def _step(self, batch, keep):
        with tf.GradientTape() as tape:
            value = self.loss(*batch)
        variables = self.model.trainable_variables
        gradients, _ = tf.clip_by_global_norm(tape.gradient(value, variables), self.CLIP_NORM)
        self.optimizer.apply_gradients(zip(gradients, variables))
        for variable, average in zip(variables, self.average):
            average.assign(average * keep + variable * (1 - keep))
        return value

    def train_step(self, batch, rate):
        self.optimizer.learning_rate.assign(rate)
        keep = min(1 - 1 / AVERAGED_STEPS, (1 + self.step) / (10 + self.step))
        value = self._step(tuple(map(tf.constant, batch)), tf.constant(keep, tf.float32))
        self.step += 1
        if not math.isfinite(value):  # the weights are lost; the checkpoint is not
            raise FloatingPointError(f"the loss is {float(value)} after step {self.step}")
        return float(value)


def _replace(path, arrays):
    new = path.with_suffix(".new.npz")
    np.savez(new, **arrays)
    os.replace(new, path)


def feed(make_example, batch):
    """A queue of batches, each of as many examples, that another thread fills."""
    batches = queue.Queue(3)

    def fill():
        while True:
            examples = [make_example() for _ in range(batch)]
            batches.put(tuple(map(np.stack, zip(*examples))))

    threading.Thread(target=fill, daemon=True).start()
    return batches


def falling(done, lowest):
    """From 1 to `lowest` along a cosine. `done`: 0 … 1, how much of the run's time is over."""
    return lowest + (1 - lowest) * (1 + math.cos(math.pi * min(1, done))) / 2
