"""JSON texts of Lua values: tables are read raw, objects in the order of `next`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from th7shell.lua import Table, TorchError, lua_type, rawitems

from .null import NULL
from .settings import Settings

_SPECIAL = re.compile(r'[\x00-\x1f"/\\\x7f]')
_ESCAPES = {chr(code): f"\\u{code:04x}" for code in (*range(32), 127)}
_ESCAPES |= {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_ESCAPES |= {'"': '\\"', "/": "\\/", "\\": "\\\\"}
_EXACT = 10**14  # smaller integers are written by their digits alone


def encode(value: Any, settings: Settings) -> str:
    """The text of `value`. Errors: a type without JSON, a key that is neither number nor string,
    tables that nest too deep, arrays that are mostly holes."""
    parts: list[str] = []
    try:
        Encoder(settings, parts.append).value(value, 0)
    except RecursionError:
        depth = settings.encode_depth
        raise TorchError(f"Cannot serialise, excessive nesting ({depth})") from None
    return "".join(parts)


def quoted(text: str) -> str:
    """A string in JSON's quotes."""
    if _SPECIAL.search(text) is None:
        return f'"{text}"'
    return '"' + _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text) + '"'


def _refused(value: Any, reason: str) -> TorchError:
    return TorchError(f"Cannot serialise {lua_type(value)}: {reason}")


class Encoder:
    """Writes values by `put`, piece by piece. `empty` is what a table without keys is."""

    empty = "{}"

    def __init__(self, settings: Settings, put: Callable[[str], None]) -> None:
        self.settings = settings
        self.put = put

    def value(self, value: Any, depth: int) -> None:
        """Write a value that lies `depth` tables deep."""
        kind = value.__class__
        if kind is str:
            self.put(quoted(value))
        elif kind is int or kind is float:
            self.put(self.number(value))
        elif kind is bool:
            self.put("true" if value else "false")
        elif value is None or value is NULL:
            self.put("null")
        elif lua_type(value) == "table":
            self.table(value, depth + 1)
        else:
            raise _refused(value, "type not supported")

    def number(self, value: float) -> str:
        """The text of a number."""
        settings = self.settings
        if value - value != 0:  # not finite
            if settings.write_invalid == "null":
                return "null"
            if not settings.write_invalid:
                raise _refused(value, "must not be NaN or Infinity")
            return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
        if settings.precision == 14 and value.__class__ is int and -_EXACT < value < _EXACT:
            return str(value)
        return format(value, f".{settings.precision}g")

    def table(self, table: Any, depth: int) -> None:
        """Write a table as an array or an object."""
        if depth > self.settings.encode_depth:
            raise TorchError(f"Cannot serialise, excessive nesting ({depth})")
        pairs = list(rawitems(table)) if isinstance(table, Table) else []
        last = self.last_index(pairs)
        if last > 0:
            self.array(pairs, last, depth)
        else:
            self.object(pairs, depth)

    def last_index(self, pairs: list[tuple[Any, Any]]) -> int:
        """The last index of an array, 0 for what is an object."""
        last = 0
        for key, _ in pairs:
            kind = key.__class__
            if (kind is not int and (kind is not float or not key.is_integer())) or key < 1:
                return 0
            if key > last:
                last = int(key)
        settings = self.settings
        allowed = max(settings.sparse_safe, len(pairs) * settings.sparse_ratio)
        if settings.sparse_ratio > 0 and last > allowed:
            if not settings.sparse_convert:
                raise TorchError("Cannot serialise table: excessively sparse array")
            return 0
        return last

    def array(self, pairs: list[tuple[Any, Any]], last: int, depth: int) -> None:
        """Write an array; places without a value are null."""
        if last == len(pairs) and all(key == i for i, (key, _) in enumerate(pairs, 1)):
            values = [value for _, value in pairs]
        else:
            placed = dict(pairs)
            values = [placed.get(i) for i in range(1, last + 1)]
        put, before = self.put, "["
        for value in values:
            put(before)
            self.value(value, depth)
            before = ","
        put("]")

    def object(self, pairs: list[tuple[Any, Any]], depth: int) -> None:
        """Write an object."""
        put, before = self.put, "{"
        for key, value in pairs:
            kind = key.__class__
            if kind is str:
                put(before + quoted(key) + ":")
            elif kind is int or kind is float:
                put(f'{before}"{self.number(key)}":')
            else:
                raise _refused(key, "table key must be a number or string")
            self.value(value, depth)
            before = ","
        put("}" if pairs else self.empty)
