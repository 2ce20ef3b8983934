"""nn.hessian: diagonals of Hessians, added to modules and criterions by `nn.hessian.enable()`."""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import TorchError, array, new_table, send
from th7shell.torch.classes import torch_type
from th7shell.torch.namespace import namespace
from th7shell.torch.tensor import resized

from ..container import flat_list
from ..helpers.checks import nd
from ..helpers.flatten import flatten
from ..module import call

NN = namespace("nn")
PARAMETERS = ["gradWeight", "gradBias"], ["diagHessianWeight", "diagHessianBias"]
#: layers with a weight, and the fields whose squares stand for them in the pass to the input
WEIGHTED = {
    "Linear": ["weight"],
    "SpatialConvolution": ["weight"],
    "SpatialConvolutionLocal": ["weight"],
    "SpatialFullConvolution": ["weight"],
    "SpatialConvolutionMap": ["weight", "bias"],
    "SpatialFullConvolutionMap": ["weight"],
}
POINTWISE = ("Tanh", "Square", "Sqrt")


def names(value: Any) -> list[str]:
    """A list of field names, from Python or Lua."""
    return value if isinstance(value, list) else array(value)


def exchange(module: Any, ours: list[str], theirs: list[str]) -> None:
    """Exchange the values of pairs of fields."""
    for a, b in zip(ours, theirs):
        module[a], module[b] = module[b], module[a]


def accDiagHessianParameters(
    module: Any = None,
    input: Any = None,
    output: Any = None,
    gw: Any = None,
    hw: Any = None,
    *_: Any,
) -> Any:
    """Accumulate the diagonals of the named parameters: an ordinary pass with the squared
    input.
    """
    gw, hw = names(gw), names(hw)
    if len(gw) != len(hw):
        raise TorchError("Number of gradients is nto equal to number of hessians")
    if module["inputSq"] is None:
        module["inputSq"] = input.new()
    squared = resized(module["inputSq"], nd(input).shape)
    np.square(input.nd, out=squared)
    for gradient, hessian in zip(gw, hw):
        if module[hessian] is None and module[gradient] is not None:
            module[hessian] = module[gradient].new().resizeAs(module[gradient])
    exchange(module, gw, hw)
    kept, module.output = module.output, module.output.new().resizeAs(module.output)
    try:
        send(module, "forward", module["inputSq"])
        send(module, "accGradParameters", module["inputSq"], output, 1)
    finally:
        exchange(module, gw, hw)
        module.output = kept
    return ()


def updateDiagHessianInput(
    module: Any = None,
    input: Any = None,
    output: Any = None,
    w: Any = None,
    wsq: Any = None,
    *_: Any,
) -> Any:
    """The diagonal by the input: an ordinary pass with the squared weights."""
    w, wsq = names(w), names(wsq)
    if len(w) != len(wsq):
        raise TorchError("Number of weights is not equal to number of weights squares")
    if module["diagHessianInput"] is None:
        module["diagHessianInput"] = input.new()
    module["diagHessianInput"].resizeAs(input).zero()
    for name, square in zip(w, wsq):
        if module[square] is None:
            module[square] = module[name].new()
        np.square(module[name].nd, out=resized(module[square], module[name].nd.shape))
    kept, module.gradInput = module.gradInput, module["diagHessianInput"]
    exchange(module, w, wsq)
    try:
        send(module, "updateGradInput", input, output)
    finally:
        exchange(module, w, wsq)
        module["diagHessianInput"], module.gradInput = module.gradInput, kept
    return ()


def updateDiagHessianInputPointWise(
    module: Any = None, input: Any = None, output: Any = None, *_: Any
) -> Any:
    """The diagonal by the input of an elementwise function: its slope squared."""
    updateDiagHessianInput(module, input, output.new().resizeAs(output).fill(1), [], [])
    diagonal = module["diagHessianInput"].nd
    diagonal[...] = diagonal * diagonal * output.nd
    return ()


def initDiagHessianParameters(module: Any = None, gw: Any = None, hw: Any = None, *_: Any) -> Any:
    """Make the tensors for the diagonals."""
    if module["diagHessianInput"] is None:
        module["diagHessianInput"] = module.gradInput.new()
    for gradient, hessian in zip(names(gw), names(hw)):
        if module[hessian] is None and module[gradient] is not None:
            module[hessian] = module[gradient].new().resizeAs(module[gradient])
    return ()


def undefined(self: Any, *_: Any) -> Any:
    """updateDiagHessianInput of modules without one."""
    raise TorchError(f"{torch_type(self)}:updateDiagHessianInput() is undefined")


def nothing(*_: Any) -> Any:
    """What modules without parameters do."""
    return ()


def weighted_input(squares: list[str]) -> Any:
    """updateDiagHessianInput of a layer with these parameters."""

    def update(self: Any, input: Any = None, output: Any = None, *_: Any) -> Any:
        updateDiagHessianInput(self, input, output, squares, [name + "Sq" for name in squares])
        return self.diagHessianInput

    return update


def weighted_parameters(self: Any, input: Any = None, output: Any = None, *_: Any) -> Any:
    """accDiagHessianParameters of a layer with weight and bias."""
    return accDiagHessianParameters(self, input, output, *PARAMETERS)


def weighted_init(self: Any, *_: Any) -> Any:
    """initDiagHessianParameters of a layer with weight and bias."""
    return initDiagHessianParameters(self, *PARAMETERS)


