"""nngraph.nesting: copies and sums of tensors in nested tables, for outputs used more than once."""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import TorchError, items, new_table, tostring
from th7shell.torch.tensor import Tensor


def cloneNested(obj: Any = None, *_: Any) -> Any:
    """A copy of a tensor, or of a table with copies of the tensors in it."""
    if isinstance(obj, Tensor):
        return obj.clone()
    made = new_table()
    for key, value in items(obj):
        made[key] = cloneNested(value)
    return made


def fillNested(obj: Any = None, value: Any = None, *_: Any) -> Any:
    """Fill every tensor with a value."""
    if isinstance(obj, Tensor):
        obj.fill(value)
    else:
        for _key, child in items(obj):
            fillNested(child, value)
    return ()


def resizeNestedAs(output: Any = None, input: Any = None, *_: Any) -> Any:
    """Give `output` the structure and the sizes of `input`; what it lacks is copied into it."""
    if isinstance(output, Tensor):
        output.resizeAs(input)
        return ()
    for key, value in items(input):
        if output[key] is None or output[key] is False:
            output[key] = cloneNested(value)
        else:
            resizeNestedAs(output[key], value)
    for key, _value in list(items(output)):
        if input[key] is None or input[key] is False:
            output[key] = None
    return ()


def copyNested(output: Any = None, input: Any = None, *_: Any) -> Any:
    """Copy the values of all tensors; `output` may have nothing that `input` lacks."""
    if isinstance(output, Tensor):
        output.copy(input)
        return ()
    for key, value in items(input):
        copyNested(output[key], value)
    for key, _value in items(output):
        if input[key] is None or input[key] is False:
            raise TorchError(f"key {tostring(key)} present in output but not in input")
    return ()


def addNestedTo(output: Any = None, input: Any = None, *_: Any) -> Any:
    """Add all tensors of `input` to those of `output`."""
    if isinstance(output, Tensor):
        if output.__class__ is input.__class__ and output.nd.shape == input.nd.shape:
            np.add(output.nd, input.nd, output.nd)
        else:
            output.add(input)
        return ()
    for key, value in items(input):
        if output[key] is None:
            raise TorchError("missing key")
        addNestedTo(output[key], value)
    return ()


FUNCTIONS = {f.__name__: f for f in (cloneNested, fillNested, resizeNestedAs, copyNested)}
FUNCTIONS["addNestedTo"] = addNestedTo
NESTING = new_table(fields=FUNCTIONS)


def luaopen(globals: Any) -> Any:
    """What `require 'nngraph.nesting'` returns."""
    return NESTING
