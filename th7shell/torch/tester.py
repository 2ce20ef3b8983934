"""`torch.Tester`: assertions, tests and their runs. Upstream: tester.md.

Methods that are overridden on a tester by a program count: all calls go through `send`.
"""

from __future__ import annotations

import operator
from typing import Any

from th7shell.lua import LuaError, Table, TorchError, array, first, items, lua_type, send, tostring
from th7shell.lua.arithmetic import truth

from .classes import TorchClass
from .equality import equal, same_value, tensors_equal
from .protected import call_protected, call_traced, find_pattern, frames_of_test
from .tensor import Tensor
from .tester_report import report, run_tests

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

__all__ = ["Tester"]


def _message(words: tuple[Any, ...]) -> str:
    """The message argument of an assertion, with an end of line."""
    if len(words) > 1 or (words and words[0] is not None and not isinstance(words[0], str)):
        if len(words) > 1:
            raise LuaError("Unexpected arguments passed to test function")
        raise LuaError("message parameter must be a string")
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
                raise LuaError("tolerance cannot be negative")
            tolerance = word
        else:
            raise TorchError("Unrecognized argument; should be a tolerance or message")
    return default if tolerance is None else tolerance, message or ""


class Tester(Table, metaclass=TorchClass, name="torch.Tester"):
    """Runs test functions, counts their assertions and reports what failed.

    `t = torch.Tester(); t:add(suite); t:run()`. Inside a test, `t:eq(a, b)`, `t:assert(condition)`
    and the other assertions note success or failure and return it; they do not end the test.
    Example:

    `local s = torch.TestSuite(); function s.sum() t:eq(1 + 1, 2) end; t:add(s):run()`.
    """

    earlyAbort: Any = None
    rethrow: Any = None
    summaryOnly: Any = None
    _setUp: Any = None
    _tearDown: Any = None

    def __init__(self, *_: Any) -> None:
        self.errors = Table()
        self.tests = Table()
        self.warnings = Table()
        self._warningCount = Table()
        self.disabledTests = Table()
        self._currentTestName = ""
        self._assertTensorEqIgnoresDims = True  # assertTensorEq takes {{1}} for {1}, with a warning

    def setEarlyAbort(self, value: Any = None, *_: Any) -> tuple[()]:
        """Stop at the first test that fails, or do not."""
        self.earlyAbort = value
        return ()

    def setRethrowErrors(self, value: Any = None, *_: Any) -> tuple[()]:
        """Let errors and failures out of `run`, to be looked at in a debugger."""
        self.rethrow = value
        return ()

    def setSummaryOnly(self, value: Any = None, *_: Any) -> tuple[()]:
        """Report the numbers only."""
        self.summaryOnly = value
        return ()

    # noting what happened

    def _success(self, *_: Any) -> Any:
        name = self._currentTestName
        self.assertionPass[name] += 1
        return True

    def _failure(self, message: Any = None, *_: Any) -> Any:
        if truth(self.rethrow):
            raise TorchError(tostring(message))
        name = self._currentTestName
        self.assertionFail[name] += 1
        self.errors[len(self.errors) + 1] = self._with_place(message)
        return False

    def _warning(self, message: Any = None, *_: Any) -> tuple[()]:
        name = self._currentTestName
        self._warningCount[name] = (self._warningCount[name] or 0) + 1
        self.warnings[len(self.warnings) + 1] = self._with_place(message)
        return ()

    def _with_place(self, message: Any) -> str:
        name = self._currentTestName
        return (f"{name}\n" if name != "" else "") + f"{message}\n" + frames_of_test()

    def _assert_sub(self, condition: Any = None, message: Any = None, *_: Any) -> Any:
        if truth(condition):
            return send(self, "_success")
        return send(self, "_failure", message)

    # assertions

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
                raise LuaError(f"{which} argument should be a Tensor")
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
                raise LuaError(f"{which} argument should be a Table")
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

    # tests

    def add(self, test: Any = None, name: Any = None, *_: Any) -> Tester:
        """Add tests: a TestSuite, a table of functions, or a function and its name. Returns the
        tester.

        `_setUp(name)` and `_tearDown(name)` are called before and after each test.
        """
        if isinstance(test, Table):
            if name is not None:
                raise LuaError(
                    "Name parameter is forbidden for a table of tests, since its use is ambiguous"
                )
            if test["__isTestSuite"]:
                test = test["__tests"]
            else:
                send(self, "_warning", "Should use TestSuite rather than plain lua table")
            for key, function in items(test):
                if lua_type(function) == "table":
                    raise LuaError("Nested sets of tests are not supported")
                send(self, "add", function, key)
            return self
        if lua_type(test) != "function":
            raise LuaError("Only tables of functions and functions supported")
        if name in _HOOKS:
            if self[name] is not None:
                raise LuaError(f"Only one {_HOOKS[name]} function allowed")
            self[name] = test
            return self
        name = "unknown" if name is None else name
        if self.tests[name] is not None:
            raise TorchError(f"Test with name {tostring(name)} already exists!")
        self.tests[name] = test
        return self

    def disable(self, names: Any = None, *_: Any) -> Tester:
        """Do not run the named tests (a name or a table of names). Returns the tester."""
        for name in _names(names, "Expecting name or list for disable"):
            if self.tests[name] is None:
                raise LuaError(f"Unrecognized test '{name}'")
            self.disabledTests[name] = True
        return self

    def run(self, names: Any = None, *_: Any) -> int:
        """Run all tests, or those whose names match a pattern or one of a table of patterns.

        Prints a line for each test and then what failed. An error is raised if something did;
        otherwise 0 is returned.
        """
        tests = self._chosen(names)
        self.assertionPass, self.assertionFail = Table(), Table()
        self.haveWarning, self.testError = Table(), Table()
        for name in tests:
            self.assertionPass[name] = self.assertionFail[name] = self.testError[name] = 0
            self._warningCount[name] = 0
        run_tests(self, tests)
        report(self, tests)
        for name in tests:
            if self.assertionFail[name] or self.testError[name]:
                raise TorchError("An error was found while running tests!")
        return 0

    def _chosen(self, patterns: Any) -> dict[Any, Any]:
        if patterns is None:
            return dict(items(self.tests))
        chosen: dict[Any, Any] = {}
        complaint = "Only accept a name or table of test names (or nil for all tests)"
        for pattern in _names(patterns, complaint):
            matching = [n for n, _ in items(self.tests) if find_pattern(tostring(n), pattern)]
            if not matching:
                raise LuaError(f"Couldn't find test '{pattern}'")
            chosen.update((name, self.tests[name]) for name in matching)
        return chosen

    def _pcall(self, function: Any, *_: Any) -> tuple[Any, ...]:
        before = len(self.errors)
        status, result = call_traced(function)
        if not status:
            text = f"{self._currentTestName}\n Function call failed\n{tostring(result)}\n"
            self.errors[len(self.errors) + 1] = text
        return status, result, status and before == len(self.errors)


def _comparison(name: str, holds: Any, text: str, sign: str) -> Any:
    def method(self: Tester, a: Any = None, b: Any = None, *words: Any) -> Any:
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
    setattr(Tester, _name, _comparison(_name, _holds, _text, _sign))
setattr(Tester, "assert", Tester.assert_)
del Tester.assert_

_HOOKS = {"_setUp": "set-up", "_tearDown": "tear-down"}


def _names(names: Any, complaint: str) -> list[Any]:
    if isinstance(names, str):
        return [names]
    if not isinstance(names, Table):
        raise LuaError(complaint)
    return array(names)
