"""Doing jobs: a Lua state that does them, and the loop that takes them from a pool's queues."""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, new_table, rawset, state
from th7shell.lua.failures import caught
from th7shell.lua.stdlib.debug import traceback
from th7shell.lua.stdlib.protected import xpcall
from th7shell.lua.values import tostring

from .queue import QueueCore, unpacked

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

Queues = tuple[QueueCore, QueueCore, QueueCore]  # of a thread: its own, the common one, results
JOB, SPECIFIC, STOP = range(3)  # what an entry of a queue asks for


class LuaState:
    """The state that a thread of a pool has for itself."""

    def __init__(self, globals: Table, number: int) -> None:
        self.globals = globals
        rawset(globals, "__threadid", number)
        rawset(globals, "__queue_running", True)
        rawset(globals, "__queue_specific", True)

    @property
    def specific(self) -> bool:
        """Whether it takes its own jobs only."""
        return bool(self.globals["__queue_specific"])

    @specific.setter
    def specific(self, flag: bool) -> None:
        rawset(self.globals, "__queue_specific", flag)

    @property
    def running(self) -> bool:
        """Whether no job has ended it."""
        return bool(self.globals["__queue_running"])

    def do(self, saved: Any, count: int, serialize: str) -> tuple[bool, Any, int]:
        """Whether a job, its function and `count` arguments saved, succeeded; its results or error,
        saved, and their number; a text is the error of what could not be saved or loaded."""
        stage = "dojob"
        try:
            callback, arguments = (_library(serialize).load(each) for each in saved)
            given = unpacked(arguments, count)
            succeeded, *values = xpcall(callback, traceback, *given)
            stage = "addjob"
            return succeeded, _library(serialize).save(new_table(values)), len(values)
        except Exception as error:
            return False, f"FATAL THREAD PANIC: ({stage}) {text_of(error)}", 1

    def end(self) -> None:
        """Nothing more is to come."""


def serve(
    number: int, own: QueueCore, common: QueueCore, results: QueueCore, stopping: Any, lua: Any
) -> None:
    """Let a Lua state do the jobs of a pool's thread until one stops it."""
    while not stopping:
        kind, content, job = (own if lua.specific else common).take()
        succeeded, saved, count = True, "", 0
        try:
            if kind == JOB:
                succeeded, saved, count = lua.do(*content, results.serialize)
            elif kind == SPECIFIC:
                lua.specific = content
        except Exception as error:
            succeeded, saved, count = False, text_of(error), 1
        results.put((job, number, succeeded, saved, count))
        del content, saved
        if kind == STOP or not lua.running:
            lua.end()
            return


def _library(name: str) -> Any:
    return state.globals.require(name)


def text_of(error: BaseException) -> str:
    """The text of an error, as Lua sees it."""
    return tostring(caught(error))
