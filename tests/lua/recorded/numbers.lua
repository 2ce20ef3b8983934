-- math.random with every kind of argument, and how numbers are rounded in print
math.randomseed(42)
for i = 1, 5 do print(math.random()) end
for _, a in ipairs{{10}, {1}, {5, 9}, {-7, 7}, {2147483647}, {-2147483648, 2147483647}, {1, 2^40}, {0, 0}} do
  local t = {} for i = 1, 6 do t[i] = string.format('%.17g', math.random(unpack(a))) end
  print(a[1], a[2], table.concat(t, ' '))
end
for _, seed in ipairs{0, 1, -1, 0.5, 123456789, 2^40, 1e300, -0.25} do
  math.randomseed(seed) print(seed, math.random(), math.random(1000), math.random(3, 5))
end
math.randomseed(7)
local function number(i)
  local m, e = math.random() * 2 - 1, math.random(-40, 40)
  if i % 5 == 0 then m = math.floor(m * 2000) / 8 e = 0 end
  if i % 7 == 0 then m = math.floor(m * 1e6) / 1e3 + 0.0005 e = 0 end
  return m * 10 ^ e
end
local formats = {'%.14g', '%g', '%.3g', '%f', '%.1f', '%.0f', '%.2e', '%e', '%10.3f', '%-12.4e|', '%+.5g', '% .6f', '%#.3g', '%08.2f', '%.17g', '%.20g', '%a', '%.3a', '%G', '%E', '%5.0f', '%.10f'}
for i = 1, 300 do
  local x = number(i)
  print(x, string.format(formats[i % #formats + 1], x))
end
for _, x in ipairs{0.5, 1.5, 2.5, 0.125, 0.375, 1e15, 1e14, 123456789012345, 0.1, 1/3, 5e-324, 1.7976931348623157e308, 2^53, -2^53, 1/0, -1/0, -0.0, 2^63, 1e100} do
  local t = {} for _, f in ipairs(formats) do t[#t + 1] = string.format(f, x) end
  print(x, table.concat(t, ' '))
end
for _, f in ipairs{'%d', '%i', '%5d', '%-5d|', '%05d', '%+d', '%x', '%X', '%o', '%#x', '%u', '%c', '%.3d'} do
  for _, x in ipairs{0, 1, -1, 65, 3.7, -3.7, 2^31, 2^31 - 1, -2^31, 2^53, 1e15} do
    if f ~= '%c' or (x >= 0 and x < 256) then print(f, x, (pcall(string.format, f, x)) and string.format(f, x)) end
  end
end
for _, s in ipairs{'0x10', '1e1', ' 12 ', '1e', '0x1p4', '1_0', 'inf', 'nan', '', '0x', '1.', '.5', '5e+3'} do print(s, tonumber(s), tonumber(s, 16)) end
