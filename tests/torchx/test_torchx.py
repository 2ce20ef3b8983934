"""torchx's helpers on tensors."""

from __future__ import annotations

import pytest

from th7shell.lua import LuaError
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment


@pytest.fixture(scope="module")
def lua():
    environment = Environment(MAIN)
    return lambda text: environment.load("require 'torchx'\n" + text, "=test")()


HOLD = {
    "find": """
        local t = torch.Tensor{{1, 2}, {2, 2}}
        local r = torch.find(t, 2)
        assert(#r == 3 and r[1] == 2 and r[3] == 4)
        r = t:find(2, 2)
        assert(#r == 2 and r[1][1] == 2 and r[2][2] == 2 and #torch.find(t, 9) == 0)""",
    "concat": """
        local a, b = torch.ones(2, 3), torch.zeros(2, 2)
        local c = torch.concat({a, b}, 2)
        assert(c:size(2) == 5 and c:sum() == 6)
        local res = torch.FloatTensor()
        assert(rawequal(torch.concat(res, {a, a}), res) and res:size(1) == 4)
        assert(torch.Tensor().concat({a, a}, 1):size(1) == 4)""",
    "remap": """
        local src, n = {torch.ones(2), {torch.ones(3)}}, 0
        local _, out = torch.remap(src, nil, function(x, y) n = n + 1; y:resizeAs(x):copy(x) end)
        assert(n == 2 and out[2][1]:sum() == 3)""",
    "group": """
        local t = torch.Tensor{3, 4, 5, 1, 2, 3, 3, 4}
        local groups, sorted, index = torch.group(t)
        assert(groups[3].idx:size(1) == 3 and groups[4].val:sum() == 8 and sorted[1] == 1 and index[1] == 4)
        local half = torch.group(t, function(a, b) return math.floor(a / 3) == math.floor(b / 3) end)
        assert(half[1].idx:size(1) == 2 and half[3].idx:size(1) == 6)""",
    "Queue": """
        local q = torchx.Queue()
        q:put(1) q:put('two')
        assert(not q:empty() and q:get() == 1 and q:get() == 'two' and q:empty())
        assert(not pcall(q.get, q))""",
    "treemax": """
        local t = torch.Tensor{0,0,0,0,0,13, 1,1,1,1,1,10, 0,6, 2,5, 7,5}
        local value, place = torch.treemax(t, {3, 3, 2})
        assert(value == 7 and place == 17)
        value, place = torch.treemax(t:float(), {18})
        assert(value == 13 and place == 6)""",
    "AliasMultinomial": """
        torch.manualSeed(1)
        local am = torch.AliasMultinomial(torch.Tensor{.1, .2, .3, .4})
        local out = torch.LongTensor(100, 200)
        assert(rawequal(am:batchdraw(out), out))
        for i = 1, 4 do assert(math.abs(out:eq(i):sum() / 20000 - i / 10) < .01) end
        local counts = {0, 0, 0, 0}
        for i = 1, 4000 do local k = am:draw() counts[k] = counts[k] + 1 end
        assert(math.abs(counts[4] / 4000 - .4) < .05)
        local q = torch.AliasMultinomial(torch.FloatTensor{1, 0}).q
        assert(torch.typename(q) == 'torch.FloatTensor' and q:min() == 0)
        assert(torch.AliasMultinomial(torch.ones(5):div(5)):batchdraw(torch.LongTensor(9)):max() <= 5)""",
    "nested tables": """
        local src = {torch.ones(2), {torch.ones(3):float(), x = torch.ones(2, 2)}}
        local copy = torchx.recursiveCopy(nil, src)
        assert(torchx.recursiveTensorEq(copy, src) and torchx.recursiveSum(copy) == 9)
        torchx.recursiveAdd(copy, src)
        assert(torchx.recursiveSum(copy) == 18 and not torchx.recursiveTensorEq(copy, src))
        assert(not torchx.recursiveTensorEq(torch.ones(1), src))
        torchx.recursiveFill(copy, 0) assert(torchx.recursiveSum(copy) == 0)
        assert(torchx.recursiveNormal(copy)[2].x:norm() > 0)
        assert(torch.typename(torchx.recursiveNew(src)[2][1]) == 'torch.FloatTensor')
        assert(torch.typename(torchx.recursiveType({torch.ones(1), {torch.ones(2)}}, 'torch.IntTensor')[2][1]) == 'torch.IntTensor')
        assert(torchx.recursiveBatchSize(src) == 2 and torchx.recursiveSize(src)[2].x[2] == 2)
        assert(#torchx.recursiveSize(src, 1)[1] == 0)
        assert(torchx.recursiveSub({torch.range(1, 4)}, 2, 3)[1]:sum() == 5)
        local rows = torchx.recursiveIndex(nil, {torch.range(1, 4)}, 1, torch.LongTensor{4, 1})
        assert(rows[1][1] == 4 and rows[1][2] == 1)
        local view = torchx.recursiveSet(nil, src) view[1]:fill(7) assert(src[1][2] == 7)
        assert(torchx.recursiveResizeAs({torch.Tensor()}, {torch.ones(3, 2)})[1]:size(1) == 3)""",
    "MultiCudaTensor": """
        local whole = torch.rand(6, 4):float()
        local t = torch.MultiCudaTensor(2, {whole[{{}, {1, 1}}]:clone(), whole[{{}, {2, 4}}]:clone()})
        assert(t:size(1) == 6 and t:size(2) == 4 and t:dim() == 2 and t.catdim == 2)
        assert(math.abs(t:norm() - whole:norm()) < 1e-6 and t:t().catdim == 1)
        local rows = torch.LongTensor{3, 1}
        assert((t.index(torch.FloatTensor(), t, 1, rows) - whole:index(1, rows)):norm() == 0)
        t:indexAdd(1, rows, torch.ones(2, 4):float()) whole:indexAdd(1, rows, torch.ones(2, 4):float())
        t:add(2, t) t:mul(.5) whole:mul(1.5)
        local x, y = torch.rand(3, 4):float(), torch.zeros(3, 6):float()
        t.addmm(y, 0, y, 1, x, t:t())
        assert((y - x * whole:t()):abs():max() < 1e-5)
        local f = torch.MemoryFile() f:writeObject(t) f:seek(1)
        local back = f:readObject()
        assert(back.catdim == 2 and (back.tensors[2] - t.tensors[2]):norm() == 0)
        local copy = t:clone() copy:zero() assert(copy:norm() == 0 and t:norm() > 0)
        copy:copy(t) assert(copy:norm() == t:norm())
        assert(copy:uniform(1, 2).tensors[1]:min() >= 1 and copy:resizeAs(t) == copy)""",
    "indexdir": """
        local dir = os.tmpname() os.remove(dir)
        for _, name in ipairs{'a.jpg', 'b.PNG', 'c.txt', 'sub/d.jpg', 'sub/skip.jpg'} do
           paths.mkdir(dir .. '/sub') io.open(dir .. '/' .. name, 'w'):close()
        end
        local index = paths.indexdir(dir, nil, false, 'skip*')
        local names = {}
        for i = 1, index:size() do names[i] = index:filename(i):sub(#dir + 2) end
        table.sort(names)
        assert(table.concat(names, ' ') == 'a.jpg b.PNG sub/d.jpg')
        assert(paths.indexdir({dir}, 'txt'):size() == 1)
        os.remove(dir .. '/c.txt')
        assert(paths.indexdir({dir}, 'txt', true):size() == 1)
        os.remove(index.cachefile)
        assert(not pcall(paths.indexdir, dir, 'txt'))
        paths.rmall(dir, 'yes')""",
    "other names": """
        assert(torch.md5.sumhexa 'x' == require('md5').sumhexa 'x' and torch.json.encode{1} == '[1]')
        torchx.extend({'Float'}, {shout = function(t) return t:sum() end}, true)
        assert(torch.FloatTensor{1, 2}:shout() == 3 and ffi == require 'ffi')
        assert(require 'torchx.Queue' and require 'torchx.AliasMultinomial')""",
}  # fmt: skip


