"""string.dump and the loading of dumps: a Lua function as its chunk's source and its place in it.

A dump begins like LuaJIT's, but holds text, not code: loading it compiles the source again, so a
dump from a stranger can run nothing by being read, and any version of Python reads it. Upvalues are
not part of it: the loaded function has fresh ones, all nil.
"""

from __future__ import annotations

import dis
import json
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from types import CellType, CodeType, FunctionType
from typing import Any

from ..cache import Compiled, compiled
from ..compiling import bind
from ..errors import LuaError
from ..marks import CHUNK, ENVIRONMENT, SOURCE
from ..pending import resolved
from ..prototypes import declare_fields
from ..values import Table
from .arguments import LibraryError

DUMP_MARK = "\x1bLJ"

_FORMAT = 1
_LONGEST = 4 << 20  # characters of source; more is taken for an attack
Path = tuple[int, ...]


def dump_function(f: Callable[..., Any], strip: Any = None) -> str:
    """Write a Lua function as a string; `strip` leaves its chunk's name out. Errors: not a Lua
    function."""
    f = resolved(f)
    if f.__class__ is not FunctionType or CHUNK not in f.__globals__:
        raise LibraryError("unable to dump given function")
    chunk, source = f.__globals__[CHUNK], f.__globals__[SOURCE]
    path = _places(source, chunk).get(_plain(f.__code__))
    if path is None:
        raise LibraryError("unable to dump given function")
    if len(source) > _LONGEST:
        raise LibraryError("unable to dump given function: its chunk is too long")
    stripped = strip is not None and strip is not False
    head, compressor = _begun(source, "=?" if stripped else chunk)
    rest = compressor.copy()
    end = f", {json.dumps(path)}]".encode("ascii")
    return DUMP_MARK + (head + rest.compress(end) + rest.flush()).decode("latin-1")


@lru_cache(maxsize=2)
def _compiled(source: str, chunk: str) -> Compiled:
    """The code of a chunk, kept since its functions are saved and loaded together; nothing goes
    to the cache on disk."""
    return compiled(source, chunk, keep=False)


@lru_cache(maxsize=2)
def _places(source: str, chunk: str) -> dict[CodeType, Path]:
    """Where each function of a chunk is; kept, since such functions are saved together."""
    places: dict[CodeType, Path] = {}
    for path, code in _parts(_compiled(source, chunk)[0]):
        places.setdefault(code, path)
    return places


@lru_cache(maxsize=4)
def _begun(source: str, chunk: str) -> tuple[bytes, Any]:
    """What the dumps of a chunk's functions have in common, compressed so far."""
    compressor = zlib.compressobj()
    common = json.dumps([_FORMAT, chunk, source])[:-1].encode("ascii")
    return compressor.compress(common), compressor


def load_dump(text: str, env: Table | None = None) -> Callable[..., Any]:
    """Make a function of a dump. Raises LuaError for one of another format, and for what is no dump
    of ours."""
    chunk, source, path = _content(text)
    main, names = _compiled(source, chunk)
    declare_fields(names)
    code = dict(_parts(main)).get(path)
    if code is None:
        raise LuaError("cannot load malformed bytecode")
    boxed = _boxed(code)
    cells = tuple(CellType([None] if name in boxed else None) for name in code.co_freevars)
    namespace = bind(main, source, chunk, env).__globals__
    return FunctionType(code, namespace, None, None, cells)


def _content(text: str) -> tuple[str, str, Path]:
    """Chunk name, source and place, checked."""
    data = text[len(DUMP_MARK) :].encode("latin-1")
    try:
        content = json.loads(zlib.decompressobj().decompress(data, _LONGEST))
        form, chunk, source, path = content
        sound = form == _FORMAT and all(isinstance(part, str) for part in (chunk, source))
        place = tuple(int(step) for step in path)
    except (ValueError, TypeError, RecursionError, zlib.error) as error:
        raise LuaError("cannot load malformed bytecode") from error
    if not sound or not text.startswith(DUMP_MARK):
        raise LuaError("cannot load incompatible bytecode")
    return chunk, source, place


def _plain(code: CodeType) -> CodeType:
    """Give code with the ordinary name for the environment, which setfenv may have changed."""
    names = tuple(ENVIRONMENT if n.startswith(ENVIRONMENT) else n for n in code.co_names)
    constants = tuple(_plain(c) if isinstance(c, CodeType) else c for c in code.co_consts)
    return code.replace(co_names=names, co_consts=constants)


def _parts(code: CodeType, path: Path = ()) -> Iterator[tuple[Path, CodeType]]:
    """Yield a function's code and that of the functions inside it, each with its place."""
    yield path, code
    for i, constant in enumerate(code.co_consts):
        if isinstance(constant, CodeType):
            yield from _parts(constant, (*path, i))


def _boxed(code: CodeType) -> set[str]:
    """Give the upvalues that compiled code keeps in a list: those that it uses only as
    `name[0]`."""
    found = set()
    for _, part in _parts(code):
        instructions = list(dis.get_instructions(part))
        for load, constant, subscript in zip(instructions, instructions[1:], instructions[2:]):
            if (
                load.opname == "LOAD_DEREF"
                and constant.argval == 0
                and "SUBSCR" in subscript.opname
            ):
                found.add(load.argval)
    return found
