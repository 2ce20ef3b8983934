"""Lua's `json`: `encode`, `decode`, and `load` and `save` of files. Upstream:
clementfarabet/lua---json."""

from __future__ import annotations

from typing import Any

from th7shell import dok
from th7shell.cjson.decoding import decode as decoded
from th7shell.cjson.encoding import Encoder
from th7shell.cjson.null import NULL
from th7shell.cjson.settings import Settings
from th7shell.cjson.util import file_load, file_save
from th7shell.csvigo.loading import home, option
from th7shell.lua import Table, items, new_table
from th7shell.lua.stdlib.arguments import NONE, check_string
from th7shell.torch.namespace import need

_SETTINGS = Settings()
_SETTINGS.sparse_convert = True
_PATH = option("path", "string", "path to file", req=True)
_TABLE = option("table", "table", "table to save", req=True)


def null(*_: Any) -> Any:
    """JSON's null in tables to be encoded: this function itself, as in json4lua."""
    return null


def encode(value: Any = None, *_: Any) -> str:
    """The JSON text of a value: `json.encode(value)`. Tables without keys are arrays."""
    parts: list[str] = []
    encoder = Encoder(_SETTINGS, parts.append)
    encoder.empty = "[]"
    encoder.value(_without_null(value, ()), 0)
    return "".join(parts)


def _without_null(value: Any, above: tuple[Any, ...]) -> Any:
    if value is null:
        return NULL
    if value.__class__ is not Table or value in above or not _holds_null(value):
        return value
    copy = Table()
    for key, item in items(value):
        copy[key] = _without_null(item, (*above, value))
    return copy


def _holds_null(table: Table, depth: int = 0) -> bool:
    return depth < 100 and any(
        item is null or (item.__class__ is Table and _holds_null(item, depth + 1))
        for _, item in items(table)
    )


def decode(text: Any = NONE, *_: Any) -> Any:
    """The value of a JSON text: `json.decode(text)`; null is nil."""
    return _without_nulls(decoded(check_string(1, text), _SETTINGS))


def _without_nulls(value: Any) -> Any:
    if value is NULL:
        return None
    if value.__class__ is Table:
        for key, item in list(items(value)):
            if item is NULL or item.__class__ is Table:
                value[key] = _without_nulls(item)
    return value


def load(*given: Any) -> Any:
    """Load a JSON file: `json.load(path)`."""
    path = dok.unpack(new_table(given), "json.load", "Load a JSON file", _PATH)[1]
    return decode(file_load(home(path)))


def save(*given: Any) -> tuple[()]:
    """Save a table to a JSON file: `json.save(path, table)`."""
    about = "Save a table to a JSON file"
    path, table = dok.unpack(new_table(given), "json.save", about, _PATH, _TABLE)[1:3]
    return file_save(home(path), encode(table))


FUNCTIONS = (encode, decode, load, save, null)
FILES: dict[str, Any] = {}  # one file


def luaopen(globals: Any) -> Table:
    """Return `json`; a global of that name is set too, as the original does."""
    need(globals, "dok")
    globals.json = new_table(fields={f.__name__: f for f in FUNCTIONS})
    return globals.json
