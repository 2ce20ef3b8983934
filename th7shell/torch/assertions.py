"""The assertions of `torch.Tester`. Upstream: tester.md.

Each judges its arguments and hands the verdict and a message to `_assert_sub`. Methods that a
program overrides on its tester count: all calls go through `send`.
"""

from __future__ import annotations

import operator
from typing import Any

from th7shell.lua import Table, TorchError, first, lua_type, send, tostring
from th7shell.lua.arithmetic import truth

from .classes import TorchClass
from .equality import equal, same_value, tensors_equal
from .protected import call_protected, find_pattern
from .tensor import Tensor

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original


def _message(words: tuple[Any, ...]) -> str:
    """The message argument of an assertion, with an end of line."""
    if len(words) > 1 or (words and words[0] is not None and not isinstance(words[0], str)):
        if len(words) > 1:
            raise TorchError("Unexpected arguments passed to test function")
        raise TorchError("message parameter must be a string")
    return f"{words[0]}\n" if words and words[0] else ""


def _tolerance_and_message(default: float, words: tuple[Any, ...]) -> tuple[float, str]:
    """A number and a string in either order."""
    message = tolerance = None
    for word in words:
        kind = lua_type(word)
        if word is None:
            break
        if kind == "string":
            if message is not None:
                raise TorchError("Unexpected string argument; already have message")
            message = f"{word}\n"
        elif kind == "number":
            if tolerance is not None:
                raise TorchError("Unexpected number argument; already have tolerance")
            if word < 0:
                raise TorchError("tolerance cannot be negative")
            tolerance = word
        else:
            raise TorchError("Unrecognized argument; should be a tolerance or message")
    return default if tolerance is None else tolerance, message or ""


