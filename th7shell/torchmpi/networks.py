"""`torchmpi.nn`: a net's parameters and gradients made the same on all ranks.

Gradients are sums over ranks, as in the original: divide the rate, or the gradients, by the number
of ranks for the mean. The asynchronous variant begins to sum a layer's gradients as soon as its
`backward` has ended, while the layers below it compute theirs.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, TorchError, array, new_table, send
from th7shell.lua.host import lua_function
from th7shell.nn.container import Container
from th7shell.nn.module import Module

from . import checks
from .block_sequential import BlockSequential
from .blocks import Block, blocks, runs
from .collectives import Handle, get_on
from .communicators import LEVELS
from .library import running


def parameters_of(net: Any) -> tuple[list[Any], list[Any]]:
    """A net's parameters and gradients; a criterion has none."""
    if not isinstance(net, Module):
        return [], []
    return net.parameter_lists()


def sum_over_ranks(tensors: list[Any]) -> None:
    """Replace tensors by their sums over all ranks, in blocks."""
    comm, in_place = LEVELS.comm, running().IN_PLACE
    if comm.size > 1:
        for block in blocks(tensors):
            comm.Allreduce(in_place, block.array)
            block.back()


def give_to_all(tensors: list[Any]) -> None:
    """Replace tensors by those of rank 0, in blocks."""
    comm = LEVELS.comm
    if comm.size > 1:
        for block in blocks(tensors):
            comm.Bcast(block.array, 0)
            block.back()


def synchronizeParameters(net: Any = None, allreduce: Any = None, *_: Any) -> None:
    """Give all ranks the parameters of rank 0; with `allreduce` true, the mean of all ranks'."""
    tensors = parameters_of(net)[0]
    if allreduce in (None, False):
        give_to_all(tensors)
        return
    sum_over_ranks(tensors)
    for run in runs(tensors):
        run.array[...] = run.array / LEVELS.comm.size


def synchronizeGradients(net: Any = None, *_: Any) -> None:
    """Sum the gradients of a net over all ranks."""
    sum_over_ranks(parameters_of(net)[1])


def checkWithAllreduce(net: Any = None, *_: Any) -> None:
    """Check that all parameters are the same on all ranks, by their means and variances. Errors: a
    layer's are not."""
    for module in array(net.listModules()):
        if not isinstance(module, Container):
            for weight in parameters_of(module)[0]:
                checks.same_on_all_ranks(weight, str(module))


def place(tensor: Any) -> int:
    """Where a tensor's memory begins: what tells gradients apart, since tensors may share it."""
    return tensor.nd.__array_interface__["data"][0]


class Overlap:
    """Which nets sum their gradients during backward, and the sums on their way."""

    def __init__(self) -> None:
        self.rounds = 0  # backward passes since the start
        self.every = 1
        self.registered = False
        self.first: Any = None  # the module whose backward is a pass's first
        self.handles: list[Handle] = []
        self.blocks: list[Block] = []
        self.started: set[int] = set()  # the gradients whose sums are on their way
        self.shared: set[int] = set()  # gradients of several modules: done when all have added
        self.originals: dict[Any, Any] = {}

    def start(self, module: Any, gradients: list[Any]) -> None:
        """Begin to sum a module's gradients, if this pass's are to be."""
        if self.first is None:
            self.first = module
        self.rounds += module is self.first
        if self.rounds % self.every or LEVELS.comm.size == 1:
            return
        get_on()
        mine = [g for g in gradients if place(g) not in self.shared]
        self.started.update(map(place, mine))
        comm, in_place = LEVELS.comm, running().IN_PLACE
        for block in blocks(mine):
            request = comm.Iallreduce(in_place, block.array)
            self.handles.append(Handle([request], block.array))
            self.blocks.append(block)

    def finish(self, net: Any) -> None:
        """Wait for all sums, and sum what no backward of a module has begun."""
        for handle in self.handles:
            handle.wait()
        for block in self.blocks:
            block.back()
        if not self.rounds % self.every:
            gradients = parameters_of(net)[1]
            sum_over_ranks([g for g in gradients if place(g) not in self.started])
        self.handles, self.blocks, self.started = [], [], set()


OVERLAP = Overlap()


def registerAsyncMPIBackward(net: Any = None, syncGradientFrequency: Any = None, *_: Any) -> None:
    """Have each layer's `backward` begin to sum its gradients over the ranks, in every pass or in
    every `syncGradientFrequency`-th; `mpinn.async.synchronizeGradients(net)` waits for the sums."""
    if not isinstance(net, Module):
        return
    OVERLAP.registered, OVERLAP.first, OVERLAP.rounds = True, None, 0
    OVERLAP.every = syncGradientFrequency or 1
    if isinstance(net, BlockSequential):
        _replace(net, _by_blocks)
        return
    layers = [m for m in array(net.listModules()) if not isinstance(m, Container)]
    seen: set[int] = set()
    for gradient in (g for m in layers for g in parameters_of(m)[1]):
        (OVERLAP.shared if place(gradient) in seen else seen).add(place(gradient))
    for layer in layers:
        _replace(layer, _of_layer)


def unregisterAsyncMPIBackward(net: Any = None, *_: Any) -> None:
    """Give the layers of a net their own `backward` back."""
    for module in array(net.listModules()):
        if module in OVERLAP.originals:
            module.backward = OVERLAP.originals.pop(module)


def _replace(module: Any, backward: Any) -> None:
    """Put another `backward` into a module, once."""
    if module not in OVERLAP.originals:
        OVERLAP.originals[module] = vars(module).get("backward")
        module.backward = backward


def _of_layer(
    module: Any = None, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
) -> Any:
    """The layer's own backward, after which its gradients are summed over the ranks."""
    original = OVERLAP.originals.get(module) or type(module).backward
    found = original(module, input, gradOutput, scale)
    OVERLAP.start(module, parameters_of(module)[1])
    return found


def _by_blocks(
    net: Any = None, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
) -> Any:
    """Backward through the blocks, the gradients of each summed as soon as they are there."""
    found = None
    while gradOutput is not None:
        found = gradOutput
        gradOutput, _weights, gradients = send(net, "backwardStep", input, gradOutput, scale)
        if gradients is not None:
            OVERLAP.start(gradients, [gradients])
    net.gradInput = found
    return found


def async_synchronizeGradients(net: Any = None, *_: Any) -> None:
    """Wait for the sums that backward began. Errors: no net was registered."""
    if not OVERLAP.registered:
        raise TorchError(
            "Asynchronous gradient synchronization is achieved by calling"
            " registerAsyncMPIBackward(net) and only then synchronizeGradients"
        )
    OVERLAP.finish(net)


def package() -> Table:
    """What `require 'torchmpi.nn'` returns."""
    table = new_table(
        fields={
            f.__name__: f for f in (synchronizeParameters, synchronizeGradients, checkWithAllreduce)
        }
    )
    table["async"] = new_table(
        fields={
            "registerAsyncMPIBackward": registerAsyncMPIBackward,
            "unregisterAsyncMPIBackward": unregisterAsyncMPIBackward,
            "synchronizeGradients": lua_function(async_synchronizeGradients),
        }
    )
    return table
