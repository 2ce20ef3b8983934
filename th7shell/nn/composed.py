"""Layers made of other layers: Maxout, LayerNormalization."""

from __future__ import annotations

import math
from typing import Any

from .arithmetic import MulConstant
from .linear import Linear
from .passing import Identity
from .reductions import Max, Mean, Normalize
from .reshaping import View
from .scale_shift import Add, CMul
from .selecting import Replicate
from .sequential import Sequential
from .table_arithmetic import CSubTable
from .table_containers import ConcatTable


class Maxout(Sequential, name="nn.Maxout"):
    """The largest of several affine maps, y_j = max_k (W_k·x + b_k)_j.

    Maxout(inputSize, outputSize, maxoutNumber[, preprocess]): a module `preprocess` may work on
    the (maxoutNumber, outputSize) values first. Parameters are those of one nn.Linear to
    outputSize·maxoutNumber.

    Source: torch/nn, doc/simple.md; Goodfellow et al., arXiv 1302.4389, 2013.

    >>> nn.Maxout(3, 2, 4).forward(torch.randn(5, 3))
    """

    def __init__(
        self,
        inputSize: Any = None,
        outputSize: Any = None,
        maxoutNumber: Any = None,
        preprocess: Any = None,
        *_: Any,
    ) -> None:
        super().__init__()
        self.add(Linear(inputSize, outputSize * maxoutNumber))
        self.add(View(maxoutNumber, outputSize).setNumInputDims(1))
        if preprocess is not None:
            self.add(preprocess)
        self.add(Max(1, 2))


class LayerNormalization(Sequential, name="nn.LayerNormalization"):
    """Normalise a sample over its features, y = (x - mean) / deviation, then scale and shift
    it.

    LayerNormalization(nOutput[, bias = 0[, eps = 1e-10[, affine = true]]]). input: (nOutput).
    (In a batch the original spreads the means in the wrong direction; this does the same.) With
    affine, a gain (nn.CMul, filled with 1) and a bias (nn.Add, filled with `bias`) are learned.

    Source: torch/nn, LayerNormalization; Ba et al., arXiv 1607.06450, 2016.

    >>> nn.LayerNormalization(4).forward(torch.randn(4))
    """

    def __init__(
        self,
        nOutput: Any = None,
        bias: Any = None,
        eps: Any = None,
        affine: Any = None,
        *_: Any,
    ) -> None:
        super().__init__()
        mean = Sequential().add(Mean(1, 1)).add(Replicate(nOutput, 1, 1))
        self.add(ConcatTable().add(Identity()).add(mean))
        self.add(CSubTable())
        self.add(Normalize(2, 1e-10 if eps is None else eps))
        self.add(MulConstant(math.sqrt(nOutput)))
        if affine is not False:
            shift = Add(nOutput, False)
            shift.bias.fill(0 if bias is None else bias)
            gain = CMul(nOutput)
            gain.weight.fill(1)
            self.add(gain)
            self.add(shift)
