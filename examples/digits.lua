-- Train a LeNet-style network on real handwritten digits, 8x8 cells each, and look at what it learned.
-- The pictures: examples/digits.t7 (source and licence inside; examples/make_digits.py wrote it).
require 'nn'
require 'optim'
require 'image'

local cmd = torch.CmdLine()
cmd:text('Train a convolutional network on handwritten digits.')
cmd:option('-epochs', 25, 'passes over the training set')
cmd:option('-batch', 32, 'pictures per step')
cmd:option('-rate', 0.05, 'learning rate')
cmd:option('-seed', 1, 'seed of the random numbers')
cmd:option('-save', 'examples/out/digits_net.t7', 'where the trained network goes')
local opt = cmd:parse(arg or {})
torch.manualSeed(opt.seed)
torch.setdefaulttensortype('torch.FloatTensor')

-- data: 1,797 pictures; the last 360 are held out
local here = paths.dirname(paths.thisfile())
local digits = torch.load(paths.concat(here, 'digits.t7'))
local count = digits.data:size(1)
local order = torch.randperm(count):long()
local pictures = digits.data:index(1, order):float():div(16):view(count, 1, 8, 8)
local labels = digits.labels:index(1, order):float():add(1)
local ntrain = count - 360
local train = {x = pictures:narrow(1, 1, ntrain), y = labels:narrow(1, 1, ntrain)}
local test = {x = pictures:narrow(1, ntrain + 1, 360), y = labels:narrow(1, ntrain + 1, 360)}
print(string.format('%d pictures to learn from, %d held out (%s)', ntrain, 360, digits.source:match('^[^,]+')))

-- network: 8x8 -> 16 planes of 6x6 -> 3x3 -> 32 planes of 2x2 -> 10 scores
local net = nn.Sequential()
net:add(nn.SpatialConvolution(1, 16, 3, 3))
net:add(nn.ReLU())
net:add(nn.SpatialMaxPooling(2, 2, 2, 2))
net:add(nn.SpatialConvolution(16, 32, 2, 2))
net:add(nn.ReLU())
net:add(nn.View(32 * 2 * 2):setNumInputDims(3))
net:add(nn.Linear(32 * 2 * 2, 64))
net:add(nn.ReLU())
net:add(nn.Linear(64, 10))
net:add(nn.LogSoftMax())
print(net)

local criterion = nn.ClassNLLCriterion()
local parameters, gradients = net:getParameters()
print(string.format('%d parameters', parameters:nElement()))
local names = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9'}
local confusion = optim.ConfusionMatrix(names)

local function accuracy(model)
   confusion:zero()
   confusion:batchAdd(model:forward(test.x), test.y)
   confusion:updateValids()
   return confusion.totalValid * 100
end

-- a terminal gets one bar for the whole training, a file or a pipe a line for each epoch
local terminal = os.execute('test -t 1 2> /dev/null')
terminal = terminal == true or terminal == 0
local timer, drawn = torch.Timer(), -1

local function show(done, total, epoch, loss, rate)
   local now = timer:time().real
   if not terminal or (now - drawn < 0.1 and done < total) then return end
   drawn = now
   local reached = math.floor(14 * done / total)
   local bar = string.rep('=', reached) .. string.rep('.', 14 - reached)
   local left = math.ceil(now / done * (total - done))
   io.write(string.format('\r%3d/%d [%s] loss %.4f, right %5.1f %%, %d s ', epoch, opt.epochs, bar, loss, rate, left))
   io.flush()
end

local settings = {learningRate = opt.rate, momentum = 0.9, dampening = 0, learningRateDecay = 1e-3}
local steps, rate = math.ceil(ntrain / opt.batch), 0
for epoch = 1, opt.epochs do
   local shuffled, sum = torch.randperm(ntrain):long(), 0
   for step = 1, steps do
      local first = (step - 1) * opt.batch + 1
      local chosen = shuffled:narrow(1, first, math.min(opt.batch, ntrain - first + 1))
      local x, y = train.x:index(1, chosen), train.y:index(1, chosen)
      local function evaluate()
         gradients:zero()
         local loss = criterion:forward(net:forward(x), y)
         net:backward(x, criterion:backward(net.output, y))
         return loss, gradients
      end
      local _, losses = optim.sgd(evaluate, parameters, settings)
      sum = sum + losses[1]
      show((epoch - 1) * steps + step, opt.epochs * steps, epoch, sum / step, rate)
   end
   rate = accuracy(net)
   if not terminal then
      print(string.format('epoch %2d  loss %.4f  held out %.1f %%', epoch, sum / steps, rate))
   end
   show(epoch * steps, opt.epochs * steps, epoch, sum / steps, rate)
end
print((terminal and '\n' or '') .. string.format('trained in %.1f s', timer:time().real))

-- which digit (a row) was taken for which (a column), and how many of the row were right
local final = accuracy(net)
print('held out     ' .. table.concat(names, '   '))
for i, name in ipairs(names) do
   local row = {}
   for j = 1, 10 do
      local n = confusion.mat[i][j]
      row[j] = string.format('%4s', n > 0 and tostring(n) or '.')
   end
   print(string.format('%9s %s %6.1f %%', name, table.concat(row), confusion.valids[i] * 100))
end
print(string.format('%.1f %% of all are right', final))

-- a few held-out digits, and below each what the network says
local shown = test.x:narrow(1, 1, 6)
local _, guess = net:forward(shown):max(2)
local said = {}
for i = 1, 6 do said[i] = string.format('%5s     ', names[guess[i][1]]) end
if terminal then
   image.display{image = image.toDisplayTensor{input = shown, padding = 2, nrow = 6}, legend = table.concat(said)}
else
   print('the network says: ' .. table.concat(said):gsub('%s+', ' '))
end

-- saved, loaded, and just as good
paths.mkdir(paths.dirname(opt.save))
torch.save(opt.save, net:clearState())
local again = accuracy(torch.load(opt.save))
print(string.format('saved to %s and loaded again: %.1f %% (before: %.1f %%)', opt.save, again, final))
assert(again == final, 'the loaded network differs')
if final < 96 then os.exit(1) end
