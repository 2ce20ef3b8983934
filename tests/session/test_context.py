"""What completion and signatures apply to: from text alone."""

from __future__ import annotations

import pytest

from th7shell.session.context import Step, call_at, chain_before, request
from th7shell.session.scan import tokens

REQUESTS = [  # text, kind, prefix, chain
    ("torch.ra", "field", "ra", ["torch"]),
    ("t:", "method", "", ["t"]),
    ("x = m.modules[1]:si", "method", "si", ["m", "modules", 1]),
    ("nn.Linear(2,3):", "method", "", ["nn", "Linear", None]),
    ("t['a b'].", "field", "", ["t", "a b"]),
    ("t['a", "index", "a", ["t"]),
    ("require 'n", "module", "n", []),
    ('require("n', "module", "n", []),
    ("import 'n", "module", "n", []),
    ("x = 'data/", "path", "data/", []),
    ("[[abc", "path", "abc", []),
    ("for i=1,3 do lo", "name", "lo", []),
    (":ti", "command", "ti", []),
    ("%ti", "command", "ti", []),
    ("-- foo.", "none", "", []),
    ("3.", "none", "", []),
    ("(a..b):", "method", "", None),
    ("('x'):up", "method", "up", ["string"]),
    ("f(a, b.c", "field", "c", ["b"]),
    ("a.b\n.c", "field", "c", ["a", "b"]),
]


@pytest.mark.parametrize(("text", "kind", "prefix", "chain"), REQUESTS)
def test_request(text, kind, prefix, chain):
    found = request(text)
    assert (found.kind, found.prefix) == (kind, prefix)
    assert found.chain == (None if chain is None else tuple(Step(k) for k in chain))
    if kind != "none":
        assert text[found.start :] == prefix


def test_request_looks_only_before_the_cursor():
    assert request("torch.randn(3)", 8).prefix == "ra"


CALLS = [  # text, function, argument
    ("f(", ["f"], 0),
    ("f(a, {1,2}, ", ["f"], 2),
    ("nn.Linear(3", ["nn", "Linear"], 0),
    ("g(1, f(2, ", ["f"], 1),
    ("g(1, f(2), ", ["g"], 2),
    ("f{a, g(", ["g"], 0),
    ("f(x[1", ["f"], 0),
]


@pytest.mark.parametrize(("text", "function", "argument"), CALLS)
def test_call_at(text, function, argument):
    call = call_at(text)
    assert call is not None
    assert ([s.key for s in call.chain], call.argument) == (function, argument)


@pytest.mark.parametrize("text", ["f(a)", "f(function() ", "x = (", "if a then", ""])
def test_no_call(text):
    assert call_at(text) is None


def test_method_call_is_marked():
    call = call_at("t:narrow(1, ")
    assert call is not None and call.method and call.argument == 1


def test_chain_of_an_expression_is_unknown():
    assert chain_before(tokens("(a + b)")) is None
    assert chain_before(tokens("{1, 2}")) is None
