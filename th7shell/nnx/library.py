"""libnnx: the original's C functions by name, for layers written in Lua that call them:
`input.nn.SpatialUpSampling_updateOutput(self, input)`.

The layer is a table of fields, whose tensors are resized and filled; `kernels` has the arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell.lua import Table, TorchError
from th7shell.nn.helpers.c_functions import put_functions
from th7shell.nn.helpers.utils import factor
from th7shell.torch.namespace import need
from th7shell.torch.tensor import Tensor, resized

from . import kernels

FUNCTIONS: dict[str, Callable[..., Any]] = {}


def c_function(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the library under its own name."""
    FUNCTIONS[function.__name__] = function
    return function


def array_of(value: Any, position: int, *ranks: int) -> Any:
    """The array of a tensor argument. Errors: it is none, or has another number of dimensions."""
    if not isinstance(value, Tensor):
        raise TorchError(f"bad argument #{position} (tensor expected)")
    if ranks and value.nd.ndim not in ranks:
        what = " or ".join(f"{n}D" for n in ranks)
        raise TorchError(f"bad argument #{position} ({what} tensor expected)")
    return value.nd


@c_function
def SpatialReSampling_updateOutput(layer: Any, input: Any = None, *_: Any) -> None:
    """Bilinear resampling to oheight by owidth."""
    x = array_of(input, 2, 3, 4)
    shape = (*x.shape[:-2], int(layer.oheight), int(layer.owidth))
    kernels.bilinear(x, resized(layer.output, shape))


@c_function
def SpatialReSampling_updateGradInput(
    layer: Any, input: Any = None, gradOutput: Any = None, *_: Any
) -> None:
    """Its gradient."""
    x, g = array_of(input, 2), array_of(gradOutput, 3)
    kernels.bilinear_back(g, resized(layer.gradInput, x.shape))


