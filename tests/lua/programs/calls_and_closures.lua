-- goto continue in nested loops with closures
local fs = {}
for i = 1, 4 do
  if i % 2 == 0 then goto cont end
  do local v = i fs[#fs + 1] = function() v = v + 1 return v + i end end
  ::cont::
end
print(#fs, fs[1](), fs[1](), fs[2]())
-- many returns
local function many() return 1,2,3,4,5,6,7,8,9,10 end
print(select('#', many()), (select(3, many())))
-- setting varargs to table etc
local function pack(...) return {n = select('#', ...), ...} end
local p = pack(1, nil, 3, nil) print(p.n, p[1], p[2], p[3], p[4])
print(unpack({1, 2, nil, 4}, 1, 4))
-- upvalue sharing
local function counter() local c = 0 return function() c = c + 1 return c end, function() return c end end
local inc, get = counter() inc() inc() print(get())
-- recursion via local
local function fact(n) if n <= 1 then return 1 end return n * fact(n - 1) end
print(fact(20), fact(25))
local odd, even
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(even(100), odd(7))
-- numeric precision of int sums
local s = 0 for i = 1, 100 do s = s + 2^45 end print(s)
local s = 1 for i = 1, 70 do s = s * 2 end print(s)
local s = 3 for i = 1, 45 do s = s * 3 end print(s)
local s = 1 for i = 1, 60 do s = s + s end print(s)
local s = -1 for i = 1, 60 do s = s + s end print(s)
local s, d = 0, 4503599627370495 for i = 1, 5 do s = s - d end print(string.format('%.0f', s))
