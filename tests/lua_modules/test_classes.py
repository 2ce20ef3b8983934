"""class: constructors, inheritance, types."""

from __future__ import annotations

import pytest

from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment

SETUP = """class, torch = require 'class', require 'torch'
A = class('A') function A:__init(x) self.x = x end function A:double() return 2 * self.x end
B, parent = class('B', 'A') function B:__init(x) A.__init(self, x + 1) end
a, b = A(1), B.new(2)"""


@pytest.fixture(scope="module")
def lua():
    environment = Environment(MAIN)
    environment.load(SETUP, "=t")()
    return lambda text: environment.load(text, "=case")()


CASES = {
    "return a.x, a:double(), b.x, b:double()": (1, 2, 3, 6),
    "return class.type(a), class.type(b), class.type(1), class.type(nil), class.type{}, class.type(torch.ones(1))": ("A", "B", "number", "nil", "table", "torch.DoubleTensor"),
    "return class.istype(b, 'A'), class.istype(a, 'B'), class.istype(b, 'B'), class.istype('s', 'string'), class.istype(b, 'table'), class.istype(b, 'none')": (True, False, True, True, False, False),
    "return getmetatable(b) == class.metatable 'B', getmetatable(B) == class.metatable 'B', parent == class.metatable 'A', class.metatable 'none'": (True, True, True, None),
    "local x = class.factory('B') return class.type(x), x.x, x.double == A.double": ("B", None, True),
    "function A.__tostring() return 'an A' end return tostring(a), class.metatable('A').__typename, rawget(A, 'double')": ("an A", "A", None),
    "local f = require 'argcheck'{{name='x', type='A'}, call=function(x) return x.x end} return f(b), f{x=a}": (3, 1),
    "local C = class.new{name='C', parentname='B'} return C(5).x, class.istype(C(5), 'A')": (None, True),
    "local ffi = require 'ffi' class('D', nil, ffi.typeof 'int64_t') return class.type(ffi.new('int64_t', 1)), class.type(ffi.new 'int8_t')": ("D", "cdata"),
}  # fmt: skip


@pytest.mark.parametrize("text", CASES)
def test_what_lua_sees(lua, text):
    assert lua(text) == CASES[text]


WRONG = {
    "class 'A'": "class <A> already exists",
    "class('E', 'none')": "parent class <none> does not exist",
    "class.factory 'none'": "unknown class <none>",
    "class()": "invalid arguments!",
    "class.new(1)": "invalid arguments!",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_refused(lua, text):
    assert lua(f"return select(2, pcall(function() {text} end))").endswith(WRONG[text])


def test_interpreters_have_classes_of_their_own(lua):
    other = Environment()
    assert other.load("return require('class').metatable 'A'", "=t")() is None
    assert lua("return require('class') == class")
