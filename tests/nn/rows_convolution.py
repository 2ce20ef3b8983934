"""Convolutions of every kind, each beside the tap-by-tap form."""

from __future__ import annotations

import numpy as np

from th7shell import nn

from .naive import convolve, convolve_backwards, cut
from .rows import Row

IMAGE = (2, 6, 5)
VOLUME = (2, 4, 5, 4)


def pair(m, name):
    return int(getattr(m, name + "H")), int(getattr(m, name + "W"))


def triple(m, name):
    return tuple(int(getattr(m, name + axis)) for axis in "THW")


def learned(m):
    return m.weight.nd, None if m.bias is None else m.bias.nd


def planar(x, m):
    weight, bias = learned(m)
    weight = weight.reshape(len(weight), -1, *pair(m, "k"))
    dilation = (int(m.dilationH), int(m.dilationW))
    return convolve(x, weight, bias, pair(m, "d"), pair(m, "pad"), dilation)


def full(x, m):
    return convolve_backwards(x, *learned(m), pair(m, "d"), pair(m, "pad"), pair(m, "adj"))


def volumetric(x, m):
    dilation = triple(m, "dilation")
    return convolve(x, *learned(m), triple(m, "d"), triple(m, "pad"), dilation)


def volumetric_full(x, m):
    return convolve_backwards(x, *learned(m), triple(m, "d"), triple(m, "pad"), triple(m, "adj"))


def mapped(x, m):
    """Each row of the table adds one filtered plane to one output plane."""
    outputs = []
    for o in range(int(m.nOutputPlane)):
        total = m.bias.nd[o]
        for (i, j), w in zip(m.connTable.nd.astype(int), m.weight.nd):
            if j == o + 1:
                total = total + convolve(x[i - 1 : i], w[None, None], None, pair(m, "d"), (0, 0))[0]
        outputs.append(total)
    return np.array(outputs)


def mapped_full(x, m):
    size = [(n - 1) * s + k for n, s, k in zip(x.shape[1:], pair(m, "d"), pair(m, "k"))]
    y = np.zeros((int(m.nOutputPlane), *size)) + m.bias.nd[:, None, None]
    for (i, j), w in zip(m.connTable.nd.astype(int), m.weight.nd):
        part = convolve_backwards(x[i - 1 : i], w[None, None], None, pair(m, "d"), (0, 0), (0, 0))
        y[j - 1] += part[0]
    return y


def local(x, m):
    """Every place has filters of its own."""
    out = (int(m.oH), int(m.oW))
    xp = np.pad(x, ((0, 0), (int(m.padH),) * 2, (int(m.padW),) * 2))
    y = m.bias.nd.copy()
    for tap in np.ndindex(*pair(m, "k")):
        cells = xp[cut(tap, pair(m, "d"), out)]
        weight = m.weight.nd[(..., *tap)]  # (oH, oW, o, c)
        y += np.einsum("hwoc,chw->ohw", weight, cells)
    return y


def depthwise(x, m):
    """Square images only: each plane with its own filters, the planes of an input together."""
    o = int(m.nOutputPlane)
    weight = m.weight.nd.reshape(o, len(x), 1, *pair(m, "k"))
    planes = [
        convolve(x[c : c + 1], weight[:, c], m.bias.nd[:, c], pair(m, "d"), pair(m, "pad"))
        for c in range(len(x))
    ]
    return np.concatenate(planes)


def subsampled(x, m):
    kernel = np.ones((1, 1, *pair(m, "k")))
    sums = np.concatenate(
        [convolve(plane[None], kernel, None, pair(m, "d"), (0, 0)) for plane in x]
    )
    return sums * m.weight.nd[:, None, None] + m.bias.nd[:, None, None]


def conv(name, args, formula, shape=IMAGE, text=None, parameters=None, **more):
    return Row(name, args, shape, formula, batch=True, text=text, parameters=parameters, **more)


