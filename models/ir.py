#!/usr/bin/env python3
"""ONNX to OpenVINO's own format (IR: an .xml and, beside it, a .bin of weights), which stemscribe runs.

    ir.py NET.onnx NET.xml

IR loads in a third of the time, and its weights, all float, are mapped into memory instead of being copied there.
"""

import os
import sys
import tempfile
from pathlib import Path

CACHE = Path(os.environ.get("STEMSCRIBE_CACHE") or Path.home() / ".cache/stemscribe")


def write_ir(data, xml):
    """Writes the model `data` (bytes of an ONNX file) as the files `xml` and xml.with_suffix(".bin"), with float inputs
    and outputs, and with half-precision weights made float. Equal models give equal bytes, for one version of OpenVINO."""
    sys.path.insert(0, str(CACHE / "openvino"))  # where tools/setup.sh unpacks it
    import openvino
    from openvino.passes import ConstantFolding, Manager
    from openvino.preprocess import PrePostProcessor

    with tempfile.TemporaryDirectory() as scratch:
        onnx = Path(scratch) / "net.onnx"
        onnx.write_bytes(data)
        model = openvino.Core().read_model(onnx)
        processor = PrePostProcessor(model)
        for i in range(len(model.inputs)):
            processor.input(i).tensor().set_element_type(openvino.Type.f32)
        for i in range(len(model.outputs)):
            processor.output(i).tensor().set_element_type(openvino.Type.f32)
        model = processor.build()
        manager = Manager()
        manager.register_pass(ConstantFolding())
        manager.run_passes(model)
        openvino.serialize(model, xml, xml.with_suffix(".bin"))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    write_ir(Path(sys.argv[1]).read_bytes(), Path(sys.argv[2]))
