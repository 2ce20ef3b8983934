"""Small layers of nnx: Minus, SaturatedLU, Balance, MultiSoftMax, FunctionWrapper, SpatialLinear,
and what looks at a net while it runs, Probe, Tic and Toc."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import th7shell.torch.console as console
from th7shell.lua import Table, TorchError, first, lua_type, state, tostring
from th7shell.lua.callers import nothing
from th7shell.nn.helpers.checks import nd
from th7shell.nn.module import Module
from th7shell.torch.namespace import namespace
from th7shell.torch.tensor import default_type, resized

from . import library

__plays_lua__ = True


class Minus(Module, name="nn.Minus"):
    """Change the sign: y = -x.

    Source: clementfarabet/lua---nnx.
    """

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input)
        np.negative(x, resized(self.output, x.shape))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        np.negative(nd(gradOutput, "gradOutput"), resized(self.gradInput, nd(input).shape))
        return self.gradInput


class SaturatedLU(Module, name="nn.SaturatedLU", arguments="lower=-1 value=-1 upper=1 value2=1"):
    """A linear unit between two bounds, beyond which it gives a value of each.

    Source: clementfarabet/lua---nnx.
    """

    def __post_init__(self, lower: Any, value: Any, upper: Any, value2: Any) -> None:
        if any(a is not None and lua_type(a) != "number" for a in (lower, value, upper, value2)):
            raise TorchError("nn.SaturatedLU(lower-bound, value, upper-bound, value2)")
        self.threshold = lower
        self.val = value
        self.threshold2 = upper
        self.val2 = value2

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input)
        self.output = type(input)()
        out = resized(self.output, x.shape)
        out[...] = np.where(x < self.threshold, self.val, x)
        out[out > self.threshold2] = self.val2
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g = nd(input), nd(gradOutput, "gradOutput")
        self.gradInput = type(gradOutput)()
        inside = (x >= self.threshold) & (x <= self.threshold2)
        resized(self.gradInput, g.shape)[...] = np.where(inside, g, 0)
        return self.gradInput


class Balance(Module, name="nn.Balance", arguments="nBatch=10"):
    """Divide probabilities by what the last batches gave each class, and make rows sum to 1.

    input: (batch, classes). After `evaluate()` the input passes through.

    Source: clementfarabet/lua---nnx.
    """

    def __post_init__(self) -> None:
        for name in ("inputCache", "prob", "sum"):
            self[name] = default_type()()
        self.batchSize = 0
        self.startIdx = 1
        self.train = True

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input)
        if x.ndim != 2:
            raise TorchError("Only works with 2D inputs (batches)")
        n = len(x)
        if self.batchSize != n:
            resized(self.inputCache, (int(n * self.nBatch), x.shape[1])).fill(0)
            self.batchSize, self.startIdx = n, 1
        out = resized(self.output, x.shape)
        out[...] = x
        if not self.train:
            return self.output
        cache = self.inputCache.nd
        cache[self.startIdx - 1 : self.startIdx - 1 + n] = x
        prob = resized(self.prob, (1, x.shape[1]))
        prob[0] = cache.sum(0)
        prob /= prob.sum()
        out /= prob
        total = resized(self.sum, (n, 1))
        total[:, 0] = out.sum(1)
        out /= total
        self.startIdx += n
        if self.startIdx > len(cache):
            self.startIdx = 1
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        g = nd(gradOutput, "gradOutput")
        resized(self.gradInput, g.shape)[...] = g / self.sum.nd / self.prob.nd
        return self.gradInput


class MultiSoftMax(Module, name="nn.MultiSoftMax"):
    """A softmax over the last dimension of two or three.

    Source: clementfarabet/lua---nnx.
    """

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input)
        if x.ndim not in (2, 3):
            raise TorchError("Only supports 2D or 3D inputs")
        out = resized(self.output, x.shape)
        e = np.exp(x - x.max(-1, keepdims=True))
        out[...] = e / e.sum(-1, keepdims=True)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        g, y = nd(gradOutput, "gradOutput"), self.output.nd
        gx = resized(self.gradInput, nd(input).shape)
        gx[...] = y * (g - (g * y).sum(-1, keepdims=True))
        return self.gradInput


class FunctionWrapper(
    Module, name="nn.FunctionWrapper", arguments="init updateOutput updateGradInput"
):
    """A layer of three functions, each given the layer first.

    Source: clementfarabet/lua---nnx.
    """

    def __init__(self, init: Any, updateOutput: Any, updateGradInput: Any) -> None:
        init(self)
        self.fn_updateOutput = updateOutput
        self.fn_updateGradInput = updateGradInput

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.output = first(self.fn_updateOutput(self, input))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.gradInput = first(self.fn_updateGradInput(self, input, gradOutput))
        return self.gradInput


class SpatialLinear(Module, name="nn.SpatialLinear", arguments="fanin=1 fanout=1"):
    """A linear map of the planes at each place.

    input: (fanin, h, w); output: (fanout, h, w). The backward pass adds up the
    parameters' gradients too.

    Source: clementfarabet/lua---nnx.
    """

    def __post_init__(self) -> None:
        tensor = default_type()
        self.weightDecay = 0
        self.weight = tensor(self.fanout, self.fanin)
        self.bias = tensor(self.fanout)
        self.gradWeight = tensor(self.fanout, self.fanin)
        self.gradBias = tensor(self.fanout)
        self.output = tensor(self.fanout, 1, 1)
        self.gradInput = tensor(self.fanin, 1, 1)
        self.reset()

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw the parameters from ±1/sqrt(fanout), or ±stdv·sqrt(3), a row and its bias at a
        time."""
        bound = 1 / math.sqrt(self.fanout) if stdv is None else stdv * math.sqrt(3)
        uniform = namespace("torch").uniform
        for row in range(int(self.fanout)):
            self.weight.nd[row] = [uniform(-bound, bound) for _ in range(int(self.fanin))]
            self.bias.nd[row] = uniform(-bound, bound)
        return nothing()

    def zeroGradParameters(self, momentum: Any = None, *_: Any) -> Any:
        """Set the gradients to zero, or to a part of them."""
        for gradient in (self.gradWeight.nd, self.gradBias.nd):
            gradient[...] = 0 if momentum is None else gradient * momentum
        return nothing()

    def decayParameters(self, decay: Any = None, *_: Any) -> Any:
        """Take a part of the parameters away."""
        for parameter in (self.weight.nd, self.bias.nd):
            parameter -= decay * parameter
        return nothing()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = library.array_of(input, 2, 3)
        resized(self.output, (int(self.fanout), *x.shape[1:]))
        library.SpatialLinear_updateOutput(self, input)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x = library.array_of(input, 2, 3)
        resized(self.gradInput, (int(self.fanin), *x.shape[1:]))
        library.SpatialLinear_updateGradInput(self, input, gradOutput)
        return self.gradInput


