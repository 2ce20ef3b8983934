-- As much of torchnet as the engine over MPI is built on: hooks that are called, SGDEngine, an iterator.
local tnt = {}
require 'nn'
local DatasetIterator = torch.class('tnt.DatasetIterator', tnt)
function DatasetIterator:__init(count, get) self.count, self.get = count, get end
function DatasetIterator:__call__()
   local i = 0
   return function()
      i = i + 1
      if i <= self.count then return self.get(i) end
   end
end
local SGDEngine = torch.class('tnt.SGDEngine', tnt)
function SGDEngine:__init()
   self.hooks = setmetatable({}, {__call = function(hooks, name, ...)
      if hooks[name] then return hooks[name](...) end
   end})
end
function SGDEngine:train(network, criterion, iterator, lr, lrcriterion, maxepoch)
   local state = {network = network, criterion = criterion, iterator = iterator, epoch = 0, t = 0}
   for epoch = 1, maxepoch do
      for sample in iterator() do
         state.sample = sample
         self.hooks('onSample', state)
         network:forward(sample.input)
         criterion:forward(network.output, sample.target)
         self.hooks('onForwardCriterion', state)
         network:zeroGradParameters()
         criterion:backward(network.output, sample.target)
         self.hooks('onBackwardCriterion', state)
         network:backward(sample.input, criterion.gradInput)
         self.hooks('onBackward', state)
         network:updateParameters(lr)
         state.t = state.t + 1
      end
   end
end
package.loaded.torchnet = tnt
return tnt
