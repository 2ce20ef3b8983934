"""`nn.Diag`: a weight for each row of the input."""

from __future__ import annotations

from typing import Any

from th7shell.lua import TorchError
from th7shell.nn.helpers.checks import nd
from th7shell.nn.helpers.utils import factor
from th7shell.nn.module import Module
from th7shell.nn.tools import hessian
from th7shell.torch.tensor import default_type, resized


class Diag(Module, name="nn.Diag", arguments="nFeature"):
    """y[i] = weight[i] · x[i], input (nFeature, …); the weights begin at 1.

    Source: koraykv/unsup.
    """

    def __post_init__(self, nFeature: Any) -> None:
        self.weight = default_type()(nFeature)
        self.gradWeight = default_type()(nFeature)
        self.reset()

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Set the weights to 1."""
        self.weight.fill(1)
        return ()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input)
        weights = weights_for(self, x)
        resized(self.output, x.shape)[...] = x * weights
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        g = nd(gradOutput, "gradOutput")
        weights = weights_for(self, g)
        resized(self.gradInput, g.shape)[...] = g * weights
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        x, g = nd(input), nd(gradOutput, "gradOutput")
        weights_for(self, x)
        sums = (x * g).reshape(len(x), -1).sum(1)
        self.gradWeight.nd[...] += factor(scale) * sums
        return ()


def weights_for(layer: Any, x: Any) -> Any:
    """The weights in the shape in which an array of rows is multiplied by them. Errors: as many
    rows are expected as there are weights."""
    w = layer.weight.nd
    if not x.ndim or len(x) != len(w):
        sizes = "x".join(map(str, x.shape))
        raise TorchError(f"nn.Diag: {len(w)} rows expected, got a tensor of size {sizes}")
    return w.reshape(len(w), *(1,) * (x.ndim - 1))


def install() -> None:
    """Let `nn.hessian.enable` give it the methods of layers with weights."""
    hessian.WEIGHTED["Diag"] = ["weight"]
