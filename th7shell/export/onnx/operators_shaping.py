"""Operators that change shapes, pick, join and reduce, as layers of nn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell import nn

from .operators_arithmetic import expanded, tensor
from .reader import Operator, Reader, array_of


def alias(r: Reader, op: Operator) -> None:
    if op.inputs[0] in r.constants:
        r.constants[op.outputs[0]] = r.constants[op.inputs[0]]
    r.alias(op.outputs[0], op.inputs[0])


def constant(r: Reader, op: Operator) -> None:
    value = op.attributes.get("value")
    if value is None:
        raise op.refuse("only tensors are read")
    r.constants[op.outputs[0]] = array_of(r.onnx, value)
    r.shapes[op.outputs[0]] = r.constants[op.outputs[0]].shape


def reshape(r: Reader, op: Operator) -> None:
    sizes = r.integers(op, 1)
    if sizes is None:
        raise op.refuse("its sizes are computed")
    given = r.shape(op.inputs[0])
    if sizes[0] == 0 and min(sizes[1:], default=1) > 0:
        r.layer(nn.Reshape(*sizes[1:], True), op.outputs[0], op.inputs[0])
        return
    known = [given[i] if n == 0 else n for i, n in enumerate(sizes)]
    known = [-1 if n is None else n for n in known]
    if known.count(-1) > 1:
        raise op.refuse("more than one of its sizes is open")
    if -1 in known:
        r.chain([nn.Contiguous(), nn.View(*known)], op.outputs[0], op.inputs[0])
    else:
        r.layer(nn.Reshape(*known, False), op.outputs[0], op.inputs[0])


def transpose(r: Reader, op: Operator) -> None:
    rank = r.rank(op.inputs[0])
    order = list(op.get("perm", range(rank - 1, -1, -1)))
    now, swaps = list(range(rank)), []
    for i, axis in enumerate(order):
        j = now.index(axis)
        if i != j:
            now[i], now[j] = now[j], now[i]
            swaps.append([i + 1, j + 1])
    r.layer(nn.Transpose(*swaps) if swaps else nn.Identity(), op.outputs[0], op.inputs[0])


def unsqueeze(r: Reader, op: Operator) -> None:
    axes = r.integers(op, 1, "axes") or []
    rank = r.rank(op.inputs[0]) + len(axes)
    layers = [nn.Unsqueeze(axis + 1) for axis in sorted(a % rank for a in axes)]
    r.chain(layers, op.outputs[0], op.inputs[0])


def squeeze(r: Reader, op: Operator) -> None:
    axes = r.integers(op, 1, "axes")
    shape = r.shape(op.inputs[0])
    if axes is None:
        axes = [i for i, n in enumerate(shape) if n == 1]
    axes = sorted((a % len(shape) for a in axes), reverse=True)
    r.chain([nn.Select(axis + 1, 1) for axis in axes], op.outputs[0], op.inputs[0])


def gather(r: Reader, op: Operator) -> None:
    (data, index), out = op.inputs, op.outputs[0]
    axis = int(op.get("axis", 0))
    place, table = r.constant(index), r.constant(data)
    if place is not None and place.size == 1:
        axis %= r.rank(data)
        number = int(place.reshape(-1)[0])
        number = number + 1 if number >= 0 else number
        narrow = place.ndim == 1 or r.rank(data) == 1
        layer = nn.Narrow(axis + 1, number, 1) if narrow else nn.Select(axis + 1, number)
        r.layer(layer, out, data)
    elif table is not None and table.ndim == 2 and axis == 0:
        layer = nn.LookupTable(*table.shape)
        layer.weight = tensor(table)
        r.layer(layer, out, index)
    elif place is None and table is None:
        r.layer(nn.Index(axis % r.rank(data) + 1), out, data, index)
    else:
        raise op.refuse("of these inputs it has no layer")


def one_hot(r: Reader, op: Operator) -> None:
    depth, values = r.constants[op.inputs[1]], r.constants[op.inputs[2]]
    if list(values) != [0, 1] or int(op.get("axis", -1)) not in (-1, r.rank(op.inputs[0])):
        raise op.refuse("only 0 and 1 along a new last axis are a layer, nn.OneHot")
    r.layer(nn.OneHot(int(depth.reshape(-1)[0])), op.outputs[0], op.inputs[0])


def cut(r: Reader, op: Operator) -> None:
    starts, ends = r.integers(op, 1, "starts"), r.integers(op, 2, "ends")
    if starts is None or ends is None:
        raise op.refuse("where it starts and ends is computed")
    axes = r.integers(op, 3, "axes") or list(range(len(starts)))
    if any(step != 1 for step in r.integers(op, 4) or []):
        raise op.refuse("it has steps")
    shape, layers = r.shape(op.inputs[0]), []
    for axis, start, end in zip(axes, starts, ends):
        size = shape[axis]
        if end < 0:
            length = end - 1
        elif size is not None and end < size:
            length = end - start
        else:
            length = -1
        if size is None and 0 <= end < np.iinfo(np.int32).max:
            length = end - start
        if start < 0:
            raise op.refuse("it starts from the end")
        layers.append(nn.Narrow(axis % len(shape) + 1, start + 1, length))
    r.chain(layers, op.outputs[0], op.inputs[0])


def split(r: Reader, op: Operator) -> None:
    shape = r.shape(op.inputs[0])
    axis = int(op.get("axis", 0)) % len(shape)
    sizes = r.integers(op, 1, "split")
    if sizes is None:
        if shape[axis] is None:
            raise op.refuse("it splits an axis of open size")
        sizes = [shape[axis] // len(op.outputs)] * len(op.outputs)
    start = 1
    for name, size in zip(op.outputs, sizes):
        r.layer(nn.Narrow(axis + 1, start, size), name, op.inputs[0])
        start += size


def concat(r: Reader, op: Operator) -> None:
    if any(is_size(r, name) for name in op.inputs):
        return  # sizes, read by what uses them
    axis = int(op.get("axis", 0)) % r.rank(op.inputs[0])
    r.layer(nn.JoinTable(axis + 1), op.outputs[0], *op.inputs)


def is_size(r: Reader, name: str) -> bool:
    """Whether a value is computed of a tensor's shape."""
    op = r.made.get(name)
    return op is not None and (
        op.kind == "Shape" or (op.kind == "Slice" and is_size(r, op.inputs[0]))
    )


