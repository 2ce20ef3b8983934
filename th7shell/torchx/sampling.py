"""`torch.AliasMultinomial`: categories drawn from a distribution in the same time whatever their
number."""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import Table, TorchError, state
from th7shell.torch.classes import TorchClass, torch_type
from th7shell.torch.tensor import TYPES, Tensor, wrap

__plays_lua__ = True


class AliasMultinomial(Table, metaclass=TorchClass, name="torch.AliasMultinomial"):
    """AliasMultinomial(probs): a vector of probabilities. `draw()` gives a category, by
    math.random; `batchdraw(output)` fills a LongTensor, by torch's generator.

    Fields: q, the share that each place keeps; J, the category that has the rest.

    Source: nicholas-leonard/torchx; Vose's alias method.
    """

    J: Any = None
    q: Any = None
    _kk: Any = None
    _q: Any = None
    _mask: Any = None

    def __init__(self, probs: Any = None, *_: Any) -> None:
        self.J, self.q = self.setup(probs)

    def setup(self, probs: Any = None, *_: Any) -> Any:
        """The tables J and q of a distribution."""
        if not isinstance(probs, Tensor):
            raise TorchError(f"torch.AliasMultinomial: a tensor expected, got {torch_type(probs)}")
        if probs.nd.ndim != 1:
            raise TorchError("assertion failed!")
        n = len(probs.nd)
        share = (probs.nd.astype(np.float64) * n).astype(probs.nd.dtype)
        other = np.zeros(n, np.int64)
        smaller = np.flatnonzero(share < 1).tolist()
        larger = np.flatnonzero(~(share < 1)).tolist()
        while smaller and larger:
            small, large = smaller.pop(), larger.pop()
            other[small] = large + 1
            share[large] = float(share[large]) - (1.0 - float(share[small]))
            (smaller if share[large] < 1.0 else larger).append(large)
        if not share.min() >= 0:
            raise TorchError("assertion failed!")
        if share.max() > 1:
            share /= share.max()
        share[other <= 0] = 1  # nothing else to give there
        return wrap(other), wrap(share)

    def draw(self, *_: Any) -> Any:
        """One category."""
        random = state.globals.math.random
        place = int(random(1, len(self.J.nd)))
        return place if random() < self.q.nd[place - 1] else int(self.J.nd[place - 1])

    def batchdraw(self, output: Any = None, *_: Any) -> Any:
        """Fill a LongTensor with categories; returns it."""
        if torch_type(output) != "torch.LongTensor" or not output.nd.size:
            raise TorchError("assertion failed!")
        self._kk = output.new() if self._kk is None else self._kk
        self._kk.resizeAs(output).random(1, len(self.J.nd))
        places = self._kk.nd.reshape(-1)
        self._q = wrap(self.q.nd[places - 1])
        self._mask = TYPES["torch.LongTensor"]().resize(self._q.size()).bernoulli(self._q)
        drawn = np.where(self._mask.nd == 1, places, self.J.nd[places - 1])
        output.nd[...] = drawn.reshape(output.nd.shape)
        return output
