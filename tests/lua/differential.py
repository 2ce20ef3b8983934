"""Random Lua programs, and a comparison of what they print here and on the real Lua implementations.

`programs()` is a hypothesis strategy. A program is a list of cells that share some locals; each cell runs under
pcall and prints what it gives, so that an error ends a cell, not the program, and its message is compared too.
What Lua leaves open is avoided: the order of `pairs`, the length of tables with holes, addresses.
"""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st

# Prints into a list; addresses are hidden, so that outputs can be compared.
PRELUDE = r"""
local OUT = {}
local function show(v)
  local k = type(v)
  if k == 'number' or k == 'boolean' or k == 'nil' then return tostring(v) end
  if k == 'string' then return (string.format('%q', v)) end
  return k
end
local function P(...)
  local t = {}
  for i = 1, select('#', ...) do t[i] = show((select(i, ...))) end
  OUT[#OUT + 1] = table.concat(t, ' ')
end
local function keys(t)
  local ks = {}
  for k in pairs(t) do ks[#ks + 1] = type(k) .. ':' .. tostring(k) end
  table.sort(ks)
  return table.concat(ks, ',')
end
local function dump(t)
  local o = {}
  for k, v in pairs(t) do o[#o + 1] = tostring(k) .. '=' .. show(v) end
  table.sort(o)
  return '{' .. table.concat(o, ',') .. '}'
end
local fuel = 60
local function F() fuel = fuel - 1 if fuel < 0 then error('out of fuel', 0) end end
local function cut(s) if type(s) == 'string' then return s:sub(1, 50) end return s end
local n1, n2, n3, s1, s2, t1, t2, f1, f2, x1, x2 = 1, 2.5, -3, 'abc', 'k', {1, 2, 3, x = 'y'}, {k = 1}
"""
POSTLUDE = "\nreturn table.concat(OUT, '\\n')\n"

_ADDRESS = re.compile(r"0x[0-9a-f]{8,16}|[0-9a-f]{8,16}x0")  # also reversed

NUMBERS = ("0 1 2 3 7 10 -1 -2 0.5 1.5 -0.25 100 255 1e3 1e15 2^53 2^31 -2^31 0x10 1e308 1e-3 0/0 1/0 -1/0 3.0 "
           "9007199254740993 123456789012 1073741823 -1073741824 2251799813685248 -2251799813685247 -0").split()  # fmt: skip
STRINGS = ["''", "'a'", "'abc'", "'k'", "'x'", "'10'", "'0x1F'", "' 5 '", "'1e2'", "'hello world'", "'a,b,,c'", "'\\0z'",
           "'%d+'", "'key = val'", "'(a(b)c)'", "'\\255\\n'", "'ABC def'", "'nil'", "'-7'"]  # fmt: skip
PATTERNS = ["'%a+'", "'.'", "'%d'", "'(%w+)'", "'()'", "'(.-)%s'", "'^a'", "'c$'", "'%b()'", "'%f[%w]%w+'", "'[^,]*'", "'x*'",
            "'(a)(b)'", "'%s*'", "'[a-c]'", "'.-b'", "'%'", "'[a'", "'(a'", "'%1'", "''", "'a-'", "'(.)%1'"]  # fmt: skip
FORMATS = ["'%d'", "'%5.2f'", "'%s'", "'%q'", "'%x'", "'%5s|'", "'%-5s|'", "'%g'", "'%i'", "'%c'", "'%e'", "'%%'", "'%.3s'",
           "'%y'", "'%05d'", "'%+d'", "'%o'", "'%X'"]  # fmt: skip
NUMERIC = {
    "num": ["n1", "n2", "n3"],
    "str": ["s1", "s2"],
    "tbl": ["t1", "t2"],
    "fun": ["f1", "f2"],
    "any": ["x1", "x2"],
}
ARITHMETIC = ["+", "-", "*", "/", "%", "^"]
COMPARISONS = ["<", "<=", ">", ">=", "==", "~="]
UNARY_MATHS = ["floor", "ceil", "abs", "sqrt"]
METHODS = ["upper", "lower", "reverse", "len"]
EVENTS = ["__add", "__sub", "__mul", "__div", "__mod", "__pow", "__concat", "__eq", "__lt", "__le", "__call", "__index",
          "__newindex", "__unm", "__tostring"]  # fmt: skip


