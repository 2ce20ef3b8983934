"""Random calls of Penlight's modules: what fails, fails in the user's words."""

from __future__ import annotations

import random
import signal
import sys

import pytest

from tests.session.wild_companions import fault
from tests.torch.wild_calls import Pool, shown
from th7shell.lua import items, lua_type
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment

MODULES = (
    "seq func sip input config lexer operator permute comprehension array2d url xml data stringio"
    " template luabalanced"
    " utils types stringx tablex List Map Set OrderedMap MultiMap pretty app path"
).split()
SETUP = """
require 'pl'
Document, Rows = getmetatable(xml.new 'a'), getmetatable(data.new({}, 'a'))
Reader, Writer = getmetatable(stringio.open ''), getmetatable(stringio.create())
"""
OBJECTS = "Document Rows Reader Writer".split()
SKIPPED = {  # they change the globals, read standard input, run programs, write files or end it all
    *("import", "catch", "add_function_factory", "on_error", "set_deprecation_func", "default_map"),
    *("setfenv", "default_map_with", "require_here", "format_operator"),
    *("execute", "executeex", "quit", "printf", "fprintf", "writefile", "dump", "debug", "appfile"),
    *("mkdir", "rmdir", "chdir", "tmpname", "fields"),
}
FILTERS = {"input.filter", "seq.filter", "data.filter"}
MADE = [
    "function() end",  # others may be sequences without an end
    "function(x) return x and nil end",
    "xml.new 'a'",
    "xml.parse '<a k=\"1\">x<b/>y</a>'",
    "data.new({{1, 2}, {3, 4}}, 'a,b')",
    "stringio.open 'a b\\nc,d'",
    "stringio.create()",
    "seq{1, 2, 3}",
    "seq.list{1, 2, 3}",
    "lexer.lua 'a b(c)'",
    "template.compile 'a$(x)'",
    "sip.compile '$v'",
    "comprehension.new()",
    "{{1, 2}, {3, 4}}",
    "{1, 2, 3}",
    "{fields = 'a', where = 'b > 1'}",
    "{space = true}",
    "List{1, 2}",
    "'a where b > 1'",
    "'$v = $d'",
    "'x for x'",
    "'$(x) #'",
    "'<a>'",
    "'A1:B2'",
    "4 / 2",
]


class World(Pool):
    """Random values, Penlight's among them."""

    def __init__(self, rng, load):
        super().__init__(rng)
        self.load = load

    def value(self, depth=0):
        if self.rng.random() < 0.5:
            return self.load(f"return {self.rng.choice(MADE)}", "=value")()
        return super().value(depth)


def faults(seed, count):
    environment = Environment(MAIN)
    environment.load(SETUP, "=setup")()
    targets = [(name, environment.load(f"return require 'pl.{name}'", "=x")()) for name in MODULES]
    targets += [(name, environment.globals[name]) for name in OBJECTS]
    rows = [
        (f"{module}.{name}", function)
        for module, table in targets
        for name, function in items(table)
        if lua_type(function) == "function"
        and name not in SKIPPED
        and not name.startswith("__")
        and f"{module}.{name}" not in FILTERS
    ]
    for i in range(count):
        rng = random.Random(f"{seed} {i}")
        name, function = rng.choice(rows)
        world = World(rng, environment.load)
        given = [world.value() for _ in range(rng.choice((0, 1, 1, 2, 2, 2, 3, 3, 4)))]
        call = f"#{i} {name}({', '.join(map(shown, given))})"
        wrong = fault_in_time(function, given)
        if wrong is not None:
            yield f"{call}: {wrong}"


class TooLong(BaseException):
    """A call went on for seconds."""


def fault_in_time(function, given):
    """What is wrong with a call; those that go on as long as their numbers say, as Penlight's own
    do (`List:insert(-2^53, x)`), are stopped and pass."""
    if sys.platform == "win32":
        return fault(function, given)

    def stop(*_):
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 1.5)
    try:
        return fault(function, given)
    except TooLong:
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_failures_are_errors_of_the_user(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # files may be written under any name
    assert [*faults(1, 1000)] == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10, 14))
def test_many(seed, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert [*faults(seed, 10_000)] == []


WHOLE = [  # numbers that Lua takes for whole, whatever Python calls them
    ("xml.tostring(xml.new('a', {x = 1.5}))", "<a x='1.5'/>"),
    ("xml.tostring(xml.parse '<a><b/></a>', 4 / 2, 2 / 1)", "\n  <a>\n    <b/>\n  </a>"),
    ("(function(f) f:seek('set', 4 / 2) return f:read(4 / 2) end)(stringio.open 'abcdef')", "cd"),
    ("(require 'pl.luabalanced'.match_expression('a b', 6 / 2))", "b"),
    ("#array2d.slice({{1, 2, 3}, {4, 5, 6}}, 2 / 2, 4 / 2, 4 / 2, 6 / 2)", 2),
    ("#array2d.column({{1, 2}}, 4 / 2)", 1),
    ("#array2d.new(4 / 2, 2 / 1)", 2),
    ("#array2d.reshape({{1, 2, 3}, {4, 5, 6}}, 6 / 2)", 3),
    ("#array2d.extract_cols({{1, 2}}, {4 / 2})", 1),
    ("#seq.copy(seq.take({1, 2, 3}, 4 / 2))", 2),
    ("#seq.copy(seq.skip(seq.list{1, 2, 3}, 4 / 2))", 1),
    ("#seq.copy(seq.range(2 / 2, 3))", 3),
    ("#seq.copy(seq.random(4 / 2))", 2),
    ("data.read(stringio.open 'a,b\\nx,1\\n', {numfields = {4 / 2}})[1][2]", 1),
    ("input.fields({4 / 2}, ',', '1,2')()", 2),
    ("template.substitute('$(1 / 1)')", "1"),
    ("List{1, 2, 3}:splice(4 / 2, {9}):slice(2 / 1, 4 / 2):join()", "9"),
    ("List{1, 2, 3}:insert(2 / 1, 7):pop(4 / 2)", 7),
    ("#tablex.sub({1, 2, 3}, 4 / 2, 6 / 2)", 2),
    ("#tablex.new(4 / 2, 0)", 2),
    (
        "stringx.center('a', 6 / 2) .. stringx.shorten('abcdef', 8 / 2) .. stringx.at('abc', 4 / 2)",
        " a a...b",
    ),
    ("#stringx.split('a,b,c', ',', 4 / 2)", 2),
    ("stringx.indent('a', 4 / 2) .. stringx.expandtabs('\\t', 4 / 2)", "  a\n  "),
    ("(utils.unpack({1, 2}, 4 / 2))", 2),
    ("(pretty.write({[2 / 1] = 4 / 2}, ''))", "{[2]=2}"),
    ("Date(2000 / 1, 2 / 1, 3 / 1, 4 / 1):month()", 2),
]


def test_whole_numbers():
    environment = Environment(MAIN)
    environment.load("require 'pl'", "=setup")()
    found = [(code, environment.load(f"return ({code})", "=case")()) for code, _ in WHOLE]
    assert found == WHOLE