def pointwise_input(self: Any, input: Any = None, output: Any = None, *_: Any) -> Any:
    """updateDiagHessianInput of an elementwise function."""
    updateDiagHessianInputPointWise(self, input, output)
    return self.diagHessianInput


def tanh_shrink_input(self: Any, input: Any = None, output: Any = None, *_: Any) -> Any:
    """updateDiagHessianInput of TanhShrink."""
    updateDiagHessianInputPointWise(self.tanh, input, output)
    self["diagHessianInput"] = output.clone().add(self.tanh.diagHessianInput)
    return self["diagHessianInput"]


def reshape_input(self: Any, input: Any = None, output: Any = None, *_: Any) -> Any:
    """updateDiagHessianInput of Reshape."""
    self["diagHessianInput"] = output.contiguous().viewAs(input)
    return self["diagHessianInput"]


def sequential_input(self: Any, input: Any = None, output: Any = None, *_: Any) -> Any:
    """updateDiagHessianInput of Sequential."""
    children = array(self.modules)
    for child, below in zip(reversed(children), [*(c.output for c in children[-2::-1]), input]):
        output = call(child, "updateDiagHessianInput", below, output)
    self["diagHessianInput"] = output
    return output


def sequential_parameters(self: Any, input: Any = None, output: Any = None, *_: Any) -> Any:
    """accDiagHessianParameters of Sequential."""
    children = array(self.modules)
    for child, below in zip(reversed(children), [*(c.output for c in children[-2::-1]), input]):
        send(child, "accDiagHessianParameters", below, output)
        output = child["diagHessianInput"]
    return ()


def sequential_init(self: Any, *_: Any) -> Any:
    """initDiagHessianParameters of Sequential."""
    for child in array(self.modules):
        send(child, "initDiagHessianParameters")
    return ()


def mse_input(self: Any, input: Any = None, target: Any = None, *_: Any) -> Any:
    """updateDiagHessianInput of MSECriterion: 2, or 2/n."""
    value = 2 / input.nElement() if self.sizeAverage else 2
    self["diagHessianInput"] = input.new().resizeAs(input).fill(value)
    return self["diagHessianInput"]


def cost_input(self: Any, input: Any = None, *_: Any) -> Any:
    """updateDiagHessianInput of L1Cost: 1 where the input is not 0."""
    self["diagHessianInput"] = input.new().resizeAs(input)
    self["diagHessianInput"].nd[...] = input.nd != 0
    return self["diagHessianInput"]


def parameters(self: Any, *_: Any) -> Any:
    """nn.Module.parameters with a third table, of the diagonals."""
    kinds = [kind for kind in ("weight", "bias") if self[kind] is not None]
    if not kinds:
        return ()
    capital = [kind.capitalize() for kind in kinds]
    return (
        new_table(self[kind] for kind in kinds),
        new_table(self["grad" + kind] for kind in capital),
        new_table(self["diagHessian" + kind] for kind in capital),
    )


def sequential_all(self: Any, *_: Any) -> Any:
    """nn.Sequential.parameters with a third table, of the diagonals."""
    lists: tuple[list, list, list] = ([], [], [])
    for child in array(self.modules):
        found = send(child, "parameters")
        for into, tensors in zip(lists, found if found.__class__ is tuple else (found,)):
            into += flat_list(tensors)
    return tuple(new_table(found) for found in lists)


def flat_parameters(self: Any, *_: Any) -> Any:
    """nn.Module.getParameters with a third tensor, of the diagonals."""
    found = send(self, "parameters")
    tables = found if found.__class__ is tuple else (found,)
    return tuple(flatten(table) for table in tables if table is not None and len(table))


def enable(*_: Any) -> Any:
    """Give modules and criterions the methods initDiagHessianParameters,
    accDiagHessianParameters and updateDiagHessianInput; `parameters` and `getParameters` return
    the diagonals too.
    """
    methods: dict[str, dict[str, Any]] = {
        "Module": {
            "updateDiagHessianInput": undefined,
            "accDiagHessianParameters": nothing,
            "initDiagHessianParameters": nothing,
            "parameters": parameters,
            "getParameters": flat_parameters,
        },
        "Sequential": {
            "updateDiagHessianInput": sequential_input,
            "accDiagHessianParameters": sequential_parameters,
            "initDiagHessianParameters": sequential_init,
            "parameters": sequential_all,
        },
        "Criterion": {"updateDiagHessianInput": undefined},
        "MSECriterion": {"updateDiagHessianInput": mse_input},
        "L1Cost": {"updateDiagHessianInput": cost_input},
        "TanhShrink": {"updateDiagHessianInput": tanh_shrink_input},
        "Reshape": {"updateDiagHessianInput": reshape_input},
    }
    for layer, squares in WEIGHTED.items():
        methods[layer] = {
            "updateDiagHessianInput": weighted_input(squares),
            "accDiagHessianParameters": weighted_parameters,
            "initDiagHessianParameters": weighted_init,
        }
    for layer in POINTWISE:
        methods[layer] = {"updateDiagHessianInput": pointwise_input}
    for layer, functions in methods.items():
        for name, function in functions.items():
            setattr(NN[layer], name, function)
    for function in HELPERS:
        NN.hessian[function.__name__] = function
    return ()


HELPERS = (
    accDiagHessianParameters,
    updateDiagHessianInput,
    updateDiagHessianInputPointWise,
    initDiagHessianParameters,
)
NN.hessian = new_table(fields={"enable": enable})
