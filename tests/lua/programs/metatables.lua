-- closures, gotos, metatables stress
local t = setmetatable({}, {__index=function(t,k) return k .. "!" end})
print(t.foo, t[1], rawget(t,'foo'))
t.foo = 5 print(t.foo) t.foo = nil print(t.foo)
local log = {}
local p = setmetatable({}, {__newindex=function(t,k,v) rawset(t,k,v) log[#log+1]=k end})
p.x = 1 p.x = 2 p[1] = 3 p[1] = 4 p.y=nil
print(table.concat(log, ","), p.x, p[1])
local V = {}
V.__index = V
V.__add = function(a,b) return setmetatable({v=a.v+b.v},V) end
V.__eq = function(a,b) return a.v == b.v end
V.__lt = function(a,b) return a.v < b.v end
V.__le = function(a,b) return a.v <= b.v end
V.__tostring = function(a) return "V"..a.v end
V.__concat = function(a,b) return tostring(a) .. "~" .. tostring(b) end
V.__len = function() return 42 end
V.__call = function(self, a, b) return self.v, a, b end
V.__unm = function(a) return setmetatable({v=-a.v},V) end
local a, b = setmetatable({v=1},V), setmetatable({v=2},V)
print(tostring(a+b), a==b, a<b, a<=b, a>b, a.."x", "y"..b, a(7,8), tostring(-a))
print(a ~= b, a == setmetatable({v=1},V))
local Base = {} Base.__index = Base
function Base.hello() return "hello" end
local Der = setmetatable({}, {__index=Base}) Der.__index = Der
local o = setmetatable({}, Der)
print(o.hello(), o:hello(), o.nothing)
function Base:late() return "late" end
print(o:late())
Base.late = nil
print(o.late)
-- mt changed later
local mt = {}
local q = setmetatable({}, mt)
print(q.zzz)
mt.__index = {zzz = 9}
print(q.zzz)
mt.__index = function(_, k) return k end
print(q.zzz, q.yyy)
mt.__index = nil
print(q.zzz)
