"""What layers ask of their arguments, in the words of the original.

`nd(input)` is the one door from a tensor to its ndarray: anything that is no tensor raises the
sentence that Lua itself would have raised there, so that scripts and searches that match on it go
on working.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import LuaObject, Table, TorchError, lua_type, tostring
from th7shell.lua.tracebacks import in_file
from th7shell.torch.conversion import converted
from th7shell.torch.cuda_types import when_enabled
from th7shell.torch.tensor import KIN, TYPES, Tensor

#: the tensor classes that the original's kernels exist for
REAL = {TYPES[f"torch.{name}Tensor"] for name in ("Float", "Double")}
when_enabled(lambda *classes: REAL.update(cls for cls in classes if cls.element_type.real))


def nd(value: Any, name: str = "input", method: str = "dim") -> NDArray:
    """The ndarray of the tensor `value`, the argument called `name` on which `method` is about
    to be used.
    """
    if isinstance(value, Tensor):
        return value.nd
    if isinstance(value, LuaObject) and not (method == "THNN" and isinstance(value, Table)):
        raise TorchError(f"attempt to call method '{method}' (a nil value)")
    if isinstance(value, Table):
        raise TorchError(f"attempt to index field '{method}' (a nil value)")
    raise TorchError(f"attempt to index local '{name}' (a {lua_type(value)} value)")


def check_part(part: Any, what: str = "module") -> None:
    """Refuse at once what cannot be a part of a container: a class, text, a number, nil.

    In the code of a file the original's rule holds: it takes them all, and a class may even work
    (`nn.Identity`).
    """
    if isinstance(part, LuaObject) and not isinstance(part, type):
        return
    if in_file(sys._getframe(2)):
        return
    if isinstance(part, type):
        name = part.__dict__.get("__typename", part.__name__)
        raise TorchError(f"{name} is a class: {name}()")
    raise TorchError(f"a {what} expected, got {'nil' if part is None else 'a ' + lua_type(part)}")


def check_sizes(*sizes: Any) -> None:
    """Refuse tensors where a constructor wants numbers, before it fills them as its own."""
    for n, size in enumerate(sizes, 1):
        if isinstance(size, Tensor):
            raise TorchError(f"bad argument #{n} to '?' (number expected, got userdata)")


def nd_like(buffer: Any, value: Any, name: str = "input", method: str = "dim") -> NDArray:
    """`nd` of a tensor whose type must be that of the buffer which gets its sizes."""
    x = nd(value, name, method)
    if value.__class__ is not buffer.__class__:
        buffer.resizeAs(value)
    return x


def nd_real(value: Any, name: str = "input") -> NDArray:
    """`nd` for the layers whose arithmetic is a kernel of float and double tensors only."""
    if value.__class__ in REAL:
        return value.nd
    nd(value, name, "THNN")
    raise TorchError("attempt to index field 'THNN' (a nil value)")


def long_buffer(buffer: Any, input: Any) -> Any:
    """A tensor of whole numbers on the input's device: `buffer`, its copy of that type, or a new
    one.
    """
    cls = input.kin["Long"] if isinstance(input, Tensor) else KIN[""]["Long"]
    if buffer.__class__ is cls:
        return buffer
    return cls() if buffer is None else converted(buffer, cls)


def shape_text(shape: tuple[int, ...]) -> str:
    """`[2 x 3]`, as Torch writes a size in its messages."""
    return f"[{' x '.join(map(str, shape))}]"


def elements(shape: tuple[int, ...]) -> int:
    """How many elements a tensor of this shape has (a tensor without dimensions has shape
    (0,)).
    """
    n = 1
    for s in shape:
        n *= s
    return n


def torch_shape(x: NDArray) -> tuple[int, ...]:
    """The sizes Torch would list: none for a tensor without dimensions."""
    return () if x.shape == (0,) else x.shape


def same_elements(
    a: NDArray, b: NDArray, a_name: str = "input", b_name: str = "gradOutput"
) -> None:
    """Refuse two arrays of different numbers of elements."""
    if a.shape != b.shape and a.size != b.size:
        s, t = shape_text(torch_shape(a)), shape_text(torch_shape(b))
        raise TorchError(
            f"{a_name} and {b_name} have different number of elements: "
            f"{a_name}{s} has {a.size} elements, while {b_name}{t} has {b.size} elements"
        )


def same_type(x: NDArray, other: NDArray, position: int) -> None:
    """Refuse to mix float and double tensors in one kernel: `position` is where the kernel
    takes `other`.
    """
    if x.dtype is not other.dtype and x.dtype != other.dtype:
        have, want = (f"'struct TH{c_name(a.dtype)}Tensor *'" for a in (other, x))
        raise TorchError(f"bad argument #{position} to 'v' (cannot convert {have} to {want})")


C_NAMES = {"f8": "Double", "f4": "Float", "i8": "Long", "i4": "Int", "i2": "Short", "i1": "Char"}


def c_name(dtype: np.dtype) -> str:
    """'Double' for float64 …: how tensor types are called in C."""
    return C_NAMES.get(dtype.str[1:], "Byte")


def bad_argument(position: int, message: str) -> NoReturn:
    """Refuse an argument of a kernel: the original's kernels are all called 'v' in messages."""
    raise TorchError(f"bad argument #{position} to 'v' ({message})")


def c_number(value: Any, position: int) -> Any:
    """A field that a kernel takes as a number (NumPy would take nil for nan)."""
    if value is None:
        bad_argument(position, "cannot convert 'nil' to 'double'")
    return value


def same_shape(a: NDArray, b: NDArray, a_name: str = "input", b_name: str = "gradOutput") -> None:
    """Refuse two arrays of different shapes."""
    if a.shape != b.shape:
        s, t = shape_text(torch_shape(a)), shape_text(torch_shape(b))
        raise TorchError(f"{a_name} and {b_name} shapes do not match: {a_name} {s}, {b_name} {t}")


def boolean_flag(value: Any) -> bool:
    """The `inplace` argument of a constructor."""
    if value is None or isinstance(value, bool):
        return bool(value)
    raise TorchError("in-place flag must be boolean")


def check(condition: Any, message: str = "assertion failed!") -> None:
    """Lua's assert."""
    if not condition:
        raise TorchError(message)


def axis_of(dimension: Any, dims: int, refuse: Callable[[], Any]) -> int:
    """The axis, from 0, of a dimension from 1 in a tensor of `dims` dimensions. For any other,
    `refuse` runs the tensor operation that the original has there, which raises.
    """
    if 1 <= dimension < dims + 1:
        return int(dimension) - 1
    refuse()
    raise TorchError(f"dimension {tostring(dimension)} out of range of {dims}D tensor")
