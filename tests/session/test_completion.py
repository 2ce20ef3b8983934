"""Completion and signatures over live objects; nothing of the user's is ever called."""

from __future__ import annotations

import pytest

from th7shell.lua import rawget
from th7shell.nn import FILES
from th7shell.session.forms import FORMS, forms
from th7shell.session.members import members


@pytest.fixture
def live(session):
    for entry in (
        "require 'nn'; require 'image'",
        "net = nn.Sequential():add(nn.Linear(2,3)):add(nn.Tanh())",
        "t = torch.Tensor(2,3)",
        "word = 'x'",
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


ORDER = [  # text, the first names in order
    ("nn.SpatialConvolutionM", ["SpatialConvolutionMM", "SpatialConvolutionMap"]),
    ("nn.spatialconvolutionl", ["SpatialConvolutionLocal"]),
    ("nn.maxpool", ["SpatialAdaptiveMaxPooling", "SpatialDilatedMaxPooling"]),
    ("nn.Linear", ["Linear", "LinearWeightNorm", "Bilinear", "GatedLinearUnit"]),
    ("torch.Randn", ["randn"]),
    ("cfg['ALP", ["alpha"]),
    (":SUM", ["summary"]),
]


@pytest.mark.parametrize(("text", "first"), ORDER)
def test_what_begins_so_comes_first_then_other_capitals_then_what_holds_it(live, text, first):
    other = set() if text[:3] != "nn." else {n for n in names(live, "nn.") if n not in FILES}
    found = [name for name in names(live, text) if name not in other]  # packages add classes to nn
    assert found[: len(first)] == first


def test_all_of_a_package_is_listed_by_name(live):
    found = names(live, "nn.")
    assert found == sorted(found) and len(found) > 180


DESCRIBED = [  # text, name, kind, about
    ("nn.Lin", "Linear", "layer", "Affine map y = x·Wᵀ + b"),
    ("nn.MSE", "MSECriterion", "criterion", "The mean squared error, Σ (x - t)² / n"),
    ("nn.Seq", "Sequential", "container", "Feed the output of each module to the next"),
    ("torch.flo", "floor", "function", "Round each element down to an integer"),
    ("math.flo", "floor", "function", "Round down to an integer"),
    ("t:flo", "floor", "function", "Round each element down to an integer"),
    ("t", "t", "tensor", "2x3 torch.DoubleTensor"),
    ("ne", "net", "nn.Sequential", "Feed the output of each module to the next"),
    ("cf", "cfg", "table", "3 entries"),
    ("cfg.al", "alpha", "number", "1"),
    (":hist", "history", "command", "List the entries of this session, by number"),
    (":set prec", "precision", "setting", "digits after the point of printed tensors"),
]


@pytest.mark.parametrize(("text", "name", "kind", "about"), DESCRIBED)
def test_kind_and_a_line_about_each(live, text, name, kind, about):
    found = {c.text: c for c in live.complete(text)}[name]
    assert (found.kind, found.about) == (kind, about)


def test_every_command_and_class_is_described(live):
    assert all(c.about for c in live.complete(":"))
    assert [c.text for c in live.complete("nn.") if c.kind == "layer" and not c.about] == []


COMMANDS = [
    (":set precision=", ["4", "0", "1"]),
    (":set image=", ["auto", "off", "kitty"]),
    (":set image s", ["sixel"]),
    (":set timing=o", ["on", "off"]),
    (":theme mon", ["monokai"]),
    (":watch ", ["on", "off"]),
    (":help his", ["history"]),
    (":summary ne", ["net"]),
    (":time torch.randn", ["randn"]),
]


@pytest.mark.parametrize(("text", "first"), COMMANDS)
def test_arguments_of_commands(live, text, first):
    assert names(live, text)[: len(first)] == first


CALLS = ["net:get(1).we", "net:float():get(1).we", "net:add(nn.Tanh()):get(1).we"]


@pytest.mark.parametrize("text", CALLS)
def test_calls_whose_result_is_known_are_followed(live, text):
    assert "weight" in names(live, text)
    assert names(live, "net:forward(1).") == []


def test_paths(live, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.t7").write_bytes(b"")
    assert names(live, "x = 'da") == ["data/"]
    assert names(live, "x = 'data/tr") == ["train.t7"]
    (tmp_path / "mine.lua").write_text("")
    assert "mine" in names(live, "require 'mi")
    assert names(live, "require './mi") == ["mine"]


SIGNATURES = [
    ("nn.Linear(", "nn.Linear(inputSize, outputSize, [bias=true])", 0),
    ("nn.Linear(2, ", "nn.Linear(inputSize, outputSize, [bias=true])", 1),
    ("torch.randn(", "torch.randn([res], [gen], size1, [size2 …])", 0),
    (
        "nn.SpatialConvolution(1, 2, ",
        "nn.SpatialConvolution(nInputPlane, nOutputPlane, kW, kH, [dW=1], [dH=1], [padW=0], [padH=padW])",
        2,
    ),
    ("math.floor(", "math.floor(x)", 0),
    ("net:backward(x, ", "net:backward(input, gradOutput, [scale])", 1),
    ("net:add(", "net:add(module)", 0),
    ("string.gsub(s, ", "string.gsub(s, pattern, repl, [limit])", 1),
    ("word:gsub(", "word:gsub(pattern, repl, [limit])", 0),
    ("t:add(", "t:add([t], value)", 0),
    ("image.saveJPG(", "image.saveJPG(path, picture)", 0),
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


def test_every_form_is_of_a_function(live):
    for package in FORMS:
        if package:
            live.evaluate(f"require '{package}'")
        table = members(rawget(live.globals, package) if package else live.globals)
        for name in (name for owner, name in forms() if owner == package):
            assert callable(table.get(name)), f"{package}.{name}"
