"""How a graph runs: the plans of its forward and backward pass, made once, and the two loops.

A plan is a list of steps in the order of the nodes, which say where each node's inputs come from
and where the gradients go. The nodes' data (module, input, gradOutput) stays in Lua's tables.
"""

from __future__ import annotations

from types import MethodType
from typing import Any

import numpy as np

from th7shell.lua import Table, TorchError, array, first, length
from th7shell.lua.marks import array_part, scratch
from th7shell.lua.records import Slotted
from th7shell.lua.values import set_array
from th7shell.nn.helpers.utils import is_plain
from th7shell.nn.module import NOTHING_TO_ACCUMULATE
from th7shell.torch.tensor import Tensor

from .nesting import addNestedTo, cloneNested, copyNested, resizeNestedAs


class Step(Slotted):
    """What a pass does at one node."""

    __slots__ = ()

    node: Any
    data: Any
    fields: dict[str, Any]  # data's own, by name
    links: list[Any]  # the places of the steps of the node's inputs, in their order
    source: Any  # that of the only input, if there is one
    select: Any  # the entry that a node made by split takes
    splits: Any  # how many entries must come out
    first: bool  # whether the graph's input arrives here


def plan(module: Any, way: str) -> list[Step]:
    """The steps of the nodes in `forwardnodes` or `backwardnodes`; kept until the table changes."""
    nodes = module.__dict__[way]
    kept = scratch(module).get(way)
    if kept is None or kept[0] is not nodes or len(kept[1]) != length(nodes):
        kept = scratch(module)[way] = nodes, steps_of(array(nodes), module.innode.data)
    return kept[1]


def steps_of(nodes: list[Any], innode: Any) -> list[Step]:
    """The steps of nodes in order."""
    places = {id(node.data): i for i, node in enumerate(nodes)}
    steps = []
    for node in nodes:
        data = node.data
        links = [places[id(d)] for d in array(data.mapindex)]
        select, splits = data["selectindex"], data["nSplitOutputs"]
        if select is not None and data["module"] is not None:
            raise TorchError("the selectindex-handling nodes should have no module")
        if select is not None and len(links) != 1:
            raise TorchError("only the splitted node should be the input")
        source = links[0] if len(links) == 1 else None
        steps.append(Step(node, data, data.__dict__, links, source, select, splits, data is innode))
    return steps


def fill(fields: dict[str, Any], name: str, values: list[Any]) -> Any:
    """Make `values` ([None, first, second …]) the contents of a table in a node's data."""
    table = fields.get(name)
    if table is None:
        table = fields[name] = Table()
    set_array(table, values)
    return table


def argument(table: Any) -> Any:
    """What a module is given for its inputs: the one there is, else their table."""
    return array_part(table)[1] if length(table) == 1 else table


def run_forward(gmodule: Any, function: Any, start: list[Any]) -> Any:
    """Run all nodes: `function` is a method's name, or is called with each module and input."""
    steps = plan(gmodule, "forwardnodes")
    method = function if function.__class__ is str else None
    verbose = gmodule.verbose
    outputs: list[Any] = []  # of each step that is done
    append = outputs.append
    try:
        for step in steps:
            fields = step.fields
            source = step.source
            if source is not None:
                value = outputs[source]
                table = fields.get("input")
                if table is None:
                    table = fields["input"] = Table()
                set_array(table, [None, value])
                if value is None:
                    value = table
            elif step.links:
                values, whole = [None], True
                for place in step.links:
                    value = outputs[place]
                    values.append(value)
                    if value is None:
                        whole = False
                table = fields.get("input")
                if table is None:
                    table = fields["input"] = Table()
                set_array(table, values)
                value = table if whole else argument(table)
            elif step.first:
                value = argument(fill(fields, "input", [None, *start]))
            else:
                value = Table()  # a node of parameters alone
            module = fields.get("module")
            if module is None:
                if step.select is not None:
                    value = entry_of(value, step)
                elif step.splits is not None and step.splits != len(value):
                    raise TorchError(f"split({step.splits}) cannot split {len(value)} outputs")
            else:
                if method is None:
                    value = function(module, value)
                else:
                    update = getattr(module, method)
                    if update.__class__ is MethodType:
                        value = update(value)
                    else:
                        value = update(module, value)
                if value.__class__ is tuple:
                    value = first(value)
            append(value)
            if verbose:
                tell(step)
    except Exception:
        scratch(gmodule)["failed"] = steps[min(len(outputs), len(steps) - 1)].node
        raise
    result = gmodule.outnode.data.__dict__["input"]
    return result[1] if length(gmodule.outnode.children) == 1 else result


def entry_of(table: Any, step: Step) -> Any:
    """The entry that a node made by `split` takes from its input."""
    place = step.select
    if table.__class__ is Table and place < len(array_part(table)):
        return array_part(table)[place]
    if not is_plain(table):
        raise TorchError("the input for a split should be a table")
    return table[place]


