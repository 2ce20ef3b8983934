-- An Inception-like image network: branches of different kernels side by side (nn.DepthConcat), normalisation
-- across maps, dilated convolution, and two heads: one names the shape in the picture, the other enlarges the
-- maps again (nn.SpatialFullConvolution) and paints where the shape is. The pictures are drawn here.
require 'nn'
require 'optim'
torch.manualSeed(1)
torch.setdefaulttensortype('torch.FloatTensor')

local SIZE, COUNT, BATCH, STEPS = 16, 96, 16, 36
local SHAPES = {'bar', 'disc', 'cross'}

-- data: one bright shape of a random colour, at a random place, on noise; and its mask
local inside = {
   function(x, y) return math.abs(y) < 1.5 and math.abs(x) < 4.5 end,
   function(x, y) return x * x + y * y < 10 end,
   function(x, y) return math.abs(math.abs(x) - math.abs(y)) < 1 and math.abs(x) < 4 end,
}
local pictures = torch.randn(COUNT, 3, SIZE, SIZE):mul(0.1)
local masks, labels = torch.zeros(COUNT, 1, SIZE, SIZE), torch.Tensor(COUNT)
for n = 1, COUNT do
   local kind = (n - 1) % #SHAPES + 1
   local cx, cy, colour = torch.uniform(5, 12), torch.uniform(5, 12), torch.rand(3):add(0.3)
   labels[n] = kind
   for y = 1, SIZE do
      for x = 1, SIZE do
         masks[n][1][y][x] = inside[kind](x - cx, y - cy) and 1 or 0
      end
   end
   pictures[n]:addcmul(colour:view(3, 1, 1):expand(3, SIZE, SIZE), masks[n]:expand(3, SIZE, SIZE))
end

-- network
local function convolution(from, to, kernel, pad)
   return nn.Sequential()
      :add(nn.SpatialConvolution(from, to, kernel, kernel, 1, 1, pad or 0, pad or 0):noBias())
      :add(nn.SpatialBatchNormalization(to))
      :add(nn.ReLU(true))
end

-- Four branches; the unpadded ones give smaller maps, which DepthConcat centres among the others.
local function inception(from, narrow, wide)
   return nn.DepthConcat(2)
      :add(convolution(from, wide, 1))
      :add(nn.Sequential():add(convolution(from, narrow, 1)):add(convolution(narrow, wide, 3)))
      :add(nn.Sequential():add(convolution(from, narrow, 1)):add(convolution(narrow, wide, 5)))
      :add(nn.Sequential():add(nn.SpatialMaxPooling(3, 3, 1, 1, 1, 1)):add(convolution(from, wide, 1)))
end

local trunk = nn.Sequential()
   :add(convolution(3, 8, 3, 1))
   :add(nn.SpatialMaxPooling(2, 2, 2, 2))
   :add(nn.SpatialCrossMapLRN(5, 1e-2))
   :add(inception(8, 6, 6))
   :add(nn.SpatialDilatedConvolution(24, 16, 3, 3, 1, 1, 2, 2, 2, 2))
   :add(nn.SpatialBatchNormalization(16))
   :add(nn.PReLU(16))
local namer = nn.Sequential()
   :add(nn.SpatialDropout(0.1))
   :add(nn.SpatialAdaptiveMaxPooling(2, 2))
   :add(nn.View(16 * 2 * 2))
   :add(nn.Linear(16 * 2 * 2, #SHAPES))
   :add(nn.LogSoftMax())
local painter = nn.Sequential()
   :add(nn.SpatialFullConvolution(16, 8, 4, 4, 2, 2, 1, 1))
   :add(nn.LeakyReLU(0.1, true))
   :add(nn.SpatialConvolution(8, 1, 3, 3, 1, 1, 1, 1))
   :add(nn.Sigmoid())
local net = trunk:add(nn.ConcatTable():add(namer):add(painter))
print(net)

-- training
local criterion = nn.ParallelCriterion():add(nn.ClassNLLCriterion()):add(nn.BCECriterion(), 2)
local parameters, gradients = net:getParameters()
local settings = {learningRate = 0.01}
local first, last
for step = 1, STEPS do
   local chosen = torch.randperm(COUNT):narrow(1, 1, BATCH):long()
   local x, target = pictures:index(1, chosen), {labels:index(1, chosen), masks:index(1, chosen)}
   local _, losses = optim.adam(function()
      gradients:zero()
      local loss = criterion:forward(net:forward(x), target)
      net:backward(x, criterion:backward(net.output, target))
      return loss, gradients
   end, parameters, settings)
   first, last = first or losses[1], losses[1]
   if step == 1 or step % 6 == 0 then print(string.format('step %2d  loss %.4f', step, last)) end
end
assert(last < 0.6 * first, 'the loss did not fall')

-- what it says of the pictures when it trains no more
net:evaluate()
local said = net:forward(pictures)
local _, names = said[1]:max(2)
local right = names:squeeze():typeAs(labels):eq(labels):sum()
local painted = said[2]:gt(0.5):eq(masks:gt(0.5)):float():mean()
print(string.format('%d of %d shapes named, %.1f %% of pixels painted right', right, COUNT, 100 * painted))
