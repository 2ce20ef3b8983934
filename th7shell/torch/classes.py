"""The class system: `TorchClass`, the metaclass of every Torch class, and the registry of their
names.

A Torch class is a Python class, and that class is the constructor table which Lua sees. Its
metatable, in luaT's layout, is a second type over the same members (`Metatable`), so that reading
`parent.updateOutput` costs nothing. What Lua calls on them (`torch.class`, `torch.type` …) is in
`class_functions` and `luat`.
"""

from __future__ import annotations

import sys
from functools import cache
from types import FunctionType, MethodType
from typing import Any

from th7shell.lua import LuaError, LuaObject, Table, TorchError, attr, lua_type, rawget
from th7shell.lua.absent_fields import Absent, missing
from th7shell.lua.callers import from_python, nothing
from th7shell.lua.host import DIRECT, binds, leave, unbound
from th7shell.lua.state import MAIN, current
from th7shell.lua.values import key_of

from . import constructors
from .lending import class_changed, kept, lent, own_bases
from .namespace import namespace
from .operators import (
    OPERATORS,
    PROTOCOL,
    PYTHON_OPERATORS,
    TorchObject,
    install,
    operator_of,
    show_operators,
)
from .python_values import FOREIGN, natives
from .registry import MADE_IN_LUA, REGISTRY
from .replaced import member

_read = type.__getattribute__


class TorchClass(type):
    """Metaclass of every Torch class: `class Linear(Module, name='nn.Linear')`.

    `name` is the Torch name (the Python name if it is left out); `abstract=True` makes a Python
    base that Lua does not see: its members count as members of the named classes below it. The
    class is put into the table of its package and into the registry. Calling it makes an instance
    and runs `__init__`, Lua's `__init`, which is made from `arguments` (see `constructors.py`).
    """

    def __new__(
        meta,
        pyname: str,
        bases: tuple[type, ...],
        members: dict[str, Any],
        *,
        name: str | None = None,
        abstract: bool = False,
        register: bool = True,
        arguments: str | None = None,
    ) -> Any:
        if not any(isinstance(base, TorchClass) for base in bases):
            if TorchObject not in bases:
                bases = (*bases, TorchObject)
            if any(issubclass(base, Table) for base in bases):
                meta = LendingClass
                members.setdefault("__getitem__", field_or_item)
                members.setdefault("__getattr__", _absent)
                members.setdefault("__repr__", TorchObject.__repr__)
        cls = type.__new__(meta, pyname, bases, members)
        if any(name in members for name in PYTHON_OPERATORS):
            show_operators(cls)
        if arguments is not None:
            constructors.declare(cls, arguments, sys._getframe(1).f_lineno)
        if "__init__" in cls.__dict__:
            type.__setattr__(cls, "__init", cls.__dict__["__init__"])
        if not abstract:
            torch_name = name or pyname
            _describe(cls, torch_name, members)
            ours = cls.__module__.startswith("th7shell.")  # a program's class may be freed
            if ours and not cls.__dictoffset__ and cls.__getattribute__ is object.__getattribute__:
                DIRECT.add(cls)
            if register:
                REGISTRY[torch_name] = cls
                package, _, short = torch_name.rpartition(".")
                if package:
                    setattr(namespace(package), short, cls)
        if cls.__module__.startswith("th7shell.") and members.get("__doc__") is not None:
            type.__setattr__(cls, "__doc__", constructors.Page(members["__doc__"]))
        return cls

    def __init__(cls, *args: Any, **keywords: Any) -> None:
        super().__init__(*args)

    def __call__(cls: Any, *args: Any, **keywords: Any) -> Any:
        self = _read(cls, "__new__")(cls)
        init = _read(cls, "__init__")
        if init is not object.__init__:
            try:
                init(self, *args, **keywords)
            except LuaError as error:
                if not issubclass(cls, Table):
                    error.level = 0  # a constructor in C: its errors have no line in Lua
                raise
        return self

    def __setattr__(cls, name: str, value: Any) -> None:
        if type(getattr(cls, name, None)) in _SLOT_TYPES:
            raise TorchError(f"{cls.__name__} keeps its own data under the name {name!r}")
        if current.world is not MAIN and _patched_alike(cls, name, value):
            return
        if value is None and name in cls.__dict__:
            type.__delattr__(cls, name)
        elif value is not None:
            if isinstance(value, FunctionType):
                value = member(cls, name, kept(cls, value))
            type.__setattr__(cls, name, value)
            if not binds(value):
                leave(cls)
        class_changed()
        if name.startswith("__") or name[1:3] == "__":
            _special_set(cls, name, value)

    def __getitem__(cls, key: Any) -> Any:
        return getattr(cls, attr(key), None) if key.__class__ is str else None

    def __setitem__(cls, key: Any, value: Any) -> None:
        if key.__class__ is not str:
            raise TorchError(f"class {cls.__name__} has only named fields")
        setattr(cls, attr(key), value)

    def __iter__(cls) -> Any:
        return iter(())

    @property
    def ħarray(cls) -> Any:
        """The array part of a class: none (an instance has its own)."""
        return nothing()

    ħstore = ħarray

    @property
    def ħhash(cls) -> Any:
        """The keys of a class that are no names: there are none."""
        raise AttributeError("ħhash")

    @ħhash.setter
    def ħhash(cls, keys: Any) -> None:
        raise TorchError(f"class {cls.__name__} has only named fields")

    def __dir__(cls) -> list[str]:
        from .public_names import names

        return names(cls)

    @property
    def __signature__(cls) -> Any:
        """The arguments of the constructor, as `inspect.signature` and `help` show them."""
        own = constructors.arguments_of(cls)
        if own is not None:
            return constructors.signature(own)
        from th7shell.lua.written_forms import arguments_of, declared, forms_in, signature_of

        words = arguments_of(forms_in(cls.__doc__), cls.__name__)
        init = _read(cls, "__init__")
        return declared(init) if words is None else signature_of(words, init)

    def __repr__(cls) -> str:
        return f"<Torch class {getattr(cls, '__typename', cls.__name__)}>"

    # what Lua's primitives do on the constructor table: it is empty, all comes through its
    # metatable

    __lua_type__ = "table"

    def __lua_metatable__(cls) -> Any:
        return metatable(cls)

    def __lua_rawget__(cls, key: Any) -> Any:
        return None

    def __lua_rawset__(cls, key: Any, value: Any) -> None:
        cls[key] = value

    def __lua_items__(cls) -> list[tuple[Any, Any]]:
        return []


