"""argcheck: matching in order and by name, defaults, options, overloads, texts, files."""

from __future__ import annotations

import pytest

from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment

SETUP = """argcheck, env, doc = require 'argcheck', require 'argcheck.env', require 'argcheck.doc'
torch.class('ac.A', ac) torch.class('ac.B', 'ac.A', ac)
function say(...) local s = {} for i = 1, select('#', ...) do local x = select(i, ...)
  s[i] = type(x) == 'table' and next(x) ~= nil and x.x ~= nil and '{' .. tostring(x.x) .. ',' .. tostring(x.y) .. '}' or torch.type(x) == 'table' and '{}'
    or (type(x) == 'table' or type(x) == 'userdata') and torch.type(x) or tostring(x) end return table.concat(s, ' ') end
function try(...) return say(select(2, pcall(...))) end"""


@pytest.fixture(scope="module")
def lua():
    environment = Environment(MAIN)
    environment.load("require 'torch' ac = {} " + SETUP, "=t")()
    return lambda text: environment.load(text, "=case")()


N, S = "{name='x', type='number'", "{name='y', type='string'"
CASES = {  # rules → calls and what they give
    f"{N}}}, {S}}}": {"(1, 'a')": "1 a", "{x=1, y='a'}": "1 a", "(1)": None, "(1, 'a', 2)": None, "{x=1}": None, "{x=1, y='a', z=2}": None, "()": None},
    f"{N}, default=7}}, {S}}}": {"('a')": "7 a", "(nil, 'a')": "7 a", "(2, 'a')": "2 a", "{y='a'}": "7 a", "(2)": None},
    f"{N}}}, {S}, opt=true}}": {"(1)": "1 nil", "(1, nil)": "1 nil", "{x=1}": "1 nil"},
    f"{N}, default=false}}": {"()": "false", "(nil)": "nil", "{}": "false"},
    f"{N}}}, {{name='z', type='number', defaulta='x'}}": {"(3)": "3 3", "(3, 4)": "3 4", "{x=3}": "3 3"},
    f"{N}, defaultf=function() count = (count or 0) + 1 return count end}}": {"()": "1", "{}": "2", "(9)": "9"},
    f"{N}, check=function(x) return x > 1 end}}": {"(2)": "2", "(1)": None, "{x=1}": None},
    f"{N}}}, nonamed=true": {"(1)": "1", "{x=1}": None},
    f"{N}}}, noordered=true": {"(1)": None, "{x=1}": "1"},
    f"{N}}}, {S}, default='d'}}, pack=true": {"(1)": "{1,d}", "{x=1, y='a'}": "{1,a}"},
    f"{N}}}, quiet=true": {"(1)": "true 1"},
    f"{N}}}, call=function(x) return x + 1, 'called' end": {"(1)": "2 called", "{x=2}": "3 called"},
    "{name='self', type='ac.A'}, {name='x', type='number', default=5}": {"(ac.B(), 1)": "ac.B 1", "(ac.A(), {x=2})": "ac.A 2", "(ac.A(), {})": "ac.A 5", "(ac.A())": "ac.A 5", "{self=ac.A()}": None},
    "{name='self', type='table'}, {name='x', type='number'}, pack=true": {"({}, {x=1})": "{} {1,nil}"},
    "{name='t', type='torch.*Tensor'}": {"(torch.ByteTensor())": "torch.ByteTensor", "(1)": None},
    "{name='t', type='torch.FloatTensor'}": {"(torch.DoubleTensor())": None},
    "{name='t', type='ac.A'}": {"(ac.B())": "ac.B", "(ac.A)": None},
    "{name='any'}": {"('s')": "s", "(nil)": None, "()": None},
    "": {"()": "", "{}": "", "(1)": None},
}  # fmt: skip


@pytest.mark.parametrize("rules", CASES)
def test_calls(lua, rules):
    for call, wanted in CASES[rules].items():
        given = call if call[0] == "{" else call[1:-1]
        said = lua(f"count = count return try(argcheck{{{rules}}}{', ' if given else ''}{given})")
        if wanted is None:
            assert said.endswith("invalid arguments!"), call
        elif call == "{}" and "count" in rules:
            assert said.isdigit()
        else:
            assert said == wanted, call


OVERLOADS = {
    "(5)": "number",
    "('a')": "string",
    "{x=1}": "number",
    "{y='a'}": "string",
    "(true)": None,
}


def test_overload(lua):
    lua(f"""f = argcheck{{{N}}}, call = function() return 'number' end}}
    g = argcheck{{{S}}}, overload = f, call = function() return 'string' end}}""")
    for call, wanted in OVERLOADS.items():
        given = call if call[0] == "{" else call[1:-1]
        said = lua(f"return try(g, {given})")
        assert said == wanted if wanted else said.count("*Arguments:*") == 2
    assert lua("return try(f, 'a')").count("*Arguments:*") == 1  # the first is as it was
    assert lua(f"return try(argcheck, {{{N}}}, overload = f}})").endswith(
        "argcheck rules led to ambiguous situations"
    )
    assert (
        lua(
            f"return argcheck{{{N}}}, overload = f, force = true, call = function() return 'new' end}}(1)"
        )
        == "new"
    )


