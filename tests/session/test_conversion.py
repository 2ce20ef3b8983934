"""`:inspect` and `:convert`: of files and of values."""

from __future__ import annotations

import os

import pytest

from th7shell import export, torch


@pytest.fixture
def net(session, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session.evaluate("net = nn.Sequential():add(nn.Linear(3, 2)):add(nn.Tanh())")
    session.evaluate("torch.save('net.t7', net)")
    return session


def said(session, entry, code=0):
    outcome = session.evaluate(entry)
    assert outcome.kind == "command" and outcome.code == code, outcome
    return outcome.shown


def test_inspect(net):
    assert "net.t7: a binary .t7 file" in said(net, ":inspect net.t7")
    for entry in (":inspect net --input 5x3", ":inspect 'net.t7' --input 5x3 --tensors"):
        text = said(net, entry)
        assert "8 parameters (64 bytes), 30 multiply-adds for an input of 5x3" in text
    assert "net.t7" not in said(net, ":inspect net")
    assert "modules: table of 2" in said(net, ":inspect net --tree")
    assert "a: 5" in said(net, ":inspect {a = 5}")


def test_convert(net):
    assert said(net, ":convert net.t7 net.npz").startswith("net.npz: ")
    assert said(net, ":convert net 'out.safetensors' --names torch").startswith("out.safetensors: ")
    assert export.load("out.safetensors")[0].weight.nElement() == 6
    said(net, ":convert net, small.t7 --float --no-state")
    assert torch.load("small.t7").modules[1].weight.type() == "torch.FloatTensor"
    assert said(net, ":convert {torch.ones(3)} t.npz").startswith("t.npz")
    assert net.environment.globals.net.modules[1].weight.type() == "torch.DoubleTensor"
    assert "left out" in said(net, ":convert {torch.ones(3), print} t.npz")


WRONG = {
    ":inspect": "usage: :inspect file|value",
    ":inspect nothing.t7": "no file nothing.t7",
    ":inspect net --input 3y": "is no size",
    ":inspect net --wrong": "unrecognized arguments: --wrong",
    ":convert net": "usage: :convert",
    ":convert net net.xyz": "its ending says no format to write",
    ":convert net.t7 no/net.npz": "No such file or directory",
    ":convert net 'a": "usage: :convert",
}


@pytest.mark.parametrize("entry", WRONG)
def test_wrong_use(entry, net):
    outcome = net.evaluate(entry)
    assert outcome.code == 1 and WRONG[entry] in outcome.shown
    assert os.listdir() == ["net.t7"]
