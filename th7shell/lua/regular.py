"""Regular expressions that are compiled when they are first used: most of a program's runs need
few of those that its files name, and compiling one takes longer than a file's other lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any


class _Later:
    """Stands for a compiled expression; each method is read from it once."""

    def __init__(self, text: str | bytes, flags: int) -> None:
        self._source: Any = text, flags

    def __getattr__(self, name: str) -> Any:
        value = getattr(re.compile(*self._source), name)
        setattr(self, name, value)
        return value


if TYPE_CHECKING:
    from re import compile as pattern
else:

    def pattern(text: str | bytes, flags: int = 0) -> _Later:
        """What `re.compile` gives, as far as its methods and attributes go."""
        return _Later(text, flags)
