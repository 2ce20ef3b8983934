"""Pooling and unpooling of planes, volumes and sequences, each beside the window-by-window
form.
"""

from __future__ import annotations

import numpy as np

from th7shell import nn

from .naive import average_pool, counts, max_pool
from .rows import Row

IMAGE = (2, 7, 6)
VOLUME = (2, 4, 5, 6)


def geometry(m, axes):
    return [tuple(int(getattr(m, name + a) or 0) for a in axes) for name in ("k", "d", "pad")]


def maximum(axes):
    def formula(x, m):
        kernel, stride, pad = geometry(m, axes)
        dilation = tuple(int(getattr(m, "dilation" + a)) for a in axes)
        out = counts(x.shape[1:], kernel, stride, pad, dilation, bool(m.ceil_mode))
        return max_pool(x, kernel, stride, pad, dilation, out)[0]

    return formula


def average(axes):
    def formula(x, m):
        kernel, stride, pad = geometry(m, axes)
        ones = (1,) * len(axes)
        out = counts(x.shape[1:], kernel, stride, pad, ones, bool(m.ceil_mode))
        count = m.count_include_pad is not False
        return average_pool(x, kernel, stride, pad, out, count)

    return formula


def adaptive(combine):
    def formula(x, m):
        h, w = x.shape[1:]
        return np.array(
            [
                [
                    combine(
                        x[
                            :,
                            i * h // m.H : -(-(i + 1) * h // m.H),
                            j * w // m.W : -(-(j + 1) * w // m.W),
                        ],
                        axis=(1, 2),
                    )
                    for j in range(m.W)
                ]
                for i in range(m.H)
            ]
        ).transpose(2, 0, 1)

    return formula


def fractional(drawn, axes):
    """Windows at the places that the layer's random numbers (in the order `drawn`) give."""

    def formula(x, m):
        planes = []
        for plane, numbers in zip(x, m.randomSamples.nd.reshape(len(x), -1)):
            ranges = []
            for axis, n in zip(axes, plane.shape):
                u, pool = numbers[drawn.index(axis)], int(getattr(m, "poolSize" + axis))
                ratio = getattr(m, "ratio" + axis)
                out = int(n * ratio) if ratio else int(getattr(m, "out" + axis))
                alpha = (n - pool) / (out - 1)
                first = [int((i + u) * alpha) - int(u * alpha) for i in range(out - 1)]
                ranges.append([slice(i, i + pool) for i in [*first, n - pool]])
            shape = [len(r) for r in ranges]
            cells = [plane[tuple(r[i] for r, i in zip(ranges, at))] for at in np.ndindex(*shape)]
            planes.append(np.reshape([cell.max() for cell in cells], shape))
        return np.array(planes)

    return formula


def frames(x, m):
    out = (len(x) - m.kW) // m.dW + 1
    return np.array([x[t * m.dW : t * m.dW + m.kW].max(0) for t in range(out)])


def k_highest(x, m):
    k = max(m.minK, int(np.ceil(m.factor * len(x))))
    order = np.sort(np.argsort(-x, 0)[:k], 0)
    return np.take_along_axis(x, order, 0)


def norm_of_features(x, m):
    parts = np.moveaxis(x, 1, 0)
    out = (len(parts) - m.width) // m.stride + 1
    rows = [parts[i * m.stride : i * m.stride + m.width] for i in range(out)]
    return np.moveaxis(np.array([(r**m.power).sum(0) ** (1 / m.power) for r in rows]), 0, 1)


def pool(name, args, formula, shape=IMAGE, **more):
    return Row(name, args, shape, formula, batch=True, **more)


SPATIAL, VOLUMETRIC = ("H", "W"), ("T", "H", "W")

