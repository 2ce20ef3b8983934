"""moses beside results of the original library (version 1.6.1, run by LuaJIT)."""

from __future__ import annotations

import pytest

from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN
from th7shell.moses import ALIASES, FUNCTIONS, MOSES

SHOW = r"""
local function show(v)
  if type(v) ~= 'table' then return type(v) == 'number' and string.format('%.6g', v) or tostring(v) end
  local ks = {}
  for k in pairs(v) do ks[#ks+1] = k end
  table.sort(ks, function(a, b) return tostring(a) < tostring(b) end)
  local out = {}
  for _, k in ipairs(ks) do out[#out+1] = (type(k) == 'number' and '' or tostring(k) .. '=') .. show(v[k]) end
  return '{' .. table.concat(out, ',') .. '}'
end
local function all(...) local out = {} for i = 1, select('#', ...) do out[i] = show((select(i, ...))) end return table.concat(out, ' ') end
"""

CASES = [
    ("_.map({1,2,3}, function(k,v) return k*v end)", "{1,4,9}"),
    ("_.map({a=1}, function(k,v) return k .. 'x', v + 1 end)", "{ax=2}"),
    ("_.select({1,2,3,4}, function(k,v) return v % 2 == 0 end)", "{2,4}"),
    ("_.reject({1,2,3,4}, function(k,v) return v % 2 == 0 end)", "{1,3}"),
    ("_.reduce({1,2,3}, function(s,v) return s + v end)", "6"),
    ("_.reduce({1,2,3}, function(s,v) return s .. v end, 'x')", "x123"),
    ("_.reduceRight({'a','b','c'}, function(s,v) return s .. v end)", "cba"),
    ("_.mapReduce({1,2,3}, function(s,v) return s + v end)", "{1,3,6}"),
    ("_.include({1,{2},3}, {2})", "true"),
    ("_.include({1,2}, function(v) return v > 1 end)", "true"),
    ("_.detect({'a','b'}, 'b')", "2"),
    ("_.where({{a=1,b=1},{a=2},{a=1}}, {a=1})", "{{a=1,b=1},{a=1}}"),
    ("_.findWhere({{a=1,b=1},{a=2,c=3}}, {a=2})", "{a=2,c=3}"),
    ("_.all({2,4}, function(k,v) return v % 2 == 0 end)", "true"),
    ("_.invoke({'a','b'}, string.upper)", "{A,B}"),
    ("_.pluck({{a=1},{b=2},{a=3}}, 'a')", "{1,3}"),
    ("_.max({3,9,2})", "9"),
    ("_.min({3,9,2}, function(v) return -v end)", "-9"),
    ("_.same({1,2,3}, {3,1,2})", "true"),
    ("_.sort({3,1,2})", "{1,2,3}"),
    ("_.sort({3,1,2}, function(a,b) return a > b end)", "{3,2,1}"),
    ("_.sortBy({{v=3},{v=1}}, 'v')", "{{v=1},{v=3}}"),
    (
        "_.groupBy({1,2,3,4}, function(k,v) return v % 2 == 0 and 'even' or 'odd' end)",
        "{even={2,4},odd={1,3}}",
    ),
    ("_.countBy({1,2,3}, function(k,v) return v > 1 end)", "{false=1,true=2}"),
    ("_.size({1,2,a=3})", "3"),
    ("_.count({1,1,2}, 1)", "2"),
    ("_.countf({1,2,3}, function(k,v) return v > 1 end)", "2"),
    ("_.containsKeys({a=1,b=2}, {a=5})", "true"),
    ("_.sameKeys({a=1}, {b=1})", "false"),
    ("_.toArray(1,2,3)", "{1,2,3}"),
    ("_.find({'a','b','a'}, 'a', 2)", "3"),
    ("_.reverse({1,2,3})", "{3,2,1}"),
    ("_.fill({1,2,3}, 0, 2)", "{1,0,0}"),
    ("_.selectWhile({1,2,5,1}, function(k,v) return v < 3 end)", "{1,2}"),
    ("_.dropWhile({1,2,5,1}, function(k,v) return v < 3 end)", "{5,1}"),
    ("_.sortedIndex({1,3,5}, 4)", "3"),
    ("_.indexOf({'a','b','a'}, 'a')", "1"),
    ("_.lastIndexOf({'a','b','a'}, 'a')", "3"),
    ("_.findIndex({1,5,7}, function(k,v) return v > 3 end)", "2"),
    ("_.findLastIndex({1,5,7}, function(k,v) return v > 3 end)", "3"),
    ("_.addTop({1}, 2, 3)", "{3,2,1}"),
    ("_.push({1}, 2, 3)", "{1,2,3}"),
    ("_.pop({1,2,3})", "1"),
    ("_.unshift({1,2,3}, 2)", "3 2"),
    ("_.pull({1,2,1,3}, 1, 3)", "{2}"),
    ("_.removeRange({1,2,3,4}, 2, 3)", "{1,4}"),
    ("_.slice({1,2,3,4}, 2, 3)", "{2,3}"),
    ("_.first({1,2,3}, 2)", "{1,2}"),
    ("_.initial({1,2,3})", "{1,2}"),
    ("_.last({1,2,3})", "{2,3}"),
    ("_.last({1,2,3}, 2)", "{2,3}"),
    ("_.rest({1,2,3}, 2)", "{2,3}"),
    ("_.compact({1,false,2})", "{1,2}"),
    ("_.flatten({1,{2,{3}}})", "{1,2,3}"),
    ("_.flatten({1,{2,{3}}}, true)", "{1,2,{3}}"),
    ("_.difference({1,2,3}, {2})", "{1,3}"),
    ("_.union({1,2},{2,3})", "{1,2,3}"),
    ("_.intersection({1,2,3},{2,3},{3})", "{3}"),
    ("_.symmetricDifference({1,2},{2,3})", "{1,3}"),
    ("_.unique({1,1,2})", "{1,2}"),
    ("_.isunique({1,2,1})", "false"),
    ("_.zip({1,2},{'a','b'})", "{{1,a},{2,b}}"),
    ("_.append({1},{2})", "{1,2}"),
    ("_.interleave({1,2},{'a','b'})", "{1,a,2,b}"),
    ("_.interpose(0, {1,2,3})", "{1,0,2,0,3}"),
    ("_.range(3)", "{0,1,2,3}"),
    ("_.range(2,4)", "{2,3,4}"),
    ("_.range(0,1,0.5)", "{0,0.5,1}"),
    ("_.rep('a', 3)", "{a,a,a}"),
    ("_.invert({'a','b'})", "{a=1,b=2}"),
    ("_.concat({1,true,'a'}, '-')", "1-true-a"),
    ("_.isEqual({1,{a=2}}, {1,{a=2}})", "true"),
    ("_.isEqual({1}, {1,2})", "false"),
    ("_.clone({1,{2}})", "{1,{2}}"),
    ("_.pick({a=1,b=2,c=3}, 'a', {'c'})", "{a=1,c=3}"),
    ("_.omit({a=1,b=2,c=3}, 'a', {'c'})", "{b=2}"),
    ("_.extend({a=1}, {b=2}, {a=3})", "{a=3,b=2}"),
    ("_.template({a=1}, {a=9,b=2})", "{a=1,b=2}"),
    ("_.has({a=1}, 'a')", "true"),
    ("_.isNaN(0/0)", "true"),
    ("_.isEmpty({})", "true"),
    ("_.isEmpty('a')", "false"),
    ("_.isArray({1,2})", "true"),
    ("_.isInteger(2.5)", "false"),
    ("_.isCallable(print)", "true"),
    ("_.isFinite(1/0)", "false"),
    ("_.times(3, function(i) return i * i end)", "{1,4,9}"),
    ("_.compose(function(x) return x + 1 end, function(x) return x * 2 end)(5)", "11"),
    ("_.pipe(5, function(x) return x + 1 end, function(x) return x * 2 end)", "11"),
    ("_.complement(function(x) return x end)(false)", "true"),
    ("_.juxtapose(4, function(x) return x + 1 end, function(x) return x * 2 end)", "5 8"),
    ("_.bind(math.max, 7)(3)", "7"),
    ("_.bind2(math.pow, 2)(5)", "25"),
    ("_.bindn(math.max, 1, 9)(3)", "9"),
    ("_.wrap(function(x) return x * 2 end, function(f, x) return f(x) + 1 end)(4)", "9"),
    ("_.result('abc', string.len)", "3"),
    ("_.toObj({{'a',1},{'b',2}})", "{a=1,b=2}"),
    ("_.property('a')({a=5})", "5"),
    ("_.at({a=1,b=2,c=3}, 'a', 'c')", "{1,3}"),
    ("_.kvpairs({a=1})", "{{a,1}}"),
    ("_.keys({a=1})", "{a}"),
    ("_.values({a=1})", "{1}"),
    ("_.tap({1}, function() end)", "{1}"),
]


