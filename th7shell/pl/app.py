"""`pl.app`: what a program is called, where its files are, and its arguments taken apart."""

from __future__ import annotations

import os
import platform as machine
import re
from collections.abc import Callable
from typing import Any

from th7shell.lua.stdlib.texts import from_system, to_system

from . import names, path
from .shell import quote_arg
from .utils import pieces
from .values import (
    Table,
    array,
    failed,
    first,
    is_table,
    items,
    listed,
    lua_type,
    new_table,
    offer,
    rawget,
    rawset,
    state,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}


@offer(FUNCTIONS)
def script_name(*_: Any) -> Any:
    """The name of the running script, as it was called."""
    arguments = rawget(state.globals, "arg")
    name = rawget(arguments, 0) if isinstance(arguments, Table) else None
    return failed("No script name found") if name is None else name


@offer(FUNCTIONS)
def require_here(base: Any = None, nofollow: Any = None, *_: Any) -> Any:
    """Let `require` look first in the script's own folder, or in a folder `base` there; give it."""
    place = path.abspath(first(script_name()))
    if not true(nofollow) and os.path.islink(to_system(place)):
        target = from_system(os.readlink(to_system(place)))
        place = names.join(names.dirname(place), target)
    here = names.normpath(names.dirname(place))
    here = here if here.endswith(names.SEPARATOR) else here + names.SEPARATOR
    if base is not None:
        base = base.replace("/", "\\") if names.WINDOWS else base
        here = (base if names.isabs(base) else here + base) + names.SEPARATOR
    package, end = state.globals.package, "dll" if names.WINDOWS else "so"
    own = f"{here}?.lua;{here}?{names.SEPARATOR}init.lua"
    for field, new in (("path", own), ("cpath", f"{here}?.{end}")):
        rest = package[field]
        package[field] = new + ("" if rest.startswith(";") else ";") + rest
    return here


@offer(FUNCTIONS)
def appfile(name: Any = None, *_: Any) -> Any:
    """The path of a file in the folder `~/.SCRIPT`, which is made if need be."""
    script = first(script_name())
    if script is None:
        return script_name()
    home = first(path.expanduser("~"))
    folder = names.join(home, "." + names.splitext(names.basename(script))[0])
    if not path.isdir(folder) and first(path.FUNCTIONS["mkdir"](folder)) is None:
        return failed(f"cannot create {folder}")
    return names.join(folder, name)


@offer(FUNCTIONS)
def platform(*_: Any) -> str:
    """The operating system: 'Windows', 'OSX', 'Linux' …"""
    return {"Darwin": "OSX"}.get(machine.system(), machine.system())


@offer(FUNCTIONS)
def lua(*_: Any) -> Any:
    """The command that runs this program up to the script's name, and the name of the
    interpreter."""
    arguments = rawget(state.globals, "arg")
    if not isinstance(arguments, Table):
        return failed("not in a main program")
    words: list[Any] = []
    i = -1
    while (word := rawget(arguments, i)) is not None:
        words.insert(0, word)
        i -= 1
    return quote_arg(new_table(words)), words[0] if words else None


@offer(FUNCTIONS)
def parse_args(args: Any = None, with_values: Any = None, valid: Any = None, *_: Any) -> Any:
    """Take arguments (default: the program's) apart: a table of flags and a list of the others.

    with_values: flags that take a value, as a list or as keys; valid: the flags that there are,
    with other names for them: `{long = "l"}`.
    """
    args = rawget(state.globals, "arg") if args is None else args
    if args is None:
        return failed("Not in a main program: 'arg' not found")
    parser = Flags(with_values, valid)
    answer = parser.parse(array(args))
    return failed(answer, 3) if answer else (parser.flags, new_table(parser.others))


class Flags:
    """The flags of a program. `names`: every name of a flag → that under which it is reported, None
    where all are valid; `valued`: the names of those that take a value."""

    def __init__(self, with_values: Any, valid: Any) -> None:
        self.flags = new_table()
        self.others: list[Any] = []
        self.valued = set() if with_values is None else {k for k, _ in _named(with_values)}
        self.names: dict[str, str] | None = None
        if true(valid):
            self.names = {}
            for name, aliases in _named(valid):
                aliases = listed(aliases) if is_table(aliases) else [aliases]
                for alias in aliases:
                    if isinstance(alias, str):
                        self.names[alias] = name
                self.names[name] = name
            valued = {self.names.setdefault(name, name) for name in self.valued}
            self.valued = {alias for alias, name in self.names.items() if name in valued}

    def reported(self, name: str) -> str | None:
        """The name under which a flag is reported, None for one that is not valid."""
        return name if self.names is None else self.names.get(name)

    def parse(self, words: list[str]) -> str | None:
        """Fill `flags` and `others`; give what is wrong, if anything."""
        i = 0
        while i < len(words):
            word = words[i]
            i += 1
            if not word.startswith("-") or word == "-":
                self.others.append(word)
                continue
            long = word.startswith("--")
            name = word[2:] if long else word[1:]
            if name in self.valued:
                if i == len(words) or words[i].startswith("-"):
                    return f"no value for '{name}'"
                rawset(self.flags, self.reported(name), words[i])
                i += 1
            elif (wrong := self.take(name, long)) is not None:
                return wrong
        return None

    def take(self, text: str, long: bool) -> str | None:
        """Note a flag with its value behind `=` or `:`, a number behind its letter, or several
        letters; give what is wrong, if anything."""
        name, *value = pieces(text, "[=:]", False, 2) or [text]
        given: Any = value[0] if value else True
        if not long and len(name) > 1:
            if re.search(r".[0-9]+", name, re.DOTALL):
                name, given = name[0], name[1:]
            else:
                return next(filter(None, (self.note(letter, True) for letter in name)), None)
        return self.note(name, given)

    def note(self, name: str, value: Any) -> str | None:
        """Note a flag; give what is wrong, if anything."""
        reported = self.reported(name)
        if reported is None:
            return f"unknown flag '{name}'"
        rawset(self.flags, reported, value)
        return None


def _named(given: Any) -> list[tuple[Any, Any]]:
    """The (name, value) pairs of a table; an element of its list is its own name."""
    return [(v, v) if lua_type(k) == "number" else (k, v) for k, v in items(given)]
