"""libstn: the original's C functions by name, for samplers written in Lua that call them:
`pictures.nn.BilinearSamplerBHWD_updateOutput(self, pictures, grids, output)`.

All tensors are given, with their sizes; gradients are added to what stands there, so that pictures
which are expanded over the batch get the sum.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, TorchError
from th7shell.nn.helpers.c_functions import put_functions
from th7shell.torch.tensor import Tensor

from .sampling import sample, sample_back


def _arrays(*tensors: Any) -> list[Any]:
    for i, tensor in enumerate(tensors, 2):
        if not isinstance(tensor, Tensor) or tensor.nd.ndim != 4:
            raise TorchError(f"bad argument #{i} (4D tensor expected)")
    return [tensor.nd for tensor in tensors]


def BilinearSamplerBHWD_updateOutput(
    _layer: Any = None, pictures: Any = None, grid: Any = None, output: Any = None, *_: Any
) -> tuple[()]:
    """Sample pictures into an output."""
    sample(*_arrays(pictures, grid, output))
    return ()


def BilinearSamplerBHWD_updateGradInput(
    _layer: Any = None,
    pictures: Any = None,
    grid: Any = None,
    of_pictures: Any = None,
    of_grid: Any = None,
    gradOutput: Any = None,
    *_: Any,
) -> tuple[()]:
    """Add the gradients of pictures and grid."""
    x, places, gx, gp, g = _arrays(pictures, grid, of_pictures, of_grid, gradOutput)
    sample_back(x, places, g, gx, gp)
    return ()


def BilinearSamplerBHWD_updateGradInputOnlyGrid(
    _layer: Any = None,
    pictures: Any = None,
    grid: Any = None,
    of_grid: Any = None,
    gradOutput: Any = None,
    *_: Any,
) -> tuple[()]:
    """Add the gradient of the grid."""
    x, places, gp, g = _arrays(pictures, grid, of_grid, gradOutput)
    sample_back(x, places, g, None, gp)
    return ()


FUNCTIONS = {
    function.__name__: function
    for function in (
        BilinearSamplerBHWD_updateOutput,
        BilinearSamplerBHWD_updateGradInput,
        BilinearSamplerBHWD_updateGradInputOnlyGrid,
    )
}


def install() -> Table:
    """Put the functions where layers look for them."""
    return put_functions(FUNCTIONS)


def luaopen(_globals: Any) -> Table:
    """`require 'libstn'`."""
    return install()
