local function f(...) return ... end
-- keys
local k = {} k[1] = 'a' k[1.0] = 'b' k['1'] = 'c' k[true] = 'd' k[false] = 'e' k[2^53] = 'f' k[-1] = 'g' k[0] = 'h' k[0.5] = 'i' k[-0.0] = 'j'
print(k[1], k['1'], k[true], k[false], k[2^53], k[-1], k[0], k[0.5], k[1.5], k[nil])
print(pcall(function() k[nil] = 1 end), pcall(function() k[0/0] = 1 end), k[0/0])
print(pcall(rawset, k, nil, 1))
local n = 0 for _ in pairs(k) do n = n + 1 end print(n)
-- long strings, escapes
print([[
line1
line2]], [==[a]]b]==], "a\z
     b", '\65\066\x41\u{48}', "\'\"\\\n\t|")
-- method on string, number
print(("x"):rep(3), ("%d"):format(5), #"abc", ("abc"):len(), ("x").y)
print(pcall(function() return (5):foo() end))
print(pcall(function() local s = "x" return s.y.z end))
print(pcall(function() local s = "x" s.y = 1 end))
print(pcall(function() f.x = 1 end))
print(pcall(function() return f.x end))
print(pcall(function() print.x = 1 end))
print(pcall(function() return ("x"):nomethod() end))
