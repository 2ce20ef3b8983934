"""`torchmpi.parameterserver`: tensors that live in shards on all ranks, to which any rank adds and
from which any rank reads at any time.

A shard is memory that MPI shows to the other ranks (a window), so no rank has to answer a request:
`add` is MPI's accumulate, of whole elements and in any order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import LuaObject, Table, TorchError, array, lua_type, new_table
from th7shell.lua.host import lua_function
from th7shell.torch.classes import torch_type

from . import cache
from .collectives import Handle, memory, sync_handle
from .communicators import LEVELS
from .library import running


class ParameterServer(LuaObject):
    """A tensor in shards: rank r of the communicator that was current holds the r-th part."""

    __slots__ = ("_bounds", "_comm", "_dtype", "_pending", "_window")

    def __init__(self, tensor: Any) -> None:
        MPI, self._comm = running(), LEVELS.comm
        data = memory(tensor, 1).reshape(-1)
        self._dtype = data.dtype
        ranks = self._comm.size
        self._bounds = [data.size * i // ranks for i in range(ranks + 1)]
        start, end = self._bounds[self._comm.rank : self._comm.rank + 2]
        width = data.itemsize
        self._window = MPI.Win.Allocate((end - start) * width, width, comm=self._comm)
        self._window.Lock_all()
        shard = np.frombuffer(self._window.tomemory(), self._dtype)
        shard[...] = data[start:end]
        self._window.Sync()
        self._comm.Barrier()
        self._pending: list[Handle] = []
        SERVERS.append(self)

    def __str__(self) -> str:
        state = "freed" if self._window is None else f"{self._bounds[-1]} elements"
        return f"torchmpi.parameterserver <{state}>"

    def parts(self, tensor: Any, position: int) -> list[tuple[int, np.ndarray]]:
        """A tensor's elements by the rank that has their shard. Errors: they do not fit."""
        if self._window is None:
            raise TorchError("the parameter server was freed")
        data = memory(tensor, position).reshape(-1)
        if data.dtype != self._dtype or data.size != self._bounds[-1]:
            raise TorchError(
                f"the parameter server has {self._bounds[-1]} elements of {self._dtype},"
                f" got {torch_type(tensor)} of {data.size}"
            )
        pairs = zip(self._bounds, self._bounds[1:])
        return [(r, data[a:b]) for r, (a, b) in enumerate(pairs) if a < b]

    def send(self, tensor: Any, rule: str) -> Handle:
        """Begin to apply a rule of `RULES` to all shards."""
        if rule not in RULES:
            raise TorchError(f"update rules are {', '.join(sorted(RULES))}; got {rule}")
        operation, value = RULES[rule]
        parts = self.parts(tensor, 2)
        if value is not None:
            parts = [(r, np.full_like(part, value)) for r, part in parts]
        op = getattr(running(), operation)
        requests = [self._window.Raccumulate(part, r, [0, part.size], op) for r, part in parts]
        return self._begun(Handle(requests, parts, after=self._window.Flush_all))

    def receive(self, tensor: Any) -> Handle:
        """Begin to read all shards."""
        parts = self.parts(tensor, 2)
        requests = [self._window.Rget(part, r, [0, part.size]) for r, part in parts]
        return self._begun(Handle(requests, parts))

    def _begun(self, handle: Handle) -> Handle:
        """Remember what nobody has waited for yet."""
        self._pending = [h for h in self._pending if h.waiting] + [handle]
        return handle

    def free(self) -> None:
        """Give the shards up, on all ranks. Freeing again does nothing."""
        if self._window is not None:
            for handle in self._pending:
                handle.wait()
            self._window.Unlock_all()
            self._window.Free()
            self._window = None
            SERVERS.remove(self)


SERVERS: list[ParameterServer] = []  # in the order in which they were made, the same on all ranks
RULES = {  # the rule: MPI's operation, and what is sent in place of the tensor
    "zero": ("REPLACE", 0),
    "copy": ("REPLACE", None),
    "add": ("SUM", None),
}


def checked(server: Any) -> ParameterServer:
    """An argument that is a parameter server. Errors: it is not."""
    if not isinstance(server, ParameterServer):
        raise TorchError(f"argument 1: a parameter server expected, got {torch_type(server)}")
    return server


