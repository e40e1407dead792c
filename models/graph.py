"""A thin layer over onnx.helper: nodes are function calls, and equal graphs are equal bytes."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8


class Graph:
    def __init__(self, name):
        self.name = name
        self.nodes = []
        self.constants = []

    def constant(self, name, array):
        array = np.ascontiguousarray(array)
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def __call__(self, op, *inputs, name, **attributes):
        """Appends the node `name`; its one output has the same name. Arrays among the inputs become constants."""
        names = [
            self.constant(f"{name}.{i}", value) if isinstance(value, np.ndarray) else value
            for i, value in enumerate(inputs)
        ]
        self.nodes.append(helper.make_node(op, names, [name], name=name, **attributes))
        return name

    def split(self, value, sizes, names, axis):
        """Splits along `axis` into the outputs `names`."""
        lengths = self.constant(f"{names[0]}.sizes", np.array(sizes, np.int64))
        self.nodes.append(helper.make_node("Split", [value, lengths], names, name=f"{names[0]}.split", axis=axis))
        return names

    def serialize(self, inputs, outputs):
        """The model's bytes. `inputs` and `outputs`: name to shape, in which a string is a dynamic dimension."""

        def infos(shapes):
            return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]

        graph = helper.make_graph(self.nodes, self.name, infos(inputs), infos(outputs), self.constants)
        model = helper.make_model(
            graph,
            producer_name="stemscribe",
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
        )
        onnx.checker.check_model(model, full_check=True)
        return model.SerializeToString(deterministic=True)
