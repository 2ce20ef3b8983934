"""Kernels and neighbourhood filters: Gaussian, Laplacian, convolution, local contrast, erosion,
pyramids."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from th7shell import torch
from th7shell.lua import BadArgument, Table, TorchError, array, new_table, rawget
from th7shell.torch.tensor import Tensor, resized
from th7shell.torch.types import number

from .checks import fail, named, real, refuse, tensor, to_type
from .scaling import scale

Array = np.ndarray
_SIZE = {
    "size": ("number", "kernel size (size x size)", 3),
    "sigma": ("number", "sigma (horizontal and vertical)", 0.25),
}


def _kernel_options(what: str, sigma: float) -> dict[str, Any]:
    return _SIZE | {
        "sigma": ("number", "sigma (horizontal and vertical)", sigma),
        "amplitude": ("number", f"amplitute of the {what} (max value)", 1),
        "normalize": ("number", "normalize kernel (exc Amplitude)", False),
        "width": ("number", "kernel width", "=size"),
        "height": ("number", "kernel height", "=size"),
        "sigma_horz": ("number", "horizontal sigma", "=sigma"),
        "sigma_vert": ("number", "vertical sigma", "=sigma"),
        "mean_horz": ("number", "horizontal mean", 0.5),
        "mean_vert": ("number", "vertical mean", 0.5),
    }


GAUSSIAN = _kernel_options("gaussian", 0.25) | {
    "tensor": ("torch.Tensor", "result tensor (height/width are ignored)", None)
}
LAPLACIAN = _kernel_options("Laplacian", 0.1)
GAUSSIAN_1D = {
    "size": ("number", "size the kernel", 3),
    "sigma": ("number", "Sigma", 0.25),
    "amplitude": ("number", "Amplitute of the gaussian (max value)", 1),
    "normalize": ("number", "Normalize kernel (exc Amplitude)", False),
    "mean": ("number", "Mean", 0.5),
    "tensor": ("torch.Tensor", "result tensor (size is ignored)", None),
}


def _numbers(function: str, names: dict[str, Any], values: list[Any]) -> list[Any]:
    """The options by their order, those meant as numbers checked."""
    for position, (name, value) in enumerate(zip(names, values), 1):
        if name not in ("normalize", "tensor"):
            try:
                values[position - 1] = number(value, position)
            except BadArgument as error:
                raise BadArgument(position, f"{name}: {error.message}", function) from None
    return values


def _extent(value: float, name: str, function: str) -> int:
    if not 1 <= value < 2**31:
        raise TorchError(f"image.{function}: {name} must be 1 or more, got {value:.14g}")
    return int(value)


def _result(tensor_: Any, dims: int) -> None:
    if not isinstance(tensor_, Tensor) or tensor_.dim() not in (0, dims):
        raise TorchError(f"expecting {dims}D tensor")
    if tensor_.nElement() == 0:
        raise TorchError("expecting non-empty tensor")


def gaussian(*args: Any) -> Any:
    """A 2-D Gaussian kernel.

    `image.gaussian(size, sigma, amplitude, normalize, width, height, sigma_horz, sigma_vert,
    mean_horz, mean_vert, tensor)`
    or one table of these names. Defaults: size 3, sigma 0.25 (of the size), amplitude 1, normalize
    false, means 0.5.
    """
    values = named("gaussian", "returns a 2D gaussian kernel", args, GAUSSIAN)
    *values, out = _numbers("gaussian", GAUSSIAN, values)
    _, _, amplitude, normalize, width, height, sigma_x, sigma_y, mean_x, mean_y = values
    if out is not None:
        _result(out, 2)
        tensor(out, 11, "gaussian")
    else:
        out = torch.Tensor(
            _extent(height, "height", "gaussian"), _extent(width, "width", "gaussian")
        )
    kind = real(out.nd).type
    axes = []
    for n, sigma, mean in zip(out.nd.shape, (sigma_y, sigma_x), (mean_y, mean_x)):
        middle = kind(np.float64(kind(mean) * kind(n)) + 0.5)
        step = kind(1 / np.float64(kind(sigma) * kind(n)))
        axes.append((np.arange(1, n + 1).astype(kind) - middle) * step)
    distance = axes[0][:, None] ** 2 + axes[1][None] ** 2
    bell = (kind(amplitude) * np.exp(-0.5 * distance.astype(np.float64))).astype(kind)
    out.nd[...] = to_type(bell, out.nd.dtype)
    if normalize is not None and normalize is not False:
        total = np.cumsum(out.nd.ravel().astype(kind), dtype=kind)[-1]
        out.nd[...] = (out.nd * kind(1 / np.float64(total))).astype(out.nd.dtype)
    return out


def gaussian1D(*args: Any) -> Any:
    """A 1-D Gaussian kernel: `image.gaussian1D(size, sigma, amplitude, normalize, mean, tensor)` or
    one table."""
    values = named("gaussian1D", "returns a 1D gaussian kernel", args, GAUSSIAN_1D)
    out: Any
    size, sigma, amplitude, normalize, mean, out = _numbers("gaussian1D", GAUSSIAN_1D, values)
    if out is not None:
        _result(out, 1)
        size = out.nd.shape[0]
    out = torch.Tensor(_extent(size, "size", "gaussian1D")) if out is None else out
    i = np.arange(1, out.nd.shape[0] + 1)
    spread = np.float64(sigma * size)
    out.nd[...] = amplitude * np.exp(-(((i - (mean * size + 0.5)) / spread) ** 2 / 2))
    if normalize is not None and normalize is not False:
        out.div(out.sum())
    return out


def laplacian(*args: Any) -> Any:
    """A 2-D Laplacian-of-Gaussian kernel; arguments as image.gaussian's, sigma 0.1."""
    values = named("laplacian", "returns a 2D Laplacian kernel", args, LAPLACIAN)
    values = _numbers("laplacian", LAPLACIAN, values)
    _, _, amplitude, normalize, width, height, sigma_x, sigma_y, mean_x, mean_y = values
    out: Any = torch.Tensor(
        _extent(height, "height", "laplacian"), _extent(width, "width", "laplacian")
    )
    # As in the original the horizontal figures go with the rows.
    i, j = (np.arange(1, n + 1, dtype=np.float64) for n in out.nd.shape)
    down = ((i - (mean_x * width + 0.5)) / (sigma_x * width)) ** 2 / 2
    across = ((j - (mean_y * height + 0.5)) / (sigma_y * height)) ** 2 / 2
    distance = down[:, None] + across[None]
    out.nd[...] = (1 - distance) * amplitude * np.exp(-distance)
    if normalize is not None and normalize is not False:
        out.div(out.sum())
    return out


