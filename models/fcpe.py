"""FCPE (fast context-based pitch estimation), from the weights of torchfcpe: log-mel to 360 pitch bins.

Luo et al.: FCPE: A Fast Context-based Pitch Estimation Model, 2025. Two convolutions, six conformer blocks of which
this model has only the convolution modules, and a sigmoid classifier.
"""

import numpy as np
from graph import Graph

MEL_BANDS = 128
CHANNELS = 512
BINS = 360
LAYERS = 6
GROUPS = 4
LEAK = 0.01
EPSILON = 1e-5


def _group_norm(graph, value, scale, bias, name):
    """GroupNorm of [1, channels, T], as an instance norm of [1, groups, …]."""
    value = graph("Reshape", value, np.array([1, GROUPS, -1], np.int64), name=f"{name}.grouped")
    unit = np.ones(GROUPS, np.float32)
    value = graph("InstanceNormalization", value, unit, 0 * unit, name=f"{name}.normalized", epsilon=EPSILON)
    value = graph("Reshape", value, np.array([1, CHANNELS, -1], np.int64), name=f"{name}.ungrouped")
    value = graph("Mul", value, scale[:, None], name=f"{name}.scaled")
    return graph("Add", value, bias[:, None], name=name)


def _layer_norm(graph, value, weights, prefix, name):
    """LayerNorm over the channels of [1, channels, T]; gives [1, T, channels]."""
    value = graph("Transpose", value, name=f"{name}.channels_last", perm=[0, 2, 1])
    scale, bias = weights[f"{prefix}.weight"], weights[f"{prefix}.bias"]
    return graph("LayerNormalization", value, scale, bias, name=name, epsilon=EPSILON)


def _conformer_block(graph, value, weights, prefix, name):
    """x + pointwise(swish(depthwise(glu(pointwise(norm(x)))))) for x of [1, channels, T].

    Convolutions all through, channels first: engines then keep one memory layout and need no copies between.
    """

    def convolution(x, kernel, bias, label, **attributes):
        return graph("Conv", x, kernel, bias, name=f"{name}.{label}", **attributes)

    x = _layer_norm(graph, value, weights, f"{prefix}.0", f"{name}.norm")
    x = graph("Transpose", x, name=f"{name}.channels_first", perm=[0, 2, 1])
    kernels = np.split(weights[f"{prefix}.2.weight"], 2)
    biases = np.split(weights[f"{prefix}.2.bias"], 2)
    values, gates = (convolution(x, *pair, label) for *pair, label in zip(kernels, biases, ("values", "gates")))
    x = graph("Mul", values, graph("Sigmoid", gates, name=f"{name}.gate"), name=f"{name}.glu")
    kernel, bias = weights[f"{prefix}.4.conv.weight"], weights[f"{prefix}.4.conv.bias"]
    x = convolution(x, kernel, bias, "depthwise", group=2 * CHANNELS, pads=[15, 15])
    x = graph("Mul", x, graph("Sigmoid", x, name=f"{name}.sigmoid"), name=f"{name}.swish")
    x = convolution(x, weights[f"{prefix}.6.weight"], weights[f"{prefix}.6.bias"], "contract")
    return graph("Add", value, x, name=name)


def build(checkpoint):
    """`checkpoint`: torchfcpe's dict. Returns the bytes of an ONNX model: mel [1, T, 128] to salience [1, T, 360]."""
    weights = checkpoint["model"]
    model = checkpoint["config_dict"]["model"]
    if not model["conv_only"] or model["n_layers"] != LAYERS:
        raise ValueError(f"unexpected architecture: {model}")
    graph = Graph("fcpe")

    def convolution(value, prefix, name):
        return graph("Conv", value, weights[f"{prefix}.weight"], weights[f"{prefix}.bias"], name=name, pads=[1, 1])

    x = graph("Transpose", "mel", name="mel.channels_first", perm=[0, 2, 1])
    x = convolution(x, "input_stack.0", "input1")
    x = _group_norm(graph, x, weights["input_stack.1.weight"], weights["input_stack.1.bias"], "input.norm")
    x = graph("LeakyRelu", x, name="input.act", alpha=LEAK)
    x = convolution(x, "input_stack.3", "input2")
    for layer in range(LAYERS):
        x = _conformer_block(graph, x, weights, f"net.encoder_layers.{layer}.conformer.net", f"block{layer}")
    x = _layer_norm(graph, x, weights, "norm", "norm")
    # Weight normalisation: each row has the length weight_g.
    direction = weights["output_proj.weight_v"].astype(np.float64)
    lengths = np.linalg.norm(direction, axis=1, keepdims=True)
    matrix = (weights["output_proj.weight_g"] * direction / lengths).astype(np.float32)
    x = graph("MatMul", x, matrix.T, name="output.product")
    x = graph("Add", x, weights["output_proj.bias"], name="output")
    graph("Sigmoid", x, name="salience")
    return graph.serialize({"mel": [1, "frames", MEL_BANDS]}, {"salience": [1, "frames", BINS]})
