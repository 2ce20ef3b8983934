"""Messages between processes: Python values in one piece, with the shared memory that they speak
of."""

from __future__ import annotations

import os
import pickle
import socket
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from th7shell.torch.segments import ON_WINDOWS, Segment, opened

_AT_ONCE = 200  # descriptors that the system passes in one message


class Gone(EOFError):
    """The process at the other end has ended."""


class Channel:
    """One end of a connection. Any thread may send; one thread receives."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._socket = None if ON_WINDOWS else socket.socket(fileno=os.dup(connection.fileno()))

    def send(self, message: Any, segments: Sequence[Segment] = ()) -> None:
        """Send a value and segments. Errors: Gone."""
        told = [(s.key, len(s), s.handle if ON_WINDOWS else None) for s in segments]
        data = pickle.dumps((message, told), pickle.HIGHEST_PROTOCOL)
        with self._sending:
            try:
                self._connection.send_bytes(data)
                if segments and self._socket is not None:
                    send_descriptors(self._socket, [s.handle for s in segments])
            except OSError as error:
                raise Gone from error

    def receive(self) -> tuple[Any, list[Segment]]:
        """Wait for a value and its segments. Errors: Gone."""
        try:
            message, told = pickle.loads(self._connection.recv_bytes())
            handles = [name for _, _, name in told]
            if told and self._socket is not None:
                handles = receive_descriptors(self._socket, len(told))
        except (OSError, EOFError) as error:
            raise Gone from error
        return message, [opened(key, size, h) for (key, size, _), h in zip(told, handles)]

    def quiet(self) -> bool:
        """Whether nothing waits to be received, not even the other one's end."""
        try:
            return not self._connection.poll(0)
        except OSError:
            return False

    def close(self) -> None:
        """End the connection."""
        self._connection.close()
        if self._socket is not None:
            self._socket.close()


def send_descriptors(through: socket.socket, handles: Sequence[int]) -> None:
    """Pass open descriptors to the process at the other end."""
    for i in range(0, len(handles), _AT_ONCE):
        socket.send_fds(through, [b"\0"], handles[i : i + _AT_ONCE])


def receive_descriptors(through: socket.socket, count: int) -> list[int]:
    """The descriptors that the other end has passed; programs that are started do not get them.
    Errors: EOFError, where it has ended; OSError, where this process has too many."""
    handles: list[int] = []
    while len(handles) < count:
        byte, got, flags, _ = socket.recv_fds(through, 1, min(count - len(handles), _AT_ONCE))
        handles += got
        if not byte:
            raise EOFError
        if flags & socket.MSG_CTRUNC:
            raise OSError("too many open files")
    for handle in handles:
        os.set_inheritable(handle, False)
    return handles


def connection_of(handle: int) -> Any:
    """The connection of a descriptor, or of a pipe's handle on Windows."""
    if ON_WINDOWS:
        from multiprocessing.connection import PipeConnection  # type: ignore[attr-defined]

        return PipeConnection(handle)
    return Connection(handle)
