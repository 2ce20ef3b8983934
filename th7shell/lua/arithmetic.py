"""Lua's arithmetic and comparison where compiled code does not do them in place: coercions,
metamethods, errors.

Python's int and float are one Lua number; whole results beyond 2^51 are floats, so that int
arithmetic stays exact.
"""

from __future__ import annotations

import math
import operator as operators
from collections.abc import Callable
from types import MethodType
from typing import Any

from .callers import LUAS
from .errors import LuaError, OperandError
from .metatables import metamethod
from .numerals import parse_number
from .values import LuaObject, Table, first, lua_type

LIMIT = 1 << 51
BY_PYTHON: set[type] = set()  # classes of objects whose Python operators are those of Lua


_numbers = frozenset({int, float})


def number_of(value: Any) -> int | float | None:
    """Return the number that an operand stands for, None if it is none."""
    kind = value.__class__
    if kind is int or kind is float:
        return value
    return parse_number(value) if kind is str else None


def _whole(value: int | float) -> int | float:
    return value if value.__class__ is float or -LIMIT <= value <= LIMIT else float(value)


def _operator(event: str, compute: Callable[[Any, Any], Any], special: str) -> Callable[..., Any]:
    """Make the function for a binary operator: numbers, strings that are numbers, metamethods."""
    own = f"__{special}__"
    python = getattr(operators, special)

    def operate(a: Any, b: Any) -> Any:
        if a.__class__ in BY_PYTHON:
            kind = b.__class__
            if kind is a.__class__ or kind is float or kind is int:
                return python(a, b)
        elif a.__class__ in _numbers and b.__class__ in _numbers:
            return compute(a, b)
        x, y = number_of(a), number_of(b)
        if x is not None and y is not None:
            return compute(x, y)
        if a.__class__ is tuple or b.__class__ is tuple:
            return operate(first(a), first(b))
        handler = metamethod(a, event)
        if handler is None:
            handler = metamethod(b, event)
            if handler is not None and answers(a, own):
                handler = None
        if handler is not None:
            return first(handler(a, b))
        return _by_python(a, b, special, x)

    operate.__name__ = operate.__qualname__ = event[2:]
    return operate


def answers(a: Any, special: str) -> bool:
    """Whether a left operand does an operation by Python's protocol: it comes before the right
    one's metatable, as its own metatable would in Lua."""
    if not isinstance(a, LuaObject) or a.__class__ is Table:
        return False
    method = getattr(a.__class__, special, None)
    return method is not None and method is not getattr(object, special, None)


def _by_python(a: Any, b: Any, special: str, x: Any) -> Any:
    """Let an object that is no table do the operation by Python's protocol."""
    for owner, name in ((a, f"__{special}__"), (b, f"__r{special}__")):
        if isinstance(owner, LuaObject) and owner.__class__ is not Table:
            method = getattr(owner.__class__, name, None)
            if method is not None:
                result = method(owner, b if owner is a else a)
                if result is not NotImplemented:
                    return result
    raise OperandError("perform arithmetic on", b if x is not None else a, x is not None)


def _divide(x: Any, y: Any) -> Any:
    try:
        return x / y
    except ZeroDivisionError:
        if x == 0 or x != x:
            return math.nan
        negative = (x < 0) != (math.copysign(1.0, y) < 0)
        return -math.inf if negative else math.inf


def _modulo(x: Any, y: Any) -> Any:
    if x.__class__ is int and y.__class__ is int and y > 0:
        return x % y
    try:
        quotient = x / y
    except ZeroDivisionError:
        return math.nan
    whole = float(math.floor(quotient)) if math.isfinite(quotient) and quotient else quotient
    result = x - whole * y
    return int(result) if x.__class__ is int is y.__class__ and result else result


def _power(x: Any, y: Any) -> float:
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0 and y % 2 == 1 else math.inf
    except ValueError:
        if x == 0:
            return -math.inf if math.copysign(1.0, x) < 0 and y % 2 == 1 else math.inf
        return math.nan


def _times(x: Any, y: Any) -> Any:
    product = x * y
    if product.__class__ is float or 0 < product <= LIMIT:
        return product
    return product if -LIMIT <= product < 0 else float(x) * float(y) if product else _zero(x, y)


