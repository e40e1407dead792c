"""Weights survive the way into models/splitter/splitter.onnx and back: training can begin with what ships."""

import numpy as np
import onnx
import training_modules
from onnx import numpy_helper


def constants(model):
    return {c.name: numpy_helper.to_array(c) for c in model.graph.initializer}


def test_what_ships_comes_back_as_weights_and_goes_out_the_same(monkeypatch):
    export, shipped = training_modules.load(monkeypatch, "export", "shipped")
    path = export.SPLITTER / "splitter.onnx"
    weights = shipped.weights_of_onnx(path)
    assert sum(value.size for name, value in weights.items() if not name.endswith((".mean", ".variance"))) > 9_000_000
    before, after = constants(onnx.load(path)), constants(onnx.load_from_string(export.onnx_bytes(weights)))
    assert before.keys() == after.keys()
    for name, value in before.items():
        np.testing.assert_allclose(after[name].astype(np.float32), value.astype(np.float32), rtol=1e-3, atol=1e-7, err_msg=name)


def test_normalisation_goes_into_a_product_and_a_sum(monkeypatch):
    export, shipped = training_modules.load(monkeypatch, "export", "shipped")
    weights = shipped.weights_of_onnx(export.SPLITTER / "splitter.onnx")
    weights["down1.norm.mean"] = weights["down1.norm.mean"] + 2
    weights["down1.norm.variance"] = weights["down1.norm.variance"] * 0 + 4 - shipped.BATCH_NORM_EPSILON
    changed = constants(onnx.load_from_string(export.onnx_bytes(weights)))
    gamma, beta = weights["down1.norm.gamma"], weights["down1.norm.beta"]
    np.testing.assert_allclose(changed["down1.norm.scale.1"].ravel(), gamma / 2, rtol=2e-3, atol=1e-6)
    np.testing.assert_allclose(changed["down1.norm.shift.1"].ravel(), beta - gamma, rtol=2e-3, atol=2e-3)
