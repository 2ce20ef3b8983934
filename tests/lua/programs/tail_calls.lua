local function f() return string.rep() end
local function g()
  local x = f()
  return x end
print(pcall(g))
print(pcall(f))
local function h() return error("msg") end
local function k()
  h()
end
print(pcall(h))
print(pcall(k))
local function h2() return error("msg", 2) end
local function k2()

  h2()
end
print(pcall(k2))
local function tail() return lvl() end
local function callt()

   tail()
end
print(pcall(callt))
local t = {}
function t:m() return self:nn() end
function t:nn() local x = nil + 1 end
print(pcall(t.m, t))
local function idx() return undefinedglobal.x end
print(pcall(idx))
local function c() return undefinedf() end
print(pcall(c))
local function c2() return t.x.y() end
print(pcall(c2))
local s = "x"
local function c3() return s:rep({}) end
print(pcall(c3))
print(pcall(function() s:rep({}) end))
print(select(2, pcall(string.rep)))
print(select(2, pcall(function() return assert(false) end)))
print(select(2, pcall(function() return assert(nil, "m") end)))
print(select(2, pcall(function() return error({}) end)) ~= nil)
-- a function that returns a call of itself
local function down(n) if n == 0 then return 'ok' end return down(n - 1) end
print(down(300000))
function gsum(n, acc) if n == 0 then return acc end return gsum(n - 1, acc + n) end
print(gsum(30000, 0))
local M = {}
function M.f(n) if n > 0 then return M.f(n - 1) end return 'M' end
print(M.f(30000))
function M:m(n, ...) if n > 0 then return self:m(n - 1, n, ...) end return select('#', ...), ... end
print(M:m(4))
local late
late = function(n) if n > 0 then return late(n - 1) end return 'late' end
print(late(30000))
local counters = {}
local function count(n)
  counters[#counters + 1] = function() n = n + 1 return n end
  if n > 0 then return count(n - 1) end
end
count(3)
for _, f in ipairs(counters) do print(f(), f()) end
local function kept(n, fs)
  local v = n * 2
  fs[#fs + 1] = function() return v, n end
  if n == 0 then return fs end
  return kept(n - 1, fs)
end
for _, f in ipairs(kept(3, {})) do print(f()) end
local function rest(n, ...) if n == 0 then return select('#', ...), ... end return rest(n - 1, n, ...) end
print(rest(5))
local function fewer(a, b, c) if not a then return a, b, c end return fewer(b, c) end
print(fewer(1, 2, 3))
local function p(n) print('p', n) return n end
local function more(a, b) if a == 0 then return a, b end return more(a - 1, p(b), p(a), p(n)) end
print(more(2, 9))
local function results(a, b, c, d)
  if a > 3 then return a, b, c, d end
  return results((function() return a + 1, 7, 8, 9 end)())
end
print(results(1))
local function some(a, b, c, ...)
  if a > 3 then return a, b, c, ... end
  return some((function() return a + 1, 7 end)())
end
print(some(1, 2, 3, 4))
local function inside(a, b)
  for i = 1, 3 do
    while true do
      if a > 5 then return a, b end
      if i == 2 then return inside(a + 1, i) end
      break
    end
  end
end
print(inside(0))
local function shift(...) local a = ... if a then return shift(unpack({...}, 2)) end return 'shifted' end
print(shift(1, 2, 3))
function replaced(n) if n == 1 then replaced = function() return 'replaced' end end return replaced(n - 1) end
print(replaced(3))
local P = {} P.__index = P
function P:go(n) if n == 0 then return self.name end return self:go(n - 1) end
local C = setmetatable({}, P) C.__index = C
function C:go(n) if n == 0 then return 'C' end if n == 5 then return P.go(self, 3) end return self:go(n - 1) end
print(setmetatable({name = 'c'}, C):go(30000), setmetatable({name = 'p'}, P):go(30000))
local function jump(n) ::top:: if n > 10 then return n end if n % 2 == 0 then n = n + 3 goto top end return jump(n + 1) end
print(jump(0))
local function swap(a, b, n) if n == 0 then return a, b end return swap(b, a, n - 1) end
print(swap(1, 2, 3))
local olds = {}
for i = 1, 2 do
  local function inner(n) if n == 0 then return i end return inner(n - 1) end
  print(inner(3))
  M.q = function(n) if n == 0 then return i end return M.q(n - 1) end
  olds[i] = M.q
end
print(olds[1](0), olds[1](1), olds[2](2))
local function bad(n) if n == 0 then return n.x.y end return bad(n - 1) end
print(pcall(bad, 3))
local function worse(t) return worse(t.a) end
print(pcall(worse, {a = {a = 4}}))
local co = coroutine.wrap(function(n) local function y(k) coroutine.yield(k) return y(k - 1) end return y(n) end)
print(co(3), co(), co())
print((debug.getinfo(M.f).nups), (debug.getupvalue(M.f, 1)), debug.getupvalue(M.f, 2))
