"""`require 'export'`: what Python's functions do, with Lua's values."""

from __future__ import annotations

import importlib.util

import pytest

from th7shell import nn, torch
from th7shell.export import Options, in_lua
from th7shell.lua import LuaError
from th7shell.session.environment import Environment

START = """
require 'nn'
local export = require 'export'
torch.manualSeed(1)
local net = nn.Sequential():add(nn.Linear(3, 4)):add(nn.Tanh()):add(nn.Linear(4, 2))
local x = torch.randn(5, 3)
local y = net:forward(x):clone()
local function same(other) return other:forward(x:typeAs(other:get(1).weight)):double():dist(y) < 1e-5 end
"""

CASES = {
    "save and load": """
        for _, kind in ipairs{'t7', 'safetensors', 'npz', 'lua'} do
           local said = export.save('net.' .. kind, net)
           assert(#said == 0 and same(export.load('net.' .. kind)), kind)
        end
        assert(export.load('net.t7', {mapped = true}):get(1).weight:equal(net:get(1).weight))
        export.save('float.t7', net, {float = true, mode = 'ascii'})
        return export.load('float.t7'):type() == 'torch.FloatTensor' and net:type() == 'torch.DoubleTensor'
    """,
    "PyTorch's names": """
        export.save('w.safetensors', net, {names = 'torch'})
        local state = export.load('w.safetensors')
        return state[0].weight:equal(net:get(1).weight) and state[2].bias:equal(net:get(3).bias)
    """,
    "convert says what is amiss": """
        torch.save('w.t7', {['0'] = {weight = torch.ones(4, 3)}, extra = torch.ones(2)})
        local f = io.open('net.lua', 'w')
        f:write("require 'nn' return nn.Sequential():add(nn.Linear(3, 4))") f:close()
        local said = export.convert('w.t7', 'out.t7', {into = 'net.lua'})
        assert(said[1] == 'not in the file, left as they were: 0.bias (4)', said[1])
        assert(said[2] == 'not in the net, left out: extra (2)', said[2])
        local heard = {}
        export.convert('w.t7', 'out.t7', {into = 'net.lua', say = function(line) heard[#heard + 1] = line end})
        return #heard == 2 and export.load('out.t7'):get(1).weight:sum() == 12
    """,
    "inspect": """
        torch.save('net.t7', net)
        local report = export.inspect('net.t7')
        assert(report.nets[1].parameters == 26 and report.what:find('binary') and report.size > 500)
        assert(report.value:get(1).weight:equal(net:get(1).weight) and report.nothing == nil)
        local highest
        for _, t in ipairs(report.tensors) do if t.path == 'modules.1.weight' then highest = t.max end end
        assert(highest == net:get(1).weight:max())
        assert(tostring(report):find('26 parameters', 1, true) and not tostring(report):find(' mean ', 1, true))
        local sized = export.inspect(net, {input = {7, 3}, tensors = true})
        return tostring(sized):find('7x2', 1, true) and tostring(sized):find(' mean ', 1, true) and sized.size == nil
    """,
    "state_dict": """
        local state = export.state_dict(net)
        state['2.bias']:fill(7)
        assert(net:get(3).bias:sum() == 14)
        local other = net:clone():reset() or net:clone()
        local missing, unexpected = export.load_state_dict(other, state)
        assert(next(missing) == nil and next(unexpected) == nil)
        missing, unexpected = export.load_state_dict(other, {['0.weight'] = torch.zeros(4, 3), ['7.bias'] = torch.ones(2)})
        return other:get(1).weight:sum() == 0 and unexpected['7.bias'][1] == 2 and missing['0.bias'][1] == 4
           and missing['0.weight'] == nil
    """,
    "ONNX": """
        local bytes = export.to_onnx(net, {2, 3})
        assert(same(export.from_onnx(bytes)))
        local f = io.open('net.onnx', 'wb') f:write(bytes) f:close()
        local two = nn.ParallelTable():add(nn.Tanh()):add(nn.ReLU())
        return same(export.load('net.onnx')) and #export.to_onnx(two, {{2, 3}, {2, 4}}) > 100
    """,
    "PyTorch's source": """
        local source, weights = export.to_torch_source(net, {2, 3}, 'Small')
        return source:find('class Small%(nn.Sequential%)') and weights['fc1.weight']:equal(net:get(1).weight)
    """,
}  # fmt: skip

