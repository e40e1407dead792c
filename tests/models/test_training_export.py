"""Weights survive the way into models/splitter/splitter.onnx and back: training can begin with what ships."""

import numpy as np
import onnx
import training_modules
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator


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


def test_masks_are_the_roots_of_the_shares_of_all_three_stems(monkeypatch):
    (export,) = training_modules.load(monkeypatch, "export")
    logits = np.random.default_rng(4).normal(0, 6, (1, 6, 2, 3)).astype(np.float32)  # stem and side, frame, bin
    logits[0, :, 0, 0] = (80, -80, 0, 80, -80, 0)
    shape = [1, 4, 2, 3]
    graph = export.Graph("masks")
    export.masks(graph, "logits", shape)
    model = onnx.load_from_string(graph.serialize({"logits": shape}, {"masks": shape}))
    (found,) = ReferenceEvaluator(model).run(None, {"logits": export.beside_other(logits, axis=1)})
    by_stem = logits.reshape(3, 2, 2, 3).astype(np.float64)
    roots = np.sqrt(np.exp(by_stem - by_stem.max(axis=0)))
    np.testing.assert_allclose(found.reshape(2, 2, 2, 3), (roots / roots.sum(axis=0))[:2], rtol=1e-4, atol=1e-6)