def _zero(x: Any, y: Any) -> Any:
    """Return the product of two whole numbers one of which is 0, with its sign."""
    return -0.0 if x < 0 or y < 0 else 0


add = _operator("__add", lambda x, y: _whole(x + y), "add")
subtract = _operator("__sub", lambda x, y: _whole(x - y), "sub")
multiply = _operator("__mul", _times, "mul")
divide = _operator("__div", _divide, "truediv")
modulo = _operator("__mod", _modulo, "mod")
power = _operator("__pow", _power, "pow")


def negate(a: Any) -> Any:
    """-a"""
    x = number_of(a)
    if x is not None:
        return -x if x else -float(x)
    if a.__class__ is tuple:
        return negate(first(a))
    handler = metamethod(a, "__unm")
    if handler is not None:
        return first(handler(a, a))
    method = getattr(a.__class__, "__neg__", None)
    if method is not None and isinstance(a, LuaObject):
        return method(a)
    raise OperandError("perform arithmetic on", a)


# ---- comparison

ordered = frozenset({int, float, str})


def equal(a: Any, b: Any) -> bool:
    """a == b"""
    if a is b:
        return a == a or a.__class__ is not float
    kind, other = a.__class__, b.__class__
    if kind is other:
        if kind in ordered:
            return a == b
        if isinstance(a, LuaObject):
            handler = metamethod(a, "__eq")
            if handler is not None and handler is metamethod(b, "__eq"):
                return truth(handler(a, b))
            ours: Any = kind.__eq__
            return False if ours is object.__eq__ or ours in LUAS else a == b
        return kind is not bool and a == b
    if kind in _numbers and other in _numbers:
        return a == b
    if kind is tuple or other is tuple:
        return equal(first(a), first(b))
    if isinstance(a, LuaObject) and isinstance(b, LuaObject):
        handler = metamethod(a, "__eq")
        if handler is not None and handler is metamethod(b, "__eq"):
            return truth(handler(a, b))
        return kind.__eq__ is not object.__eq__ and bool(a == b)
    if getattr(kind, "ħtype", None) == "cdata" or getattr(other, "ħtype", None) == "cdata":
        return bool(a == b)  # with a number
    return kind is MethodType and a == b


_MIRRORED = {"__lt__": "__gt__", "__le__": "__ge__"}


def _compare(a: Any, b: Any, event: str, special: str) -> Any:
    """Compare operands that are neither two numbers nor two strings."""
    if a.__class__ is tuple or b.__class__ is tuple:
        return (less if event == "__lt" else less_equal)(first(a), first(b))
    handler = metamethod(a, event)
    if handler is None and not answers(a, special):
        handler = metamethod(b, event)
    if handler is not None:
        return truth(handler(a, b))
    if answers(a, special):
        result = getattr(a.__class__, special)(a, b)
        if result is not NotImplemented:
            return truth(result)
    if event == "__le":
        handler = metamethod(a, "__lt")
        if handler is None:
            handler = metamethod(b, "__lt")
        if handler is not None:
            return not truth(handler(b, a))
    if getattr(b.__class__, "ħtype", None) == "cdata":
        return truth(getattr(b, _MIRRORED[special])(a))
    ours, theirs = lua_type(a), lua_type(b)
    if ours == theirs:
        raise LuaError(f"attempt to compare two {ours} values", 1)
    raise LuaError(f"attempt to compare {ours} with {theirs}", 1)


def less(a: Any, b: Any) -> bool:
    """a < b"""
    kind, other = a.__class__, b.__class__
    if (kind in _numbers and other in _numbers) or kind is other is str:
        return a < b
    return _compare(a, b, "__lt", "__lt__")


def less_equal(a: Any, b: Any) -> bool:
    """a <= b"""
    kind, other = a.__class__, b.__class__
    if (kind in _numbers and other in _numbers) or kind is other is str:
        return a <= b
    return _compare(a, b, "__le", "__le__")


less_than = less


def truth(result: Any) -> bool:
    """Return whether the first of a call's results is true in Lua."""
    value = first(result)
    return value is not None and value is not False
