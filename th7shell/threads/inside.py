"""Pools whose jobs run on threads of the program's own process, and share its very objects."""

from __future__ import annotations

from typing import Any

from .jobs import LuaState, Queues, serve
from .worker import ThreadCore


def start(number: int, queues: Queues, stopping: list[bool], _broken: Any) -> ThreadCore:
    """Start a pool's worker."""
    return ThreadCore(lambda globals: serve(number, *queues, stopping, LuaState(globals, number)))


def pack(saved: list[Any]) -> list[Any]:
    """What travels for saved values: they themselves."""
    return saved


def unpack(saved: Any) -> list[Any]:
    """The saved values that have arrived."""
    return [saved]
