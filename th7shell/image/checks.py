"""What image functions share: pictures as arrays, the checks of the original's C functions, and the
package's errors.

A picture is a Byte, Float or DoubleTensor of planes×height×width (or height×width): reals in
[0, 1], bytes in 0…255. Reals are computed in their own type, bytes in float32: `working`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import th7shell.torch.console as console
from th7shell.dok import unpack, usage
from th7shell.lua import BadArgument, TorchError, new_table
from th7shell.torch.tensor import Tensor
from th7shell.torch.types import integer, torch_type_text

LUMA = np.array([0.299, 0.587, 0.114])  # of red, green and blue: ITU-R BT.601
RED, PLAIN = "\x1b[1;31m", "\x1b[0m"
KINDS = (np.dtype(np.uint8), np.dtype(np.float32), np.dtype(np.float64))


def fail(function: str, message: str) -> TorchError:
    """The package's error: `<image.scale> incorrect arguments`, coloured as the original words
    it."""
    return TorchError(f"{RED}<image.{function}> {message}{PLAIN}")


def refuse(
    function: str, description: str, forms: str, message: str = "incorrect arguments"
) -> TorchError:
    """Print how a function is called, then give the error for arguments of no such form.

    forms: one line an argument, `type: help`, a `*` before what must be given; blank lines part
    the forms.
    """
    rows: list[Any] = []
    for line in forms.strip().splitlines():
        kind, _, help = line.strip().partition(": ")
        fields = {"type": kind.lstrip("*"), "help": help, "req": kind.startswith("*") or None}
        rows.append(new_table((), fields) if kind else "")
    console.show(usage(f"image.{function}", description, None, *rows))
    return fail(function, message)


def named(
    function: str, description: str, args: tuple[Any, ...], definitions: dict[str, Any]
) -> list[Any]:
    """Values of named options, given in order or by name in one table.

    definitions: name → (type, help, default), a default of `...` for what must be given and
    `"=name"` for another option's value.
    """
    rows = []
    for name, (kind, help, default) in definitions.items():
        fields = {"arg": name, "type": kind, "help": help}
        if default is ...:
            fields["req"] = True
        elif isinstance(default, str) and default.startswith("="):
            fields["defaulta"] = default[1:]
        else:
            fields["default"] = default
        rows.append(new_table((), fields))
    args = tuple(new_table(a) if isinstance(a, list | tuple) else a for a in args)  # from Python
    if len(args) == 1 and isinstance(args[0], dict):
        args = (new_table((), args[0]),)
    given = new_table(args or (new_table(),))
    return list(unpack(given, f"image.{function}", description, *rows)[1 : len(rows) + 1])


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def tensor(value: Any, position: int, function: str) -> Any:
    """Argument `position`, which must be a tensor that holds a picture's type."""
    if not isinstance(value, Tensor) or value.nd.dtype not in KINDS:
        got = "no value" if value is None else torch_type_text(value)
        what = "torch.DoubleTensor, FloatTensor or ByteTensor"
        raise BadArgument(position, f"{what} expected, got {got}", function)
    return value


def same_type(value: Any, like: Any, position: int, function: str) -> Any:
    """Argument `position`, which must be a tensor of the type of `like`."""
    if type(value) is not type(like):
        wanted = torch_type_text(like)
        got = "no value" if value is None else torch_type_text(value)
        raise BadArgument(position, f"{wanted} expected, got {got}", function)
    return value


def whole(value: Any, position: int, function: str) -> int:
    """Argument `position` as a C long: numbers are truncated towards zero."""
    try:
        return integer(value, position)
    except BadArgument as error:
        raise BadArgument(position, error.message, function) from None


def sizes(array: np.ndarray) -> str:
    return "x".join(map(str, array.shape))


def planes(picture: Any, position: int, function: str, what: str = "rotate: src") -> np.ndarray:
    """The picture's array as planes×height×width (a view)."""
    array = picture.nd
    if array.ndim not in (2, 3) or not array.size:
        raise BadArgument(position, f"{what} not 2 or 3 dimensional", function)
    return array[None] if array.ndim == 2 else array


def pair(src: Any, dst: Any, kernel: str, function: str) -> tuple[np.ndarray, np.ndarray]:
    """The arrays of a C function's source and destination: of one type, 2 or 3 dimensions, as
    many planes.

    kernel: the C function's name in errors, as the original has it; function: the user's.
    """
    same_type(dst, tensor(src, 1, kernel), 2, kernel)
    source = planes(src, 1, kernel)
    target = planes(dst, 2, kernel, "rotate: dst")
    if src.nd.ndim != dst.nd.ndim or source.shape[0] != target.shape[0]:
        raise TorchError(f"image.{function}: src and dst depths do not match")
    return source, target


def real(array: np.ndarray) -> np.dtype:
    """The type in which the original computes: the picture's own, float32 for bytes."""
    return np.dtype(np.float32) if array.dtype == np.uint8 else array.dtype


def working(array: np.ndarray) -> np.ndarray:
    """The array in that type."""
    return array if array.dtype in KINDS[1:] else array.astype(np.float32)


def to_type(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Reals to a picture's type: bytes are rounded and clipped (not a number becomes 0)."""
    if dtype == np.uint8:
        shifted = (values.astype(np.float32) + np.float64(0.5)).astype(np.float32)
        return np.where(shifted > 0, np.minimum(shifted, 255), 0).astype(np.uint8)
    return values.astype(dtype)
