"""nnx's layers as nn's, where those can do the same; `nn.PushTable` keeps a value for its
`nn.PullTable`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from th7shell import nn
from th7shell.lua import new_table

from .graph import Node, entries, refuse

if TYPE_CHECKING:
    from .walking import Walk


def saturated(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    low, high = layer.threshold, layer.threshold2
    if (layer.val, layer.val2) != (low, high):
        why = "its values are not its bounds; build it of nn.Threshold"
        raise refuse(Node(layer, place, value, []), why)
    return walk.through(value, place, nn.HardTanh(low, high))


def last_softmax(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    """Over rows, as nn.SoftMax takes those of a matrix."""
    shape = list(value.shape)
    rows = walk.reshaped(value, [math.prod(shape[:-1]), shape[-1]], place)
    return walk.reshaped(walk.through(rows, place, nn.SoftMax()), shape, place)


def over_planes(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    made = nn.SpatialConvolution(layer.fanin, layer.fanout, 1, 1)
    made.weight = layer.weight.view(layer.fanout, layer.fanin, 1, 1)
    made.bias = layer.bias
    return walk.leaf(made, value, place)


def resampled(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    """Bilinear, corners on corners."""
    h, w = value.shape[-2:]
    height = layer.rheight * h if layer.oheight is None else layer.oheight
    width = layer.rwidth * w if layer.owidth is None else layer.owidth
    return walk.through(value, place, bilinear(height, width))


def bilinear(height: Any, width: Any) -> Any:
    sizes = {"oheight": int(height), "owidth": int(width)}
    return nn.SpatialUpSamplingBilinear(new_table((), sizes))


def on_the_last_two(walk: Walk, layer: Any, value: Any, place: str) -> None:
    if int(layer.yDim) != value.rank - 1 or value.rank not in (3, 4):
        why = "it works on other dimensions than the last two; nn.Transpose them before and after"
        raise refuse(Node(layer, place, value, []), why)


def repeated(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    on_the_last_two(walk, layer, value, place)
    if layer.dH != layer.dW:
        why = "its factors differ; use nn.SpatialUpSamplingNearest, which has one"
        raise refuse(Node(layer, place, value, []), why)
    return walk.through(value, place, nn.SpatialUpSamplingNearest(layer.dW))


def resampled_by_mode(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    on_the_last_two(walk, layer, value, place)
    old = value.shape[-2:]
    ratios = zip(("height", "width"), old)
    new = [
        math.floor(layer[f"r{side}"] * n + 0.5) if layer[f"o{side}"] is None else layer[f"o{side}"]
        for side, n in ratios
    ]
    if layer.mode == "bilinear":
        return walk.through(value, place, bilinear(*new))
    up, down = new[0] // old[0], old[0] // new[0]
    if tuple(new) == (old[0] * up, old[1] * up) and up:
        return walk.through(value, place, nn.SpatialUpSamplingNearest(int(up)))
    if layer.mode == "average" and (new[0] * down, new[1] * down) == old:
        return walk.through(value, place, nn.SpatialAveragePooling(down, down, down, down))
    why = "a ratio that is not whole has no equivalent; use mode 'bilinear', or nn's pooling"
    raise refuse(Node(layer, place, value, []), why)


def averaged(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    w, h = int(layer.rW), int(layer.rH)
    return walk.through(value, place, nn.SpatialAveragePooling(w, h, w, h))


def highest(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    (h, w), (height, width) = value.shape[-2:], (int(layer.oheight), int(layer.owidth))
    if h % height or w % width:
        why = "windows of several sizes have no equivalent; use nn.SpatialAdaptiveMaxPooling"
        raise refuse(Node(layer, place, value, []), why)
    w, h = w // width, h // height
    return walk.through(value, place, nn.SpatialMaxPooling(w, h, w, h))


def bordered(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    """Borders of a value; negative ones are cut off."""
    for dim, before, after in (
        (int(layer.y_dim), int(layer.pad_t), int(layer.pad_b)),
        (int(layer.x_dim), int(layer.pad_l), int(layer.pad_r)),
    ):
        cut = max(0, -before), max(0, -after)
        if any(cut):
            length = value.shape[dim - 1] - sum(cut)
            value = walk.through(value, place, nn.Narrow(dim, 1 + cut[0], length))
        for count in (-max(0, before), max(0, after)):
            if count:
                padding = nn.Padding(dim, count, value.rank, layer.val)
                value = walk.through(value, place, padding)
    return value


def sorted_pixels(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    r, shape = int(layer.downscaleFactor), list(value.shape)
    *batch, planes, h, w = shape
    if h % r or w % r:
        raise refuse(Node(layer, place, value, []), f"sizes must be multiples of {r}")
    cut = walk.reshaped(value, [*batch, planes, h // r, r, w // r, r], place)
    first = len(batch) + 1  # the planes' dimension; then h, r, w, r, to become r, r, h, w
    swaps = [(1, 2), (2, 3), (2, 4)]
    turn = nn.Transpose(*(new_table([first + a, first + b]) for a, b in swaps))
    turned = walk.through(cut, place, turn)
    return walk.reshaped(turned, [*batch, planes * r * r, h // r, w // r], place)


def pushed(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    parts, index = entries(layer, value, place), int(layer._index)
    walk.pushed[id(layer)] = parts[index - 1]
    return [part for i, part in enumerate(parts, 1) if i != index]


def pulled(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    parts = list(value) if isinstance(value, list) else [value]
    if id(layer._push) not in walk.pushed:
        raise refuse(Node(layer, place, value, []), "its nn.PushTable does not run before it")
    parts.insert(int(layer._index) - 1, walk.pushed[id(layer._push)])
    return parts


def negated(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    return walk.through(value, place, nn.MulConstant(-1))


def passed(walk: Walk, layer: Any, value: Any, place: str) -> Any:
    return value


WAYS: dict[str, Any] = {
    "nn.Minus": negated,
    "nn.SaturatedLU": saturated,
    "nn.MultiSoftMax": last_softmax,
    "nn.SpatialLinear": over_planes,
    "nn.SpatialReSampling": resampled,
    "nn.SpatialReSamplingEx": resampled_by_mode,
    "nn.SpatialUpSampling": repeated,
    "nn.SpatialDownSampling": averaged,
    "nn.SpatialMaxSampling": highest,
    "nn.SpatialPadding": bordered,
    "nn.PixelSort": sorted_pixels,
    "nn.PushTable": pushed,
    "nn.PullTable": pulled,
    **dict.fromkeys(("nn.Balance", "nn.Probe", "nn.Tic", "nn.Toc"), passed),
}
