-- Repaint a picture in the manner of another one: L-BFGS moves the picture's own points until the correlations of what
-- random filters see (Gram matrices) are those of the manner, while its coarse content stays.
--   th style.lua [-content FILE -style FILE -size 96 -picture out/style.png]
require 'nn'
require 'optim'
require 'image'

local cmd = torch.CmdLine()
cmd:text('Repaint a picture in the manner of another one.')
cmd:option('-content', '', 'the picture to repaint (a photograph that comes with image, if none is given)')
cmd:option('-style', '', 'the picture whose manner it gets (coloured waves, if none is given)')
cmd:option('-size', 96, 'side of the pictures')
cmd:option('-steps', 60, 'steps of L-BFGS')
cmd:option('-weight', 0.003, 'weight of the content')
cmd:option('-smooth', 5e-4, 'weight of the differences between neighbours')
cmd:option('-seed', 1, 'seed of the random filters')
cmd:option('-picture', 'examples/out/style.png', 'where content, manner and result go, side by side')
local opt = cmd:parse(arg or {})
torch.manualSeed(opt.seed)
torch.setdefaulttensortype('torch.FloatTensor')

local function waves(size)
   local picture = torch.Tensor(3, size, size)
   for y = 1, size do
      for x = 1, size do
         local u = math.sin(x / 5 + 2 * math.sin(y / 9)) + math.sin(y / 4 + x / 13)
         picture[1][y][x] = 0.5 + 0.25 * u
         picture[2][y][x] = 0.45 + 0.2 * math.cos(u * 2)
         picture[3][y][x] = 0.6 - 0.25 * u
      end
   end
   return picture
end
local function picture_of(name, otherwise)
   local picture = name ~= '' and image.load(name, 3, 'float') or otherwise:float()
   return image.scale(picture, opt.size, opt.size)
end
local content, style = picture_of(opt.content, image.lena()), picture_of(opt.style, waves(opt.size))

-- two layers of random filters; their responses are kept between 0 and a few units
local first = nn.Sequential():add(nn.SpatialConvolution(3, 32, 5, 5, 1, 1, 2, 2)):add(nn.ReLU())
local second = nn.Sequential():add(nn.SpatialAveragePooling(2, 2, 2, 2))
   :add(nn.SpatialConvolution(32, 48, 5, 5, 1, 1, 2, 2)):add(nn.ReLU())
for _, net in ipairs{first, second} do
   for _, m in ipairs(net:findModules('nn.SpatialConvolution')) do
      m.weight:normal(0, math.sqrt(2 / (m.nInputPlane * m.kW * m.kH)))
      m.bias:zero()
   end
end
local blur = nn.SpatialAveragePooling(8, 8, 8, 8) -- what counts as the content

local function gram(response)
   local flat = response:view(response:size(1), -1)
   return torch.mm(flat, flat:t()):div(flat:size(2)), flat
end
-- the sum of squared differences between neighbours, and its gradient
local function roughness(picture)
   local gradient, sum, n = picture:clone():zero(), 0, opt.size - 1
   for dimension = 2, 3 do
      local difference = picture:narrow(dimension, 2, n) - picture:narrow(dimension, 1, n)
      sum = sum + difference:dot(difference)
      gradient:narrow(dimension, 2, n):add(2, difference)
      gradient:narrow(dimension, 1, n):add(-2, difference)
   end
   return sum, gradient
end
local function centred(picture) return picture - 0.5 end

local wanted = {}
local response = first:forward(centred(style))
wanted[1] = gram(response):clone()
wanted[2] = gram(second:forward(response)):clone()
local coarse = blur:forward(content):clone()

-- loss and gradient over the points of the picture, a vector for L-BFGS
local function loss(x)
   local picture = x:view(3, opt.size, opt.size)
   local input = centred(picture)
   local low = first:forward(input)
   local high = second:forward(low)
   local value, gradients = 0, {}
   for k, layer in ipairs{low, high} do
      local g, flat = gram(layer)
      local difference = g:add(-1, wanted[k])
      local scale = 1 / wanted[k]:norm() ^ 2
      value = value + scale * difference:norm() ^ 2
      gradients[k] = torch.mm(difference, flat):mul(4 * scale / flat:size(2)):viewAs(layer)
   end
   local gradient = first:backward(input, second:backward(low, gradients[2]) + gradients[1])
   local miss = blur:forward(picture) - coarse
   value = value + opt.weight * miss:dot(miss)
   gradient = gradient + blur:backward(picture, miss:mul(2 * opt.weight))
   local rough, smoothing = roughness(picture)
   return value + opt.smooth * rough, gradient:add(opt.smooth, smoothing):view(-1)
end

local x = content:clone():view(-1)
local _, losses = optim.lbfgs(loss, x, {maxIter = opt.steps, lineSearch = optim.lswolfe, nCorrection = 20, tolX = 1e-12})
print(string.format('loss %.3f -> %.3f in %d steps', losses[1], losses[#losses], #losses - 1))
local result = x:view(3, opt.size, opt.size):clamp(0, 1)

local sheet = image.toDisplayTensor{input = {content, style, result}, padding = 2, nrow = 3, min = 0, max = 1}
paths.mkdir(paths.dirname(opt.picture))
image.save(opt.picture, sheet)
print('content, manner and result in ' .. opt.picture)
