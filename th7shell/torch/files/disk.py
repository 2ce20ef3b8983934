"""`torch.DiskFile`: a file of the system. Upstream: diskfile.md."""

from __future__ import annotations

import io
import os
import sys
import weakref
from typing import Any

from th7shell.lua import BadArgument, TorchError
from th7shell.lua.stdlib.texts import from_system, to_system

from ..classes import TorchClass, typename
from ..types import NONE, type_text
from .channel import StreamChannel
from .file import File
from .modes import MODES, shown_mode


class QuietFailure(Exception):
    """A file that could not be opened and was to be quiet about it: the constructor returns nil."""


class FileClass(TorchClass):
    """The class of files whose constructor may return nil."""

    def __call__(cls, *args: Any, **keywords: Any) -> Any:
        try:
            return super().__call__(*args, **keywords)
        except QuietFailure:
            return None


class DiskFile(File, metaclass=FileClass, name="torch.DiskFile"):
    """Open a file on disk: `torch.DiskFile(name [, mode [, quiet]])`.

    mode: 'r' (default), 'w' or 'rw' (made if it is not there). The file begins in ascii mode. If it
    cannot be opened that is an error, or nil is returned when `quiet` is true.

    >>> f = torch.DiskFile('x.txt', 'w')
    >>> f.writeInt(3)
    >>> f.close()
    """

    __slots__ = ("_name",)

    def __init__(self, name: Any = NONE, mode: Any = None, quiet: Any = None, *_: Any) -> None:
        if not isinstance(name, (str, os.PathLike)):
            raise BadArgument(1, f"string expected, got {type_text(name)}")
        mode = checked_mode(mode, MODES, "file mode should be 'r','w' or 'rw'")
        quiet = quiet is not None and quiet is not False
        self._name = name if isinstance(name, str) else from_system(os.fspath(name))
        try:
            raw = _open(to_system(name), mode)
        except (OSError, ValueError):
            if quiet:
                raise QuietFailure from None
            raise TorchError(f"cannot open <{self._name}> in mode {shown_mode(mode)}") from None
        channel = StreamChannel(raw)
        weakref.finalize(self, finish, channel)  # also at the interpreter's end
        self._open(channel, mode, quiet)

    def isLittleEndianCPU(self, *_: Any) -> bool:
        """Whether this computer puts the low byte first."""
        return sys.byteorder == "little"

    def isBigEndianCPU(self, *_: Any) -> bool:
        """Whether this computer puts the high byte first."""
        return sys.byteorder == "big"

    def nativeEndianEncoding(self, *_: Any) -> DiskFile:
        """In binary mode, order the bytes of numbers as this computer does. This is the default."""
        self.opened()
        self._big_endian = sys.byteorder == "big"
        return self

    def littleEndianEncoding(self, *_: Any) -> DiskFile:
        """In binary mode, put the low byte of numbers first."""
        self.opened()
        self._big_endian = False
        return self

    def bigEndianEncoding(self, *_: Any) -> DiskFile:
        """In binary mode, put the high byte of numbers first."""
        self.opened()
        self._big_endian = True
        return self

    def noBuffer(self, *_: Any) -> DiskFile:
        """Hand every write to the system at once, and read no more than is asked for."""
        channel = self.opened()
        assert isinstance(channel, StreamChannel)
        channel.buffered = False
        channel.flush()
        return self

    def __str__(self) -> str:
        status, mode = self._status()
        return f"{typename(self)} on <{self._name}> [status: {status} -- mode {mode}]"


def checked_mode(mode: Any, allowed: Any, message: str) -> str:
    """The mode argument of a constructor, 'r' if it was not given."""
    if mode is None or mode is NONE:
        return "r"
    if not isinstance(mode, str):
        raise BadArgument(2, f"string expected, got {type_text(mode)}")
    if mode not in allowed:
        raise BadArgument(2, message)
    return mode


def _open(path: Any, mode: str) -> io.FileIO:
    if mode != "rw":
        return io.FileIO(path, mode)
    try:
        return io.FileIO(path, "r+")
    except FileNotFoundError:
        return io.FileIO(path, "w+")


def finish(channel: StreamChannel) -> None:
    """Close a channel whose file nobody holds any more."""
    try:
        channel.close()
    except OSError:  # nobody is left who could be told
        return
