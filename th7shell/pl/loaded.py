"""Penlight's modules as the running interpreter has them."""

from __future__ import annotations

from typing import Any

from th7shell.lua import rawget, state


def module(name: str) -> Any:
    """The running interpreter's `require 'pl.NAME'`."""
    found = rawget(state.globals.package.loaded, f"pl.{name}")
    return state.globals.require(f"pl.{name}") if found is None else found