class LendingClass(TorchClass):
    """The metaclass of Torch classes whose objects are tables: their methods can be borrowed, and
    Python's lists, dicts and arrays are arguments of their constructors."""

    def __call__(cls: Any, *args: Any, **keywords: Any) -> Any:
        self = _read(cls, "__new__")(cls)
        init = _read(cls, "__init__")
        if keywords:
            constructors.check_keywords(cls, keywords)
            if init.__module__.startswith("th7shell."):
                keywords = dict(zip(keywords, natives(tuple(keywords.values()))))
        for value in args:
            if value.__class__ in FOREIGN and init.__module__.startswith("th7shell."):
                args = natives(args)
                break
        init(self, *args, **keywords)
        return self

    def __getattribute__(cls, name: str) -> Any:
        value = _read(cls, name)
        if value.__class__ is FunctionType:
            return lent(cls, name, value)
        if value is None and from_python() and _is_absent(cls, name):
            raise missing(cls, name)
        return value


class Metatable(TorchClass):
    """The type of metatables: each is a type below its class, `__lua_class__`, and shows and sets
    its members."""

    __lua_class__: TorchClass

    def __setattr__(cls, name: str, value: Any) -> None:
        setattr(type.__getattribute__(cls, "__lua_class__"), name, value)

    def __call__(cls, *args: Any, **keywords: Any) -> Any:
        raise TorchError("attempt to call a table value")

    def __repr__(cls) -> str:
        return f"<metatable of {getattr(cls, '__typename', cls.__name__)}>"

    def __lua_metatable__(cls) -> Any:
        parent = parent_class(cls.__lua_class__)
        return parent and metatable(parent)

    def __lua_rawget__(cls, key: Any) -> Any:
        if key.__class__ is not str:
            return None
        owner = cls.__lua_class__
        name = attr(key)
        for base in own_bases(owner):
            if name in base.__dict__:
                return _member(owner, name, base.__dict__[name])
        if key in ("__index", "__newindex", "__metatable"):
            return getattr(cls, key)
        return PROTOCOL.get(key) or operator_of(owner, key)

    def __lua_rawset__(cls, key: Any, value: Any) -> None:
        cls.__lua_class__[key] = value

    def __lua_items__(cls) -> list[tuple[Any, Any]]:
        owner = cls.__lua_class__
        found: dict[str, Any] = {}
        for base in own_bases(owner):
            for name, value in base.__dict__.items():
                if _is_lua_name(name) and key_of(name) not in found:
                    value = _member(owner, name, value)
                    if value is not None:
                        found[key_of(name)] = value
        for key in ("__index", "__newindex", "__metatable"):
            found.setdefault(key, getattr(cls, key))
        for short in OPERATORS:
            value = PROTOCOL.get("__" + short) or operator_of(owner, "__" + short)
            if value is not None:
                found.setdefault("__" + short, value)
        return list(found.items())


def metatable(cls: Any) -> Any:
    """The metatable of a Torch class, made when first asked for."""
    found = cls.__dict__.get("__lua_metatable_type__")
    if found is None:
        members = {"__slots__": (), "__lua_class__": cls, "__module__": cls.__module__}
        found = type.__new__(_metatable_type(cls.__class__), cls.__name__, (cls,), members)
        type.__setattr__(found, "__metatable", found)
        for short in OPERATORS:
            if f"__{short}" not in PROTOCOL and operator_of(cls, f"__{short}") is not None:
                type.__setattr__(found, f"__{short}", _current_operator(cls, f"__{short}"))
        type.__setattr__(cls, "__lua_metatable_type__", found)
    return found


