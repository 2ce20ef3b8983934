"""nn.Maxout: the largest of several linear maps."""

from __future__ import annotations

from typing import Any

from ..containers.sequential import Sequential
from .linear import Linear
from .reductions import Max
from .reshaping import View


class Maxout(
    Sequential, name="nn.Maxout", arguments="inputSize outputSize maxoutNumber preprocess?"
):
    """The largest of several affine maps, y_j = max_k (W_k·x + b_k)_j.

    A module `preprocess` may work on the (maxoutNumber, outputSize) values first. Parameters are
    those of one nn.Linear to outputSize·maxoutNumber.

    Source: torch/nn, doc/simple.md; Goodfellow et al., arXiv 1302.4389, 2013.

    >>> nn.Maxout(3, 2, 4).forward(torch.randn(5, 3))
    """

    def __post_init__(
        self, inputSize: Any, outputSize: Any, maxoutNumber: Any, preprocess: Any
    ) -> None:
        self.add(Linear(inputSize, outputSize * maxoutNumber))
        self.add(View(maxoutNumber, outputSize).setNumInputDims(1))
        if preprocess is not None:
            self.add(preprocess)
        self.add(Max(1, 2))
