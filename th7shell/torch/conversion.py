"""The types of tensors: `t:type([name])`, `t:float()` and its like, `t:typeAs(u)`."""

from __future__ import annotations

from typing import Any

from th7shell.lua import TorchError

from .classes import typename
from .memory import Memory, new_over
from .tensor import TYPES, Tensor, default_type
from .types import NONE, expected_kind

__plays_lua__ = True  # these methods were written in Lua: their errors name this file


def converted(tensor: Any, cls: Any) -> Any:
    """The tensor itself if it is of class `cls`, else a converted copy."""
    if type(tensor) is cls:
        return tensor
    if not tensor.nd.size:
        return cls()
    return new_over(cls, tensor.nd.astype(cls.dtype, order="C"))


def type_(self: Any = NONE, name: Any = None, *_: Any) -> Any:
    """The class name, or a copy converted to the tensor class `name` (self if it has it)."""
    if name is None or name is False:
        return typename(self)
    cls = TYPES.get(name)
    if cls is None:
        raise TorchError("attempt to index a nil value")  # the metatable of no class
    return converted(self, cls)


def typeAs(self: Any = NONE, other: Any = NONE, *_: Any) -> Any:
    """Self converted to the type of another tensor."""
    if not isinstance(other, Memory):
        raise expected_kind(other, 2, "torch.*Tensor")
    return converted(self, type(other))


def real(self: Any = NONE, *_: Any) -> Any:
    """Self converted to the default tensor type."""
    return converted(self, default_type())


def _to(cls: Any) -> Any:
    """The method that converts to one class."""

    def convert(self: Any = NONE, *_: Any) -> Any:
        return converted(self, cls)

    name = cls.element_type.name
    convert.__name__ = name[0].lower() + name[1:]
    convert.__doc__ = f"Self converted to {cls.__name__}; self if it is one."
    return convert


def offer(cls: Any) -> None:
    """Give all tensors the method that converts to a class: `t:float()`, `t:cudaLong()`."""
    method = _to(cls)
    setattr(Tensor, method.__name__, method)


type_.__name__ = "type"
for _method in (type_, typeAs, real):
    setattr(Tensor, _method.__name__, _method)
for _class in TYPES.values():
    offer(_class)
