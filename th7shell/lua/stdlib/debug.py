"""The debug library: the stack, functions, upvalues and hooks. Levels count as in LuaJIT: 1 is the
caller."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CellType, FunctionType
from typing import Any

from .. import metatables
from ..compiler.chunks import chunk_id
from ..marks import CHUNK, VARARG
from ..pending import resolved
from ..tracebacks import LUA, C, LuaFrame, call_or_event, stack, traceback_lines
from ..type_metatables import set_type_metatable
from ..values import LuaObject, Table, lua_type, new_table, number_text, rawset
from . import hooks
from .arguments import (
    NONE,
    BadArgument,
    check_any,
    check_function,
    check_integer,
    check_table,
    expected,
    opt_integer,
    opt_string,
)
from .call_frames import (
    function_of,
    local_names,
    local_value,
    lua_name,
    parameters,
    set_cell,
    set_local,
    upvalue_names,
)
from .coroutine import Coroutine
from .environments import attach, attached, set_environment
from .environments import getfenv as _getfenv

registry = Table()


def _levels(co: Coroutine | None) -> list[LuaFrame]:
    """Give the stack of a coroutine, of the running code with the library function itself as level
    0."""
    if co is None:
        return stack(sys._getframe(1))
    frame = co.greenlet.gr_frame if co.greenlet is not None and co.status == "suspended" else None
    return stack(frame)


def _thread_first(arguments: tuple[Any, ...]) -> tuple[Coroutine | None, int, tuple[Any, ...]]:
    """Take the optional coroutine from the front of arguments: it, how many arguments it took, the
    others."""
    if arguments and isinstance(arguments[0], Coroutine):
        co = arguments[0]
        return (None if co.status == "running" else co), 1, arguments[1:]
    return None, 0, arguments


def traceback(*arguments: Any) -> Any:
    """Give a message and the stack below it: `traceback([thread,] [message [, level]])`.

    A message that is neither a string nor nil is given back unchanged.
    """
    co, skipped, rest = _thread_first(arguments)
    message, level = (*rest, None, None)[:2]
    if message.__class__ is int or message.__class__ is float:
        message = number_text(message)
    if rest and message.__class__ is not str:
        return message
    frames = _levels(co)
    first = opt_integer(skipped + 2, level, 0 if co is not None else 1)
    lines = ["stack traceback:", *traceback_lines(frames[max(first, 0) :])]
    return "\n".join(lines if message is None else [message, *lines])


def getinfo(*arguments: Any) -> Any:
    """Describe a function or a level of the stack in a table; nil if there is no such level.

    `getinfo([thread,] f [, what])`: what names groups of fields: n name, S source, l line, u
    parameters and upvalues, f the function, L the lines that have code.
    """
    co, skipped, rest = _thread_first(arguments)
    subject, what = (*rest, NONE, None)[:2]
    options = opt_string(skipped + 2, what, "flnSu")
    level: LuaFrame | None = None
    caller: LuaFrame | None = None
    if lua_type(subject) == "number":
        frames = _levels(co)
        n = int(subject)
        if not 0 <= n < len(frames):
            return None
        level, caller = frames[n], frames[n + 1] if n + 1 < len(frames) else None
    elif subject is NONE or lua_type(subject) != "function":
        raise BadArgument(skipped + 1, "function or level expected")
    if not set(options) <= set("flnSuL"):
        raise BadArgument(skipped + 2, "invalid option")
    return new_table((), _info(resolved(subject), level, caller, options))


def _info(
    subject: Any, level: LuaFrame | None, caller: LuaFrame | None, options: str
) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    code = _code(subject) if level is None else level.frame.f_code if level.kind is not C else None
    if "S" in options:
        fields |= _source(subject if level is None else level, code)
    if "l" in options:
        fields["currentline"] = level.line if level is not None and code is not None else -1
    if "n" in options:
        known = caller is not None and caller.kind is LUA and not (level and level.is_main)
        name = call_or_event(caller) if caller is not None and known else None
        fields["namewhat"] = name[0] if name else ""
        if name:
            fields["name"] = name[1]
    if "u" in options:
        names, vararg = parameters(code) if code is not None else ([], True)
        fields |= {
            "nups": len(upvalue_names(code)) if code else 0,
            "nparams": len(names),
            "isvararg": vararg,
        }
    if "f" in options:
        fields["func"] = subject if level is None else function_of(level.frame)
    if "L" in options and code is not None:
        fields["activelines"] = Table()
        for line in sorted(_lines(code)):
            rawset(fields["activelines"], line, True)
    return fields


def _code(f: Any) -> Any:
    """Give the code of a Lua function, None for another one."""
    if f.__class__ is FunctionType and CHUNK in f.__globals__:
        return f.__code__
    return None


def _lines(code: Any) -> set[int]:
    """Give the lines that have code; the head of a function counts only if that is all there is."""
    lines = {line for _, _, line in code.co_lines() if line}
    return lines - {code.co_firstlineno} or lines


def _source(of: Any, code: Any) -> dict[str, Any]:
    if code is None:
        return {
            "source": "=[C]",
            "short_src": "[C]",
            "what": "C",
            "linedefined": -1,
            "lastlinedefined": -1,
        }
    chunk = of.chunk if isinstance(of, LuaFrame) else of.__globals__[CHUNK]
    main = code.co_name == "main chunk"
    last = max(_lines(code), default=code.co_firstlineno)
    return {
        "source": chunk,
        "short_src": chunk_id(chunk),
        "what": "main" if main else "Lua",
        "linedefined": 0 if main else code.co_firstlineno,
        "lastlinedefined": max(last, code.co_firstlineno),
    }


def _frame_at(co: Coroutine | None, level: Any, n: int) -> LuaFrame:
    frames = stack(sys._getframe(1)) if co is None else _levels(co)
    i = check_integer(n, level)
    if not 0 <= i < len(frames):
        raise BadArgument(n, "level out of range")
    return frames[i]


def getlocal(*arguments: Any) -> Any:
    """Give name and value of local number i of a level: `getlocal([thread,] level, i)`; nil if
    there is none.

    For a function instead of a level it gives the name of parameter i.
    """
    co, skipped, rest = _thread_first(arguments)
    subject, i = (*rest, NONE, NONE)[:2]
    i = check_integer(skipped + 2, i)
    if subject is not NONE and lua_type(subject) == "function":
        code = _code(subject)
        names = parameters(code)[0] if code is not None else []
        return names[i - 1] if 0 < i <= len(names) else None
    level = _frame_at(co, subject, skipped + 1)
    if level.kind is C:
        return None
    if i < 0:
        extra = level.frame.f_locals.get(VARARG, ())
        return ("(*vararg)", extra[-i - 1]) if -i <= len(extra) else None
    names = local_names(level.frame)
    if not 0 < i <= len(names):
        return None
    return lua_name(names[i - 1]), local_value(level.frame, names[i - 1])


def setlocal(*arguments: Any) -> Any:
    """Set local number i of a level: `setlocal([thread,] level, i, value)`; gives its name, nil if
    there is none."""
    co, skipped, rest = _thread_first(arguments)
    subject, i, value = (*rest, NONE, NONE, NONE)[:3]
    level = _frame_at(co, subject, skipped + 1)
    check_any(skipped + 3, value)
    i = check_integer(skipped + 2, i)
    if level.kind is C:
        return None
    names = local_names(level.frame)
    if not 0 < i <= len(names):
        return None
    set_local(level.frame, names[i - 1], value)
    return lua_name(names[i - 1])


def _upvalue(f: Any, i: int) -> tuple[str, CellType] | None:
    """Give name and cell of upvalue number i of a Lua function."""
    code = _code(f)
    if code is None or not 0 < i <= len(upvalue_names(code)):
        return None
    return code.co_freevars[i - 1], f.__closure__[i - 1]


def _contents(cell: CellType) -> Any:
    try:
        value = cell.cell_contents
    except ValueError:  # declared, not yet set
        return None
    return value[0] if value.__class__ is list else value


def getupvalue(f: Any = NONE, i: Any = NONE, *_: Any) -> Any:
    """Give name and value of upvalue number i of a function; nothing if there is none."""
    i = check_integer(2, i)
    found = _upvalue(check_function(1, f), i)
    return () if found is None else (lua_name(found[0]), _contents(found[1]))


def setupvalue(f: Any = NONE, i: Any = NONE, value: Any = NONE, *_: Any) -> Any:
    """Set upvalue number i of a function; gives its name, nothing if there is none."""
    check_any(3, value)
    i = check_integer(2, i)
    found = _upvalue(check_function(1, f), i)
    if found is None:
        return ()
    name, cell = found
    box = cell.cell_contents if _filled(cell) else None
    if box.__class__ is list:
        box[0] = value
    else:
        cell.cell_contents = value
    return lua_name(name)


def _filled(cell: CellType) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True


class UpvalueId(LuaObject):
    """The identity of an upvalue: equal for functions that share it."""

    __slots__ = ("place",)

    def __init__(self, place: Any) -> None:
        self.place = place

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, UpvalueId) and self.place is other.place

    def __hash__(self) -> int:
        return id(self.place)

    def __str__(self) -> str:
        return f"userdata: 0x{id(self.place):08x}"

    def __lua_address__(self) -> int:
        return id(self.place)


def upvalueid(f: Any = NONE, i: Any = NONE, *_: Any) -> UpvalueId:
    """Give a value that tells upvalue number i of a function from others."""
    found = _upvalue(check_function(1, f), check_integer(2, i))
    if found is None:
        raise BadArgument(2, "index out of range")
    cell = found[1]
    box = cell.cell_contents if _filled(cell) else None
    return UpvalueId(box if box.__class__ is list else cell)


def upvaluejoin(f: Any = NONE, i: Any = NONE, g: Any = NONE, j: Any = NONE, *_: Any) -> tuple[()]:
    """Make upvalue number i of one Lua function refer to upvalue number j of another."""
    cells = []
    for n, function, number in ((1, f, i), (3, g, j)):
        if _code(check_function(n, function)) is None:
            raise BadArgument(n, "Lua function expected")
        found = _upvalue(function, check_integer(n + 1, number))
        if found is None:
            raise BadArgument(n + 1, "index out of range")
        cells.append(found[1])
    set_cell(f, check_integer(2, i) - 1, cells[1])
    return ()


def getmetatable(value: Any = NONE, *_: Any) -> Any:
    """Give a value's metatable, `__metatable` notwithstanding."""
    return metatables.getmetatable(check_any(1, value))


