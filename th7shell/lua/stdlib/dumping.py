"""string.dump and the loading of dumps: a Lua function as its code, chunk name and source, for the
same Python version.

A dump begins like LuaJIT's. Upvalues are not part of it: the loaded function has fresh ones, all
nil.
"""

from __future__ import annotations

import dis
import marshal
import sys
import zlib
from collections.abc import Callable, Iterator
from types import CellType, CodeType, FunctionType
from typing import Any

from ..compiler.chunks import CHUNK, SOURCE
from ..errors import LuaError
from ..interpreter import ENVIRONMENT, bind
from ..prototypes import declare_fields
from ..values import Table
from .arguments import LibraryError
from .loading import DUMP_MARK
from .texts import is_field

_VERSION = (*sys.version_info[:2], 1)


def dump_function(f: Callable[..., Any], strip: Any = None) -> str:
    """Write a Lua function as a string; `strip` leaves its source and chunk name out. Errors: not a
    Lua function."""
    if f.__class__ is not FunctionType or CHUNK not in f.__globals__:
        raise LibraryError("unable to dump given function")
    stripped = strip is not None and strip is not False
    chunk, source = ("=?", "") if stripped else (f.__globals__[CHUNK], f.__globals__[SOURCE])
    content = marshal.dumps((_VERSION, chunk, source, _plain(f.__code__)))
    return DUMP_MARK + (_sum(content) + content).decode("latin-1")


def _sum(content: bytes) -> bytes:
    """A check sum: what was damaged must not reach Python's loader of code."""
    return zlib.crc32(content).to_bytes(4, "little")


def load_dump(text: str, env: Table | None = None) -> Callable[..., Any]:
    """Make a function of a dump. Raises LuaError for one of another version, and for what is no
    dump of ours."""
    data = text[len(DUMP_MARK) :].encode("latin-1")
    if data[:4] != _sum(data[4:]):
        raise LuaError("cannot load malformed bytecode")
    try:
        version, chunk, source, code = marshal.loads(data[4:])
    except (EOFError, ValueError, TypeError) as error:
        raise LuaError("cannot load malformed bytecode") from error
    if version != _VERSION or not text.startswith(DUMP_MARK):
        raise LuaError("cannot load incompatible bytecode")
    declare_fields({n for part in _parts(code) for n in part.co_names if is_field(n)})
    boxed = _boxed(code)
    cells = tuple(CellType([None] if name in boxed else None) for name in code.co_freevars)
    namespace = bind((lambda: None).__code__, source, chunk, env).__globals__
    return FunctionType(code, namespace, None, None, cells)


def _plain(code: CodeType) -> CodeType:
    """Give code with the ordinary name for the environment, which setfenv may have changed."""
    names = tuple(ENVIRONMENT if n.startswith(ENVIRONMENT) else n for n in code.co_names)
    constants = tuple(_plain(c) if isinstance(c, CodeType) else c for c in code.co_consts)
    return code.replace(co_names=names, co_consts=constants)


def _parts(code: CodeType) -> Iterator[CodeType]:
    """Yield a function's code and that of the functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _parts(constant)


def _boxed(code: CodeType) -> set[str]:
    """Give the upvalues that compiled code keeps in a list: those that it uses only as
    `name[0]`."""
    found = set()
    for part in _parts(code):
        instructions = list(dis.get_instructions(part))
        for load, constant, subscript in zip(instructions, instructions[1:], instructions[2:]):
            if (
                load.opname == "LOAD_DEREF"
                and constant.argval == 0
                and "SUBSCR" in subscript.opname
            ):
                found.add(load.argval)
    return found
