"""`require 'python'`: Python modules and objects in Lua.

Strings go over as text (UTF-8) and come back as bytes of text, None is nil, numbers and booleans
are the same; lists, dicts and everything else stay Python objects behind a `PyObject`. Tensors
become NumPy arrays over the same memory, and arrays become tensors.
"""

from __future__ import annotations

import builtins
import operator
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from .. import late_modules
from ..errors import LuaError
from ..values import (
    LuaObject,
    Table,
    items,
    key_of,
    length,
    lua_type,
    new_table,
    rawget,
)
from .arguments import (
    NONE,
    BadArgument,
    LibraryError,
    check_any,
    check_string,
    check_table,
    expected,
)
from .texts import from_text, is_field, to_text

_MAX_EXACT = 2**53


class PyObject(LuaObject):
    """A Python object in Lua: fields, elements, calls and operators are Python's own; errors arrive
    through pcall.

    `o.name` reads an attribute, `o[i]` an element by Python's index, `o(…)` calls, `o:method(…)`
    too; a last argument `py.kw{name = value}` gives keyword arguments. `#o` is len(o);
    `tostring(o)` is str(o).
    """

    __slots__ = ("__weakref__", "ħheld")

    def __init__(self, value: Any) -> None:
        object.__setattr__(self, "ħheld", value)

    def __getattribute__(self, name: str) -> Any:
        if not is_field(name):
            return object.__getattribute__(self, name)
        value = object.__getattribute__(self, "ħheld")
        try:
            return to_lua(getattr(value, to_text(key_of(name))))
        except AttributeError as error:
            if isinstance(value, dict):
                return to_lua(value.get(to_text(key_of(name))))
            raise _failed(error) from error

    def __setattr__(self, name: str, value: Any) -> None:
        target = self.ħheld
        if isinstance(target, dict):
            target[to_text(key_of(name))] = to_python(value)
        else:
            _guard(setattr, target, to_text(key_of(name)), to_python(value))

    def __getitem__(self, key: Any) -> Any:
        return to_lua(_guard(lambda: self.ħheld[to_python(key)]))

    def __setitem__(self, key: Any, value: Any) -> None:
        if value is None:
            _guard(self.ħheld.__delitem__, to_python(key))
        else:
            _guard(self.ħheld.__setitem__, to_python(key), to_python(value))

    def __len__(self) -> int:
        return _guard(len, self.ħheld)

    def __str__(self) -> str:
        return from_text(str(self.ħheld))

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, PyObject) and bool(self.ħheld == other.ħheld)

    def __hash__(self) -> int:
        return id(self.ħheld)

    def __lua_address__(self) -> int:
        return id(self.ħheld)

    def __call__(self, *arguments: Any) -> Any:
        if arguments and arguments[0].__class__ is PyObject:
            bound = getattr(self.ħheld, "__self__", None)
            if bound is arguments[0].ħheld and bound is not None:
                arguments = arguments[1:]  # o:method(…): the method is bound to o already
        return call(self.ħheld, arguments)


def _operator(name: str) -> Callable[[PyObject, Any], Any]:
    def operate(self: PyObject, other: Any) -> Any:
        function = getattr(operator, name)
        return to_lua(_guard(function, self.ħheld, to_python(other)))

    return operate


def _reflected(name: str) -> Callable[[PyObject, Any], Any]:
    def operate(self: PyObject, other: Any) -> Any:
        function = getattr(operator, name)
        return to_lua(_guard(function, to_python(other), self.ħheld))

    return operate


for _name in ("add", "sub", "mul", "truediv", "mod", "pow"):
    setattr(PyObject, f"__{_name}__", _operator(_name))
    setattr(PyObject, f"__r{_name}__", _reflected(_name))
for _name in ("lt", "le"):
    setattr(PyObject, f"__{_name}__", _operator(_name))


class Keywords(LuaObject):
    """Keyword arguments of a call, made by `py.kw{…}`."""

    __slots__ = ("values",)

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values


def _failed(error: Exception) -> LuaError:
    """Turn a Python exception into a Lua error: its kind and text."""
    if isinstance(error, LuaError):
        return error
    text = from_text(str(error))
    return LibraryError(f"{type(error).__name__}: {text}" if text else type(error).__name__)


