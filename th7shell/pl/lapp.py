"""`pl.lapp`: arguments of a program, read as its own help text describes them:

    local args = lapp [[
    Does some calculations
      -o,--offset (default 0.0)  Offset to add
      <number> (number)          Number to be scaled
    ]]

`options` reads the text, this file the arguments. What is wrong is told on stderr with the text,
and ends the program.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from th7shell.lua.marks import scratch
from th7shell.lua.numerals import parse_number
from th7shell.lua.stdlib import table

from .options import FILE_MODES, Option, Types, read_usage
from .values import (
    LuaError,
    Table,
    call,
    first,
    index,
    insert,
    is_table,
    items,
    length,
    listed,
    module,
    new_table,
    offer,
    rawget,
    rawset,
    send,
    set_index,
    setmetatable,
    state,
    tostring,
    true,
)

FUNCTIONS: dict[str, Callable[..., Any]] = {}


def own() -> dict[str, Any]:
    """What this interpreter's `pl.lapp` remembers."""
    return scratch(module("lapp"))


def setting(name: str) -> Any:
    """What the program has set: `lapp.slack`, `callback`, `show_usage_error`."""
    return index(module("lapp"), name)


@offer(FUNCTIONS)
def quit(message: Any = None, no_usage: Any = None, *_: Any) -> Any:
    """Write a message and, unless told otherwise, the help text to stderr and end the program; with
    'throw' raise the message."""
    if no_usage == "throw":
        raise LuaError(message, 1)
    err = state.globals.io.stderr
    if true(message):
        send(err, "write", f"{tostring(message)}\n\n")
    if not true(no_usage):
        send(err, "write", own()["usage"])
    return state.globals.os.exit(1)


@offer(FUNCTIONS)
def error(message: Any = None, no_usage: Any = None, *_: Any) -> Any:
    """End the program with a message that begins with its name."""
    usage = setting("show_usage_error")
    if not true(usage):
        no_usage = True
    elif usage == "throw":
        no_usage = "throw"
    return module("lapp").quit(f"{own()['script']}: {tostring(message)}", no_usage)


def fail(message: str, no_usage: Any = None) -> Any:
    """Call the program's `lapp.error`."""
    return module("lapp").error(message, no_usage)


@offer(FUNCTIONS, "open")
def open_(name: Any = None, mode: Any = None, *_: Any) -> Any:
    """Open a file, as `io.open` does; end the program if that fails."""
    answer = state.globals.io.open(name, mode)
    if first(answer) is None:
        return fail(answer[1], True)
    return first(answer)


@offer(FUNCTIONS, "assert")
def assert_(condition: Any = None, message: Any = None, *_: Any) -> Any:
    """End the program with a message if the condition is false."""
    if not true(condition):
        fail(message)
    return ()


@offer(FUNCTIONS)
def add_type(name: Any = None, converter: Any = None, constraint: Any = None, *_: Any) -> Any:
    """Add a type of values: converter(text) makes one, or is the name of a known type;
    constraint(value) calls `lapp.error` for a bad one."""
    own()["types"][name] = (converter, constraint)
    return ()


def convert(option: Option, value: Any) -> Any:
    """The value of an option from the text of an argument."""
    if option.converter is not None:
        value = call(option.converter, value)
    if option.kind == "number":
        number = value if not isinstance(value, str) else parse_number(value)
        if number is None:
            fail(f"unable to convert to number: {value}")
        value = number
    elif option.kind in FILE_MODES:
        value = first(module("lapp").open(value, FILE_MODES[option.kind]))
    elif option.kind == "boolean":
        return value
    if option.constraint is not None:
        option.constraint(value)
    return value


def convert_default(option: Option, text: str) -> Any:
    """The value of a default, or its text where that cannot be converted."""
    lapp = module("lapp")
    shown, lapp.show_usage_error = setting("show_usage_error"), "throw"
    try:
        return convert(option, text)
    except (LuaError, TypeError):
        return text
    finally:
        set_index(lapp, "show_usage_error", shown)


