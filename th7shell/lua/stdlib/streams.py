"""The standard streams as Lua sees them: bytes, over whatever sys.stdin, sys.stdout and sys.stderr
are at the time.

Text goes through Python's own text layer, so that Lua's output and Python's keep their order and a
front end that replaces sys.stdout sees both; bytes that are no UTF-8 pass unchanged.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import sys
import weakref
from typing import Any

from ..errors import TorchError, lua_text
from .texts import to_text


class Unwritable(TorchError, OSError):
    """A standard stream takes no more: to Lua an error."""

    def __init__(self, name: str, error: OSError) -> None:
        self.errno, self.strerror = error.errno, error.strerror
        stream = "output" if name == "stdout" else "error"
        TorchError.__init__(self, f"standard {stream}: {error.strerror or error}")


open_files: weakref.WeakSet[Any] = weakref.WeakSet()
_prepared: dict[str, Any] = {}


def _stream(name: str) -> Any:
    """Give sys.stdout or sys.stderr, made to take any byte and to leave line ends alone."""
    stream = getattr(sys, name)
    if _prepared.get(name) is not stream:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape", newline="\n")
        _prepared[name] = stream
    return stream


def write(text: str, name: str = "stdout") -> None:
    """Write a Lua string to a standard stream. Errors: what the system says, as Lua's."""
    write_text(text if text.isascii() else to_text(lua_text(text)), name)


def write_text(text: str, name: str = "stdout") -> None:
    """Write text of Python's to a standard stream. Errors: what the system says, as Lua's."""
    try:
        _stream(name).write(text)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unwritable(name, error) from None


def redirect(name: str, stream: Any) -> None:
    """Let sys.stdout or sys.stderr be another stream."""
    setattr(sys, name, stream)


def flush(name: str = "stdout") -> None:
    """Hand over what a standard stream still holds."""
    stream = getattr(sys, name)
    if stream is not None:
        try:
            stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise Unwritable(name, error) from None


def flush_all() -> None:
    """Write out all open files and streams."""
    for name in ("stdout", "stderr"):
        flush(name)
    for file in list(open_files):
        file.flush()


def standard_input() -> Any:
    """Give standard input as a buffered binary file."""
    stream = sys.stdin
    buffer = getattr(stream, "buffer", None)
    if buffer is not None:
        return buffer
    if _prepared.get("stdin") is not stream:
        _prepared["stdin"] = stream
        _prepared["stdin buffer"] = io.BufferedReader(_TextLines(stream))
    return _prepared["stdin buffer"]


class _TextLines(io.RawIOBase):
    """A text stream that has no binary one below it, read as bytes line by line."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        if not self._rest:
            self._rest = self._stream.readline().encode("utf-8", "surrogateescape")
        n = min(len(target), len(self._rest))
        target[:n], self._rest = self._rest[:n], self._rest[n:]
        return n


def _flush_at_exit() -> None:
    with contextlib.suppress(Unwritable, BrokenPipeError):  # said before
        flush_all()


atexit.register(_flush_at_exit)
