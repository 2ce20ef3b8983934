"""Operators of Torch objects: luaT's `__add__` protocol and Lua's raw `__add`, carried by Python's
own.

Setting either on a class, from Lua or through a metatable, installs the Python method that calls
it. What a class does not define raises luaT's error ("both X and Y have no addition operator").
"""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from th7shell.lua import LuaObject, Table, TorchError, absent_fields, attr, first, rawset
from th7shell.lua.arithmetic import truth
from th7shell.lua.callers import LUAS
from th7shell.lua.host import unbound
from th7shell.lua.keys import key_of


class Operator(NamedTuple):
    """Python's names for one of Lua's operators, and its word in errors."""

    forward: str
    reflected: str | None
    word: str


OPERATORS = {
    "add": Operator("__add__", "__radd__", "addition"),
    "sub": Operator("__sub__", "__rsub__", "substraction"),
    "mul": Operator("__mul__", "__rmul__", "multiplication"),
    "div": Operator("__truediv__", "__rtruediv__", "division"),
    "mod": Operator("__mod__", "__rmod__", "modulo"),
    "pow": Operator("__pow__", "__rpow__", "power"),
    "unm": Operator("__neg__", None, "negation"),
    "concat": Operator("__concat__", "__rconcat__", "concat"),
    "eq": Operator("__eq__", None, "equality"),
    "lt": Operator("__lt__", "__gt__", "less-than"),
    "le": Operator("__le__", "__ge__", "less-equal"),
    "call": Operator("__call__", None, "call"),
    "len": Operator("__len__", None, "length"),
    "tostring": Operator("__str__", None, "tostring"),
}
PYTHON_OPERATORS = frozenset(op.forward for op in OPERATORS.values())


def _name(value: Any) -> str:
    return getattr(type(value), "__typename", None) or "(null)"


def _missing_binary(word: str) -> Callable[[Any, Any], Any]:
    def missing(a: Any, b: Any) -> Any:
        raise TorchError(f"both {_name(a)} and {_name(b)} have no {word} operator")

    return missing


def _missing_unary(word: str) -> Callable[..., Any]:
    def missing(a: Any, *_: Any) -> Any:
        raise TorchError(f"{_name(a)} has no {word} operator")

    return missing


