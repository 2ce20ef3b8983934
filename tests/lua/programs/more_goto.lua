-- jumps in every direction
for i = 1, 2 do
  for j = 1, 3 do
    while true do
      if j == 1 then goto next_j end
      if i == 2 then goto out end
      break
    end
    io.write("body ", i, j, "\n")
    ::next_j::
  end
end
::out::
do
  local n = 0
  ::again::
  n = n + 1
  if n < 3 then goto again end
  if n == 3 then goto forward end
  print("skipped")
  ::forward::
  print(n)
  if n < 5 then n = n + 1 goto middle end
  goto finish
  ::middle::
  print("middle", n)
  if n < 5 then goto again end
  ::finish::
end
local made = {}
do
  local k = 1
  ::loop::
  local v = k * 10
  made[k] = function() v = v + 1 return v end
  k = k + 1
  if k <= 3 then goto loop end
end
print(made[1](), made[1](), made[2](), made[3]())
repeat
  local done = true
  if done then goto cont end
  print("not here")
  ::cont::
until true
local function search(t, x)
  for i = 1, #t do
    for j = 1, #t[i] do
      if t[i][j] == x then goto found end
    end
  end
  do return "absent" end
  ::found::
  return "found"
end
print(search({{1, 2}, {3, 4}}, 3), search({{1}}, 9))
for i = 1, 3 do
  repeat
    if i == 2 then break end
    do goto skip end
    ::skip::
    io.write("r", i, " ")
  until true
end
print()
while true do
  for i = 1, 3 do
    if i == 2 then goto leave end
  end
end
::leave::
print("left")