def slice_or_size(r: Reader, op: Operator) -> None:
    if not is_size(r, op.inputs[0]):
        cut(r, op)


def expand(r: Reader, op: Operator) -> None:
    value, sizes = r.constant(op.inputs[0]), r.integers(op, 1)
    if value is not None:
        source = size_source(r, op.inputs[1])
        layer = nn.Constant(tensor(value.reshape(value.shape[1:])), r.rank(source) - 1)
        r.layer(layer, op.outputs[0], source)
        return
    if sizes is None:
        raise op.refuse("its sizes are computed")
    given = r.shape(op.inputs[0])
    name = expanded(r, op.inputs[0], [given, tuple(sizes)])
    r.alias(op.outputs[0], name)


def size_source(r: Reader, name: str) -> str:
    """The tensor whose shape a computed size begins with."""
    op = r.made[name]
    return op.inputs[0] if op.kind == "Shape" else size_source(r, op.inputs[0])


def reduced(make: Callable[..., Any], before: Any = None, after: Any = None) -> Any:
    """A reduction; before, after: layers of single elements around it."""

    def rule(r: Reader, op: Operator) -> None:
        rank = r.rank(op.inputs[0])
        axes = r.integers(op, 1, "axes")
        axes = list(range(rank)) if axes is None else sorted(a % rank for a in axes)
        layers: list[Any] = [before()] if before else []
        for axis in reversed(axes):
            layers.append(make(axis + 1))
            if op.get("keepdims", 1) and rank > 1:
                layers.append(nn.Unsqueeze(axis + 1))
        r.chain(layers + ([after()] if after else []), op.outputs[0], op.inputs[0])

    return rule


def highest(r: Reader, op: Operator) -> None:
    """The frames that two TopK have chosen: nn.TemporalDynamicKMaxPooling."""
    ordered = r.made.get(op.inputs[1])
    chosen = r.made.get(ordered.inputs[0]) if ordered is not None else None
    if chosen is None or chosen.kind != "TopK" or chosen.inputs[0] != op.inputs[0]:
        raise op.refuse("it has no layer")
    count = r.integers(chosen, 1) or [1]
    r.layer(nn.TemporalDynamicKMaxPooling(count[0]), op.outputs[0], op.inputs[0])


def compress(r: Reader, op: Operator) -> None:
    """The elements where a mask is above 0."""
    above = r.made.get(op.inputs[1])
    if above is None or above.kind != "Greater":
        raise op.refuse("only Compress(x, mask > 0) is a layer, nn.MaskedSelect")
    mask = r.layer(
        nn.Copy("torch.FloatTensor", "torch.ByteTensor", True, True), "", above.inputs[0]
    )
    r.layer(nn.MaskedSelect(), op.outputs[0], op.inputs[0], mask)


def nothing(r: Reader, op: Operator) -> None:
    """Read by what uses it."""


RULES: dict[str, Any] = {
    "Identity": alias,
    "Dropout": alias,
    "Cast": alias,
    "Constant": constant,
    "Reshape": reshape,
    "Flatten": lambda r, op: r.layer(
        nn.View(-1).setNumInputDims(r.rank(op.inputs[0]) - 1), op.outputs[0], op.inputs[0]
    ),
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
    "Squeeze": squeeze,
    "Gather": gather,
    "OneHot": one_hot,
    "Slice": slice_or_size,
    "Split": split,
    "Concat": concat,
    "Expand": expand,
    "ReduceSum": reduced(nn.Sum),
    "ReduceMean": reduced(nn.Mean),
    "ReduceMax": reduced(nn.Max),
    "ReduceMin": reduced(nn.Min),
    "ReduceL1": reduced(nn.Sum, nn.Abs),
    "ReduceL2": reduced(nn.Sum, nn.Square, nn.Sqrt),
    "ReduceSumSquare": reduced(nn.Sum, nn.Square),
    "Shape": nothing,
    "TopK": nothing,
    "GatherElements": highest,
    "Compress": compress,
}