def init(tensor: Any = None, *_: Any) -> ParameterServer:
    """Make a parameter server of a tensor's size, on all ranks: `parameterserver.init(t)`. Each
    shard begins with the elements that its own rank's tensor has there."""
    return ParameterServer(tensor)


def send(server: Any = None, tensor: Any = None, rule: Any = None, *_: Any) -> Handle:
    """Apply a tensor to the shards by a rule, 'zero', 'copy' or 'add': returns a handle. The tensor
    must keep its elements until `syncHandle`."""
    if lua_type(rule) != "string":
        raise TorchError(f"argument 3: the name of an update rule expected, got {lua_type(rule)}")
    return checked(server).send(tensor, rule)


def receive(server: Any = None, tensor: Any = None, *_: Any) -> Handle:
    """Read the shards into a tensor: returns a handle; the elements are there after
    `syncHandle`."""
    return checked(server).receive(tensor)


def free(server: Any = None, *_: Any) -> None:
    """Give a parameter server up; all ranks do."""
    checked(server).free()


def free_all(*_: Any) -> None:
    """Give up all parameter servers; all ranks do."""
    for server in list(SERVERS):
        server.free()


# -- helpers on tables of tensors, usually what `net:parameters()` gives


def known(tensors: Any) -> list[Any]:
    """The tensors of a table. Errors: one has no parameter server."""
    found = array(tensors)
    for i, tensor in enumerate(found, 1):
        if cache.table("parameterServers")[tensor] is None:
            raise TorchError(f"tensor {i} has no parameter server: parameterserver.initTensors")
    return found


def initTensors(tensors: Any = None, prefetch: Any = None, start: Any = None, *_: Any) -> None:
    """Make a parameter server for each tensor of a table, with rank 0's elements.

    `prefetch(t)` makes the tensor into which shards are read (a clone), `start(server, t)` gives
    the shards their first elements.
    """
    servers, fetched = cache.table("parameterServers"), cache.table("prefetchTensorReferences")
    for tensor in array(tensors):
        if servers[tensor] is not None:
            raise TorchError("a tensor has a parameter server already")
        fetched[tensor] = tensor.clone() if prefetch is None else prefetch(tensor)
        server = servers[tensor] = ParameterServer(fetched[tensor])
        if start is not None:
            start(server, fetched[tensor])
        elif LEVELS.comm.rank == 0:
            server.send(fetched[tensor], "copy").wait()
        LEVELS.comm.Barrier()


def prefetchTensors(tensors: Any = None, *_: Any) -> Table:
    """Begin to read the shards of each tensor into its prefetched tensor: a table of handles."""
    servers, fetched = cache.table("parameterServers"), cache.table("prefetchTensorReferences")
    return new_table([servers[t].receive(fetched[t]) for t in known(tensors)])


def integrateTensors(tensors: Any = None, rule: Any = None, *_: Any) -> None:
    """Call `rule(prefetched, t)` for each tensor."""
    for tensor in known(tensors):
        rule(cache.table("prefetchTensorReferences")[tensor], tensor)


def sendTensors(
    tensors: Any = None, updates: Any = None, rule: Any = None, before: Any = None, *_: Any
) -> Table:
    """Apply updates to the shards of tensors by a rule, each first given to `before(update)`: a
    table of handles. An update that is not there is left out."""
    servers = cache.table("parameterServers")
    handles = []
    for i, tensor in enumerate(known(tensors), 1):
        update = updates[i] if updates[i] is not None else updates[tensor]
        if update is not None:
            update = update if before is None else before(update)
            handles.append(servers[tensor].send(update, rule))
    return new_table(handles)


def syncHandles(handles: Any = None, *_: Any) -> Table:
    """Wait for a table of handles; an empty one comes back."""
    for handle in array(handles):
        handle.wait()
    return new_table()


def package() -> Table:
    """What `require 'torchmpi.parameterserver'` returns."""
    functions = (init, send, receive, free, initTensors, prefetchTensors, integrateTensors)
    table = new_table(fields={f.__name__: f for f in (*functions, sendTensors, syncHandles)})
    table["freeAll"] = lua_function(free_all)
    table["syncHandle"] = sync_handle
    return table
