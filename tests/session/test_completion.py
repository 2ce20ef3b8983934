"""Completion and signatures over live objects; nothing of the user's is ever called."""

from __future__ import annotations

import pytest


@pytest.fixture
def live(session):
    for entry in (
        "require 'nn'; require 'image'",
        "net = nn.Sequential():add(nn.Linear(2,3)):add(nn.Tanh())",
        "t = torch.Tensor(2,3)",
        "cfg = {alpha=1, beta={gamma=2}, ['odd key']=3}",
        "calls = 0; trap = setmetatable({}, {__index=function() calls = calls + 1 end, __call=function() calls = calls + 1 end})",
    ):
        outcome = session.evaluate(entry)
        assert outcome.kind != "error", outcome.failure.message
    return session


def names(session, text):
    return [c.text for c in session.complete(text)]


HAS = [
    ("torch.ra", ["rand", "randn", "random", "randperm", "range"]),
    ("nn.Spatial", ["SpatialConvolution", "SpatialMaxPooling"]),
    ("t:na", ["narrow"]),
    ("net:forw", ["forward"]),
    ("net.modules[1]:updateO", ["updateOutput"]),
    ("net.modules[1].we", ["weight"]),
    ("net:get", ["get", "getParameters"]),
    ("nn.Linear(3,4):forw", ["forward"]),
    ("cfg.", ["alpha", "beta"]),
    ("cfg.beta.", ["gamma"]),
    ("cfg['o", ["odd key"]),
    ("('x'):up", ["upper"]),
    ("require 'op", ["optim"]),
    ("loc", ["local"]),
    ("local first_loss = 1; fir", ["first_loss"]),
    (":hist", ["history"]),
]


@pytest.mark.parametrize(("text", "expected"), HAS)
def test_candidates(live, text, expected):
    found = names(live, text)
    assert set(expected) <= set(found)
    assert len(found) < 60


ABSENT = [
    ("t.", "narrow("),
    ("cfg.", "odd key"),
    ("torch._", "rand"),
    ("net:", "modules"),
    ("zz.", "x"),
    ("(1+2).", "x"),
]


@pytest.mark.parametrize(("text", "name"), ABSENT)
def test_what_is_not_offered(live, text, name):
    assert name not in names(live, text)


def test_hidden_names_only_when_asked(live):
    live.evaluate("obj = {_hidden=1, shown=2}")
    assert names(live, "obj.") == ["shown"]
    assert names(live, "obj._") == ["_hidden"]


def test_nothing_is_called(live):
    for text in ("trap.x.", "trap.", "trap():", "trap[1].", "trap.x("):
        live.complete(text)
        live.signature(text)
        live.inspect("trap.x")
    assert list(live.evaluate("calls").values) == [0]


def test_layers_are_listed_by_family_with_arguments(live):
    found = {c.text: c for c in live.complete("nn.")}
    assert found["Linear"].arguments == "(inputSize, outputSize, [bias = true])"
    families = [c.kind for c in live.complete("nn.") if c.name.endswith("(")]
    assert families == sorted(families) and len(set(families)) > 10


def test_paths(live, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.t7").write_bytes(b"")
    assert names(live, "x = 'da") == ["data/"]
    assert names(live, "x = 'data/tr") == ["train.t7"]
    (tmp_path / "mine.lua").write_text("")
    assert "mine" in names(live, "require 'mi")
    assert names(live, "require './mi") == ["mine"]


SIGNATURES = [
    ("nn.Linear(", "nn.Linear(inputSize, outputSize, [bias = true])", 0),
    ("nn.Linear(2, ", "nn.Linear(inputSize, outputSize, [bias = true])", 1),
    ("torch.randn(", "torch.randn([res], [gen], size1, [size2 …])", 0),
]


@pytest.mark.parametrize(("text", "shown", "current"), SIGNATURES)
def test_signature(live, text, shown, current):
    found = live.signature(text)
    assert (str(found), found.current) == (shown, current)


def test_signature_of_a_lua_function(live):
    live.evaluate("function mix(left, right, ...) end")
    assert str(live.signature("mix(1, ")) == "mix(left, right, ...)"
    live.evaluate("obj = {}; function obj:add(thing) end")
    assert str(live.signature("obj:add(")) == "obj:add(thing)"
