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
from types import CellType, CodeType, FunctionType
from typing import Any

from ..cache import compiled
from ..compiler.chunks import CHUNK, SOURCE
from ..errors import LuaError
from ..interpreter import ENVIRONMENT, bind
from ..prototypes import declare_fields
from ..values import Table
from .arguments import LibraryError
from .loading import DUMP_MARK

_FORMAT = 1
_LONGEST = 64 << 20  # characters of source; more is taken for an attack
Path = tuple[int, ...]


def dump_function(f: Callable[..., Any], strip: Any = None) -> str:
    """Write a Lua function as a string; `strip` leaves its chunk's name out. Errors: not a Lua
    function."""
    if f.__class__ is not FunctionType or CHUNK not in f.__globals__:
        raise LibraryError("unable to dump given function")
    chunk, source = f.__globals__[CHUNK], f.__globals__[SOURCE]
    wanted = _plain(f.__code__)
    main, _ = compiled(source, chunk)
    path = next((path for path, code in _parts(main) if code == wanted), None)
    if path is None:
        raise LibraryError("unable to dump given function")
    stripped = strip is not None and strip is not False
    content = json.dumps([_FORMAT, "=?" if stripped else chunk, source, path])
    return DUMP_MARK + zlib.compress(content.encode("ascii")).decode("latin-1")


def load_dump(text: str, env: Table | None = None) -> Callable[..., Any]:
    """Make a function of a dump. Raises LuaError for one of another format, and for what is no dump
    of ours."""
    chunk, source, path = _content(text)
    main, names = compiled(source, chunk, keep=False)
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