class Assertions(Table, metaclass=TorchClass, abstract=True):
    """What a tester can check."""

    _assertTensorEqIgnoresDims: Any = True  # assertTensorEq takes {{1}} for {1}, with a warning

    def assert_(self, condition: Any = None, *words: Any) -> Any:
        """Check that a condition is true: `t:assert(condition [, message])`."""
        message = _message(words)
        if not isinstance(condition, bool):
            send(
                self,
                "_warning",
                " :assert should only be used for boolean conditions. To check for non-nil "
                "variables, do this explicitly: Tester:assert(var ~= nil).",
            )
        text = f"{message}BOOL violation condition={tostring(condition)}"
        return send(self, "_assert_sub", condition, text)

    def eq(self, got: Any = None, expected: Any = None, *words: Any) -> Any:
        """Check that two values are equal: `t:eq(got, expected [, tolerance] [, message])`.

        Numbers, tensors and storages may differ by the tolerance (default 0); tables are compared
        entry by entry, anything else by `==`.
        """
        return send(self, "assertGeneralEq", got, expected, *words)

    def assertGeneralEq(self, got: Any = None, expected: Any = None, *words: Any) -> Any:
        """The same as `eq`."""
        return self._general(got, expected, False, words)

    def ne(self, got: Any = None, unexpected: Any = None, *words: Any) -> Any:
        """Check that two values differ, by the rules of `eq`."""
        return send(self, "assertGeneralNe", got, unexpected, *words)

    def assertGeneralNe(self, got: Any = None, unexpected: Any = None, *words: Any) -> Any:
        """The same as `ne`."""
        return self._general(got, unexpected, True, words)

    def _general(self, got: Any, expected: Any, negate: bool, words: tuple[Any, ...]) -> Any:
        tolerance, message = _tolerance_and_message(0, words)
        success, text = equal(got, expected, tolerance, negate)
        return send(self, "_assert_sub", success, message + (text or ""))

    def assertalmosteq(self, a: Any = None, b: Any = None, *words: Any) -> Any:
        """Check that two numbers differ by no more than a tolerance (default 1e-16)."""
        tolerance, message = _tolerance_and_message(1e-16, words)
        text = (
            f"{message}ALMOST_EQ failed: {tostring(a)} ~= {tostring(b)} "
            f"with tolerance={tostring(tolerance)}"
        )
        return send(self, "_assert_sub", abs(a - b) <= tolerance, text)

    def asserteq(self, a: Any = None, b: Any = None, *words: Any) -> Any:
        """Check that a == b."""
        text = f"{_message(words)}EQ failed: {tostring(a)} ~= {tostring(b)}"
        return send(self, "_assert_sub", same_value(a, b), text)

    def assertne(self, a: Any = None, b: Any = None, *words: Any) -> Any:
        """Check that a ~= b."""
        message = _message(words)
        kind = lua_type(a)
        if kind == "userdata" or (kind == "table" and lua_type(b) == "table"):
            send(
                self,
                "_warning",
                " :assertne should only be used to compare basic lua objects (numbers, booleans, "
                "etc). Consider using either :assertGeneralNe or :assert(a ~= b).",
            )
        text = f"{message}NE failed: {tostring(a)} == {tostring(b)}"
        return send(self, "_assert_sub", not same_value(a, b), text)

    def assertTensorEq(self, a: Any = None, b: Any = None, *words: Any) -> Any:
        """Check that two tensors have the same elements, whatever their sizes are, within a
        tolerance."""
        return self._tensors(a, b, False, words)

    def assertTensorNe(self, a: Any = None, b: Any = None, *words: Any) -> Any:
        """Check that two tensors differ by more than a tolerance."""
        return self._tensors(a, b, True, words)

    def _tensors(self, a: Any, b: Any, negate: bool, words: tuple[Any, ...]) -> Any:
        for value, which in ((a, "First"), (b, "Second")):
            if not isinstance(value, Tensor):
                raise TorchError(f"{which} argument should be a Tensor")
        tolerance, message = _tolerance_and_message(0, words)
        loose = truth(self._assertTensorEqIgnoresDims)
        success, text = tensors_equal(a, b, tolerance, negate, loose)
        if loose and not negate and success and a.nd.shape != b.nd.shape:
            send(
                self,
                "_warning",
                "Tensors have the same content but different dimensions. For backwards "
                "compatibility, they are considered equal, but this may change in the future. "
                "Consider using :eq to check for equality instead.",
            )
        return send(self, "_assert_sub", success, message + (text or ""))

    def assertTableEq(self, a: Any = None, b: Any = None, *words: Any) -> Any:
        """Check that two tables are equal by the rules of `eq`."""
        return self._tables(a, b, False, words)

    def assertTableNe(self, a: Any = None, b: Any = None, *words: Any) -> Any:
        """Check that two tables differ by the rules of `eq`."""
        return self._tables(a, b, True, words)

    def _tables(self, a: Any, b: Any, negate: bool, words: tuple[Any, ...]) -> Any:
        for value, which in ((a, "First"), (b, "Second")):
            if lua_type(value) != "table":
                raise TorchError(f"{which} argument should be a Table")
        return self._general(a, b, negate, words)

    def assertNoError(self, function: Any = None, *words: Any) -> Any:
        """Check that a function raises no error."""
        message = _message(words)
        status, error = call_protected(function)
        text = f"{message}ERROR violation: err={tostring(error)}"
        return send(self, "_assert_sub", status, text)

    def assertErrorObj(self, function: Any = None, check: Any = None, *words: Any) -> Any:
        """Check that a function raises an error for which `check(error)` is true."""
        message = _message(words)
        status, error = call_protected(function)
        text = f"{message}ERROR violation: err={tostring(error)}"
        return send(self, "_assert_sub", not status and first(check(error)), text)

    def assertError(self, function: Any = None, *words: Any) -> Any:
        """Check that a function raises an error."""
        return send(self, "assertErrorObj", function, lambda *_: True, *words)

    def assertErrorMsg(self, function: Any = None, expected: Any = None, *words: Any) -> Any:
        """Check that a function raises this very error."""
        return send(self, "assertErrorObj", function, lambda e, *_: same_value(e, expected), *words)

    def assertErrorPattern(self, function: Any = None, pattern: Any = None, *words: Any) -> Any:
        """Check that a function raises an error whose message matches a Lua pattern."""

        def matches(error: Any, *_: Any) -> bool:
            return find_pattern(error, pattern)

        return send(self, "assertErrorObj", function, matches, *words)


def _comparison(name: str, holds: Any, text: str, sign: str) -> Any:
    def method(self: Assertions, a: Any = None, b: Any = None, *words: Any) -> Any:
        shown = f"{_message(words)}{text % (tostring(a), tostring(b))}"
        return send(self, "_assert_sub", bool(holds(a, b)), shown)

    method.__name__ = name
    method.__doc__ = f"Check that a {sign} b."
    return method


for _name, _holds, _text, _sign in (
    ("assertlt", operator.lt, "LT failed: %s >= %s", "<"),
    ("assertgt", operator.gt, "GT failed: %s <= %s", ">"),
    ("assertle", operator.le, "LE failed: %s > %s", "<="),
    ("assertge", operator.ge, "GE failed: %s < %s", ">="),
):
    setattr(Assertions, _name, _comparison(_name, _holds, _text, _sign))
setattr(Assertions, "assert", Assertions.assert_)
del Assertions.assert_
