"""`tnt.AllReduceSGDEngine`: torchnet's SGDEngine, over all ranks."""

from __future__ import annotations

from typing import Any

from th7shell.lua import first
from th7shell.lua.metatables import getmetatable
from th7shell.torch.classes import REGISTRY, TorchClass

from . import networks
from .communicators import LEVELS
from .rules import checked, rule

_NAME = "tnt.AllReduceSGDEngine"
_OPTIONS = {"usegpu": False, "async": False, "devicesync": True, "dynamicnetwork": True}
_OPTIONS |= {"debug": False}
_TRAIN = (
    rule("self", _NAME),
    rule("network", "nn.Module"),
    rule("criterion", "nn.Criterion"),
    rule("iterator", "tnt.DatasetIterator"),
    rule("lr", "number"),
    rule("lrcriterion", "number", defaulta="lr"),
    rule("maxepoch", "number", default=1000),
)


def open_engine(globals: Any) -> Any:
    """Put the class into torchnet's table, once."""
    tnt = first(globals.require("torchnet"))
    if tnt["AllReduceSGDEngine"] is None:
        tnt.AllReduceSGDEngine = make(REGISTRY["tnt.SGDEngine"])
    return True


def make(SGDEngine: Any) -> Any:
    """The class below torchnet's, whose `train` it runs with the hooks of `Hooks`."""

    def start(self: Any, *options: Any) -> None:
        """Keep the options."""
        SGDEngine.__init__(self)
        for name, value in zip(_OPTIONS, options):
            self[name] = value
        self.registered = False

    def train(self: Any, network: Any, criterion: Any, iterator: Any, *rest: Any) -> None:
        """Train as SGDEngine does, on all ranks at once."""
        networks.synchronizeParameters(network)
        networks.synchronizeParameters(criterion)
        meta = getmetatable(self.hooks)
        before = meta["__call"]
        meta["__call"] = Hooks(self, iterator).around(before)
        try:
            SGDEngine.train(self, network, criterion, iterator, *rest)
        finally:
            meta["__call"] = before

    class AllReduceSGDEngine(SGDEngine, metaclass=TorchClass, name=_NAME):  # type: ignore[misc]
        """SGDEngine over all ranks: rank 0's parameters to begin with, gradients summed in each
        step, after backward or (async) while it runs.

        AllReduceSGDEngine{usegpu=false, async=false, devicesync=true, dynamicnetwork=true}: with
        devicesync ranks wait for each other after a sample and after the criterion; with
        dynamicnetwork the net's layers are looked up in each step.

        Source: facebookarchive/TorchMPI.
        """

        __init__ = checked(
            start,
            rule("self", _NAME),
            *(rule(name, "boolean", default=value) for name, value in _OPTIONS.items()),
        )

    AllReduceSGDEngine.train = checked(train, *_TRAIN)
    return AllReduceSGDEngine


class Hooks:
    """What an engine does at the points of a step, before what a program has put there."""

    def __init__(self, engine: Any, iterator: Any) -> None:
        self.engine = engine
        self.iterator = iterator

    def around(self, before: Any) -> Any:
        """The function that is called in place of `before(hooks, name, state)`."""
        at = {
            "onSample": self.sample,
            "onBackwardCriterion": self.criterion,
            "onBackward": self.backward,
        }

        def call(hooks: Any = None, name: Any = None, *arguments: Any) -> Any:
            if name in at:
                at[name](*arguments)
            return before(hooks, name, *arguments)

        return call

    def sample(self, now: Any) -> None:
        """After a sample was taken."""
        engine = self.engine
        if engine["async"] and not engine.registered:
            networks.registerAsyncMPIBackward(now.network)
            networks.registerAsyncMPIBackward(now.criterion)
            engine.registered = not engine.dynamicnetwork
        self.together()
        if engine.debug:
            networks.checkWithAllreduce(now.network)

    def criterion(self, now: Any) -> None:
        """After the criterion's backward."""
        self.together()
        prefetch = self.iterator.prefetch
        if prefetch is not None:
            prefetch(self.iterator)

    def backward(self, now: Any) -> None:
        """After the net's backward."""
        both = (now.criterion, now.network)
        for part in both:
            if not self.engine["async"]:
                networks.synchronizeGradients(part)
        if self.engine["async"]:
            networks.async_synchronizeGradients(now.network)

    def together(self) -> None:
        """Wait for the other ranks."""
        if self.engine.devicesync:
            LEVELS.comm.Barrier()
