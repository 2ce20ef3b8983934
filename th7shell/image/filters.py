"""Kernels and neighbourhood filters: Gaussian, Laplacian, convolution, local contrast, erosion,
pyramids."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..lua import Table, TorchError, array, new_table
from ..torch.tensor import default_type, wrap
from .arguments import destination_first, fail, options, to_type
from .scaling import resample

KERNEL_2D = {
    "size": 3,
    "sigma": 0.25,
    "amplitude": 1,
    "normalize": False,
    "width": None,
    "height": None,
}
KERNEL_2D |= {"sigma_horz": None, "sigma_vert": None, "mean_horz": 0.5, "mean_vert": 0.5}
KERNEL_1D = {
    "size": 3,
    "sigma": 0.25,
    "amplitude": 1,
    "normalize": False,
    "mean": 0.5,
    "tensor": None,
}


def _axis(size: int, sigma: float, mean: float) -> np.ndarray:
    """Distance of each tap from the centre, in standard deviations; squared and halved."""
    return ((np.arange(1, size + 1) - (mean * size + 0.5)) / (sigma * size)) ** 2 / 2


def _kernel_2d(args: Any, tensor: Any = None) -> tuple[np.ndarray, float, bool]:
    size, sigma, amplitude, normalize, width, height, horz, vert, mean_x, mean_y = args
    width, height = int(width or size), int(height or size)
    if tensor is not None:
        height, width = tensor.nd.shape
    x = _axis(width, horz or sigma, mean_x)
    y = _axis(height, vert or sigma, mean_y)
    return y[:, None] + x[None], amplitude, normalize is not False


def _made(kernel: np.ndarray, normalize: bool, tensor: Any = None) -> Any:
    if normalize:
        kernel = kernel / kernel.sum()
    if tensor is None:
        return wrap(kernel.astype(default_type().dtype))
    tensor.nd[...] = to_type(kernel, tensor.nd.dtype)
    return tensor


def gaussian(*args: Any) -> Any:
    """A 2-D Gaussian kernel.

    `image.gaussian(size, sigma, amplitude, normalize, width, height, sigma_horz, sigma_vert,
    mean_horz, mean_vert, tensor)`
    or one table of these names. Defaults: size 3, sigma 0.25 (of the size), amplitude 1, normalize
    false, means 0.5.
    """
    *values, tensor = options(args, {**KERNEL_2D, "tensor": None})
    distance, amplitude, normalize = _kernel_2d(values, tensor)
    return _made(amplitude * np.exp(-distance), normalize, tensor)


def gaussian1D(*args: Any) -> Any:
    """A 1-D Gaussian kernel: `image.gaussian1D(size, sigma, amplitude, normalize, mean, tensor)` or
    one table."""
    size, sigma, amplitude, normalize, mean, tensor = options(args, KERNEL_1D)
    size = int(size) if tensor is None else tensor.nd.shape[0]
    return _made(amplitude * np.exp(-_axis(size, sigma, mean)), normalize is not False, tensor)


def laplacian(*args: Any) -> Any:
    """A 2-D Laplacian-of-Gaussian kernel; arguments as image.gaussian's, sigma 0.1."""
    distance, amplitude, normalize = _kernel_2d(options(args, {**KERNEL_2D, "sigma": 0.1}))
    return _made(amplitude * (1 - distance) * np.exp(-distance), normalize)


def convolve2d(picture: np.ndarray, kernel: np.ndarray, full: bool) -> np.ndarray:
    """True convolution (kernel mirrored) over the last two axes; `full` keeps every overlap, else
    only whole ones."""
    kh, kw = kernel.shape
    if full:
        picture = np.pad(picture, [(0, 0)] * (picture.ndim - 2) + [(kh - 1,) * 2, (kw - 1,) * 2])
    windows = np.lib.stride_tricks.sliding_window_view(picture, (kh, kw), (-2, -1))
    return np.einsum("...ij,ij->...", windows, kernel[::-1, ::-1])


def convolve(*args: Any) -> Any:
    """Convolve a picture with a kernel.

    `image.convolve([dst,] src, kernel, mode)`: src height×width or planes×height×width; kernel 2-D
    (each plane is convolved
    with it) or planes×h×w (summed over the planes' own results as torch.conv2 does); mode 'valid'
    (default), 'full', 'same'.
    """
    rest = [a for a in args if a is not None]
    mode = rest.pop() if rest and isinstance(rest[-1], str) else "valid"
    if mode not in ("valid", "full", "same"):
        raise fail("convolve", "mode has to be one of: full | valid | same")
    if len(rest) not in (2, 3) or not all(hasattr(t, "nd") for t in rest):
        raise fail("convolve", "incorrect arguments")
    dst = rest[0] if len(rest) == 3 else None
    src, kernel = rest[-2].nd, rest[-1].nd
    if kernel.ndim == 3:
        if src.ndim != 3 or src.shape[0] != kernel.shape[0]:
            raise fail("convolve", "a 3D kernel needs a picture of as many planes")
        result = np.stack([convolve2d(p, k, mode != "valid") for p, k in zip(src, kernel)])
    else:
        result = convolve2d(src, kernel, mode != "valid")
    if mode == "same":
        top, left = (math.ceil(k / 2) - 1 for k in kernel.shape[-2:])
        result = result[..., top : top + src.shape[-2], left : left + src.shape[-1]]
    result = wrap(np.ascontiguousarray(result.astype(src.dtype)))
    if dst is None:
        return result
    return dst.resize(result.size()).copy(result)


