"""Constructors made from a line of arguments: what goes where."""

from __future__ import annotations

import inspect

import pytest

from th7shell import nn, torch
from th7shell.lua import Table
from th7shell.lua.interpreter import Interpreter
from th7shell.torch.classes import TorchClass
from th7shell.torch.constructors import arguments_of, form, kept_fields, with_form
from th7shell.torch.declarations import parse


class Base(Table, metaclass=TorchClass, register=False, arguments="a b=2 c=b flag=true note?=4"):
    pass


class Below(Base, register=False, arguments="… d=1/4 lambda='x' e?"):
    def __post_init__(self, e, a):
        self.seen = (e, a, self.b)


class Whole(Base, register=False, arguments="a b=5"):
    def __init__(self, b, a):
        self.sum = a + b


class Rest(Base, register=False, arguments="size…"):
    def __post_init__(self, *size):
        self.size = len(size)


class BelowRest(Rest, register=False, arguments="…"):
    def __post_init__(self):
        self.twice = 2 * self.size


def fields(obj):
    return {key: value for key, value in vars(obj).items() if value is not None}


@pytest.mark.parametrize(
    "made, want",
    [
        (lambda: Base(1), {"a": 1, "b": 2, "c": 2, "flag": True}),
        (lambda: Base(1, 3), {"a": 1, "b": 3, "c": 3, "flag": True}),
        (lambda: Base(1, False, False), {"a": 1, "b": 2, "c": 2, "flag": True}),
        (lambda: Base(1, None, 7, False, 5, 6), {"a": 1, "b": 2, "c": 7, "flag": False, "note": 5}),
        (lambda: Base(c=4, a=1), {"a": 1, "b": 2, "c": 4, "flag": True}),
        (
            lambda: Below(1, e=9),
            {"a": 1, "b": 2, "c": 2, "flag": True, "d": 0.25, "lambda": "x", "seen": (9, 1, 2)},
        ),
        (lambda: Below(1, lambda_="y")["lambda"], "y"),
        (lambda: Whole(1), {"sum": 6}),
        (lambda: Whole(1, 2), {"sum": 3}),
        (lambda: Rest(3, 4, 5)["size"], 3),
        (lambda: BelowRest(3, 4)["twice"], 4),
    ],
)
def test_what_is_kept(made, want):
    found = made()
    assert (fields(found) if isinstance(found, Table) else found) == want


def test_what_is_told():
    text = "Below(a[, b = 2[, c = b[, flag = true[, note = 4[, d = 1/4[, lambda = 'x'[, e]]]]]]])"
    assert form("Below", arguments_of(Below)) == text
    assert str(inspect.signature(Below)) == (
        "(a, b=2, c=None, flag=True, note=4, d=0.25, lambda_='x', e=None)"
    )
    assert form("F", parse("size… batchMode?")) == "F(size …[, batchMode])"
    assert form("F", parse("[]"[:0])) == "F()"
    assert kept_fields(Below) == {"a", "b", "c", "flag", "note", "d", "lambda"}
    assert kept_fields(Whole) == kept_fields(Base)
    assert with_form("One line.", "F(a)") == "One line.\n\n    F(a)\n    "
    assert with_form("One.\n\n    Two.\n    ", "F(a)") == "One.\n\n    F(a)\n\n    Two.\n    "
    long = with_form("One.", form("F", parse(" ".join(f"argument{i}=1" for i in range(12)))))
    assert max(map(len, long.splitlines())) <= 100


def test_what_cannot_be_declared():
    class Asks(Base, register=False, arguments="a"):
        def __post_init__(self, x):
            pass

    with pytest.raises(TypeError, match=r"asks for .'x'"):
        Asks(1)

    class Later(Base, register=False, arguments="a=b b"):
        pass

    with pytest.raises(TypeError, match="b is no default for the argument a"):
        Later(1)
    with pytest.raises(ValueError, match="cannot read"):
        TorchClass("Wrong", (Base,), {}, register=False, arguments="a==b c-d")()


def test_classes_of_lua_and_python_have_their_own():
    interpreter = Interpreter()
    torch.luaopen(interpreter.globals)
    interpreter.globals.nn = nn.NN
    text = """
    local Mine, parent = torch.class('OwnLinear', 'nn.Linear')
    function Mine:__init(n) parent.__init(self, n, n, nil, 'dropped') self.n = n end
    local old, calls = nn.Module.__init, 0
    nn.Module.__init = function(...) calls = calls + 1 return old(...) end
    local m = OwnLinear(3)
    nn.Module.__init = old
    local plain = torch.class('OwnThreshold', 'nn.Threshold') and OwnThreshold(4)
    return m.weight:size(1), m.n, m.bias:size(1), calls, plain.threshold, plain.val"""
    assert interpreter.load(text, "=lua")() == (3, 3, 3, 1, 4, 0)

    class Net(nn.SpatialConvolution):
        def __init__(self, planes):
            super().__init__(planes, 2, 3, 3, padW=1)

    assert (Net(4).padH, Net(4).nInputPlane, Net(4).nOutputPlane) == (1, 4, 2)
