"""How a graph runs: the plans of its forward and backward pass, made once, and the two loops.

A plan is a list of steps in the order of the nodes, which say where each node's inputs come from
and where the gradients go. The nodes' data (module, input, gradOutput) stays in Lua's tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MethodType
from typing import Any

from th7shell.lua import Table, TorchError, array, first, length, new_table, rawget
from th7shell.nn.module import scratch
from th7shell.nn.utils import is_plain
from th7shell.torch.tensor import Tensor

from .nesting import addNestedTo, cloneNested, copyNested, resizeNestedAs


@dataclass(slots=True)
class Step:
    """What a pass does at one node."""

    node: Any
    data: Any
    fields: dict[str, Any]  # data's own, by name
    links: list[Any]  # forward: places of the sources; backward: (place, input's number) of targets
    select: Any  # the entry that a node made by split takes
    splits: Any  # how many entries must come out


def plan(module: Any, way: str) -> list[Step]:
    """The steps of the nodes in `forwardnodes` or `backwardnodes`; kept until the table changes."""
    nodes = module.__dict__[way]
    kept = scratch(module).get(way)
    if kept is None or kept[0] is not nodes or len(kept[1]) != length(nodes):
        kept = scratch(module)[way] = nodes, steps_of(array(nodes), way == "forwardnodes")
    return kept[1]


def steps_of(nodes: list[Any], forward: bool) -> list[Step]:
    """The steps of nodes in order."""
    places = {id(node.data): i for i, node in enumerate(nodes)}
    steps = []
    for node in nodes:
        data = node.data
        select, splits = rawget(data, "selectindex"), rawget(data, "nSplitOutputs")
        steps.append(Step(node, data, data.__dict__, [], select, splits))
    for i, node in enumerate(nodes):
        for child in array(node.children):
            place = places[id(child.data)]
            if forward:
                number = rawget(child.data.mapindex, node.data)
                links = steps[place].links
                links += [None] * (number - len(links))
                if links[number - 1] is not None:
                    raise TorchError("each input should have one source")
                links[number - 1] = i
            else:
                steps[i].links.append((place, rawget(node.data.mapindex, child.data)))
    return steps


def fill(fields: dict[str, Any], name: str, values: list[Any]) -> Any:
    """Make `values` ([None, first, second …]) the contents of a table in a node's data."""
    table = fields.get(name)
    if table is None:
        table = fields[name] = Table()
    table.ā = values
    return table


def argument(table: Any) -> Any:
    """What a module is given for its inputs: the one there is, else their table."""
    return table.ā[1] if length(table) == 1 else table


def run_forward(gmodule: Any, function: Any, start: list[Any]) -> Any:
    """Run all nodes: `function` is a method's name, or is called with each module and input."""
    steps = plan(gmodule, "forwardnodes")
    method = function if function.__class__ is str else None
    outnode, innode, verbose = gmodule.outnode.data, gmodule.innode.data, gmodule.verbose
    outputs: list[Any] = []
    append = outputs.append
    step = None
    try:
        for step in steps:
            fields = step.fields
            links = step.links
            if len(links) == 1:
                value = outputs[links[0]]
                table = fill(fields, "input", [None, value])
                if value is None:
                    value = table
            else:
                if links:
                    values = [None]
                    for source in links:
                        values.append(outputs[source])
                elif step.data is innode:
                    values = [None, *start]
                else:
                    values = [None]  # a node of parameters alone
                if links or step.data is innode:
                    value = argument(fill(fields, "input", values))
                else:
                    value = Table()
            if step.select is not None:
                value = selected(step)
            elif (module := fields.get("module")) is not None:
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
            elif step.splits is not None and step.splits != len(value):
                raise TorchError(f"split({step.splits}) cannot split {len(value)} outputs")
            append(value)
            if verbose:
                tell(step)
    except Exception:
        scratch(gmodule)["failed"] = step and step.node
        raise
    result = outnode.__dict__["input"]
    return rawget(result, 1) if length(gmodule.outnode.children) == 1 else result


