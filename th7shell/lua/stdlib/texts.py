"""Bytes and text: Lua strings hold bytes, one latin-1 character each; the system's names and
streams want text."""

from __future__ import annotations

import errno
import os
from typing import Any

from ..errors import TorchError
from ..keys import ESCAPED


class BadName(TorchError, OSError):
    """A string that can name no file and no command: to Lua an error, to code that handles what the
    system refuses one of those."""

    def __init__(self, name: str, code: int) -> None:
        shown = name.encode("ascii", "backslashreplace").decode().replace("\0", "\\0")
        TorchError.__init__(self, f"{shown}: {os.strerror(code)}")  # OSError's forgets the errno
        self.errno, self.strerror, self.filename = code, os.strerror(code), name


def to_system(name: str | os.PathLike[Any]) -> str:
    """Turn a Lua string into the text that Python's file and process functions take; a path object
    of Python's is that text already. This is the one way from Lua to the file system.

    Errors: a zero byte, or what the file system's encoding cannot hold (BadName, an OSError).
    """
    if not isinstance(name, str):
        text = os.fsdecode(name)
    elif name.isascii():
        text = name
    else:
        try:
            return _whole(os.fsdecode(name.encode("latin-1")), name)
        except UnicodeEncodeError:  # no bytes: text, from Python
            text = name
    return _whole(text, text)


def _whole(text: str, name: str) -> str:
    if "\0" in text:
        raise BadName(name, errno.EINVAL)
    if not text.isascii():
        try:
            os.fsencode(text)
        except UnicodeEncodeError:
            raise BadName(name, errno.EILSEQ) from None
    return text


def from_system(text: str) -> str:
    """Turn a name or message that the system gave into a Lua string."""
    return text if text.isascii() else os.fsencode(text).decode("latin-1")


def to_text(s: str) -> str:
    """Turn a Lua string into text, taking its bytes for UTF-8; bytes that are not stay
    recoverable."""
    return s if s.isascii() else s.encode("latin-1").decode("utf-8", "surrogateescape")


def from_text(text: str) -> str:
    """Turn text into a Lua string of its UTF-8 bytes."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("latin-1")


def is_field(attribute: str) -> bool:
    """Tell whether an attribute stands for a string key of Lua's: not a slot's nor one of Python's
    own specials."""
    if attribute[:1] > "\xff":
        return attribute.startswith(ESCAPED)
    return not (attribute.startswith("__") and attribute.endswith("__"))


def failure(error: OSError | ValueError, name: str | None = None) -> tuple[None, str, int]:
    """Give the triple nil, message, code by which the io and os libraries report an error of the
    system."""
    code = getattr(error, "errno", None)
    if (
        code is None
    ):  # io.UnsupportedOperation: a read of a file opened for writing, or the other way round
        code = errno.EINVAL if error.__class__ is ValueError else errno.EBADF
    message = os.strerror(code)
    return None, f"{name}: {message}" if name is not None else message, code


def exit_status(status: int) -> tuple[Any, str, int]:
    """Give a finished process's result as Lua does: true or nil, "exit" or "signal", and the
    code."""
    if status < 0:
        return None, "signal", -status
    return True if status == 0 else None, "exit", status
