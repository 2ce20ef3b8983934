-- A character LSTM from nn modules alone: one cell as a network of tables, unrolled over time by clones that share
-- its weights (`cell:clone('weight', 'bias', 'gradWeight', 'gradBias')`), trained by backpropagation through time
-- on a sonnet, then asked to write a line.
require 'nn'
require 'optim'
torch.manualSeed(1)

local HIDDEN, TIME, STREAMS, STEPS = 48, 12, 8, 120

-- data: W. Shakespeare, sonnet 18 (1609)
local text = [[
Shall I compare thee to a summer's day?
Thou art more lovely and more temperate:
Rough winds do shake the darling buds of May,
And summer's lease hath all too short a date;
Sometime too hot the eye of heaven shines,
And often is his gold complexion dimm'd;
And every fair from fair sometime declines,
By chance or nature's changing course untrimm'd;
But thy eternal summer shall not fade,
Nor lose possession of that fair thou ow'st;
Nor shall death brag thou wander'st in his shade,
When in eternal lines to time thou grow'st:
So long as men can breathe or eyes can see,
So long lives this, and this gives life to thee.
]]
local number, letters, codes = {}, {}, torch.Tensor(#text)
for i = 1, #text do
   local letter = text:sub(i, i)
   if not number[letter] then
      letters[#letters + 1] = letter
      number[letter] = #letters
   end
   codes[i] = number[letter]
end
-- The text as parallel streams, one a row: column t is what all of them read at time t.
local length = math.floor((#text - 1) / STREAMS)
local inputs = codes:narrow(1, 1, STREAMS * length):view(STREAMS, length)
local targets = codes:narrow(1, 2, STREAMS * length):view(STREAMS, length)
print(string.format('%d characters, %d different, %d streams of %d', #text, #letters, STREAMS, length))

-- cell: {letter, c, h} -> {log-probabilities of the next letter, c', h'}
local function on(index, layer) return nn.Sequential():add(nn.SelectTable(index)):add(layer) end
local function pair(a, b) return nn.ConcatTable():add(nn.SelectTable(a)):add(nn.SelectTable(b)) end
local function product(a, b) return nn.Sequential():add(pair(a, b)):add(nn.CMulTable()) end
local function gate(k, transfer) return nn.Sequential():add(nn.Select(2, k)):add(transfer) end

local gates = nn.Sequential()
   :add(nn.ConcatTable():add(on(1, nn.LookupTable(#letters, 4 * HIDDEN))):add(on(3, nn.Linear(HIDDEN, 4 * HIDDEN))))
   :add(nn.CAddTable())
   :add(nn.View(-1, 4, HIDDEN))
   :add(nn.ConcatTable()
      :add(gate(1, nn.Sigmoid()))    -- 1: input
      :add(gate(2, nn.Sigmoid()))    -- 2: forget
      :add(gate(3, nn.Sigmoid()))    -- 3: output
      :add(gate(4, nn.Tanh())))      -- 4: candidate
local memory = nn.Sequential()       -- of {input, forget, output, candidate, c}: forget * c + input * candidate
   :add(nn.ConcatTable():add(product(2, 5)):add(product(1, 4)))
   :add(nn.CAddTable())
local shown = nn.Sequential()        -- of {c', output}: tanh(c') * output
   :add(nn.ParallelTable():add(nn.Tanh()):add(nn.Identity()))
   :add(nn.CMulTable())
local cell = nn.Sequential()
   :add(nn.ConcatTable():add(gates):add(nn.SelectTable(2)))
   :add(nn.FlattenTable())
   :add(nn.ConcatTable():add(memory):add(nn.SelectTable(3)))
   :add(nn.ConcatTable():add(nn.SelectTable(1)):add(shown))
   :add(nn.ConcatTable()
      :add(on(2, nn.Sequential():add(nn.Linear(HIDDEN, #letters)):add(nn.LogSoftMax())))
      :add(nn.SelectTable(1))
      :add(nn.SelectTable(2)))

-- one clone for each time step; parameters first, so that all clones lie in the flat tensor
local parameters, gradients = cell:getParameters()
parameters:uniform(-0.1, 0.1)
local cells, criterions = {}, {}
for t = 1, TIME do
   cells[t] = cell:clone('weight', 'bias', 'gradWeight', 'gradBias')
   criterions[t] = nn.ClassNLLCriterion()
end
assert(cells[TIME]:parameters()[1]:storage() == parameters:storage())
print(string.format('%d parameters in %d steps of time', parameters:nElement(), TIME))

-- training: windows of the streams one after the other; c and h go on from window to window
local zero = torch.zeros(STREAMS, HIDDEN)
local start, c0, h0 = 1, zero, zero
local function evaluate()
   gradients:zero()
   local loss, seen, c, h = 0, {}, c0, h0
   for t = 1, TIME do
      seen[t] = {inputs:select(2, start + t - 1):clone(), c, h}
      local out = cells[t]:forward(seen[t])
      loss = loss + criterions[t]:forward(out[1], targets:select(2, start + t - 1))
      c, h = out[2], out[3]
   end
   local dc, dh = zero, zero
   for t = TIME, 1, -1 do
      local dout = criterions[t]:backward(cells[t].output[1], targets:select(2, start + t - 1))
      local back = cells[t]:backward(seen[t], {dout, dc, dh})
      dc, dh = back[2], back[3]
   end
   c0, h0 = c:clone(), h:clone()
   gradients:clamp(-5, 5)
   return loss / TIME, gradients
end

local settings = {learningRate = 0.01, alpha = 0.95}
local first, last
for step = 1, STEPS do
   local _, losses = optim.rmsprop(evaluate, parameters, settings)
   first = first or losses[1]
   last = last and 0.9 * last + 0.1 * losses[1] or losses[1]
   if step == 1 or step % 20 == 0 then print(string.format('step %3d  loss %.4f', step, last)) end
   start = start + TIME
   if start + TIME - 1 > length then start, c0, h0 = 1, zero, zero end
end
assert(last < 0.6 * first, 'the loss did not fall')

-- sampling: letters drawn by the cell's probabilities, sharpened a little
local written, c, h = {'S'}, torch.zeros(1, HIDDEN), torch.zeros(1, HIDDEN)
while #written < 60 do
   local out = cell:forward{torch.Tensor{number[written[#written]]}, c, h}
   local letter = letters[torch.multinomial(torch.exp(out[1] * 1.5), 1)[1][1]]
   if letter == '\n' then break end
   written[#written + 1] = letter
   c, h = out[2]:clone(), out[3]:clone()
end
print('it writes: ' .. table.concat(written))
