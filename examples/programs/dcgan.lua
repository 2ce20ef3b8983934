-- A small DCGAN on handwritten digits of 8x8 cells: a generator of transposed convolutions against a discriminator of
-- convolutions, both with batch normalization, trained by Adam; a sheet of what it draws is saved as a picture.
--   th dcgan.lua [-steps 1200 -picture out/digits.png]
require 'nn'
require 'optim'
require 'image'

local here = paths.dirname(paths.thisfile())
local cmd = torch.CmdLine()
cmd:text('Learn to draw digits by a generator and a discriminator.')
cmd:option('-data', paths.concat(here, '..', 'digits.t7'), 'pictures of digits')
cmd:option('-steps', 1200, 'training steps')
cmd:option('-batch', 32, 'pictures in a step')
cmd:option('-noise', 16, 'numbers that a picture is drawn from')
cmd:option('-rate', 0.002, 'learning rate of both nets')
cmd:option('-seed', 1, 'seed of the random numbers')
cmd:option('-picture', 'examples/out/dcgan.png', 'where the sheet of pictures goes')
cmd:option('-save', '', 'where the generator goes')
local opt = cmd:parse(arg or {})
torch.manualSeed(opt.seed)
torch.setdefaulttensortype('torch.FloatTensor')

local digits = torch.load(opt.data)
local real = digits.data:float():div(8):add(-1):view(-1, 1, 8, 8) -- from 0…16 to -1…1
local count = real:size(1)

local generator = nn.Sequential()
generator:add(nn.SpatialFullConvolution(opt.noise, 48, 4, 4)) -- 1x1 -> 4x4
generator:add(nn.SpatialBatchNormalization(48)):add(nn.ReLU(true))
generator:add(nn.SpatialFullConvolution(48, 24, 4, 4, 2, 2, 1, 1)) -- -> 8x8
generator:add(nn.SpatialBatchNormalization(24)):add(nn.ReLU(true))
generator:add(nn.SpatialConvolution(24, 1, 3, 3, 1, 1, 1, 1)):add(nn.Tanh())

local discriminator = nn.Sequential()
discriminator:add(nn.SpatialConvolution(1, 24, 4, 4, 2, 2, 1, 1)):add(nn.LeakyReLU(0.2, true)) -- 8x8 -> 4x4
discriminator:add(nn.SpatialConvolution(24, 48, 4, 4, 2, 2, 1, 1)) -- -> 2x2
discriminator:add(nn.SpatialBatchNormalization(48)):add(nn.LeakyReLU(0.2, true))
discriminator:add(nn.SpatialConvolution(48, 1, 2, 2)):add(nn.Sigmoid()):add(nn.View(1):setNumInputDims(3))

for _, net in ipairs{generator, discriminator} do
   net:apply(function(m)
      local kind = torch.type(m)
      if kind:find('Convolution') then
         m.weight:normal(0, 0.05)
         m.bias:zero()
      elseif kind:find('BatchNormalization') then
         m.weight:normal(1, 0.02)
         m.bias:zero()
      end
   end)
end

local criterion = nn.BCECriterion()
local wg, gg = generator:getParameters()
local wd, gd = discriminator:getParameters()
local noise = torch.Tensor(opt.batch, opt.noise, 1, 1)
local yes, no = torch.Tensor(opt.batch):fill(0.9), torch.Tensor(opt.batch):fill(0)
local drawn

-- The loss of judging pictures as `label` says; the gradients of the discriminator are added up.
local function judged(pictures, label)
   local answer = discriminator:forward(pictures)
   local loss = criterion:forward(answer, label)
   local gradient = discriminator:backward(pictures, criterion:backward(answer, label))
   return loss, gradient
end

local function discriminate()
   gd:zero()
   local batch = real:index(1, torch.LongTensor(opt.batch):random(1, count))
   local loss = judged(batch, yes)
   drawn = generator:forward(noise:normal(0, 1))
   return loss + judged(drawn, no), gd
end

local function generate()
   gg:zero()
   local loss, gradient = judged(drawn, yes)
   generator:backward(noise, gradient)
   return loss, gg
end

local state_d, state_g = {learningRate = opt.rate, beta1 = 0.5}, {learningRate = opt.rate, beta1 = 0.5}
local sum_d, sum_g, each = 0, 0, math.max(1, math.floor(opt.steps / 6))
for step = 1, opt.steps do
   local _, loss_d = optim.adam(discriminate, wd, state_d)
   local _, loss_g = optim.adam(generate, wg, state_g)
   sum_d, sum_g = sum_d + loss_d[1], sum_g + loss_g[1]
   if step % each == 0 then
      print(string.format('step %4d  discriminator %.3f  generator %.3f', step, sum_d / each, sum_g / each))
      sum_d, sum_g = 0, 0
   end
end

-- a sheet: the upper rows are drawn, the lower ones real
generator:evaluate()
local rows = torch.cat(generator:forward(torch.randn(40, opt.noise, 1, 1)), real:narrow(1, 1, 20), 1)
local sheet = image.toDisplayTensor{input = rows, padding = 1, nrow = 10, min = -1, max = 1}
sheet = image.scale(sheet, sheet:size(3) * 4, sheet:size(2) * 4, 'simple')
paths.mkdir(paths.dirname(opt.picture))
image.save(opt.picture, sheet)
print(string.format('drawn: brightness %.2f of %.2f', (rows:narrow(1, 1, 40):mean() + 1) / 2, (real:mean() + 1) / 2))
print('pictures in ' .. opt.picture)
if opt.save ~= '' then
   torch.save(opt.save, generator:clearState())
end
