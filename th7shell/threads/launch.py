"""Worker processes: forked by a server that is started once, or started anew where the system
cannot fork. One that has done its pool's work waits for the next pool's.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import Any

from th7shell.lua import TorchError
from th7shell.torch.segments import ON_WINDOWS

from .channel import Channel, connection_of, send_descriptors
from .modules import loaded

FORKS = sys.platform not in (
    "win32",
    "darwin",
)  # there a fork may fail, of what system libraries use
ONE_THREAD = ("OPENBLAS", "OMP", "MKL", "VECLIB", "NUMEXPR")  # what reads NAME_NUM_THREADS
_MOST_SPARE = 16  # processes that wait for a next pool
_LONGEST = 20.0  # seconds that a process may take to start


class Process:
    """A worker process: the channel to it, its number, and how it ended."""

    def __init__(self, channel: Channel, number: int, owner: Any) -> None:
        self.channel, self.number, self._owner = channel, number, owner

    def kill(self) -> None:
        """End it at once."""
        self._owner.kill(self.number)

    def ending(self) -> str:
        """How it has ended, in words."""
        code = self._owner.status(self.number)
        if code is None:
            return "does not answer"
        if code >= 0:
            return f"ended with code {code}"
        try:
            name = f" ({signal.Signals(-code).name})"
        except ValueError:
            name = ""
        return f"was killed by signal {-code}{name}"


class ForkServer:
    """The process that forks workers, as its user sees it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        ours, theirs = socket.socketpair()
        with theirs, contextlib.ExitStack() as failing:
            failing.callback(ours.close)
            self._process = _python("forkserver", theirs.fileno())
            failing.pop_all()
        self._socket = ours
        self._connection = connection_of(os.dup(ours.fileno()))

    def start(self) -> Process:
        """Fork a worker."""
        ours, theirs = socket.socketpair()
        with theirs:
            number = self._ask("fork", loaded(), handle=theirs.fileno())
        if isinstance(number, str):
            ours.close()
            raise OSError(number)
        return Process(Channel(connection_of(ours.detach())), number, self)

    def kill(self, number: int) -> None:
        """End a worker at once."""
        with contextlib.suppress(OSError):
            self._ask("kill", number)

    def status(self, number: int) -> int | None:
        """The exit code of a worker that has ended."""
        try:
            return self._ask("status", number)
        except OSError:
            return None

    def _ask(self, *request: Any, handle: int | None = None) -> Any:
        with self._lock:
            try:
                self._connection.send(request)
                if handle is not None:
                    send_descriptors(self._socket, [handle])
                return self._connection.recv()
            except EOFError:
                raise OSError("the server of worker processes has ended") from None

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it and all its workers."""
        self._socket.close()
        self._connection.close()
        _end(self._process)


class Started:
    """A worker that was started anew: the owner of its process."""

    def __init__(self) -> None:
        from multiprocessing import Pipe

        ours, theirs = Pipe()
        with theirs, contextlib.ExitStack() as failing:
            failing.callback(ours.close)
            self._process = _python("child", theirs.fileno())
            failing.pop_all()
        self._channel = Channel(ours)

    def start(self) -> Process:
        """The worker."""
        return Process(self._channel, self._process.pid, self)

    def kill(self, _number: int) -> None:
        """End it at once."""
        self._process.kill()

    def status(self, _number: int) -> int | None:
        """Its exit code, if it has ended."""
        try:
            return self._process.wait(2)
        except subprocess.TimeoutExpired:
            return None

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it."""
        self._process.kill()
        _end(self._process)


class Supply:
    """All worker processes of this program."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spare: list[Process] = []
        self._server: ForkServer | None = None
        self._started: list[Started] = []

    def take(self) -> Process:
        """A worker that waits for a pool. Errors: none can be started."""
        with self._lock:
            while self._spare:
                process = self._spare.pop()
                if process.channel.quiet():
                    return process
                process.channel.close()
            try:
                return self._new()
            except OSError as error:
                instead = "TH7SHELL_THREADS=threads does without"
                raise TorchError(f"no worker process: {error} ({instead})") from error

    def _new(self) -> Process:
        if not FORKS:
            self._started = [one for one in self._started if one.alive()]
            self._started.append(Started())
            return self._started[-1].start()
        if self._server is None or not self._server.alive():
            if self._server is not None:
                self._server.close()
            self._server = ForkServer()
        return self._server.start()

    def give_back(self, process: Process) -> None:
        """A worker has forgotten its pool; it may serve another one."""
        with self._lock:
            if len(self._spare) < _MOST_SPARE:
                self._spare.append(process)
                return
        process.channel.close()

    def close(self) -> None:
        """End all workers."""
        with self._lock:
            for process in self._spare:
                process.channel.close()
            self._spare.clear()
            if self._server is not None:
                self._server.close()
                self._server = None
            for one in self._started:
                one.close()
            self._started.clear()


def _python(module: str, handle: int) -> subprocess.Popen[bytes]:
    """Start Python with `main(handle)` of one of this package's modules."""
    code = f"import sys; sys.path[:] = {sys.path!r}; from {__package__}.{module} import main"
    environment = {**os.environ, **{f"{name}_NUM_THREADS": "1" for name in ONE_THREAD}}
    command = [sys.executable, "-c", f"{code}; main({handle})"]
    if not ON_WINDOWS:
        return subprocess.Popen(command, env=environment, pass_fds=(handle,))
    os.set_handle_inheritable(handle, True)  # type: ignore[attr-defined]
    starting: Any = subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})  # type: ignore[attr-defined]
    return subprocess.Popen(command, env=environment, close_fds=True, startupinfo=starting)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_LONGEST)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


supply = Supply()
atexit.register(supply.close)
