"""One Lua interpreter: its globals, and how source becomes a function in it."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

from . import state
from .compiler.chunks import CHUNK, SOURCE
from .prototypes import declare_fields
from .runtime import HELPERS
from .values import Table

PREFIX = "ʟ"
ENVIRONMENT = "ɢ"


def compile_chunk(source: str, chunk: str, globals: Table | None = None) -> Callable[..., Any]:
    """Compile Lua source (one character a byte) to a function; `globals` is its environment. Raises LuaSyntaxError.

    `chunk` names it: `@path` for a file, `=text` as it is, anything else is the source itself.
    """
    from .compiler.build import build

    code, names = build(source, chunk)
    declare_fields(names)
    namespace: dict[str, Any] = {PREFIX + name: helper for name, helper in HELPERS.items()}
    namespace[CHUNK] = chunk
    namespace[SOURCE] = source
    namespace[ENVIRONMENT] = state.globals if globals is None else globals
    return FunctionType(code, namespace)


class Interpreter:
    """A Lua state: its globals table with the standard library, and the loading of chunks."""

    def __init__(self) -> None:
        self.globals = Table()
        state.globals = self.globals
        self.globals._G = self.globals
        from .stdlib import install

        install(self.globals)

    def load(self, text: str, chunk: str | None = None) -> Callable[..., Any]:
        """Compile Lua text."""
        return compile_chunk(text, text if chunk is None else chunk, self.globals)

    def load_file(self, path: str) -> Callable[..., Any]:
        """Compile a Lua file."""
        with open(path, encoding="latin-1", newline="") as file:
            return compile_chunk(file.read(), "@" + path, self.globals)

    def run_file(self, path: str, *arguments: Any) -> Any:
        """Run a Lua file and return its results."""
        return self.load_file(path)(*arguments)
