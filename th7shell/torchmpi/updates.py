"""Training over parameter servers: `mpi.DownpourUpdate` (Dean et al., 2012) and `mpi.EASGDUpdate`
(Zhang, Choromanska and LeCun, 2015), on the base `mpi.Update`, which says when what happens.

Call `update:update(step)` in every step. At step initDelay the parameters are divided into shards;
from initDelay + updateFrequency on, every updateFrequency steps, what was read from the shards goes
into the net; reading begins `prefetch` steps after an update.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, TorchError, array, new_table, send
from th7shell.torch.classes import TorchClass

from . import networks, parameter_server
from .collectives import scalar_functions
from .communicators import LEVELS
from .rules import checked, rule

_COMMON = (
    rule("network", "nn.Module"),
    rule("shardingCommunicator", "number", default=0),
    rule("dataparallelCommunicator", "number", default=0),
    rule("updateFrequency", "number", default=10),
    rule("initDelay", "number", default=100),
    rule("prefetch", "number", default=0),
)
_PACKAGE = "torchmpi.parameterserver"


class Update(Table, metaclass=TorchClass, name=f"{_PACKAGE}.Update"):
    """When parameters are divided, read, integrated and sent; subclasses say how to integrate
    (`__integrate(step)`, true if it did) and send (`__send(step)`).

    Update{network=, shardingCommunicator=0, dataparallelCommunicator=0, updateFrequency=10,
    initDelay=100, prefetch=0}. Each tensor is divided over the ranks of the sharding communicator.
    With another dataparallel communicator, its first rank alone reads and integrates, and gives
    the others its parameters.

    Source: facebookarchive/TorchMPI.
    """

    def start(
        self,
        network: Any,
        sharding: int,
        dataparallel: int,
        updateFrequency: int,
        initDelay: int,
        prefetch: int,
    ) -> None:
        """Keep the arguments. Errors: prefetch is not within the steps between two updates."""
        if not 0 <= prefetch <= updateFrequency:
            raise TorchError(f"Prefetch must be in [0, {updateFrequency}]")
        self.network = network
        self.shardingCommunicator = sharding
        self.dataparallelCommunicator = dataparallel
        self.updateFrequency = updateFrequency
        self.initDelay = self.initParameterServer = initDelay
        self.prefetch = prefetch
        self.nextPrefetch = initDelay + updateFrequency + prefetch
        self.nextIntegration = initDelay + updateFrequency
        self.handlesSend = new_table()
        self.handlesPrefetch = new_table()

    def parameter_tables(self) -> tuple[Any, Any]:
        """What the net's `parameters` gives."""
        return send(self.network, "parameters")

    def divide(self, step: Any = None, *_: Any) -> None:
        """Divide the parameters, when it is time."""
        if step == self.initParameterServer:
            LEVELS.set(self.shardingCommunicator)
            parameter_server.initTensors(self.parameter_tables()[0])

    def fetch(self, step: Any = None, *_: Any) -> None:
        """Begin to read, when it is time; what was sent before has arrived by then."""
        if step == self.nextPrefetch:
            self.handlesSend = parameter_server.syncHandles(self.handlesSend)
            self.handlesPrefetch = parameter_server.prefetchTensors(self.parameter_tables()[0])
            self.nextPrefetch += self.updateFrequency

    def integrate(self, step: Any = None, *_: Any) -> bool:
        """Put what was read into the net. Errors: a subclass has to say how."""
        raise TorchError("NYI: Needs to be overriden")

    def send(self, step: Any = None, *_: Any) -> None:
        """Send to the shards. Errors: a subclass has to say what."""
        raise TorchError("NYI: Needs to be overriden")

    def update(self, step: Any = None, *_: Any) -> None:
        """Do what belongs to a step."""
        send(self, "__shard", step)
        sharding, dataparallel = self.shardingCommunicator, self.dataparallelCommunicator
        LEVELS.set(dataparallel)
        reads = sharding == dataparallel or LEVELS.comm.rank == 0
        LEVELS.set(sharding)
        integrated = False
        if reads:
            send(self, "__fetch", step)
            integrated = bool(send(self, "__integrate", step))
        send(self, "__send", step)
        if sharding != dataparallel:
            LEVELS.set(dataparallel)
            if _SUM(int(integrated)) > 0:
                networks.synchronizeParameters(self.network)
                if self.debug:
                    networks.checkWithAllreduce(self.network)
        LEVELS.set(0)

    __init__ = checked(start, rule("self", f"{_PACKAGE}.Update"), *_COMMON)


