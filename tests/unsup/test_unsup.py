"""unsup: what upstream's own Lua files print on the same engine, and what is ours alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from th7shell.lua import LuaError
from th7shell.session.environment import Environment

RECORDED = Path(__file__).parent / "recorded"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?")


@pytest.fixture(scope="module")
def lua():
    environment = Environment()
    environment.load("require 'unsup' torch.manualSeed(3)", "=test")()
    return lambda text: environment.load(text, "=test")()


def test_it_agrees_with_upstreams_files(capfd):
    """agreement.out is what agreement.lua printed with koraykv/unsup's Lua files on LUA_PATH, but
    for its cost of maps, which counts overlapping windows by a loop."""
    environment = Environment()
    environment.load_file(str(RECORDED / "agreement.lua"))()
    lines = capfd.readouterr().out.splitlines()
    expected = (RECORDED / "agreement.out").read_text().splitlines()
    assert len(lines) == len(expected)
    for line, wanted in zip(lines, expected):
        assert NUMBER.sub("#", line) == NUMBER.sub("#", wanted)
        ours, theirs = (list(map(float, NUMBER.findall(text))) for text in (line, wanted))
        assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-9), line


HOLD = {
    "shrinkage is in place and gives the tensor": """
        local t = torch.Tensor{-3, -1, 0, .5, 2}
        local r = t:shrinkage(1)
        assert(rawequal(r, t) and t[1] == -2 and t[2] == 0 and t[4] == 0 and t[5] == 1)
        assert(torch.FloatTensor{5}:shrinkage(0)[1] == 5)""",
    "a sparse code gets better with lambda small": """
        local x = torch.randn(8)
        local sparse, dense = unsup.LinearFistaL1(8, 12, 1), unsup.LinearFistaL1(8, 12, .01)
        dense.D.weight:copy(sparse.D.weight)
        sparse:updateOutput(x) dense:updateOutput(x)
        assert(sparse.code:ne(0):sum() <= dense.code:ne(0):sum())
        assert((dense.D.output - x):norm() < (sparse.D.output - x):norm())""",
    "whitened data have the identity as covariance": """
        local d = torch.randn(200, 5) * torch.randn(5, 5)
        for _, name in ipairs{'zca', 'pca'} do
           local w, m, P, inv = unsup[name .. '_whiten'](d)
           local c = torch.mm(w:t(), w):div(199)
           assert((c - torch.eye(5)):abs():max() < 1e-2, name)
           assert((unsup[name .. '_colour'](w, m, P, inv) - d):abs():max() < 1e-8, name)
        end""",
    "k-means finds groups": """
        local d = torch.cat(torch.randn(30, 2):mul(.1):add(4), torch.randn(30, 2):mul(.1):add(-4), 1)
        local c, n = unsup.kmeans(d, 2, 10)
        local low, high = math.min(c[1][1], c[2][1]), math.max(c[1][1], c[2][1])
        assert(math.abs(low + 4) < .2 and math.abs(high - 4) < .2 and n:sum() == 600)""",
    "models are saved and cloned": """
        local m = unsup.LinearPSD(4, 6, .1, .5, {encoderType = 'tanh'})
        local x = torch.randn(4)
        local value = m:updateOutput(x)
        local f = torch.MemoryFile() f:writeObject(m) f:seek(1)
        local back = f:readObject()
        back.decoder.params.L = 0.1 m.decoder.params.L = 0.1
        assert(math.abs(back:updateOutput(x) - (m:updateOutput(x))) < 1e-12)
        assert(torch.typename(back.decoder) == 'unsup.LinearFistaL1' and value > 0)""",
    "the original's C library": """
        local kept = unsup
        local lib = require 'libunsup'
        assert(lib == unsup and next(lib) == nil)
        assert(select(2, pcall(require, 'libunsup.part')):find("module 'libunsup.part' not found", 1, true))
        unsup = kept""",
    "files answer": """
        for _, name in ipairs{'AutoEncoder', 'psd', 'LinearPsd', 'kmeans', 'whitening', 'UnsupTrainer'} do
           assert(require('unsup.' .. name))
        end""",
}  # fmt: skip


@pytest.mark.parametrize("text", HOLD.values(), ids=HOLD)
def test_it_holds(lua, text):
    lua(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("unsup.UnsupModule():normalize()", "has to implement normalize function"),
        ("unsup.LinearPSD(2, 3, 1, 1, {encoderType = 'x'})", 'params.encoderType unknown " x'),
        ("unsup.kmeans(torch.ones(2, 2))", "missing argument: centroids,count = unsup.kmeans"),
        ("unsup.kmeans(torch.ones(2), 2)", "a tensor of rows expected"),
        ("unsup.zca_colour(torch.ones(2, 2))", "assertion failed!"),
        ("torch.ones(2):shrinkage(-1)", "Lambda should be non-negative"),
        ("torch.ones(2):shrinkage('x')", "number expected, got string"),
        ("nn.Diag(3):forward(torch.ones(2))", "nn.Diag: 3 rows expected"),
        ("unsup.SpatialConvFistaL1(nn.tables.full(1, 2), 5, 5, 4, 4, 1)", "a kernel of 5 on an input of 4"),
        ("unsup.UnsupTrainer(nn.Linear(2, 2), {}):train{maxiter = 0, eta = 1, hessian = true}", None),
    ],
)  # fmt: skip
def test_errors(lua, text, message):
    if message is None:
        lua(text)
        return
    with pytest.raises(LuaError, match=re.escape(message)):
        lua(text)
