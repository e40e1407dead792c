"""Reads the tensors of PyTorch checkpoints without PyTorch and without running anything that a pickle asks for.

A pickle may name only the few constructors that tensors need, and each of them is replaced by one of ours.
"""

import io
import pickle
import zipfile
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C  # torch.save before version 1.6


@dataclass(frozen=True)
class _Tensor:
    """A view of a storage that may not have been read yet."""

    storage: str
    offset: int
    shape: tuple
    strides: tuple


class _NumpyArray:
    """Stands for numpy.ndarray while it is unpickled."""

    def __setstate__(self, state):
        _, shape, dtype, fortran_order, data = state
        if fortran_order or dtype.kind != "f":
            raise pickle.UnpicklingError(f"unexpected array: {dtype}, fortran order {fortran_order}")
        self.value = np.frombuffer(data, dtype=dtype).reshape(shape)


def _encode(text, encoding):
    if encoding != "latin1":
        raise pickle.UnpicklingError(f"unexpected encoding {encoding}")
    return text.encode("latin1")


def _rebuild_tensor(storage, offset, shape, strides, *_):
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


class _Unpickler(pickle.Unpickler):
    ALLOWED = {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
        ("torch", "FloatStorage"): "float32",
        ("numpy", "ndarray"): _NumpyArray,
        ("numpy", "dtype"): lambda name, *_: np.dtype(name),
        ("numpy.core.multiarray", "_reconstruct"): lambda *_: _NumpyArray(),
        ("_codecs", "encode"): _encode,
    }

    def find_class(self, module, name):
        if (module, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"the checkpoint asks for {module}.{name}, which is not allowed")
        return self.ALLOWED[module, name]

    def persistent_load(self, pid):
        kind, dtype, key = pid[:3]
        if kind != "storage" or dtype != "float32":
            raise pickle.UnpicklingError(f"unexpected storage {kind} {dtype}")
        return key


def _resolve(value, storages):
    """Replaces the placeholders in nested dicts by arrays; other values stay."""
    if isinstance(value, dict):
        return {key: _resolve(item, storages) for key, item in value.items()}
    if isinstance(value, _NumpyArray):
        return value.value
    if isinstance(value, _Tensor):
        storage = storages[value.storage]
        last = value.offset + sum((n - 1) * stride for n, stride in zip(value.shape, value.strides))
        if value.offset < 0 or last >= len(storage) or any(stride < 0 for stride in value.strides):
            raise pickle.UnpicklingError("a tensor reaches beyond its storage")
        strides = [4 * stride for stride in value.strides]
        view = np.lib.stride_tricks.as_strided(storage[value.offset :], value.shape, strides)
        return np.ascontiguousarray(view)
    return value


def _read_zip(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        folder = archive.namelist()[0].split("/")[0]
        value = _Unpickler(io.BytesIO(archive.read(f"{folder}/data.pkl"))).load()
        prefix = f"{folder}/data/"
        storages = {
            name.removeprefix(prefix): np.frombuffer(archive.read(name), dtype="<f4")
            for name in archive.namelist()
            if name.startswith(prefix)
        }
    return _resolve(value, storages)


def _read_legacy(data):
    file = io.BytesIO(data)
    magic, _, _ = (_Unpickler(file).load() for _ in range(3))
    if magic != LEGACY_MAGIC:
        raise pickle.UnpicklingError("not a PyTorch checkpoint")
    value = _Unpickler(file).load()
    storages = {}
    for key in _Unpickler(file).load():
        length = int.from_bytes(file.read(8), "little")
        storages[key] = np.frombuffer(file.read(4 * length), dtype="<f4")
    return _resolve(value, storages)


def read_checkpoint(data):
    """The content of a checkpoint (bytes), as nested dicts of NumPy arrays."""
    return _read_zip(data) if data[:2] == b"PK" else _read_legacy(data)
