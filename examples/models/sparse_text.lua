-- A linear classifier of sentences in three forms that never build the dense matrix of word counts: nn.SparseLinear
-- on {word, count} pairs, nn.IndexLinear on keys and values, and an nn.LookupTable whose vectors are averaged (bag
-- of words). The corpus is made up and stands below.
require 'nn'
torch.manualSeed(1)

local PASSES, RATE = 30, 0.5
local SUBJECTS = {'weather', 'kitchen', 'music'}
local corpus = {
   {'cold rain and wind in the morning', 'the sun comes out after the storm', 'snow falls on the hills tonight',
    'clouds and a little rain later', 'warm wind and a clear sky', 'fog in the valley until the sun comes out'},
   {'stir the soup and add some salt', 'bake the bread in a hot oven', 'chop the onions and fry them in butter',
    'the cake needs sugar and flour', 'a little pepper for the soup', 'serve the warm bread with butter'},
   {'the band plays a slow song', 'she tunes the old guitar', 'drums and bass begin the song',
    'a choir sings in the hall tonight', 'he plays the piano in the morning', 'the guitar and the drums are loud'},
}

-- the vocabulary, and each sentence as its words' numbers and counts
local number, words, sentences, labels = {}, 0, {}, {}
for subject, lines in ipairs(corpus) do
   for _, line in ipairs(lines) do
      local order, count = {}, {}
      for word in line:gmatch('%a+') do
         if not number[word] then
            words = words + 1
            number[word] = words
         end
         local n = number[word]
         if not count[n] then order[#order + 1] = n end
         count[n] = (count[n] or 0) + 1
      end
      local counts = {}
      for i, n in ipairs(order) do counts[i] = count[n] end
      table.insert(sentences, {keys = torch.LongTensor(order), values = torch.Tensor(counts)})
      table.insert(labels, subject)
   end
end
local target = torch.Tensor(labels)
print(string.format('%d sentences, %d words, %d subjects', #sentences, words, #SUBJECTS))

-- the same sentences in the form that each layer takes
local pairsOfAll, keys, values, longest = {}, {}, {}, 0
for i, s in ipairs(sentences) do
   pairsOfAll[i] = torch.cat(s.keys:double():view(-1, 1), s.values:view(-1, 1), 2)
   keys[i], values[i] = s.keys, s.values
   longest = math.max(longest, s.keys:size(1))
end
local PAD = words + 1
local padded = torch.Tensor(#sentences, longest):fill(PAD)
for i, s in ipairs(sentences) do padded[i]:narrow(1, 1, s.keys:size(1)):copy(s.keys) end

local bag = nn.LookupTable(PAD, 16, PAD)   -- the padding's vector gets no gradient
bag.weight[PAD]:zero()
local models = {
   {'SparseLinear', nn.SparseLinear(words, #SUBJECTS), pairsOfAll},
   {'IndexLinear', nn.IndexLinear(words, #SUBJECTS), {keys, values}},
   {'LookupTable', nn.Sequential():add(bag):add(nn.Mean(2)):add(nn.Linear(16, #SUBJECTS)), padded},
}

for _, model in ipairs(models) do
   local name, layer, input = unpack(model)
   local net, criterion = nn.Sequential():add(layer):add(nn.LogSoftMax()), nn.ClassNLLCriterion()
   local first, last
   for pass = 1, PASSES do
      net:zeroGradParameters()
      last = criterion:forward(net:forward(input), target)
      net:backward(input, criterion:backward(net.output, target))
      net:updateParameters(RATE)
      first = first or last
      if pass == 1 or pass % 10 == 0 then print(string.format('%-12s  pass %2d  loss %.4f', name, pass, last)) end
   end
   assert(last < 0.6 * first, name .. ': the loss did not fall')
   local _, guess = net:forward(input):max(2)
   local right = guess:squeeze():typeAs(target):eq(target):sum()
   print(string.format('%-12s  %d of %d sentences right', name, right, #sentences))
end
