"""Convolutions, pooling, padding and enlarging as layers of nn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell import nn

from .operators_arithmetic import tensor
from .reader import Operator, Reader


def windows(op: Operator, dims: int) -> tuple[tuple[int, ...], ...]:
    """Strides, padding before, padding after, dilations."""
    if op.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise op.refuse("auto_pad is not read; give it pads")
    pads = tuple(op.get("pads", (0,) * (2 * dims)))
    ones = (1,) * dims
    return (
        tuple(op.get("strides", ones)),
        pads[:dims],
        pads[dims:],
        tuple(op.get("dilations", ones)),
    )


def as_planes(rule: Callable[[Reader, Operator, str, str], None]) -> Any:
    """Sequences (batch, planes, n) are planes of one row."""

    def whole(r: Reader, op: Operator) -> None:
        if r.rank(op.inputs[0]) != 3:
            rule(r, op, op.inputs[0], op.outputs[0])
            return
        for name in ("kernel_shape", "strides", "dilations", "output_padding"):
            if name in op.attributes:
                op.attributes[name] = [0 if name == "output_padding" else 1, *op.attributes[name]]
        if "pads" in op.attributes:
            first, last = op.attributes["pads"]
            op.attributes["pads"] = [0, first, 0, last]
        if len(op.inputs) > 1 and op.inputs[1] in r.constants:
            op.inputs[1] = row_weight(r, op.inputs[1])
        planes = r.layer(nn.Unsqueeze(3), "", op.inputs[0])
        out = f"{op.outputs[0]} as planes"
        for name, given in ((planes, op.inputs[0]), (out, op.outputs[0])):
            shape = r.shape(given)
            r.shapes[name] = (*shape[:2], 1, *shape[2:])
        rule(r, op, planes, out)
        r.layer(nn.Select(3, 1), op.outputs[0], out)

    return whole


def row_weight(r: Reader, name: str) -> str:
    """A weight (outputs, inputs, n) as (outputs, inputs, 1, n)."""
    weight = r.constants[name]
    if weight.ndim == 3:
        name = f"{name} as planes"
        r.constants[name] = weight[:, :, None]
    return name


def padded(r: Reader, given: str, before: tuple[int, ...], after: tuple[int, ...]) -> str:
    """Zeros around the last axes."""
    if len(before) == 2:
        sides = (before[1], after[1], before[0], after[0])
        return r.layer(nn.SpatialZeroPadding(*sides), "", given)
    first = r.rank(given) - len(before)
    for axis, pair in enumerate(zip(before, after), first + 1):
        for sign, count in zip((-1, 1), pair):
            if count:
                given = r.layer(nn.Padding(axis, sign * count), "", given)
    return given


def parts_of(op: Operator, weight: Any, bias: Any, groups: int) -> list[tuple[Any, Any]]:
    """Weight and bias of each group."""
    count = len(weight) // groups
    slices = [slice(i * count, (i + 1) * count) for i in range(groups)]
    if op.kind == "ConvTranspose":
        outputs = weight.shape[1]
        places = [slice(i * outputs, (i + 1) * outputs) for i in range(groups)]
        return [(weight[s], None if bias is None else bias[p]) for s, p in zip(slices, places)]
    return [(weight[s], None if bias is None else bias[s]) for s in slices]


def convolution(r: Reader, op: Operator, given: str, out: str) -> None:
    weight = r.constant(op.inputs[1])
    if weight is None:
        raise op.refuse("its weight is computed")
    bias = r.constant(op.inputs[2]) if len(op.inputs) > 2 and op.inputs[2] else None
    dims = weight.ndim - 2
    stride, before, after, dilation = windows(op, dims)
    groups = int(op.get("group", 1))
    if op.kind == "Conv" and before != after:
        given, before = padded(r, given, before, after), (0,) * dims
    elif before != after:
        raise op.refuse("its padding before and after differ")
    extra = tuple(op.get("output_padding", (0,) * dims))
    make = backwards if op.kind == "ConvTranspose" else forwards
    layers = [
        with_parameters(make(w, stride, before, extra if make is backwards else dilation), w, b)
        for w, b in parts_of(op, weight, bias, groups)
    ]
    if groups == 1:
        r.layer(layers[0], out, given)
        return
    size = weight.shape[0] // groups if op.kind == "ConvTranspose" else weight.shape[1]
    both = nn.Concat(2)
    for i, layer in enumerate(layers):
        both.add(nn.Sequential().add(nn.Narrow(2, i * size + 1, size)).add(layer))
    r.layer(both, out, given)


def forwards(w: Any, stride: Any, pad: Any, dilation: Any) -> Any:
    """A convolution of two or three dimensions, without its weight."""
    planes = w.shape[1], w.shape[0]
    if w.ndim == 4:
        sizes = [n for pair in (w.shape[2:], stride, pad) for n in reversed(pair)]
        if set(dilation) != {1}:
            return nn.SpatialDilatedConvolution(*planes, *sizes, *reversed(dilation))
        return nn.SpatialConvolution(*planes, *sizes)
    sizes = [n for triple in (w.shape[2:], stride, pad) for n in depth_first(triple)]
    if set(dilation) != {1}:
        return nn.VolumetricDilatedConvolution(*planes, *sizes, *depth_first(dilation))
    return nn.VolumetricConvolution(*planes, *sizes)


def backwards(w: Any, stride: Any, pad: Any, extra: Any) -> Any:
    """A full convolution."""
    planes = w.shape[0], w.shape[1]
    if w.ndim == 4:
        groups = (w.shape[2:], stride, pad, extra)
        return nn.SpatialFullConvolution(*planes, *(n for pair in groups for n in reversed(pair)))
    groups = (w.shape[2:], stride, pad, extra)
    return nn.VolumetricFullConvolution(*planes, *(n for t in groups for n in depth_first(t)))


def depth_first(triple: Any) -> tuple[int, int, int]:
    """(t, h, w) in the order of nn's arguments: t, w, h."""
    t, h, w = triple
    return t, w, h


