"""Environments: the table in which a function finds its globals.

Compiled code reads it from a variable of its module. A function that gets an environment of its own
also gets a name of its own for that variable in its code, and so do the functions inside it, which
are made later.
"""

from __future__ import annotations

import itertools
import sys
import weakref
from collections.abc import Callable
from types import CodeType, FrameType, FunctionType
from typing import Any

from .. import state
from ..marks import ENVIRONMENT
from ..tracebacks import LUA, stack
from ..values import Table, lua_type
from .arguments import NONE, BadArgument, LibraryError, check_integer, check_table, opt_integer
from .call_frames import function_of, replace_globals
from .coroutine import current

_numbers = itertools.count(1)
# Environments, and values attached, of what is no Lua function: threads, userdata, C functions.
_attached: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


def thread_globals() -> Any:
    """Give the globals of the running coroutine: those of the state, unless it got its own."""
    return _attached.get(current(), state.globals) if _attached else state.globals


def attached(value: Any) -> Any:
    """Give the environment of a thread, userdata or C function."""
    try:
        return _attached.get(value, state.globals)
    except TypeError:  # an object without weak references
        return state.globals


def attach(value: Any, env: Any) -> None:
    """Set the environment of a thread, userdata or C function."""
    try:
        _attached[value] = env
    except TypeError:
        raise LibraryError("'setfenv' cannot change environment of given object") from None


def _variable(code: CodeType) -> str | None:
    """Give the name under which a function's code, or code inside it, looks for its environment."""
    for name in code.co_names:
        if name.startswith(ENVIRONMENT):
            return name
    for constant in code.co_consts:
        if constant.__class__ is CodeType and (inner := _variable(constant)):
            return inner
    return None


def _renamed(code: CodeType, variable: str) -> CodeType:
    names = tuple(variable if n.startswith(ENVIRONMENT) else n for n in code.co_names)
    constants = tuple(
        _renamed(c, variable) if c.__class__ is CodeType else c for c in code.co_consts
    )
    return code.replace(co_names=names, co_consts=constants)


def environment(f: Callable[..., Any]) -> Any:
    """Give a function's environment: the globals for one that is not written in Lua."""
    if f.__class__ is not FunctionType or ENVIRONMENT not in f.__globals__:
        return attached(f)
    variable = _variable(f.__code__)
    return f.__globals__[variable] if variable else f.__dict__.get(ENVIRONMENT, state.globals)


def set_environment(f: Any, env: Table) -> None:
    """Give a Lua function an environment. Functions that it has made already keep theirs."""
    if f.__class__ is not FunctionType or ENVIRONMENT not in f.__globals__:
        raise LibraryError("'setfenv' cannot change environment of given object")
    if _variable(f.__code__) is None:  # it uses none, but may be asked for it
        f.__dict__[ENVIRONMENT] = env
        return
    variable = f"{ENVIRONMENT}{next(_numbers)}"
    f.__globals__[variable] = env
    f.__code__ = _renamed(f.__code__, variable)


def _set_running(frame: FrameType, env: Table) -> Any:
    """Give a running function an environment, in which it goes on at once; gives the function."""
    f = function_of(frame)
    variable = _variable(frame.f_code) or ENVIRONMENT
    if not replace_globals(frame, {**frame.f_globals, variable: env}):
        if f.__code__.co_name == "main chunk":
            frame.f_globals[variable] = env
            return f
    set_environment(f, env)
    return f


def _lua_level(level: int) -> Any:
    frames = stack(sys._getframe(1))
    return frames[level] if 0 <= level < len(frames) else None


def set_caller_environment(env: Table) -> None:
    """Set the environment of the Lua function that called the running library function."""
    caller = _lua_level(1)
    if caller is None or caller.kind is not LUA:
        raise LibraryError("'module' not called from a Lua function")
    _set_running(caller.frame, env)


def getfenv(f: Any = None, *_: Any) -> Any:
    """Give the environment of a function, of a level of the stack (default 1, the caller), or for 0
    the globals."""
    if lua_type(f) == "function":
        return environment(f)
    level = opt_integer(1, f, 1)
    if level == 0:
        return thread_globals()
    found = _lua_level(level) if level > 0 else None
    if found is None:
        raise BadArgument(1, "invalid level")
    if found.kind is not LUA:
        return state.globals
    return found.frame.f_globals.get(_variable(found.frame.f_code) or ENVIRONMENT, state.globals)


def setfenv(f: Any = NONE, env: Any = NONE, *_: Any) -> Any:
    """Set the environment of a Lua function or of a level of the stack; for level 0 the globals
    themselves."""
    env = check_table(2, env)
    if f is not NONE and lua_type(f) == "function":
        for running in stack(sys._getframe(0)):
            if running.kind is LUA and function_of(running.frame) is f:
                _set_running(running.frame, env)
        set_environment(f, env)
        return f
    level = check_integer(1, f)
    if level == 0:
        if current() in _attached:
            attach(current(), env)
        else:
            state.globals = env
        return ()
    found = _lua_level(level) if level > 0 else None
    if found is None:
        raise BadArgument(1, "invalid level")
    if found.kind is not LUA:
        raise LibraryError("'setfenv' cannot change environment of given object")
    return _set_running(found.frame, env)


FUNCTIONS: dict[str, Callable[..., Any]] = {"getfenv": getfenv, "setfenv": setfenv}