ROWS = [
    conv(
        "SpatialConvolution",
        (2, 3, 3, 2),
        planar,
        text="nn.SpatialConvolution(2 -> 3, 3x2)",
        parameters=39,
    ),
    conv("SpatialConvolution", (3, 2, 3, 3), planar, (3, 7, 8)),
    conv("SpatialConvolution", (3, 2, 3, 3, 1, 1, 1, 1), planar, (3, 7, 8)),
    conv(
        "SpatialConvolution",
        (2, 3, 3, 2, 2, 1, 1, 0),
        planar,
        text="nn.SpatialConvolution(2 -> 3, 3x2, 2,1, 1,0)",
    ),
    conv("SpatialConvolution", (2, 3, 1, 1), planar),
    conv("SpatialConvolution", (2, 3, 1, 1, 2, 2), planar),
    conv("SpatialConvolution", (1, 1, 5, 6), planar, (1, 6, 5)),
    conv(
        "SpatialConvolution",
        (),
        planar,
        make=lambda: nn.SpatialConvolution(2, 3, 3, 3).noBias(),
        text="nn.SpatialConvolution(2 -> 3, 3x3) without bias",
        label="SpatialConvolution noBias",
        parameters=54,
    ),
    conv("SpatialConvolutionMM", (2, 3, 2, 3, 1, 2, 0, 1), planar),
    conv(
        "SpatialDilatedConvolution",
        (2, 3, 2, 3, 1, 1, 1, 1, 2, 2),
        planar,
        text="nn.SpatialDilatedConvolution(2 -> 3, 2x3, 1,1, 1,1, 2,2)",
    ),
    conv("SpatialDilatedConvolution", (2, 3, 3, 3, 2, 2, 2, 2, 2, 3), planar, (2, 7, 7)),
    conv("SpatialFullConvolution", (2, 3, 3, 2), full, (2, 4, 3)),
    conv(
        "SpatialFullConvolution",
        (2, 3, 3, 4, 2, 2, 1, 1, 1, 1),
        full,
        (2, 4, 3),
        text="nn.SpatialFullConvolution(2 -> 3, 3x4, 2,2, 1,1, 1,1)",
    ),
    conv("SpatialFullConvolution", (2, 1, 2, 2, 3, 3), full, (2, 3, 2)),
    conv(
        "VolumetricConvolution",
        (2, 2, 2, 3, 2),
        volumetric,
        VOLUME,
        text="nn.VolumetricConvolution(2 -> 2, 2x3x2)",
    ),
    conv("VolumetricConvolution", (2, 1, 2, 2, 3, 2, 1, 2, 1, 0, 1), volumetric, VOLUME),
    conv(
        "VolumetricDilatedConvolution",
        (2, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 2, 2, 2),
        volumetric,
        VOLUME,
        text="nn.VolumetricDilatedConvolution(2 -> 1, 2x2x2, 1,1,1, 1,1,1, 2,2,2)",
    ),
    conv(
        "VolumetricFullConvolution",
        (2, 1, 3, 2, 3, 2, 1, 2, 1, 0, 1, 1, 0, 1),
        volumetric_full,
        (2, 2, 3, 2),
        text="nn.VolumetricFullConvolution(2 -> 1, 3x2x3, 2,1,2, 1,0,1, 1,0,1)",
    ),
    conv(
        "SpatialConvolutionMap",
        (),
        mapped,
        make=lambda: nn.SpatialConvolutionMap(nn.tables.full(2, 3), 3, 2),
        text="nn.SpatialConvolutionMap",
    ),
    conv(
        "SpatialConvolutionMap",
        (),
        mapped,
        (4, 6, 5),
        make=lambda: nn.SpatialConvolutionMap(nn.tables.random(4, 3, 2), 3, 3, 2, 1),
        label="SpatialConvolutionMap random",
    ),
    Row(
        "SpatialFullConvolutionMap",
        (),
        (3, 4, 3),
        mapped_full,
        make=lambda: nn.SpatialFullConvolutionMap(nn.tables.oneToOne(3), 3, 2, 2, 2),
    ),
    conv(
        "SpatialConvolutionLocal",
        (2, 2, 5, 6, 3, 2, 2, 1, 1, 1),
        local,
        text="nn.SpatialConvolutionLocal(2 -> 2, 5x6, 3x2, 2,1, 1,1)",
    ),
    conv("SpatialDepthWiseConvolution", (2, 3, 3, 3), depthwise, (2, 5, 5)),
    conv("SpatialDepthWiseConvolution", (2, 2, 3, 3, 2, 2, 1, 1), depthwise, (2, 5, 5)),
    conv("SpatialSubSampling", (2, 3, 2, 2, 1), subsampled, text="nn.SpatialSubSampling"),
    Row(
        "WeightNorm",
        (),
        (2, 2, 4, 4),
        lambda x, m: np.array([planar(v, m.modules[1]) for v in x]),
        make=lambda: nn.WeightNorm(nn.SpatialConvolution(2, 3, 3, 3)),
        label="WeightNorm(SpatialConvolution)",
        slope=False,
    ),
]