def lcn(picture: Any = None, kernel: Any = None, *_: Any) -> Any:
    """Local contrast normalisation of a grey picture: subtract the local mean, divide by the local
    deviation (≥ 1).

    `image.lcn(picture, kernel)`: kernel 9×9 Gaussian by default. Result: DoubleTensor, smaller by
    the kernel less one.
    """
    values = picture.nd.astype(np.float64)
    if values.ndim == 3 and values.shape[0] == 1:
        values = values[0]
    if values.ndim != 2:
        raise TorchError("grayscale image expected")
    if kernel is None:
        kernel = gaussian({"size": 9, "sigma": 1.591 / 9, "normalize": True})
    weights = kernel.nd.astype(np.float64)
    values = (values - values.mean()) / values.std(ddof=1)
    mean = convolve2d(values, weights, False)
    variance = np.maximum(convolve2d(values * values, weights, False) - mean * mean, 0)
    deviation = np.maximum(np.sqrt(variance), 1)
    top, left = (k // 2 for k in weights.shape)
    centre = values[top : top + mean.shape[0], left : left + mean.shape[1]]
    return wrap((centre - mean) / deviation)


def _morphology(name: str, pick: Any, what: str, padding: float) -> Any:
    def apply(picture: Any = None, kernel: Any = None, pad: Any = None, *_: Any) -> Any:
        values = picture.nd
        if values.ndim != 2:
            raise fail(name, f"a height x width picture is needed, got {values.ndim} dimensions")
        shape = np.ones((3, 3)) if kernel is None else kernel.nd
        kh, kw = shape.shape
        border = ((kh // 2, kh - 1 - kh // 2), (kw // 2, kw - 1 - kw // 2))
        framed = np.pad(values, border, constant_values=padding if pad is None else pad)
        windows = np.lib.stride_tricks.sliding_window_view(framed, (kh, kw))
        return wrap(np.ascontiguousarray(pick(windows[..., shape != 0], axis=-1)))

    apply.__doc__ = (
        f"Binary {what} of a height×width picture: `image.{name}(picture, kernel, pad)`; "
        f"kernel 3×3 ones by default, pad: value outside ({padding:g})."
    )
    return apply


erode = _morphology("erode", np.min, "erosion (least value under the kernel)", 1)
dilate = _morphology("dilate", np.max, "dilation (greatest value under the kernel)", 0)


def gaussianpyramid(*args: Any) -> Any:
    """A picture blurred and scaled by each factor: `image.gaussianpyramid([dst,] src, {1, 0.5 …})`
    → table of pictures."""
    dst, src, rest = destination_first(
        "gaussianpyramid", [a for a in args if not isinstance(a, Table)]
    )
    tables = [a for a in args if isinstance(a, Table)]
    scales = array(tables[-1]) if tables else list(rest[0]) if rest else []
    if not scales or not all(isinstance(s, int | float) for s in scales):
        raise fail("gaussianpyramid", "a table of scales is needed")
    weights = gaussian({"width": 3, "normalize": True}).nd.astype(src.nd.dtype)
    planes = src.nd if src.nd.ndim == 3 else src.nd[None]
    blurred, levels, current = planes, [], 1.0
    result: dict[float, np.ndarray] = {}
    for factor in sorted(scales, reverse=True):
        while factor <= current / 2 and min(blurred.shape[1:]) > 2:
            frame = convolve2d(blurred, weights, True)[:, 1:-1, 1:-1]
            current /= 2
            height, width = (max(1, math.floor(n * current)) for n in planes.shape[1:])
            blurred = resample(frame, height, width, "simple")
        height, width = (max(1, math.floor(n * factor)) for n in planes.shape[1:])
        exact = factor == current
        result[factor] = blurred if exact else resample(blurred, height, width, "bilinear")
    for factor in scales:
        level = result[factor] if src.nd.ndim == 3 else result[factor][0]
        levels.append(wrap(np.ascontiguousarray(level)))
    if dst is not None:
        levels[0] = dst.resize(levels[0].size()).copy(levels[0])
    return new_table(levels)


NAMES = {f.__name__: f for f in (gaussian, gaussian1D, laplacian, convolve, lcn, gaussianpyramid)}
NAMES |= {"erode": erode, "dilate": dilate}
