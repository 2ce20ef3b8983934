"""The fork server: a process with one thread that has imported what workers need and forks them on
request. This file alone uses `os.fork`; systems without it start workers anew (`launch`).

It ends, and ends what it has forked, when the process that started it has closed its connection or
has ended in whatever way.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import time
from collections.abc import Sequence
from typing import Any, NoReturn

from .channel import connection_of, receive_descriptors
from .child import main as serve
from .modules import prepare

_PATIENCE = 2.0  # seconds that a process whose connection has ended may take to end


class Server:
    """The processes that were forked, and the connection to the one that asks."""

    def __init__(self, handle: int) -> None:
        self.connection = connection_of(handle)
        self.socket = socket.socket(fileno=os.dup(handle))
        self.children: set[int] = set()
        self.ended: dict[int, int] = {}  # process → exit code, of those not yet asked for
        self.wakeup = os.pipe()

    def run(self) -> None:
        """Answer requests until the connection ends."""
        for end in self.wakeup:
            os.set_blocking(end, False)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the program's own business
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.wakeup[1])
        try:
            while True:
                ready, _, _ = select.select([self.connection, self.wakeup[0]], [], [])
                if self.wakeup[0] in ready:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self.wakeup[0], 1 << 10)
                self.reap()
                if self.connection in ready:
                    name, *arguments = self.connection.recv()
                    self.connection.send(REQUESTS[name](self, *arguments))
        except (EOFError, OSError):
            pass
        finally:
            for child in self.children:
                with contextlib.suppress(OSError):
                    os.kill(child, signal.SIGKILL)

    def reap(self) -> None:
        """Take note of the children that have ended."""
        while self.children:
            try:
                child, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if child == 0:
                return
            if child in self.children:
                self.children.discard(child)
                self.ended[child] = os.waitstatus_to_exitcode(status)

    def fork(self, modules: Sequence[str]) -> int | str:
        """A new worker that has these modules; its connection's descriptor comes after the request.
        Gives its process's number, or why there is none."""
        (handle,) = receive_descriptors(self.socket, 1)
        child = -1
        if prepare(modules):
            gc.collect()
            gc.freeze()  # the collector does not touch what processes share
        try:
            child = os.fork()
        except OSError as error:
            return error.strerror or str(error)
        finally:
            if child != 0:
                os.close(handle)
        if child == 0:
            self.work(handle)
        self.children.add(child)
        return child

    def work(self, handle: int) -> NoReturn:
        """What a forked process does."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for end in self.wakeup:
                os.close(end)
            self.socket.close()
            self.connection.close()
            serve(handle)
        finally:
            os._exit(1)

    def kill(self, child: int) -> None:
        """End a worker at once."""
        if child in self.children:
            os.kill(child, signal.SIGKILL)

    def status(self, child: int) -> int | None:
        """The exit code of a worker that has ended, minus the signal's number if one ended it; None
        if it has not."""
        end = time.monotonic() + _PATIENCE
        while child in self.children and time.monotonic() < end:
            self.reap()
            time.sleep(0.005)
        return self.ended.pop(child, None)


REQUESTS: dict[str, Any] = {"fork": Server.fork, "kill": Server.kill, "status": Server.status}


def main(handle: int) -> None:
    """Be the fork server of the process that has the other end of a connection."""
    os.set_inheritable(handle, False)
    Server(handle).run()
