"""cuDNN's softmax layers, over the planes at each pixel or over all that a sample has."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from th7shell.nn.helpers.checks import bad_argument, nd_real, same_shape, same_type
from th7shell.nn.kernels import softmax as kernels
from th7shell.torch.tensor import resized

from .described import Described

CHANNEL, INSTANCE = "CUDNN_SOFTMAX_MODE_CHANNEL", "CUDNN_SOFTMAX_MODE_INSTANCE"
LOG = "CUDNN_SOFTMAX_LOG"


class SpatialSoftMax(Described, name="cudnn.SpatialSoftMax", arguments="fast?"):
    """y = eˣ / Σ eˣ over the planes at each place.

    input: (planes), (batch, planes), (planes, h, w) or (batch, planes, h,
    w); `fast` changes nothing.

    >>> cudnn.SpatialSoftMax().cuda().forward(torch.randn(3, 2, 2).cuda())
    """

    MODE = CHANNEL
    ALGORITHM: str | None = None
    VOLUME = False
    mode: Any = None
    algorithm: Any = None

    def __post_init__(self, fast: Any) -> None:
        plain = "CUDNN_SOFTMAX_FAST" if fast else "CUDNN_SOFTMAX_ACCURATE"
        self.algorithm = self.ALGORITHM or plain

    def _view(self, x: NDArray) -> NDArray:
        """The input as (batch, classes, places)."""
        ranks = (4, 5) if self.VOLUME else (1, 2, 3, 4)
        if x.ndim not in ranks or not x.size:
            bad_argument(2, f"tensor of {' or '.join(map(str, ranks))} dimensions expected")
        batch = x if x.ndim in (2, ranks[-1]) else x[None]
        if (self.mode or self.MODE) == INSTANCE:
            return batch.reshape(len(batch), -1, 1)
        return batch.reshape(*batch.shape[:2], -1)

    def _is_log(self) -> bool:
        return (self.algorithm or self.ALGORITHM) == LOG

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        x = nd_real(input)
        same_type(x, self.output.nd, 3)
        self._settle()
        values = self._view(x)
        out = resized(self.output, x.shape).reshape(values.shape)
        (kernels.log_softmax if self._is_log() else kernels.softmax)(values, out, 1)
        return self.output

    def _settle(self) -> None:
        """Note the mode, as the original does at the first forward."""
        self.mode = self.mode or self.MODE

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        x, g, y = nd_real(input), nd_real(gradOutput, "gradOutput"), self.output.nd
        same_shape(x, g)
        same_shape(y, g, "output")
        values = self._view(y)
        out = resized(self.gradInput, x.shape).reshape(values.shape)
        back = kernels.log_softmax_gradient if self._is_log() else kernels.softmax_gradient
        back(values, g.reshape(values.shape), out, 1)
        return self.gradInput


class SpatialLogSoftMax(SpatialSoftMax, name="cudnn.SpatialLogSoftMax"):
    """y = log(eˣ / Σ eˣ) over the planes at each place.

    >>> cudnn.SpatialLogSoftMax().cuda().forward(torch.randn(3, 2, 2).cuda())
    """

    ALGORITHM = LOG


class SoftMax(SpatialSoftMax, name="cudnn.SoftMax"):
    """y = eˣ / Σ eˣ over all that a sample has: its classes, planes and pixels.

    >>> cudnn.SoftMax().cuda().forward(torch.randn(2, 4).cuda())
    """

    MODE = INSTANCE

    def _settle(self) -> None:
        self.mode = INSTANCE


class LogSoftMax(SoftMax, name="cudnn.LogSoftMax"):
    """y = log(eˣ / Σ eˣ) over all that a sample has.

    >>> cudnn.LogSoftMax().cuda().forward(torch.randn(2, 4).cuda())
    """

    ALGORITHM = LOG

    def _settle(self) -> None:
        self.mode, self.algorithm = INSTANCE, LOG


class VolumetricSoftMax(SpatialSoftMax, name="cudnn.VolumetricSoftMax"):
    """y = eˣ / Σ eˣ over the planes at each place of (planes, t, h, w), or of a batch of such.

    >>> cudnn.VolumetricSoftMax().cuda().forward(torch.randn(3, 2, 2, 2).cuda())
    """

    VOLUME = True


class VolumetricLogSoftMax(VolumetricSoftMax, name="cudnn.VolumetricLogSoftMax"):
    """y = log(eˣ / Σ eˣ) over the planes at each place of volumes.

    >>> cudnn.VolumetricLogSoftMax().cuda().forward(torch.randn(3, 2, 2, 2).cuda())
    """

    ALGORITHM = LOG
