"""ipc: the all-reduce trees of torch-ipc, over MPI's ranks. Upstream: twitter-archive/torch-ipc.

Node i of a tree is the rank that gives nodeIndex i. What connected the nodes in the original,
servers, clients and files, is MPI's work: `ipc.server` and `ipc.client` give stand-ins, so that
programs run as they are. Its threads and queues are not here.
"""

from __future__ import annotations

import os
from typing import Any

from th7shell.lua import LuaObject, Table, TorchError, new_table
from th7shell.lua.host import lua_function
from th7shell.lua.metatables import setmetatable
from th7shell.torch.namespace import namespace, need

from .tree import Tree, lone_tree, tree_of, walk_table

__all__ = ["FILES", "Tree", "luaopen"]

_THREADS = "use require 'threads'"
_ELSEWHERE = {  # what the original has besides: what does its work
    **dict.fromkeys(("map", "workqueue", "mutex", "channel", "sharedtable"), _THREADS),
    **dict.fromkeys(("BackgroundTask", "BackgroundTaskPool"), _THREADS),
    "marshal": "use torch.serialize",
    "spawn": "use io.popen",
    "flock": "use lfs.lock",
}
_TALK = "bytes go by MPI here: use a tree's allReduce and scatter, or require 'torchmpi'"


class Connection(LuaObject):
    """What stands for a server or a client: MPI connects the ranks."""

    __slots__ = ()

    def clients(self, *_: Any) -> Any:
        """Nobody has to be waited for."""
        return self

    def close(self, *_: Any) -> None:
        """There is nothing to close."""

    def netStats(self, *_: Any) -> Table:
        """Nothing is counted."""
        return new_table()

    def send(self, *_: Any) -> None:
        """Errors: messages are not sent here."""
        raise TorchError(_TALK)

    recv = recvAny = broadcast = send


def server(host: Any = None, port: Any = None, *_: Any) -> tuple[Connection, int]:
    """A stand-in for the server that the first node has, and its port."""
    return Connection(), 0 if port is None else port


def client(*_: Any) -> Connection:
    """A stand-in for a node's connection to the server."""
    return Connection()


def _missing(_table: Any = None, name: Any = None, *_: Any) -> Any:
    """Say what does the work of what is not here; nil for other names."""
    if name in _ELSEWHERE:
        raise TorchError(f"ipc.{name} is not provided: {_ELSEWHERE[name]}")
    return None


def luaopen(globals: Any) -> Any:
    """What `require 'ipc'` and `require 'libipc'` return; no global is set."""
    need(globals, "torch")
    table = namespace("ipc")
    if table["server"] is None:
        table.server, table.client = server, client
        table.getpid = lua_function(lambda *_: os.getpid())
        table.getppid = lua_function(lambda *_: os.getppid())
        setmetatable(table, new_table(fields={"__index": _missing}))
    return table


def LocalhostTree(nodeIndex: Any = None, numNodes: Any = None, *_: Any) -> Table:
    """A tree of all ranks: `require 'ipc.LocalhostTree'(nodeIndex, numNodes)`."""
    return tree_of(nodeIndex, numNodes)


def SlurmTree(path: Any = None, tasksPerGpu: Any = None, *_: Any) -> Table:
    """A tree of all ranks, numbered as MPI does; `gpu` is the number of this one's card on its
    host, from 1, with `tasksPerGpu` (1) ranks to a card."""
    tree = tree_of(None, None)
    local = int(os.environ.get("SLURM_LOCALID", 0))
    tree.gpu = local // int(tasksPerGpu or 1) + 1
    return tree


FILES: dict[str, Any] = {
    "Tree": lambda globals: Tree,
    "LocalhostTree": lambda globals: LocalhostTree,
    "DiscoveredTree": lambda globals: LocalhostTree,
    "StaticTree": lambda globals: LocalhostTree,
    "SlurmTree": lambda globals: SlurmTree,
    "NullTree": lambda globals: lone_tree,
    "utils": lambda globals: new_table(fields={"walkTable": walk_table}),
}
