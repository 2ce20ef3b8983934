"""Padding, enlarging and normalising of planes and volumes, and vectors by index."""

from __future__ import annotations

import numpy as np

from th7shell import nn, torch
from th7shell.lua import new_table

from .naive import convolve, interpolate
from .rows import Row

IMAGE = (2, 4, 5)
VOLUME = (2, 3, 4, 3)
SIDES = (1, 2, 2, 1)  # left, right, top, bottom


def padded(mode):
    def formula(x, m):
        pads = [(0, 0)] * (x.ndim - 2) + [
            (int(m.pad_t), int(m.pad_b)),
            (int(m.pad_l), int(m.pad_r)),
        ]
        return np.pad(x, pads, mode=mode)

    return formula


def repeated(dims):
    def formula(x, m):
        for axis in range(x.ndim - dims, x.ndim):
            x = x.repeat(int(m.scale_factor), axis)
        return x

    return formula


def enlarged(x, m):
    dims = 3 if x.ndim == 5 else 2
    if m.scale_factor is None:
        out = tuple(int(m[name]) for name in ("odepth", "oheight", "owidth")[-dims:])
    else:
        out = tuple(n * int(m.scale_factor) for n in x.shape[-dims:])
    return interpolate(x, out)


def shuffled(x, m):
    r = int(m.upscaleFactor)
    c, h, w = x.shape[0] // (r * r), *x.shape[1:]
    y = np.zeros((c, h * r, w * r))
    for a in range(r):
        for b in range(r):
            y[:, a::r, b::r] = x[a * r + b :: r * r]
    return y


def batch_normal(x, m):
    axes = (0, *range(2, x.ndim))
    mean, var = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    y = (x - mean) / np.sqrt(var + m.eps)
    if m.weight is None:
        return y
    shape = (-1,) + (1,) * (x.ndim - 2)
    return y * m.weight.nd.reshape(shape) + m.bias.nd.reshape(shape)


def across(x, m):
    reach = (int(m.size) - 1) // 2
    sums = [(x[max(0, c - reach) : c + reach + 1] ** 2).sum(0) for c in range(len(x))]
    return x / (m.k + m.alpha / m.size * np.array(sums)) ** m.beta


