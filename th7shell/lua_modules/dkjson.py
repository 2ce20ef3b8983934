"""Lua's `dkjson`: JSON with control over order, indentation and what cannot be encoded. Upstream:
David Kolf's dkjson 2.5.
"""

from __future__ import annotations

import re
from typing import Any

from th7shell.lua import (
    LuaError,
    Table,
    TorchError,
    array,
    first,
    items,
    lua_type,
    new_table,
    tostring,
)
from th7shell.lua.metatables import getmetatable, setmetatable
from th7shell.lua.numerals import parse_number
from th7shell.lua.stdlib.arguments import NONE, check_string
from th7shell.lua.values import number_text

_SPECIAL = re.compile(
    r'[\x00-\x1f"\\\x7f]|\xc2[\x80-\x9f\xad]|\xd8[\x80-\x84]|\xdc\x8f|\xe1\x9e[\xb4\xb5]'
    r"|\xe2\x80[\x8c-\x8f\xa8-\xaf]|\xe2\x81[\xa0-\xaf]|\xef\xbb\xbf|\xef\xbf[\xb0-\xbf]"
)  # bytes of what some readers take for an end of line, for nothing or for an error
_SHORT = {'"': '\\"', "\\": "\\\\"}
_SHORT |= {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LONG = dict(zip('"\\/bfnrt', '"\\/\b\f\n\r\t', strict=True))
_WHITE = re.compile(r"(?:[ \t\n\v\f\r]|\xef\xbb\xbf|//[^\n\r]*|/\*.*?\*/)*", re.DOTALL)
_NUMBER = re.compile(r"-?[\d.]+[eE]?[+-]?\d*", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_STRING = re.compile(r'[^"\\]*')
_UNICODE = re.compile(r"u([0-9a-fA-F]{4})")
_CLOSING = {"{": ("object", "}"), "[": ("array", "]")}


def _null_text(*_: Any) -> str:
    return "null"


NULL = setmetatable(Table(), new_table(fields={"__tojson": _null_text}))


def _escape(found: re.Match[str]) -> str:
    text = found[0]
    if text in _SHORT:
        return _SHORT[text]
    return f"\\u{ord(text.encode('latin-1').decode('utf-8')):04x}"


def quotestring(text: Any = NONE, *_: Any) -> str:
    """A string in JSON's quotes: `json.quotestring(s)`."""
    return f'"{_SPECIAL.sub(_escape, check_string(1, text))}"'


def addnewline(state: Any = None, *_: Any) -> tuple[()]:
    """Begin a line in `state.buffer`, if `state.indent` is set."""
    if state["indent"] not in (None, False):
        _add(state, "\n" + "  " * int(state["level"] or 0))
    return ()


def _add(state: Any, text: str) -> None:
    n = int(state["bufferlen"] or len(state.buffer)) + 1
    state.buffer[n] = text
    state.bufferlen = n


class Failure(Exception):
    """A value that cannot be encoded."""


def encode(value: Any = None, state: Any = None, *_: Any) -> Any:
    """The JSON text of a value: `json.encode(value [, state])`.

    Fields of state: `indent`, `level`, `keyorder`, `exception`, `buffer` (then true is returned).
    A metatable's `__jsontype`, `__jsonorder` and `__tojson` count. Errors: types without JSON,
    reference cycles.
    """
    state = Table() if state is None else state
    keeps_buffer = state["buffer"] is not None
    if not keeps_buffer:
        state.buffer = Table()
    if state["tables"] is None:
        state.tables = Table()
    try:
        Encoder(state).value(value, int(state["level"] or 0))
    except Failure as failure:
        raise LuaError(str(failure), 2) from None
    if keeps_buffer:
        return True
    text = "".join(map(tostring, array(state.buffer)))
    state.buffer = state.bufferlen = None
    return text


class Encoder:
    """Writes values into the buffer of a state."""

    def __init__(self, state: Any) -> None:
        self.state = state

    def put(self, text: str) -> None:
        _add(self.state, text)

    def value(self, value: Any, level: int) -> None:
        """Write a value, `level` tables deep."""
        kind = lua_type(value)
        metatable = getmetatable(value) if kind in ("table", "userdata", "cdata") else None
        own = metatable["__tojson"] if isinstance(metatable, Table) else None
        if own is not None:
            self.by_own(own, value)
        elif value is None:
            self.put("null")
        elif kind == "number":
            self.put(number_text(value) if value - value == 0 else "null")
        elif kind == "boolean":
            self.put("true" if value else "false")
        elif kind == "string":
            self.put(quotestring(value))
        elif kind == "table":
            self.table(value, metatable, level + 1)
        else:
            self.refuse("unsupported type", value, f"type '{kind}' is not supported by JSON.")

    def by_own(self, own: Any, value: Any) -> None:
        """Write a value by the `__tojson` of its metatable."""
        tables = self.state["tables"]
        if tables[value] is not None:
            return self.refuse("reference cycle", value, "reference cycle")
        tables[value] = True
        result = own(value, self.state)
        text, message = result if result.__class__ is tuple and len(result) > 1 else (result, None)
        text = first(text)
        if text in (None, False):
            shown = message or "custom encoder failed"
            return self.refuse("custom encoder failed", value, tostring(shown))
        tables[value] = None
        if isinstance(text, str):
            self.put(text)
        return None

    def table(self, table: Any, metatable: Any, level: int) -> None:
        """Write a table as an array or an object."""
        tables = self.state["tables"]
        if tables[table] is not None:
            return self.refuse("reference cycle", table, "reference cycle")
        tables[table] = True
        pairs = list(items(table))
        last = last_index(pairs)
        kind = metatable["__jsontype"] if isinstance(metatable, Table) else None
        if last is not None and not (last == 0 and kind == "object"):
            self.put("[")
            for i in range(1, last + 1):
                if i > 1:
                    self.put(",")
                self.value(table[i], level)
            self.put("]")
        else:
            order = metatable["__jsonorder"] if isinstance(metatable, Table) else None
            self.object(table, pairs, order or self.state["keyorder"], level)
        tables[table] = None
        return None

    def object(self, table: Any, pairs: list[tuple[Any, Any]], order: Any, level: int) -> None:
        """Write an object: the keys of `order` first."""
        if order is not None:
            ordered = [(key, table[key]) for key in array(order) if table[key] is not None]
            done = {key for key, _ in ordered}
            pairs = ordered + [(key, value) for key, value in pairs if key not in done]
        self.put("{")
        for i, (key, value) in enumerate(pairs):
            if i:
                self.put(",")
            if self.state["indent"]:
                self.put("\n" + "  " * level)
            kind = lua_type(key)
            if kind not in ("string", "number"):
                self.refuse_key(kind)
            self.put(quotestring(key) + ":")
            self.value(value, level)
        if self.state["indent"] and pairs:
            self.put("\n" + "  " * (level - 1))
        self.put("}")

    def refuse_key(self, kind: str) -> None:
        raise Failure(f"type '{kind}' is not supported as a key by JSON.")

    def refuse(self, reason: str, value: Any, message: str) -> None:
        """Ask `state.exception` for what stands for a value, or fail."""
        handler = self.state["exception"]
        if handler is None:
            raise Failure(message)
        result = handler(reason, value, self.state, message)
        results = result if result.__class__ is tuple else (result,)
        answer = results[0] if results else None
        if answer in (None, False):
            raise Failure(tostring(results[1]) if len(results) > 1 else message)
        if isinstance(answer, str):
            self.put(answer)


def last_index(pairs: list[tuple[Any, Any]]) -> int | None:
    """The last index of an array, whose length `n` may tell; None for an object."""
    last = count = length = 0
    for key, value in pairs:
        if key == "n" and lua_type(value) == "number":
            length = int(value)
            last = max(last, length)
        elif lua_type(key) != "number" or key < 1 or key != int(key):
            return None
        else:
            last = max(last, int(key))
            count += 1
    return None if last > 10 and last > length and last > 2 * count else last


def encodeexception(
    reason: Any = None, _value: Any = None, _state: Any = None, message: Any = None, *_: Any
) -> str:
    """For `state.exception`: what cannot be encoded becomes its error message in angle brackets."""
    return quotestring(f"<{tostring(message)}>")


class Wrong(Exception):
    """A text that is no JSON: the message and where reading would go on."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


def decode(
    text: Any = NONE, position: Any = None, null: Any = None, *metatables: Any
) -> tuple[Any, ...]:
    """The value of a JSON text: `json.decode(text [, position [, null [, objectmeta,
    arraymeta]]])`.

    Gives the value and the position behind it; on failure nil, a position and a message. Comments
    are passed over. Tables get metatables with `__jsontype`.
    """
    source = check_string(1, text)
    if metatables:
        object_meta, array_meta = (*metatables, None, None)[:2]
    else:
        object_meta = new_table(fields={"__jsontype": "object"})
        array_meta = new_table(fields={"__jsontype": "array"})
    reader = Reader(source, null, {"{": object_meta, "[": array_meta})
    try:
        value, at = reader.value(int(position or 1) - 1)
    except Wrong as wrong:
        return None, wrong.at + 1, str(wrong)
    return value, at + 1


class Reader:
    """Reads values of a text from places in it, counted from 0."""

    def __init__(self, text: str, null: Any, metatables: dict[str, Any]) -> None:
        self.text = text
        self.null = null
        self.metatables = metatables

    def where(self, at: int) -> str:
        line = self.text.count("\n", 0, at)
        return f"line {line + 1}, column {at - self.text.rfind(chr(10), 0, at)}"

    def white(self, at: int) -> int:
        """The place behind white space and comments, the text's end included."""
        return _WHITE.match(self.text, at).end()  # type: ignore[union-attr]

    def unterminated(self, what: str, start: int) -> Wrong:
        return Wrong(f"unterminated {what} at {self.where(start)}", len(self.text))

    def value(self, at: int) -> tuple[Any, int]:
        """Read a value: it, and the place behind it."""
        text = self.text
        at = self.white(at)
        if at >= len(text):
            raise Wrong("no valid JSON value (reached the end)", len(text))
        character = text[at]
        if character in _CLOSING:
            return self.table(character, at)
        if character == '"':
            return self.string(at)
        if (found := _NUMBER.match(text, at)) is not None:
            number = parse_number(found[0])
            if number is not None:
                return number, found.end()
        if (found := _NAME.match(text, at)) is not None:
            words = {"true": True, "false": False, "null": self.null}
            if found[0] in words:
                return words[found[0]], found.end()
        raise Wrong(f"no valid JSON value at {self.where(at)}", at)

    def table(self, opening: str, start: int) -> tuple[Any, int]:
        """Read an object or an array."""
        what, closing = _CLOSING[opening]
        table, count, at = Table(), 0, start + 1
        if self.metatables[opening] is not None:
            setmetatable(table, self.metatables[opening])
        while True:
            at = self.after_white(at, what, start)
            if self.text[at] == closing:
                return table, at + 1
            key, at = self.value(at)
            at = self.after_white(at, what, start)
            if self.text[at] == ":":
                if key is None:
                    raise Wrong(f"cannot use nil as table index (at {self.where(at)})", at)
                value, at = self.value(self.after_white(at + 1, what, start))
                table[key] = value
                at = self.after_white(at, what, start)
            else:
                count += 1
                table[count] = key
            if self.text[at] == ",":
                at += 1

    def after_white(self, at: int, what: str, start: int) -> int:
        at = self.white(at)
        if at >= len(self.text):
            raise self.unterminated(what, start)
        return at

    def string(self, start: int) -> tuple[str, int]:
        """Read a string."""
        text, at, parts = self.text, start + 1, []
        while True:
            plain = _STRING.match(text, at)
            parts.append(plain[0])  # type: ignore[index]
            at = plain.end()  # type: ignore[union-attr]
            if at >= len(text):
                raise self.unterminated("string", start)
            if text[at] == '"':
                return "".join(parts), at + 1
            at += 1
            code = _UNICODE.match(text, at)
            if code is None:
                character = text[at : at + 1]
                parts.append(_LONG.get(character, character))
                at += 1
                continue
            at = code.end()
            number = int(code[1], 16)
            if 0xD800 <= number < 0xDC00 and text[at : at + 1] == "\\":
                low = _UNICODE.match(text, at + 1)
                if low is not None and 0xDC00 <= int(low[1], 16) < 0xE000:
                    number = (number - 0xD800 << 10) + int(low[1], 16) - 0xDC00 + 0x10000
                    at = low.end()
            parts.append(chr(number).encode("utf-8", "surrogatepass").decode("latin-1"))


def use_lpeg(*_: Any) -> None:
    """lpeg is a C library: decode is as fast without."""
    raise TorchError("dkjson: lpeg is not here; decode works without it")


FUNCTIONS = (encode, decode, quotestring, addnewline, encodeexception, use_lpeg)
FILES: dict[str, Any] = {}  # one file
TABLE = new_table(
    fields={f.__name__: f for f in FUNCTIONS}
    | {"null": NULL, "version": "dkjson 2.5", "using_lpeg": False}
)


def luaopen(globals: Any) -> Table:
    """Return `dkjson`; no global is set."""
    return TABLE
