"""What image functions share: the optional leading destination, pictures as arrays, and the
package's errors.

A picture is a tensor of planes×height×width (or height×width), reals in [0, 1] or bytes in 0…255.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..lua import Table, TorchError
from ..torch.tensor import Tensor, resized, wrap

LUMA = np.array([0.299, 0.587, 0.114])  # of red, green and blue: ITU-R BT.601
RED, PLAIN = "\x1b[1;31m", "\x1b[0m"


def fail(function: str, message: str) -> TorchError:
    """The package's error: `<image.scale> incorrect arguments`, coloured as the original words
    it."""
    return TorchError(f"{RED}<image.{function}> {message}{PLAIN}")


def is_picture(value: Any) -> bool:
    return isinstance(value, Tensor)


def destination_first(function: str, args: Sequence[Any]) -> tuple[Any, Any, list[Any]]:
    """Split `[dst,] src, rest…` → dst or None, src, rest (trailing nils dropped)."""
    rest = list(args)
    while rest and rest[-1] is None:
        rest.pop()
    if not rest or not is_picture(rest[0]):
        raise fail(function, "incorrect arguments")
    if len(rest) > 1 and is_picture(rest[1]):
        return rest[0], rest[1], rest[2:]
    return None, rest[0], rest[1:]


def planes(function: str, picture: Any) -> np.ndarray:
    """The picture's array as planes×height×width (a view)."""
    array = picture.nd
    if array.ndim == 2:
        return array[None]
    if array.ndim != 3:
        sizes = "x".join(map(str, array.shape))
        raise fail(function, f"a picture has 2 or 3 dimensions, got a tensor of size {sizes}")
    return array


def deliver(result: np.ndarray, src: Any, dst: Any = None) -> Any:
    """The result in the source's type and number of dimensions, in `dst` where one was given."""
    if src.nd.ndim == 2 and result.ndim == 3:
        result = result[0]
    dtype = src.nd.dtype if dst is None else dst.nd.dtype
    if result.dtype != dtype:
        result = to_type(result, dtype)
    if dst is None:
        return wrap(np.ascontiguousarray(result))
    resized(dst, result.shape)[...] = result
    return dst


def to_type(values: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Reals to a picture's type: bytes are rounded and clipped."""
    if dtype == np.uint8:
        return np.clip(values + 0.5, 0, 255).astype(np.uint8)
    return values.astype(dtype)


def working(array: np.ndarray) -> np.ndarray:
    """The array in a real type: float64 stays, everything else becomes float32 as in the original's
    arithmetic."""
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float32)


def options(args: Sequence[Any], defaults: dict[str, Any]) -> list[Any]:
    """Values of named options: given by position, or by name in one table (or dict); nil takes the
    default."""
    if len(args) == 1 and isinstance(args[0], Table | dict):
        source = args[0]
        given = [source.get(k) if isinstance(source, dict) else source[k] for k in defaults]
        if isinstance(source, Table) and all(v is None for v in given) and source[1] is not None:
            given = [source, *[None] * (len(defaults) - 1)]
    else:
        given = [*args, *[None] * len(defaults)][: len(defaults)]
    return [d if v is None else v for v, d in zip(given, defaults.values())]