@pytest.mark.parametrize("text", HOLD.values(), ids=HOLD)
def test_it_holds(lua, text):
    lua(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("torch.find(torch.ones(2), 1, 2)", "only supports matrices"),
        ("torch.find(torch.ones(2, 2), 1, 1)", "only supports dim=2"),
        ("torch.concat({torch.ones(2, 3), torch.ones(3, 2)})", "Cannot concat dim 2"),
        ("torch.concat({1})", "Expecting table of torch.Tensors at arg 2 : number"),
        ("torch.remap(1, 2, print)", "Got number and number instead"),
        ("torch.group(1)", "expecting torch.Tensor for arg 3"),
        ("torch.treemax(torch.ones(4), {3})", "4 elements, 3 parts"),
        ("torch.treemax(torch.ones(2, 2), {3})", "assertion failed!"),
        ("torch.AliasMultinomial(3)", "a tensor expected, got number"),
        ("torch.AliasMultinomial(torch.Tensor{1}):batchdraw(torch.Tensor(2))", "assertion failed!"),
        ("torchx.recursiveAdd(1, torch.ones(1))", "Got number and torch.DoubleTensor instead"),
        ("torchx.recursiveCopy(nil, 1)", "Got nil and number instead"),
        ("torchx.recursiveSum(1)", "expecting tensor or table thereof. Got number instead"),
        ("torchx.extend({'x'}, {})", "there is no class x"),
        ("paths.indexdir('/nowhere of all')", "Could not find any files"),
        ("paths.indexdir({1})", "names of folders and endings expected"),
    ],
)
def test_errors(lua, text, message):
    with pytest.raises(LuaError, match=message):
        lua(text)
