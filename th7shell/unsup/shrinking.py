"""`tensor:shrinkage(lambda)`: move every element towards zero by lambda, as far as zero."""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import BadArgument, lua_type
from th7shell.torch.tensor import TYPES, Tensor


def shrinkage(tensor: Any = None, amount: Any = None, *_: Any) -> Any:
    """Shrink a tensor in place and return it. Errors: a negative lambda."""
    if lua_type(amount) != "number":
        raise BadArgument(2, f"number expected, got {lua_type(amount)}")
    if amount < 0:
        raise BadArgument(2, "Lambda should be non-negative")
    if isinstance(tensor, Tensor) and amount:
        x = tensor.nd
        bound = x.dtype.type(amount)
        x[...] = np.where(x > bound, x - bound, np.where(x < -bound, x + bound, 0))
    return tensor


def install() -> None:
    """Give tensors of floating-point types the method."""
    for name in ("torch.FloatTensor", "torch.DoubleTensor"):
        TYPES[name].shrinkage = shrinkage  # type: ignore[attr-defined]
