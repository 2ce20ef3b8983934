"""nn.Module, the base of every layer: buffers, parameters, types, sharing, cloning, listing.

What concerns all layers alike lives here and nowhere else; a layer adds `updateOutput`,
`updateGradInput` and `accGradParameters`. A module is a Lua table: its fields are instance
attributes, its methods may be replaced on the class or on one instance, so the engine calls
methods through `call`.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MethodType
from typing import Any

from th7shell.lua import Table, TorchError, array, first, items, new_table, send
from th7shell.lua.callers import nothing
from th7shell.lua.marks import held_scratch, scratch
from th7shell.lua.values import call
from th7shell.torch.classes import TorchClass, typename
from th7shell.torch.python_values import FOREIGN, native
from th7shell.torch.serialization.fields import read_fields, write_fields
from th7shell.torch.tensor import TYPES, Tensor, default_type

from .helpers.complaints import complain
from .helpers.flatten import flatten
from .helpers.output_sizes import run, uses_of_weight
from .helpers.utils import clear, recursive_type
from .kernels.updates import add_multiple


def shape_of(value: Any) -> Any:
    """The nested shapes of a tensor or of a table of tensors, to compare and to show."""
    if isinstance(value, Tensor):
        return tuple(value.nd.shape)
    if isinstance(value, Table):
        return [shape_of(v) for v in array(value)]
    return None


def input_of(module: Table, value: Any) -> Any:
    """A list, dict or array of a Python program as the table or tensor that a module takes."""
    return native(value, TYPES.get(module["_type"]))


def inputs_of(module: Table, input: Any, gradOutput: Any) -> tuple[Any, Any]:
    """Both arguments of `backward` as a module takes them."""
    if input.__class__ in FOREIGN or gradOutput.__class__ in FOREIGN:
        return input_of(module, input), input_of(module, gradOutput)
    return input, gradOutput


class Module(Table, metaclass=TorchClass, name="nn.Module", arguments=""):
    """The base of all layers: holds the buffers `output` and `gradInput` and everything that
    layers share.

    A layer of your own overrides `updateOutput(input)`, `updateGradInput(input, gradOutput)`
    and, if it has parameters, `accGradParameters(input, gradOutput, scale)`; their results are
    kept in, and returned from, `self.output` and `self.gradInput`, which are reused from call
    to call.

    Fields: output, gradInput, _type (the tensor type's name), train (after `training()` or
    `evaluate()`), and weight, bias, gradWeight, gradBias where a layer has them.

    Source: torch/nn, doc/module.md.

    >>> net = nn.Sequential().add(nn.Linear(3, 2)).add(nn.Tanh())
    >>> net.forward(torch.randn(3))
    """

    weight: Any = None
    bias: Any = None
    gradWeight: Any = None
    gradBias: Any = None
    output: Any = None
    gradInput: Any = None
    modules: Any = None
    train: Any = None
    shared: Any = None
    _buffers: tuple[str, ...] = ()  # further fields that clearState empties

    def __init__(self, *_: Any) -> None:
        tensor = default_type()
        self.gradInput = tensor()
        self.output = tensor()
        self._type = typename(self.output)

    # -- the three override points and what drives them

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        """Compute `self.output` from the input and return it."""
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        """Compute `self.gradInput`, the gradient with respect to the input, and return it."""
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: float | None = 1, *_: Any
    ) -> Any:
        """Add `scale` times the gradients with respect to the parameters to gradWeight,
        gradBias …
        """
        return nothing()

    def _shape_after(self, shape: Any) -> Any:
        """The output's shape for an input's (a list of shapes for a table)."""
        return run(self, shape)

    def _multiply_adds(self, input: Any, output: Any) -> int:
        """Multiply-adds of a forward pass between these shapes."""
        return uses_of_weight(self, output)

    def forward(self, input: Any = None, *_: Any) -> Any:
        """Compute and return the output for the input."""
        if input.__class__ in FOREIGN:
            input = input_of(self, input)
        try:
            kept = held_scratch(self)
        except AttributeError:
            kept = scratch(self)
        kept["forward shape"] = input.nd.shape if isinstance(input, Tensor) else shape_of(input)
        update = self.updateOutput  # here and not in `call`: every layer passes by
        result = update(input) if update.__class__ is MethodType else update(self, input)
        if result.__class__ is tuple:
            return result[0] if result else None
        return result

    def backward(
        self, input: Any = None, gradOutput: Any = None, scale: float | None = None, *_: Any
    ) -> Any:
        """Compute the gradient with respect to the input, accumulate those of the parameters
        times `scale` (1).

        The input must be the one given to `forward`.
        """
        if input.__class__ in FOREIGN or gradOutput.__class__ in FOREIGN:
            input, gradOutput = input_of(self, input), input_of(self, gradOutput)
        if scale is None:
            scale = 1
        update, accumulate = self.updateGradInput, self.accGradParameters
        try:
            if update.__class__ is MethodType:
                update(input, gradOutput)
            else:
                update(self, input, gradOutput)
            if accumulate.__class__ is not MethodType:
                accumulate(self, input, gradOutput, scale)
            elif accumulate.__func__ is not NOTHING_TO_ACCUMULATE:
                accumulate(input, gradOutput, scale)
        except TorchError as error:
            raise backward_error(self, input, error) from error
        return self.gradInput

    def backwardUpdate(
        self, input: Any = None, gradOutput: Any = None, lr: Any = None, *_: Any
    ) -> Any:
        """Compute the gradient with respect to the input and update the parameters at once."""
        send(self, "updateGradInput", input, gradOutput)
        send(self, "accUpdateGradParameters", input, gradOutput, lr)
        return self.gradInput

    def __call__(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        """`forward`; with a gradOutput, `backward` too: returns the output (and the gradInput)."""
        send(self, "forward", input)
        if gradOutput is None:
            return self.output
        send(self, "backward", input, gradOutput)
        return self.output, self.gradInput

    # -- parameters

    def parameters(self, *_: Any) -> Any:
        """Return two tables: the learnable tensors and the gradients of each; nothing where
        there are none.
        """
        if self.weight is not None and self.bias is not None:
            return new_table([self.weight, self.bias]), new_table([self.gradWeight, self.gradBias])
        if self.weight is not None:
            return new_table([self.weight]), new_table([self.gradWeight])
        if self.bias is not None:
            return new_table([self.bias]), new_table([self.gradBias])
        return nothing()

    def parameter_lists(self) -> tuple[list, list]:
        """What `parameters` returns, whoever overrode it, as two Python lists."""
        found = send(self, "parameters")
        if found.__class__ is not tuple:
            found = (found, None)
        found += (None, None)
        params, grads = ([] if t is None else array(t) for t in found[:2])
        return params, grads

    def getParameters(self, *_: Any) -> Any:
        """Move all parameters into one 1-D tensor, all gradients into another, and return both.

        Every parameter becomes a view of the flat tensor, so an optimiser can work on the whole
        net at once; parameters that are shared appear once. Call it once, before training, and
        on the outermost net.
        """
        params, grads = self.parameter_lists()
        p, g = flatten(params), flatten(grads)
        if p.nElement() != g.nElement():
            raise TorchError("check that you are sharing parameters and gradParameters")
        for i, (w, dw) in enumerate(zip(params, grads), 1):
            if w.storageOffset() != dw.storageOffset():
                raise TorchError(f"misaligned parameter at {i}")
        return p, g

    def zeroGradParameters(self, *_: Any) -> Any:
        """Set the gradients of all parameters to zero."""
        for _, grad in parameter_pairs(self):
            grad.nd.fill(0)
        return nothing()

    def updateParameters(self, learningRate: Any = None, *_: Any) -> Any:
        """Take a gradient step: parameters -= learningRate · gradients."""
        rate = learningRate
        if isinstance(rate, Tensor):  # it fits all, or nothing is changed
            for param, grad in parameter_pairs(self):
                param.clone().add(-learningRate, grad)
        plain = rate.__class__ in (float, int)
        for param, grad in parameter_pairs(self):
            if plain:
                move(param, grad, rate)
            else:
                param.add(-learningRate, grad)
        return nothing()

    def accUpdateGradParameters(
        self, input: Any = None, gradOutput: Any = None, lr: Any = None, *_: Any
    ) -> Any:
        """Update the parameters with the gradients of this sample, without accumulating them."""
        way = "sharedAccUpdateGradParameters" if self.shared else "defaultAccUpdateGradParameters"
        send(self, way, input, gradOutput, lr)
        return nothing()

    def defaultAccUpdateGradParameters(
        self, input: Any = None, gradOutput: Any = None, lr: Any = None, *_: Any
    ) -> Any:
        """Accumulate the gradients straight into the parameters, scaled by -lr."""
        kept = self.gradWeight, self.gradBias
        self.gradWeight, self.gradBias = self.weight, self.bias
        try:
            send(self, "accGradParameters", input, gradOutput, -lr)
        finally:
            self.gradWeight, self.gradBias = kept
        return nothing()

    def sharedAccUpdateGradParameters(
        self, input: Any = None, gradOutput: Any = None, lr: Any = None, *_: Any
    ) -> Any:
        """Update shared parameters: the gradients are gathered apart first."""
        if self.parameter_lists()[0]:
            send(self, "zeroGradParameters")
            send(self, "accGradParameters", input, gradOutput, 1)
            send(self, "updateParameters", lr)
        return nothing()

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw the parameters anew (nothing to do in a layer without any)."""
        return nothing()

    # -- modes

    def training(self, *_: Any) -> Any:
        """Switch to training mode (Dropout drops, BatchNormalization uses the statistics of the
        batch).
        """
        self.train = True
        return nothing()

    def evaluate(self, *_: Any) -> Any:
        """Switch to evaluation mode."""
        self.train = False
        return nothing()

    # -- sharing, cloning, types

    def share(self, mlp: Any = None, *names: str) -> Any:
        """Make the named tensors (`'weight'`, `'bias'` …) use the storage of those of `mlp`;
        return self.
        """
        for name in names:
            mine = self[name]
            if mine is not None:
                mine.set(mlp[name])
                self.shared = True
                mlp.shared = True
        return self

    def clone(self, *names: str) -> Any:
        """Return a deep copy; the tensors named share their storage with this module's."""
        from .helpers.cloning import deep_clone

        copy = deep_clone(self, names)
        if names:
            send(copy, "share", self, *names)
        return copy

    def type(self, type: str | None = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert every tensor of the module to `type` ('torch.FloatTensor' …); without it,
        tell the type.

        Tensors that share a storage still do so afterwards; a `tensorCache` (a table) given to
        several calls keeps sharing between several nets.
        """
        if type is None:
            return self._type
        cache = new_table() if tensorCache is None else tensorCache
        for key, value in list(items(self)):
            self[key] = recursive_type(value, type, cache)
        self._type = type
        scratch(self).clear()
        return self

    def float(self, *args: Any) -> Any:
        """Convert to single precision."""
        return send(self, "type", "torch.FloatTensor", *args)

    def double(self, *args: Any) -> Any:
        """Convert to double precision."""
        return send(self, "type", "torch.DoubleTensor", *args)

    def cuda(self, *args: Any) -> Any:
        """Convert to 'torch.CudaTensor'."""
        return send(self, "type", "torch.CudaTensor", *args)

    def clearState(self, *_: Any) -> Any:
        """Drop the contents of buffers (outputs, gradients of inputs), to save small; return
        self.
        """
        scratch(self).clear()
        return clear(self, "output", "gradInput", *self._buffers)

    write = write_fields
    read = read_fields
    __lua_failure__ = complain

    # -- walking the tree

    def apply(self, callback: Any = None, *_: Any) -> Any:
        """Call `callback(module)` on this module and then on each below it."""
        callback(self)
        if self.modules is not None:
            for child in array(self.modules):
                send(child, "apply", callback)
        return nothing()

    def replace(self, callback: Any = None, *_: Any) -> Any:
        """Put `callback(module)` in the place of every module below; return that of this one."""
        out = callback(self)
        if self.modules is not None:
            for i, child in enumerate(array(self.modules), 1):
                self.modules[i] = call(child, "replace", callback)
        return first(out) if out.__class__ is tuple else out

    def findModules(self, typename: str | None = None, container: Any = None, *_: Any) -> Any:
        """Return the modules of a class, by its name, and, in a second table, the container of
        each.
        """
        nodes, containers = [], []
        if type_name(self) == typename:
            nodes.append(self)
            containers.append(self if container is None else container)
        if self.modules is not None:
            for child in array(self.modules):
                found, around = send(child, "findModules", typename, self)
                nodes += array(found)
                containers += array(around)
        return new_table(nodes), new_table(containers)

    def listModules(self, *_: Any) -> Any:
        """Return a table of this module and of all below it, in depth-first order."""
        modules = [self]
        if self.modules is not None:
            for child in array(self.modules):
                listed = call(child, "listModules")
                if listed is not None:
                    modules += array(listed)
        return new_table(modules)

    def summary(self, *inputSize: Any) -> Any:
        """Tell each layer's output size, parameters and multiply-adds for an input of the given
        size, `net:summary{1, 32, 32}`; a batch size may be included.

        Returns a data object: its text is a table, `totable()` gives the rows.
        """
        from .tools.summary import summarize

        return summarize(self, inputSize)


#: what calling a module is, where no package gives it another meaning
run_module = vars(Module)["__call__"]
_PARAMETERS = vars(Module)["parameters"]
_ZERO, _UPDATE = vars(Module)["zeroGradParameters"], vars(Module)["updateParameters"]
MODULES_BACKWARD = vars(Module)["backward"]
#: what layers without parameters have
NOTHING_TO_ACCUMULATE = vars(Module)["accGradParameters"]


def parameter_pairs(module: Module) -> Iterable[tuple[Any, Any]]:
    """Each parameter with its gradient; without tables where nobody has overridden
    `parameters`.
    """
    if getattr(module.parameters, "__func__", None) is not _PARAMETERS:
        return zip(*module.parameter_lists())
    weight, bias = module.weight, module.bias
    if weight is None:
        return () if bias is None else ((bias, module.gradBias),)
    if bias is None:
        return ((weight, module.gradWeight),)
    return (weight, module.gradWeight), (bias, module.gradBias)


def zero_all(children: list[Any]) -> None:
    """`zeroGradParameters` of modules, without a call where nobody has overridden it."""
    for child in children:
        zero, listed = child.zeroGradParameters, child.parameters
        if (
            zero.__class__ is listed.__class__ is MethodType
            and zero.__func__ is _ZERO
            and listed.__func__ is _PARAMETERS
        ):
            if child.weight is not None:
                child.gradWeight.nd.fill(0)
            if child.bias is not None:
                child.gradBias.nd.fill(0)
        else:
            call(child, "zeroGradParameters")


def update_all(children: list[Any], rate: Any) -> None:
    """`updateParameters` of modules, without a call where nobody has overridden it."""
    plain = rate.__class__ in (float, int)
    for child in children:
        update, listed = child.updateParameters, child.parameters
        if (
            plain
            and update.__class__ is listed.__class__ is MethodType
            and update.__func__ is _UPDATE
            and listed.__func__ is _PARAMETERS
        ):
            if child.weight is not None:
                move(child.weight, child.gradWeight, rate)
            if child.bias is not None:
                move(child.bias, child.gradBias, rate)
        else:
            call(child, "updateParameters", rate)


def move(param: Any, grad: Any, rate: Any) -> None:
    """param -= rate · grad."""
    if param.__class__ is grad.__class__ and param.nd.shape == grad.nd.shape:
        add_multiple(param.nd, -rate, grad.nd)
    else:
        param.add(-rate, grad)


type_name = typename
SIZES_DIFFER = "backward was given an input of size"
Module.flatten = staticmethod(flatten)


def backward_error(module: Module, input: Any, error: Exception) -> Exception:
    """`error`, with both sizes named where `backward` was given another input size than
    `forward`.
    """
    before, now = scratch(module).get("forward shape"), shape_of(input)
    text = getattr(error, "value", None)
    if before is None or before == now or not isinstance(text, str) or SIZES_DIFFER in text:
        return error
    error.value = (  # type: ignore[attr-defined]
        f"{text}\n{type_name(module)}: {SIZES_DIFFER} {size_text(now)}, "
        f"forward one of size {size_text(before)}"
    )
    return error


def size_text(shape: Any) -> str:
    """`2x3`, or `{2x3, 4}` for a table of tensors."""
    if isinstance(shape, list):
        return "{" + ", ".join(map(size_text, shape)) + "}"
    return "nothing" if shape is None else "x".join(map(str, shape))
