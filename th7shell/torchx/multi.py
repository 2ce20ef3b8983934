"""`torch.MultiCudaTensor`: a matrix in parts along one dimension, each on a device, as dpnn's
NCEModule uses it. Only what that needs is there, as in the original.

Source: nicholas-leonard/torchx.
"""

from __future__ import annotations

import math
from typing import Any

from th7shell.lua import Table, TorchError, array, items, lua_type, new_table
from th7shell.torch.classes import TorchClass, torch_type
from th7shell.torch.storage import STORAGES
from th7shell.torch.tensor import Tensor

__plays_lua__ = True


class MultiCudaTensor(Table, metaclass=TorchClass, name="torch.MultiCudaTensor"):
    """MultiCudaTensor(catdim, tensors): tensors one after another along dimension catdim."""

    catdim: Any = None
    tensors: Any = None
    _size: Any = None

    def __init__(self, catdim: Any = None, tensors: Any = None, *_: Any) -> None:
        self.catdim = -1 if catdim is None else catdim
        self.tensors = new_table() if tensors is None else tensors

    def size(self, dim: Any = None, *_: Any) -> Any:
        """The sizes as a LongStorage, or one of them."""
        parts = array(self.tensors)
        sizes = list(parts[0].nd.shape) if parts else []
        if sizes:
            sizes[self.catdim - 1] = sum(p.nd.shape[self.catdim - 1] for p in parts)
        if dim is not None:
            return sizes[int(dim) - 1] if 1 <= dim <= len(sizes) else None
        return STORAGES["Long"](new_table(sizes))

    def dim(self, *_: Any) -> int:
        """The number of dimensions."""
        return len(self.size())

    def t(self, *_: Any) -> Any:
        """The transposed matrix, over the same memory."""
        if self.dim() != 2:
            raise TorchError("assertion failed!")
        return self.transpose(1, 2)

    def transpose(self, dim1: Any = None, dim2: Any = None, *_: Any) -> Any:
        """Exchange two dimensions, over the same memory."""
        across = {dim1: dim2, dim2: dim1}.get(self.catdim, self.catdim)
        return type(self)(across, new_table(p.transpose(dim1, dim2) for p in array(self.tensors)))

    @staticmethod
    def index(
        res: Any = None, src: Any = None, dim: Any = None, indices: Any = None, *_: Any
    ) -> Any:
        """The rows of src that a vector names, in the tensor res: `src.index(res, src, 1, v)`."""
        _check(isinstance(res, Tensor) and isinstance(src, MultiCudaTensor) and dim == 1)
        _check(isinstance(indices, Tensor) and indices.nd.ndim == 1 and src.catdim != dim)
        res.resize(indices.size(1), src.size(2))
        for part, place in _slices(src, res):
            place.copy(part.index(1, indices.long()))
        return res

    def indexAdd(self, dim: Any = None, indices: Any = None, src: Any = None, *_: Any) -> Any:
        """Add the rows of a tensor to those that a vector names."""
        _check(isinstance(src, Tensor) and isinstance(indices, Tensor))
        _check(dim == 1 and indices.nd.ndim == 1 and self.catdim != dim)
        for part, place in _slices(self, src):
            part.indexAdd(1, indices.long(), place)
        return self

    def add(self, value: Any = None, src: Any = None, *_: Any) -> Any:
        """Add another one, `value` times."""
        value, src = (1, value) if src is None else (value, src)
        _check(isinstance(src, MultiCudaTensor) and lua_type(value) == "number")
        for mine, yours in zip(array(self.tensors), array(src.tensors)):
            mine.add(value, yours)
        return self

    @staticmethod
    def addmm(
        res: Any = None,
        v1: Any = None,
        M: Any = None,
        v2: Any = None,
        mat1: Any = None,
        mat2: Any = None,
        *_: Any,
    ) -> Any:
        """res = v1·res + v2·mat1·mat2, with mat2 in parts of rows."""
        _check(isinstance(mat2, MultiCudaTensor) and mat2.catdim == 1)
        _check(isinstance(mat1, Tensor) and isinstance(res, Tensor) and M is res)
        res.mul(v1)
        start = 1
        for part in array(mat2.tensors):
            res.addmm(1, res, v2, mat1.narrow(2, start, part.size(1)), part)
            start += part.size(1)
        return res

    def zero(self, *_: Any) -> Any:
        """Fill with zeros."""
        return _all(self, "zero")

    def mul(self, value: Any = None, *_: Any) -> Any:
        """Multiply by a number."""
        return _all(self, "mul", value)

    def uniform(self, lower: Any = None, upper: Any = None, *_: Any) -> Any:
        """Fill with uniform random numbers."""
        return _all(self, "uniform", lower, upper)

    def norm(self, *given: Any) -> float:
        """The 2-norm."""
        _check(not given)
        return math.sqrt(sum(p.norm() ** 2 for p in array(self.tensors)))

    def resizeAs(self, src: Any = None, *_: Any) -> Any:
        """Take the parts' sizes of another one."""
        self.catdim = src.catdim
        for i, part in enumerate(array(src.tensors), 1):
            own = self.tensors[i]
            self.tensors[i] = (part.new() if own is None else own).resizeAs(part)
        return self

    def copy(self, src: Any = None, *_: Any) -> Any:
        """Take the parts' elements of another one."""
        for mine, yours in zip(array(self.tensors), array(src.tensors)):
            mine.copy(yours)
        return self

    def clone(self, *_: Any) -> Any:
        """A copy with memory of its own."""
        parts = new_table(p.clone() for p in array(self.tensors))
        return type(self)(self.catdim, parts)

    def write(self, file: Any = None, *_: Any) -> tuple[()]:
        """Write to a file of torch: the fields, then each part after its device."""
        parts = array(self.tensors)
        file.writeObject(new_table((), {k: v for k, v in items(self) if k != "tensors"}))
        file.writeObject(len(parts))
        for part in parts:
            file.writeObject(part.getDevice() if "Cuda" in torch_type(part) else 1)
            file.writeObject(part)
        return ()

    def read(self, file: Any = None, *_: Any) -> tuple[()]:
        """Read what `write` wrote."""
        for key, value in items(file.readObject()):
            self[key] = value
        self.tensors = new_table()
        for i in range(1, int(file.readObject()) + 1):
            file.readObject()
            self.tensors[i] = file.readObject()
        return ()


MultiCudaTensor.__noGPU__ = True


def _slices(parts: Any, whole: Any) -> list[tuple[Any, Any]]:
    """The parts, each with the part of an ordinary tensor that lies there."""
    pairs, start = [], 1
    for part in array(parts.tensors):
        length = part.size(parts.catdim)
        pairs.append((part, whole.narrow(parts.catdim, start, length)))
        start += length
    return pairs


def _all(parts: Any, method: str, *arguments: Any) -> Any:
    for part in array(parts.tensors):
        getattr(part, method)(*arguments)
    return parts


def _check(holds: bool) -> None:
    if not holds:
        raise TorchError("assertion failed!")
