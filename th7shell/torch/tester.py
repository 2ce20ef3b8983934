"""`torch.Tester`: tests and their runs. Upstream: tester.md.

Methods that are overridden on a tester by a program count: all calls go through `send`.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, TorchError, array, items, lua_type, send, tostring
from th7shell.lua.arithmetic import truth
from th7shell.lua.callers import nothing

from .assertions import Assertions
from .protected import call_traced, find_pattern, frames_of_test
from .tester_report import report, run_tests

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

__all__ = ["Tester"]


class Tester(Assertions, name="torch.Tester"):
    """Runs test functions, counts their assertions and reports what failed.

    `t = torch.Tester(); t:add(suite); t:run()`. Inside a test, `t:eq(a, b)`, `t:assert(condition)`
    and the other assertions note success or failure and return it; they do not end the test.

    >>> t = torch.Tester()
    >>> s = torch.TestSuite()
    >>> s.sum = lambda: t.eq(1 + 1, 2)
    >>> t.add(s).run()
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

    def setEarlyAbort(self, value: Any = None, *_: Any) -> Any:
        """Stop at the first test that fails, or do not."""
        self.earlyAbort = value
        return nothing()

    def setRethrowErrors(self, value: Any = None, *_: Any) -> Any:
        """Let errors and failures out of `run`, to be looked at in a debugger."""
        self.rethrow = value
        return nothing()

    def setSummaryOnly(self, value: Any = None, *_: Any) -> Any:
        """Report the numbers only."""
        self.summaryOnly = value
        return nothing()

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

    # tests

    def add(self, test: Any = None, name: Any = None, *_: Any) -> Tester:
        """Add tests: a TestSuite, a table of functions, or a function and its name. Returns the
        tester.

        `_setUp(name)` and `_tearDown(name)` are called before and after each test.
        """
        if isinstance(test, Table):
            if name is not None:
                raise TorchError(
                    "Name parameter is forbidden for a table of tests, since its use is ambiguous"
                )
            if test["__isTestSuite"]:
                test = test["__tests"]
            else:
                send(self, "_warning", "Should use TestSuite rather than plain lua table")
            for key, function in items(test):
                if lua_type(function) == "table":
                    raise TorchError("Nested sets of tests are not supported")
                send(self, "add", function, key)
            return self
        if lua_type(test) != "function":
            raise TorchError("Only tables of functions and functions supported")
        if name in _HOOKS:
            if self[name] is not None:
                raise TorchError(f"Only one {_HOOKS[name]} function allowed")
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
                raise TorchError(f"Unrecognized test '{name}'")
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
                raise TorchError(f"Couldn't find test '{pattern}'")
            chosen.update((name, self.tests[name]) for name in matching)
        return chosen

    def _pcall(self, function: Any, *_: Any) -> tuple[Any, ...]:
        before = len(self.errors)
        status, result = call_traced(function)
        if not status:
            text = f"{self._currentTestName}\n Function call failed\n{tostring(result)}\n"
            self.errors[len(self.errors) + 1] = text
        return status, result, status and before == len(self.errors)


_HOOKS = {"_setUp": "set-up", "_tearDown": "tear-down"}


def _names(names: Any, complaint: str) -> list[Any]:
    if isinstance(names, str):
        return [names]
    if not isinstance(names, Table):
        raise TorchError(complaint)
    return array(names)