WRONG = {
    "export.load()": "export.load: a file name expected at arg 1, got nil",
    "export.load('no.t7')": "no.t7: No such file or directory",
    "export.save('x.npz', net, 'torch')": "export.save: a table of options expected at arg 3",
    "export.convert('a', 'b', {nmes = 'torch'})": "it has no option 'nmes': did you mean 'names'?",
    "export.save('x.xyz', net)": "its ending says no format to write",
    "export.inspect(net, {deep = 1})": "export.inspect: it has no option 'deep'",
    "export.load_state_dict(net, {a = torch.ones(1)})": "no tensor of the file is one of the net's",
    "export.load_state_dict(net, {['0.bias'] = torch.ones(3)})": "0.bias is 3, the net's 4",
    "export.to_torch_source(nn.Sequential():add(nn.Kmeans(2, 3)), {1, 3})": "nn.Kmeans at (1)",
    "export.from_onnx(net)": "export.from_onnx: a string expected, got nn.Sequential",
}


@pytest.fixture
def lua(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Environment()


@pytest.mark.parametrize("case", CASES)
def test_programs(case, lua):
    if case == "ONNX" and importlib.util.find_spec("onnx") is None:
        pytest.skip("needs onnx")
    assert lua.load(START + CASES[case], "=program")()


@pytest.mark.parametrize("call", WRONG)
def test_errors(call, lua, tmp_path):
    if "onnx" in call and importlib.util.find_spec("onnx") is None:
        pytest.skip("needs onnx")
    with pytest.raises(LuaError) as caught:
        lua.load(f"{START} return {call}", "=program")()
    assert WRONG[call] in str(caught.value) and "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_each_function_has_its_page_and_pythons_its_own():
    from th7shell import export

    for function in in_lua.FUNCTIONS:
        assert f"export.{function.__name__}(" in function.__doc__
        assert vars(in_lua.TABLE)[function.__name__] is function
        assert getattr(export, function.__name__).__doc__
    assert in_lua.OPTIONS.keys() | {"progress"} == vars(Options()).keys()


def test_programs_that_build_nets(lua, tmp_path):
    from th7shell import export

    lines = {
        "returned": "require 'nn' return nn.Linear(2, 3)",
        "a table": "require 'nn' return {model = nn.Linear(2, 3)}",
        "a global": "require 'nn' model = nn.Linear(2, 3)",
        "no net": "print = print",
        "several": "require 'nn' one = nn.Linear(2, 3) two = nn.Linear(2, 3)",
        "a function": "return function() end",
        "an error": "error('as it\\nwas')",
        "no Lua": "return = 3",
    }
    said = {
        "no net": "it leaves no net behind; let its last line return the net",
        "several": r"it leaves several nets behind \(one, two\)",
        "a function": "it returns a function",
        "an error": "net.lua:1: as it$",
        "no Lua": "net.lua:1: ",
    }
    torch.save(tmp_path / "w.t7", nn.Linear(2, 3))
    for case, line in lines.items():
        (tmp_path / "net.lua").write_text(line)
        for name in ("model", "one", "two"):
            lua.globals[name] = None
        if case not in said:
            export.convert("w.t7", "out.t7", into="net.lua")
            made = torch.load("out.t7")
            made = made["model"] if case == "a table" else made
            assert made.weight.equal(torch.load("w.t7").weight)
            (tmp_path / "out.t7").unlink()
            continue
        with pytest.raises(export.ExportError, match=said[case]) as caught:
            export.convert("w.t7", "out.t7", into="net.lua")
        assert "\n" not in str(caught.value) and not (tmp_path / "out.t7").exists()
