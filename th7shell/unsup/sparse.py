"""Sparse coding by FISTA: modules that look for the code z with the least
|D(z) − x|² + lambda · |z|₁."""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import TorchError, length, new_table, send
from th7shell.nn.module import call
from th7shell.optim.fista import FistaLS
from th7shell.torch.namespace import namespace
from th7shell.torch.tensor import default_type

from .autoencoders import UnsupModule, normalize
from .shrinking import shrinkage

__plays_lua__ = True
NN = namespace("nn")
_DEFAULTS = {"L": 0.1, "Lstep": 1.5, "maxiter": 50, "maxline": 20, "errthres": 1e-4}


class Coding(UnsupModule, name="unsup.Coding", abstract=True):
    """What both kinds share: D decodes, Fcost compares. `code` is the last solution,
    `params` are those of optim.FistaLS."""

    D: Any = None
    Fcost: Any = None
    Gcost: Any = None
    code: Any = None
    params: Any = None
    input: Any = None

    def parameters(self, *_: Any) -> Any:
        """Those of the dictionary."""
        return send(self.D, "parameters")

    def initDiagHessianParameters(self, *_: Any) -> Any:
        """Make the tensors for the diagonals."""
        send(self.D, "initDiagHessianParameters")
        return ()

    def updateGradInput(self, input: Any = None, *_: Any) -> Any:
        """Nothing: the code is what is looked for."""
        return self.gradInput

    def zeroGradParameters(self, *_: Any) -> Any:
        """Fill the dictionary's gradient with zeros."""
        send(self.D, "zeroGradParameters")
        return ()

    def accGradParameters(self, input: Any = None, *_: Any) -> Any:
        """Accumulate the dictionary's gradient at the code found."""
        gradient = call(self.Fcost, "updateGradInput", self.D.output, input).mul(share(self))
        send(self.D, "accGradParameters", self.code, gradient)
        return ()

    def updateParameters(self, learningRate: Any = None, *_: Any) -> Any:
        """Step the dictionary."""
        send(self.D, "updateParameters", learningRate)
        return ()

    def normalize(self, *_: Any) -> Any:
        normalize(self.D["weight"])
        return ()


class FistaL1(Coding, name="unsup.FistaL1", arguments="D cost lambda params?"):
    """Sparse codes of any module that decodes and any
    smooth convex criterion, half of which counts.

    `updateOutput(input, code)` begins at a code and returns the cost and FISTA's history.

    Source: koraykv/unsup.
    """

    def __post_init__(self, cost: Any, lambda_: Any, params: Any) -> None:
        self.Fcost = cost
        self.code = default_type()()
        prepare(self, lambda_, params)
        self.reset()

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw the dictionary anew."""
        send(self.D, "reset", stdv)
        return ()

    def updateOutput(self, input: Any = None, icode: Any = None, *_: Any) -> Any:
        """Find the code of an input → the cost, FISTA's history."""
        self.input = input
        self.code.copy(icode)
        return search(self, 0.1)

    def accDiagHessianParameters(self, input: Any = None, *_: Any) -> Any:
        """Accumulate the dictionary's diagonal."""
        diagonal = call(self.Fcost, "updateDiagHessianInput", self.D.output, input)
        send(self.D, "accDiagHessianParameters", self.code, diagonal.mul(0.5))
        return ()

    def updateDiagHessianInput(self, *_: Any) -> Any:
        """Nothing: the code is what is looked for."""
        return ()


class LinearFistaL1(
    Coding, name="unsup.LinearFistaL1", arguments="inputSize outputSize lambda params?"
):
    """Codes of outputSize elements for
    vectors, with a matrix as dictionary (D.weight; its bias stays 0).

    Source: koraykv/unsup.
    """

    def __post_init__(self, inputSize: Any, outputSize: Any, lambda_: Any, params: Any) -> None:
        self.D = NN.Linear(outputSize, inputSize)
        self.Fcost = NN.MSECriterion()
        self.Fcost.sizeAverage = False
        self.code = default_type()(outputSize).fill(0)
        prepare(self, lambda_, params)
        self.reset()

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw the dictionary anew."""
        send(self.D, "reset", stdv)
        self.D.bias.fill(0)
        return ()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        """Find the code of an input, from zero → the cost, FISTA's history."""
        self.input = input
        self.code.fill(0)
        return search(self, 0)

    def accGradParameters(self, input: Any = None, *_: Any) -> Any:
        super().accGradParameters(input)
        self.D.gradBias.fill(0)
        return ()

    def updateParameters(self, learningRate: Any = None, *_: Any) -> Any:
        super().updateParameters(learningRate)
        self.D.bias.fill(0)
        return ()


class SpatialConvFistaL1(
    FistaL1, name="unsup.SpatialConvFistaL1", arguments="conntable kW kH iW iH lambda params?"
):
    """Codes in maps, with a
    nn.SpatialFullConvolutionMap as dictionary, for inputs of iH by iW; what few kernels reach
    counts less.

    Source: koraykv/unsup.
    """

    def __init__(
        self, conntable: Any, kW: Any, kH: Any, iW: Any, iH: Any, lambda_: Any, params: Any
    ) -> None:
        D = NN.SpatialFullConvolutionMap(conntable, kW, kH, 1, 1)
        maps, planes = (int(conntable.select(2, i).max()) for i in (1, 2))
        rows, columns = _windows(iH, kH), _windows(iW, kW)
        reach = default_type()(planes, iH, iW)
        reach.nd[...] = np.outer(rows, columns)
        cost = NN.WeightedMSECriterion(reach.div(reach.max()))
        cost.sizeAverage = False
        super().__init__(D, cost, lambda_, params)
        self.code.resize(maps, iH - kH + 1, iW - kW + 1).fill(0)


def share(module: Any) -> float:
    """How much of the criterion counts."""
    return 0.5 if isinstance(module, FistaL1) else 1.0


def prepare(module: Any, weight: Any, params: Any) -> None:
    """Set what both kinds have: lambda, the cost of codes, FISTA's parameters."""
    module["lambda"] = weight
    module.Gcost = NN.L1Cost()
    module.params = new_table() if params is None else params
    for name, value in _DEFAULTS.items():
        if module.params[name] is None:
            module.params[name] = value
    module.params.doFistaUpdate = True
    module.gradInput = None


def search(module: Any, least: float) -> Any:
    """Look for the code from where it is → the cost and FISTA's history; L is halved, down to
    `least`, where the search did not raise it."""
    weight, params, part = module["lambda"], module.params, share(module)
    before = params.L

    def smooth(code: Any, mode: Any = None) -> Any:
        decoded = call(module.D, "updateOutput", code)
        value = call(module.Fcost, "updateOutput", decoded, module.input) * part
        if not mode:
            return value
        gradient = call(module.Fcost, "updateGradInput", decoded, module.input).mul(part)
        return value, call(module.D, "updateGradInput", code, gradient)

    _, history = FistaLS(
        smooth,
        lambda code: weight * call(module.Gcost, "updateOutput", code),
        lambda code, bound: shrinkage(code, weight / bound),
        module.code,
        params,
    )
    if before == params.L:
        params.L = max(least, params.L / 2)
    return history[length(history)].F, history


def _windows(size: int, kernel: int) -> Any:
    """For each place along an axis, how many windows of a kernel hold it."""
    count = size - kernel + 1
    if count < 1:
        raise TorchError(f"unsup: a kernel of {kernel} on an input of {size}")
    return np.convolve(np.ones(count), np.ones(kernel))


CLASSES = (FistaL1, LinearFistaL1, SpatialConvFistaL1)
