"""Lua's `argcheck`: functions that check arguments, given in order or by name, fill in defaults and
choose between overloads. Upstream: torch/argcheck.

`rules` reads what a checker is made of, `graph` is the tree of ways in which arguments may come,
`usage` the texts, `types` how types are told.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import th7shell.torch.console as console
from th7shell.lua import Table, TorchError, first, items, lua_type, new_table, state
from th7shell.lua.host import lua_function
from th7shell.lua.metatables import setmetatable
from th7shell.torch.namespace import need
from th7shell.torch.serialization.functions import written_as

from . import types
from .graph import NO_MATCH, Graph
from .rules import Rules
from .usage import complaint, usage

_RULES = "ħargcheck"  # attribute of a checker: its rules, all overloads'
_SOURCE = """local rules, check
rules = ...
return function(...)
   check = check or require('argcheck.graph').checker(rules)
   return check(...)
end"""


class Argcheck:
    """argcheck in one interpreter: `env` is what programs may replace, `doc` what records texts."""

    def __init__(self) -> None:
        self.env = new_table(fields={"istype": types.istype, "type": types.type_of})
        self.env.argcheck = lua_function(self.argcheck)
        self.doc = Doc()

    def argcheck(self, rules: Any = None, *_: Any) -> Any:
        """Make a function that checks its arguments: `argcheck{{name=, type=, help=}, …}`.

        A rule may have `default`, `defaulta` (the argument whose value it takes), `defaultf` (a
        function), `opt` and `check`. Options: `help` or `doc`, `noordered`, `nonamed`, `pack` (the
        values in a table), `quiet` (true and the values, or false and the usage), `call` (the
        function to call), `overload` (another checker's ways count too), `force`, `debug` (print
        the checks, and give a graph for Graphviz as well).
        """
        if lua_type(rules) != "table":
            raise TorchError(f"attempt to index local 'rules' (a {lua_type(rules)} value)")
        read = Rules(rules)
        before = rules["overload"] if rules["chain"] is None else rules["chain"]
        earlier: list[Rules] = [] if before is None else rules_of(before)
        if read.text is not None:
            self.doc.add(usage(read))
        check, graph = self.checker([*earlier, read])
        if rules["debug"] in (None, False):
            return check
        console.show(listing(graph))
        return check, graph.dot()

    def checker(self, all_rules: list[Rules]) -> tuple[Callable[..., Any], Graph]:
        """A checker over all rules, the last that were added last."""
        graph = Graph(all_rules, self.env.istype)
        match = graph.match

        def check(*arguments: Any) -> Any:
            found = match(arguments)
            if found is not NO_MATCH:
                return found
            text = complaint(graph, arguments, self.env)
            if graph.is_quiet:
                return False, text
            raise TorchError(f"{text}\ninvalid arguments!")

        setattr(check, _RULES, all_rules)
        written_as(check, lambda: _in_lua(all_rules))
        return check, graph

    def again(self, tables: Any = None, *_: Any) -> Callable[..., Any]:
        """The checker of a list of tables of rules, as files hold it."""
        return self.checker([Rules(table) for _, table in items(tables)])[0]


def rules_of(function: Any) -> list[Rules]:
    """The rules of a checker. Errors: another function."""
    found = getattr(function, _RULES, None)
    if found is None:
        raise TorchError("trying to overload a non-argcheck function")
    return found


def _in_lua(all_rules: list[Rules]) -> Any:
    """A function of Lua code that checks the same, for files."""
    make = first(state.globals.loadstring(_SOURCE, "=argcheck"))
    return first(make(new_table([rules.table for rules in all_rules])))


def listing(graph: Graph) -> str:
    """The checks of a graph in the order in which they are made, for `debug`."""
    lines = []

    def add(node: Any, depth: int) -> None:
        subject = f"argument {depth}" if node.name is None else f"field {node.name}"
        check = " and passes its check" if node.check else ""
        end = "" if node.rules is None else f": match ({node.kind})"
        if depth:
            lines.append(f"{'  ' * depth}{subject} is {node.type}{check}{end}")
        elif end:
            lines.append(f"no arguments{end}")
        for child in node.children.values():
            add(child, depth + 1)

    add(graph.root, 0)
    return "\n".join(lines)


class Doc:
    """`argcheck.doc`: the texts of the functions that are made while it records."""

    def __init__(self) -> None:
        self.table = new_table(
            fields={
                "record": lua_function(self.record),
                "stop": lua_function(self.stop),
                "doc": lua_function(self.add),
            }
        )
        call = lua_function(lambda _table=None, *texts: self.table.doc(*texts))
        setmetatable(self.table, new_table(fields={"__call": call}))

    def record(self, *_: Any) -> tuple[()]:
        """Begin to keep texts."""
        self.table["__record"] = Table()
        return ()

    def stop(self, *_: Any) -> str:
        """The texts kept, one after the other; no more are."""
        kept = self.table["__record"]
        self.table["__record"] = None
        return "".join(text for _, text in items(kept))

    def add(self, text: Any = None, *_: Any) -> tuple[()]:
        """Keep a text, if texts are kept: `doc(text)`."""
        kept = self.table["__record"]
        if kept is not None:
            kept[len(kept) + 1] = text
        return ()


def _upvalue(function: Any, name: Any, quiet: Any) -> int | None:
    """Which upvalue of a function has a name."""
    getupvalue = state.globals.debug.getupvalue
    i = 1
    while (found := first(getupvalue(function, i))) is not None:
        if found == name:
            return i
        i += 1
    if quiet in (None, False):
        raise TorchError(f"unknown upvalue <{name}>")
    return None


def getupvalue(function: Any = None, name: Any = None, quiet: Any = None, *_: Any) -> Any:
    """The value of a function's upvalue: `utils.getupvalue(f, name)`."""
    i = _upvalue(function, name, quiet)
    return () if i is None else state.globals.debug.getupvalue(function, i)[1]