@c_function
def SpatialReSamplingEx_updateOutput(layer: Any, input: Any = None, *_: Any) -> None:
    """Resampling of axes 2 and 3 of four: mode_c 0 simple, 1 average, 2 bilinear."""
    x, out = array_of(input, 2, 4), layer.output.nd
    if layer.mode_c == 2:
        kernels.bilinear(np.moveaxis(x, 3, 1), np.moveaxis(out, 3, 1))
    elif out.shape[1] >= x.shape[1]:
        kernels.repeat(x, out, *(-(-out.shape[i] // x.shape[i]) for i in (1, 2)))
    else:
        dh, dw = (x.shape[i] // out.shape[i] for i in (1, 2))
        if layer.mode_c == 1:
            kernels.average(x, out, dh, dw)
        else:
            rows, columns = (np.arange(out.shape[i]) * step for i, step in ((1, dh), (2, dw)))
            out[...] = x[:, rows][:, :, columns]


@c_function
def SpatialReSamplingEx_updateGradInput(layer: Any, gradOutput: Any = None, *_: Any) -> None:
    """Its gradient."""
    g, gx = array_of(gradOutput, 2, 4), layer.gradInput.nd
    if layer.mode_c == 2:
        kernels.bilinear_back(np.moveaxis(g, 3, 1), np.moveaxis(gx, 3, 1))
    elif g.shape[1] >= gx.shape[1]:
        kernels.repeat_back(g, gx, *(-(-g.shape[i] // gx.shape[i]) for i in (1, 2)))
    else:
        dh, dw = (gx.shape[i] // g.shape[i] for i in (1, 2))
        if layer.mode_c == 1:
            kernels.average_back(g, gx, dh, dw)
        else:
            gx[...] = 0
            gx[:, : g.shape[1] * dh : dh, : g.shape[2] * dw : dw] = g


@c_function
def SpatialUpSampling_updateOutput(layer: Any, input: Any = None, *_: Any) -> None:
    """Each point of axes 2 and 3 of four dH by dW times."""
    kernels.repeat(array_of(input, 2, 4), layer.output.nd, int(layer.dH), int(layer.dW))


@c_function
def SpatialUpSampling_updateGradInput(
    layer: Any, input: Any = None, gradOutput: Any = None, *_: Any
) -> None:
    """Its gradient."""
    g = array_of(gradOutput, 3, 4)
    kernels.repeat_back(g, layer.gradInput.nd, int(layer.dH), int(layer.dW))


@c_function
def SpatialDownSampling_updateOutput(layer: Any, input: Any = None, *_: Any) -> None:
    """The mean of blocks of rH by rW points."""
    x, out = array_of(input, 2, 3), layer.output.nd
    kernels.average(x[..., None], out[..., None], int(layer.rH), int(layer.rW))


@c_function
def SpatialDownSampling_updateGradInput(layer: Any, gradOutput: Any = None, *_: Any) -> None:
    """Its gradient."""
    g, gx = array_of(gradOutput, 2, 3), layer.gradInput.nd
    kernels.average_back(g[..., None], gx[..., None], int(layer.rH), int(layer.rW))


@c_function
def SpatialMaxSampling_updateOutput(layer: Any, input: Any = None, *_: Any) -> None:
    """The greatest points of oheight by owidth windows, and where they are."""
    x = array_of(input, 2, 3)
    shape = (len(x), int(layer.oheight), int(layer.owidth))
    kernels.max_sampling(x, resized(layer.output, shape), resized(layer.indices, (2, *shape)))


@c_function
def SpatialMaxSampling_updateGradInput(
    layer: Any, input: Any = None, gradOutput: Any = None, *_: Any
) -> None:
    """Its gradient."""
    x, g = array_of(input, 2, 3), array_of(gradOutput, 3, 3)
    kernels.max_sampling_back(g, resized(layer.gradInput, x.shape), layer.indices.nd)


@c_function
def SpatialLinear_updateOutput(layer: Any, input: Any = None, *_: Any) -> None:
    """A linear map of the planes at each place."""
    x, out = array_of(input, 2, 3), layer.output.nd
    out[...] = np.tensordot(layer.weight.nd, x, 1) + layer.bias.nd[:, None, None]


@c_function
def SpatialLinear_updateGradInput(
    layer: Any, input: Any = None, gradOutput: Any = None, *_: Any
) -> None:
    """The gradients of the input and, added up, of the parameters."""
    x, g = array_of(input, 2, 3), array_of(gradOutput, 3, 3)
    layer.gradInput.nd[...] = np.tensordot(layer.weight.nd.T, g, 1)
    layer.gradWeight.nd[...] += np.tensordot(g, x, ((1, 2), (1, 2)))
    layer.gradBias.nd[...] += g.sum((1, 2))
    if layer.weightDecay:
        layer.gradWeight.nd[...] += layer.weight.nd * (g.shape[1] * g.shape[2])


def _margin(layer: Any, input: Any, target: Any, gradient: Any) -> float:
    x, y = array_of(input, 2, 1, 2), array_of(target, 3)
    if y.shape != x.shape:
        raise TorchError("bad argument #3 (inconsistent target size)")
    if y.size and not (0 <= y.min() and y.max() <= x.shape[-1]):
        raise TorchError("bad argument #3 (target out of range)")
    rows, targets = np.atleast_2d(x), np.atleast_2d(y)
    total = kernels.margin(rows, targets, gradient)
    if gradient is not None and layer.sizeAverage:
        gradient *= 1 / x.shape[-1]
    return total / x.shape[-1] if layer.sizeAverage else total


@c_function
def DistMarginCriterion_updateOutput(
    layer: Any, input: Any = None, target: Any = None, *_: Any
) -> float:
    """The loss of a margin of 1 between the targets, class numbers up to a 0, and all others."""
    layer.output = _margin(layer, input, target, None)
    return layer.output


@c_function
def DistMarginCriterion_updateGradInput(
    layer: Any, input: Any = None, target: Any = None, *_: Any
) -> Any:
    """Its gradient."""
    gx = resized(layer.gradInput, array_of(input, 2, 1, 2).shape)
    _margin(layer, input, target, np.atleast_2d(gx))
    return layer.gradInput


def _batch(layer: Any, input: Any, target: Any) -> tuple[Any, Any]:
    x, y = array_of(input, 2), array_of(target, 4, 1)
    if x.ndim != 2:
        raise TorchError("bad argument #2 (2D(batch mode) tensor expected)")
    if x.shape[1] != layer.inputSize:
        raise TorchError("bad argument #2 (invalid input size)")
    if len(y) < len(x) or (y.size and not 1 <= y.min() <= y.max() <= len(layer.childParent.nd)):
        raise TorchError("bad argument #4 (target out of range)")
    return x, y


@c_function
def SoftMaxTree_updateOutput(layer: Any, input: Any = None, target: Any = None, *_: Any) -> Any:
    """The logarithms of the targets' probabilities in a tree of softmaxes."""
    kernels.tree_forward(layer, *_batch(layer, input, target))
    return layer.output


@c_function
def SoftMaxTree_updateGradInput(
    layer: Any, input: Any = None, gradOutput: Any = None, target: Any = None, *_: Any
) -> Any:
    """Its gradient."""
    x, y = _batch(layer, input, target)
    gx = resized(layer._gradInput, x.shape)
    kernels.tree_backward(layer, array_of(gradOutput, 3, 1), y, gx)
    return layer._gradInput


@c_function
def SoftMaxTree_accGradParameters(
    layer: Any,
    input: Any = None,
    gradOutput: Any = None,
    target: Any = None,
    scale: Any = None,
    *_: Any,
) -> tuple[()]:
    """Add the gradients of the parameters of the parents on the way."""
    kernels.tree_accumulate(layer, *_batch(layer, input, target), factor(scale))
    return ()


FILES: dict[str, Any] = {}  # one file


def luaopen(globals: Any) -> Table:
    """What `require 'libnnx'` returns: the functions are in `nn` of float and double tensors."""
    need(globals, "torch")
    return install()


def install() -> Table:
    """Put the functions where layers look for them."""
    return put_functions(FUNCTIONS)