def _guard(function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except Exception as error:
        raise _failed(error) from error


def call(function: Any, arguments: tuple[Any, ...]) -> Any:
    """Call a Python function with Lua values; a last `Keywords` gives keyword arguments."""
    keywords: dict[str, Any] = {}
    if arguments and arguments[-1].__class__ is Keywords:
        keywords = arguments[-1].values
        arguments = arguments[:-1]
    return to_lua(_guard(lambda: function(*map(to_python, arguments), **keywords)))


def to_python(value: Any) -> Any:
    """Turn a Lua value into what a Python function expects."""
    kind = value.__class__
    if kind is str:
        return to_text(value)
    if kind is PyObject:
        return value.ħheld
    if isinstance(value, LuaObject):
        array = getattr(value, "nd", None)
        if not isinstance(value, Table) and array is not None:
            return array
        return value
    if lua_type(value) == "function":
        return _for_python(value)
    return value


def _for_python(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let Python call a Lua function with Python values."""

    def from_python(*arguments: Any) -> Any:
        result = function(*map(to_lua, arguments))
        if result.__class__ is tuple:
            return tuple(map(to_python, result)) if result else None
        return to_python(result)

    from_python.__name__ = getattr(function, "__name__", "function")
    return from_python


def to_lua(value: Any) -> Any:
    """Turn a Python value into a Lua value; what Lua has no counterpart for becomes a PyObject."""
    kind = value.__class__
    if value is None or kind is bool or kind is float or isinstance(value, LuaObject):
        return value
    if kind is int:
        return value if -_MAX_EXACT <= value <= _MAX_EXACT else float(value)
    if isinstance(value, str):
        return from_text(str(value))
    if kind is bytes:
        return value.decode("latin-1")
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        if isinstance(value, numpy.generic):
            return to_lua(value.item())
        if isinstance(value, numpy.ndarray) and (tensor := _tensor(value)) is not None:
            return tensor
    return PyObject(value)


def _tensor(array: Any) -> Any:
    """Wrap an array as a tensor over its memory; None without torch, or for numbers that no tensor
    holds."""
    room = sys.modules.get(
        "th7shell.torch.tensor"
    )  # it stands above the language: asked, never loaded
    if room is None or array.ndim == 0 or array.dtype.char not in "bBhilqfd":
        return None
    return room.wrap(array)


# ---- the functions of the module's table


def import_(name: Any = NONE, *_: Any) -> Any:
    """Import a Python module: `py.import 'os.path'`."""
    return PyObject(_guard(import_module, check_string(1, name)))


def kw(fields: Any = NONE, *_: Any) -> Keywords:
    """Make keyword arguments of a table, to stand last in a call: `f(x, py.kw{sep = ';'})`."""
    values = {
        to_text(k): to_python(v) for k, v in items(check_table(1, fields)) if k.__class__ is str
    }
    return Keywords(values)


def _make_list(t: Any = NONE, *_: Any) -> PyObject:
    """Make a Python list of t[1], …, t[#t]."""
    t = check_table(1, t)
    return PyObject([to_python(rawget(t, i)) for i in range(1, length(t) + 1)])


def _make_tuple(t: Any = NONE, *_: Any) -> PyObject:
    """Make a Python tuple of t[1], …, t[#t]."""
    return PyObject(tuple(_make_list(t).ħheld))


def _make_dict(t: Any = NONE, *_: Any) -> PyObject:
    """Make a Python dict of a table's pairs."""
    return PyObject({to_python(k): to_python(v) for k, v in items(check_table(1, t))})


def table(value: Any = NONE, *_: Any) -> Any:
    """Make a Lua table of a Python list, tuple or dict, and of those inside it."""
    return _table_of(value.ħheld if value.__class__ is PyObject else check_any(1, value))


def _table_of(value: Any) -> Any:
    if isinstance(value, dict):
        t = Table()
        for key, inner in value.items():
            t[to_lua(key)] = _table_of(inner)
        return t
    if isinstance(value, (list, tuple, set, frozenset)):
        return new_table([_table_of(inner) for inner in value])
    return to_lua(value)


def iter_(value: Any = NONE, *_: Any) -> Callable[..., Any]:
    """Give an iterator for a for loop over a Python object; tuples are spread: `for k, v in
    py.iter(d:items())`."""
    if value.__class__ is not PyObject:
        raise expected(1, "Python object", value)
    iterator = _guard(iter, value.ħheld)

    def step(*_: Any) -> Any:
        try:
            element = next(iterator)
        except StopIteration:
            return None
        except Exception as error:
            raise _failed(error) from error
        if element.__class__ is tuple and len(element) > 1:
            return tuple(map(to_lua, element))
        return _NIL_ELEMENT if element is None else to_lua(element)

    return step


_NIL_ELEMENT = PyObject(None)  # None among the elements: nil would end the loop


def eval_(text: Any = NONE, *_: Any) -> Any:
    """Evaluate a Python expression."""
    return to_lua(_guard(eval, to_text(check_string(1, text)), {"__name__": "lua"}))


def exec_(text: Any = NONE, *_: Any) -> PyObject:
    """Run Python statements; gives the dict of the names that they define."""
    space: dict[str, Any] = {"__name__": "lua"}
    _guard(builtins.exec, to_text(check_string(1, text)), space)
    space.pop("__builtins__", None)
    return PyObject(space)


def asattr(value: Any = NONE, name: Any = NONE, *_: Any) -> Any:
    """Read an attribute by name, also where a dict's key of that name would win."""
    if value.__class__ is not PyObject:
        raise expected(1, "Python object", value)
    return to_lua(_guard(getattr, value.ħheld, to_text(check_string(2, name))))


def ndarray(tensor: Any = NONE, *_: Any) -> PyObject:
    """Give a tensor's NumPy array as a Python object; both share their memory."""
    array = None if isinstance(tensor, Table) else getattr(tensor, "nd", None)
    if array is None:
        raise expected(1, "tensor", tensor)
    return PyObject(array)


def tensor(value: Any = NONE, *_: Any) -> Any:
    """Give a tensor over a NumPy array's memory."""
    import numpy

    array = numpy.asarray(
        value.ħheld if value.__class__ is PyObject else to_python(check_any(1, value))
    )
    made = _tensor(array)
    if made is None:
        raise BadArgument(1, f"no tensor type holds {array.dtype} of {array.ndim} dimensions")
    return made


def luaopen(globals: Table) -> Table:
    """Make the table that `require 'python'` gives."""
    late_modules.complete()
    return new_table(
        (),
        {
            "asattr": asattr,
            "builtins": PyObject(builtins),
            "dict": _make_dict,
            "eval": eval_,
            "exec": exec_,
            "import": import_,
            "iter": iter_,
            "kw": kw,
            "list": _make_list,
            "ndarray": ndarray,
            "none": PyObject(None),
            "table": table,
            "tensor": tensor,
            "tuple": _make_tuple,
        },
    )
