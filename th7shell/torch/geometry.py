"""The sizes and strides of tensors, and the views that pick or reorder dimensions: narrow, select,
transpose, …"""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import BadArgument
from th7shell.lua.callers import LUAS

from .keys import plain_index
from .memory import check_same_type, new_over, offset_of, own_storage, sizes_of, strided
from .storage import Storage, long_storage
from .types import NONE, expected, integer, lua_number, to_number


class Geometry:
    """What a tensor tells about its geometry, and views of it without a copy."""

    __slots__ = ()
    nd: Any
    _storage: Any

    def dim(self, *_: Any) -> int:
        """Number of dimensions, 0 for an empty tensor."""
        nd = self.nd
        return nd.ndim if nd.size else 0

    nDimension = dim

    def size(self, dim: Any = None, *_: Any) -> Any:
        """Size of dimension `dim`, or all sizes as a LongStorage."""
        nd = self.nd
        if dim is None:
            return long_storage(nd.shape if nd.size else ())
        if dim.__class__ is int and 0 < dim <= nd.ndim and nd.size:
            return nd.shape[dim - 1]
        return _of_dimension(self, dim, nd.shape if nd.size else ())

    ħlength = size  # `#t`

    def __len__(self) -> int:
        """The size of the first dimension."""
        nd = self.nd
        return nd.shape[0] if nd.size else 0

    def stride(self, dim: Any = None, *_: Any) -> Any:
        """Stride of dimension `dim` in elements, or all strides as a LongStorage."""
        nd = self.nd
        return _of_dimension(
            self, dim, tuple([s // nd.itemsize for s in nd.strides]) if nd.size else ()
        )

    def nElement(self, *_: Any) -> int:
        """Number of elements."""
        return self.nd.size

    def storage(self, *_: Any) -> Storage | None:
        """The storage this tensor views, shared with it; nil if it has none yet."""
        if self._storage is None and not self.nd.size:
            return None
        return own_storage(self)

    def storageOffset(self, *_: Any) -> int:
        """Position of the first element in the storage, from 1."""
        storage = self._storage
        return 1 if storage is None else offset_of(self.nd, storage.nd) + 1

    def isContiguous(self, *_: Any) -> bool:
        """True if the elements lie one after the other, last dimension fastest."""
        return self.nd.flags.c_contiguous

    def isSize(self, sizes: Any = NONE, *_: Any) -> bool:
        """True if the sizes are those of a LongStorage."""
        if not isinstance(sizes, Storage) or sizes.dtype != np.int64:
            raise expected(sizes, 2, "torch.LongStorage")
        return list(sizes_of(self.nd)) == sizes.nd.tolist()

    def isSameSizeAs(self, other: Any = NONE, *_: Any) -> bool:
        """True if the sizes are those of another tensor."""
        check_same_type(self, other, 2)
        return self.nd.shape == other.nd.shape

    def isSetTo(self, other: Any = NONE, *_: Any) -> bool:
        """True if both tensors are the same view of the same storage."""
        check_same_type(self, other, 2)
        if self is other:
            return self.storage() is not None
        mine, theirs = self.nd, other.nd
        return (
            self._storage is not None
            and self._storage is other._storage
            and mine.shape == theirs.shape
            and mine.strides == theirs.strides
            and offset_of(mine, theirs) == 0
        )

    def narrow(self, dim: Any = NONE, first: Any = NONE, size: Any = NONE, *_: Any) -> Any:
        """The view of `size` entries from `first` on along dimension `dim`."""
        nd = self.nd
        if dim.__class__ is first.__class__ is size.__class__ is int and 0 < first and 0 < size:
            if dim == 1:
                if size <= len(nd) + 1 - first:
                    first -= 1
                    return new_over(self.__class__, nd[first : first + size], _storage_of(self))
            elif 1 < dim <= nd.ndim and size <= nd.shape[dim - 1] + 1 - first:
                part = narrowed(nd, dim - 1, first - 1, size)
                return new_over(self.__class__, part, _storage_of(self))
        dim, first, size = integer(dim, 2) - 1, integer(first, 3) - 1, integer(size, 4)
        _check_dim(nd, dim, 2)
        total = nd.shape[dim]
        if not 0 <= first < total:
            raise BadArgument(3, "out of range")
        if size <= 0 or first > total - size:
            raise BadArgument(4, "out of range")
        return new_over(type(self), narrowed(nd, dim, first, size), _storage_of(self))

    def sub(self, *ranges: Any) -> Any:
        """The view between inclusive positions, a pair for each of the first dimensions; negative
        ones count from the end."""
        nd = self.nd
        if len(ranges) in (2, 4):
            parts = (ranges,) if len(ranges) == 2 else (ranges[:2], ranges[2:])
            where = plain_index(nd, parts)
            if where is not None:
                return new_over(self.__class__, nd[where], _storage_of(self))
        sizes = sizes_of(nd)
        if len(ranges) < 2:
            ranges += (NONE,) * (2 - len(ranges))
        key = []
        for d in range(0, min(len(ranges), 8), 2):
            first = integer(ranges[d], d + 2) - 1
            last = integer(ranges[d + 1] if d + 1 < len(ranges) else NONE, d + 3) - 1
            if d // 2 >= len(sizes):
                raise BadArgument(d + 2, "invalid dimension")
            n = sizes[d // 2]
            first += n + 1 if first < 0 else 0
            last += n + 1 if last < 0 else 0
            if not 0 <= first < n:
                raise BadArgument(d + 2, "out of range")
            if not 0 <= last < n:
                raise BadArgument(d + 3, "out of range")
            if last < first:
                raise BadArgument(d + 3, "end smaller than beginning")
            key.append(slice(first, last + 1))
        return new_over(type(self), nd[tuple(key)], own_storage(self))

    def select(self, dim: Any = NONE, index: Any = NONE, *_: Any) -> Any:
        """The view of entry `index` of dimension `dim`, one dimension less; a number for a 1-D
        tensor."""
        nd = self.nd
        if dim.__class__ is index.__class__ is int and 0 < index and nd.ndim > 1:
            if dim == 1:
                if index <= len(nd):
                    return new_over(self.__class__, nd[index - 1], _storage_of(self))
            elif 1 < dim <= nd.ndim and index <= nd.shape[dim - 1]:
                part = nd[(slice(None),) * (dim - 1) + (index - 1,)]
                return new_over(self.__class__, part, _storage_of(self))
        dim, index = integer(dim, 2) - 1, integer(index, 3) - 1
        if nd.ndim == 1:
            if not nd.size:
                raise BadArgument(1, "empty Tensor")
            if not 0 <= index < nd.shape[0]:
                raise BadArgument(2, "out of range")
            return lua_number(nd[index])
        _check_dim(nd, dim, 2)
        if not 0 <= index < nd.shape[dim]:
            raise BadArgument(3, "out of range")
        view = nd[index] if dim == 0 else nd[(slice(None),) * dim + (index,)]
        return new_over(type(self), view, _storage_of(self))

    def transpose(self, dim1: Any = NONE, dim2: Any = NONE, *_: Any) -> Any:
        """The view with two dimensions exchanged."""
        dim1, dim2 = integer(dim1, 2) - 1, integer(dim2, 3) - 1
        nd = self.nd
        _check_dim(nd, dim1, 1)
        _check_dim(nd, dim2, 2)
        return new_over(type(self), nd.swapaxes(dim1, dim2), _storage_of(self))

    def t(self, *_: Any) -> Any:
        """The transposed view of a matrix."""
        nd = self.nd
        if nd.ndim != 2:
            raise BadArgument(1, "Tensor must have 2 dimensions")
        return new_over(type(self), nd.T, _storage_of(self))

    def unfold(self, dim: Any = NONE, size: Any = NONE, step: Any = NONE, *_: Any) -> Any:
        """The view of all slices of `size` entries of dimension `dim`, `step` apart, as a new last
        dimension."""
        dim, size, step = integer(dim, 2) - 1, integer(size, 3), integer(step, 4)
        nd = self.nd
        if not nd.size:
            raise BadArgument(1, "cannot unfold an empty tensor")
        _check_dim(nd, dim, 2)
        if not 0 < size <= nd.shape[dim]:
            raise BadArgument(3, "out of range")
        if step <= 0:
            raise BadArgument(4, "invalid step")
        shape = [*nd.shape, size]
        strides = [*nd.strides, nd.strides[dim]]
        shape[dim] = (nd.shape[dim] - size) // step + 1
        strides[dim] *= step
        view = strided(self, tuple(shape), tuple(strides))
        return new_over(type(self), view, self._storage)


LUAS[Geometry.__len__] = Geometry.size


def _storage_of(tensor: Any) -> Storage:
    storage: Storage = tensor._storage
    return own_storage(tensor) if storage is None else storage


def narrowed(nd: Any, dim: int, first: int, size: int) -> Any:
    """The entries first … first+size-1 (from 0) of one dimension of an array."""
    if dim == 0:
        return nd[first : first + size]
    return nd[(slice(None),) * dim + (slice(first, first + size),)]


def _check_dim(nd: Any, dim: int, position: int) -> None:
    if not 0 <= dim < nd.ndim or not nd.size:
        raise BadArgument(position, "out of range")


def _of_dimension(tensor: Any, dim: Any, values: Any) -> Any:
    if dim.__class__ is not int:
        if to_number(dim) is None:
            return long_storage(values)
        dim = integer(dim, 2)
    if not 0 < dim <= len(values):
        raise BadArgument(2, f"dimension {dim} out of range of {len(sizes_of(tensor.nd))}D tensor")
    return values[dim - 1]
