"""Chunks of Lua source as Python functions, in the world that runs."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from . import state
from .cache import compiled
from .errors import LuaSyntaxError
from .marks import CHUNK, ENVIRONMENT, MARK, SOURCE, STRING_FIELDS, WORLD
from .prototypes import declare_fields
from .runtime import HELPERS
from .values import Table


def compile_chunk(source: str, chunk: str, globals: Table | None = None) -> Callable[..., Any]:
    """Compile Lua source (one character a byte) to a function; `globals` is its environment.

    `chunk` names it: `@path` for a file, `=text` as it is, anything else is the source itself. A
    compiled file is kept in the cache. Raises LuaSyntaxError.
    """
    code, names = compiled(source, chunk)
    declare_fields(names)
    if state.current.world.autoload:
        state.provide(names)
    return bind(code, source, chunk, globals)


def bind(code: Any, source: str, chunk: str, globals: Table | None = None) -> Callable[..., Any]:
    """Make a function of a chunk's code."""
    namespace: dict[str, Any] = {MARK + name: helper for name, helper in HELPERS.items()}
    world = state.current.world
    namespace[STRING_FIELDS] = world.strings
    namespace[WORLD] = world
    namespace[CHUNK] = chunk
    namespace[SOURCE] = source
    namespace[ENVIRONMENT] = world.globals if globals is None else globals
    return FunctionType(code, namespace)


def is_complete(text: str) -> bool:
    """Whether no further lines could complete the text: it is a whole chunk, or faulty beyond
    repair."""
    from .compiler.reading import reading

    found = reading(text)
    return not (isinstance(found, LuaSyntaxError) and found.incomplete)
