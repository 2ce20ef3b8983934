local function f(...) return ... end
local function g(a, a) return a end
-- and or
print(nil and 1, false or nil, 1 and 2, nil or false, false and nil, 0 and 'zero', '' or 'x', not 0, not nil == true)
print(1 and nil or 3, (nil or 1) and 2, f() or 'none', f(nil, 1) or 'n', f(false) == false)
local z = f() and 1 print(z)
if f() then print('no') else print('yes') end
if f(nil, true) then print('no') else print('yes') end
if not f(false, 1) then print('yes') end
while f(false, 1) do print('never') break end
repeat until f(1)
-- comparision chains
print(1 < 2 == true, "x" == "x", {} == {}, f == g, nil == nil, nil == false)
print(pcall(function() return 1 < "x" end))
print(pcall(function() return nil < 1 end))
print(pcall(function() return {} <= {} end))
print(pcall(function() return true > false end))
print(pcall(function() return f < g end))
-- true as number
print(pcall(function() return true + 1 end), pcall(function() return -true end), pcall(function() return true < 1 end), pcall(function() return 1 <= true end))
