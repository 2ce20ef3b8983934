-- Train on the bundled digits over all ranks, one global batch a step: each rank has every size-th picture of it.
-- Prints the mean loss of each step, from the first rank. `arg[1]`: sync, async, blocks, server or engine.
require 'nn'
local mpi = require 'torchmpi'
mpi.start(false)
local mpinn = require 'torchmpi.nn'
local how, rank, size = arg[1], mpi.rank(), mpi.size()
torch.manualSeed(1)
local digits = torch.load('examples/digits.t7')
local x, y = digits.data:double():div(16):view(-1, 64), digits.labels:double():add(1)
local net = how == 'blocks' and require 'torchmpi.BlockSequential'(2) or nn.Sequential()
net:add(nn.Linear(64, 32)):add(nn.Tanh()):add(nn.Linear(32, 10)):add(nn.LogSoftMax())
local criterion = nn.ClassNLLCriterion()
local batch, steps, rate = 64, 12, 0.5
local mine = torch.LongTensor(batch / size)
local function sample(step)
   for i = 1, batch / size do mine[i] = (step - 1) * batch + (i - 1) * size + rank + 1 end
   return x:index(1, mine), y:index(1, mine)
end
local function report(loss)
   loss = mpi.allreduce_double(loss) / size
   if rank == 0 then print(('loss %.12f'):format(loss)) end
end
if how == 'engine' or how == 'engine async' then
   local tnt = require 'torchnet'
   require 'torchmpi.engine'
   local engine = tnt.AllReduceSGDEngine{async = how == 'engine async'}
   engine.hooks.onForwardCriterion = function(state) report(state.criterion.output) end
   local iterator = tnt.DatasetIterator(steps, function(step)
      local input, target = sample(step)
      return {input = input, target = target}
   end)
   for _, w in ipairs(net:parameters()) do w:add(rank) end  -- those of the first rank count
   engine:train{network = net, criterion = criterion, iterator = iterator, lr = rate / size, maxepoch = 1}
else
   if how == 'async' or how == 'blocks' then mpinn.async.registerAsyncMPIBackward(net) end
   local servers
   for step = 1, steps do
      local input, target = sample(step)
      report(criterion:forward(net:forward(input), target))
      net:zeroGradParameters()
      net:backward(input, criterion:backward(net.output, target))
      if how == 'sync' then
         mpinn.synchronizeGradients(net)
      elseif how == 'server' then
         local ps = require 'torchmpi.parameterserver'
         local _, grads = net:parameters()
         servers = servers or {}
         for i, g in ipairs(grads) do
            servers[i] = servers[i] or ps.init(g)
            if rank == 0 then ps.syncHandle(ps.send(servers[i], g, 'zero')) end
            mpi.barrier()
            ps.syncHandle(ps.send(servers[i], g, 'add'))
            mpi.barrier()
            ps.syncHandle(ps.receive(servers[i], g))
            mpi.barrier()
         end
      else
         mpinn.async.synchronizeGradients(net)
      end
      net:updateParameters(rate / size)
   end
   mpinn.checkWithAllreduce(net)
end
mpi.stop()
