-- A data loader with threads: picture files are read, cropped and flipped by worker threads while the main thread trains
-- on the batch before. Each job draws its random numbers from its own batch's seed, so that the numbers do not depend
-- on which thread was faster.
--   th loader.lua [-data FOLDER -threads 2]        FOLDER/KIND/*.png
local threads = require 'threads'
require 'nn'
require 'optim'
require 'image'

local cmd = torch.CmdLine()
cmd:text('Train on batches of pictures that threads load.')
cmd:option('-data', 'examples/out/shapes', 'a folder for each kind; made, with pictures of shapes, if it is not there')
cmd:option('-threads', 2, 'threads that load')
cmd:option('-batch', 16, 'pictures in a batch')
cmd:option('-side', 16, 'side of the piece that is cut out')
cmd:option('-epochs', 12, 'passes over the pictures')
cmd:option('-seed', 1, 'seed of the random numbers')
local opt = cmd:parse(arg or {})
torch.manualSeed(opt.seed)
torch.setdefaulttensortype('torch.FloatTensor')

-- pictures: 20x20, a disc or a cross on noise
local function draw(kind)
   local picture, cx, cy = torch.rand(3, 20, 20):mul(0.5), torch.random(7, 13), torch.random(7, 13)
   for y = 1, 20 do
      for x = 1, 20 do
         local dx, dy = math.abs(x - cx), math.abs(y - cy)
         local inside = kind == 'disc' and dx * dx + dy * dy <= 16 or kind == 'cross' and math.min(dx, dy) <= 1 and dx + dy <= 5
         if inside then
            picture[{{}, y, x}]:add(0.5)
         end
      end
   end
   return picture
end
if not paths.dirp(opt.data) then
   for _, kind in ipairs{'cross', 'disc'} do
      paths.mkdir(paths.concat(opt.data, kind))
      for i = 1, 48 do
         image.save(paths.concat(opt.data, kind, string.format('%02d.png', i)), draw(kind))
      end
   end
end

-- what there is: a list of {path, number of the kind}
local kinds, files = {}, {}
for kind in paths.iterdirs(opt.data) do
   kinds[#kinds + 1] = kind
end
table.sort(kinds)
for number, kind in ipairs(kinds) do
   local names = {}
   for name in paths.iterfiles(paths.concat(opt.data, kind)) do
      names[#names + 1] = name
   end
   table.sort(names)
   for _, name in ipairs(names) do
      files[#files + 1] = {paths.concat(opt.data, kind, name), number}
   end
end
print(('%d pictures of %s'):format(#files, table.concat(kinds, ' and ')))

-- A job loads one batch; it runs in a thread, which has its own packages and random numbers.
local side, seed = opt.side, opt.seed
local function load(batch, seed)
   torch.manualSeed(seed)
   local x, y = torch.FloatTensor(#batch, 3, side, side), torch.FloatTensor(#batch)
   for i, item in ipairs(batch) do
      local picture = image.load(item[1], 3, 'float')
      local left, top = torch.random(0, picture:size(3) - side), torch.random(0, picture:size(2) - side)
      picture = image.crop(picture, left, top, left + side, top + side)
      x[i]:copy(torch.uniform() < 0.5 and image.hflip(picture) or picture):add(-0.5)
      y[i] = item[2]
   end
   return x, y
end
local pool = threads.Threads(opt.threads, function()
   require 'image'
end)

local net = nn.Sequential()
net:add(nn.SpatialConvolution(3, 8, 5, 5)):add(nn.ReLU()):add(nn.SpatialMaxPooling(2, 2, 2, 2))
net:add(nn.SpatialConvolution(8, 16, 3, 3)):add(nn.ReLU()):add(nn.SpatialMaxPooling(2, 2, 2, 2))
net:add(nn.View(-1, 16 * 2 * 2)):add(nn.Linear(16 * 2 * 2, #kinds)):add(nn.LogSoftMax())
local criterion = nn.ClassNLLCriterion()
local weights, gradients = net:getParameters()
local state = {learningRate = 0.005}

local sum, right, seen
local function train(x, y)
   optim.adam(function()
      gradients:zero()
      local answer = net:forward(x)
      local loss = criterion:forward(answer, y)
      net:backward(x, criterion:backward(answer, y))
      local _, best = answer:max(2)
      sum, right, seen = sum + loss * y:size(1), right + best:float():view(-1):eq(y):sum(), seen + y:size(1)
      return loss, gradients
   end, weights, state)
end

for epoch = 1, opt.epochs do
   sum, right, seen = 0, 0, 0
   local order = torch.randperm(#files)
   for first = 1, #files, opt.batch do
      local batch = {}
      for i = first, math.min(first + opt.batch - 1, #files) do
         batch[#batch + 1] = files[order[i]]
      end
      local number = epoch * 1000 + first
      pool:addjob(function() return load(batch, seed + number) end, train) -- train runs here, in the order of the jobs' ends
   end
   pool:synchronize()
   print(string.format('epoch %d  loss %.3f  right %.1f %%', epoch, sum / seen, 100 * right / seen))
end
pool:terminate()
