for i, v in ipairs({1,2,nil,4}) do io.write(i, v, " ") end print()
local n = 0
local tt = {a=1,b=2,c=3,d=4}
for k in pairs(tt) do tt[k] = nil n = n + 1 end
print(n, next(tt))
for k, v in next, {10,20} do print(k, v) end
-- multiple assignment
local i = 1
local arr = {}
i, arr[i] = i + 1, 20
print(i, arr[1], arr[2])
local function mr() return 1, 2, 3 end
local x, y, z, w = mr() print(x,y,z,w)
local x, y = (mr()) print(x,y)
print(mr(), mr())
print(#{mr(), mr()})
local tbl = {mr(), x=1, mr()}
print(#tbl)
print(select('#', mr()), select(2, mr()))
-- varargs
local function va(...) local t = {...} return #t, select('#', ...), ... end
print((va(1,2)))
-- while with closures
local fs = {}
local k = 0
while k < 3 do k = k + 1 local c = k fs[k] = function() c = c + 1 return c end end
print(fs[1](), fs[1](), fs[2](), fs[3]())
for _, s in ipairs{"a","b"} do fs[#fs+1] = function() return s end end
print(fs[4](), fs[5]())
-- nested break and goto
for i = 1, 3 do
  for j = 1, 3 do
    for k = 1, 3 do
      if k == 2 then goto next_i end
      if j == 2 then break end
      io.write(i, j, k, ' ')
    end
  end
  ::next_i::
end
print()
do
  local i = 1
  ::a:: if i > 5 then goto done end
  if i % 2 == 0 then i = i + 1 goto a end
  io.write(i, ' ') i = i + 1 goto a
  ::done:: print('done')
end
repeat local v = 5 if v then goto cont end print('no') ::cont:: until true
print(2^53, 2^53+1, 1e15, 1e14, 123456789012345, 0.1, -0.0, 0*-1, 1e100)
