"""luaT, the C side of the class system: metatables, factories and the registry under Torch names.

Error texts and argument forms are luaT's. A plain table is made an instance in place
(`torch.setmetatable`).
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from th7shell.lua import (
    BadArgument,
    LuaObject,
    Table,
    TorchError,
    attr,
    lua_type,
    state,
    tostring,
)
from th7shell.lua.state import current
from th7shell.lua.values import address

from . import classes
from .classes import REGISTRY, Metatable, TorchClass, metatable, parent_class
from .namespace import export, known
from .tensor import default_type
from .types import NONE, type_text


def _class(name: str) -> Any:
    """The class, or table of `torch.metatype`, that is registered under a name; None if there is
    none."""
    return REGISTRY.get(name)


def _string(value: Any, position: int) -> str:
    if not isinstance(value, str):
        if value.__class__ is not int and value.__class__ is not float:
            raise BadArgument(position, f"string expected, got {type_text(value)}")
        value = tostring(value)
    return value


@export
def newmetatable(
    name: Any = NONE,
    parent: Any = None,
    constructor: Any = None,
    destructor: Any = None,
    factory: Any = None,
    module: Any = None,
    *_: Any,
) -> Any:
    """Make or extend a class with functions of its own for constructing; returns the metatable."""
    name = _string(name, 1)
    if parent is not None and not isinstance(parent, str):
        raise BadArgument(2, "parent class name or nil expected")
    for position, value, what in (
        (3, constructor, "constructor"),
        (4, destructor, "destructor"),
        (5, factory, "factory"),
    ):
        if value is not None and lua_type(value) != "function":
            raise BadArgument(position, f"{what} function or nil expected")
    if module is not None and lua_type(module) != "table":
        raise BadArgument(6, "module table or nil expected")
    cls = declare(name, parent, module, constructor, given_factory=factory is not None)
    if factory is not None:
        setattr(cls, "__factory", staticmethod(factory))
    return metatable(cls)


def declare(
    name: str,
    parent_name: Any,
    module: Any,
    constructor: Any,
    *,
    given_factory: bool,
    again: bool = False,
) -> Any:
    """Find or make the class, and place its constructor. again: make it even if there is one of
    that name; objects go on with the class they were made from."""
    if module is None:
        module = package_of(name)
    existing = None if again else REGISTRY.get(name)
    if existing is not None:
        if parent_name is not None:
            if parent_class(existing) is not None:
                raise TorchError(f"class {name} has been already assigned a parent class\n")
            if parent_name not in REGISTRY:
                raise TorchError(f"bad argument #2 (invalid parent class name {parent_name})")
        if given_factory:
            raise TorchError(f"{name} has been already assigned a factory")
        if constructor is not None:
            raise TorchError(f"{name} has been already assigned a constructor")
        cls = existing
    else:
        parent = None
        if parent_name is not None:
            parent = REGISTRY.get(parent_name)
            if not isinstance(parent, TorchClass):
                raise TorchError(f"bad argument #2 (invalid parent class name {parent_name})")
        cls = classes.make_class(name, parent, constructor)
    short = name.rpartition(".")[2]
    if isinstance(module, Table):
        module[short] = cls
    else:
        setattr(module, attr(short), cls)
    return cls


def package_of(name: str) -> Any:
    """The table in which the constructor of a dotted class name belongs: a global, or a package's
    table."""
    *packages, _ = name.split(".")
    table: Any = state.globals
    path = ""
    for package in packages:
        path = f"{path}.{package}" if path else package
        found = table[package]
        if found is None and table is state.globals:
            found = known(path)
        if lua_type(found) != "table":
            raise TorchError(
                f"while creating metatable {name}: bad argument #1"
                f" ({path} is an invalid module name)"
            )
        table = found
    return table


@export
def typename(value: Any = NONE, *_: Any) -> str | None:
    """The Torch class name of an object, nil for anything else."""
    if value is NONE:
        raise BadArgument(1, "value expected")
    return classes.typename(value)


@export
def isclass(value: Any = None, *_: Any) -> bool:
    """True for a Torch class itself: a constructor table or a metatable."""
    return isinstance(value, TorchClass)


@export
def factory(name: Any = NONE, *_: Any) -> Any:
    """The function that makes an empty instance of the named class, nil if there is none."""
    cls = _class(_string(name, 1))
    if cls is None:
        return None
    if not isinstance(cls, TorchClass):
        return cls["__factory"]
    return metatable(cls).__lua_rawget__("__factory")


@export
def getmetatable(name: Any = NONE, *_: Any) -> Any:
    """The metatable of the named class, nil if there is none."""
    cls = _class(_string(name, 1))
    return metatable(cls) if isinstance(cls, TorchClass) else cls if cls is not None else ()


@export
def getconstructortable(name: Any = NONE, *_: Any) -> Any:
    """The constructor table of the named class, nil if there is none."""
    cls = _class(_string(name, 1))
    return cls if isinstance(cls, TorchClass) else () if cls is None else cls["__constructor"]


@export
def setmetatable(table: Any = NONE, name: Any = NONE, *_: Any) -> Any:
    """Make a table an instance of the named class, in place; returns it."""
    name = _string(name, 2)
    if not isinstance(table, Table):
        raise BadArgument(1, f"table expected, got {type_text(table)}")
    cls = _class(name)
    if not (isinstance(cls, TorchClass) and issubclass(cls, Table)):
        raise TorchError(f"unknown typename {name}\n")
    table.__class__ = cls
    return table


@export
def metatype(name: Any = NONE, table: Any = NONE, *_: Any) -> None:
    """Register a metatable under a class name, for objects of a kind that Lua itself makes."""
    if not isinstance(table, Table) and not isinstance(table, TorchClass):
        raise BadArgument(2, f"table expected, got {type_text(table)}")
    REGISTRY[_string(name, 1)] = table


@export
def pushudata(*_: Any) -> Any:
    """Not possible here: there are no C pointers to wrap; pass the object itself."""
    raise TorchError("torch.pushudata: there are no C objects here; pass the tensor itself")


@export
def version(value: Any = NONE, *_: Any) -> Any:
    """The version number of an object's class, as written to files."""
    if value is NONE:
        raise BadArgument(1, "value expected")
    cls = type(value)
    if not isinstance(cls, TorchClass):
        return ()
    return cls.__dict__.get("__version", 1)


