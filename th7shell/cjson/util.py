"""Lua's `cjson.util`: whole files, tables as Lua text, deep comparison, and a small runner of
tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.lua import (
    Table,
    TorchError,
    array,
    first,
    items,
    lua_type,
    new_table,
    state,
    tostring,
)
from th7shell.lua.host import lua_function
from th7shell.lua.runtime import equal
from th7shell.lua.stdlib.string_format import quoted
from th7shell.torch import console

from .null import NULL

__plays_lua__ = True

_DEEPEST = 50


def serialise_value(value: Any = None, indent: Any = None, depth: Any = None, *_: Any) -> str:
    """A value as Lua text, for people: `serialise_value(value [, indent])`; on one line if `indent`
    is false. Tables deeper than 50 are cut."""
    return _text(value, "" if indent is None else indent, depth or 0)


def _text(value: Any, indent: Any, depth: int) -> str:
    if value is NULL:
        return "json.null"
    kind = lua_type(value)
    if kind == "string":
        return quoted(value)
    if kind in ("nil", "number", "boolean"):
        return tostring(value)
    if kind == "table":
        return _table_text(value, indent, depth + 1)
    return f'"<{kind}>"'


def _table_text(table: Any, indent: Any, depth: int) -> str:
    if depth > _DEEPEST:
        return "Cannot serialise any further: too many nested tables"
    is_flat = indent is False
    end = " " if is_flat else f"\n{indent}"
    start = end if is_flat else f"{end}  "
    inner = False if is_flat else f"{indent}  "
    pairs = list(items(table))
    last = _last_index(pairs)
    if last < 0:
        parts = [f"[{_text(k, inner, depth)}] = {_text(v, inner, depth)}" for k, v in pairs]
    else:
        parts = [_text(table[i], inner, depth) for i in range(1, last + 1)]
    return "{" + start + f",{start}".join(parts) + end + "}"


def _last_index(pairs: list[tuple[Any, Any]]) -> int:
    """The last index of a list, -1 for a table that is none: other keys, or mostly holes."""
    if any(lua_type(key) != "number" for key, _ in pairs):
        return -1
    last = int(max((key for key, _ in pairs), default=0))
    return -1 if last > 2 * len(pairs) else max(last, 0)


def _open(name: Any, mode: str, action: str) -> Any:
    result = state.globals.io.open(name, mode)
    if first(result) is None:
        raise TorchError(f"Unable to {action} '{tostring(name)}': {result[1]}")
    return first(result)


def file_load(name: Any = None, *_: Any) -> Any:
    """The whole content of a file, or of standard input."""
    file = state.globals.io.stdin if name is None else _open(name, "rb", "read")
    data = file.read("*a")
    if name is not None:
        file.close()
    return data


def file_save(name: Any = None, data: Any = None, *_: Any) -> tuple[()]:
    """Write a file, or to standard output."""
    file = state.globals.io.stdout if name is None else _open(name, "wb", "write")
    file.write(data)
    if name is not None:
        file.close()
    return ()


def compare_values(a: Any = None, b: Any = None, *_: Any) -> bool:
    """Whether two values are equal, tables by what they hold; nan equals nan."""
    kind = lua_type(a)
    if kind != lua_type(b):
        return False
    if kind == "number" and a != a and b != b:
        return True
    if kind != "table":
        return bool(equal(a, b))
    names = {(key.__class__ is bool, key) for key, _ in items(a)}
    others = list(items(b))
    if len(names) != len(others):
        return False
    return all(
        (key.__class__ is bool, key) in names and compare_values(a[key], value)
        for key, value in others
    )


class Tests:
    """A run of tests: what passed, and their reports."""

    def __init__(self) -> None:
        self.passed = self.total = 0

    def run_test_summary(self, *_: Any) -> tuple[int, int]:
        """How many tests passed, of how many."""
        return self.passed, self.total

    def run_test(
        self,
        name: Any = None,
        function: Any = None,
        inputs: Any = None,
        should_work: Any = None,
        expected: Any = None,
        *_: Any,
    ) -> tuple[bool, Table]:
        """Call a function and report whether it worked, or failed, with the values expected:
        `run_test(name, f, {arguments}, true or false, {results or message})`."""
        works, results = _outcome(function, array(inputs))
        is_right = works == should_work and compare_values(results, expected)
        self.passed += is_right
        self.total += 1
        verdict = "PASS" if is_right else "FAIL"
        console.show(f"==> Test [{self.total}] {tostring(name)}: {verdict}")
        _status("Input", inputs)
        if not is_right:
            _status(f"Expected{_MARKS[bool(should_work)]}", expected)
        _status(f"Received{_MARKS[works]}", results)
        console.show()
        return is_right, results

    def run_test_group(self, tests: Any = None, *_: Any) -> tuple[()]:
        """Run a list of `{name, f, {arguments}, works, {expected}}`; where the last two are left
        out, f is called and nothing is compared."""
        for test in array(tests):
            if test[4] is not None:
                self.run_test(*(test[i] for i in range(1, 6)))
                continue
            name = test[1]
            if isinstance(name, str) and name:
                console.show(f"==> {name}")
            test[2](*(array(test[3]) if test[3] else ()))
            console.show()
        return ()


_MARKS = {True: ":success", False: ":error"}


def _status(what: str, values: Any) -> None:
    console.show(f"[{what}] {serialise_value(values, False)}")


def _outcome(function: Callable[..., Any], arguments: list[Any]) -> tuple[bool, Table]:
    """Whether a call worked, and its results or its error."""
    found = state.globals.pcall(function, *arguments)
    return found[0], new_table(found[1:])


def run_script(script: Any = None, environment: Any = None, *_: Any) -> Any:
    """Run a Lua text in an environment of its own, and give that: `run_script(text [, table])`."""
    environment = Table() if environment is None else environment
    function = first(state.globals.loadstring(script))
    if function is None:
        raise TorchError("Invalid syntax.")
    state.globals.setfenv(function, environment)()
    return environment


def table(_globals: Any = None) -> Table:
    """What `require 'cjson.util'` gives."""
    tests = Tests()
    functions = (serialise_value, file_load, file_save, compare_values, run_script)
    methods = (tests.run_test_summary, tests.run_test, tests.run_test_group)
    return new_table(
        fields={f.__name__: f for f in functions} | {m.__name__: lua_function(m) for m in methods}
    )
