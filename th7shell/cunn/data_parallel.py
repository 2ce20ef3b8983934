"""nn.DataParallelTable: the same module several times, each on its part of the batch.

There is one device, on which all replicas take turns. The first replica is the module that was
added; the others are clones of it, which live in the engine's own memory and are never saved.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.cutorch.devices import check_device
from th7shell.lua import (
    LuaError,
    Table,
    TorchError,
    array,
    items,
    length,
    lua_type,
    new_table,
    rawset,
    send,
    tostring,
)
from th7shell.lua.callers import nothing
from th7shell.lua.marks import scratch
from th7shell.nn.container import Container, flat_list
from th7shell.nn.helpers.checks import check
from th7shell.nn.module import Module, call
from th7shell.torch.classes import REGISTRY, TorchClass, torch_type, typename
from th7shell.torch.python_values import native
from th7shell.torch.tensor import TYPES, Tensor

FOR_A_TYPE = (
    "DataParallelTable supports only torch.CudaHalfTensor or torch.CudaDoubleTensor"
    " or torch.CudaTensor types"
)
#: type of the replicas: the types of input that they take, and the words for them
ACCEPTED = {
    "torch.CudaHalfTensor": (("Half",), "a CudaHalf or Half"),
    "torch.CudaDoubleTensor": (("Double",), "a CudaDouble or Double"),
    "torch.CudaTensor": (("Float",), "a CUDA or Float"),
}


class Basic(
    Table, metaclass=TorchClass, name="nn.DataParallelTable.Basic", register=False, arguments="dpt"
):
    """Runs the replicas of a table one after the other; field dpt: the table."""

    dpt: Any = None

    def setup(self, *_: Any) -> Any:
        """Make the replicas that are missing."""
        replicas(self.dpt)
        return nothing()

    def applyChanges(self, *_: Any) -> Any:
        """Clone the first replica anew where there are others."""
        scratch(self.dpt).pop("clones", None)
        return nothing()

    def exec(self, closure: Any = None, maxGpuIdx: Any = None, *_: Any) -> Any:
        """Call `closure(module, number)` for the replicas, or the first ones; their results."""
        return new_table(each(self.dpt, closure, maxGpuIdx))

    def close(self, *_: Any) -> Any:
        """Forget the clones."""
        return self.applyChanges()


class Threads(Basic, name="nn.DataParallelTable.Threads", register=False):
    """Stands for the original's threads: the replicas take turns here."""

    initFunc: Any = None
    syncCopies: Any = None


REGISTRY["nn.DataParallelTable.Basic"] = Basic
REGISTRY["nn.DataParallelTable.Threads"] = Threads


