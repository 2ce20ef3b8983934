"""The choice that pooling layers share: whether the last windows may hang over the border."""

from __future__ import annotations

from typing import Any

from ..module import Module


class CeilMode(Module, abstract=True):
    """A pooling layer whose output sizes are rounded down (`floor`) or up (`ceil`)."""

    def ceil(self, *_: Any) -> Any:
        """Let the last windows hang over the border; return self."""
        self.ceil_mode = True
        return self

    def floor(self, *_: Any) -> Any:
        """Only take windows that fit (the default); return self."""
        self.ceil_mode = False
        return self
