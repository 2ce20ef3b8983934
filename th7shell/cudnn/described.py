"""What cuDNN's layers have beside nn's: descriptors to clear, of which there are none here."""

from __future__ import annotations

from typing import Any

from th7shell.lua.callers import nothing
from th7shell.nn.helpers.utils import clear
from th7shell.nn.module import Module


class Described(Module, abstract=True):
    """A layer that would have descriptors, and has a copy of gradOutput among its buffers."""

    def clearDesc(self, *_: Any) -> Any:
        """Nothing: there are no descriptors."""
        return nothing()

    def clearState(self, *_: Any) -> Any:
        """Drop buffers; return self."""
        clear(self, "_gradOutput")
        return super().clearState()
