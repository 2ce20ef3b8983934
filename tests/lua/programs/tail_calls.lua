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