def setmetatable(value: Any = NONE, metatable: Any = NONE, *_: Any) -> Any:
    """Give any value a metatable (nil: none); for all but tables it counts for every value of the
    type."""
    check_any(1, value)
    if metatable is NONE or (metatable is not None and lua_type(metatable) != "table"):
        raise BadArgument(2, "nil or table expected")
    if isinstance(value, Table):
        metatables.setmetatable(value, metatable)
    elif isinstance(value, LuaObject) and lua_type(value) == "userdata":
        if metatable is None:
            type(value).ħmeta = None
        else:
            metatables.attach(type(value), metatable)
    else:
        set_type_metatable(lua_type(value), metatable)
    return value


def getregistry(*_: Any) -> Table:
    """Give the registry: the table that libraries share."""
    return registry


def getfenv(value: Any = NONE, *_: Any) -> Any:
    """Give the environment of a function, userdata or thread; nil for other values."""
    kind = lua_type(check_any(1, value))
    if kind == "function":
        return _getfenv(value)
    return attached(value) if kind in ("userdata", "thread") else None


def setfenv(value: Any = NONE, env: Any = NONE, *_: Any) -> Any:
    """Set the environment of a function, userdata or thread; gives it."""
    env = check_table(2, env)
    if lua_type(value) in ("userdata", "thread") or (
        lua_type(value) == "function" and _code(value) is None
    ):
        attach(value, env)
    else:
        set_environment(value, env)
    return value


