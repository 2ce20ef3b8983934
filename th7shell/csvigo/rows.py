"""One row of a CSV file: its text as fields, and fields as text."""

from __future__ import annotations

import re
from typing import Any

from th7shell.lua import TorchError, first, listed
from th7shell.lua.stdlib.arguments import check_string
from th7shell.lua.stdlib.patterns import SPECIALS
from th7shell.lua.stdlib.string import find

_SPACE = re.compile(r"[ \t\n\v\f\r]")
_QUOTE = re.compile(r'"("?)')


def fields_of(line: str, separator: str) -> list[str]:
    """The fields of a row. Quoted ones may hold separators, and quotes written twice; a blank as
    separator stands for any white space, others are Lua patterns. Errors: a quote without end."""
    if '"' not in line:
        if separator == " ":
            return _SPACE.split(line)
        if len(separator) == 1 and separator not in SPECIALS:
            return line.split(separator)
    return _quoted_fields(line, separator)


def _quoted_fields(line: str, separator: str) -> list[str]:
    text = line + separator
    pattern = "%s+" if separator == " " else separator
    fields = []
    start = 0
    while start < len(text):
        if text[start] == '"':
            end = _closing(text, start)
            fields.append(text[start + 1 : end].replace('""', '"'))
            start = _next(text, pattern, end)
        else:
            following = _next(text, pattern, start)
            fields.append(text[start : following - 1])
            start = following
    return fields


def _closing(text: str, start: int) -> int:
    """Where the quote that opens at `start` closes."""
    at = start + 1
    while (quote := _QUOTE.search(text, at)) is not None:
        if not quote[1]:
            return quote.start()
        at = quote.end()
    raise TorchError('unmatched "')


def _next(text: str, pattern: str, start: int) -> int:
    """The place behind the first character of the next separator."""
    found = first(find(text, pattern, start + 1))
    if found is None:
        raise TorchError(f"no separator {pattern!r} at the end of {text!r}")
    return found


def row_of(values: Any, separator: str, nan_as_missing: bool = False) -> str:
    """The text of a row: a table's values in order."""
    texts = []
    for value in listed(values):
        if nan_as_missing and value != value:
            value = ""
        text = check_string(1, value)
        if first(find(text, f'["{separator}]')) is not None:
            text = '"' + text.replace('"', '""') + '"'
        texts.append(text)
    return "".join(separator + text for text in texts)[1:]
