"""The call of a module or criterion on nodes, `- module` and `node - module`."""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, TorchError, attr, contents, items, new_table, send
from th7shell.lua.callers import made_by_python
from th7shell.lua.state import current
from th7shell.nn.criterion import Criterion, run_criterion
from th7shell.nn.helpers.utils import is_plain
from th7shell.nn.module import Module, run_module
from th7shell.torch.classes import torch_type
from th7shell.torch.python_values import native
from th7shell.torch.tensor import Tensor

from .node import Node
from .small_modules import ModuleFromCriterion


def node_of(module: Any, *inputs: Any) -> Any:
    """The node of a module that takes its input from a node, a table of nodes, or from nowhere. A
    program in Python that gives data instead runs the module."""
    if runs(inputs):
        return run_module(module, *inputs)
    if len(inputs) > 1:
        raise TorchError("Use {input1, input2} to pass multiple inputs.")
    given = native(inputs[0]) if inputs else new_table()
    if inputs and given is None:
        raise TorchError(not_a_node(None, "inputs", 1))
    if inputs and isinstance(given, Table) and next(items(given), None) is None:
        raise TorchError(
            "cannot pass an empty table of inputs. To indicate no incoming "
            "connections, leave the second set of parens blank."
        )
    sources = nodes_of(given if is_plain(given) else new_table([given]), "inputs")
    made = Node(new_table(fields={"module": module}))
    for source in sources:
        send(made, "add", source, True)
    return made


def runs(inputs: tuple[Any, ...]) -> bool:
    """Whether a call runs the module: in Lua where nngraph is not open, in Python on data."""
    if made_by_python():
        return bool(inputs) and is_data(native(inputs[0]))
    return not current.world.makes_nodes


def is_data(value: Any) -> bool:
    """Whether a value is what a module computes with: a tensor, or a table of tensors."""
    if is_plain(value):
        inner = [part for _, part in items(value)]
        return bool(inner) and all(is_data(part) for part in inner)
    return isinstance(value, Tensor)


def nodes_of(table: Any, name: str) -> list[Any]:
    """The nodes of a list that the caller calls `name`; anything else in it, a hole too, is an
    error.
    """
    given = contents(table)
    last = max((k for k in given if k.__class__ in (int, float)), default=0)
    for i in range(1, int(last) + 1):
        if not isinstance(given.get(i), Node):
            raise TorchError(not_a_node(given.get(i), name, i))
    return [given[i] for i in range(1, int(last) + 1)]


def not_a_node(value: Any, name: str, index: int) -> str:
    """The message about a value that should be a node."""
    if value is None:
        return f"{name}[{index}] is nil (typo / bad index?)"
    if isinstance(value, Module):
        return (
            f"{name}[{index}] is an nn.Module, specifically a {torch_type(value)}, but the "
            "only valid thing to pass is an instance of nngraph.Node. Did you forget a second "
            "set of parens, which convert a nn.Module to a nngraph.Node?"
        )
    return f"{name}[{index}] should be an nngraph.Node but is of type {torch_type(value)}"


def criterion_node(criterion: Any, *inputs: Any) -> Any:
    """The node of a criterion, which takes {prediction, target}. A program in Python that gives
    data instead gets the loss."""
    if runs(inputs):
        return run_criterion(criterion, *inputs)
    return ModuleFromCriterion(criterion)(*inputs)


def begin(module: Any, *_: Any) -> Any:
    """`- module`: the node of a module without inputs."""
    return module()


def follow(source: Any, module: Any = None, *_: Any) -> Any:
    """`node - module`: the module's node behind another."""
    return module(source)


#: what `install` puts on the classes, under Torch's operator names
OPERATORS = (
    (Module, "__call__", node_of),
    (Module, "__unm__", begin),
    (Module, "__sub__", follow),
    (Criterion, "__call__", criterion_node),
    (Node, "__sub__", follow),
)
BEFORE = [(cls, name, cls.__dict__.get(attr(name))) for cls, name, _ in OPERATORS]


def install() -> None:
    """Make calls of modules and criterions build nodes, in place of running them, in the running
    world."""
    current.world.makes_nodes = True
    for cls, name, function in OPERATORS:
        setattr(cls, attr(name), function)


def uninstall() -> None:
    """Make calls of modules and criterions run them again."""
    current.world.makes_nodes = False
    for cls, name, function in BEFORE:
        setattr(cls, attr(name), function)
