"""Pools whose jobs run in worker processes, at the same time as the program.

For each worker the program has a thread, which does nothing but take its jobs from the pool's
queues, send them, and wait for their results.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from th7shell.lua import LuaError, order
from th7shell.lua.stdlib import streams
from th7shell.torch import cuda_types

from .channel import Gone
from .jobs import Queues, serve
from .launch import Process, supply
from .locks import Guest
from .modules import News, loaded, prepare
from .sharing import Shipment, book
from .worker import ThreadCore

pack, unpack = book.pack, book.unpack


def start(number: int, queues: Queues, stopping: list[bool], broken: list[bool]) -> ThreadCore:
    """Start a pool's worker; `broken` gets an entry when its process has ended by itself."""
    return Feeder(number, queues, stopping, broken)


class Feeder(ThreadCore):
    """The thread of this process that keeps a worker process busy."""

    def __init__(
        self, number: int, queues: Queues, stopping: list[bool], broken: list[bool]
    ) -> None:
        worker = self._worker = WorkerState(number, supply.take(), broken)
        super().__init__(lambda _: serve(number, *queues, stopping, worker))

    def _work(self, run: Callable[[Any], Any]) -> None:
        """Do it; it needs no Lua state."""
        run(None)

    def interrupt(self) -> None:
        """End the worker process, and the thread."""
        self._worker.kill()
        super().interrupt()


class WorkerState:
    """The Lua state in a worker process, as its feeder sees it."""

    def __init__(self, number: int, process: Process, broken: list[bool]) -> None:
        self._process, self._broken = process, broken
        self._guest = Guest(process.channel)
        self._specific = self.running = True
        self._told = ""
        self._ending = threading.Lock()
        self._news = News()
        self._send(("begin", number, _settings()))

    def do(self, shipment: Shipment, count: int, serializer: str) -> tuple[bool, Any, int]:
        """Have a job done: whether it succeeded, its results or an error's text, their number."""
        job = ("job", self._news.take(), shipment.cargo, count, serializer)
        self._send(job, shipment.segments)
        done, segments = self._answer("done")
        succeeded, text, cargo, count, modules, self.running = done
        prepare(modules)
        return succeeded, text or Shipment(cargo, segments), count

    @property
    def specific(self) -> bool:
        """Whether it takes its own jobs only."""
        return self._specific

    @specific.setter
    def specific(self, flag: bool) -> None:
        self._specific = flag
        self._send(("specific", flag))

    def end(self) -> None:
        """Have the process forget the Lua state, and give it back."""
        try:
            self._send(("end",))
            (reusable,), _ = self._answer("ended")
        except LuaError:
            return
        self._guest.leave()
        with self._ending:
            process, self._process = self._process, None  # type: ignore[assignment]
        if reusable:
            supply.give_back(process)
        else:
            process.channel.close()

    def kill(self) -> None:
        """End the process."""
        with self._ending:
            if self._process is not None:
                self._process.kill()

    def _send(self, message: Any, segments: Any = ()) -> None:
        try:
            self._process.channel.send(message, segments)
        except Gone:
            raise self._gone() from None

    def _answer(self, awaited: str) -> tuple[Any, Any]:
        """What the worker answers, after all that it has to say or to ask meanwhile."""
        while True:
            try:
                (name, *values), segments = self._process.channel.receive()
            except Gone:
                raise self._gone() from None
            if name == awaited:
                return values, segments
            if name == "output":
                streams.write_text(values[1], values[0])
            elif name == "call":
                self._guest.call(*values)
            elif name == "exit":
                raise SystemExit(values[0])

    def _gone(self) -> LuaError:
        """The error of a worker process that has ended."""
        self._guest.leave()
        self._broken.append(True)
        if not self._told:
            self._told = self._process.ending()
        worker = f"worker process {self._process.number}"
        return LuaError(f"{worker} {self._told}; the pool has ended", 0)


def _settings() -> dict[str, Any]:
    """What a worker takes over of this process."""
    try:
        folder = os.getcwd()
    except OSError:
        folder = os.sep
    return {
        "folder": folder,
        "environment": dict(os.environ),
        "insertion": order.by_insertion(),
        "cuda": cuda_types.enabled(),
        "modules": loaded(),
    }