def with_parameters(layer: Any, weight: Any, bias: Any) -> Any:
    layer.weight = tensor(weight)
    if bias is None:
        return layer.noBias()
    layer.bias = tensor(bias)
    return layer


def max_pool(r: Reader, op: Operator, given: str, out: str) -> None:
    kernel = tuple(op.attributes["kernel_shape"])
    dims = len(kernel)
    stride, before, _, dilation = windows(op, dims)
    sizes, results = r.shape(given)[-dims:], r.shape(out)[-dims:]
    plain = set(dilation) == {1}
    if dims == 2:
        make = nn.SpatialMaxPooling if plain else nn.SpatialDilatedMaxPooling
        order: tuple[int, ...] = (1, 0)
    else:
        make = nn.VolumetricMaxPooling if plain else nn.VolumetricDilatedMaxPooling
        order = (0, 2, 1)
    groups = (kernel, stride, before) if plain else (kernel, stride, before, dilation)
    layer = make(*(values[i] for values in groups for i in order))
    floor = tuple(
        None if None in (n, m) else (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, m, k, s, p, d in zip(sizes, results, kernel, stride, before, dilation)
    )
    if floor != tuple(results) or op.get("ceil_mode", 0):
        layer.ceil()
    r.layer(layer, out, given)
    op.attributes["layer"] = layer  # for what undoes it


def unpool(r: Reader, op: Operator) -> None:
    pool = r.made.get(op.inputs[1])
    if pool is None or "layer" not in pool.attributes:
        raise op.refuse("its indices come from no MaxPool")
    layer = pool.attributes["layer"]
    planar = len(op.attributes["kernel_shape"]) == 2
    make = nn.SpatialMaxUnpooling if planar else nn.VolumetricMaxUnpooling
    r.layer(make(layer), op.outputs[0], op.inputs[0])


def average_pool(r: Reader, op: Operator, given: str, out: str) -> None:
    kernel = tuple(op.attributes["kernel_shape"])
    dims = len(kernel)
    stride, before, after, _ = windows(op, dims)
    if op.get("ceil_mode", 0):
        raise op.refuse("ceil_mode is not read; give it pads")
    counted = bool(op.get("count_include_pad", 0))
    if counted and any(before + after):
        given, before = padded(r, given, before, after), (0,) * dims
    elif before != after:
        raise op.refuse("its padding before and after differ")
    if dims == 2:
        values = [n for pair in (kernel, stride, before) for n in reversed(pair)]
        layer = nn.SpatialAveragePooling(*values)
        if not counted:
            layer.setCountExcludePad()
    else:
        layer = nn.VolumetricAveragePooling(*depth_first(kernel), *depth_first(stride))
    r.layer(layer, out, given)


def pad(r: Reader, op: Operator) -> None:
    pads = r.integers(op, 1, "pads")
    if pads is None:
        raise op.refuse("its pads are computed")
    rank, mode = r.rank(op.inputs[0]), op.get("mode", "constant")
    before, after = pads[:rank], pads[rank:]
    if mode == "constant":
        value = r.constants[op.inputs[2]] if len(op.inputs) > 2 and op.inputs[2] else np.zeros(1)
        number = float(value.reshape(-1)[0])
        layers = [
            nn.Padding(axis + 1, sign * count[axis], None, number)
            for axis in range(rank)
            for sign, count in ((-1, before), (1, after))
            if count[axis]
        ]
        planar = rank in (3, 4) and not any((before + after)[i] for i in range(rank - 2))
        planar = planar and not any(after[: rank - 2]) and number == 0
        if planar:
            layers = [nn.SpatialZeroPadding(before[-1], after[-1], before[-2], after[-2])]
        r.chain(layers, op.outputs[0], op.inputs[0])
        return
    sides = [n for axis in (-1, -2, -3) if rank + axis >= 0 for n in (before[axis], after[axis])]
    if mode == "edge" and (rank == 5 or (rank == 4 and any(sides[4:]))):
        layer = nn.VolumetricReplicationPadding(*sides)
    elif rank in (3, 4) and mode in ("edge", "reflect"):
        make = nn.SpatialReplicationPadding if mode == "edge" else nn.SpatialReflectionPadding
        layer = make(*sides[:4])
    else:
        raise op.refuse(f"mode {mode} of {rank} dimensions has no layer")
    r.layer(layer, op.outputs[0], op.inputs[0])


def resize(r: Reader, op: Operator) -> None:
    from th7shell.lua import new_table

    given, rank = op.inputs[0], r.rank(op.inputs[0])
    mode, how = op.get("mode", "nearest"), op.get("coordinate_transformation_mode", "half_pixel")
    scales = r.constant(op.inputs[2]) if len(op.inputs) > 2 else None
    if mode == "nearest" and how == "asymmetric" and scales is not None and scales.size:
        scale = float(scales.reshape(-1)[-1])
        layer = nn.SpatialUpSamplingNearest(scale) if rank == 4 else nn.UpSampling(scale)
    elif mode == "linear" and how == "align_corners" and len(op.inputs) > 3:
        fixed = r.constant(op.inputs[3])
        if fixed is None:
            fixed = r.constants[r.made[op.inputs[3]].inputs[1]]
        names = ("odepth", "oheight", "owidth")[5 - rank :]
        sizes = [int(n) for n in fixed.reshape(-1)[2 - rank :]]
        params = new_table(fields=dict(zip(names, sizes)))
        planar = rank == 4
        layer = nn.SpatialUpSamplingBilinear(params) if planar else nn.UpSampling(params, "linear")
    else:
        raise op.refuse(f"{mode} with {how} has no layer")
    r.layer(layer, op.outputs[0], given)


def shuffle(r: Reader, op: Operator) -> None:
    if op.get("mode", "DCR") != "CRD":
        raise op.refuse("only mode CRD is a layer, nn.PixelShuffle")
    r.layer(nn.PixelShuffle(int(op.attributes["blocksize"])), op.outputs[0], op.inputs[0])


RULES: dict[str, Any] = {
    "Conv": as_planes(convolution),
    "ConvTranspose": as_planes(convolution),
    "MaxPool": as_planes(max_pool),
    "MaxUnpool": unpool,
    "AveragePool": as_planes(average_pool),
    "GlobalAveragePool": lambda r, op: r.layer(
        nn.SpatialAdaptiveAveragePooling(1, 1), op.outputs[0], op.inputs[0]
    ),
    "GlobalMaxPool": lambda r, op: r.layer(
        nn.SpatialAdaptiveMaxPooling(1, 1), op.outputs[0], op.inputs[0]
    ),
    "Pad": pad,
    "Resize": resize,
    "DepthToSpace": shuffle,
}