def neighbourhood(x, kernel):
    """The weighted mean around each pixel over all planes, of the pixels inside."""
    kernel = np.atleast_2d(kernel)
    if kernel.shape[0] == 1:
        kernel = kernel.T @ kernel
    weight = np.broadcast_to(kernel / kernel.sum() / len(x), (1, len(x), *kernel.shape))
    pad = tuple(n // 2 for n in kernel.shape)
    coef = convolve(np.ones_like(x), weight, None, (1, 1), pad)
    return convolve(x, weight, None, (1, 1), pad)[0] / coef[0], weight, coef, pad


def subtracted(kernel):
    return lambda x, m: x - neighbourhood(x, kernel)[0]


def divided(kernel, threshold=1e-4, value=None):
    def formula(x, m):
        _, weight, coef, pad = neighbourhood(x, kernel)
        deviation = np.sqrt(convolve(x**2, weight, None, (1, 1), pad)[0]) / coef[0]
        limit = threshold if value is None else value
        return x / np.where(deviation > threshold, deviation, limit)

    return formula


def contrast(x, m):
    return divided(np.ones((3, 3)))(subtracted(np.ones((3, 3)))(x, m), m)


def looked_up(x, m):
    return m.weight.nd[x.astype(int) - 1]


def ones(*shape):
    return torch.Tensor(*shape).fill(1)


def row(name, args, formula, shape=IMAGE, **more):
    return Row(name, args, shape, formula, batch=True, **more)


ROWS = [
    row(
        "SpatialZeroPadding",
        SIDES,
        padded("constant"),
        text="nn.SpatialZeroPadding(l=1, r=2, t=2, b=1)",
    ),
    row(
        "SpatialZeroPadding",
        (-1, 2, 1, -2),
        lambda x, m: np.pad(x[:, :2, 1:], ((0, 0), (1, 0), (0, 2))),
    ),
    row("SpatialZeroPadding", (1,), padded("constant")),
    row(
        "SpatialReflectionPadding",
        SIDES,
        padded("reflect"),
        text="nn.SpatialReflectionPadding(l=1, r=2, t=2, b=1)",
    ),
    row("SpatialReflectionPadding", (-1, 0, 0, -1), lambda x, m: x[:, :3, 1:]),
    row("SpatialReplicationPadding", SIDES, padded("edge")),
    row(
        "SpatialReplicationPadding",
        (-1, 1, 0, 2),
        lambda x, m: np.pad(x[:, :, 1:], ((0, 0), (0, 2), (0, 1)), mode="edge"),
    ),
    row(
        "VolumetricReplicationPadding",
        (1, 2, 0, 1, 2, 1),
        lambda x, m: np.pad(x, ((0, 0), (2, 1), (0, 1), (1, 2)), mode="edge"),
        VOLUME,
        text="nn.VolumetricReplicationPadding(left=1, right=2, top=0, bottom=1, front=2, back=1)",
    ),
    row("SpatialUpSamplingNearest", (2,), repeated(2)),
    row(
        "SpatialUpSamplingBilinear",
        (3,),
        enlarged,
        text="nn.SpatialUpSamplingBilinear(3)",
    ),
    row(
        "SpatialUpSamplingBilinear",
        (),
        enlarged,
        make=lambda: nn.SpatialUpSamplingBilinear(new_table(fields={"oheight": 7, "owidth": 3})),
        text="nn.SpatialUpSamplingBilinear(7, 3)",
        label="SpatialUpSamplingBilinear sizes",
    ),
    Row("UpSampling", (2,), (2, 2, 3, 2), repeated(2), text="nn.UpSampling(2x, nearest)"),
    Row("UpSampling", (2, "linear"), (1, 2, 3, 2), enlarged),
    Row("UpSampling", (2,), (1, 2, 2, 3, 2), repeated(3), label="UpSampling volume"),
    Row(
        "UpSampling",
        (),
        (1, 2, 2, 3, 2),
        enlarged,
        make=lambda: nn.UpSampling(
            new_table(fields={"odepth": 3, "oheight": 4, "owidth": 5}), "linear"
        ),
        text="nn.UpSampling(3x4x5, linear)",
        label="UpSampling volume, linear",
    ),
    row("PixelShuffle", (2,), shuffled, (8, 3, 2)),
    Row(
        "BatchNormalization",
        (3,),
        (4, 3),
        batch_normal,
        text="nn.BatchNormalization (2D) (3)",
        parameters=6,
    ),
    Row("BatchNormalization", (3, 1e-2, 0.3, False), (4, 3), batch_normal, parameters=0),
    Row("SpatialBatchNormalization", (2,), (3, 2, 3, 2), batch_normal),
    Row("VolumetricBatchNormalization", (2,), (2, 2, 2, 3, 2), batch_normal),
    row("SpatialCrossMapLRN", (3, 0.5, 0.75, 2), across, (5, 2, 3)),
    row("SpatialCrossMapLRN", (5, 1), across, (3, 2, 3)),
    row(
        "SpatialSubtractiveNormalization",
        (),
        subtracted(np.ones((3, 5))),
        make=lambda: nn.SpatialSubtractiveNormalization(2, ones(3, 5)),
    ),
    row(
        "SpatialSubtractiveNormalization",
        (),
        subtracted(np.ones(3)),
        make=lambda: nn.SpatialSubtractiveNormalization(2, ones(3)),
        label="SpatialSubtractiveNormalization separable",
    ),
    row(
        "SpatialDivisiveNormalization",
        (),
        divided(np.ones((3, 3)), 1.0, 0.5),
        make=lambda: nn.SpatialDivisiveNormalization(2, ones(3, 3), 1.0, 0.5),
    ),
    row(
        "SpatialContrastiveNormalization",
        (),
        contrast,
        make=lambda: nn.SpatialContrastiveNormalization(2, ones(3, 3)),
    ),
    row(
        "LookupTable",
        (5, 3),
        looked_up,
        (4,),
        low=1,
        high=6,
        integer=True,
        slope=False,
        parameters=15,
    ),
]
