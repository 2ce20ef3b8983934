"""The modes of a file, and the flags that tell them."""

from __future__ import annotations

import sys
from typing import Any, Self

from ..classes import TorchClass
from ..operators import TorchObject
from .channel import Channel

MODES = {"r", "w", "rw"}


class Modes(TorchObject, metaclass=TorchClass, abstract=True):
    """What a file is opened for, how it spells numbers, and what it does about errors."""

    __slots__ = (
        "__weakref__",
        "_auto_spacing",
        "_big_endian",
        "_binary",
        "_channel",
        "_error",
        "_long_size",
        "_memo",
        "_mode",
        "_quiet",
    )

    _channel: Channel | None

    def _open(self, channel: Channel, mode: str, quiet: bool) -> None:
        self._channel = channel
        self._mode = mode
        self._quiet = quiet
        self._binary = False
        self._auto_spacing = True
        self._error = False
        self._big_endian = sys.byteorder == "big"
        self._long_size = 0
        self._memo: Any = None

    def ascii(self, *_: Any) -> Self:
        """Read and write numbers as text. This is the default."""
        self._binary = False
        return self

    def binary(self, *_: Any) -> Self:
        """Read and write numbers as the computer holds them."""
        self._binary = True
        return self

    def autoSpacing(self, *_: Any) -> Self:
        """In ascii mode, write a space between elements and end each write with a newline (the
        default)."""
        self._auto_spacing = True
        return self

    def noAutoSpacing(self, *_: Any) -> Self:
        """In ascii mode, write numbers without spaces and newlines."""
        self._auto_spacing = False
        return self

    def quiet(self, *_: Any) -> Self:
        """Raise no errors in reading and writing; `hasError` tells whether there were any."""
        self._quiet = True
        return self

    def pedantic(self, *_: Any) -> Self:
        """Raise an error when reading or writing fails. This is the default."""
        self._quiet = False
        return self

    def clearError(self, *_: Any) -> Self:
        """Forget the error that `hasError` reports."""
        self._error = False
        return self

    def hasError(self, *_: Any) -> bool:
        """Whether an error happened since the file was opened or `clearError` was called."""
        return self._error

    def isQuiet(self, *_: Any) -> bool:
        """Whether the file is quiet."""
        return self._quiet

    def isReadable(self, *_: Any) -> bool:
        """Whether the file may be read."""
        return "r" in self._mode

    def isWritable(self, *_: Any) -> bool:
        """Whether the file may be written."""
        return "w" in self._mode

    def isBinary(self, *_: Any) -> bool:
        """Whether the file is in binary mode."""
        return self._binary

    def isAutoSpacing(self, *_: Any) -> bool:
        """Whether ascii mode writes spaces and newlines."""
        return self._auto_spacing

    def _status(self) -> tuple[str, str]:
        return "open" if self._channel is not None else "closed", shown_mode(self._mode)


def shown_mode(mode: str) -> str:
    """`r `, ` w` or `rw`, as messages show a mode."""
    return ("r" if "r" in mode else " ") + ("w" if "w" in mode else " ")
