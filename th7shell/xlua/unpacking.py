"""Named or positional arguments: `xlua.unpack`, and the usage texts made of their descriptions."""

from __future__ import annotations

from typing import Any

import th7shell.torch.console as console
from th7shell.lua import (
    BadArgument,
    Table,
    TorchError,
    array,
    items,
    length,
    lua_type,
    new_table,
    tostring,
)
from th7shell.lua.metatables import getmetatable, setmetatable
from th7shell.sys.colors import CODES
from th7shell.torch.classes import typename
from th7shell.torch.namespace import export

from .tables import table2string

_BANNER = "+" * 69
_COLUMN = 40  # where the descriptions of arguments begin
_MOST = 64


@export(package="xlua")
def error(message: Any = None, domain: Any = None, usage: Any = None, *_: Any) -> None:
    """Raise an error in colour: `xlua.error(message [, domain [, usage]])`."""
    text = tostring(message) if domain is None else f"<{tostring(domain)}> {tostring(message)}"
    text = f"{CODES['Red']}{text}{CODES['none']}"
    raise TorchError(text if usage is None else f"{text}\n{tostring(usage)}")


def _line(head: str, definition: Any) -> str:
    text = head.ljust(_COLUMN) + "-- " + tostring(definition["help"] or "")
    default = definition["default"]
    if isinstance(default, Table):
        return f"{text}  [default = {table2string(default)}]"
    if default is not None:
        return f"{text}  [default = {tostring(default)}]"
    if definition["defaulta"] is not None:
        return f"{text}  [default == {definition['defaulta']}]"
    return text


def _named(name: str, definitions: list[Any]) -> str:
    lines = []
    for d in definitions:
        head = f"{d.arg} = {d.type}"
        lines.append(_line(f"    {head}" if d["req"] else f"    [{head}]", d))
    return name + "{\n" + "".join(f"{line}\n" for line in lines) + "}\n"


def _positional(name: str, definitions: list[Any]) -> str:
    """Forms of positional arguments, parted by empty strings."""
    forms: list[list[str]] = [[]]
    for d in definitions:
        if d is None or d == "":
            forms.append([])
            continue
        head = f"    {d.type}" if d["req"] else f"    [{d.type}]"
        forms[-1].append(head.ljust(_COLUMN) + "-- " + tostring(d["help"] or ""))
    return "".join(f"{name}(\n" + "".join(f"{line}\n" for line in form) + ")\n" for form in forms)


@export(package="xlua")
def usage(name: Any = None, description: Any = None, example: Any = None, *definitions: Any) -> str:
    """The help text of a function: `xlua.usage(name, description, example, {arg=, type=, help=},
    …)`."""
    listed: list[Any] = list(definitions)
    if listed and isinstance(listed[0], Table) and listed[0]["tabled"] is not None:
        listed = array(listed[0]["tabled"])
    cyan, none = CODES["cyan"], CODES["none"]
    text = f"{_BANNER}\n{CODES['Magenta']}{name}{none}\n"
    if description:
        text += f"\n{description}\n"
    text += f"\n{CODES['blue']}> {none}usage:\n{cyan}"
    named = bool(listed) and isinstance(listed[0], Table) and listed[0]["arg"] is not None
    text += (_named if named else _positional)(name, listed) + none
    if example:
        text += f"\n{cyan}{example}{none}\n"
    return text + _BANNER


def usage_object(name: Any, description: Any, definitions: list[Any]) -> Table:
    """A value whose text, made when it is asked for, is the usage."""

    def text(*_: Any) -> str:
        example = None
        if len(definitions) > 1:
            one, two = definitions[:2]
            example = (
                f"{name}{{{two.arg}={two.type}, {one.arg}={one.type}}}\n{name}({one.type}, ...)"
            )
        return usage(name, description, example, new_table((), {"tabled": new_table(definitions)}))

    return setmetatable(Table(), new_table((), {"__tostring": text}))


def _is_named(args: Table) -> bool:
    only = args[1] if length(args) == 1 else None
    return isinstance(only, Table) and not length(only) and typename(only) is None


@export(package="xlua")
def unpack(args: Any = None, name: Any = None, description: Any = None, *definitions: Any) -> Any:
    """Read arguments that are given by name, `f{a=1}`, or in order, `f(1)`.

    `local opt, a, b = xlua.unpack({...}, 'f', 'what f does', {arg='a', type='number', help='…',
    req=true}, {arg='b', type='number', help='…', default=2})`: a table of all values by name, then
    each value. With no arguments, or a required one missing, the usage is printed and an error
    raised. `defaulta` names the argument whose value is the default.
    """
    listed = [d for d in definitions if isinstance(d, Table)]
    shown = usage_object(name, description, listed)
    if not length(args):
        console.show(shown)
        error("error")
    return read(args, listed, shown, "xlua.unpack")


def read(args: Any, definitions: list[Any], shown: Table, who: str) -> Any:
    """The values of arguments, by name and in order: what `who`, xlua.unpack or dok.unpack, gives.

    `shown` is printed where a required one is missing.
    """
    if _is_named(args):
        given = args[1]
    else:
        given = Table()
        for i, d in enumerate(definitions, 1):
            given[d.arg] = args[i]
    values = Table()
    for i, d in enumerate(definitions, 1):
        value = given[d.arg]
        if value is None and d["req"]:
            console.show(f"{CODES['Red']}missing argument: {d.arg}{CODES['none']}")
            console.show(shown)
            error("error")
        if value is None:
            value = d["default"]
        if value is None and d["defaulta"] is not None:
            value = values[d.defaulta]
        values[d.arg] = value
        values[i] = value
    values.usage = shown
    if len(definitions) > _MOST:
        error(f"<{who}> oups, cant deal with more than 64 arguments :-)")
    return values, *(values[i] for i in range(1, _MOST + 1))


@export(package="xlua")
def unpack_class(object: Any = None, *rest: Any) -> tuple[()]:
    """Read arguments as `xlua.unpack` does and set them as fields of an object."""
    for key, value in items(unpack(*rest)[0]):
        if isinstance(key, str):
            object[key] = value
    return ()


@export(package="xlua")
def usage_module(module: Any = None, name: Any = None, description: Any = None, *_: Any) -> str:
    """Give a package's table a text of its own, and return that."""
    if module.__class__ is not Table:
        raise BadArgument(1, f"table expected, got {lua_type(module)}", "setmetatable")
    line = "+" * 69
    text = f"{CODES['magenta']}{line}\nPACKAGE:\n{name}\n"
    if description:
        text += f"\nDESC:\n{description}\n"
    text += f"+{line}{CODES['none']}"
    metatable = getmetatable(module) or Table()
    metatable["__tostring"] = lambda *_: text
    setmetatable(module, metatable)
    return text
