"""What every optimiser shares: reading its configuration, keeping its state, evaluating the
objective.

An optimiser is called `optim.NAME(opfunc, x, config, state)`: `opfunc(x)` returns the loss and its
gradient, x is
changed in place, and the result is x and a table of the losses seen. Without a state table the
configuration table
also holds the state, so both survive from call to call and into files. From Python a dict does as
well as a table.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, MutableMapping
from typing import Any

import numpy as np

from th7shell.lua import Table, TorchError, lua_type, new_table
from th7shell.torch.tensor import Tensor, wrap


class Fields:
    """A table or dict of settings, read with defaults and written through."""

    __slots__ = ("target",)

    def __init__(self, target: Table | MutableMapping[str, Any]) -> None:
        self.target = target

    def get(self, name: str, default: Any = None) -> Any:
        target = self.target
        if target.__class__ is Table:  # a name is its own attribute
            value = target.__dict__.get(name)
        else:
            value = target[name] if isinstance(target, Table) else target.get(name)
        return default if value is None else value

    def all(self, defaults: dict[str, Any]) -> list[Any]:
        """The values of several fields: `get` for each name and default."""
        target = self.target
        if target.__class__ is Table:
            values = map(target.__dict__.get, defaults)
        elif isinstance(target, Table):
            values = map(target.__getitem__, defaults)
        else:
            values = map(target.get, defaults)
        found = list(values)
        if None in found:
            for i, default in enumerate(defaults.values()):
                if found[i] is None:
                    found[i] = default
        return found

    def set(self, name: str, value: Any) -> Any:
        self.target[name] = value
        return value

    def once(self, name: str, make: Callable[..., Any], *arguments: Any) -> Any:
        """The value of a state field, made on the first call by `make(*arguments)`.

        A tensor made by `like` is given in the shape of what it is to be like: a state kept from
        elsewhere may have another."""
        value = self.get(name)
        if value is None:
            return self.set(name, make(*arguments))
        return in_shape(value, arguments[0]) if make is like else value

    def count(self, name: str) -> int:
        """The value of a counter before it is advanced by one."""
        target = self.target
        if target.__class__ is Table:
            fields = target.__dict__
            value = fields.get(name)
            fields[name] = 1 if value is None else value + 1
            return 0 if value is None else value
        value = self.get(name, 0)
        self.set(name, value + 1)
        return value


def fields_of(config: Any, state: Any, who: str) -> tuple[Fields, Fields]:
    """Configuration and state; the state defaults to the configuration, that to an empty table."""
    for position, value in ((3, config), (4, state)):
        if value is not None and not isinstance(value, Table | MutableMapping):
            raise TorchError(
                f"optim.{who}: argument {position} must be a table of settings, "
                f"got {lua_type(value)}"
            )
    settings = Fields(new_table() if config is None else config)
    return settings, settings if state is None else Fields(state)


def evaluate(opfunc: Callable[..., Any], x: Any) -> tuple[Any, Any]:
    """The loss and its gradient at x, as `opfunc` returns them; the gradient in x's shape."""
    result = opfunc(x)
    if type(result) is not tuple or len(result) < 2:
        raise TorchError("the objective must return the loss and its gradient")
    return result[0], in_shape(result[1], x)


def in_shape(tensor: Any, x: Any) -> Any:
    """The tensor, seen in x's shape if it has another one of as many elements.

    Torch's operations go by the count of elements alone: x may be an image and its gradient a
    vector. The view shares the tensor's memory unless that has gaps.
    """
    if not isinstance(tensor, Tensor) or tensor.nd.shape == x.nd.shape:
        return tensor
    if tensor.nd.size != x.nd.size:
        raise TorchError(
            f"inconsistent tensor size: {list(tensor.nd.shape)} for x of size {list(x.nd.shape)}"
        )
    return tensor.contiguous().view(*x.nd.shape)


def like(tensor: Any, fill: float | None = None) -> Any:
    """A new contiguous tensor of the same type and size, filled if a value is given."""
    array = np.empty(tensor.nd.shape, tensor.nd.dtype)
    if fill is not None:
        array.fill(fill)
    return wrap(array, tensor)


def optimiser(step: Callable[..., Any]) -> Callable[..., Any]:
    """Turn `step(opfunc, x, config, state)` over Fields into the function that users call."""
    name = step.__name__

    @functools.wraps(step)
    def run(
        opfunc: Any = None, x: Any = None, config: Any = None, state: Any = None, *_: Any
    ) -> Any:
        if not callable(opfunc):
            raise TorchError(
                f"optim.{name}: argument 1 must be a function of x, got {lua_type(opfunc)}"
            )
        if not isinstance(x, Tensor):
            raise TorchError(f"optim.{name}: argument 2 must be a tensor, got {lua_type(x)}")
        return step(opfunc, x, *fields_of(config, state, name))

    return run


def first_order(update: Callable[..., Any]) -> Callable[..., Any]:
    """An optimiser that evaluates once and then moves x: `update(x, g, config, state)`, tensors of
    one shape.
    """

    @functools.wraps(update)
    def step(opfunc: Any, x: Any, config: Fields, state: Fields) -> Any:
        loss, gradient = evaluate(opfunc, x)
        more = update(x, gradient, config, state)
        losses = new_table([loss])
        return (x, losses) if more is None else (x, losses, more)

    return optimiser(step)
