"""Writes the best weights of a run as models/splitter/splitter.onnx, with half-precision weights,
and its version into models/manifest.json: python -m training.export. `make export-splitter` builds and pins it then.

The weights are those of the file, so training can begin anew from it, too (shipped.py).
"""

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

import numpy as np

from training.paths import ROOT, RUN, SPLITTER
from training.shipped import BATCH_NORM_EPSILON, HEAD_AXES, SOFTENING

sys.path.insert(0, str(ROOT / "models"))
from graph import Graph  # noqa: E402

LEVELS = 6
PADS = [1, 1, 2, 2]
SEGMENT = [1, 2, 512, 1024]
MASKS = [1, 4, 512, 1024]


class HalfGraph(Graph):
    """A graph whose constants are stored in half precision."""

    def __call__(self, op, *inputs, name, **attributes):
        names = list(inputs)
        for i, value in enumerate(inputs):
            if isinstance(value, np.ndarray):
                half = self.constant(f"{name}.{i}", value.astype(np.float16))
                names[i] = super().__call__("Cast", half, name=f"{name}.{i}.wide", to=1)
        return super().__call__(op, *names, name=name, **attributes)


def beside_other(weights, axis):
    """Of what makes the six logits along `axis`: what makes those of drums and bass above other's, softened. The shares
    depend on nothing else.
    """
    drums, bass, other = np.split(weights, 3, axis)
    return SOFTENING * np.concatenate([drums - other, bass - other], axis)


def masks(graph, logits, shape):
    """Of the logits of drums and bass, left and right, above other's, whose own is 0: the softmax. The stems have an axis of
    their own, so that the engine need not copy to split it.
    """
    stems = graph.constant("stems.shape", np.array([1, 2, 2, *shape[2:]], np.int64))
    drums, bass = graph.split(graph("Reshape", logits, stems, name="stems"), [1, 1], ["drums", "bass"], axis=1)

    def share(own, others, name):
        louder = graph("Softplus", others, name=f"{name}.others")
        return graph("Sigmoid", graph("Sub", own, louder, name=f"{name}.logits"), name=f"{name}.share")

    shares = graph("Concat", share(drums, bass, "drums"), share(bass, drums, "bass"), name="shares", axis=1)
    return graph("Reshape", shares, graph.constant("masks.shape", np.array(shape, np.int64)), name="masks")


def onnx_bytes(weights):
    """`weights`: name to array, as weights_of gives them."""
    graph = HalfGraph("splitter")
    weights = weights | {name: beside_other(weights[name], axis) for name, axis in HEAD_AXES.items()}

    def kernel(name, value, op, **attributes):
        # Keras: height, width, in, out (out, in when transposed). ONNX: out, in (in, out), height, width.
        return graph(
            op, value, weights[f"{name}.kernel"].transpose(3, 2, 0, 1), weights[f"{name}.bias"], name=name, **attributes
        )

    def norm(name, value):
        """Batch normalisation as one product and one sum, as running values may be too small for half precision."""
        scale = weights[f"{name}.gamma"] / np.sqrt(weights[f"{name}.variance"] + BATCH_NORM_EPSILON)
        shift = weights[f"{name}.beta"] - scale * weights[f"{name}.mean"]
        value = graph("Mul", value, scale.reshape(1, -1, 1, 1), name=f"{name}.scale")
        return graph("Add", value, shift.reshape(1, -1, 1, 1), name=f"{name}.shift")

    def bins(name, value):
        return graph("Add", value, weights[f"{name}.bias"].transpose(0, 3, 1, 2), name=name)

    value = "magnitude"
    skips = []
    for level in range(1, LEVELS + 1):
        value = kernel(f"down{level}", value, "Conv", strides=[2, 2], pads=PADS)
        skips.append(value)
        if level < LEVELS:
            value = graph("LeakyRelu", norm(f"down{level}.norm", value), name=f"down{level}.act", alpha=0.2)
    value = skips.pop()
    for level in range(1, LEVELS):
        value = kernel(f"up{level}", value, "ConvTranspose", strides=[2, 2], pads=PADS)
        value = norm(f"up{level}.norm", graph("Relu", value, name=f"up{level}.act"))
        value = graph("Concat", skips.pop(), value, name=f"up{level}.skip", axis=1)
        if f"up{level}.bins.bias" in weights:
            value = bins(f"up{level}.bins", value)
    value = bins("head.bins", kernel("head", value, "ConvTranspose", strides=[2, 2], pads=PADS))
    masks(graph, value, MASKS)
    return graph.serialize({"magnitude": SEGMENT}, {"masks": MASKS})


def weights_of(path):
    """Name to array, and the step, of the best weights of training.train."""
    with np.load(path) as data:
        weights = dict(data)
    step = int(weights.pop("step"))
    return weights, step


def set_version(name, version):
    """Writes the version of a model into models/manifest.json."""
    path = ROOT / "models/manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    entry = next(entry for entry in manifest["models"] if entry["name"] == name)
    entry["version"] = version
    path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, default=RUN, help="folder of the run")
    parser.add_argument("--out", type=Path, help="write only this file, and pin nothing")
    options = parser.parse_args()
    weights, step = weights_of(options.run / "best.npz")
    data = onnx_bytes(weights)
    if options.out:
        options.out.write_bytes(data)
        return
    SPLITTER.mkdir(parents=True, exist_ok=True)
    (SPLITTER / "splitter.onnx").write_bytes(data)
    for name in ("curve.csv", "curve.png"):
        shutil.copyfile(options.run / name, SPLITTER / name)
    set_version("splitter", f"{time.strftime('%Y.%m.%d')}-{step}")
    print(f"models/splitter/splitter.onnx: {len(data) / 1e6:.1f} MB after {step} steps")


if __name__ == "__main__":
    main()