_SUM = scalar_functions()["allreduce_int"]


class DownpourUpdate(Update, name=f"{_PACKAGE}.DownpourUpdate"):
    """Downpour: gradients are gathered, and every `sendFrequency` steps given to `localUpdate(t)`,
    which applies the rate, and added to the shards; updates replace the net's parameters.

    DownpourUpdate{network=, …, sendFrequency=1, localUpdate=}, the rest as for Update.

    Source: facebookarchive/TorchMPI.
    """

    def start_downpour(self, *arguments: Any) -> None:
        """Keep the arguments."""
        *common, self.sendFrequency, self.localUpdate = arguments
        self.start(*common)
        self.nextSend = self.initDelay + self.sendFrequency
        self.tensorReferences = new_table()

    def integrate(self, step: Any = None, *_: Any) -> bool:
        """Take the shards' parameters, when it is time."""
        if step != self.nextIntegration:
            return False
        self.handlesPrefetch = parameter_server.syncHandles(self.handlesPrefetch)
        parameter_server.integrateTensors(
            self.parameter_tables()[0], lambda fetched, tensor: tensor.copy(fetched)
        )
        self.nextIntegration += self.updateFrequency
        return True

    def send(self, step: Any = None, *_: Any) -> None:
        """Gather the step's gradients; add them to the shards, when it is time."""
        weights, gradients = self.parameter_tables()
        gathered = self.tensorReferences
        for i, gradient in enumerate(array(gradients), 1):
            gathered[i] = gradient.clone() if gathered[i] is None else gathered[i].add(gradient)
        if step == self.nextSend:
            handles = parameter_server.sendTensors(weights, gathered, "add", self.localUpdate)
            self.handlesSend = parameter_server.syncHandles(handles)
            for gradient in array(gathered):
                gradient.zero()
            self.nextSend += self.sendFrequency

    __init__ = checked(
        start_downpour,
        rule("self", f"{_PACKAGE}.DownpourUpdate"),
        *_COMMON,
        rule("sendFrequency", "number", default=1),
        rule("localUpdate", "function"),
    )


class EASGDUpdate(Update, name=f"{_PACKAGE}.EASGDUpdate"):
    """Elastic averaging: with alpha = beta / ranks, an update moves the net by alpha towards the
    shards, and the shards as far towards the net.

    EASGDUpdate{network=, …, beta=0.9}, where beta stands before updateFrequency if the arguments
    are not named; the rest as for Update.

    Source: facebookarchive/TorchMPI.
    """

    def start_easgd(
        self, network: Any, sharding: int, dataparallel: int, beta: float, *common: int
    ) -> None:
        """Keep the arguments."""
        self.start(network, sharding, dataparallel, *common)
        self.beta = beta
        self.nextSend = self.nextIntegration
        self.tensorReferences = new_table()

    def integrate(self, step: Any = None, *_: Any) -> bool:
        """Move the net towards the shards, when it is time, and keep the opposite move."""
        if step != self.nextIntegration:
            return False
        self.handlesPrefetch = parameter_server.syncHandles(self.handlesPrefetch)
        alpha = self.beta / LEVELS.comm.size
        moves = self.tensorReferences

        def move(fetched: Any, tensor: Any) -> None:
            if moves[tensor] is None:
                moves[tensor] = tensor.clone()
            moves[tensor].copy(fetched).add(-1, tensor)
            tensor.add(alpha, moves[tensor])
            moves[tensor].mul(-alpha)

        parameter_server.integrateTensors(self.parameter_tables()[0], move)
        self.nextIntegration += self.updateFrequency
        return True

    def send(self, step: Any = None, *_: Any) -> None:
        """Add the opposite move to the shards, when it is time."""
        if step == self.nextSend:
            self.handlesSend = parameter_server.sendTensors(
                self.parameter_tables()[0], self.tensorReferences, "add"
            )
            self.nextSend += self.updateFrequency

    __init__ = checked(
        start_easgd,
        rule("self", f"{_PACKAGE}.EASGDUpdate"),
        *_COMMON[:3],
        rule("beta", "number", default=0.9),
        *_COMMON[3:],
    )


for _class in (Update, DownpourUpdate, EASGDUpdate):
    for _lua, _python in (("__integrate", "integrate"), ("__send", "send")):
        setattr(_class, _lua, vars(_class)[_python])
Update["__shard"], Update["__fetch"] = vars(Update)["divide"], vars(Update)["fetch"]

CLASSES = {cls.__name__: cls for cls in (Update, DownpourUpdate, EASGDUpdate)}