CONVOLVE_FORMS = """
*torch.Tensor: input image
*torch.Tensor: kernel
string: type: full | valid | same

*torch.Tensor: destination
*torch.Tensor: input image
*torch.Tensor: kernel
string: type: full | valid | same
"""


def convolve(*args: Any) -> Any:
    """Convolve a picture with a kernel.

    `image.convolve([dst,] src, kernel, mode)`: src height×width or planes×height×width; kernel 2-D
    (each plane is convolved with it) or as torch.conv2 takes it; mode 'valid' (default), 'full',
    'same'.
    """
    dst = mode = None
    if len(args) == 4:
        dst, src, kernel, mode = args
    elif len(args) == 3 and isinstance(args[2], str):
        src, kernel, mode = args
    elif len(args) == 3:
        dst, src, kernel = args
    elif len(args) == 2:
        src, kernel = args
    else:
        words = "convolves an input image with a kernel, returns the result"
        raise refuse("convolve", words, CONVOLVE_FORMS)
    if mode not in (None, "valid", "full", "same"):
        raise fail("convolve", "mode has to be one of: full | valid | same")
    _tensor(src, 1, "convolve")
    _tensor(kernel, 2, "convolve")
    if kernel.dim() == 2 and src.dim() == 3:
        stack = type(src)(src.size(1), kernel.size(1), kernel.size(2))
        for i in range(1, src.size(1) + 1):
            stack.select(1, i).copy(kernel)
        kernel = stack
    kind = "F" if mode in ("full", "same") else "V"
    if dst is not None:
        torch.conv2(dst, src, kernel, kind)
    else:
        dst = torch.conv2(src, kernel, kind)
    if mode == "same":
        across = dst.dim()
        down = across - 1
        top, left = (math.ceil(kernel.size(d) / 2) for d in (down, across))
        dst = dst.narrow(down, top, src.size(down)).narrow(across, left, src.size(across))
    return dst


def _tensor(value: Any, position: int, function: str) -> Any:
    """Any tensor, of whatever type."""
    if not isinstance(value, Tensor):
        tensor(value, position, function)
    return value


def lcn(picture: Any = None, kernel: Any = None, *_: Any) -> Any:
    """Local contrast normalisation of a grey picture: subtract the local mean, divide by the local
    deviation (≥ 1).

    `image.lcn(picture, kernel)`: kernel 9×9 Gaussian by default. Result: DoubleTensor, smaller by
    the kernel less one.
    """
    im = _tensor(picture, 1, "lcn").clone().type("torch.DoubleTensor")
    if kernel is None:
        kernel = gaussian({"size": 9, "sigma": 1.591 / 9, "normalize": True})
    if not (im.dim() == 2 or (im.dim() == 3 and im.size(1) == 1)):
        raise TorchError("grayscale image expected")
    if im.dim() == 3:
        im = im.select(1, 1)
    mean, deviation = im.mean(), im.std()
    im.add(-mean)
    im.div(deviation)
    local = torch.conv2(im, kernel)
    variance: Any = local.clone().cmul(local)
    variance.add(-1, torch.conv2(im.clone().cmul(im), kernel)).mul(-1)
    spread = np.maximum(np.sqrt(np.maximum(variance.nd, 0)), 1)
    top, left = kernel.size(1) // 2 + 1, kernel.size(2) // 2 + 1
    centre = im.narrow(1, top, spread.shape[0]).narrow(2, left, spread.shape[1]).clone()
    centre.add(-1, local)
    centre.nd[...] /= spread
    return centre


