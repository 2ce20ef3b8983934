-- What table.sort leaves (or says) with comparisons of all kinds: consistent, not strict, inconsistent; how often it asks.
local seed = 1
local function rnd(n) seed = (seed * 16807) % 2147483647 return seed % n + 1 end
local kinds = {
  less = function(a, b) return a.v < b.v end, more = function(a, b) return a.v > b.v end,
  lesseq = function(a, b) return a.v <= b.v end, always = function() return true end, never = function() return false end,
  hash = function(a, b) return (a.id * 7919 + b.id * 104729) % 11 < 5 end,
  parity = function(a, b) return (a.v + b.v) % 2 == 0 end,
  mod = function(a, b) return a.v % 3 < b.v % 3 end,
}
local names = {'less', 'more', 'lesseq', 'always', 'never', 'hash', 'parity', 'mod'}
local function sum(t) local h = 5381 for i = 1, #t do h = (h * 33 + t[i].id) % 4294967296 end return h end
for case = 1, 400 do
  local n, range = rnd(case < 300 and 30 or 400) - 1, rnd(20)
  local name = names[(case - 1) % #names + 1]
  local t = {}
  for i = 1, n do t[i] = {id = i, v = rnd(range)} end
  local calls, f = 0, kinds[name]
  local ok, e = pcall(table.sort, t, function(a, b) calls = calls + 1 return f(a, b) end)
  print(case, name, n, calls, sum(t), ok or (tostring(e):gsub('^.*:%d+: ', '')))
end
local t = {} for i = 1, 200 do t[i] = rnd(50) * 1.5 end table.sort(t) print(table.concat(t, ' '))
