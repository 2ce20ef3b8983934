"""Memory as C sees it: `t:data()` is an ffi pointer to a tensor's first element, good for its whole
storage.

There are no C structures behind tensors here: what `cdata()` gives can be passed on and compared,
but has no fields.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import LuaObject, TorchError

from .classes import typename
from .memory import Memory, offset_of, own_storage
from .namespace import export
from .storage import Storage
from .tensor import Tensor
from .types import NONE, expected_kind


def _pointer(value: Any) -> Any:
    from th7shell.lua.stdlib.ffi_data import data_pointer

    if isinstance(value, Storage):
        return data_pointer(_c_elements(value.nd)) if value.nd.size else None
    if value._storage is None and not value.nd.size:
        return None
    storage = own_storage(value)
    pointer = data_pointer(_c_elements(storage.nd))
    offset = offset_of(value.nd, storage.nd)
    return pointer + offset if offset else pointer


def _c_elements(nd: Any) -> Any:
    """The memory as elements of a C type: halves are the 16-bit words that hold them."""
    return nd.view(np.int16) if nd.dtype == np.float16 else nd


@export
def data(value: Any = NONE, as_number: Any = None, *_: Any) -> Any:
    """A pointer to the first element of a tensor or storage, or its address as a number.

    `torch.data(t [, true])`, `t:data()`; nil for a tensor without storage. Elements are counted
    from 0: `t:data()[0]`. It is valid until the storage is resized.
    """
    if value is None:
        return None
    if not isinstance(value, (Memory, Storage)):
        raise expected_kind(value, 1, "torch.*Tensor")
    pointer = _pointer(value)
    return pointer.__lua_address__() if as_number and pointer is not None else pointer


class CStruct(LuaObject):
    """Stands for the C struct of a tensor or storage: it can be compared, but has no fields."""

    __slots__ = ("__weakref__", "owner")
    __lua_type__ = ħtype = "cdata"

    def __init__(self, owner: Any) -> None:
        object.__setattr__(self, "owner", owner)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, CStruct) and other.owner is self.owner

    def __hash__(self) -> int:
        return id(self.owner)

    def __lua_address__(self) -> int:
        return id(self.owner)

    def __getattribute__(self, name: str) -> Any:
        if name == "owner" or name.startswith("__") or not name.isascii():
            return object.__getattribute__(self, name)
        raise _no_fields(self)

    def __setattr__(self, name: str, value: Any) -> None:
        raise _no_fields(self)

    def __getitem__(self, key: Any) -> Any:
        raise _no_fields(self)

    def __setitem__(self, key: Any, value: Any) -> None:
        raise _no_fields(self)

    def __str__(self) -> str:
        name = (typename(self.owner) or "").removeprefix("torch.")
        return f"cdata<struct TH{name} *>: 0x{id(self.owner):08x}"


def _no_fields(struct: CStruct) -> TorchError:
    kind = typename(struct.owner)
    return TorchError(f"the C struct of a {kind} has no fields here: use data(), size(), stride()")


@export
def cdata(value: Any = NONE, as_number: Any = None, *_: Any) -> Any:
    """What stands for the C struct of a tensor or storage, or a number that tells objects apart.

    `t:cdata()`, `torch.cdata(t [, true])`. It can be compared and passed on, but has no fields:
    `data` gives the memory.
    """
    if not isinstance(value, (Memory, Storage)):
        raise expected_kind(value, 1, "torch.*Tensor")
    return id(value) if as_number else CStruct(value)


for _class in (Tensor, Storage):
    for _function in (data, cdata):
        setattr(_class, _function.__name__, _function)
