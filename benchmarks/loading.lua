-- An epoch of training on batches of JPEG files, which `-workers` threads decode and scale (0: the program itself).
-- Styles: `shared`, a loader as in dcgan.torch, whose batches travel by sharedserialize; `copied`, one as in fb.resnet.torch,
-- whose batches are copied; `samples`, jobs of one sample each, as torchnet's ParallelDatasetIterator makes them.
-- Prints one line: seconds of the epoch; those for which the busiest of the processes had a core; the sum of what was loaded.
require 'nn'
require 'image'

local cmd = torch.CmdLine()
cmd:option('-folder', '', 'where the files 1.jpg, 2.jpg … are')
cmd:option('-count', 96, 'files')
cmd:option('-style', 'shared', 'shared, copied or samples')
cmd:option('-workers', 0, 'threads that load')
cmd:option('-batch', 8, 'pictures in a batch')
cmd:option('-size', 96, 'height and width of a picture in a batch')
cmd:option('-planes', 4, 'of the net: how long training takes')
cmd:option('-epochs', 1, 'epochs after the first, which is not timed')
local opt = cmd:parse(arg)
torch.manualSeed(1)
torch.setnumthreads(1)

-- loading

local function sample(opt, i)
   local image = require 'image'
   local picture = image.load(string.format('%s/%d.jpg', opt.folder, i), 3, 'float')
   return image.scale(picture, opt.size, opt.size):mul(2):add(-1)
end

local function batch(opt, first)
   local last = math.min(first + opt.batch - 1, opt.count)
   local data = torch.FloatTensor(last - first + 1, 3, opt.size, opt.size)
   for i = first, last do data[i - first + 1]:copy(sample(opt, i)) end
   return data
end

local load, step = batch, opt.batch
if opt.style == 'samples' then load, step = sample, 1 end

local pool
if opt.workers > 0 then
   local threads = require 'threads'
   if opt.style ~= 'copied' then threads.serialization('threads.sharedserialize') end
   pool = threads.Threads(opt.workers, function()
      require 'image'
      torch.setnumthreads(1)
   end)
end

-- calls use(data) for everything that an epoch loads
local function epoch(use)
   local first = 1
   if not pool then
      while first <= opt.count do
         use(load(opt, first))
         first = first + step
      end
      return
   end
   while first <= opt.count or pool:hasjob() do
      while first <= opt.count and pool:acceptsjob() do
         pool:addjob(load, use, opt, first)
         first = first + step
      end
      pool:dojob()
   end
end

-- training

local planes = opt.planes
local net = nn.Sequential()
net:add(nn.SpatialConvolution(3, planes, 5, 5, 2, 2)):add(nn.ReLU()):add(nn.SpatialMaxPooling(2, 2, 2, 2))
net:add(nn.SpatialConvolution(planes, planes, 5, 5)):add(nn.ReLU()):add(nn.Mean(3, 3)):add(nn.Mean(2, 2))
net:add(nn.Linear(planes, 2)):add(nn.LogSoftMax())
net:float()
local criterion = nn.ClassNLLCriterion():float()

local function train(data)
   local target = torch.FloatTensor(data:size(1)):fill(1)
   net:zeroGradParameters()
   local output = net:forward(data)
   criterion:forward(output, target)
   net:backward(data, criterion:backward(output, target))
   net:updateParameters(0.001)
end

local sum, waiting = 0, {}
local function use(data)
   sum = sum + data:sum()
   if opt.style ~= 'samples' then return train(data) end
   waiting[#waiting + 1] = data:view(1, 3, opt.size, opt.size)
   if #waiting == opt.batch then
      train(torch.cat(waiting, 1))
      waiting = {}
   end
end

-- the time for which each process has had a core
local function clocks()
   local found = {os.clock()}
   if pool then
      pool:specific(true)
      for i = 1, opt.workers do pool:addjob(i, function() return os.clock() end, function(c) found[i + 1] = c end) end
      pool:specific(false)
   end
   return found
end

epoch(use)
local before, timer = clocks(), torch.Timer()
sum = 0
for _ = 1, opt.epochs do epoch(use) end
local seconds, busiest = timer:time().real, 0
for i, c in ipairs(clocks()) do busiest = math.max(busiest, c - before[i]) end
print(string.format('%.4f %.4f %.1f', seconds / opt.epochs, busiest / opt.epochs, sum / opt.epochs))
if pool then pool:terminate() end