MORPHOLOGY_FORMS = """
*torch.Tensor: binary image of 0 and 1
torch.Tensor: morphological kernel of 0 and 1; default is 3x3
number: value to assume outside boundary; default is {}
"""


def _framed(name: str, what: str, picture: Any, kernel: Any, pad: Any, default: int) -> Any:
    """The picture with a border of half the kernel, and the kernel."""
    if picture is None or picture is False:
        description = f"Morphological {what} for odd dimension kernels"
        raise refuse(name, description, MORPHOLOGY_FORMS.format(default), "missing image")
    _tensor(picture, 1, name)
    kind = picture.type()
    if kernel is None:
        kernel = torch.ones(3, 3).type(kind)
    _tensor(kernel, 2, name)
    if picture.dim() != 2 or kernel.dim() != 2:
        position = 1 if picture.dim() != 2 else 2
        raise BadArgument(position, "a height x width tensor is needed", name)
    (h, w), (kh, kw) = picture.nd.shape, kernel.nd.shape
    top, left = int(kh / 2 + 0.5), int(kw / 2 + 0.5)  # from 1
    padded = torch.zeros(h + kh - 1, w + kw - 1).fill(number(default if pad is None else pad, 3))
    padded = padded.type(kind)
    padded.narrow(1, top, h).narrow(2, left, w).copy(picture)
    return padded, kernel


def erode(picture: Any = None, kernel: Any = None, pad: Any = None, *_: Any) -> Any:
    """Binary erosion of a height×width picture: `image.erode(picture, kernel, pad)`; kernel 3×3
    ones by default, pad: value outside (1)."""
    padded, kernel = _framed("erode", "erosion", picture, kernel, pad, 1)
    return padded.conv2(kernel).eq(kernel.sum()).typeAs(picture)


def dilate(picture: Any = None, kernel: Any = None, pad: Any = None, *_: Any) -> Any:
    """Binary dilation of a height×width picture: `image.dilate(picture, kernel, pad)`; kernel 3×3
    ones by default, pad: value outside (0)."""
    padded, kernel = _framed("dilate", "dilation", picture, kernel, pad, 0)
    mirrored = kernel.clone()
    mirrored.nd[...] = kernel.nd[::-1, ::-1]
    return padded.conv2(mirrored).gt(0).typeAs(picture)


PYRAMID_FORMS = """
*torch.Tensor: input image
*table: list of scales

*table: destination (list of Tensors)
*torch.Tensor: input image
*table: list of scales
"""


def gaussianpyramid(*args: Any) -> Any:
    """A picture at several scales, each made by 'simple' scaling of the one before, blurred:
    `image.gaussianpyramid([dst,] src, {1, 0.5 …})` → table of pictures (dst, where given)."""
    if len(args) not in (2, 3):
        words = "construct a Gaussian pyramid from an image"
        raise refuse("gaussianpyramid", words, PYRAMID_FORMS)
    dst, src, scales = args if len(args) == 3 else (new_table(), *args)
    if isinstance(scales, list | tuple):
        scales = new_table(scales)
    tensor(src, 1, "gaussianpyramid")
    if not isinstance(scales, Table) or not isinstance(dst, Table):
        raise BadArgument(2, "a table of scales is needed", "gaussianpyramid")
    factors = [number(s, 2) for s in array(scales)]
    if src.nd.ndim not in (2, 3):
        raise fail("gaussianpyramid", "src image must be 2D or 3D")
    lead, (height, width) = src.nd.shape[:-2], src.nd.shape[-2:]
    for i, factor in enumerate(factors, 1):
        h, w = (_extent(n * factor, "a level's size", "gaussianpyramid") for n in (height, width))
        if rawget(dst, i) is None:
            dst[i] = type(src)()
        resized(tensor(dst[i], 1, "gaussianpyramid"), (*lead, h, w))
    kernel = gaussian({"width": 3, "normalize": True}).typeAs(src)
    current = src
    for i, factor in enumerate(factors, 1):
        if factor == 1:
            dst[i].copy(current)
        else:
            scale(dst[i], current, "simple")
        current = convolve(dst[i], kernel, "same")
    return dst


NAMES = {f.__name__: f for f in (gaussian, gaussian1D, laplacian, convolve, lcn, gaussianpyramid)}
NAMES |= {"erode": erode, "dilate": dilate}
