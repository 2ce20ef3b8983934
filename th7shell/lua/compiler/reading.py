"""Texts that were parsed a moment ago: whether an entry is complete, its colours, the toolbar and
the compiler ask about one text, which is parsed once."""

from __future__ import annotations

from collections import OrderedDict

from ..errors import LuaSyntaxError
from . import tree
from .parser import parse

_MOST = 8  # texts
_read: OrderedDict[str, tree.Function | LuaSyntaxError] = OrderedDict()


def reading(text: str) -> tree.Function | LuaSyntaxError:
    """The tree of a text, or why it has none, with positions in "entry"."""
    found = _read.get(text)
    if found is None:
        try:
            found = parse(text, "=entry")
        except LuaSyntaxError as error:
            found = error.with_traceback(None)
        _read[text] = found
        if len(_read) > _MOST:
            _read.popitem(last=False)
    return found


def taken(text: str, chunk: str) -> tree.Function:
    """The tree of a text for the compiler, which changes it. Raises LuaSyntaxError."""
    found = _read.pop(text, None)
    return found if isinstance(found, tree.Function) else parse(text, chunk)
