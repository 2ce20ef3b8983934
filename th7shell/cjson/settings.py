"""The options of one `cjson`: each function reads one, and sets it if it is given a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.lua import BadArgument
from th7shell.lua.stdlib.arguments import MAX_INTEGER, check_integer, check_option

_SWITCH = ("off", "on")
_DOCS = {
    "encode_sparse_array": "Arrays with holes, `convert, ratio, safe`: convert to an object\n"
    "(false: an error) when the last index is above `safe` (10) and above `ratio` (2; 0: any)\n"
    "times the number of values.",
    "encode_max_depth": "How deep tables may nest to be encoded (1000).",
    "decode_max_depth": "How deep a text may nest (1000).",
    "encode_number_precision": "Significant digits of numbers, 1 to 14 (14).",
    "encode_keep_buffer": "Whether memory is kept between calls (true); without effect here.",
    "encode_invalid_numbers": "NaN and infinity are written (true), null, or an error (false).",
    "decode_invalid_numbers": "Whether NaN, infinity and hexadecimal are read (true).",
}


class Settings:
    """The options, at their defaults."""

    def __init__(self) -> None:
        self.sparse_convert: Any = False
        self.sparse_ratio: Any = 2
        self.sparse_safe: Any = 10
        self.encode_depth: Any = 1000
        self.decode_depth: Any = 1000
        self.precision: Any = 14
        self.keep_buffer: Any = True
        self.write_invalid: Any = False
        self.read_invalid: Any = True

    def functions(self) -> dict[str, Callable[..., Any]]:
        """The functions that Lua calls, by name."""
        return {
            "encode_sparse_array": self._function(
                "encode_sparse_array",
                (_switch, "sparse_convert"),
                (_integer(0), "sparse_ratio"),
                (_integer(0), "sparse_safe"),
            ),
            "encode_max_depth": self._function("encode_max_depth", (_integer(1), "encode_depth")),
            "decode_max_depth": self._function("decode_max_depth", (_integer(1), "decode_depth")),
            "encode_number_precision": self._function(
                "encode_number_precision", (_integer(1, 14), "precision")
            ),
            "encode_keep_buffer": self._function("encode_keep_buffer", (_switch, "keep_buffer")),
            "encode_invalid_numbers": self._function(
                "encode_invalid_numbers", (_switch_or_null, "write_invalid")
            ),
            "decode_invalid_numbers": self._function(
                "decode_invalid_numbers", (_switch, "read_invalid")
            ),
        }

    def _function(self, name: str, *options: tuple[Callable[..., Any], str]) -> Callable[..., Any]:
        def option(*values: Any) -> Any:
            if len(values) > len(options):
                raise BadArgument(len(options) + 1, "found too many arguments")
            for n, (value, (check, field)) in enumerate(zip(values, options, strict=False), 1):
                if value is not None:
                    setattr(self, field, check(n, value))
            now = tuple(getattr(self, field) for _, field in options)
            return now if len(now) > 1 else now[0]

        option.__name__, option.__doc__ = name, _DOCS[name]
        return option


def _switch(n: int, value: Any, words: tuple[str, ...] = _SWITCH) -> Any:
    if value.__class__ is bool:
        return value
    word = check_option(n, value, words)
    return word == "on" if word in _SWITCH else word


def _switch_or_null(n: int, value: Any) -> Any:
    return _switch(n, value, (*_SWITCH, "null"))


def _integer(least: int, most: int = MAX_INTEGER) -> Callable[[int, Any], int]:
    def check(n: int, value: Any) -> int:
        number = check_integer(n, value)
        if not least <= number <= most:
            raise BadArgument(1, f"expected integer between {least} and {most}")
        return number

    return check
