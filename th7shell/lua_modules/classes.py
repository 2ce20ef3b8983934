"""Lua's `class`: classes whose metatables are plain tables, with single inheritance. Upstream:
torch/class.

They have nothing to do with `torch.class`: classes of a name may exist in both.
"""

from __future__ import annotations

from inspect import getdoc
from typing import Any
from weakref import WeakKeyDictionary

from th7shell.argcheck import argcheck_of
from th7shell.lua import Table, TorchError, lua_type, new_table, rawget, rawset
from th7shell.lua.host import lua_function
from th7shell.lua.metatables import getmetatable, setmetatable
from th7shell.torch.classes import typename
from th7shell.torch.namespace import need


class Classes:
    """The classes of one interpreter: their metatables by name, and what each is a kind of."""

    def __init__(self, globals: Any) -> None:
        self.metatables: dict[Any, Table] = {}
        self.ancestors: dict[Any, set[Any]] = {}
        self.ctypes: dict[str, str] = {}
        self.globals = globals

    def table(self, globals: Any) -> Table:
        """The table that `require 'class'` gives."""
        checker = argcheck_of(globals)
        name = {"name": "name", "type": "string"}
        parent = {"name": "parentname", "type": "string", "opt": True}
        ctype = {"name": "ctype", "type": "cdata", "opt": True}
        table = new_table(
            fields={"type": lua_function(self.type), "istype": lua_function(self.istype)}
        )
        for function, *rules in (
            (self.new, name, parent, ctype),
            (self.factory, name),
            (self.metatable, name),
        ):
            options = new_table([new_table(fields=rule) for rule in rules])  # type: ignore[arg-type]
            options.call = lua_function(function)
            options.doc = f"### `class.{function.__name__}(@ARGP)`\n\n{getdoc(function)}\n"
            table[function.__name__] = checker.argcheck(options)
        checker.env.istype = table.istype
        call = lua_function(lambda _self=None, *given: table.new(*given))
        return setmetatable(table, new_table(fields={"__call": call}))

    def new(self, name: Any = None, parentname: Any = None, ctype: Any = None, *_: Any) -> Any:
        """Make a class: `class(name [, parentname [, ctype]])` gives the table in which its methods
        are defined, and the parent's metatable. Calling it, or its `new`, makes an object and calls
        `__init` on it."""
        if name in self.metatables:
            raise TorchError(f"class <{name}> already exists")
        parent = None
        if parentname is not None:
            parent = self.metatables.get(parentname)
            if parent is None:
                raise TorchError(f"parent class <{parentname}> does not exist")
        if ctype is not None:
            self.take_ctype(str(ctype), name)
        made = Table()

        def factory(*_: Any) -> Any:
            return setmetatable(Table(), made)

        def new(*given: Any) -> Any:
            object = factory()
            object["__init"](object, *given)
            return object

        for key, value in {
            "__typename": name,
            "__index": made,
            "__factory": factory,
            "__init": lambda *_: (),
            "new": new,
        }.items():
            rawset(made, key, value)
        self.metatables[name] = made
        self.ancestors[name] = {name} | (
            self.ancestors[parentname] if parent is not None else set()
        )
        if parent is None:
            return _constructor(made)
        setmetatable(made, parent)
        return _constructor(made), parent

    def take_ctype(self, ctype: str, name: str) -> None:
        """Let data of a C type be of a class."""
        if ctype in self.ctypes:
            raise TorchError(f"ctype <{ctype}> already considered as <{self.ctypes[ctype]}>")
        self.ctypes[ctype] = name

    def factory(self, name: Any = None, *_: Any) -> Any:
        """An object of a class on which `__init` was not called: `class.factory(name)`."""
        if name not in self.metatables:
            raise TorchError(f"unknown class <{name}>")
        return rawget(self.metatables[name], "__factory")()

    def metatable(self, name: Any = None, *_: Any) -> Any:
        """The metatable of a class, nil if there is none: `class.metatable(name)`."""
        return self.metatables.get(name)

    def name_of(self, value: Any) -> Any:
        """The name of a value's class, None for what has none."""
        kind = lua_type(value)
        if kind == "cdata":
            found = self.ctypes.get(str(self.globals.require("ffi").typeof(value)))
            return typename(value) if found is None else found
        if kind not in ("table", "userdata"):
            return None
        metatable = getmetatable(value)
        return rawget(metatable, "__typename") if isinstance(metatable, Table) else typename(value)

    def type(self, value: Any = None, *_: Any) -> Any:
        """The class of a value, or its Lua type: `class.type(value)`."""
        return self.name_of(value) or lua_type(value)

    def istype(self, value: Any = None, name: Any = None, *_: Any) -> bool:
        """Whether a value is of a class or one below it, or of a Lua type: `class.istype(value,
        name)`."""
        own = self.name_of(value)
        if own is None:
            return lua_type(value) == name
        return name in self.ancestors.get(own, (own,))


def _constructor(metatable: Table) -> Table:
    """The table that stands for a class: its fields are the metatable's."""

    def call(self: Any = None, *given: Any) -> Any:
        return self.new(*given)

    fields = {
        "__index": metatable,
        "__newindex": metatable,
        "__metatable": metatable,
        "__call": call,
    }
    return setmetatable(Table(), new_table(fields=fields))


_tables: WeakKeyDictionary[Any, Table] = WeakKeyDictionary()
FILES: dict[str, Any] = {}  # one file


def luaopen(globals: Any) -> Table:
    """Return the table of functions, which can be called; no global is set."""
    need(globals, "torch")
    if globals not in _tables.keys():
        _tables[globals] = Classes(globals).table(globals)
    return _tables[globals]
