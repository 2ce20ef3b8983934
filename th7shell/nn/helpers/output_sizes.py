"""What a layer makes of an input's shape, and what that costs: the rules that layers share.

A layer tells both itself: `_shape_after(shape)`, by default from a run of a copy on ones, and
`_multiply_adds(input, output)`, by default from the size of its weight. Classes derived from it,
in Lua or in Python, inherit what it tells; the rule for shapes only as long as updateOutput is the
engine's own.

shape: tuple of sizes, or a list of shapes for a table of tensors.
"""

from __future__ import annotations

import math
from typing import Any

from th7shell import lua
from th7shell.lua import TorchError, send
from th7shell.torch.tensor import TYPES, Tensor

Shape = Any
NAMES = {1: "size", 2: "height x width", 3: "time x height x width"}


class ShapeError(Exception):
    """An input does not fit a layer."""


def output_shape(module: Any, shape: Shape) -> Shape:
    """The shape that a layer (not a container) makes of `shape`."""
    return module._shape_after(shape) if own_forward(module) else run(module, shape)


def own_forward(module: Any) -> bool:
    """Whether a module's updateOutput is one of the engine's, not a user's."""
    return module_of_forward(module).startswith("th7shell.")


def module_of_forward(module: Any) -> str:
    """The Python module that a module's updateOutput is from, '' for one written in Lua."""
    function = module.__dict__.get("updateOutput") or vars(forward_class(module))["updateOutput"]
    return getattr(function, "__module__", None) or ""


def forward_class(module: Any) -> Any:
    """The class that a module has its updateOutput from."""
    return next(base for base in type(module).__mro__ if "updateOutput" in vars(base))


def as_large(module: Any, shape: Shape) -> Shape:
    """Of layers whose output is as large as their input."""
    return shape


def planes_checked(shape: Shape, dims: int, planes: int | None = None) -> tuple[int, ...]:
    """The sizes of the planes of an input (planes, …) or (batch, planes, …); ShapeError for
    another one."""
    fits = isinstance(shape, tuple) and len(shape) in (dims + 1, dims + 2)
    if not fits or (planes is not None and shape[-dims - 1] != planes):
        wanted = f"{planes} planes" if planes is not None else "planes"
        raise ShapeError(f"{wanted} x {NAMES[dims]} expected, got {show(shape)}")
    return shape[-dims:]


def positive(out: tuple[int, ...], shape: Shape) -> Shape:
    """An output's shape; ShapeError where a size is below 1."""
    if min(out) < 1:
        raise ShapeError(f"input {show(shape)} is too small: output would be {show(out)}")
    return out


def run(module: Any, shape: Shape) -> Shape:
    """What a copy of the layer makes of ones."""
    copy = send(module, "clone")
    send(copy, "evaluate")
    return shape_of(forward(copy, shape))


def forward(module: Any, shape: Shape) -> Any:
    """The output for ones (zeros are no positions in a table of vectors) of a shape."""
    kind = module._type if module._type in TYPES else "torch.DoubleTensor"
    try:
        return lua.first(send(module, "forward", ones(shape, kind)))
    except TorchError as e:
        raise ShapeError(str(e)) from None


def ones(shape: Shape, kind: str) -> Any:
    """A tensor (or a table of tensors) of ones."""
    if isinstance(shape, list):
        return lua.new_table([ones(s, kind) for s in shape])
    return send(TYPES[kind](*shape), "fill", 1)


def shape_of(value: Any) -> Shape:
    """The shape of a tensor, or the shapes of a table of tensors."""
    if isinstance(value, Tensor):
        return tuple(value.nd.shape)
    if isinstance(value, lua.Table):
        return [shape_of(v) for v in lua.array(value)]
    return (1,)


def uses_of_weight(module: Any, output: Shape) -> int:
    """Multiply-adds of a layer whose weight is (outputs, …), each row used once for each of its
    outputs, or a vector, used once for each number of the output."""
    weight = module.weight
    if not isinstance(weight, Tensor) or not weight.nd.size:
        return 0
    inner = weight.nd.size // weight.nd.shape[0] if weight.nd.ndim > 1 else 1
    return elements(output) * inner


def uses_by_element(module: Any, input: Shape, output: Shape) -> int:
    """Multiply-adds of a layer that multiplies each number once."""
    return elements(output)


def uses_of_nothing(module: Any, input: Shape, output: Shape) -> int:
    """Multiply-adds of a layer that looks up or adds only."""
    return 0


def elements(shape: Shape) -> int:
    """How many numbers a shape holds."""
    return sum(map(elements, shape)) if isinstance(shape, list) else math.prod(shape)


def show(shape: Shape) -> str:
    """`32x14x14`, and `{…, …}` for a table."""
    if isinstance(shape, list):
        return "{" + ", ".join(map(show, shape)) + "}"
    return "x".join(map(str, shape))