class Generator:
    """Writes one program with the choices that hypothesis draws."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.scopes: list[dict[str, list[str]]] = [{k: list(v) for k, v in NUMERIC.items()}]
        self.fresh = 0
        self.loops = 0
        self.vararg = False

    def pick(self, options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def chance(self, percent: int) -> bool:
        return self.draw(st.integers(0, 99)) < percent

    def name(self, kind: str) -> str:
        self.fresh += 1
        name = f"{kind[0]}v{self.fresh}"
        self.scopes[-1].setdefault(kind, []).append(name)
        return name

    def variables(self, kind: str) -> list[str]:
        return [name for scope in self.scopes for name in scope.get(kind, ())]

    # ---- expressions: each kind by its own rules, sometimes another kind on purpose

    def expression(self, kind: str, depth: int) -> str:
        if self.chance(4):
            kind = self.pick(["num", "str", "tbl", "fun", "any", "bool"])
        return getattr(self, f"_{kind}")(depth)

    def _num(self, d: int) -> str:
        e = self.expression
        if d <= 0 or self.chance(25):
            return self.pick(NUMBERS) if self.chance(50) else self.pick(self.variables("num"))
        form = self.draw(st.integers(0, 12))
        if form <= 4:
            return f"({e('num', d - 1)} {self.pick(ARITHMETIC)} {e('num', d - 1)})"
        if form == 5:
            return f"(-{e('num', d - 1)})"
        if form == 6:
            return f"#{e('str', d - 1)}" if self.chance(50) else f"#({e('tbl', d - 1)})"
        if form == 7:
            return f"math.{self.pick(UNARY_MATHS)}({e('num', d - 1)})"
        if form == 8:
            return f"math.{self.pick(['max', 'min'])}({e('num', d - 1)}, {e('num', d - 1)})"
        if form == 9:
            return f"(tonumber({e('str', d - 1)}) or {e('num', d - 1)})"
        if form == 10:
            return f"select('#', {self.list(d - 1)})"
        if form == 11:
            return f"({e('bool', d - 1)} and {e('num', d - 1)} or {e('num', d - 1)})"
        return (
            f"({e('str', d - 1)}):byte({e('num', 0)})"
            if self.chance(30)
            else f"({self.pick(STRINGS)} + {e('num', d - 1)})"
        )

    def _str(self, d: int) -> str:
        e = self.expression
        if d <= 0 or self.chance(25):
            return self.pick(STRINGS) if self.chance(60) else self.pick(self.variables("str"))
        form = self.draw(st.integers(0, 11))
        if form <= 2:
            return f"({e('str', d - 1)} .. {e(self.pick(['str', 'num']), d - 1)})"
        if form == 3:
            return f"({e('str', d - 1)}):sub({e('num', 0)}, {e('num', 0)})"
        if form == 4:
            return f"({e('str', d - 1)}):{self.pick(METHODS)}()"
        if form == 5:
            return f"tostring({e(self.pick(['num', 'str', 'bool']), d - 1)})"
        if form == 6:
            return f"string.format({self.pick(FORMATS)}, {e(self.pick(['num', 'str']), d - 1)})"
        if form == 7:
            return f"(({e('str', d - 1)}):gsub({self.pick(PATTERNS)}, {self.replacement(d - 1)}))"
        if form == 8:
            return f"table.concat({{{self.list(1)}}}, {self.pick(STRINGS)})"
        if form == 9:
            return f"(({e('str', d - 1)}):match({self.pick(PATTERNS)}) or {e('str', d - 1)})"
        if form == 10:
            return f"('ab'):rep({self.pick(['0', '1', '3', '-1'])})"
        return f"type({e('any', d - 1)})"

    def replacement(self, d: int) -> str:
        return self.pick(["'<%0>'", "'%1'", "''", "'%%'", "{a = 'A', abc = 1, b = false}", "string.upper",
                          "function(a, b) return b or a end", "function() end", "'%2'"])  # fmt: skip

    def _bool(self, d: int) -> str:
        e = self.expression
        if d <= 0:
            return self.pick(["true", "false"])
        form = self.draw(st.integers(0, 5))
        if form <= 2:
            kind = self.pick(["num", "num", "str"])
            return f"({e(kind, d - 1)} {self.pick(COMPARISONS)} {e(kind, d - 1)})"
        if form == 3:
            return f"(not {e('any', d - 1)})"
        if form == 4:
            return f"({e('bool', d - 1)} {self.pick(['and', 'or'])} {e('bool', d - 1)})"
        return f"({e('any', d - 1)} == {e('any', d - 1)})"

    def _tbl(self, d: int) -> str:
        if d <= 0 or self.chance(40):
            return self.pick(self.variables("tbl"))
        items = [
            self.expression(self.pick(["num", "str", "bool"]), d - 1)
            for _ in range(self.draw(st.integers(0, 3)))
        ]
        items[:-1] = [f"({item} or 0)" for item in items[:-1]]  # no holes
        for _ in range(self.draw(st.integers(0, 2))):
            form = self.draw(st.integers(0, 2))
            value = self.expression(self.pick(["num", "str", "fun"]), d - 1)
            items.append(
                (
                    f"{self.pick(['x', 'y', 'k'])} = {value}",
                    f"['z w'] = {value}",
                    f"[{self.pick(['10', '2.5', 'true'])}] = {value}",
                )[form]
            )
        if self.chance(15):
            return f"setmetatable({{{', '.join(items)}}}, {self.metatable(d - 1)})"
        return f"{{{', '.join(items)}}}"

    def metatable(self, d: int) -> str:
        fields = []
        for event in self.draw(st.lists(st.sampled_from(EVENTS), max_size=3, unique=True)):
            if event == "__index" and self.chance(40):
                fields.append(f"__index = {self._tbl(1)}")
            elif event == "__newindex":
                fields.append("__newindex = function(t, k, v) rawset(t, k, v) P('new', k, v) end")
            elif event == "__tostring":
                fields.append(f"__tostring = function() return {self.pick(STRINGS)} end")
            else:
                fields.append(
                    f"{event} = function(a, b) P('{event}', type(a), type(b)) return {self.expression(self.pick(['num', 'str', 'bool']), d)} end"
                )
        return f"{{{', '.join(fields)}}}"

    def _fun(self, d: int) -> str:
        if d <= 0 or self.chance(30):
            return self.pick(
                [*self.variables("fun"), "tostring", "type", "math.floor", "string.upper"]
            )
        self.scopes.append({})
        before, loops = self.vararg, self.loops
        self.loops = 0
        names = [
            self.name(self.pick(["num", "str", "any"])) for _ in range(self.draw(st.integers(0, 2)))
        ]
        self.vararg = self.chance(30)
        body = self.block(self.draw(st.integers(0, 2)), d - 1)
        result = f"return {self.list(d - 1)}" if self.chance(80) else ""
        self.vararg, self.loops = before, loops
        self.scopes.pop()
        parameters = ", ".join([*names, "..."] if "..." in body + result else names)
        return f"function({parameters}) F() {body} {result} end"

    def _any(self, d: int) -> str:
        e = self.expression
        form = self.draw(st.integers(0, 9))
        if d <= 0 or form <= 1:
            return self.pick(
                [
                    "nil",
                    "true",
                    "false",
                    *self.variables("any"),
                    *self.variables("num"),
                    *self.variables("str"),
                ]
            )
        if form == 2:
            return f"{self.pick(self.variables('tbl'))}.{self.pick(['x', 'y', 'k'])}"
        if form == 3:
            return f"{self.pick(self.variables('tbl'))}[{e(self.pick(['num', 'str']), d - 1)}]"
        if form == 4:
            return f"({self.pick(self.variables('fun'))})({self.list(d - 1)})"
        if form == 5 and self.vararg:
            return self.pick(["...", "(...)", "select(2, ...)"])
        if form == 6:
            return f"({e('any', d - 1)} {self.pick(['and', 'or'])} {e('any', d - 1)})"
        if form == 7:
            return f"pcall({self._fun(d - 1)}, {self.list(d - 1)})"
        return e(self.pick(["num", "str", "bool", "tbl", "fun"]), d - 1)

    def list(self, d: int) -> str:
        parts = [
            self.expression(self.pick(["num", "str", "any", "bool"]), d)
            for _ in range(self.draw(st.integers(1, 3)))
        ]
        if self.vararg and self.chance(30):
            parts.append("...")
        return ", ".join(parts)

    # ---- statements

    def block(self, count: int, d: int) -> str:
        self.scopes.append({})
        lines = [self.statement(d) for _ in range(count)]
        self.scopes.pop()
        return " ".join(lines)

    def statement(self, d: int) -> str:
        e = self.expression
        form = self.draw(st.integers(0, 21)) if d > 0 else self.draw(st.integers(0, 7))
        kind = self.pick(["num", "str", "any", "tbl"])
        if form <= 3:
            value = f"cut({e(kind, 2)})" if kind in ("str", "any") else e(kind, 2)
            name = self.pick(self.variables(kind)) if form > 1 else f"local {self.name(kind)}"
            return f"{name} = {value}"
        if form <= 5:
            return f"P({self.list(2)})"
        if form == 6:
            key = self.pick(
                [
                    ".x",
                    ".y",
                    ".k",
                    "[1]",
                    f"[{e('str', 1)}]",
                    f"[#{self.pick(self.variables('tbl'))} + 1]",
                ]
            )
            value = e(self.pick(["num", "str", "bool"]), 2)
            value = f"({value} or 0)" if key == "[1]" else value  # no holes
            return f"{self.pick(self.variables('tbl'))}{key} = {value}"
        if form == 7:
            a, b = self.pick(self.variables("any")), self.pick(self.variables("num"))
            return f"{a}, {b} = {self.list(2)}"
        if form == 8:
            return f"if {e('bool', 2)} then {self.block(2, d - 1)} else {self.block(1, d - 1)} end"
        if form == 9:
            return self.loop(f"for i = {self.pick(['1', '3', '0.5', '10'])}, {self.pick(['3', '5', '1', '2.5'])}"
                             f"{self.pick(['', ', 1', ', -1', ', 0.5', ', 2'])} do", d)  # fmt: skip
        if form == 10:
            return self.loop(f"for i, v in ipairs({self.pick(self.variables('tbl'))}) do", d)
        if form == 11:
            self.fresh += 1
            c = f"c{self.fresh}"
            loop = self.loop(f"while {c} < {self.pick(['1', '3'])} do {c} = {c} + 1", d)
            return f"local {c} = 0 {loop}"
        if form == 12:
            self.fresh += 1
            c = f"c{self.fresh}"
            self.loops += 1
            body = self.block(2, d - 1)
            self.loops -= 1
            return f"local {c} = 0 repeat F() local {c}x = {c} {body} {c} = {c} + 1 until {c}x > 1"
        if form == 13:
            value = self._fun(2)
            return f"local {self.name('fun')} = {value}"
        if form == 14:
            return f"P(pcall(function() {self.block(2, d - 1)} error({self.pick(STRINGS + ['{}', 'nil', '42'])}{self.pick(['', ', 0', ', 2'])}) end))"
        if form == 15:
            t = self.pick(self.variables("tbl"))
            return self.pick([
                f"table.insert({t}, {e(self.pick(['num', 'str']), 1)})",
                f"P(table.remove({t}))",
                f"table.insert({t}, 1, {e('num', 1)})",
                f"P(table.remove({t}, 1))",
                f"P(pcall(table.sort, {t}))",
                f"P(pcall(table.sort, {t}, function(a, b) return tostring(a) > tostring(b) end))",
                f"P(unpack({t}))",
                f"P(dump({t}), #{t})",
                f"for k, v in pairs({t}) do if type(k) == 'string' then {t}[k] = nil end end P(keys({t}))",
                f"for k, v in pairs({t}) do {t}[k] = tostring(v) end P(dump({t}))",
            ])  # fmt: skip
        if form == 16:
            return self.coroutine(d)
        if form == 17:
            return f"for w, u in ({e('str', 1)}):gmatch({self.pick(PATTERNS)}) do F() P(w, u) end"
        if form == 18:
            return f"P(({e('str', 1)}):find({self.pick(PATTERNS)}, {self.pick(['1', '-1', '-2', 'nil'])}))"
        if form == 19:
            return f"do {self.block(2, d - 1)} end"
        if form == 20 and self.loops:
            return f"if {e('bool', 1)} then break end"
        return (
            f"P(select('#', {self.list(1)}), ({self.pick(self.variables('fun'))})({self.list(1)}))"
        )

    def loop(self, head: str, d: int) -> str:
        self.scopes.append({})
        if "for i" in head:
            self.scopes[-1]["num"] = ["i"]
        if "v in" in head:
            self.scopes[-1]["any"] = ["v"]
        self.loops += 1
        body = self.block(self.draw(st.integers(1, 2)), d - 1)
        self.loops -= 1
        self.scopes.pop()
        return f"{head} F() {body} end"

    def coroutine(self, d: int) -> str:
        self.scopes.append({"any": ["a", "b"]})
        before, loops, self.vararg, self.loops = self.vararg, self.loops, False, 0
        steps = " ".join(
            f"{self.block(1, d - 1)} a, b = coroutine.yield({self.list(1)})"
            for _ in range(self.draw(st.integers(0, 2)))
        )
        last = self.list(1)
        self.vararg, self.loops = before, loops
        self.scopes.pop()
        body = f"function(a, b) {steps} return {last} end"
        if self.chance(50):
            return f"do local co = coroutine.create({body}) for q = 1, 4 do P(coroutine.resume(co, q, {self.list(1)})) end P(coroutine.status(co)) end"
        return f"do local w = coroutine.wrap({body}) P(w({self.list(1)})) P(pcall(w, 2)) end"

    def cell(self) -> str:
        body = self.block(self.draw(st.integers(1, 4)), 3)
        return f"P(pcall(function()\nF()\n{body}\nreturn {self.list(2)}\nend))"


@st.composite
def programs(draw: Any) -> str:
    """Draw a Lua program that returns what it printed."""
    generator = Generator(draw)
    cells = [generator.cell() for _ in range(draw(st.integers(1, 4)))]
    return PRELUDE + "\n".join(cells) + POSTLUDE


class Oracle:
    """A real Lua implementation behind lupa: `luajit21` or `lua51`."""

    def __init__(self, name: str) -> None:
        from importlib import import_module

        module = import_module(f"lupa.{name}")
        self.name = name
        self.run_in = module.LuaRuntime(encoding="latin-1").execute(
            "return function(text) local f, message = loadstring(text, '=p') "
            "if not f then return 'syntax: ' .. message end "
            "local ok, value = pcall(f) return ok and value or 'error: ' .. tostring(value) end"
        )

    def __call__(self, program: str) -> str:
        return self.run_in(program)


class Ours:
    """This implementation."""

    name = "th7shell"

    def __init__(self) -> None:
        from th7shell.lua.interpreter import Interpreter

        self.interpreter = Interpreter()

    def __call__(self, program: str) -> str:
        from unittest.mock import patch

        # newer LuaJITs print an exact half as C does, Torch's does not
        with patch("th7shell.lua.rounding.is_tie", lambda *_: False):
            return self._run(program)

    def _run(self, program: str) -> str:
        from th7shell.lua import LuaError
        from th7shell.lua.failures import caught

        try:
            function = self.interpreter.load(program, "=p")
        except LuaError as error:
            return f"syntax: {error.value}"
        try:
            return function()
        except Exception as error:
            return f"error: {caught(error)}"


def difference(program: str, ours: Ours, luajit: Oracle, lua51: Oracle) -> str | None:
    """Compare a program's output with LuaJIT's, and with PUC Lua's where those two agree; None if it is equal."""
    mine, expected, other = (_ADDRESS.sub("0x", run(program)) for run in (ours, luajit, lua51))
    if mine == expected or mine == other:  # where the two real ones differ, either is Lua
        return None
    theirs = expected.split("\n")
    for line, (a, b) in enumerate(zip(mine.split("\n"), theirs)):
        if a != b:
            return f"output line {line + 1}\n  here    {a}\n  LuaJIT  {b}"
    return f"lengths differ\n  here    {mine[-300:]}\n  LuaJIT  {expected[-300:]}"
