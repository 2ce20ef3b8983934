-- A character model of a text: an LSTM cell drawn as a graph (nngraph), unrolled by clones that share its weights,
-- trained with rmsprop, saved with everything needed to go on, resumed, and sampled.
--   th char_rnn.lua -steps 300 -save out/net.t7        train and save
--   th char_rnn.lua -resume out/net.t7 -steps 100      go on
--   th char_rnn.lua -resume out/net.t7 -steps 0        only write
require 'nngraph'
require 'optim'

local here = paths.dirname(paths.thisfile())
local cmd = torch.CmdLine()
cmd:text('Train a character LSTM and let it write.')
cmd:option('-text', paths.concat(here, 'sonnets.txt'), 'what it learns (W. Shakespeare, sonnets 18, 29, 73, 116)')
cmd:option('-hidden', 64, 'size of the state')
cmd:option('-time', 24, 'characters unrolled')
cmd:option('-streams', 16, 'places in the text that are read side by side')
cmd:option('-steps', 300, 'training steps')
cmd:option('-rate', 0.01, 'learning rate')
cmd:option('-seed', 1, 'seed of the random numbers')
cmd:option('-save', '', 'where the model goes')
cmd:option('-resume', '', 'a saved model to go on from')
cmd:option('-length', 160, 'characters to write at the end')
cmd:option('-temperature', 0.6, 'below 1: likelier characters')
local opt = cmd:parse(arg or {})
torch.manualSeed(opt.seed)

-- model: what is saved; a resumed one keeps its size and its alphabet
local file = assert(io.open(opt.text))
local text = file:read('*a')
file:close()
local function alphabet(s)
   local known, letters = {}, {}
   for letter in s:gmatch('.') do
      known[letter] = true
   end
   for letter in pairs(known) do
      letters[#letters + 1] = letter
   end
   table.sort(letters)
   return letters
end

local function lstm(letters, hidden)
   local letter, c, h = nn.Identity()(), nn.Identity()(), nn.Identity()()
   local from_letter = nn.LookupTable(letters, 4 * hidden)(letter)
   local from_state = nn.Linear(hidden, 4 * hidden)(h)
   local sums = nn.SplitTable(2)(nn.View(-1, 4, hidden)(nn.CAddTable()({from_letter, from_state})))
   local i, f, o, g = sums:split(4)
   local kept = nn.CMulTable()({nn.Sigmoid()(f), c})
   local new = nn.CMulTable()({nn.Sigmoid()(i), nn.Tanh()(g)})
   local next_c = nn.CAddTable()({kept, new})
   local next_h = nn.CMulTable()({nn.Sigmoid()(o), nn.Tanh()(next_c)})
   local scores = nn.LogSoftMax()(nn.Linear(hidden, letters)(next_h))
   return nn.gModule({letter, c, h}, {scores, next_c, next_h})
end

local model
if opt.resume ~= '' then
   model = torch.load(opt.resume)
else
   local letters = alphabet(text)
   model = {letters = letters, hidden = opt.hidden, cell = lstm(#letters, opt.hidden), steps = 0,
            optimizer = {learningRate = opt.rate, alpha = 0.95}}
end
local number = {}
for i, letter in ipairs(model.letters) do
   number[letter] = i
end
local weights, gradients = model.cell:getParameters()
if model.steps == 0 then
   weights:uniform(-0.1, 0.1)
end

-- data: streams x length, column t is what all streams read at time t
local codes = torch.Tensor(#text)
for i = 1, #text do
   codes[i] = assert(number[text:sub(i, i)], 'a character that the model does not know')
end
local length = math.floor((#text - 1) / opt.streams)
local inputs = codes:narrow(1, 1, opt.streams * length):view(opt.streams, length)
local targets = codes:narrow(1, 2, opt.streams * length):view(opt.streams, length)

-- training: backpropagation through time; the state goes on from one piece of text to the next
local cells, criterion = {}, nn.ClassNLLCriterion()
for t = 1, opt.time do
   cells[t] = model.cell:clone('weight', 'bias', 'gradWeight', 'gradBias')
end
local zero = torch.zeros(opt.streams, model.hidden)
local state, at = {zero, zero}, 1
local function step(x)
   gradients:zero()
   if at + opt.time - 1 > length then
      state, at = {zero, zero}, 1
   end
   local read, answers, loss = {}, {}, 0
   local c, h = state[1], state[2]
   for t = 1, opt.time do
      read[t] = {inputs:select(2, at + t - 1), c, h}
      answers[t], c, h = unpack(cells[t]:forward(read[t]))
      loss = loss + criterion:forward(answers[t], targets:select(2, at + t - 1)) / opt.time
   end
   state = {c:clone(), h:clone()}
   local grad_c, grad_h = zero, zero
   for t = opt.time, 1, -1 do
      local grad = criterion:backward(answers[t], targets:select(2, at + t - 1)):div(opt.time)
      local _
      _, grad_c, grad_h = unpack(cells[t]:backward(read[t], {grad, grad_c, grad_h}))
   end
   gradients:clamp(-1, 1)
   at = at + opt.time
   return loss, gradients
end

local sum = 0
for i = 1, opt.steps do
   local _, losses = optim.rmsprop(step, weights, model.optimizer)
   sum, model.steps = sum + losses[1], model.steps + 1
   if i % 50 == 0 then
      print(string.format('step %4d  loss %.3f', model.steps, sum / 50))
      sum = 0
   end
end
if opt.save ~= '' then
   paths.mkdir(paths.dirname(opt.save))
   torch.save(opt.save, model)
   print(('saved after %d steps'):format(model.steps))
end

-- sampling: one stream, each character drawn from what the model expects
local cell = model.cell
local zero1 = torch.zeros(1, model.hidden)
local c, h, scores, written = zero1, zero1, nil, {}
local letter = number['T'] or 1
for i = 1, opt.length do
   scores, c, h = unpack(cell:forward({torch.Tensor{letter}, c, h}))
   c, h = c:clone(), h:clone()
   letter = torch.multinomial(torch.exp(scores:div(opt.temperature)), 1)[1][1]
   written[i] = model.letters[letter]
end
print('it writes:\nT' .. table.concat(written))
