-- Logistic regression by L-BFGS on a table in a CSV file: two kinds of beans by length, width and weight.
--   th logistic.lua [-data FILE.csv -target COLUMN]
require 'nn'
require 'optim'
local csv = require 'csvigo'

local here = paths.dirname(paths.thisfile())
local cmd = torch.CmdLine()
cmd:text('Logistic regression by L-BFGS from a CSV file.')
cmd:option('-data', paths.concat(here, 'beans.csv'), 'a file with a line of names; the target column holds words')
cmd:option('-target', 'kind', 'the column to tell from the others')
cmd:option('-decay', 1e-3, 'weight of the squared weights in the loss')
cmd:option('-seed', 1, 'seed of the random numbers')
local opt = cmd:parse(arg or {})
torch.manualSeed(opt.seed)

-- data: a matrix of what is measured, in units of its deviation, and the number of each kind
local columns = csv.load{path = opt.data, verbose = false}
local names, kinds, kind_number = {}, {}, {}
for name in pairs(columns) do
   if name ~= opt.target then
      names[#names + 1] = name
   end
end
table.sort(names)
local count = #columns[opt.target]
local x, y = torch.Tensor(count, #names), torch.Tensor(count)
for i = 1, count do
   local kind = columns[opt.target][i]
   if not kind_number[kind] then
      kinds[#kinds + 1] = kind
      kind_number[kind] = #kinds
   end
   y[i] = kind_number[kind]
   for j, name in ipairs(names) do
      x[i][j] = tonumber(columns[name][i])
   end
end
local mean, deviation = x:mean(1), x:std(1)
x:csub(mean:expandAs(x)):cdiv(deviation:expandAs(x))
local order = torch.randperm(count):long()
x, y = x:index(1, order), y:index(1, order)
local ntrain = math.floor(count * 0.75)
local train = {x = x:narrow(1, 1, ntrain), y = y:narrow(1, 1, ntrain)}
local test = {x = x:narrow(1, ntrain + 1, count - ntrain), y = y:narrow(1, ntrain + 1, count - ntrain)}
print(('%d rows, %s from %s'):format(count, table.concat(kinds, ' or '), table.concat(names, ', ')))

-- the loss over all rows, which L-BFGS takes at once
local net = nn.Sequential():add(nn.Linear(#names, #kinds)):add(nn.LogSoftMax())
local criterion = nn.ClassNLLCriterion()
local weights, gradients = net:getParameters()
local function loss(w)
   gradients:zero()
   local answer = net:forward(train.x)
   local value = criterion:forward(answer, train.y) + opt.decay / 2 * w:dot(w)
   net:backward(train.x, criterion:backward(answer, train.y))
   return value, gradients:add(opt.decay, w)
end
local _, losses, evaluations = optim.lbfgs(loss, weights, {maxIter = 100, lineSearch = optim.lswolfe})
print(string.format('loss %.4f -> %.4f in %d steps, %d evaluations', losses[1], losses[#losses], #losses - 1, evaluations))

local confusion = optim.ConfusionMatrix(kinds)
confusion:batchAdd(net:forward(test.x), test.y)
print(confusion)
for k, kind in ipairs(kinds) do
   local row = {}
   for j, name in ipairs(names) do
      row[j] = string.format('%+.2f %s', net:get(1).weight[k][j], name)
   end
   print(('%s: %s'):format(kind, table.concat(row, '  ')))
end
