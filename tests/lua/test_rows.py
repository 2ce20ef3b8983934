"""`m[i][j]`, whose keys the compiler takes together: the order of evaluation, what metatables see and
the names in errors are LuaJIT's."""

from __future__ import annotations

import pytest

from tests.lua.harness import luajit, ours

SETUP = """
local log = {}
local function note(...) log[#log + 1] = table.concat({...}, ' ') end
local function lazy(name)
   return setmetatable({}, {
      __index = function(t, k) note(name, 'row', tostring(k)) local r = {} rawset(t, k, r) return r end,
      __newindex = function(t, k, v) note(name, 'new', tostring(k)) rawset(t, k, v) end,
   })
end
local function told(name)
   return setmetatable({}, {
      __index = function(_, k) note(name, '[', tostring(k), ']') return 7 end,
      __newindex = function(_, k, v) note(name, '[', tostring(k), '] =', tostring(v)) end,
   })
end
local i, j, k, n = 1, 2, 3, 0
local none
local m = {{1, 2, 3}, {4, 5, 6}, x = {7, y = 8}, [0] = {[0] = 'zero'}, [2.5] = {9}}
local cube = {{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}}
local text = 'abc'
local itself = {} itself[1] = itself
local changing = 1
local by_call = setmetatable({}, {__index = function(_, key) changing = changing + 1 return {10, 20, 30, 40} end})
nothing = nil
local function told_of(v)
   if type(v) ~= 'table' then return tostring(v) end
   local members = {}
   for c = 1, 3 do members[c] = told_of(v[c]) end
   return '{' .. table.concat(members, ' ') .. ' #' .. #v .. '}'
end
function tell(v) return told_of(v) end
function taking(name)
   return setmetatable({}, {
      __index = function(_, key) note(name, told_of(key)) return key end,
      __newindex = function(_, key, v) note(name, told_of(key), '=', tostring(v)) end,
   })
end
local steps = 0
function step() steps = steps + 1 return steps end
function two() return 8, 9 end
local function show(ok, ...)
   local t = {tostring(ok)}
   for c = 1, select('#', ...) do t[#t + 1] = tostring((select(c, ...))):gsub('0x%x+', '0x') end
   print(table.concat(t, ' ') .. ' | ' .. table.concat(log, ', '))
   for c = #log, 1, -1 do log[c] = nil end
end
"""
LINES = """
return m[i][j], m[2][3], m[0][0], m[2.5][1], m.x[1], m['x'][1], m[i][9]
local a, b = 2, 1 return m[a][b], m[a - 1][b + 1], m[a % 2 + 1][a * b]
for r = 1, 2 do for c = 1, 3 do m[r][c] = m[r][c] + 10 * r end end return m[1][1], m[2][3]
for r = 1, 2 do for c = 1, 5 do m[r][c] = c end end return #m[1], m[2][5]
for r = 1, 2 do for c = 3, 1, -1 do m[r][c] = m[r][4 - c] end end return m[1][1], m[1][3]
for r = 1, 2 do m[r][j] = nil m[r][3] = false end return m[1][2], m[1][3]
for r = 1, 1 do m[r]['z'] = 5 m[r][0] = 6 m[r][-1] = 7 m[r][1.5] = 8 end return m[1].z, m[1][0], m[1][-1], m[1][1.5]
local r, c = 'x', 'y' return m[r][c], m.x[c], m[r][1]
return cube[1][2][1], cube[2][i][j], cube[i][i][i], cube[i][j][k]
for a = 1, 2 do for b = 1, 2 do for c = 1, 2 do cube[a][b][c] = cube[a][b][c] + 1 end end end return cube[2][2][2]
return none[i][j]
return nothing[i][j]
return m.none[i][j]
return m[5][j]
return m[5][j][k]
return m[1][9][k]
return cube[1][9][1]
return cube[9][1][1]
return (5)[i][j]
local f = print return f[i][j]
for a = 1, 2 do local v = none[a][j] end
for a = 1, 2 do local v = nothing[a][j] end
for a = 1, 2 do local v = m[a + 5][j] end
for a = 1, 2 do none[a][j] = 1 end
for a = 1, 2 do nothing[a][j] = 1 end
for a = 1, 2 do m.none[a][j] = 1 end
for a = 1, 2 do m[a + 5][j] = 1 end
for a = 1, 2 do m[a + 5][j] = none.x end
for a = 1, 2 do none[a][j] = nothing.x end
for a = 1, 2 do cube[a][5][1] = 1 end
for a = 1, 2 do m[a][nil] = 1 end
for a = 1, 2 do m[a][0/0] = 1 end
return text[i], pcall(function() return text[i][j] end)
for a = 1, 2 do local ok, e = pcall(function() return text[a][j] end) note(e) end
for a = 1, 2 do text[a][j] = 1 end
for a = 1, 2 do local s = text return s[a][1] end
return itself[1][1] == itself, itself[1][1][1] == itself, itself[1][2]
for a = 1, 2 do itself[1][2] = a end return itself[2]
for a = 1, 2 do itself[1][1] = itself[1][1] end return itself[1] == itself
local z = lazy('z') return z[i][j], z[i][j]
local z = lazy('z') for a = 1, 2 do z[a][1] = a end return z[1][1], z[2][1]
local z, y = lazy('z'), lazy('y') for a = 1, 2 do z[a][1] = y[a][1] end return z[1][1]
local z = lazy('z') for a = 3, 4 do z[a][1] = z[a - 1][1] or a end return z[3][1], z[4][1]
local z, y = lazy('z'), told('y') for a = 1, 2 do z[a][y[a]] = y[a + 1] end return z[1][7]
local y = told('y') for a = 1, 2 do local v = y[a] end return y[i]
local y = {told('p'), told('q')} for a = 1, 2 do y[a][j] = y[a][j] + 1 end return y[2][3]
local y = {told('p')} for a = 1, 1 do y[a][a] = y[a][a + 1] y[a]['s'] = 2 end
return by_call[1][changing], changing
for a = 1, 2 do note(by_call[a][changing]) end return changing
changing = 1 for a = 1, 2 do by_call[a][changing] = changing note(changing) end
local c = 1 local function up() c = c + 1 return c end return m[up()][c], c
local c = 1 local function up() c = c + 1 return 1 end for a = 1, 2 do m[up()][c] = c note(c) end return m[1][3]
local c = 0 local t = setmetatable({}, {__index = function() c = c + 1 return {5, 6, 7} end}) for a = 1, 3 do note(t[a][c]) end
local c = 0 local t = setmetatable({}, {__index = function() c = c + 1 return {5, 6, 7} end}) return t[1][c]
local t = {{1}} for a = 1, 1 do t[a][1] = (function() t[1] = {2} return 9 end)() end return t[1][1]
return (function(t, u) local g = function(v) t, u = u, t return v end for a = 1, 1 do t[g(a)][a] = 7 end return t[1][1], u[1][1] end)({{1}}, {{2}})
local t = {{1}, {2}} local a = 1 local function g() a = 2 return 5 end for b = 1, 1 do t[a][b] = g() end return t[1][1], t[2][1]
local t = {{1}} for a = 1, 1 do t[a][1], t = 3, {{4}} end return t[1][1]
local t = {{}} for a = 1, 3 do t[1][a] = {a} end return #t[1], t[1][3][1]
local t = {{}} for a = 1, 3 do t[1][a] = function() return a end end return t[1][2]()
local t = {{}} for a = 1, 3 do t[1][a] = a == 2 end return t[1][1], t[1][2]
local t = {{}} for a = 1, 3 do t[1][a] = 'v' .. a end return table.concat(t[1], ' ')
local t = {{}} for a = 1, 3 do t[1][a] = #t[1] end return table.concat(t[1], ' ')
local t = taking('t') note(tell(t[{{1, 2}, {}}])) note(tell(t[{i, {j}}])) note(tell(t[{{}, 'x', {1, nil}}])) note(tell(t[{{nil, 2}}]))
local t = taking('t') for a = 1, 2 do t[{{a, j}, {}}] = a t[{a, {k, a}}] = 'v' t[{{}}] = nil end
local t = taking('t') note(tell(t[{{1, 2, 3}, {x = 1}}])) note(tell(t[{{step(), step()}, step(), {step()}}])) note(tell(t[{{two()}, {two(), two()}}]))
local t = taking('t') note(tell(t[{{(two())}, {(two()), 3}}])) note(tell(t[{{}, two()}])) note(tell(t[{{{}}, {{1}, 2}}]))
local t = taking('t') t[{{step(), 9}, step()}] = step() t[{step(), {}}], t[{{step()}}] = step(), step()
local t = taking('t') local function other() t = taking('u') return 1 end note(tell(t[{{other(), 2}, {}}]))
local t = taking('t') local function other() t = taking('u') return 1 end note(tell(t[{other(), 2}]))
local t = taking('t') local function other() t = taking('u') return 1 end local function read() return t[{{other(), 2}}] end note(tell(read()))
local a = 1 local function up() a = a + 1 return a end local t = taking('t') note(tell(t[{{a, up()}, {a}}])) t[{{a, up()}, a}] = up()
taken = taking('t') local function other() taken = taking('u') return 1 end note(tell(taken[{{other(), 2}, {}}])) taken[{{}}] = other()
return none[{{1, 2}, {}}]
return nothing[{{1, 2}, {}}]
return none[{{step(), 2}, {nothing.x}}]
return m.none[{{1, 2}, {}}]
return m.none[{i, j}], 1
return (5)[{{}, 1}]
return print[{{1}}]
none[{{1, 2}, {}}] = 3
nothing[{{1, 2}, {}}] = none.x
m.none[{{}, 1}] = 3
return m[{{1, 2}, {}}], m[{{}}], text[{{}}], text[{1, {}}]
text[{{}, 1}] = 2
m[{{}, 1}] = 2 local n = 0 for key, v in pairs(m) do if type(key) == 'table' then n = n + #key + #key[1] + v end end return n
local t = taking('t') return t[{{1, 2}, {}}][3], t[{{1, 2}}][1]
local t = taking('t') t[{{1, 2}, {}}][3] = 4 t[{{1}}][1] = 2
local function get(t, a, b) return t[a][b] end return get(m, 1, 2), get({x = {y = 3}}, 'x', 'y'), get({[true] = {[false] = 4}}, true, false)
local function get(t, a, b) return t[a][b] end return get(m, 1, {})
local function get(t, a, b) return t[a][b] end return get(m, {}, 1)
local function get(t, a, b) return t[a][b] end return get(m, nil, 1)
local function get(t, a, b) return t[a][b] end return get(nil, 1, 1)
local function put(t, a, b, v) t[a][b] = v end put(m, 1, 'w', 3) put(m, 1, 1, nil) return m[1].w, m[1][1], pcall(put, m, 1, nil, 1)
local function put(t, a, b, v) t[a][b] = v end return pcall(put, nil, 1, 1, 1), pcall(put, m, 9, 1, 1), pcall(put, 5, 1, 1, 1)
local function put(t, a, b, v) t[a][b] = v end put(m, 1, 1, print) put(m, 1, 2, m) return m[1][1] == print, m[1][2] == m
local t = {{{}}} for a = 1, 2 do t[1][1][a] = a end return #t[1][1]
return ({{1, 2}})[i][j], ({5, {6}})[j][i], (m)[i][j], (m[i])[j]
return m[i][m[i][j]], m[m[i][1]][j]
local a = 1 return m[a][-a], m[-a], m[a][a + 0.5], m[a + 0.0][j]
local t = {[1] = {n = 5}} for a = 1, 2 do t[1].n = t[1].n + t[1]['n'] end return t[1].n
""".strip().split("\n")


def test_lines_print_what_they_print_on_luajit():
    pytest.importorskip("lupa.luajit21")
    lines = [f"show(pcall(function() {line} end))" for line in LINES]
    alone = [f"{SETUP}\n{line}" for line in lines]  # the names of locals, and a table as it was
    for text in alone:
        assert ours(text) == luajit(text), text.split("\n")[-1]


MAIN = [
    "x[1][2] = 3",
    "local v = x[1][2]",
    "local t = {} local v = t[1][2]",
    "local t = {} for a = 1, 2 do t[a][2] = 3 end",
    "local t = {x = {}} local v = t.x[1][2]",
    "local t = {{}} local v = t[1][2][3]",
]


@pytest.mark.parametrize("source", MAIN)
def test_main_chunks_name_what_is_nil(source):
    pytest.importorskip("lupa.luajit21")
    text = f"print(select(2, pcall(assert(loadstring({source!r}, '=main')))))"
    assert ours(text) == luajit(text)
