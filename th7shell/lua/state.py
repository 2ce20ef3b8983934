"""The running interpreter's globals table: `state.globals` is Lua's `_G`."""

from __future__ import annotations

from .values import Table

globals = Table()
