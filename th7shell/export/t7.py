"""Torch7's own files."""

from __future__ import annotations

from typing import Any

from th7shell.torch.serialization.api import keep_unknown, load_with, save

from .formats import Options


def read(path: str, options: Options) -> Any:
    """The object of a `.t7` file; objects of unknown classes are kept with their fields."""
    from th7shell import nn  # noqa: F401  registers its classes

    return load_with(path, unknown=keep_unknown())


def write(value: Any, path: str, options: Options) -> None:
    """Write an object as torch.save does."""
    save(path, value)