def getuservalue(value: Any = NONE, *_: Any) -> Any:
    """Give the table attached to a userdata, which is its environment; nil for other values."""
    return attached(value) if lua_type(check_any(1, value)) == "userdata" else None


def setuservalue(value: Any = NONE, table: Any = NONE, *_: Any) -> Any:
    """Attach a table to a userdata; gives the userdata."""
    if value is NONE or lua_type(value) != "userdata":
        raise expected(1, "userdata", value)
    attach(value, check_table(2, table))
    return value


def sethook(*arguments: Any) -> tuple[()]:
    """Call a function at events: `sethook([thread,] hook, mask [, count])`; mask: c call, r return,
    l line.

    Without arguments the hook is removed.
    """
    _, skipped, rest = _thread_first(arguments)
    hook, mask, count = (*rest, None, None, None)[:3]
    if hook is None:
        hooks.remove()
        return ()
    events = opt_string(skipped + 2, mask, "")
    hooks.install(check_function(skipped + 1, hook), events, opt_integer(skipped + 3, count, 0))
    return ()


def gethook(*_: Any) -> Any:
    """Give the hook, its mask and its count."""
    return hooks.current()


def debug(*_: Any) -> tuple[()]:
    """Read lines from standard input and run each, until one is "cont"."""
    from ..errors import LuaError
    from ..failures import caught
    from . import streams
    from .loading import load_text

    while True:
        streams.write("lua_debug> ", "stderr")
        line = streams.standard_input().readline().decode("latin-1")
        if line in ("", "cont\n"):
            return ()
        try:
            load_text(line, "=(debug command)")()
        except LuaError as error:
            streams.write(f"{caught(error)}\n", "stderr")


FUNCTIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        debug, getfenv, gethook, getinfo, getlocal, getmetatable, getregistry, getupvalue,
        getuservalue, setfenv, setuservalue, sethook, setlocal, setmetatable, setupvalue, traceback,
        upvalueid, upvaluejoin,
    )
}  # fmt: skip
