"""`pl.class`: classes of Lua tables. `B = class(A)` makes one derived from A, `class.B(A)` also
names it and puts it into the caller's globals; `B(…)` makes an object, initialized by `B:_init(…)`.

A class is the metatable of its objects and holds a copy of what its base has.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua.stdlib import base as library
from th7shell.lua.stdlib.environments import getfenv
from th7shell.lua.values import address

from .values import (
    LuaError,
    Table,
    first,
    getmetatable,
    index,
    is_table,
    items,
    lua_type,
    new_table,
    rawget,
    rawset,
    send,
    set_index,
    setmetatable,
    state,
    true,
)


def is_a(value: Any = None, cls: Any = None, *_: Any) -> Any:
    """Whether an object is of a class or of one derived from it; without a class, its own class."""
    found = getmetatable(value)
    if cls is None:
        return found
    while isinstance(found, Table):
        if found is cls:
            return True
        found = rawget(found, "_base")
    return False


def class_of(cls: Any = None, value: Any = None, *_: Any) -> Any:
    """Whether a class, or one derived from it, is that of an object."""
    if not isinstance(cls, Table) or rawget(cls, "is_a") is None:
        return False
    return index(cls, "is_a")(value, cls)


def cast(cls: Any = None, value: Any = None, *_: Any) -> Any:
    """Make a table an object of another class."""
    return library.setmetatable(value, cls)


def text_of(value: Any = None, *_: Any) -> str:
    """An object as text: the name of its class (or 'table') and its address."""
    name = rawget(index(value, "_class"), "_name")
    return f"{'table' if name is None else name}: 0x{address(value):08x}"


def initialize(cls: Any, made: Any, arguments: tuple[Any, ...]) -> Any:
    """Call a class's `_init`, or the inherited one; meanwhile `self:super(…)` calls the one above
    it."""
    init, above = rawget(cls, "_init"), rawget(cls, "_parent_with_init")
    if above is None:
        rawset(made, "super", None)
    elif init is None:
        init, above = rawget(above, "_init"), rawget(above, "_parent_with_init")
    if above is None:
        return first(init(made, *arguments))

    def super(held: Any = None, *more: Any) -> Any:
        initialize(above, held, more)
        return ()

    rawset(made, "super", super)
    answer = first(init(made, *arguments))
    rawset(made, "super", None)
    return answer


def make_class(base: Any = None, argument: Any = None, cls: Any = None, *_: Any) -> Any:
    """Make a class derived from `base`, in the table `cls` if given; of a plain table without
    metatable, itself becomes the class, derived from its `_base`."""
    meta = new_table()
    plain = is_table(base) and getmetatable(base) is None
    if plain:
        base, cls = rawget(base, "_base"), base
    elif cls is None:
        cls = new_table()
    if is_table(base):
        for key, value in list(items(base)):
            if not plain or rawget(cls, key) is None:
                rawset(cls, key, value)
        rawset(cls, "_base", base)
        if (handler := rawget(cls, "_handler")) is not None:
            rawset(meta, "__index", handler)
    elif base is not None:
        raise LuaError("must derive from a table type", 3)
    rawset(cls, "__index", cls)
    setmetatable(cls, meta)
    if not plain:
        if own(base, "_init") is not None:
            rawset(cls, "_parent_with_init", base)
        rawset(cls, "_init", None)
    if (prepare := own(base, "_class_init")) is not None:
        prepare(cls, argument)
    rawset(meta, "__call", constructor(cls, base))
    rawset(cls, "catch", catcher(cls, meta))
    for name, value in (("is_a", is_a), ("class_of", class_of), ("cast", cast), ("_class", cls)):
        rawset(cls, name, value)
    if rawget(cls, "__tostring") is None:
        rawset(cls, "__tostring", text_of)
    return cls


def own(base: Any, name: str) -> Any:
    """A field of a base itself, None without a base."""
    return rawget(base, name) if isinstance(base, Table) else None


def constructor(cls: Any, base: Any) -> Any:
    """The function that makes an object of a class."""

    def construct(_: Any = None, *arguments: Any) -> Any:
        create = rawget(cls, "_create")
        made = None if create is None else first(create(*arguments))
        if made is None or made is False:
            made = new_table()
        made = setmetatable(made, cls)
        if rawget(cls, "_init") is not None or rawget(cls, "_parent_with_init") is not None:
            other = initialize(cls, made, arguments)
            if true(other):
                made = setmetatable(other, cls)
        if (finish := own(base, "_post_init")) is not None:
            finish(made)
        return made

    return construct


def catcher(cls: Any, meta: Any) -> Any:
    """The function that sets what answers for fields which a class lacks."""

    def catch(held: Any = None, handler: Any = None, *_: Any) -> Any:
        handler = held if lua_type(held) == "function" else handler
        rawset(cls, "_handler", handler)
        set_index(meta, "__index", handler)
        return ()

    return catch


def with_properties(cls: Any = None, *_: Any) -> Any:
    """Let a class of objects with properties look for `get_NAME`, then the field `_NAME`, where
    NAME is absent, and store by `set_NAME`."""

    def look(held: Any = None, key: Any = None, *_: Any) -> Any:
        value = index(cls, key)
        if true(value):
            return value
        getter = rawget(cls, f"get_{key}")
        return rawget(held, f"_{key}") if getter is None else getter(held)

    def store(held: Any = None, key: Any = None, value: Any = None, *_: Any) -> Any:
        setter = index(cls, f"set_{key}")
        if true(setter):
            setter(held, value)
        else:
            rawset(held, key, value)
        return ()

    rawset(cls, "__index", look)
    rawset(cls, "__newindex", store)
    return ()


def luaopen(globals: Table) -> Table:
    """The table of `require 'pl.class'`: it is called, or indexed by the name of a new class."""
    made = new_table()

    def create(_: Any = None, *arguments: Any) -> Any:
        return make_class(*arguments)

    def named(_: Any = None, key: Any = None, *__: Any) -> Any:
        if key == "class":
            text = 'require("pl.class").class is deprecated. Use require("pl.class")\n'
            send(state.globals.io.stderr, "write", text)
            return made
        env = getfenv(2)

        def create_named(*arguments: Any) -> Any:
            cls = make_class(*arguments)
            rawset(cls, "_name", key)
            rawset(env, key, cls)
            return cls

        return create_named

    setmetatable(made, new_table(fields={"__call": create, "__index": named}))
    properties = make_class()
    rawset(properties, "_class_init", with_properties)
    rawset(made, "properties", properties)
    return made
