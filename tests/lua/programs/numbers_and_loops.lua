-- language edge cases
print(pcall(function() local a = 1; local b = a + nil end))
local a = {} ; a.x, a.y, a.z = 1, 2 print(a.x, a.y, a.z)
local function f(...) return ... end
print((f(1,2)), f(), (f()))
print(#{f(1,2,3)}, #{f(1,2,3), 10}, #{(f(1,2,3))})
local t = {f(1,2), n = 3, f(3,4)} print(t[1], t[2], t[3], t.n)
print(type(f) == 'function', f == f)
-- shadowing
local x = 1 do local x = x + 1 print(x) do local x = x * 10 print(x) end end print(x)
local function g(a, a) return a end print(g(1,2))
-- loop var modifications
for i = 1, 3 do local j = i i = i * 10 io.write(i, ' ') end print()
for i = 3, 1 do print('never') end
for i = 1, 2, 0.5 do io.write(i, ' ') end print()
for i = -3, -1 do io.write(i, ' ') end print()
for i = 10, 1, -3 do io.write(i, ' ') end print()
for i = 1.5, 4 do io.write(i, ' ') end print()
for i = 1, math.huge do if i > 3 then break end io.write(i, ' ') end print()
for i = 2^53, 2^53 + 2 do io.write(string.format('%.0f', i), ' ') if i == i + 1 then break end end print()
print(pcall(function() for i = 1, 10, 0 do break end end))
print(pcall(function() for i = 'a', 10 do break end end))
print(pcall(function() for i = 1, {} do break end end))
print(pcall(function() for i = 1, 2, {} do break end end))
for i = "1", "3" do io.write(i, ' ') end print()
-- strings as numbers
print("10" + 5, "0x10" + 0, " 5 " * "2", 10 .. "", -"3", "1e1" / 2, "7" % "4", "2" ^ "3")
print(pcall(function() return "a" + 1 end))
print(10 == "10", 0 == -0, 1/0 == 1/-0, "a" < "b", "a" < "B", "" < "a", "Z" < "a", "a\0b" < "a\0c")
print(2^63, -2^63, 2^31, 1e308 * 10, -1e308 * 10, 5 % math.huge, -5 % math.huge, 5 % -math.huge, 5.5 % 2, -5.5 % 2, 5.5 % -2, 0 % 5, -0 % 5)
print(9007199254740992 + 1, 9007199254740993, 4503599627370496 * 2, 2251799813685248 + 2251799813685248, 94906267 * 94906267)
print(1e15, 1e16, 123456789012, 1e14, 1e13 + 0.5, 0.1 + 0.2, 100, 1e2, -1e-7, 1/3, 3.0, 1e300 * 1e10 == math.huge)
print(0x7fffffff, 0xffffffff, 0x1p4, 0x.8, 0xA.8p1, 1e-10, .5, 5., 3e2)
print(tostring(-0.0), 0 * -1, -0, 0 / -5, math.floor(-0.5), 1/(-0), 1/(0*-1))
