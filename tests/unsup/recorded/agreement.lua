require 'unsup'
local function show(name, ...)
   local out = {}
   for i = 1, select('#', ...) do
      local v = select(i, ...)
      if torch.isTensor(v) then v = string.format('[%s] %.10g %.10g', table.concat(v:size():totable(), 'x'), v:clone():abs():sum(), v:norm())
      elseif type(v) == 'number' then v = string.format('%.10g', v)
      elseif type(v) == 'table' and not torch.typename(v) then v = '#' .. #v end
      out[i] = tostring(v)
   end
   print(name, table.concat(out, ' | '))
end
for _, hess in ipairs{false, true} do
if hess then nn.hessian.enable() end
torch.manualSeed(5)
local function drive(name, m, x, t)
   show(name, m:updateOutput(x, t))
   if hess then m:initDiagHessianParameters() end
   local p = {m:getParameters()}
   show(name .. ' params', p[1])
   m:zeroGradParameters()
   show(name .. ' out', m:updateOutput(x, t))
   show(name .. ' gx', m:updateGradInput(x, t))
   m:accGradParameters(x, t)
   show(name .. ' grads', p[2])
   if hess then
      p[3]:zero()
      if pcall(m.updateDiagHessianInput, m, x, t) then
      show(name..' hx', m.diagHessianInput)
      m:accDiagHessianParameters(x, t) end
      show(name .. ' hess', p[3])
   end
   m:updateParameters(.1)
   show(name .. ' stepped', p[1])
   pcall(m.normalize, m)
   show(name .. ' normalized', p[1])
   m:reset()
   show(name .. ' reset', p[1])
end
local function data(...) return torch.randn(...) end
local x = data(6)
local enc = nn.Sequential():add(nn.Linear(6, 4)):add(nn.Tanh()):add(nn.Diag(4))
local dec = nn.Sequential():add(nn.Linear(4, 6))
local a = unsup.AutoEncoder(enc, dec, 1.5)
a.normalized = true
drive('ae', a, x, x)
a = unsup.AutoEncoder(nn.Linear(6, 4), nn.Linear(4, 6), 1.5, nn.MSECriterion(), .3, nn.L1Cost())
a.normalized = true
drive('ae2', a, x, x)
drive('sae', unsup.SparseAutoEncoder(nn.Linear(6, 4), nn.Linear(4, 6), 1.5, .3), x, x)
local l = unsup.LinearFistaL1(6, 9, .1)
drive('lin', l, x) show('L', l.params.L, l.code)
for _, kind in ipairs{'linear', 'tanh', 'tanh_shrink'} do
   drive('psd ' .. kind, unsup.LinearPSD(6, 9, .1, .7, {encoderType = kind, maxiter = 20}), x)
end
local conntable = nn.tables.full(1, 4)
local xi = data(1, 9, 8)
local c
for _, kind in ipairs{'linear', 'tanh', 'tanh_shrink'} do
  c = unsup.ConvPSD(conntable, 3, 3, 8, 9, .1, .6, {encoderType = kind, maxiter = 10})
  if not hess or kind == 'linear' then drive('convpsd ' .. kind, c, xi) show('cL', c.decoder.params.L, c.decoder.code, c.decoder.Fcost.weight) end
end
local mod = unsup.LinearPSD(6, 9, .1, .7)
if hess then local v = torch.randn(6) mod:updateOutput(v) mod:initDiagHessianParameters() end
local t = unsup.UnsupTrainer(mod, setmetatable({}, {__index = function(_, i) local v = torch.linspace(-1, i / 9, 6) return {v, v} end}))
t:train{eta = .02, maxiter = 20, statinterval = 5, etadecay = .1, hessian = hess, hessiansamples = 3, hessianinterval = 10}
show('trained', unpack(t.parameters))
end
torch.manualSeed(6)
local d = torch.randn(50, 4)
show('kmeans', unsup.kmeans(d, 3, 5))
show('kmeans b', unsup.kmeans(d:view(50, 2, 2):float(), 3, 5, 7, function(i, c, n) show('cb', i, c, n) return i == 4 end))
show('pca', unsup.pca(d)) show('pcacov', unsup.pcacov(d))
for _, d in ipairs{d, torch.randn(20, 2, 3)} do
for _, n in ipairs{'zca', 'pca'} do
   local w, m, P, iP = unsup[n .. '_whiten'](d)
   show(n, w, m, P, iP)
   show(n .. ' c', unsup[n .. '_colour'](w, m, P, iP))
   local layer = unsup[n .. '_layer'](d, m, P, iP)
   show(n .. ' l', layer:forward(d))
   show(n .. ' i', unsup['inv_' .. n .. '_layer'](d):forward(w))
   show(n .. ' again', unsup[n .. '_whiten'](d, m, P, iP))
end end
show('shrink', torch.Tensor{-3, -1, 0, .5, 2}:shrinkage(1))
