-- Each case runs on all ranks; the first rank prints "name: ok", or how many ranks failed and why.
require 'nn'
local mpi = require 'torchmpi'
mpi.start(false)
local mpinn = require 'torchmpi.nn'
local ps = require 'torchmpi.parameterserver'
local rank, size = mpi.rank(), mpi.size()
local total = size * (size - 1) / 2
local types = {'Byte', 'Char', 'Short', 'Int', 'Long', 'Float', 'Double'}
local function filled(kind, n, value) return torch[kind .. 'Tensor'](n):fill(value) end
local function all(t, value) assert(t:min() == value and t:max() == value, ('%s, not %s'):format(t:max(), value)) end
local function fails(f, what)
   local ok, message = pcall(f)
   assert(not ok and tostring(message):find(what, 1, true), tostring(message))
end
local function net()
   torch.manualSeed(1)
   local m = nn.Sequential()
   m:add(nn.Linear(20, 30)):add(nn.Tanh()):add(nn.Linear(30, 40)):add(nn.Tanh()):add(nn.Linear(40, 3))
   m:zeroGradParameters()
   return m
end
local cases = {
   {'allreduce of each type', function()
      for _, kind in ipairs(types) do
         local t = filled(kind, 7, rank)
         mpi.allreduceTensor(t)
         all(t, total)
      end
   end},
   {'allreduce into another tensor', function()
      local t, out = filled('Double', 100, rank), torch.Tensor(10, 10)
      mpi.allreduceTensor(t, out)
      all(out, total) all(t, rank)
      mpi.p2p.allreduceTensor(t)
      all(t, total)
   end},
   {'part of a storage', function()
      local s = torch.zeros(30)
      local t = s:narrow(1, 11, 10):fill(rank + 1)
      mpi.allreduceTensor(t)
      all(t, total + size) all(s:narrow(1, 1, 10), 0) all(s:narrow(1, 21, 10), 0)
   end},
   {'broadcast', function()
      local t = filled('Float', 9, rank)
      mpi.broadcastTensor(size - 1, t)
      all(t, size - 1)
   end},
   {'reduce', function()
      local t, out = filled('Double', 9, rank), torch.zeros(9)
      mpi.reduceTensor(1, t, out)
      all(out, rank == 1 and total or 0) all(t, rank)
      mpi.reduceTensor(0, t)
      all(t, rank == 0 and total or rank)
   end},
   {'sendreceive', function()
      local t = filled('Double', 5, rank)
      mpi.sendreceiveTensor(t, (rank - 1) % size, (rank + 1) % size)
      all(t, (rank - 1) % size)
   end},
   {'allgather', function()
      local t, out = filled('Int', rank + 2, rank), torch.IntTensor()
      mpi.allgatherTensor(t, out)
      local at = 0
      for r = 0, size - 1 do
         all(out:narrow(1, at + 1, r + 2), r)
         at = at + r + 2
      end
      assert(out:nElement() == at)
      fails(function() mpi.allgatherTensor(out, out) end, 'inplace not supported')
   end},
   {'asynchronous', function()
      local a, b, c = filled('Float', 1000, rank), filled('Float', 10, rank), filled('Float', 10, rank)
      local out = torch.FloatTensor(10)
      local handles = {mpi.async.allreduceTensor(a), mpi.async.broadcastTensor(1, b), mpi.async.reduceTensor(0, c, out)}
      for _, h in ipairs(handles) do mpi.syncHandle(h) end
      handles[1]:wait()
      assert(mpi.syncHandle(nil) == nil)
      all(a, total) all(b, 1) all(c, rank)
      if rank == 0 then all(out, total) end
   end},
   {'numbers', function()
      assert(mpi.allreduce_double(rank + 0.5) == total + size / 2)
      assert(mpi.broadcast_int(1, rank) == 1)
      local sum = mpi.reduce_long(0, rank)
      assert(sum == (rank == 0 and total or rank))
      assert(mpi.sendreceive_float(rank, (rank - 1) % size, (rank + 1) % size) == (rank - 1) % size)
      assert(mpi.C.torchmpi_allreduce_int(1) == size)
   end},
   {'wrong arguments', function()
      fails(function() mpi.allreduceTensor(3) end, 'a tensor expected')
      fails(function() mpi.allreduceTensor(torch.ones(3, 3):t()) end, 'contiguous')
      fails(function() mpi.allreduceTensor(torch.ones(3), torch.ones(4)) end, 'does not fit')
      fails(function() mpi.broadcastTensor(size, torch.ones(3)) end, 'ranks are 0 to')
      fails(function() mpi.start(false) end, 'started already')
   end},
   {'communicators', function()
      local level = mpi.C.torchmpi_push_communicator(tostring(rank % 2))
      mpi.C.torchmpi_set_communicator(level)
      assert(mpi.rank() == math.floor(rank / 2) and mpi.size() == math.ceil((size - rank % 2) / 2))
      assert(not mpi.C.torchmpi_is_cartesian_communicator())
      local t = filled('Double', 3, 1)
      mpi.allreduceTensor(t)
      all(t, mpi.size())
      assert(mpi.C.torchmpi_num_nodes_in_communicator() == 1)
      assert(mpi.communicatorNames():find('level ' .. level .. ': key%(' .. rank % 2 .. '%).*%*\n'))
      fails(function() mpi.C.torchmpi_set_communicator(level + 1) end, 'communicators are 0 to')
      mpi.C.torchmpi_set_communicator(0)
      mpi.C.torchmpi_set_cartesian_communicator()
      mpi.C.torchmpi_push_communicator('all')
      mpi.C.torchmpi_set_communicator(level + 1)
      assert(mpi.C.torchmpi_is_cartesian_communicator())
      mpi.C.torchmpi_set_communicator(0)
   end},
   {'selector and availability', function()
      assert(mpi.collectiveSelector.cpu.singlenode.async.allreduceTensor == mpi.async.allreduceTensor)
      assert(mpi.collectiveSelectorToString('cpu', 'multinode', 'sync', 'reduceTensor'):find('MPI.reduceTensor\n'))
      fails(function() mpi.collectiveSelectorToString('tpu') end, 'Invalid cpuSelector')
      for way, name, status in mpi.collectiveAvailability(true, false):gmatch('MPI([%w.]*)%.(%w+)%s+%->%s+(%w+)') do
         local at = mpi
         for part in way:gmatch('%w+') do at = at and at[part] end
         assert((at ~= nil and at[name] ~= nil) == (status == 'available'), way .. '.' .. name)
      end
      mpi.C.torchmpi_set_small_cpu_broadcast_size(5)
      assert(mpi.C.torchmpi_get_small_cpu_broadcast_size() == 5 and mpi.hasNCCL == false)
   end},
   {'parameters', function()
      for _, flat in ipairs{false, true} do
         local m = net()
         if flat then m:getParameters() end
         for _, w in ipairs(m:parameters()) do w:add(rank) end
         if size > 1 then fails(function() mpinn.checkWithAllreduce(m) end, 'absmean') end
         mpinn.synchronizeParameters(m)
         mpinn.checkWithAllreduce(m)
         assert(m:get(1).bias:equal(net():get(1).bias))
         for _, w in ipairs(m:parameters()) do w:fill(rank) end
         mpinn.synchronizeParameters(m, true)
         for _, w in ipairs(m:parameters()) do all(w, total / size) end
      end
   end},
   {'gradients', function()
      for _, flat in ipairs{false, true} do
         local m = net()
         if flat then m:getParameters() end
         m:get(5):share(m:get(5):clone(), 'bias')
         local _, g = m:parameters()
         for i, t in ipairs(g) do t:fill(i * rank) end
         mpinn.synchronizeGradients(m)
         for i, t in ipairs(g) do all(t, i * total) end
      end
   end},
   {'gradients that modules share', function()
      local m = nn.Sequential():add(nn.Linear(4, 4)):add(nn.Linear(4, 4))
      m:get(2):share(m:get(1), 'weight', 'bias', 'gradWeight', 'gradBias')
      m:get(1).gradWeight:fill(1) m:get(1).gradBias:fill(1)
      mpinn.synchronizeGradients(m)
      all(m:get(2).gradWeight, size)
   end},
   {'gradients during backward', function()
      for _, flat in ipairs{false, true} do
         for frequency = 1, 2 do
            local m, plain = net(), net()
            if flat then m:getParameters() end
            m:add(nn.Linear(3, 3)):add(m:get(6):clone()) plain:add(m:get(6):clone()):add(m:get(6):clone())
            for _, which in ipairs{m, plain} do which:get(7):share(which:get(6), 'weight', 'bias', 'gradWeight', 'gradBias') end
            mpinn.async.registerAsyncMPIBackward(m, frequency)
            for step = 1, 3 do
               torch.manualSeed(step * 10 + rank)
               local x, dy = torch.randn(6, 20), torch.randn(6, 3)
               for _, which in ipairs{m, plain} do
                  which:zeroGradParameters()
                  which:forward(x)
                  which:backward(x, dy)
               end
               mpinn.async.synchronizeGradients(m)
               if step % frequency == 0 then mpinn.synchronizeGradients(plain) end
               local _, a = m:parameters()
               local _, b = plain:parameters()
               for i = 1, #a do assert((a[i] - b[i]):abs():max() < 1e-12, ('%d of step %d'):format(i, step)) end
            end
            mpinn.async.unregisterAsyncMPIBackward(m)
            assert(rawget(m:get(1), 'backward') == nil)
         end
      end
   end},
   {'blocks during backward', function()
      require 'torchmpi.BlockSequential'
      local m, plain = nn.BlockSequential(3), nn.Sequential()
      for _, layer in ipairs(net().modules) do m:add(layer) plain:add(layer:clone()) end
      mpinn.async.registerAsyncMPIBackward(m)
      for step = 1, 2 do
         torch.manualSeed(step * 10 + rank)
         local x, dy = torch.randn(6, 20), torch.randn(6, 3)
         m:forward(x) plain:forward(x)
         m:zeroGradParameters() plain:zeroGradParameters()
         assert((m:backward(x, dy) - plain:backward(x, dy)):abs():max() < 1e-12)
         mpinn.async.synchronizeGradients(m)
         mpinn.synchronizeGradients(plain)
         local _, a = m:parameters()
         local sum, other = 0, 0
         for _, g in ipairs(a) do sum = sum + g:sum() end
         for _, g in ipairs(select(2, plain:parameters())) do other = other + g:sum() end
         assert(math.abs(sum - other) < 1e-9)
         m:updateParameters(.1) plain:updateParameters(.1)
      end
      assert(m:forward(torch.ones(20)):dist(plain:forward(torch.ones(20))) < 1e-9)
   end},
   {'a parameter server begins with its ranks\' shards', function()
      local t = filled('Float', 1024 * size, rank)
      local server = ps.init(t)
      t:fill(-1)
      ps.syncHandle(ps.receive(server, t))
      for r = 0, size - 1 do all(t:narrow(1, 1024 * r + 1, 1024), r) end
      ps.free(server)
      fails(function() ps.receive(server, t) end, 'freed')
   end},
   {'update rules', function()
      local t = torch.DoubleTensor(91, 11):fill(5)
      local server = ps.init(t)
      local function expect(value)
         mpi.barrier()
         ps.syncHandle(ps.receive(server, t:fill(-1)))
         all(t, value)
         mpi.barrier()
      end
      expect(5)
      if rank == size - 1 then ps.syncHandle(ps.send(server, t, 'zero')) end
      expect(0)
      if rank == 0 then ps.syncHandle(ps.send(server, t:fill(7), 'copy')) end
      expect(7)
      ps.syncHandle(ps.send(server, t:fill(rank), 'add'))
      expect(7 + total)
      fails(function() ps.send(server, t, 'halve') end, 'update rules are add, copy, zero')
      fails(function() ps.send(server, torch.ones(3), 'add') end, 'has 1001 elements')
      ps.freeAll()
   end},
   {'a server smaller than the ranks', function()
      local t = torch.ones(1)
      local server = ps.init(t)
      ps.syncHandle(ps.send(server, t, 'add'))
      mpi.barrier()
      ps.syncHandle(ps.receive(server, t))
      all(t, size + 1)
      ps.freeAll()
   end},
   {'downpour', function()
      local m = nn.Linear(3, 2)
      m.weight:fill(1) m.bias:fill(1)
      local update = mpi.DownpourUpdate{network = m, initDelay = 1, updateFrequency = 2, prefetch = 0, sendFrequency = 1,
         localUpdate = function(g) return g:mul(-1) end}
      for step = 0, 7 do
         m.gradWeight:fill(1) m.gradBias:fill(1)
         update:update(step)
         mpi.barrier()
      end
      assert(m.weight:max() < 1 and m.weight:min() == m.weight:max())
      local center = torch.Tensor(2, 3)
      ps.syncHandle(ps.receive(require('torchmpi.cache').parameterServers[m.weight], center))
      all(center, 1 - 8 * size)  -- the gradients of eight steps, of every rank
      mpi.barrier()
      require('torchmpi.cache').freeAllTensorReferences()
   end},
   {'elastic averaging', function()
      local m = nn.Linear(1, 1)
      m.weight:fill(rank == 0 and 0 or 8) m.bias:fill(0)
      local update = mpi.EASGDUpdate{network = m, beta = 0.5 * size, initDelay = 0, updateFrequency = 1, prefetch = 0}
      for step = 0, 3 do update:update(step) mpi.barrier() end
      local w, center = m.weight[1][1], torch.Tensor(1, 1)
      local server = require('torchmpi.cache').parameterServers[m.weight]
      ps.syncHandle(ps.receive(server, center))
      if rank > 0 then assert(w < 8 and w >= 0, w) end
      assert(center[1][1] > 0 and center[1][1] < 8 * size, center[1][1])
      mpi.barrier()
      require('torchmpi.cache').freeAllTensorReferences()
      fails(function() mpi.EASGDUpdate{network = m, prefetch = 99} end, 'Prefetch must be in [0, 10]')
   end},
   {'trees', function()
      local tree = require 'ipc.Tree'(rank + 1, size, 2)
      assert(tree.nodeIndex == rank + 1 and tree.numNodes == size)
      local n, nodes = tree.allReduce(rank + 1, function(a, b) return a + b end)
      assert(n == total + size and nodes == size)
      local largest = tree.allReduce({a = filled('Float', 4, rank), {rank, -rank}}, function(a, b)
         if torch.isTensor(a) then return a:cmax(b) end
         return math.max(a, b)
      end)
      all(largest.a, size - 1)
      assert(largest[1][1] == size - 1 and largest[1][2] == 0)
      local t = tree.scatter({filled('Double', 3, rank), 'node ' .. rank})
      all(t[1], 0)
      assert(t[2] == 'node 0')
      fails(function() require 'ipc.Tree'(1, size + 1) end, 'th7shell launch -n ' .. size + 1)
      fails(function() require 'ipc.LocalhostTree'(1, size) end, 'nodeIndex')
   end},
   {'uneven numbers of steps', function()
      local tree = require 'ipc.Tree'(rank + 1, size)
      local add, zero = function(a, b) return a + b end, function() return 0 end
      local value = 0
      for _ = 1, rank + 1 do value = value + tree.allReduce(rank + 1, add) end
      value = value + tree.allReduce(nil, add, zero)
      local expected = 0
      for step = 1, rank + 1 do
         for node = step, size do expected = expected + node end
      end
      assert(value == expected, value .. ' ' .. expected)
   end},
   {'distlearn sums', function()
      local tree = require 'ipc.Tree'(rank + 1, size)
      local sgd = require 'distlearn.AllReduceSGD'(tree)
      local params, grads = {torch.randn(7), {torch.randn(2)}}, {torch.Tensor(7), {torch.Tensor(2)}}
      sgd.synchronizeParameters(params)
      for epoch = 1, 2 do
         for step = 1, 3 + (rank + epoch) % size do
            grads[1]:fill(rank) grads[2][1]:fill(1)
            sgd.sumAndNormalizeGradients(grads)
            all(grads[2][1], 1)
            if step <= 3 then assert(math.abs(grads[1][1] - total / size) < 1e-12) end
            params[1]:add(grads[1])
         end
         sgd.synchronizeParameters(params)
         mpi.checkWithAllreduce(params[1])
         mpi.checkWithAllreduce(params[2][1])
      end
   end},
   {'distlearn averages', function()
      local tree = require 'ipc.Tree'(rank + 1, size)
      local ea = require 'distlearn.AllReduceEA'(tree, 3, 0.4)
      torch.manualSeed(rank)
      local params, slow = {torch.randn(7)}, 1
      ea.synchronizeParameters(params)
      for epoch = 1, 4 do
         for step = 1, 20 + (rank * epoch) % 5 do
            params[1]:add(torch.randn(7):div(slow))
            ea.averageParameters(params)
            slow = slow * 2
         end
         ea.synchronizeCenter(params)
      end
      local mean = params[1]:clone()
      mpi.allreduceTensor(mean)
      assert((mean / size - params[1]):abs():max() < 1e-6)
   end},
}
for _, case in ipairs(cases) do
   local ok, message = xpcall(case[2], debug.traceback)
   if not ok then io.stderr:write(rank, ': ', case[1], ': ', message, '\n') end
   local failed = mpi.allreduce_int(ok and 0 or 1)
   if rank == 0 then print(case[1] .. ': ' .. (failed == 0 and 'ok' or 'failed on ' .. failed)) end
end
mpi.stop()
