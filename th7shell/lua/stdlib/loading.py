"""Loading of code: load, loadstring, loadfile, dofile. Source is text, or a function that
string.dump wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..compiling import compile_chunk
from ..errors import LuaError, LuaSyntaxError
from ..values import Table, first, lua_type, number_text
from . import streams
from .arguments import NONE, check_function, opt_string
from .texts import failure, to_system


def load_text(
    text: str, chunk: str, mode: str | None = None, env: Table | None = None
) -> Callable[..., Any]:
    """Make a function of source text or a dump. Raises LuaError with what is wrong with it."""
    binary = text.startswith("\x1b")
    if mode is not None and ("b" if binary else "t") not in mode:
        raise LuaError("attempt to load chunk with wrong mode")
    if binary:
        from .dumping import load_dump

        return load_dump(text, env)
    return compile_chunk(text, chunk, env)


def load_file(
    name: str | None, mode: str | None = None, env: Table | None = None
) -> Callable[..., Any]:
    """Make a function of a file, of standard input without a name. Raises LuaError."""
    if name is None:
        text, chunk = streams.standard_input().read().decode("latin-1"), "=stdin"
    else:
        chunk = "@" + name
        try:
            with open(to_system(name), encoding="latin-1", newline="") as file:
                text = file.read()
        except OSError as error:
            raise LuaError(f"cannot open {failure(error, name)[1]}") from error
    return load_text(text, chunk, mode, env)


def _environment(env: Any) -> Table | None:
    return env if isinstance(env, Table) else None


def load(source: Any = NONE, name: Any = None, mode: Any = None, env: Any = None, *_: Any) -> Any:
    """Compile a chunk from a string, or from a function that gives it in pieces; nil and a message
    if it is faulty.

    name: what error messages call it; mode: "t" for text, "b" for dumps; env: the table of its
    globals. Example: `load("return 1 + 1")()` is 2.
    """
    chunk, mode = opt_string(2, name), opt_string(3, mode)
    kind = source.__class__
    if kind is int or kind is float:
        source, kind = number_text(source), str
    try:
        if kind is not str:
            source = _gathered(check_function(1, source))
            chunk = "=(load)" if chunk is None else chunk
        chunk = (source if chunk is None else chunk).split("\0", 1)[0]
        return load_text(source, chunk, mode, _environment(env))
    except LuaSyntaxError as error:
        return None, error.value
    except LuaError as error:
        if error.level:
            raise
        return None, error.value


def _gathered(reader: Callable[..., Any]) -> str:
    """Join the pieces that a reader function gives until nil or an empty string."""
    from ..failures import caught

    pieces: list[str] = []
    while True:
        try:
            piece = first(reader())
        except Exception as error:
            raise LuaError(caught(error)) from error
        if piece is None or piece == "":
            return "".join(pieces)
        if piece.__class__ is not str:
            if lua_type(piece) != "number":
                raise LuaError("reader function must return a string")
            piece = number_text(piece)
        pieces.append(piece)


def loadfile(name: Any = None, mode: Any = None, env: Any = None, *_: Any) -> Any:
    """Compile a file, standard input without a name; nil and a message if that fails."""
    try:
        return load_file(opt_string(1, name), opt_string(2, mode), _environment(env))
    except LuaError as error:
        if error.level:
            raise
        return None, error.value


def dofile(name: Any = None, *_: Any) -> Any:
    """Run a file, standard input without a name, and give what it returns."""
    return load_file(opt_string(1, name))()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "dofile": dofile,
    "load": load,
    "loadfile": loadfile,
    "loadstring": load,
}