class Probe(Module, name="nn.Probe", arguments="name='unnamed' display?"):
    """Pass everything on and print its size, mean, deviation and bounds, shown as a picture too if
    display is true.

    Source: clementfarabet/lua---nnx.
    """

    display: Any = None

    def __post_init__(self) -> None:
        nn = state.globals["nn"] or namespace("nn")
        nn._ProbeTimer = nn["_ProbeTimer"] or namespace("torch").Timer()

    def _show(self, tensor: Any, legend: str, window: str) -> None:
        nn, x = state.globals["nn"] or namespace("nn"), nd(tensor)
        now = nn._ProbeTimer.time().real
        since, nn._ProbeLast = now - (nn["_ProbeLast"] or 0), now
        deviation = x.std(ddof=1) if x.size > 1 else 0.0
        lines = ["", legend, f"  + size = {'x'.join(map(str, x.shape))}"]
        numbers = {"mean": x.mean(dtype=float), "std": deviation, "min": x.min(), "max": x.max()}
        lines += [f"  + {name} = {tostring(value.item())}" for name, value in numbers.items()]
        lines.append(f"  + time since last probe = {since * 1000:0.1f}ms")
        for line in lines:
            console.show(line)
        if self.display:
            from th7shell.image.viewing import NAMES

            options = Table()
            options.image, options.win, options.legend = tensor, self[window], legend
            self[window] = first(NAMES["display"](options))

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.output = input
        self._show(input, f"<{self.name}>.output", "winf")
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.gradInput = gradOutput
        self._show(gradOutput, f"layer<{self.name}>.gradInput", "winb")
        return self.gradInput


class _Passing(Module, abstract=True):
    """Gives what it gets."""

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.gradInput = gradOutput
        return self.gradInput


class Tic(_Passing, name="nn.Tic", arguments="name='default'"):
    """Start the clock of a name; nn.Toc of the same name reads it.

    Source: clementfarabet/lua---nnx.
    """

    def __post_init__(self) -> None:
        timers = state.globals["tic_modules"]
        if timers is None:
            timers = state.globals.tic_modules = Table()
        timers[self.name] = namespace("torch").Timer()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        state.globals.tic_modules[self.name].reset()
        self.output = input
        return self.output


class Toc(_Passing, name="nn.Toc", arguments="name='default' comment=''"):
    """Print the time since nn.Tic of the same name.

    Source: clementfarabet/lua---nnx.
    """

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        seconds = state.globals.tic_modules[self.name].time().real
        console.show(f"Toc '{self.name}' ({self.comment}) : {tostring(seconds)}")
        self.output = input
        return self.output
