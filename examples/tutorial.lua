-- Build a network layer by layer: the session that this project began with.
-- Run it (`th7shell examples/tutorial.lua`), paste it into the prompt, or `th7shell -i examples/tutorial.lua`.
require 'nn'
require 'image'
torch.manualSeed(0)

-- 1. Layers are objects with a forward and a backward pass
-- A linear layer is y = W x + b. `forward` computes it; `backward` is given the loss's gradient with respect to y, and
-- gives that with respect to x, which here is the sum of the rows of W. W and b begin at random, drawn from the seed.
layer = nn.Linear(3, 2)
print(layer)
x = torch.Tensor{1, 2, 3}
y = layer:forward(x)
print(y)
print(layer:backward(x, torch.ones(2)))

-- 2. Transfer functions, element by element
-- They bend: without them, layers on layers of linear maps would still be one linear map. Each is asked for the same
-- five numbers from -2 to 2. SoftMax and LogSoftMax look at all five: theirs is a distribution, and its logarithm.
v = torch.linspace(-2, 2, 5)
for _, name in ipairs{'SoftMax', 'SoftMin', 'SoftPlus', 'LogSigmoid', 'LogSoftMax', 'Sigmoid',
                      'Tanh', 'ReLU', 'PReLU', 'ELU', 'LeakyReLU'} do
   local y = nn[name]():forward(v):clone()
   y:mul(1e4):add(0.5):floor():div(1e4) -- four digits
   print(name, table.concat(y:totable(), ' '))
end

-- 3. Simple layers: with parameters, mathematics, tensor operations
-- Everything between an input and an output can be a layer: a sum, a largest element, a logarithm, a product of two
-- matrices, another shape. None of them is told a size that it can see.
m = torch.range(1, 6):resize(2, 3)
print(nn.Add(3):forward(m[1]):size(1), nn.Mul():forward(m):nElement(),
      nn.CMul(3):forward(m[1]):size(1))
print(nn.Max(1):forward(m), nn.Min(1):forward(m), nn.Mean(1):forward(m))
print(nn.Exp():forward(torch.zeros(2)), nn.Log():forward(torch.ones(2)))
print(nn.Abs():forward(-m))
print(nn.MM():forward{m, m:t()})
print(nn.Normalize(2):forward(torch.Tensor{3, 4}))
print(nn.View(6):forward(m), nn.Reshape(3, 2):forward(m), nn.Transpose({1, 2}):forward(m))

-- 4. Containers
-- A container is a layer made of layers. Sequential puts one after the other; Parallel gives each a slice of the input,
-- Concat gives each the same input, and both put the outputs side by side.
seq = nn.Sequential():add(nn.Linear(3, 4)):add(nn.Tanh())
seq:insert(nn.Linear(3, 3), 1)
print(seq:size(), torch.type(seq:get(2)))
seq:remove(1)
print(seq)
par = nn.Parallel(1, 1):add(nn.Linear(3, 2)):add(nn.Linear(3, 1))
print(par:forward(m):size(1))
cat = nn.Concat(1):add(nn.Linear(3, 2)):add(nn.Linear(3, 3))
print(cat:forward(x):size(1))

-- 5. A layer of one's own needs only updateOutput and updateGradInput
-- What `forward` and `backward` call. This one doubles: twice the input, twice the gradient.
do
   local Double = torch.class('nn.DoubleIt', 'nn.Module')
   function Double:updateOutput(input)
      self.output:resizeAs(input):copy(input):mul(2)
      return self.output
   end
   function Double:updateGradInput(input, gradOutput)
      self.gradInput:resizeAs(gradOutput):copy(gradOutput):mul(2)
      return self.gradInput
   end
end
own = nn.Sequential():add(nn.DoubleIt()):add(nn.ReLU())
print(own)
print(own:forward(torch.Tensor{-1, 3}), own:backward(torch.Tensor{-1, 3}, torch.ones(2)))

-- 6. Pictures
-- A picture is a tensor of planes, rows and columns with numbers from 0 to 1. Saved as PNG it has 256 levels, so what
-- comes back is off by less than one of them.
picture = torch.rand(1, 32, 32)
image.display(image.scale(picture, 16, 16, 'simple'))
path = os.tmpname() .. '.png'
image.save(path, picture)
back = image.load(path, 1)
print(back:nElement(), (back:view(-1) - picture:view(-1)):abs():max() < 1 / 255)
os.remove(path)

-- 7. LeNet
-- The network that read cheques in the 1990s: two convolutions, each followed by a bend and a reduction to the largest
-- of every four neighbours, then three linear layers. The last one gives the logarithms of ten probabilities.
net = nn.Sequential()
net:add(nn.SpatialConvolution(1, 6, 5, 5))
net:add(nn.ReLU())
net:add(nn.SpatialMaxPooling(2, 2, 2, 2))
net:add(nn.SpatialConvolution(6, 16, 5, 5))
net:add(nn.ReLU())
net:add(nn.SpatialMaxPooling(2, 2, 2, 2))
net:add(nn.View(16 * 5 * 5))
net:add(nn.Linear(16 * 5 * 5, 120))
net:add(nn.ReLU())
net:add(nn.Linear(120, 84))
net:add(nn.ReLU())
net:add(nn.Linear(84, 10))
net:add(nn.LogSoftMax())
print(net)
output = net:forward(picture)
print(output)

-- 8. Train it: the loss falls
-- A criterion says how wrong an answer is, and in which direction: here, that the picture is of class 3. A step is
-- forward, backward, and a little of the gradient taken off the weights.
criterion = nn.ClassNLLCriterion()
losses = {}
for step = 1, 5 do
   net:zeroGradParameters()
   losses[step] = criterion:forward(net:forward(picture), 3)
   net:backward(picture, criterion:backward(net.output, 3))
   net:updateParameters(0.01)
end
print(losses[1] > losses[5], #losses)
for _, name in ipairs{'CrossEntropyCriterion', 'MSECriterion'} do
   local target = name == 'MSECriterion' and torch.zeros(10) or 3
   local c = nn[name]()
   print(name, c:forward(output, target) > 0, c:backward(output, target):nElement())
end
weights, gradients = net:getParameters()
print(weights:nElement(), gradients:nElement())
copy = net:clone():float()
copy:evaluate()
print(torch.type(copy:forward(picture:float())))

-- 9. A mistake is explained
-- A picture of the wrong size: the message names the layer where it could not go on.
ok, message = pcall(net.backward, net, torch.rand(1, 28, 28), criterion.gradInput)
print(ok, message:match('nn%.%w+') ~= nil)
