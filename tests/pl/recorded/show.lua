local List = package.loaded['pl.List'] or (pcall(require, 'pl.List') and require 'pl.List')
local Map = package.loaded['pl.Map'] or (pcall(require, 'pl.Map') and require 'pl.Map')
local function show(v, seen)
  seen = seen or {}
  if type(v) == 'string' then return (('%q'):format(v):gsub('\\\n', '\\n')) end
  if type(v) == 'function' then return 'function' end
  if type(v) ~= 'table' then return tostring(v) end
  if seen[v] then return 'again' end
  seen[v] = true
  local out, n = {}, 0
  for i, x in ipairs(v) do out[i] = show(x, seen) n = i end
  local rest = {}
  for k, x in next, v do
    if not (type(k) == 'number' and k >= 1 and k <= n and k % 1 == 0) then
      rest[#rest + 1] = (type(k) == 'string' and k or '[' .. show(k, seen) .. ']') .. '=' .. show(x, seen)
    end
  end
  table.sort(rest)
  for _, r in ipairs(rest) do out[#out + 1] = r end
  seen[v] = nil
  local mark = getmetatable(v) == nil and '' or getmetatable(v) == List and 'List' or getmetatable(v) == Map and 'Map' or ''
  return mark .. '{' .. table.concat(out, ',') .. '}'
end
function run(code)
  local f, err = loadstring(code, '=case')
  if not f then return 'syntax: ' .. err end
  local r = {n = 0}
  local function keep(...) r.n = select('#', ...) for i = 1, r.n do r[i] = (select(i, ...)) end end
  keep(pcall(f))
  local out = {}
  for i = 2, r.n do out[#out + 1] = show(r[i]) end
  return (r[1] and '' or 'error ') .. table.concat(out, ' ')
end