class DataParallelTable(
    Container, name="nn.DataParallelTable", arguments="dimension flattenParams=false usenccl?"
):
    """Split a batch along a dimension over replicas of a module, and put their outputs together.

    `add(module, {gpus})`: one replica for
    each number, all of which must be 1, the one device. Gradients of parameters are summed in
    the first replica, whose parameters the others take before the next forward
    (`syncParameters`). Parts of `dimension` are as equal as can be, the first ones larger.

    Source: torch/cunn, doc/cunnmodules.md.

    >>> dpt = nn.DataParallelTable(1).add(nn.Linear(3, 2).cuda(), [1, 1])
    >>> dpt.forward(torch.randn(4, 3).cuda())
    """

    gpuAssignments: Any = None
    inputGpu: Any = None
    gradOutputGpu: Any = None
    flattenedParams: Any = None
    maxUsedGpu: Any = None
    impl: Any = None

    def __post_init__(self, usenccl: Any) -> None:
        if not self.dimension:
            raise TorchError("must specify a dimension!")
        self.typeStr = "torch.CudaTensor"
        for name in ("gpuAssignments", "inputGpu", "gradOutputGpu", "outputGpu", "gradInputGpu"):
            self[name] = new_table()
        self.usenccl = False
        self.needsSync = False
        self.impl = Basic(self)
        if usenccl:
            check(self.flattenParams, "cannot use nccl without flattenParams")

    def add(self, module: Any = None, gpus: Any = None, *_: Any) -> Any:
        """Take a module and the devices of its replicas; return self. A number adds one replica."""
        gpus = native(gpus)
        if lua_type(gpus) == "number":
            check_device(gpus, 2)
            if not length(self.modules):
                self.modules[1] = module
            self.gpuAssignments[length(self.gpuAssignments) + 1] = gpus
            return self
        check(isinstance(gpus, Table) and length(gpus) >= 1, "table of GPU IDs required")
        once = "add should only be called once with a table of GPU assignments"
        check(not length(self.modules), once)
        for gpu in array(gpus):
            check_device(gpu, 2)
        self.modules[1] = module
        self.gpuAssignments = gpus
        return self

    def threads(self, initFunc: Any = None, syncCopies: Any = None, *_: Any) -> Any:
        """Nothing changes: replicas take turns on the one device. Returns self; `initFunc` is
        called once.
        """
        if callable(initFunc):
            initFunc()
        return self

    def __str__(self) -> str:
        return f"DataParallelTable: {length(self.gpuAssignments)} x {tostring(self.modules[1])}"

    def flattenParameters(self, *_: Any) -> Any:
        """Put each replica's parameters into one tensor, and the gradients into another."""
        flat = each(self, lambda m, _i: new_table(send(m, "getParameters")))
        self.flattenedParams = new_table(flat)
        self.flattenParams = True
        return nothing()

    def getParameters(self, *_: Any) -> Any:
        """The first replica's parameters and gradients, each as one tensor."""
        self.flattenParameters()
        return tuple(array(self.flattenedParams[1]))

    def _flat(self) -> bool:
        """Whether the first replica's parameters still are parts of the flat tensor."""
        if self.flattenedParams is None:
            return False
        memory = self.flattenedParams[1][1].storage()
        return all(p.storage() is memory for p in parameters_of(self.modules[1])[0])

    def training(self, *_: Any) -> Any:
        """Switch all replicas to training mode."""
        each(self, lambda m, _i: call(m, "training"))
        super().training()
        return nothing()

    def evaluate(self, *_: Any) -> Any:
        """Switch all replicas to evaluation mode."""
        each(self, lambda m, _i: call(m, "evaluate"))
        super().evaluate()
        return nothing()

    def clearState(self, *_: Any) -> Any:
        """Drop the buffers of all replicas; return self."""
        each(self, lambda m, _i: call(m, "clearState"))
        kept = scratch(self).get("clones")
        super().clearState()
        if kept is not None:
            scratch(self)["clones"] = kept
        return self

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        if self.flattenParams and not self._flat():
            self.flattenParameters()
        if self.needsSync:
            call(self, "syncParameters")
        self.maxUsedGpu = self._distribute(self.inputGpu, input)
        given = self.inputGpu
        outputs = each(self, lambda m, i: call(m, "updateOutput", given[i]), self.maxUsedGpu)
        self.outputGpu = new_table(outputs)
        self.output = self._concat(self.output, outputs)
        return self.output

    def moduleParameters(self, *_: Any) -> Any:
        """A table for each replica: {parameters, gradients}."""
        if self.flattenedParams is not None:
            pairs = [array(p) for p in array(self.flattenedParams)]
            return new_table([new_table([new_table([t]) for t in pair]) for pair in pairs])
        found = each(self, lambda m, _i: new_table(map(new_table, parameters_of(m))))
        return new_table(found)

    def _backward(self, method: str, gradOutput: Any, *scale: Any) -> Any:
        if method != "accGradParameters":
            self._distribute(self.gradOutputGpu, gradOutput)
        given, gradients = self.inputGpu, self.gradOutputGpu
        results = each(
            self, lambda m, i: call(m, method, given[i], gradients[i], *scale), self.maxUsedGpu
        )
        if method != "accGradParameters":
            self.gradInputGpu = new_table(results)
            if self.gradInput is not None:
                self.gradInput = self._concat(self.gradInput, results)
        if method != "updateGradInput":
            first, *others = [parameters_of(m)[1] for m in replicas(self)]
            for gradients in others:
                for total, gradient in zip(first, gradients):
                    total.nd[...] += gradient.nd
                    gradient.zero()
            self.needsSync = True
        return self.gradInput

    def backward(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        """The gradient with respect to the input; gradients of parameters are summed in the
        first replica.
        """
        return self._backward("backward", gradOutput, scale)

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        return self._backward("updateGradInput", gradOutput)

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        self._backward("accGradParameters", gradOutput, scale)
        return nothing()

    def syncParameters(self, *_: Any) -> Any:
        """Copy the first replica's parameters to the others."""
        first, *others = [parameters_of(m)[0] for m in replicas(self)]
        for parameters in others:
            for parameter, value in zip(parameters, first):
                parameter.copy(value)
        self.needsSync = False
        return nothing()

    def accUpdateGradParameters(self, *_: Any) -> Any:
        """Not possible: gradients of replicas are summed first."""
        raise LuaError("accUpdateGradParameters not supported for DataParallelTable.")

    def zeroGradParameters(self, *_: Any) -> Any:
        """Set the gradients of all replicas' parameters to zero."""
        each(self, lambda m, _i: call(m, "zeroGradParameters"))
        return nothing()

    def updateParameters(self, learningRate: Any = None, *_: Any) -> Any:
        """Take a gradient step in the first replica and copy it to the others."""
        call(self.modules[1], "updateParameters", learningRate)
        call(self, "syncParameters")
        return nothing()

    def parameters(self, *_: Any) -> Any:
        """The first replica's parameters and gradients."""
        return send(self.modules[1], "parameters")

    def share(self, *_: Any) -> Any:
        """Not possible with replicas."""
        raise LuaError("Share not supported for DataParallelTable")

    def clone(self, *names: str) -> Any:
        """A copy, whose replicas are its own."""
        check(not names, "Sharing not supported for DataParallelTable")
        return super().clone()

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw the first replica's parameters anew and copy them to the others."""
        call(self.modules[1], "reset", stdv)
        call(self, "syncParameters")
        return nothing()

    def type(self, type: Any = None, *_: Any) -> Any:
        """Convert to one of the types that GPUs compute with: CUDA floats, doubles or halves."""
        check(type in ACCEPTED, FOR_A_TYPE)
        for module in array(self.modules):
            call(module, "type", type)
        scratch(self).pop("clones", None)
        self.typeStr = type
        return self

    def apply(self, callback: Any = None, *_: Any) -> Any:
        """Call `callback` for the table and the modules of the first replica, then clone anew."""
        super().apply(callback)
        self.impl.applyChanges()
        if self.flattenedParams is not None:
            first = self.flattenedParams[1]
            others = replicas(self)[1:]
            flat = [first, *(new_table(send(m, "getParameters")) for m in others)]
            self.flattenedParams = new_table(flat)
        return nothing()

    def write(self, file: Any, *_: Any) -> Any:
        """Write the devices, then the fields with the first replica alone."""
        send(file, "writeObject", self.gpuAssignments)
        fields = Table()
        for key, value in items(self):
            if key == "flattenedParams":
                value = new_table([value[1]])
            elif key in _OF_A_BATCH:
                value = new_table()
            rawset(fields, key, value)
        send(file, "writeObject", fields)
        call(self, "syncParameters")
        return ()

    def read(self, file: Any, version: Any = None, *_: Any) -> Any:
        """Read what `write` has written; more devices than there are become replicas on one."""
        devices = send(file, "readObject") if version is None or version >= 2 else None
        for key, value in items(send(file, "readObject")):
            rawset(self, key, value)
        if devices is not None:
            count = getattr(DataParallelTable, "deserializeNGPUs", None) or length(devices)
            self.gpuAssignments = new_table([1] * int(count))
        self.usenccl = False
        if self.impl is None:
            self.impl = Basic(self)
        if self.flattenedParams is not None:
            others = [new_table(send(m, "getParameters")) for m in replicas(self)[1:]]
            self.flattenedParams = new_table([self.flattenedParams[1], *others])
        return ()

    def _distribute(self, parts: Table, source: Any) -> int:
        """Give each replica its part of the input: in `parts`; how many have one."""
        count = length(self.gpuAssignments)
        for i in range(1, count + 1):
            parts[i] = self._part(parts[i], source, i, count)
            if not has_data(parts[i]):
                return i - 1
        return count

    def _part(self, part: Any, source: Any, number: int, count: int) -> Any:
        if isinstance(source, Table) and typename(source) is None:
            kept = part if isinstance(part, Table) and length(part) == length(source) else Table()
            for i, value in enumerate(array(source), 1):
                kept[i] = self._part(kept[i], value, number, count)
            return kept
        check(isinstance(source, Tensor), "input must be a tensor or table of tensors")
        kinds, words = ACCEPTED[self.typeStr]
        check(type(source).element_type.host in kinds, f"input must be {words} tensor")
        part = part if torch_type(part) == self.typeStr else TYPES[self.typeStr]()
        size = source.size(self.dimension) if source.dim() else 0
        first, n = slice_of(int(size), number, count)
        if not n:
            return part.resize(0)
        piece = source.narrow(self.dimension, first, n)
        return part.resize(piece.size()).copy(piece)

    def _concat(self, whole: Any, parts: list[Any]) -> Any:
        """The parts put together along the dimension, in `whole` if it fits."""
        first = parts[0]
        if isinstance(first, Table) and typename(first) is None:
            kept = whole if isinstance(whole, Table) and length(whole) == length(first) else Table()
            for i in range(1, length(first) + 1):
                kept[i] = self._concat(kept[i], [part[i] for part in parts])
            return kept
        check(isinstance(first, Tensor), "input must be a tensor or table of tensors")
        whole = whole if torch_type(whole) == self.typeStr else TYPES[self.typeStr]()
        parts = [part for part in parts if part.nd.size]
        if parts:
            size = parts[0].size()
            size[self.dimension] = sum(part.size(self.dimension) for part in parts)
            whole.resize(size)
            start = 1
            for part in parts:
                n = part.size(self.dimension)
                whole.narrow(self.dimension, start, n).copy(part)
                start += n
        return whole


_OF_A_BATCH = ("inputGpu", "outputGpu", "gradInputGpu", "gradOutputGpu")
type.__setattr__(DataParallelTable, "__version", 3)


def replicas(table: Any) -> list[Any]:
    """The module that was added and its clones, which are made when they are missing."""
    module = table.modules[1]
    count = length(table.gpuAssignments) - 1
    kept = scratch(table).get("clones")
    if kept is None or kept[0] is not module or len(kept) != count + 1:
        kept = [module, *(send(module, "clone") for _ in range(count))]
        scratch(table)["clones"] = kept
    return kept


def each(table: Any, function: Callable[..., Any], most: Any = None) -> list[Any]:
    """Call `function(replica, number)` for the replicas, or the first ones."""
    results = []
    for i, module in enumerate(replicas(table), 1):
        if most is not None and i > most:
            break
        result = function(module, i)
        results.append(result[0] if result.__class__ is tuple and result else result)
    return results


def parameters_of(module: Module) -> tuple[list[Any], list[Any]]:
    """A replica's parameters and gradients."""
    found = send(module, "parameters")
    pair = (found if found.__class__ is tuple else (found,)) + (None, None)
    return flat_list(pair[0]), flat_list(pair[1])


def has_data(value: Any) -> bool:
    """Whether a tensor, or one of those in a table, has elements."""
    if isinstance(value, Tensor):
        return value.nd.size != 0
    return any(map(has_data, array(value)))


def slice_of(size: int, number: int, parts: int) -> tuple[int, int]:
    """Where part `number` of so many equal parts begins, from 1, and how long it is."""
    each_, more = divmod(size, parts)
    first = (number - 1) * each_ + min(number - 1, more) + 1
    return first, each_ + (number <= more)


__all__ = ["Basic", "DataParallelTable", "Threads"]
