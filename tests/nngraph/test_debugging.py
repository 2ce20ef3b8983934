"""Names, labels and pictures of nodes, and the graph that is saved when a run fails."""

from __future__ import annotations

import re
import shutil

import pytest

from th7shell import nn
from th7shell.lua import LuaError
from th7shell.nngraph.debugging import annotateNodes, setDebug
from th7shell.nngraph.gmodule import gModule


def test_nodes_are_named_after_locals(lua):
    assert (
        lua("""
        local function build()
           local inp = nn.Identity()()
           local hidden, given = nn.Tanh()(inp), nn.Abs()(inp):annotate{name = 'mine'}
           nngraph.annotateNodes()
           return inp, hidden, given
        end
        local outer = nn.Identity()()
        local function deeper() nngraph.annotateNodes(2) end
        deeper()
        local names = {}
        for i, node in ipairs{outer, build()} do names[i] = node.data.annotations.name end
        return table.concat(names, ' ')""")
        == "outer inp hidden mine"
    )


def test_nodes_are_named_after_python_variables():
    first = nn.Identity()()
    annotateNodes()
    assert first.data.annotations.name == "first"
    assert first.data.annotations._debugLabel.startswith(f"[{__file__}]:")


def test_labels(lua):
    assert lua("""
        local x = nn.Identity()():annotate{name = 'in', description = 'What comes in'}
        local y = nn.CAddTable(){nn.Tanh()(x), nn.Abs()(x)}
        local net = nn.gModule({x}, {y})
        net:forward(torch.Tensor{1, 0/0})
        return x:label() .. '|' .. y:label() .. '|' .. net.fg.nodes[2]:graphNodeName()""") == (
        "desc = What comes in\\ninput = {Tensor[2]NaN}\\lmodule = nn.Identity\\lreverseMap = {}|"
        "input = {Tensor[2]NaN,Tensor[2]NaN}\\lmodule = nn.CAddTable\\lreverseMap = {}"
        "\\lmapindex = {Node3,Node4}|Node2"
    )


def test_pictures(lua, tmp_path):
    text = lua(f"""
        local x = nn.Identity()():annotate{{name = 'in', graphAttributes = {{color = 'red'}}}}
        local net = nn.gModule({{x}}, {{nn.Linear(2, 3)(nn.Identity()(nn.Tanh()(x)))}})
        graph.dot(net.fg, 'T', '{(tmp_path / "net").as_posix()}')
        return nngraph.simple_print.todot(net.fg, 'T')""")
    drawn = (tmp_path / "net.dot").read_text()
    assert '[color=red label="in (' in drawn
    assert 'tooltip="[case]:2_"' in drawn
    assert "nn.Identity" not in text
    assert len(re.findall(r"n\d+ -> n\d+;", text)) == 1
    assert text.count("label=") == 3


def test_a_failing_run_saves_its_graph(lua, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    plain = gModule.updateGradInput
    build = """
        local x = nn.Identity()()
        net = nn.gModule({x}, {nn.Tanh()(nn.Linear(2, 3)(x))})
        net.name = 'shown'
        return net:forward(torch.rand(7))"""
    setDebug(True)
    try:
        for _ in range(2):
            with pytest.raises(LuaError, match=r"size mismatch") as caught:
                lua(build)
            assert "stack traceback" in caught.value.value
    finally:
        setDebug(False)
    saved = sorted(tmp_path.iterdir())
    assert len(saved) == 2
    assert gModule.updateGradInput is plain
    text = saved[0].read_text()
    red = next(line for line in text.splitlines() if "fillcolor=red" in line)
    number = red.partition("[")[0]
    label = next(line for line in text.splitlines() if line.startswith(f'{number}[label="'))
    assert f'"Node{number[1:]}\\n' in label and "module = nn.Linear" in label