ROWS = [
    pool(
        "SpatialMaxPooling",
        (2, 2, 2, 2),
        maximum(SPATIAL),
        text="nn.SpatialMaxPooling(2x2, 2,2)",
        parameters=0,
    ),
    pool("SpatialMaxPooling", (2, 3), maximum(SPATIAL)),
    pool(
        "SpatialMaxPooling",
        (3, 3, 2, 2, 1, 1),
        maximum(SPATIAL),
        text="nn.SpatialMaxPooling(3x3, 2,2, 1,1)",
    ),
    pool(
        "SpatialMaxPooling",
        (),
        maximum(SPATIAL),
        make=lambda: nn.SpatialMaxPooling(3, 2, 2, 2, 1, 0).ceil(),
        label="SpatialMaxPooling ceil",
    ),
    pool(
        "SpatialDilatedMaxPooling",
        (2, 3, 1, 2, 0, 1, 2, 2),
        maximum(SPATIAL),
        text="nn.SpatialDilatedMaxPooling(2x3, 1,2, 0,1, 2,2)",
    ),
    pool(
        "SpatialAveragePooling",
        (2, 2, 2, 2),
        average(SPATIAL),
        text="nn.SpatialAveragePooling(2x2, 2,2)",
    ),
    pool("SpatialAveragePooling", (3, 2), average(SPATIAL)),
    pool("SpatialAveragePooling", (3, 3, 2, 2, 1, 1), average(SPATIAL)),
    pool(
        "SpatialAveragePooling",
        (),
        average(SPATIAL),
        make=lambda: nn.SpatialAveragePooling(3, 3, 2, 2, 1, 1).ceil().setCountExcludePad(),
        label="SpatialAveragePooling ceil, pad not counted",
    ),
    pool("SpatialAdaptiveMaxPooling", (3, 4), adaptive(np.max)),
    pool("SpatialAdaptiveAveragePooling", (4, 3), adaptive(np.mean)),
    pool(
        "SpatialLPPooling",
        (2, 2, 2, 3),
        lambda x, m: np.sqrt(6 * average_pool(x**2, (3, 2), (3, 2), (0, 0), (2, 3))),
        low=0.5,
    ),
    pool(
        "SpatialLPPooling",
        (2, 3, 2, 2),
        lambda x, m: np.cbrt(4 * average_pool(x**3, (2, 2), (2, 2), (0, 0), (3, 3))),
        low=0.5,
        label="SpatialLPPooling cubic",
    ),
    Row("FeatureLPPooling", (3, 2, 2, True), (2, 7), norm_of_features, low=0.5),
    Row("FeatureLPPooling", (2, 1, 3, True), (2, 4, 3, 2), norm_of_features, low=0.5),
    Row(
        "FeatureLPPooling",
        (2, 2, 2, False),
        (6, 3),
        lambda x, m: norm_of_features(x[None], m)[0],
        low=0.5,
    ),
    pool(
        "VolumetricMaxPooling",
        (2, 2, 3, 1, 2, 3),
        maximum(VOLUMETRIC),
        VOLUME,
        text="nn.VolumetricMaxPooling(2x2x3, 1,2,3)",
    ),
    pool(
        "VolumetricMaxPooling",
        (),
        maximum(VOLUMETRIC),
        VOLUME,
        make=lambda: nn.VolumetricMaxPooling(3, 2, 3, 2, 2, 2, 1, 1, 1).ceil(),
        label="VolumetricMaxPooling ceil",
    ),
    pool(
        "VolumetricDilatedMaxPooling",
        (2, 2, 2, 1, 1, 1, 0, 0, 0, 2, 3, 2),
        maximum(VOLUMETRIC),
        VOLUME,
    ),
    pool(
        "VolumetricAveragePooling",
        (2, 3, 2, 1, 2, 2),
        average(VOLUMETRIC),
        VOLUME,
        text="nn.VolumetricAveragePooling(2x3x2, 1,2,2)",
    ),
    Row(
        "SpatialFractionalMaxPooling",
        (),
        IMAGE,
        fractional("WH", "HW"),
        make=lambda: nn.SpatialFractionalMaxPooling(2, 2, 3, 4).fixPoolingRegions(),
        text="nn.SpatialFractionalMaxPooling(3x4, 2,2)",
    ),
    Row(
        "SpatialFractionalMaxPooling",
        (),
        IMAGE,
        fractional("WH", "HW"),
        make=lambda: nn.SpatialFractionalMaxPooling(2, 3, 0.5, 0.6).fixPoolingRegions(),
        label="SpatialFractionalMaxPooling ratios",
    ),
    Row(
        "VolumetricFractionalMaxPooling",
        (),
        VOLUME,
        fractional("TWH", "HWT"),
        make=lambda: nn.VolumetricFractionalMaxPooling(2, 2, 2, 3, 2, 2).fixPoolingRegions(),
        text="nn.VolumetricFractionalMaxPooling(3x2x2, 2,2,2)",
    ),
    pool("TemporalMaxPooling", (2,), frames, (7, 3), text="nn.TemporalMaxPooling"),
    pool("TemporalMaxPooling", (3, 1), frames, (7, 3)),
    pool("TemporalDynamicKMaxPooling", (3,), k_highest, (7, 3)),
    pool("TemporalDynamicKMaxPooling", (1, 0.5), k_highest, (7, 3)),
]
