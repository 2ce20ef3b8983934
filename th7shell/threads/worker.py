"""A thread with a Lua state of its own: what `threads.Thread` starts, and what a pool's workers run
on."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from th7shell.lua import LuaError, Table, state
from th7shell.lua.compiling import compile_chunk
from th7shell.lua.failures import caught
from th7shell.lua.interpreter import Interpreter, stack_size
from th7shell.lua.stdlib import streams
from th7shell.lua.stdlib.arguments import NONE, check_string
from th7shell.lua.values import tostring

from .primitives import PATIENCE, Core, Handle, declare

_starting = threading.Lock()  # the size of stacks is a setting of the process


class ThreadCore(Core):
    """A running thread; `run(globals)` is what it does."""

    kind = "Thread"

    def __init__(self, run: Callable[[Any], Any]) -> None:
        self._run = run
        self._thread = threading.Thread(target=self._main, name="Lua worker", daemon=True)
        with _starting:
            before = threading.stack_size(stack_size())
            try:
                self._thread.start()
            except RuntimeError:
                raise LuaError("threads: thread new failed", 1) from None
            finally:
                threading.stack_size(before)

    def _main(self) -> None:
        run = self._run
        del self._run  # what it holds is freed when it has ended
        try:
            self._work(run)
        except SystemExit as leaving:  # os.exit ends the program, whichever thread calls it
            streams.flush_all()
            os._exit(leaving.code if isinstance(leaving.code, int) else 1)
        except KeyboardInterrupt:
            return

    def _work(self, run: Callable[[Any], Any]) -> None:
        """Do it with the globals of a new Lua state, in whose world this thread is."""
        interpreter = Interpreter()
        state.enter(interpreter.world)
        try:
            if state.equip is not None:
                state.equip(interpreter.globals)
            run(interpreter.globals)
        finally:
            interpreter.close()

    def join(self) -> None:
        """Wait for its end."""
        while self._thread.is_alive():
            self._thread.join(PATIENCE)

    def interrupt(self) -> None:
        """Stop what it does as Ctrl-C would."""
        interrupt = ctypes.py_object(KeyboardInterrupt)
        number = ctypes.c_ulong(self._thread.ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(number, interrupt)

    def join_until(self, moment: float) -> bool:
        """Wait for its end up to a moment of the monotonic clock; whether it has ended."""
        self._thread.join(max(0.0, moment - time.monotonic()))
        return not self._thread.is_alive()


class Thread(Handle):
    """A thread that runs a text of Lua code in a state of its own: `threads.Thread(code)`."""

    __slots__ = ()
    kind = "Thread"
    methods = ("free", "id")

    def free(self: Any = NONE, *_: Any) -> tuple[()]:
        """Wait for its end."""
        self.core.join()
        return Handle.free(self)


def new_thread(code: Any = NONE, *_: Any) -> Thread:
    """Start a thread."""
    text = check_string(1, code)

    def run(globals: Table) -> None:
        stage = "loadstring"
        try:
            chunk = compile_chunk(text, text, globals)
            stage = "pcall"
            chunk()
        except Exception as error:
            streams.write(f"FATAL THREAD PANIC: ({stage}) {tostring(caught(error))}\n")

    return Thread(ThreadCore(run))


declare(Thread, new_thread)


def finalizing() -> bool:
    """Whether Python itself is ending."""
    return sys.is_finalizing()
