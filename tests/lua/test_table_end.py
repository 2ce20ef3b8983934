"""A table's end: after any history of stores, nil stores, inserts and removes that leaves a sequence, `#t` and the
table library give what LuaJIT gives."""

from __future__ import annotations

import pytest

pytest.importorskip("lupa.luajit21")

from tests.lua.harness import luajit, ours

# Random operations on a few tables. `top[i]` is how long table number i is: each operation leaves a sequence, with
# holes and far keys only on the way. After each, the table is asked for its end in one of many ways.
DRIVER = r"""
local seed, count = SEED, COUNT
local function random(n) seed = (seed * 16807) % 2147483647 return seed % n + 1 end
local tables, top, hash = {}, {}, 0
local function note(x)
  if type(x) == 'string' then
    for i = 1, #x do hash = (hash * 31 + x:byte(i)) % 1000003 end
  else
    hash = (hash * 31 + (tonumber(x) or 7)) % 1000003
  end
end
local value = 0
local function fresh() value = value + 1 return value % 3 == 0 and 'v' .. value or value end

local change = {
  function(t, n) t[#t + 1] = fresh() return n + 1 end,
  function(t, n) t[n + 1] = fresh() return n + 1 end,
  function(t, n) rawset(t, n + 1, fresh()) return n + 1 end,
  function(t, n) table.insert(t, fresh()) return n + 1 end,
  function(t, n) table.insert(t, random(n + 1), fresh()) return n + 1 end,
  function(t, n) table.insert(t, 1, fresh()) return n + 1 end,
  function(t, n) if n > 0 then t[#t] = nil return n - 1 end return n end,
  function(t, n) if n > 0 then t[n] = nil return n - 1 end return n end,
  function(t, n) note(table.remove(t)) return math.max(n - 1, 0) end,
  function(t, n) if n > 0 then note(table.remove(t, random(n))) return n - 1 end return n end,
  function(t, n) if n > 0 then note(table.remove(t, 1)) return n - 1 end return n end,
  function(t, n) note(select('#', table.remove(t, n + 1 + random(3)))) return n end,
  function(t, n) for i = 1, random(4) do t[n + i] = fresh() n = n end return #t end,
  function(t, n) local m = random(n + 1) - 1 for i = n, m + 1, -1 do t[i] = nil end return m end,
  function(t, n) local m = random(n + 1) - 1 for i = m + 1, n do t[i] = nil end return m end,
  function(t, n)  -- holes, from the middle on both sides
    local m = random(n + 1) - 1
    local middle = math.floor((m + n) / 2)
    for i = middle, m + 1, -1 do t[i] = nil end
    for i = middle + 1, n do t[i] = nil end
    return m
  end,
  function(t, n) if n > 1 then local k, v = random(n), fresh() t[k] = nil t[k] = v end return n end,
  function(t, n) for i = n + random(6), n + 1, -1 do t[i] = fresh() end return #t end,
  function(t, n) local k = n + 1 + random(20) t[k] = 1 t[k] = nil return n end,
  function(t, n) local k = n + 2 t[k] = 'far' t[n + 1] = fresh() return n + 2 end,
  function(t, n) t.name, t[0], t[-1], t[0.5], t[2 ^ 40], t[true] = 1, 2, 3, 4, 5, 6 return n end,
  function(t, n) t.name, t[0], t[-1], t[0.5], t[2 ^ 40], t[true] = nil return n end,
  function(t, n) for k in pairs(t) do t[k] = nil end return 0 end,
  function(t, n) local k = next(t) while k ~= nil do t[k] = nil local border = #t k = next(t, k) end return 0 end,
  function(t, n) local k = next(t) while k ~= nil do t[k] = nil k = next(t) end return 0 end,
  function(t, n) for k in next, t do if k == n then table.remove(t) end end return math.max(n - 1, 0) end,
  function(t, n) local i = 1 while t[i] do t[i] = nil i = i + 1 end return 0 end,
  function(t, n) while #t > 0 do t[#t] = nil end return 0 end,
  function(t, n) while table.remove(t) do end return 0 end,
  function(t, n) for i, v in ipairs(t) do if i <= 2 and n < 30 then t[#t + 1] = v n = n + 1 end end return n end,
  function(t, n) for i, v in ipairs(t) do if i == 1 then t[n + 9] = 1 t[n + 9] = nil end t[i] = fresh() note(v) end return n end,
  function(t, n) for i = 1, math.floor(n / 2) do t[i], t[n - i + 1] = t[n - i + 1], t[i] end return n end,
  function(t, n) t[n + 1], t[n + 2] = fresh(), fresh() return n + 2 end,
  function(t, n)
    for i = 1, n do t[i] = tostring(t[i]) end
    table.sort(t)
    return n
  end,
  function(t, n)
    for i = 1, n do t[i] = tostring(t[i]) end
    table.sort(t, function(a, b) return a > b end)
    return n
  end,
  function(t, n) for i = 1, n do t[i] = i * 7 % 5 end table.sort(t) return n end,
  function(t, n) if n > 0 then t[n] = nil table.insert(t, n, fresh()) end return n end,
  function(t, n) setmetatable(t, random(2) == 1 and {} or nil) return n end,
  function(t, n) for i = 1, 40 do t[n + i] = i end for i = n + 40, n + 1, -1 do t[i] = nil end return n end,
  function(t, n) for i = n + 40, n + 1, -1 do t[i] = i end for i = n + 1, n + 40 do t[i] = nil end return n end,
}
local make = {
  function() return {}, 0 end,
  function() return {fresh()}, 1 end,
  function() return {fresh(), fresh(), x = 1}, 2 end,
  function() return {fresh(), fresh(), [3] = fresh(), [0] = 1}, 3 end,
  function() return {unpack({1, 2, 3, 4, 5})}, 5 end,
  function() return {nil, nil, nil}, 0 end,
  function() return {1, nil}, 1 end,
  function() return {(function(...) return ... end)(1, 2, nil)}, 2 end,
  function() local t = {} for i = 12, 1, -1 do t[i] = i end return t, 12 end,
}
local ask = {
  function(t, n) note(#t) end,
  function(t, n) note(table.concat(t, ',')) end,
  function(t, n) note(select('#', unpack(t))) note((select(math.max(n, 1), unpack(t)))) end,
  function(t, n) local s = 0 for i, v in ipairs(t) do s = s + i note(v) end note(s) end,
  function(t, n) local c = 0 for k, v in pairs(t) do c = c + 1 end note(c) end,
  function(t, n) note(next(t) == nil and 1 or 0) note(rawlen and rawlen(t) or #t) end,
  function(t, n) note(table.maxn(t)) note(table.getn(t)) end,
  function(t, n) local c = 0 table.foreachi(t, function(i, v) c = c + i end) note(c) end,
  function(t, n) note(t[n]) note(t[n + 1] == nil and 1 or 0) note(t[1]) end,
  function(t, n) note(#{unpack(t)}) note(table.concat(t, '', 1, n)) note(table.concat(t, '', 1, -3)) end,
  function(t, n) note(select('#', unpack(t, 1, -2))) note(select('#', unpack(t, n, n + 2))) end,
  function(t, n) local c = 0 for i = 1, #t do c = c + i end note(c) end,
}
local out = {}
for i = 1, 6 do tables[i], top[i] = {}, 0 end
for i = 1, count do
  local which = random(#tables)
  if random(40) == 1 then tables[which], top[which] = make[random(#make)]() end
  local t, n = tables[which], top[which]
  local what = random(#change)
  n = change[what](t, n)
  if n > 60 then for k = n, 11, -1 do t[k] = nil end n = 10 end
  top[which] = n
  if #t ~= n then out[#out + 1] = 'length ' .. #t .. ' for ' .. n .. ' after ' .. what end
  local question = random(#ask)
  ask[question](t, n)
  out[#out + 1] = i .. ': change ' .. what .. ', question ' .. question .. ', length ' .. n .. ', ' .. hash
end
print(table.concat(out, '\n'))
"""


def first_difference(seed: int, count: int) -> tuple[str, str] | None:
    source = DRIVER.replace("SEED", str(seed)).replace("COUNT", str(count))
    mine, theirs = ours(source), luajit(source)
    if mine == theirs:
        return None
    return next(pair for pair in zip(mine.split("\n"), theirs.split("\n")) if pair[0] != pair[1])


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_table_ends_where_it_does_in_luajit(seed):
    assert first_difference(seed * 7919, 20_000) is None


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 140))
def test_a_table_ends_where_it_does_in_luajit_at_length(seed):
    assert first_difference(seed * 104729, 100_000) is None
