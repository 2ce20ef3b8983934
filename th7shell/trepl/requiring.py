"""th's `require`: names that begin with a dot are files beside the one that asks; others fall back
to `./name`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from th7shell import lua
from th7shell.lua import LuaError, Table
from th7shell.lua.marks import CHUNK
from th7shell.lua.stdlib.texts import from_system, to_system

if TYPE_CHECKING:
    from pathlib import Path


class Requirer:
    """`require` over the plain one of the language."""

    def __init__(self, globals: Table) -> None:
        self.globals = globals
        self.plain: Callable[..., Any] = globals.require

    def require(self, name: Any = None, *_: Any) -> Any:
        """Load a package once and return its value. './name' and '../name' are files beside the
        calling one (.lua, .th .net .t7 serialized, .json, or a folder with init.lua), run each
        time."""
        if not isinstance(name, str):
            return self.plain(name)
        if name.startswith("."):
            return self.relative(name, calling_folder(sys._getframe(1)))
        try:
            return self.plain(name)
        except LuaError as first:
            if not_found(first, name):
                found = self.find(to_system(name))
                if found is not None:
                    return found()
            raise

    def relative(self, name: str, folder: Path) -> Any:
        """What file `name`, seen from `folder`, returns."""
        place = str(folder / to_system(name))
        found = self.find(place)
        if found is None:
            shown = from_system(place)
            raise LuaError(
                f"module '{name}' not found: no file {shown}.lua, no folder with init.lua", 1
            )
        return found()

    def find(self, path: str) -> Callable[[], Any] | None:
        """The loader of the first file that `path` may stand for, None when there is none."""
        from pathlib import Path

        place = Path(path)
        for suffix in ("", ".lua", ".th", ".net", ".t7", ".json", "/init.lua"):
            file = Path(f"{place}{suffix}")
            if file.is_file():
                kind = file.suffix.lower()
                loader = self.serialized if kind in (".th", ".net", ".t7") else self.dofile
                if kind == ".json":
                    loader = self.json
                return lambda: loader(from_system(str(file)))
        return None

    def dofile(self, path: str) -> Any:
        """Run a Lua file."""
        return self.globals.dofile(path)

    def serialized(self, path: str) -> Any:
        """Load a file that torch.save wrote."""
        if path.lower().endswith(".net"):
            self.plain("nn")
        return self.plain("torch").load(path)

    def json(self, path: str) -> Any:
        """Read a JSON file as tables."""
        import json
        from pathlib import Path

        return lua_of(json.loads(Path(to_system(path)).read_bytes()))


def lua_of(value: Any) -> Any:
    """A JSON value as Lua's: lists and objects are tables, texts are bytes."""
    if isinstance(value, list):
        return lua.new_table(map(lua_of, value))
    if isinstance(value, dict):
        return lua.new_table([], {lua_of(k): lua_of(v) for k, v in value.items()})
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass").decode("latin-1")
    return value


def not_found(error: LuaError, name: str) -> bool:
    """Whether `require` failed because there is no such module, not because loading it failed."""
    return isinstance(error.value, str) and f"module '{name}' not found" in error.value


def calling_folder(frame: Any) -> Path:
    """The folder of the innermost Lua file at or above a Python frame; the working folder when
    there is none."""
    from pathlib import Path

    while frame is not None:
        chunk = frame.f_globals.get(CHUNK, "")
        if chunk.startswith("@"):
            return Path(to_system(chunk[1:])).parent
        frame = frame.f_back
    return Path(".")
