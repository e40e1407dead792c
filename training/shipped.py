"""The weights of a splitter as training.export wrote it, to begin with."""

import numpy as np
import onnx
from onnx import numpy_helper

BATCH_NORM_EPSILON = 1e-3
SOFTENING = 0.5  # of the logits: the net is surer of itself than it should be (docs/EVALUATION.md)
HEAD_AXES = {"head.kernel": 2, "head.bias": 0, "head.bins.bias": 3}  # where the stems are


def weights_of_onnx(path):
    """Name to float32 array, as training.export.weights_of gives them. The file has each normalisation as a product
    and a sum: they come back as its gamma and beta, with a mean of zero and a variance of one. Its logits are those of
    drums and bass above other's: other's come back as zero.
    """
    stored = {c.name: numpy_helper.to_array(c) for c in onnx.load(path).graph.initializer}
    weights = {}
    for name, value in stored.items():
        layer, _, index = name.rpartition(".")
        if value.dtype != np.float16:  # shapes
            continue
        value = value.astype(np.float32)
        if layer.endswith(".scale"):
            layer = layer.removesuffix(".scale")
            weights[f"{layer}.gamma"] = value.ravel()
            weights[f"{layer}.mean"] = np.zeros(value.size, np.float32)
            weights[f"{layer}.variance"] = np.full(value.size, 1 - BATCH_NORM_EPSILON, np.float32)
        elif layer.endswith(".shift"):
            weights[f"{layer.removesuffix('.shift')}.beta"] = value.ravel()
        elif layer.endswith(".bins"):
            weights[f"{layer}.bias"] = value.transpose(0, 2, 3, 1)
        elif index == "1":
            weights[f"{layer}.kernel"] = value.transpose(2, 3, 1, 0)
        else:
            weights[f"{layer}.bias"] = value
    for name, axis in HEAD_AXES.items():
        drums, bass = np.split(weights[name] / SOFTENING, 2, axis)
        weights[name] = np.concatenate([drums, bass, np.zeros_like(bass)], axis)
    return weights