class Arguments:
    """The arguments of a program while they are read. `words` is Lua's table: what is taken apart
    is put there too."""

    def __init__(self, types: Types, words: Any) -> None:
        self.types = types
        self.words = words
        self.results = new_table()
        self.known: dict[Any, Option] = {}
        self.order = new_table()  # the options' names as `pairs` gives them
        self.place = 0  # of the next positional argument
        self.extra = 0
        for option in types.options:
            self.add(option)

    def add(self, option: Option) -> None:
        """Take an option in."""
        self.known[option.name] = option
        rawset(self.order, option.name, True)

    def read(self) -> Table:
        """Read all arguments; give the table of values."""
        flags, i = True, 1
        while i <= length(self.words):
            word = index(self.words, i)
            if word == "--":
                flags, self.place = False, len(self.types.positional)
                i += 1
                word = index(self.words, i)
                if word is None:
                    break
            i = self.take(i, word, flags) + 1
        for name, _ in list(items(self.order)):
            self.fill(self.known[name])
        return self.results

    def fill(self, option: Option) -> None:
        """Give an option that did not occur its default."""
        if option.used:
            return
        if option.required:
            fail(f"missing required parameter: {tostring(option.name)}")
        self.store(option, option.name, option.default)
        if option.kind in FILE_MODES:
            self.store(option, f"{option.name}_name", option.default_text)

    def take(self, i: int, word: Any, flags: bool) -> int:
        """Read the argument at a place and its value; give the place of that."""
        flag = re.match(r"(--?)(\S+)", word) if flags and isinstance(word, str) else None
        parts = new_table()
        value = None
        if flag is None:
            option = self.positional()
            value = word
        else:
            rawset(parts, "long" if flag[1] == "--" else "short", flag[2])
            name = self.flag_name(i, flag[2], flag[1] == "--")
            name = self.types.aliases.get(name, name)
            if name not in self.known and name in ("h", "help"):
                module("lapp").quit()
            if name not in self.known:
                fail(f"unrecognized parameter: {name}")
            option = self.known[name]
        if option.kind == "boolean":
            value = not true(option.default)
        elif value is None:
            i += 1
            value = word = index(self.words, i)
            if value is None:
                fail(f"{option.name} was expecting a value")
        option.used = True
        self.store(option, option.name, convert(option, value))
        if option.kind in FILE_MODES:
            self.store(option, f"{option.name}_name", word)
        callback = setting("callback")
        if true(callback):
            callback(option.name, word, parts)
        return i

    def positional(self) -> Option:
        """The option of the next positional argument; one beyond all has a number as its name."""
        if self.place < len(self.types.positional):
            option = self.known[self.types.positional[self.place]]
            self.place += not option.many
            return option
        self.extra += 1
        option = Option(self.extra, "string")
        self.add(option)
        return option

    def flag_name(self, i: int, text: str, long: bool) -> str:
        """The name of a flag; a value or more flags behind it become arguments of their own."""
        if not long and (len(text) == 1 or self.types.aliases.get(text, text) in self.known):
            return text
        name, equals, value = self.cut(text)
        if equals:
            table.insert(self.words, i + 1, value)
            return name
        if long:
            return name
        option = self.known.get(self.types.aliases.get(name[0], name[0]))
        if option is not None and option.kind != "boolean":
            table.insert(self.words, i + 1, name[1:])
        else:
            for k, letter in enumerate(name[1:], 1):
                table.insert(self.words, i + k, f"-{letter}")
        return name[0]

    @staticmethod
    def cut(text: str) -> tuple[str, bool, str]:
        """A flag without the value behind `=` or `:`, whether there is one, and it."""
        found = re.search("[=:]", text)
        if found is None:
            return text, False, ""
        return text[: found.start()], True, text[found.end() :]

    def store(self, option: Option, name: Any, value: Any) -> None:
        """Put a value into the results, or append it where there may be many."""
        if isinstance(name, str):
            name = re.sub("[^A-Za-z0-9]", "_", name)
        held = rawget(self.results, name)
        if not option.many:
            rawset(self.results, name, value)
        elif held is None:
            rawset(self.results, name, new_table([value] if value is not None else []))
        else:
            insert(held, value)


@offer(FUNCTIONS)
def process_options_string(text: Any = None, args: Any = None, *_: Any) -> Any:
    """Read arguments (default: the program's) as a help text describes them: the table of
    values."""
    words = rawget(state.globals, "arg") if args is None else args
    held = own()
    held["usage"] = text
    types = read_usage(text, held["types"], true(setting("slack")), fail, convert_default)
    asked = {"-h": "h", "--help": "help"}
    for word in listed(words) if is_table(words) else ():
        name = asked.get(word) if isinstance(word, str) else None
        if name is not None and name not in types.aliases and name not in types.names():
            return module("lapp").quit()
    return Arguments(types, words).read()


def script_of(globals: Table) -> str:
    """The name of the running script, without folder and extension."""
    arguments = rawget(globals, "arg")
    if not isinstance(arguments, Table):
        return "inter"
    name = rawget(arguments, 0) or rawget(globals, "LAPP_SCRIPT") or "unknown"
    return re.sub(r"\.[A-Za-z]+\Z", "", re.sub(r"(?s).+[\\/]", "", name))


def luaopen(globals: Table) -> Table:
    """The table of `require 'pl.lapp'`; called, it reads the arguments."""
    made = new_table(fields={**FUNCTIONS, "callback": False, "show_usage_error": True})
    scratch(made).update(usage="", script=script_of(globals), types={})

    def process(self: Any = None, text: Any = None, args: Any = None, *_: Any) -> Any:
        return self.process_options_string(text, args)

    return setmetatable(made, new_table(fields={"__call": process}))
