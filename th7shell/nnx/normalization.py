"""nn.SpatialNormalization: local contrast normalisation with repeated weights at the borders."""

from __future__ import annotations

from typing import Any

import numpy as np

import th7shell.torch.console as console
from th7shell.lua import Table, TorchError, listed, new_table
from th7shell.nn.helpers.checks import nd
from th7shell.nn.module import Module
from th7shell.torch.tensor import Tensor, resized
from th7shell.xlua.unpacking import unpack

__plays_lua__ = True


class SpatialNormalization(Module, name="nn.SpatialNormalization", arguments="options…"):
    """Take the local mean away and divide by the local deviation, over all planes.

    The options are nInputPlane, kernel and threshold, or a table of them by name. kernel: K by K,
    or a table of a 1 by K and a K by 1 one; threshold: the least divisor, the mean deviation where
    there is none.

    Source: clementfarabet/lua---nnx, which has replaced it by nn.SpatialContrastiveNormalization.
    """

    fixedThres: Any = None

    def __init__(self, *options: Any) -> None:
        super().__init__()
        console.show("<SpatialNormalization> WARNING: this module has been deprecated,")
        console.show(" please use SpatialContrastiveNormalization instead")
        rows = (
            ("nInputPlane", "number", "number of input maps", True),
            ("kernel", "torch.Tensor | table", "a KxK filtering kernel or two {1xK, Kx1}", None),
            ("threshold", "number", "threshold, for division [default = adaptive]", None),
        )
        definitions = [
            new_table((), {"arg": a, "type": t, "help": h, "req": r}) for a, t, h, r in rows
        ]
        found = unpack(
            new_table(options), "nn.SpatialNormalization", "local contrast", *definitions
        )
        _, self.nfeatures, self.kernel, self.fixedThres = (*found, None, None, None)[:4]
        if self.kernel is None:
            raise TorchError("please provide kernel(s)")
        for kernel in self._kernels():
            kernel /= kernel.sum()

    def _kernels(self) -> list[Any]:
        several = listed(self.kernel) if isinstance(self.kernel, Table) else [self.kernel]
        if not all(isinstance(k, Tensor) and k.nd.ndim == 2 for k in several):
            raise TorchError("SpatialNormalization: kernels of two dimensions expected")
        return [k.nd for k in several]

    def _filter(self, x: Any, back: bool = False) -> Any:
        """The kernels over x, (planes, h, w), added up over the planes; or the transpose."""
        kernels = self._kernels()
        if back:
            kernels = [k[::-1, ::-1] for k in reversed(kernels)]
        for kernel in kernels:
            x = np.broadcast_to(_correlate(x.sum(0), kernel, back), x.shape)
        return x

    def _weights(self, x: Any) -> Any:
        return self._filter(np.ones_like(x))

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd(input)
        x = x[None] if x.ndim == 2 else x
        coef = self._weights(x)
        centred = x - self._filter(x) / coef
        deviation = np.sqrt(self._filter(centred * centred)) / coef
        bound = self.fixedThres
        if bound is None:
            bound = max(deviation.mean(dtype=float), 1e-3)
        self.threshold = float(bound)
        divisor = np.where(deviation > bound, deviation, bound)
        resized(self.output, x.shape)[...] = centred / divisor
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g = nd(input), nd(gradOutput, "gradOutput")
        x = x[None] if x.ndim == 2 else x
        coef = self._weights(x)
        centred = x - self._filter(x) / coef
        root = np.sqrt(self._filter(centred * centred))
        deviation = root / coef
        divisor = np.where(deviation > self.threshold, deviation, self.threshold)
        to_divisor = np.where(deviation > self.threshold, -g * centred / divisor**2, 0)
        to_square = np.where(root == 0, 0, 0.5 * to_divisor / coef / np.where(root == 0, 1, root))
        to_centred = g / divisor + 2 * centred * self._filter(to_square, back=True)
        total = to_centred - self._filter(to_centred / coef, back=True)
        resized(self.gradInput, x.shape)[...] = total
        return self.gradInput


def _correlate(plane: Any, kernel: Any, back: bool) -> Any:
    """A plane correlated with a kernel, zeros around it, of the plane's size; an even kernel has
    its centre before the middle on the way back."""
    h, w = kernel.shape
    top, left = h // 2, w // 2
    if back:
        top, left = h - 1 - top, w - 1 - left
    padded = np.pad(plane, ((top, h - 1 - top), (left, w - 1 - left)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    return np.einsum("ijkl,kl->ij", windows, kernel)