@export
def pointer(value: Any = NONE, *_: Any) -> int:
    """A number that tells objects apart: equal for two views' same storage, different for all else
    alive; of a cdata, the address it holds."""
    if value is None or value is NONE or isinstance(value, (bool, int, float)):
        raise TorchError("Torch object, table, thread, cdata or function expected")
    return address(value)


@export
def isequal(a: Any = None, b: Any = None, *_: Any) -> bool:
    """True if both are the same object."""
    return a is b and isinstance(a, LuaObject)


_environments: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


@export
def getenv(value: Any = NONE, *_: Any) -> Any:
    """The environment table of a function (its globals); for an object a table of its own."""
    if lua_type(value) == "function":
        return state.globals
    if not isinstance(value, LuaObject) or isinstance(value, Table):
        raise BadArgument(1, f"function or userdata expected, got {type_text(value)}")
    return _environments.setdefault(value, Table())


@export
def setenv(value: Any = NONE, table: Any = NONE, *_: Any) -> tuple[()]:
    """Set the environment table of an object; that of a function is set by `setfenv`."""
    if not isinstance(value, LuaObject) or isinstance(value, Table):
        raise BadArgument(
            1, f"userdata expected, got {type_text(value)}; use setfenv for functions"
        )
    if not isinstance(table, Table):
        raise BadArgument(2, f"table expected, got {type_text(table)}")
    _environments[value] = table
    return ()


@export
def getdefaulttensortype(*_: Any) -> str:
    """The name of the default tensor class."""
    return f"torch.{default_type().__name__}"


class Registry(LuaObject):
    """What `debug.getregistry()` shows of the classes: name → metatable, and metatable → name."""

    __slots__ = ()
    __lua_type__ = ħtype = "table"

    def __getattribute__(self, name: str) -> Any:
        if (name.startswith("__") and name.endswith("__")) or not name.isascii():
            return object.__getattribute__(self, name)
        found = REGISTRY.get(name)
        return metatable(found) if isinstance(found, TorchClass) else found

    def __setattr__(self, name: str, value: Any) -> None:
        if value is None:
            REGISTRY.pop(name, None)
        else:
            REGISTRY[name] = value.__lua_class__ if isinstance(value, Metatable) else value

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return getattr(self, key)
        if isinstance(key, Metatable):
            name = getattr(key, "__typename")
            return name if REGISTRY.get(name) is key.__lua_class__ else None
        for name, value in REGISTRY.items():
            if value is key and isinstance(key, Table):
                return name
        return current.world.registry.get(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        if key is None:
            raise TorchError("index is nil")
        if isinstance(key, str):
            setattr(self, key, value)
        elif value is not None:
            current.world.registry[key] = value
        else:
            current.world.registry.pop(key, None)
            for name in [n for n, v in REGISTRY.items() if v is key]:
                del REGISTRY[name]

    def __lua_rawget__(self, key: Any) -> Any:
        return self[key]

    def __lua_rawset__(self, key: Any, value: Any) -> None:
        self[key] = value

    def __lua_items__(self) -> list[tuple[Any, Any]]:
        return [(name, getattr(self, name)) for name in list(REGISTRY)]

    def __lua_metatable__(self) -> None:
        return None


REGISTRY_TABLE = Registry()


def getregistry(*_: Any) -> Any:
    """The registry of the classes, by name and by metatable: what `debug.getregistry` gives."""
    return REGISTRY_TABLE