@pytest.fixture(scope="module")
def interpreter():
    made = Interpreter(MAIN)
    made.globals.MOSES = MOSES
    return made


@pytest.mark.parametrize("expression, want", CASES, ids=[c[0] for c in CASES])
def test_result_is_the_original_s(interpreter, expression, want):
    run = interpreter.load(f"{SHOW} local _ = MOSES return all({expression})", "=test")
    assert run() == want


def test_closures_keep_their_state(interpreter):
    interpreter.load(
        """
        local _, n = MOSES, 0
        local square = _.memoize(function(x) n = n + 1 return x * x end)
        assert(square(3) == 9 and square(3) == 9 and n == 1)
        local late = _.after(function(x) return x end, 2)
        assert(late(1) == nil and late(2) == 2)
        local only = _.once(function(x) return x end)
        assert(only(4) == 4 and only(5) == 4)
        local seen = {}
        _.each({a = 1}, function(k, v, w) seen[k] = v + w end, 10)
        assert(seen.a == 11)
        _.eachi({5, 6, x = 7}, function(i, v) seen[i] = v end)
        assert(#seen == 2 and seen.x == nil)
        assert(#_.shuffle({1, 2, 3}, 1) == 3 and _.same(_.shuffle({1, 2, 3}, 1), {1, 2, 3}))
        local t = _.clear({1, 2})
        assert(next(t) == nil)
        """,
        "=test",
    )()


def test_every_function_says_what_it_does():
    assert set(ALIASES.values()) <= set(FUNCTIONS)
    silent = [n for n, f in FUNCTIONS.items() if not f.__doc__ and not n.startswith("is")]
    assert silent in ([], ["toBoolean", "max", "min"], ["max", "min", "toBoolean"])
