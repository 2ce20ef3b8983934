"""`torch.PipeFile`: the input or output of a command. Upstream: pipefile.md."""

from __future__ import annotations

import weakref
from typing import Any

from th7shell.lua import BadArgument, TorchError
from th7shell.lua.stdlib.texts import to_system

from ..types import NONE, type_text
from .channel import StreamChannel
from .disk import DiskFile, QuietFailure, checked_mode, finish
from .modes import shown_mode


class PipeFile(DiskFile, name="torch.PipeFile"):
    """Run a command and read what it prints, or write its input: `torch.PipeFile(command [, mode [,
    quiet]])`.

    mode: 'r' (default) or 'w'. The command is given to the system's shell. Closing the file waits
    for it.

    >>> torch.PipeFile('echo hello').readString('*a')
    """

    __slots__ = ("_process",)

    def __init__(self, command: Any = NONE, mode: Any = None, quiet: Any = None, *_: Any) -> None:
        if not isinstance(command, str):
            raise BadArgument(1, f"string expected, got {type_text(command)}")
        mode = checked_mode(mode, ("r", "w"), "file mode should be 'r','w'")
        import subprocess  # needed by few programs

        quiet = quiet is not None and quiet is not False
        self._name = command
        reading = mode == "r"
        try:
            self._process = subprocess.Popen(
                to_system(command),
                shell=True,
                bufsize=0,
                stdin=None if reading else subprocess.PIPE,
                stdout=subprocess.PIPE if reading else None,
            )
        except (OSError, ValueError):
            if quiet:
                raise QuietFailure from None
            raise TorchError(
                f"cannot open <{command}> in mode {shown_mode(mode)}.  "
                "This might be because eg the executable doesn't exist, "
                "but it could also be because you are out of memory."
            ) from None
        raw: Any = self._process.stdout if reading else self._process.stdin
        channel = StreamChannel(raw)
        weakref.finalize(self, _end, channel, self._process)
        self._open(channel, mode, quiet)

    def close(self, *_: Any) -> PipeFile:
        """Close the pipe and wait for the command to end."""
        super().close()
        self._process.wait()
        return self


def _end(channel: StreamChannel, process: Any) -> None:
    finish(channel)
    process.wait()