def setupvalue(
    function: Any = None, name: Any = None, value: Any = None, quiet: Any = None, *_: Any
) -> Any:
    """Set a function's upvalue; gives what it was: `utils.setupvalue(f, name, value)`."""
    i = _upvalue(function, name, quiet)
    if i is None:
        return ()
    before = state.globals.debug.getupvalue(function, i)[1]
    state.globals.debug.setupvalue(function, i, value)
    return before


def duptable(table: Any = None, *_: Any) -> Table:
    """A copy of a table's pairs."""
    copy = Table()
    for key, value in items(table):
        copy[key] = value
    return copy


def render(text: Any = None, *_: Any) -> Any:
    """A usage text as it is shown: itself."""
    return text


_opened: WeakKeyDictionary[Any, Argcheck] = WeakKeyDictionary()


def argcheck_of(globals: Any) -> Argcheck:
    """The argcheck of an interpreter."""
    if globals not in _opened.keys():
        _opened[globals] = Argcheck()
    return _opened[globals]


def _dump(globals: Any) -> bool:
    """Record from now on and print all texts when the program ends."""
    doc = argcheck_of(globals).doc
    doc.record()
    atexit.register(lambda: console.show(doc.stop()))
    return True


def _usage(globals: Any) -> Table:
    def text(truth: Any = None, rules: Any = None, *_: Any) -> str:
        if truth in (None, False):
            raise TorchError("the usage of a call is part of the checker's error")
        return usage(Rules(rules))

    return new_table(fields={"usage": text, "render": render})


FILES: dict[str, Any] = {
    "env": lambda globals: argcheck_of(globals).env,
    "doc": lambda globals: argcheck_of(globals).doc.table,
    "graph": lambda globals: new_table(
        fields={"checker": lua_function(argcheck_of(globals).again)}
    ),
    "usage": _usage,
    "utils": lambda _: new_table(
        fields={f.__name__: f for f in (getupvalue, setupvalue, duptable)}
    ),
    "dump": _dump,
}


def luaopen(globals: Any) -> Any:
    """Return the function `argcheck`; no global is set."""
    need(globals, "torch")
    return argcheck_of(globals).env.argcheck


__all__ = ["FILES", "argcheck_of", "luaopen"]
