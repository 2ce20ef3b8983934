"""cuDNN's pooling, batch normalisation and response normalisation: nn's, with cuDNN's arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.nn.helpers.checks import check, nd
from th7shell.nn.normalization import batch as batch_normalization
from th7shell.nn.normalization import cross_map as cross_map_normalization
from th7shell.nn.pooling import average as average_pooling
from th7shell.nn.pooling import spatial_max as spatial_max_pooling
from th7shell.nn.pooling import volumetric_max as volumetric_max_pooling
from th7shell.nn.pooling.ceil_mode import CeilMode
from th7shell.torch.classes import typename
from th7shell.torch.tensor import resized, wrap

from .described import Described


class SpatialMaxPooling(
    Described, spatial_max_pooling.SpatialMaxPooling, name="cudnn.SpatialMaxPooling"
):
    """nn.SpatialMaxPooling with its arguments.

    >>> cudnn.SpatialMaxPooling(2, 2).forward(torch.randn(3, 4, 4))
    """


class SpatialAveragePooling(
    Described,
    average_pooling.SpatialAveragePooling,
    name="cudnn.SpatialAveragePooling",
    arguments="kW kH dW=kW dH=kH padW=0 padH=0",
):
    """nn.SpatialAveragePooling, padding included.

    >>> cudnn.SpatialAveragePooling(2, 2).forward(torch.randn(3, 4, 4))
    """

    divide: Any = True
    count_include_pad: Any = True
    ceil_mode: Any = None
    padW: Any = 0
    padH: Any = 0

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        check(self.divide is not False, "not supported")
        return super().updateOutput(input)


class VolumetricMaxPooling(
    Described, volumetric_max_pooling.VolumetricMaxPooling, name="cudnn.VolumetricMaxPooling"
):
    """nn.VolumetricMaxPooling with its arguments.

    >>> cudnn.VolumetricMaxPooling(2, 2, 2).forward(torch.randn(1, 4, 4, 4))
    """

    def __str__(self) -> str:
        return str(typename(self))


class VolumetricAveragePooling(
    Described,
    CeilMode,
    average_pooling.VolumetricAveragePooling,
    name="cudnn.VolumetricAveragePooling",
    arguments="… padT=0 padW=0 padH=0",
):
    """nn.VolumetricAveragePooling with padding, which counts in the mean.

    Output sizes: floor((n + 2·pad - k) / d) + 1, or rounded up after `ceil()`.

    >>> cudnn.VolumetricAveragePooling(2, 2, 2).forward(torch.randn(1, 4, 4, 4))
    """

    ceil_mode: Any = None

    def __post_init__(self) -> None:
        self.ceil_mode = False

    def _margins(self, x: NDArray) -> list[tuple[int, int]]:
        """The zeros before and after each of the last three axes."""
        found = []
        for axis, n in zip("THW", x.shape[-3:]):
            k, d, pad = (int(self[name + axis] or 0) for name in ("k", "d", "pad"))
            over = (n + 2 * pad - k) % d if self.ceil_mode else 0
            found.append((pad, pad + (d - over if over else 0)))
        return found

    def _padded(self, input: Any) -> Any:
        """The input between zeros."""
        x = nd(input)
        if x.ndim not in (4, 5):
            return input
        margins = self._margins(x)
        if not any(map(any, margins)):
            return input
        return wrap(np.pad(x, [(0, 0)] * (x.ndim - 3) + margins), input)

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        return super().updateOutput(self._padded(input))

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        padded = self._padded(input)
        super().updateGradInput(padded, gradOutput)
        if padded is not input:
            x = input.nd
            starts = [before for before, _after in self._margins(x)]
            inner = tuple(slice(a, a + n) for a, n in zip(starts, x.shape[-3:]))
            values = self.gradInput.nd[(..., *inner)].copy()
            resized(self.gradInput, x.shape)[...] = values
        return self.gradInput

    def __str__(self) -> str:
        return str(typename(self))


class BatchNormalization(
    Described,
    batch_normalization.BatchNormalization,
    name="cudnn.BatchNormalization",
    arguments="nFeature eps=1e-5 momentum=0.1 affine=true",
):
    """nn.BatchNormalization, always affine.

    >>> cudnn.BatchNormalization(4).forward(torch.randn(8, 4))
    """

    def __init__(self, nFeature: Any, eps: Any, momentum: Any, affine: Any) -> None:
        planes = "Missing argument #1: Number of feature planes. "
        check(nFeature.__class__ in (int, float), planes)
        check(
            nFeature != 0,
            "To set affine=false call BatchNormalization(nFeature,  eps, momentum, false) ",
        )
        check(affine is True, "only affine supported")
        super().__init__(nFeature, eps, momentum, True)

    def __str__(self) -> str:
        return str(typename(self))


class SpatialBatchNormalization(BatchNormalization, name="cudnn.SpatialBatchNormalization"):
    """nn.SpatialBatchNormalization, always affine: (batch, nFeature, h, w).

    >>> cudnn.SpatialBatchNormalization(4).forward(torch.randn(2, 4, 3, 3))
    """

    nDim = 4


class VolumetricBatchNormalization(BatchNormalization, name="cudnn.VolumetricBatchNormalization"):
    """nn.VolumetricBatchNormalization, always affine: (batch, nFeature, t, h, w).

    >>> cudnn.VolumetricBatchNormalization(4).forward(torch.randn(2, 4, 2, 3, 3))
    """

    nDim = 5


class SpatialCrossMapLRN(
    Described,
    cross_map_normalization.SpatialCrossMapLRN,
    name="cudnn.SpatialCrossMapLRN",
    arguments="size=5 alpha=1e-4 beta=0.75 k=1",
):
    """nn.SpatialCrossMapLRN.

    Errors: "size has to be between 1 and 16", "k has to be greater than 1e-5".

    >>> cudnn.SpatialCrossMapLRN().forward(torch.randn(8, 2, 2))
    """

    def __post_init__(self) -> None:
        check(1 <= self.size <= 16, "size has to be between 1 and 16")
        check(self.k >= 1e-5, "k has to be greater than 1e-5")
        check(self.beta >= 0.01, "Beta has to be > 0.01")


__all__ = ["BatchNormalization", "SpatialMaxPooling"]
