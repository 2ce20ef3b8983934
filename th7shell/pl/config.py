"""`pl.config`: configuration files as tables: INI sections, `key = value` lines, columns of
values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from th7shell.lua import send, state
from th7shell.lua.numerals import parse_number
from th7shell.lua.stdlib.string import find, gmatch, gsub, match

from .values import index, insert, is_table, new_table, offer, true

FUNCTIONS: dict[str, Callable[..., Any]] = {}
DEFAULTS: dict[str, Any] = {
    "variabilize": True,
    "list_delim": ",",
    "convert_numbers": True,
    "convert_boolean": False,
    "trim_space": True,
    "trim_quotes": False,
    "ignore_assign": False,
    "keysep": "=",
}


def continued(file: Any, owned: bool) -> Iterator[str]:
    """The lines of a file without blank ones and comments; one that ends in a backslash goes on in
    the next."""
    begun = ""
    while (line := send(file, "read")) is not None:
        if match(line, "%S") is None or match(line, "^%s*[;#]") is not None:
            continue
        end = find(line, "\\%s*$")
        if end is not None:
            begun += line[: end[0] - 1]
        else:
            yield begun + line
            begun = ""
    if owned:
        send(file, "close")


@offer(FUNCTIONS)
def lines(file: Any = None, *_: Any) -> Any:
    """An iterator over the lines of a file, given by name or as an object (default: standard
    input), that joins lines ended by a backslash and skips blank lines and comments (`#`, `;`)."""
    owned = file.__class__ is str
    if owned:
        opened = state.globals.io.open(file, "r")
        if opened.__class__ is tuple:
            return opened[:2]
        file = opened
    elif file is None:
        file = state.globals.io.stdin
    elif not true(index(file, "read")):
        return None, "not a file-like object"
    found = continued(file, owned)
    return lambda *_: next(found, None)


def guessed(line: str) -> dict[str, Any]:
    """What the first line tells about the kind of file: options for `read`."""
    if match(line, "^[^=]+=") is not None:
        return {"keysep": "="}
    if match(line, "^[^:]+:") is not None:
        return {"keysep": ":", "list_delim": ":"}
    if match(line, "^%S+%s+") is None:
        return {}
    columns = match(line, "^%S+%s+%S+%s+%S+") is not None  # more than a key and a value
    return {"keysep": " ", "variabilize": False} | ({"list_delim": " "} if columns else {})


class Reader:
    """Reads lines by a set of options."""

    def __init__(self, options: dict[str, Any], smart: bool) -> None:
        self.options, self.smart = options, smart
        separator = options["keysep"]
        self.separator = "%s+" if separator == " " else f"%s*{separator}%s*"
        self.delimiter = "%s+" if options["list_delim"] == " " else options["list_delim"]

    def name(self, key: str) -> str:
        """A key or the name of a section."""
        return gsub(key, "[^%w]", "_")[0] if true(self.options["variabilize"]) else key

    def value(self, text: str) -> Any:
        """A value: a list where it has the delimiter, a number, a boolean or a string."""
        options = self.options
        if true(self.delimiter) and find(text, self.delimiter) is not None:
            parts = gmatch(text, f"[^{self.delimiter}]+")
            return new_table([self.value(part) for part in iter(parts, None)])
        if true(options["convert_numbers"]) and text[:1] in {*"0123456789+-"}:
            number = parse_number(text)
            if number is None and text.endswith(" kB"):
                text = text.replace(" kB", "")
                number = parse_number(text)
            if number is not None:
                return number
        elif true(options["convert_boolean"]) and text in ("true", "false"):
            return text == "true"
        return self.trimmed(text)

    def trimmed(self, text: str) -> str:
        """A string without the blanks around it and, by option, its quotes."""
        if true(self.options["trim_space"]):
            text = text.strip(" \t\n\r\f\v")
        if self.smart and text.startswith('"'):
            self.options["trim_quotes"] = True
        if true(self.options["trim_quotes"]):
            text = gsub(text, "['\"](.*)['\"]", "%1")[0]
        return text

    def table(self, found: Iterator[str]) -> Any:
        """The table of the lines."""
        top = section = new_table()
        for line in found:
            title = match(line, "^%[([^%]]+)%]") if line.startswith("[") else None
            if title is not None:
                section = new_table()
                top[self.name(title)] = section
                continue
            line = line.lstrip(" \t\n\r\f\v")
            split = None if true(self.options["ignore_assign"]) else find(line, self.separator)
            if split is None:
                insert(section, self.value(line))
            else:
                section[self.name(line[: split[0] - 1])] = self.value(line[split[1] :])
        return top


@offer(FUNCTIONS)
def read(file: Any = None, cnfg: Any = None, *_: Any) -> Any:
    """The table of a configuration file, given by name or as an object; nil and a message where
    there is none.

    cnfg: `smart` (guess the kind of file), `variabilize` (make keys identifiers: true),
    `convert_numbers` (true), `convert_boolean` (false), `trim_space` (true), `trim_quotes` (false),
    `list_delim` (','), `keysep` ('='), `ignore_assign` (false: every line is a list).
    """
    step = lines(file)
    if step.__class__ is tuple:
        return step
    given = cnfg if is_table(cnfg) else new_table()
    smart = true(given["smart"])
    found = iter(step, None)
    line = next(found, None)
    if line is None:
        return new_table()
    for name, value in guessed(line).items() if smart else ():
        given[name] = value
    options = {n: d if given[n] is None else given[n] for n, d in DEFAULTS.items()}
    return Reader(options, smart).table(_before(line, found))


def _before(line: str, found: Iterator[str]) -> Iterator[str]:
    yield line
    yield from found