def _current_operator(cls: Any, key: str) -> Any:
    """A raw metatable field such as `__add`: does what the operator does when it is called."""

    def operate(*args: Any) -> Any:
        return operator_of(cls, key)(*args)

    return operate


@cache
def _metatable_type(meta: type) -> Any:
    """The type of metatables of classes that are made by the metaclass `meta`."""
    return Metatable if meta is TorchClass else type("Metatable", (Metatable, meta), {})


def parent_class(cls: Any) -> Any:
    """The nearest named Torch class above, or None."""
    for base in cls.__mro__[1:]:
        if isinstance(base, TorchClass) and "__typename" in base.__dict__:
            return base
    return None


def typename(value: Any) -> str | None:
    """The Torch class name of an object, or None for what is none (`torch.typename`).

    A metatable is an object of the parent's class, as its own metatable is the parent's.
    """
    if isinstance(value, LuaObject):
        return getattr(type(value), "__typename", None)
    if isinstance(value, Metatable):
        return getattr(parent_class(value.__lua_class__), "__typename", None)
    return None


def torch_type(value: Any) -> str:
    """The Torch class name of an object, else its Lua type (`torch.type`)."""
    return typename(value) or lua_type(value)


def class_named(name: str) -> Any:
    """The class registered under a name, or None."""
    return REGISTRY.get(name)


def make_class(name: str, parent: Any = None, constructor: Any = None) -> Any:
    """A new Torch class for Lua: a Python class below `parent`, or a table class of its own."""
    short = name.rpartition(".")[2]
    bases = (parent,) if parent is not None else (Table,)
    cls = TorchClass(
        short, bases, {"__slots__": (), "__module__": MADE_IN_LUA}, name=name, register=False
    )
    REGISTRY[name] = cls
    if constructor is not None:
        type.__setattr__(cls, "__lua_constructor__", constructor)
    return cls


def field_or_item(self: Any, key: Any) -> Any:
    """self[key] of a table of a Torch class: a field by any name is its own or the class's."""
    if key.__class__ is not str:
        return rawget(self, key)
    value = getattr(self, attr(key), None)
    return value if value.__class__ is not MethodType else unbound(value)


def _absent(self: Any, name: str) -> None:
    """A field that a table of a Torch class lacks is nil for Lua and the engine."""
    if name in _SLOTS:
        raise AttributeError(name)
    if name.startswith("__") and name.endswith("__"):
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
    if from_python():
        raise missing(self, name)


_SLOTS = frozenset(Table.__slots__)


def _describe(cls: Any, name: str, members: dict[str, Any]) -> None:
    """Give a named class the fields that luaT puts into a metatable."""

    def new(*args: Any) -> Any:
        return cls(*args)

    def factory(*_: Any) -> Any:
        return cls.__new__(cls) if issubclass(cls, Table) else cls()

    fields = {
        "__typename": name,
        "__version": 1,
        "__constructor": cls,
        "__factory": staticmethod(factory),
        "new": staticmethod(new),
    }
    for field, value in fields.items():
        if field not in members:
            type.__setattr__(cls, field, value)


def _is_absent(cls: Any, name: str) -> bool:
    """Whether what a class has under a name stands for nothing."""
    found = (base.__dict__[name] for base in _read(cls, "__mro__") if name in base.__dict__)
    return isinstance(next(found, None), Absent)


def _is_lua_name(name: str) -> bool:
    """False for Python's own specials and names that no Lua key can spell."""
    if name.startswith("__") and name.endswith("__"):
        return False
    return name.isascii() or key_of(name) != name


def _member(owner: Any, name: str, value: Any) -> Any:
    """A class attribute as Lua sees it; None for what is Python's own, such as slots and
    properties."""
    if isinstance(value, property) or type(value) in _SLOT_TYPES:
        return None
    get = getattr(type(value), "__get__", None)
    if get is not None:
        value = get(value, None, owner)
    if value.__class__ is FunctionType and issubclass(owner, Table):
        return lent(owner, name, value)
    lua = isinstance(value, (LuaObject, TorchClass, str, int, float)) or callable(value)
    return value if lua and not isinstance(value, tuple) else None


def _patched_alike(cls: Any, name: str, value: Any) -> bool:
    """Whether a class of th7shell's own has this very Lua function already, from a file that the
    main program has run as well."""
    code = getattr(value, "__code__", None)
    old = getattr(cls.__dict__.get(name), "__code__", None)
    return code is not None and cls.__module__ != MADE_IN_LUA and old == code


_SLOT_TYPES = (type(Table.__dict__["ħhash"]), type(Table.__dict__["__dict__"]))


def _special_set(cls: Any, name: str, value: Any) -> None:
    """After a name that begins with __ was set: keep Python's protocol in step with Lua's."""
    shown = cls.__dict__.get("__lua_metatable_type__")
    if shown is not None and name in shown.__dict__:
        type.__delattr__(shown, name)
    if name == "__init":
        if value is None:
            if "__init__" in cls.__dict__:
                type.__delattr__(cls, "__init__")
        else:
            type.__setattr__(cls, "__init__", value)
    elif name == "__init__":
        type.__setattr__(cls, "__init", value)
    else:
        install(cls, name, value)
