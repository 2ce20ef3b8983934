"""A worker process: it keeps a Lua state for the pool that it serves and does what comes over its
channel.

The main thread receives, and ends the process when the program has gone; Lua runs on a thread whose
stack has room. What Lua prints goes to the program, which prints it.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import queue
import signal
import sys
import threading
from typing import Any, NoReturn

from th7shell.lua import order, state
from th7shell.lua.interpreter import DEEP, Interpreter, stack_size
from th7shell.lua.stdlib import streams
from th7shell.torch import cuda_types, utilities
from th7shell.torch.segments import Segment

from . import primitives, serialize
from .channel import Channel, Gone, connection_of
from .jobs import LuaState, text_of
from .locks import Home
from .modules import News, prepare
from .sharing import Cargo, Shipment, book

_THREADS = 2  # of this process, while no job has started one


class Output(io.TextIOBase):
    """Standard output or error: its text goes to the program, a line or a flush at a time."""

    def __init__(self, channel: Channel, name: str) -> None:
        self._channel, self._name = channel, name
        self._held: list[str] = []

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._held.append(text)
        if "\n" in text or self._name == "stderr":
            self.flush()
        return len(text)

    def flush(self) -> None:
        if self._held:
            text, self._held = "".join(self._held), []
            with contextlib.suppress(Gone):
                self._channel.send(("output", self._name, text))


class Worker:
    """The Lua state of a worker process, and what it is asked to do."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.lua: LuaState | None = None
        self.interpreter: Interpreter | None = None
        self.news = News()
        self.tasks: queue.SimpleQueue[tuple[Any, list[Segment]]] = queue.SimpleQueue()

    def run(self) -> None:
        """Do tasks, one after the other."""
        try:
            while True:
                (name, *arguments), segments = self.tasks.get()
                TASKS[name](self, segments, *arguments)
                del arguments, segments
        except SystemExit as leaving:  # os.exit ends the program, whichever thread calls it
            self.flush()
            self.channel.send(("exit", leaving.code if isinstance(leaving.code, int) else 1))
        except Gone:
            os._exit(1)

    def begin(self, _segments: Any, number: int, settings: dict[str, Any]) -> None:
        """Have a new Lua state."""
        with contextlib.suppress(OSError):
            os.chdir(settings["folder"])
        if dict(os.environ) != settings["environment"]:
            os.environ.clear()
            os.environ.update(settings["environment"])
        prepare(settings["modules"])
        order.insertion(settings["insertion"])
        if settings["cuda"]:
            cuda_types.enable(quietly=True)
        if utilities.chosen_threads:
            utilities.setnumthreads(1)
        interpreter = self.interpreter = Interpreter()
        state.enter(interpreter.world)
        if state.equip is not None:
            state.equip(interpreter.globals)
        self.lua = LuaState(interpreter.globals, number)

    def job(
        self,
        segments: list[Segment],
        modules: list[str],
        cargo: Cargo,
        count: int,
        serializer: str,
    ) -> None:
        """Do a job and send its results."""
        prepare(modules)
        watched: list[Any] = []
        shipment = Shipment(cargo, segments)
        try:
            saved = book.unpack(shipment, from_above=True)
            watched = [book.find(key) for keys in cargo.carried for key in keys]
        except Exception as error:
            succeeded, results, count = False, f"FATAL THREAD PANIC: (dojob) {text_of(error)}", 1
        else:
            assert self.lua is not None
            succeeded, results, count = self.lua.do(saved, count, serializer)
        self.flush()
        self.done(succeeded, results, count, watched)

    def done(self, succeeded: bool, results: Any, count: int, watched: list[Any]) -> None:
        """Send results, or an error's text, and what the job has changed of what it was given."""
        text, shipment = "", Shipment(Cargo([], [], {}, set()), [])
        try:
            if isinstance(results, str):
                text = results
            else:
                shipment = book.pack([results], watched, upwards=True)
        except Exception as error:
            succeeded, text, count = False, f"FATAL THREAD PANIC: (addjob) {text_of(error)}", 1
        state = self.news.take(), self.running()
        done = ("done", succeeded, text, shipment.cargo, count, *state)
        self.channel.send(done, shipment.segments)

    def running(self) -> bool:
        """Whether the last job has not ended the Lua state."""
        return self.lua is not None and self.lua.running

    def specific(self, _segments: Any, flag: bool) -> None:
        """Let Lua know whose jobs it takes."""
        if self.lua is not None:
            self.lua.specific = flag

    def end(self, _segments: Any) -> None:
        """Forget the Lua state; whether another pool may have this process."""
        if self.interpreter is not None:
            self.interpreter.close()
        self.lua = self.interpreter = None
        state.enter(state.MAIN)
        self.flush()
        self.channel.send(("ended", threading.active_count() <= _THREADS))
        gc.collect()  # what the state held, shared memory too

    def flush(self) -> None:
        """Send what was printed."""
        streams.flush("stdout")
        streams.flush("stderr")


TASKS: dict[str, Any] = {
    "begin": Worker.begin,
    "end": Worker.end,
    "job": Worker.job,
    "specific": Worker.specific,
}


def main(handle: int) -> NoReturn:
    """Be a worker whose channel is the connection of a descriptor."""
    channel = Channel(connection_of(handle))
    sys.setrecursionlimit(max(DEEP, sys.getrecursionlimit()))
    signal.signal(signal.SIGINT, lambda *_: None)  # the program ends its workers itself
    worker, home = Worker(channel), Home(channel)
    primitives.home[:] = [home]
    serialize.copied[:] = [True]
    for name in ("stdout", "stderr"):
        streams.redirect(name, Output(channel, name))
    threading.stack_size(stack_size())
    threading.Thread(target=worker.run, name="Lua", daemon=True).start()
    threading.stack_size(0)
    try:
        while True:
            message, segments = channel.receive()
            if message[0] == "answer":
                home.answered(*message[1:])
            else:
                worker.tasks.put((message, segments))
            del message, segments
    finally:
        os._exit(0)  # the program has gone, whatever Lua does
