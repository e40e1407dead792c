#!/usr/bin/env python3
"""How far the networks are from what the machine can do: limits.py [--models DIR] [--cores N]

Counts each net's multiplications for a second of audio, measures the processor's peak with one large product of
matrices in the same precision, and the nets beside it.
"""

import argparse
import json
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "models"))
from ir import CACHE  # noqa: E402

sys.path.insert(0, str(CACHE / "openvino"))
import openvino  # noqa: E402
from openvino import opset13 as ops  # noqa: E402

# Name to the shape of what it is run on and the seconds that this stands for. How often a second is seen twice (segments
# overlap by 64 of 512 frames, …) is not counted.
NETS = {
    "spleeter-vocals": ([1, 2, 512, 1024], 512 * 1024 / 44100),
    "spleeter-accompaniment": ([1, 2, 512, 1024], 512 * 1024 / 44100),
    "splitter": ([1, 2, 512, 1024], 512 * 1024 / 44100),
    "fcpe": ([1, 2200, 128], 22.0),
    "chord-net-0": ([1, 2800, 252], 2800 * 512 / 22050),
}
PEAK_SIZE = 2048


def operations(model):
    """Floating-point operations of a run: two for each multiplication of convolutions, products and LSTMs."""
    count = 0
    for node in model.get_ops():
        kind = node.get_type_name()
        shapes = [list(node.input(i).get_shape()) for i in range(node.get_input_size())] if kind in KINDS else []
        if kind == "Convolution":  # kernel: out, in, size
            count += int(np.prod(node.get_output_shape(0))) * int(np.prod(shapes[1][1:]))
        elif kind == "GroupConvolution":  # groups, out, in, size
            count += int(np.prod(node.get_output_shape(0))) * int(np.prod(shapes[1][2:]))
        elif kind == "ConvolutionBackpropData":
            count += int(np.prod(shapes[0])) * int(np.prod(shapes[1][1:]))
        elif kind == "MatMul":
            inner = shapes[0][-2] if node.get_attributes()["transpose_a"] else shapes[0][-1]
            count += int(np.prod(node.get_output_shape(0))) * inner
        elif kind == "LSTMSequence":
            steps = int(np.prod(shapes[0][:2]))
            count += steps * (int(np.prod(shapes[4])) + int(np.prod(shapes[5])))
    return 2 * count


KINDS = {"Convolution", "GroupConvolution", "ConvolutionBackpropData", "MatMul", "LSTMSequence"}


def core_seconds(compiled, inputs, rounds=9):
    """CPU time of a run, which does not count what others took."""
    request = compiled.create_infer_request()
    request.infer(inputs)
    times = []
    for _ in range(rounds):
        start = time.process_time()
        request.infer(inputs)
        times.append(time.process_time() - start)
    return statistics.median(times)


def compile_for(model, precision, cores):
    settings = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": cores, "NUM_STREAMS": 1}
    return openvino.Core().compile_model(model, "CPU", settings)


def peak(precision, cores):
    """Operations in a core's second of a product of two large matrices."""
    data = ops.parameter([PEAK_SIZE, PEAK_SIZE], np.float32)
    weights = ops.constant(np.random.default_rng(1).standard_normal((PEAK_SIZE, PEAK_SIZE)).astype(np.float32))
    model = openvino.Model([ops.matmul(data, weights, False, False)], [data])
    values = np.ones((PEAK_SIZE, PEAK_SIZE), np.float32)
    return 2 * PEAK_SIZE**3 / core_seconds(compile_for(model, precision, cores), [values])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=ROOT / "build/share/stemscribe/models")
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    args = parser.parse_args()
    manifest = {m["name"]: m for m in json.loads((args.models / "manifest.json").read_text(encoding="utf-8"))["models"]}
    peaks = {precision: peak(precision, args.cores) for precision in ("f32", "bf16")}
    print(", ".join(f"{precision}: {found / 1e9:.0f} GFLOP in a core second" for precision, found in peaks.items()))
    print("| net | precision | GFLOP a second of audio | core seconds a minute of audio | of the peak |\n" + "| --- " * 5 + "|")
    for name, (shape, audio_sec) in NETS.items():
        precision = "bf16" if manifest[name]["bf16_safe"] else "f32"
        model = openvino.Core().read_model(args.models / manifest[name]["file"])
        model.reshape(shape)
        wanted = operations(model)
        values = np.random.default_rng(1).random(shape, np.float32)
        took = core_seconds(compile_for(model, precision, args.cores), [values])
        print(
            f"| {name} | {precision} | {wanted / audio_sec / 1e9:.2f} | {60 * took / audio_sec:.2f} | {wanted / took / peaks[precision]:.0%} |"
        )


if __name__ == "__main__":
    main()
