"""Bytes and text: Lua strings hold bytes, one latin-1 character each; the system's names and
streams want text."""

from __future__ import annotations

import os
from typing import Any

from ..values import ESCAPE


def to_system(s: str) -> str:
    """Turn a Lua string into the text that Python's file and process functions take."""
    return s if s.isascii() else os.fsdecode(s.encode("latin-1"))


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
        return attribute.startswith(ESCAPE)
    return not (attribute.startswith("__") and attribute.endswith("__"))


def failure(error: OSError | ValueError, name: str | None = None) -> tuple[None, str, int]:
    """Give the triple nil, message, code by which the io and os libraries report an error of the
    system."""
    code = getattr(error, "errno", None)
    if (
        code is None
    ):  # io.UnsupportedOperation: a read of a file opened for writing, or the other way round
        import errno

        code = errno.EINVAL if error.__class__ is ValueError else errno.EBADF
    message = os.strerror(code)
    return None, f"{name}: {message}" if name is not None else message, code


def exit_status(status: int) -> tuple[Any, str, int]:
    """Give a finished process's result as Lua does: true or nil, "exit" or "signal", and the
    code."""
    if status < 0:
        return None, "signal", -status
    return True if status == 0 else None, "exit", status