def _reflect(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda b, a: function(a, b)


class TorchObject(LuaObject):
    """What every Torch object has: a metatable, a printed name, and operators that say they are
    missing."""

    __slots__ = ()

    @staticmethod
    def __index(obj: Any = None, key: Any = None, *_: Any) -> Any:
        """What the metatable's `__index` does: the class's member of that name."""
        return getattr(type(obj), attr(key), None) if key.__class__ is str else None

    @staticmethod
    def __newindex(obj: Any = None, key: Any = None, value: Any = None, *_: Any) -> None:
        """What the metatable's `__newindex` does: a raw store into a table."""
        if not isinstance(obj, Table):
            raise TorchError(f"the class {_name(obj)} cannot be indexed")
        rawset(obj, key, value)

    def __getitem__(self, key: Any) -> Any:
        if key.__class__ is not str:
            return None
        value = getattr(self, attr(key), None)
        return value if value.__class__ is not MethodType else unbound(value)

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TorchError(f"the class {_name(self)} cannot be indexed")

    def __lua_metatable__(self) -> Any:
        from .classes import metatable

        return metatable(type(self))

    def __dir__(self) -> list[str]:
        from .public_names import names

        return names(self)

    def __str__(self) -> str:
        return _name(self)

    def __repr__(self) -> str:
        return str(self)


absent_fields.enter(TorchObject)
for _short in ("index", "newindex"):  # under the names that Lua knows them by
    setattr(TorchObject, f"__{_short}", TorchObject.__dict__[f"_TorchObject__{_short}"])

for _short, _op in OPERATORS.items():
    if _short in ("eq", "tostring", "len"):
        continue
    _default = (_missing_unary if _short in ("unm", "call") else _missing_binary)(_op.word)
    setattr(TorchObject, _op.forward, _default)
    if _op.reflected:
        setattr(TorchObject, _op.reflected, _reflect(_default))


def _by_protocol(short: str, op: Operator) -> Callable[..., Any]:
    """What luaT's metatables have under `__add`: calls the `__add__` of the operand that has
    one."""
    key = attr(f"__{short}__")
    missing = getattr(TorchObject, op.forward)

    def operate(a: Any = None, b: Any = None, *_: Any) -> Any:
        for operand in (a, b):
            method = getattr(type(operand), key, None) if isinstance(operand, TorchObject) else None
            if method is not None:
                return method(a, b)
        return missing(a, b)

    return operate


#: the arithmetic fields of every metatable, one function each for all classes
PROTOCOL: dict[str, Callable[..., Any]] = {
    f"__{short}": _by_protocol(short, OPERATORS[short])
    for short in ("add", "sub", "mul", "div", "mod", "pow", "unm", "concat")
}
for _short, _function in PROTOCOL.items():
    setattr(TorchObject, _short, _function)
_REPLACED: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()  # class → its operators


def install(cls: Any, name: str, handler: Any) -> None:
    """Make Python's operator of `cls` follow what was just stored under a Lua name (`__add`, or
    attr('__add__')). luaT's own function under the first name brings back what was there."""
    raw = not name.endswith("__")
    short = name[2:] if raw else key_of(name)[2:-2]
    if not raw and attr(f"__{short}__") != name:
        return
    if short in ("index", "newindex"):
        from .index_protocol import install_index

        install_index(cls)
        return
    op = OPERATORS.get(short)
    if op is None:
        return
    if handler is None:
        for slot in (op.forward, op.reflected):
            if slot and slot in cls.__dict__ and slot != name:
                type.__delattr__(cls, slot)
        return
    if raw and handler is PROTOCOL.get(name):
        _put_back(cls, op)
        return
    if not callable(handler):
        value = handler
        handler = lambda *_: value  # noqa: E731
    for slot, function in _python_forms(short, op, handler):
        if raw:
            _REPLACED.setdefault(cls, {}).setdefault(slot, cls.__dict__.get(slot))
        if slot != name:
            type.__setattr__(cls, slot, function)


def _put_back(cls: Any, op: Operator) -> None:
    """Give a class the operator that it had before a raw one was stored."""
    before = _REPLACED.get(cls, {})
    for slot in (op.forward, op.reflected):
        if slot not in before:
            continue
        function = before.pop(slot)
        if function is not None:
            type.__setattr__(cls, slot, function)
        elif slot in cls.__dict__:
            type.__delattr__(cls, slot)


def _python_forms(short: str, op: Operator, handler: Any) -> list[tuple[str, Any]]:
    key = attr(f"__{short}__")

    def reflected(b: Any, a: Any) -> Any:
        theirs = getattr(type(a), key, None)
        return first((theirs or handler)(a, b))

    if short == "eq":
        return [
            (
                op.forward,
                lambda a, b: a is b or (isinstance(b, LuaObject) and truth(handler(a, b))),
            )
        ]
    if short in ("lt", "le"):
        return [
            (op.forward, lambda a, b: truth(handler(a, b))),
            ("__gt__" if short == "lt" else "__ge__", lambda b, a: truth(reflected(b, a))),
        ]
    if short == "tostring":
        return [(op.forward, lambda a: _string(first(handler(a))))]
    if short == "call":
        return [(op.forward, lambda a, *args: handler(a, *args))]
    if short in ("unm", "len"):
        return [(op.forward, lambda a: first(handler(a)))]
    forms: list[tuple[str, Any]] = [(op.forward, lambda a, b: first(handler(a, b)))]
    if op.reflected:
        forms.append((op.reflected, reflected))
    return forms


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    from th7shell.lua import tostring

    return tostring(value)


def _seen_by_lua(cls: Any, name: str) -> Any:
    found = getattr(cls, name, None)
    return LUAS.get(found, found)


def operator_of(cls: Any, key: str) -> Any:
    """The function a raw metatable field such as `__add` stands for: calls the operator as it is
    now."""
    op = OPERATORS.get(key[2:])
    if op is None:
        return None
    forward = _seen_by_lua(cls, op.forward)
    if forward is None or forward is getattr(object, op.forward, None):
        return None
    if op.reflected is None:
        return _of_first_operand(cls, forward, op)
    reflected = _seen_by_lua(cls, op.reflected)

    def operate(a: Any = None, b: Any = None, *_: Any) -> Any:
        if isinstance(a, cls):
            return forward(a, b)
        if isinstance(b, cls):
            return reflected(b, a)
        raise TorchError(f"both {_name(a)} and {_name(b)} have no {op.word} operator")

    return operate


def _of_first_operand(cls: Any, forward: Any, op: Operator) -> Any:
    """An operator that only its first operand answers, as a function: it takes any arguments."""
    count = {"__eq__": 1, "__call__": None}.get(op.forward, 0)

    def operate(a: Any = None, *rest: Any) -> Any:
        if not isinstance(a, cls):
            raise TorchError(f"{_name(a)} has no {op.word} operator")
        if len(rest) < (count or 0):
            rest += (None,)
        return forward(a, *rest[:count])

    return operate


def show_operators(cls: Any) -> None:
    """Let Lua call the operators that Python code gave a class by their Torch names:
    `t:__add__(u)`."""
    for short, op in OPERATORS.items():
        name = attr(f"__{short}__")
        method = _seen_by_lua(cls, op.forward)
        if name not in cls.__dict__ and method not in (
            None,
            getattr(TorchObject, op.forward, None),
            getattr(object, op.forward, None),
        ):
            type.__setattr__(cls, name, operator_of(cls, f"__{short}"))
