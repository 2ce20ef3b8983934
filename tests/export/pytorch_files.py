"""Files as PyTorch writes them, written without it."""

from __future__ import annotations

import io
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
KINDS = {"<f4": "FloatStorage", "<f8": "DoubleStorage", "<i8": "LongStorage", "|b1": "BoolStorage"}


class Storage:
    """Elements that tensors share."""

    def __init__(self, nd):
        self.nd = nd


class Tensor:
    """A part of a storage."""

    def __init__(self, storage, offset, sizes, strides):
        self.of = (storage, offset, sizes, strides, False, OrderedDict())

    def __reduce__(self):
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.of


def tensor(nd):
    strides = tuple(s // nd.itemsize for s in nd.strides)
    return Tensor(Storage(nd.reshape(-1)), 0, nd.shape, strides)


def modules():
    """Stand-ins for PyTorch's modules, whose names go into the pickle."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def _rebuild_tensor_v2():
        return None

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    for name in KINDS.values():
        setattr(torch, name, type(name, (), {"__module__": "torch"}))
    return {"torch": torch, "torch._utils": utils}


class Pickler(pickle.Pickler):
    def __init__(self, file, legacy):
        super().__init__(file, 2)
        self.legacy = legacy
        self.storages = {}

    def persistent_id(self, value):
        if not isinstance(value, Storage):
            return None
        key, _ = self.storages.setdefault(id(value), (str(len(self.storages)), value))
        kind = getattr(sys.modules["torch"], KINDS[value.nd.dtype.str])
        return ("storage", kind, key, "cpu", value.nd.size, *((None,) if self.legacy else ()))


def saved(value, legacy=False) -> bytes:
    """What torch.save writes, in today's format or the one before."""
    before = {name: sys.modules.get(name) for name in ("torch", "torch._utils")}
    sys.modules.update(modules())
    try:
        out = io.BytesIO()
        if legacy:
            for part in (MAGIC, 1001, {"little_endian": True}):
                pickle.dump(part, out, 2)
        pickler = Pickler(out, legacy)
        pickler.dump(value)
    finally:
        for name, module in before.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
    storages = list(pickler.storages.values())
    if legacy:
        pickle.dump([key for key, _ in storages], out, 2)
        for _, storage in storages:
            out.write(struct.pack("<q", storage.nd.size) + storage.nd.tobytes())
        return out.getvalue()
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("net/data.pkl", out.getvalue())
        archive.writestr("net/byteorder", "little")
        for key, storage in storages:
            archive.writestr(f"net/data/{key}", storage.nd.tobytes())
    return data.getvalue()


def state_dict(seed=0):
    """The state dict of Linear(3, 4), Tanh, Linear(4, 2)."""
    rng = np.random.default_rng(seed)
    shapes = {"0.weight": (4, 3), "0.bias": (4,), "2.weight": (2, 4), "2.bias": (2,)}
    return OrderedDict(
        (n, tensor(rng.normal(size=s).astype(np.float32))) for n, s in shapes.items()
    )
