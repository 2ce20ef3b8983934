"""moses gives for a list the same whatever has been stored in the table and removed from it before."""

from __future__ import annotations

import pytest

from tests.moses.test_moses import SHOW
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN
from th7shell.moses import MOSES

HISTORIES = r"""
local histories = {
  function(t, n) for i = n + 1, n + 30 do t[i] = i end for i = n + 30, n + 1, -1 do t[i] = nil end end,
  function(t, n) for i = n + 1, n + 3 do t[i] = i end for i = n + 1, n + 3 do t[i] = nil end end,
  function(t, n) t[n + 1] = 'x' t[n + 1] = nil end,
  function(t, n) t[n + 20] = 'x' t[n + 20] = nil end,
  function(t, n) table.insert(t, 'x') table.remove(t) next(t) end,
  function(t, n) local all = {unpack(t)} for i = n, 1, -1 do t[i] = nil end for i = n, 1, -1 do t[i] = all[i] end end,
  function(t, n) local all = {unpack(t)} for k in pairs(t) do t[k] = nil end for i = 1, n do table.insert(t, all[i]) end end,
}
"""
CALLS = (
    """
find(t, 3) indexOf(t, 3) lastIndexOf(t, 3) findIndex(t, big) findLastIndex(t, big) sortedIndex(t, 2) reverse(t) fill(t, 0)
selectWhile(t, small) dropWhile(t, small) addTop(t, 7, 8) push(t, 7, 8) pop(t) pop(t, 2) unshift(t) unshift(t, 2) pull(t, 2)
removeRange(t, 2, 3) slice(t, 2) slice(t, 1, 2) first(t, 2) initial(t) last(t, 2) rest(t, 2) nth(t, 2) compact(t) flatten(t)
unique(t) isunique(t) union(t, {9}) intersection(t, {2, 3}) difference(t, {2}) symmetricDifference(t, {2, 9}) zip(t, t)
interleave(t, t) interpose(0, t) append(t, t) invert(t) concat(t, '-') map(t, add) each(t, add) size(t) max(t) min(t) sort(t)
toArray(t) count(t) reduce(t, add) reduceRight(t, add) select(t, add) reject(t, add) all(t, add) shuffle(t, 3) isEmpty(t)
clone(t) isArray(t) keys(t) values(t) isEqual(t, {1, 2, 3}) sameKeys(t, {1, 2, 3}) countBy(t, add) groupBy(t, add) eachn(t, add, 1)
""".replace("\n", " ")
    .replace(") ", ")\n")
    .split("\n")
)


@pytest.mark.parametrize("call", [call.strip() for call in CALLS if call.strip()])
def test_the_history_of_a_list_makes_no_difference(call):
    interpreter = Interpreter(MAIN)
    interpreter.globals["_"] = MOSES
    different = interpreter.load(
        SHOW
        + HISTORIES
        + f"""
        local function add(a, b) return (tonumber(a) or 0) + (tonumber(b) or 0) end
        local function big(k, v) return v > 1 end
        local function small(k, v) return v < 3 end
        local function tried(t) return show({{pcall(function() return all(_.{call}), all(t), #t end)}}) end
        local out = {{}}
        for n = 0, 4 do
          local function list() local t = {{}} for i = 1, n do t[i] = i end return t end
          local expected = tried(list())
          for i, history in ipairs(histories) do
            local t = list()
            history(t, n)
            local found = tried(t)
            if found ~= expected then out[#out + 1] = n .. ' ' .. i .. ': ' .. found .. ' for ' .. expected end
          end
        end
        return table.concat(out, '\\n')""",
        "=test",
    )()
    assert different == ""