def run_backward(gmodule: Any, gradOutput: Any) -> Any:
    """Run the gradient through all nodes; the gradient of the input."""
    steps = plan(gmodule, "backwardnodes")
    outnode, verbose = gmodule.outnode.data, gmodule.verbose
    grads: list[list[Any]] = [[None] for _ in steps]
    i = 0
    try:
        for i, step in enumerate(steps):
            fields = step.fields
            mine = grads[i]
            if step.data is outnode:
                mine.append(gradOutput)
            table = fields.get("gradOutput")
            if table is None:
                table = fields["gradOutput"] = Table()
            set_array(table, mine)
            total = mine[1] if len(mine) == 2 else summed(fields, mine)
            source = step.source
            if step.select is not None:
                give_entry(step, steps[source], grads[source], total)
                continue
            module = fields.get("module")
            if module is not None:
                table = fields.get("input")
                values: Any = () if table is None else array_part(table)
                # what it was given in the forward pass
                given = values[1] if len(values) == 2 else None
                if given is None:
                    given = given_to(fields)
                update = module.updateGradInput
                if update.__class__ is MethodType:
                    total = update(given, total)
                else:
                    total = update(module, given, total)
                if total.__class__ is tuple:
                    total = first(total)
            if source is not None:
                if total is not None:
                    grads[source].append(total)
            else:
                parts = array_part(total) if total.__class__ is Table else ()
                whole = len(parts) > len(step.links)
                for number, place in enumerate(step.links, 1):
                    part = parts[number] if whole else total[number]
                    if part is not None:
                        grads[place].append(part)
            if verbose:
                tell(step)
    except Exception:
        scratch(gmodule)["failed"] = steps[i].node
        raise
    found = array_part(gmodule.innode.data.__dict__["gradOutput"])
    if len(found) != 2:
        raise TorchError("expecting the innode to be used only once")
    return found[1]


def give_entry(step: Step, whole: Step, grads: list[Any], grad: Any) -> None:
    """Put a gradient into the table that gathers those of a split."""
    if len(grads) == 1:
        grads.append(Table())
        set_array(grads[1], [None] * (int(whole.splits or 0) + 1))
    parts, place = array_part(grads[1]), step.select
    if place >= len(parts):
        parts = grads[1]
    if parts[place] is not None:
        raise TorchError("no gradOutput should be assigned yet")
    parts[place] = grad


def given_to(fields: dict[str, Any]) -> Any:
    """What a node's module was given in the forward pass."""
    table = fields.get("input")
    if table is None:
        return Table()
    values = array_part(table)
    if len(values) == 2 and values[1] is not None:
        return values[1]
    return argument(table)


def run_parameters(gmodule: Any, scale: Any) -> None:
    """Accumulate the gradients of all modules' parameters, after the backward pass."""
    steps = plan(gmodule, "backwardnodes")
    verbose = gmodule.verbose
    step = steps[0]
    try:
        for step in steps:
            fields = step.fields
            module = fields.get("module")
            if module is not None:
                update = module.accGradParameters
                if update.__class__ is not MethodType:
                    update(module, given_to(fields), total_of(fields), scale)
                elif update.__func__ is not NOTHING_TO_ACCUMULATE:
                    update(given_to(fields), total_of(fields), scale)
            if verbose:
                tell(step)
    except Exception:
        scratch(gmodule)["failed"] = step.node
        raise


def summed(fields: dict[str, Any], values: list[Any]) -> Any:
    """The sum of a node's gradients ([None, first, second …]), kept in its gradOutputBuffer where
    there are several.

    As long as it has none, gradients that are one zero, expanded, are left out.
    """
    if len(values) < 3:
        return values[1] if len(values) == 2 else None
    buffer = fields.get("gradOutputBuffer")
    if buffer is None:
        if (only := single(values[1:])) is not None:
            return only
        buffer = fields["gradOutputBuffer"] = cloneNested(values[1])
    elif added(buffer, values):
        return buffer
    else:
        resizeNestedAs(buffer, values[1])
        copyNested(buffer, values[1])
    for value in values[2:]:
        addNestedTo(buffer, value)
    return buffer


def added(buffer: Any, values: list[Any]) -> bool:
    """Make a tensor the sum of values that all are tensors like it; say whether it was so."""
    kind = buffer.__class__
    if not isinstance(buffer, Tensor):
        return False
    out = buffer.nd
    for value in values[1:]:
        if value.__class__ is not kind or value.nd.shape != out.shape:
            return False
    total = values[1].nd
    for value in values[2:]:
        total = np.add(total, value.nd, out)
    return True


def total_of(fields: dict[str, Any]) -> Any:
    """What `summed` gave for a node in the last backward pass."""
    table = fields.get("gradOutput")
    values: Any = () if table is None else array_part(table)
    if len(values) < 3:
        return values[1] if len(values) == 2 else None
    buffer = fields.get("gradOutputBuffer")
    return single(values[1:]) if buffer is None else buffer


def single(grads: list[Any]) -> Any:
    """The gradient that counts, if all others are zeros; the first one where all are."""
    count = [grad for grad in grads if not is_expanded_zero(grad)]
    return (count or grads)[0] if len(count) < 2 else None


def is_expanded_zero(grad: Any) -> bool:
    """Whether a value is a tensor over a storage of a single zero."""
    if not isinstance(grad, Tensor) or (grad.nd.size > 1 and any(grad.nd.strides)):
        return False
    storage = grad.storage()
    return storage is not None and storage.nd.size == 1 and not storage.nd[0]


def tell(step: Step) -> None:
    """Print a node's label, for `verbose`."""
    from th7shell.torch.console import show

    show(f" V : {step.node.label()}")
