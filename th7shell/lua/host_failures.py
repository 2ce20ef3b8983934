"""What Python itself raised in a library's Python code, told in Lua's words.

An operation that Lua has too (index, call, arithmetic, comparison) is worded as Lua words it, its
operand named from the source. For all else the object that was at work tells what it was given: its
class has `__lua_failure__(self, function, arguments)`; where there is none, the function that Lua
called and its arguments are named.
"""

from __future__ import annotations

import ast
from types import FrameType, TracebackType
from typing import Any

from .errors import operand_message
from .host_calls import expression_at
from .marks import CHUNK
from .regular import pattern
from .tracebacks import LUA, frame_kind, in_package, no_calls
from .values import LuaObject, Table, lua_type

_KINDS = {
    "NoneType": "nil",
    "int": "number",
    "float": "number",
    "str": "string",
    "bool": "boolean",
    "Table": "table",
    "tuple": "nil",
    "Coroutine": "thread",
    "function": "function",
    "method": "function",
    "builtin_function_or_method": "function",
    "TorchClass": "table",
    "LendingClass": "table",
}
_NO_SELF = pattern(r"missing \d+ required positional arguments?: 'self'")
_NO_NUMBER = pattern(
    r"must be (a string|real number|an integer)|as an integer|indices must be|must be numeric"
)
_NAMED = pattern(r"'([\w.]+)'")
_COMPARED = pattern(r"not supported between instances of '([\w.]+)' and '([\w.]+)'")
_OPERANDS = pattern(r"unsupported operand type\(s\) for .*: '([\w.]+)' and '([\w.]+)'")


def told(tb: TracebackType | None, error: BaseException) -> str | None:
    """Word an exception of Python's own that came out of a library that was Lua in the original,
    None if no such library was at work.
    """
    if isinstance(error, TypeError) and _NO_SELF.search(str(error)):
        return "attempt to index local 'self' (a nil value)"
    if isinstance(error, OSError):
        return None
    steps = _library_steps(tb)
    if not any(frame_kind(frame) is LUA for frame, _ in steps):
        return None
    frame, lasti = steps[-1]
    message = _operation(frame, lasti, error) if frame_kind(frame) is LUA else None
    for n in range(len(steps) - 1, -1, -1):
        held = _self(steps[n][0])
        tell = getattr(type(held), "__lua_failure__", None)
        if tell is not None:
            at = _called(steps[: n + 1], held)
            return tell(held, at.f_code.co_name, arguments_of(at)[1:], message)
    if message is not None:
        return message
    outer = steps[0][0]
    given = ", ".join(kind_text(v) for _, v in arguments_of(outer))
    return f"bad arguments to '{outer.f_code.co_name.strip('_')}' ({given})"


def _called(steps: list[tuple[FrameType, int]], held: Any) -> FrameType:
    """The method of an object that was called from outside, not a helper below it."""
    found = steps[-1][0]
    for frame, _ in reversed(steps):
        if _self(frame) is not held:
            break
        found = frame
    return found


def kind_text(value: Any) -> str:
    """A value as an error message calls it: its Torch class, or its Lua type."""
    return getattr(type(value), "__typename", None) or _KINDS.get(type(value).__name__, "userdata")


def _library_steps(tb: TracebackType | None) -> list[tuple[FrameType, int]]:
    """The frames of the library's code that ended a traceback, outermost first."""
    steps: list[tuple[FrameType, int]] = []
    while tb is not None:
        frame = tb.tb_frame
        if CHUNK in frame.f_globals:
            steps.clear()
        elif in_package(frame) and frame.f_code not in no_calls:
            steps.append((frame, tb.tb_lasti))
        tb = tb.tb_next
    return steps


def arguments_of(frame: FrameType) -> list[tuple[str, Any]]:
    """The names and values of a function's arguments; those beyond its arity are left out."""
    code = frame.f_code
    count, found = code.co_argcount, frame.f_locals
    given = [(name, found.get(name)) for name in code.co_varnames[:count]]
    if code.co_flags & 4 and code.co_varnames[count + code.co_kwonlyargcount] != "_":
        given += [("", v) for v in found[code.co_varnames[count + code.co_kwonlyargcount]]]
    return given


def _self(frame: FrameType) -> Any:
    given = arguments_of(frame)
    return given[0][1] if given and given[0][0] == "self" else None


def _operation(frame: FrameType, lasti: int, error: BaseException) -> str | None:
    """Word an operation that failed in a frame, None if Lua has no such operation."""
    text = str(error)
    node = expression_at(frame, lasti)
    if isinstance(error, AttributeError):
        return _indexed(frame, node, text, error)
    if not isinstance(error, TypeError):
        return None
    if text.endswith(("is not subscriptable", "does not support item assignment")):
        return _word("index", getattr(node, "value", None), _kind(text))
    if text.endswith("is not callable"):
        return _word("call", getattr(node, "func", None), _kind(text))
    if found := _COMPARED.search(text):
        left, right = (_KINDS.get(name, "userdata") for name in found.groups())
        if left == right:
            return f"attempt to compare two {left} values"
        return f"attempt to compare {left} with {right}"
    if found := _OPERANDS.search(text):
        left, right = (_KINDS.get(name, "userdata") for name in found.groups())
        second = left == "number"
        side = getattr(node, "right" if second else "left", None)
        return _word("perform arithmetic on", side, right if second else left)
    if text.startswith("bad operand type for unary"):
        return _word("perform arithmetic on", getattr(node, "operand", None), _kind(text))
    if _NO_NUMBER.search(text):
        return _no_number(frame, node)
    return None


def _no_number(frame: FrameType, node: Any) -> str | None:
    """Word the use of a variable or a field, anywhere in an expression, that should be a number."""
    for operand in ast.walk(node) if node is not None else ():
        value: Any = 0
        if isinstance(operand, ast.Name) and operand.id in frame.f_locals:
            value = frame.f_locals[operand.id]
        elif isinstance(operand, ast.Attribute) and isinstance(operand.value, ast.Name):
            value = getattr(frame.f_locals.get(operand.value.id), operand.attr, 0)
        if value is None or isinstance(value, str | bool) or type(value) is Table:
            return _word("perform arithmetic on", operand, lua_type(value))
    return None


def _indexed(frame: FrameType, node: Any, text: str, error: AttributeError) -> str | None:
    """Word a field that was looked for in vain."""
    held = error.obj
    if isinstance(held, (LuaObject, type)):  # it has fields, this one is nil
        if not isinstance(held, Table) and isinstance(node, ast.Attribute):
            return f"attempt to call method '{node.attr}' (a nil value)"
        return f"attempt to index field '{error.name}' (a nil value)"
    kind = lua_type(held) if held is not None else _kind(text)
    return _word("index", getattr(node, "value", None), kind)


def _kind(text: str) -> str:
    found = _NAMED.search(text)
    return _KINDS.get(found[1], "userdata") if found else "nil"


def _word(action: str, operand: Any, kind: str) -> str:
    """Word an operation on an operand as Lua does, with its name where it has one."""
    name = None
    if isinstance(operand, ast.Name):
        name = ("local", operand.id)
    elif isinstance(operand, ast.Attribute):
        name = ("field", operand.attr)
    return operand_message(action, name, kind)