USAGE = """Adds [x][, y].
```
({
  [x = number]  -- one [default=3]
  [y = string]  -- two [default=a]
   t = table    --\x20
  [z = table]   --  [has default]
})
```
*Got:* **number**, **torch.LongTensor**

invalid arguments!"""


def test_the_usage(lua):
    rules = f"{N}, default=3, help='one'}}, {S}, default='a', doc='two'}}"
    more = "{name='t', type='table'}, {name='z', type='table', defaultf=function() end}"
    said = lua(
        f"return try(argcheck{{help='Adds @ARGP.\\n@ARGT', {rules}, {more}}}, 1, torch.LongTensor())"
    )
    assert said.partition(": ")[2] == USAGE.replace("[x][, y].", "[x][, y], t[, z].")
    said = lua(f"return select(2, argcheck{{quiet=true, noordered=true, {N}}}}}{{a=1, [2]=3}})")
    assert (
        said
        == "\n*Arguments:*\n```\n{\n   x = number  -- \n}\n```\n*Got:* **table**={ **a=number**, **[number]**=? }\n"
    )


def test_doc_records(lua):
    lua(
        "doc.record() argcheck{doc='one ', {name='x', type='number'}} argcheck{help='two', {name='x', type='number'}}"
    )
    assert lua("return doc.stop()") == "one two"
    lua("argcheck{doc='three', {name='x', type='number'}}")
    assert lua("doc.record() doc('x') doc.doc('y') return doc.stop()") == "xy"


WRONG = {
    "{type='number'}": "rule must have a name field",
    "{name='x', type=1}": "rule type must be a string or nil",
    "{name='x', type='number', check=1}": "rule check must be a function or nil",
    "{name='x', type='number', defaulta='none'}": "invalid defaulta name <none>",
    "{name='self', type='table', opt=true}": "self cannot be optional, nor having a default value!",
    "noordered=true, nonamed=true": "rules must be at least ordered or named",
    "help=1": "rules help must be a string or nil",
    "help='a', doc='b'": "choose between doc or help, not both",
    "overload=1": "rules overload must be a function or nil",
    "overload=print": "trying to overload a non-argcheck function",
    "overload=print, chain=print": "rules must have either overload [or chain (deprecated)]",
}


@pytest.mark.parametrize("rules", WRONG)
def test_wrong_rules(lua, rules):
    assert lua(f"return try(argcheck, {{{rules}}})").endswith(WRONG[rules])
    assert lua("return try(argcheck, 1)").endswith("(a number value)")


def test_debug(lua, capsys):
    graph = lua(f"return select(2, argcheck{{debug=true, {N}, default=1}}}})")
    shown = capsys.readouterr().out
    assert "argument 1 is number: match (O)" in shown
    assert "field x is number: match (N)" in shown
    assert graph.startswith("digraph ACN {\nedge [penwidth=.3 arrowsize=0.8];\nid")
    assert 'label="number (x)"' in graph


def test_types_may_be_told_otherwise(lua):
    lua("""plain, env.istype = env.istype, function(x, name) return name == 'odd' and x % 2 == 1 end
    odd = argcheck{nonamed=true, {name='x', type='odd'}} env.istype = plain""")
    assert lua("return odd(3), (try(odd, 2):match('invalid'))") == (3, "invalid")
    assert lua(
        "return env.type(torch.ones(1)), env.istype(1, 'number'), env.istype(ac.B(), 'ac.A'), env.istype(ac.A(), 'ac.B')"
    ) == ("torch.DoubleTensor", True, True, False)


def test_files_hold_checkers(lua):
    text = f"""local f = argcheck{{{N}, default=4}}, call = function(x) return x * 2 end}}
    f = argcheck{{{S}}}, overload = f, call = function(y) return y .. '!' end}}
    local g = torch.deserialize(torch.serialize(f))
    return g(3), g(), g('a'), g{{x=1}}, (try(g, true):match('invalid'))"""
    assert lua(text) == (6, 8, "a!", 2, "invalid")


def test_its_other_files(lua):
    assert lua(
        "local u = require 'argcheck.utils' local a = 5 local f = function() return a end return u.setupvalue(f, 'a', 6), u.getupvalue(f, 'a'), f(), u.getupvalue(f, 'b', true), u.duptable{x = 1}.x"
    ) == (5, 6, 6, None, 1)
    assert lua("return try(require('argcheck.utils').getupvalue, print, 'x')").endswith(
        "unknown upvalue <x>"
    )
    assert lua(f"return require('argcheck.usage').usage(true, {{{N}}}, help='H @ARGP'}})") == "H x"
    assert lua("return type(require 'argcheck.graph'), env.argcheck == argcheck") == ("table", True)


def test_many_optional_arguments_are_laid_out_quickly(lua):
    rules = ", ".join(f"{{name='a{i}', type='number', default={i}}}" for i in range(7))
    assert lua(f"many = argcheck{{{rules}}} return say(many(9), many{{a6=5}})") == "9 0 1 2 3 4 5 5"
