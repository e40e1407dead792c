"""Writes the best weights of a run as models/rhythm/rhythm.onnx, and its version into models/manifest.json:
python -m training.rhythm.export. `make export-rhythm` builds and pins it then.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from training.export import set_version
from training.paths import ROOT, TRAINING
from training.rhythm import BANDS, POOLED_BANDS, SCALE, SHIFT

sys.path.insert(0, str(ROOT / "models"))
from graph import Graph  # noqa: E402

SHIPPED = ROOT / "models/rhythm/rhythm.onnx"


def weights_of_onnx(path):
    """Those that `onnx_bytes` wrote to the file."""
    weights = {}
    for constant in onnx.load(path).graph.initializer:
        layer, _, index = constant.name.rpartition(".")
        value = numpy_helper.to_array(constant)
        if index == "1" and value.ndim == 4:
            weights[f"{layer}/kernel"] = value.transpose(2, 3, 1, 0)
        elif index == "2":
            weights[f"{layer}/bias"] = value
    return weights


def onnx_bytes(weights):
    """`weights`: those of the layers by name ("time3/kernel"). Input [1, frames, BANDS], output [1, 2, frames]: logits."""
    graph = Graph("rhythm")

    def kernel(name, value, **attributes):
        # Keras: height, width, in, out. ONNX: out, in, height, width.
        return graph(
            "Conv", value, weights[f"{name}/kernel"].transpose(3, 2, 0, 1), weights[f"{name}/bias"], name=name, **attributes
        )

    value = graph("Reshape", "frames", np.array([1, 1, -1, BANDS], np.int64), name="image")
    value = graph("Mul", value, np.float32([SCALE]), name="scaled")
    value = graph("Add", value, np.float32([SHIFT]), name="shifted")
    for i, pooled in enumerate(POOLED_BANDS):
        reach = weights[f"spectral{i}/kernel"].shape[0] // 2
        value = kernel(f"spectral{i}", value, pads=[reach, 0, reach, 0])
        if pooled > 1:
            value = graph("MaxPool", value, name=f"spectral{i}.pooled", kernel_shape=[1, pooled], strides=[1, pooled])
        value = graph("Elu", value, name=f"spectral{i}.act")
    i = 0
    while f"time{i}/kernel" in weights:
        dilation = 2**i
        reach = weights[f"time{i}/kernel"].shape[0] // 2 * dilation
        heard = graph("Elu", kernel(f"time{i}", value, dilations=[dilation, 1], pads=[reach, 0, reach, 0]), name=f"time{i}.act")
        value = graph("Add", value, kernel(f"mix{i}", heard), name=f"time{i}.sum")
        i += 1
    value = kernel("head", graph("Elu", value, name="head.act"))
    graph("Reshape", value, np.array([1, 2, -1], np.int64), name="logits")
    return graph.serialize({"frames": [1, "frames", BANDS]}, {"logits": [1, 2, "frames"]})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, default=TRAINING / "rhythm/run", help="folder of the run")
    parser.add_argument("--out", type=Path, help="write only this file, and pin nothing")
    options = parser.parse_args()
    with np.load(options.run / "best.npz") as stored:
        weights = dict(stored)
    step = int(weights.pop("step"))
    data = onnx_bytes(weights)
    out = options.out or SHIPPED
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(data)
    if not options.out:
        set_version("rhythm", f"{time.strftime('%Y.%m.%d')}-{step}")
    print(f"{out}: {len(data) / 1e3:.0f} kB after {step} steps")


if __name__ == "__main__":
    main()