def selected(step: Step) -> Any:
    """The output of a node that takes one entry of a table."""
    if step.fields.get("module") is not None:
        raise TorchError("the selectindex-handling nodes should have no module")
    given = step.fields["input"]
    if length(given) != 1:
        raise TorchError("only the splitted node should be the input")
    table = given.ā[1]
    if not is_plain(table):
        raise TorchError("the input for a split should be a table")
    return rawget(table, step.select)


def run_backward(gmodule: Any, gradOutput: Any) -> Any:
    """Run the gradient through all nodes; the gradient of the input."""
    steps = plan(gmodule, "backwardnodes")
    outnode, verbose = gmodule.outnode.data, gmodule.verbose
    grads: list[list[Any]] = [[None] for _ in steps]
    step = None
    try:
        for i, step in enumerate(steps):
            fields = step.fields
            mine = grads[i]
            if step.data is outnode:
                mine.append(gradOutput)
            total = summed(fields, fill(fields, "gradOutput", mine))
            links = step.links
            if step.select is not None:
                give_entry(step, grads[links[0][0]], total)
            else:
                module = fields.get("module")
                if module is not None:
                    update = module.updateGradInput
                    given = given_to(fields)
                    if update.__class__ is MethodType:
                        total = update(given, total)
                    else:
                        total = update(module, given, total)
                    if total.__class__ is tuple:
                        total = first(total)
                if len(links) == 1:
                    if total is not None:
                        grads[links[0][0]].append(total)
                else:
                    for place, number in links:
                        if (part := total[number]) is not None:
                            grads[place].append(part)
            if verbose:
                tell(step)
    except Exception:
        scratch(gmodule)["failed"] = step and step.node
        raise
    found = gmodule.innode.data.__dict__["gradOutput"]
    if length(found) != 1:
        raise TorchError("expecting the innode to be used only once")
    return found.ā[1]


def give_entry(step: Step, whole: list[Any], grad: Any) -> None:
    """Put a gradient into the table that gathers those of a split."""
    if len(step.links) != 1 or len(whole) > 2:
        raise TorchError("only the splitted node should be the input")
    if len(whole) == 1:
        whole.append(new_table())
    if rawget(whole[1], step.select) is not None:
        raise TorchError("no gradOutput should be assigned yet")
    whole[1][step.select] = grad


def given_to(fields: dict[str, Any]) -> Any:
    """What a node's module was given in the forward pass."""
    table = fields.get("input")
    return Table() if table is None else argument(table)


def run_parameters(gmodule: Any, scale: Any) -> None:
    """Accumulate the gradients of all modules' parameters, after the backward pass."""
    verbose = gmodule.verbose
    step = None
    try:
        for step in plan(gmodule, "backwardnodes"):
            fields = step.fields
            module = fields.get("module")
            if module is not None:
                update = module.accGradParameters
                given = given_to(fields), total_of(fields, fields.get("gradOutput"))
                if update.__class__ is MethodType:
                    update(*given, scale)
                else:
                    update(module, *given, scale)
            if verbose:
                tell(step)
    except Exception:
        scratch(gmodule)["failed"] = step and step.node
        raise


def summed(fields: dict[str, Any], grads: Any) -> Any:
    """The sum of a node's gradients, kept in its gradOutputBuffer where there are several.

    As long as it has none, gradients that are one zero, expanded, are left out.
    """
    values = grads.ā
    if len(values) < 3:
        return values[1] if len(values) == 2 else None
    buffer = fields.get("gradOutputBuffer")
    if buffer is None:
        if (only := single(values[1:])) is not None:
            return only
        buffer = fields["gradOutputBuffer"] = cloneNested(values[1])
    else:
        resizeNestedAs(buffer, values[1])
        copyNested(buffer, values[1])
    for value in values[2:]:
        addNestedTo(buffer, value)
    return buffer


def total_of(fields: dict[str, Any], grads: Any) -> Any:
    """What `summed` gave for a node in the last backward pass."""
    values = grads.ā if grads is not None else ()
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
