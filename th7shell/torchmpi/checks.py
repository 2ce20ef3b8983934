"""`mpi.checkWithAllreduce`: whether a number or a tensor is the same on all ranks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from th7shell.lua import TorchError
from th7shell.torch.tensor import Tensor
from th7shell.torch.types import number

from .communicators import LEVELS
from .library import running

CLOSE = 1e-7  # relative


def same_on_all_ranks(value: Any = None, name: Any = None, *_: Any) -> None:
    """Compare the mean and the variance of a tensor's absolute values, or a number, with their
    means over all ranks: `mpi.checkWithAllreduce(value[, name])`. Errors: they differ."""
    if isinstance(value, Tensor):
        size = np.abs(value.nd.astype(np.float64))
        mine = [size.mean(), size.var(ddof=min(1, size.size - 1))] if size.size else [0.0, 0.0]
    else:
        mine = [abs(number(value, 1))] * 2
    ours = np.array(mine, np.float64)
    LEVELS.comm.Allreduce(running().IN_PLACE, ours)
    ours /= LEVELS.comm.size
    for what, one, all_ranks in zip(("absmean", "absvar"), mine, ours.tolist()):
        if not math.isclose(one, all_ranks, rel_tol=CLOSE):
            raise TorchError(f"{name or ''}: {what} {one:.14g} vs {what}_sync {all_ranks:.14g}")
