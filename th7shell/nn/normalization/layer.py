"""nn.LayerNormalization: normalise a sample over its features."""

from __future__ import annotations

import math
from typing import Any

from ..containers.sequential import Sequential
from ..simple.add_mul import Add, CMul
from ..simple.identity import Identity
from ..simple.reductions import Mean, Normalize
from ..simple.selecting import Replicate
from ..table.arithmetic import CSubTable
from ..table.containers import ConcatTable
from ..transfer.constants import MulConstant


class LayerNormalization(
    Sequential, name="nn.LayerNormalization", arguments="nOutput bias=0 eps=1e-10 affine=true"
):
    """Normalise a sample over its features, y = (x - mean) / deviation, then scale and shift
    it.

    input: (nOutput). (In a batch the original spreads the means in the wrong direction; this does
    the same.) With affine, a gain (nn.CMul, filled with 1) and a bias (nn.Add, filled with `bias`)
    are learned.

    Source: torch/nn, LayerNormalization; Ba et al., arXiv 1607.06450, 2016.

    >>> nn.LayerNormalization(4).forward(torch.randn(4))
    """

    def __post_init__(self, nOutput: Any, bias: Any, eps: Any, affine: Any) -> None:
        mean = Sequential().add(Mean(1, 1)).add(Replicate(nOutput, 1, 1))
        self.add(ConcatTable().add(Identity()).add(mean))
        self.add(CSubTable())
        self.add(Normalize(2, eps))
        self.add(MulConstant(math.sqrt(nOutput)))
        if affine is not False:
            shift = Add(nOutput, False)
            shift.bias.fill(bias)
            gain = CMul(nOutput)
            gain.weight.fill(1)
            self.add(gain)
            self.add(shift)
