"""Modules, criterions, optimisers and tables with the habits of Python, beside what Lua sees."""

from __future__ import annotations

import traceback

import numpy as np
import pytest

import th7shell
from th7shell import image, nn, optim, torch
from th7shell.lua import LuaError, Table, new_table
from th7shell.lua.interpreter import Interpreter

from .test_criterions import CASES, wrap
from .test_layers import ROWS


def lua(text, *values):
    interpreter = Interpreter()
    torch.luaopen(interpreter.globals)
    interpreter.globals.nn = nn.NN
    return interpreter.load(text, "=lua")(*values)


@pytest.fixture
def net():
    torch.manualSeed(1)
    return nn.Sequential(nn.Linear(3, 2), nn.Tanh(), nn.Linear(2, 4))


def test_containers_hold_their_arguments(net):
    assert len(net) == 3 and [type(m).__name__ for m in net] == ["Linear", "Tanh", "Linear"]
    assert net[1] is net.get(1) is net.modules[1] and net[-1] is net.get(3)
    for wrong in (0, 4, -4):
        with pytest.raises(
            IndexError, match=f"module {wrong} is out of range: nn.Sequential has 3"
        ):
            net[wrong]
    net[2] = nn.ReLU()
    assert type(net.get(2)) is nn.ReLU
    assert (
        len(nn.ConcatTable(nn.Tanh(), nn.Abs())) == len(nn.ParallelTable(nn.Tanh(), nn.Abs())) == 2
    )

    class OwnNet(nn.Sequential):
        def __init__(self):
            super().__init__(nn.Linear(2, 2), nn.Tanh())

    assert len(OwnNet()) == 2 and OwnNet()(torch.ones(2)).shape == (2,)


def test_lua_sees_the_original_containers(net):
    text = """local net = ... local c = nn.Concat(1):add(nn.Tanh())
    return #nn.Sequential(nn.Tanh(), nn.Tanh()), #nn.ConcatTable(nn.Tanh()).modules, net[1], #c, c[1], #net"""
    assert lua(text, net) == (0, 0, None, 0, None, 3)


def test_calls_and_values_of_python(net):
    x = np.arange(6.0).reshape(2, 3)
    want = net.forward(torch.tensor(x)).tolist()
    for given in (x, x.astype(int), x.astype(np.float32)):
        assert net(given).tolist() == net.forward(given).tolist() == want
    assert net.backward(x, np.ones((2, 4))).shape == (2, 3)
    both = nn.ParallelTable(nn.Identity(), nn.Sum(1))
    for given in ([x, x], (x, torch.tensor(x)), new_table([torch.tensor(x)] * 2)):
        out = both.forward(given)
        assert [t.shape for t in out.values()] == [(2, 3), (3,)]
    assert nn.JoinTable(1).forward((torch.ones(2), np.zeros(1))).tolist() == [1, 1, 0]
    assert net.float()(x).dtype == np.float32


def test_a_loss_is_a_number():
    x, y = nn.LogSoftMax().forward(torch.randn(4, 3)), torch.tensor([1, 2, 3, 1])
    criterion = nn.ClassNLLCriterion()
    loss = criterion.forward(x, y)
    assert type(loss) is float and loss == criterion.forward(x, np.array([1, 2, 3, 1]))
    assert criterion.backward(x, y.numpy()).shape == (4, 3)
    assert lua("local c, x, y = ... return select('#', c:forward(x, y))", criterion, x, y) == 2
    mse = nn.MSECriterion()
    assert (
        mse.forward(torch.FloatTensor([1, 2]), np.zeros(2))
        == 2.5
        == mse.forward(np.ones(2) * 2.5, np.zeros(2)) - 3.75
    )
    for case in CASES:
        assert isinstance(
            case.build().forward(wrap_all(case.input()), wrap(case.target)), (int, float)
        )


def wrap_all(value):
    return (
        new_table([wrap_all(v) for v in value]) if isinstance(value, (list, tuple)) else wrap(value)
    )


WITHOUT_RESULTS = {
    "zeroGradParameters": (),
    "updateParameters": (0.1,),
    "training": (),
    "evaluate": (),
    "reset": (),
    "apply": (lambda module: None,),
}


def test_functions_without_results_give_none():
    for row in ROWS:
        for name, args in WITHOUT_RESULTS.items():
            found = getattr(row.build(), name)(*args)
            assert found is None or found.__class__ is not tuple, (row, name)
    assert torch.manualSeed(1) is None and nn.Tanh().parameters() is None
    assert lua("return select('#', nn.Linear(2, 3):zeroGradParameters())") == 0


def test_optimisers_keep_their_state_in_a_dict(net):
    x, dx = net.getParameters()
    state = {"learningRate": 0.1, "momentum": 0.9}
    for _ in range(2):
        _, losses = optim.sgd(lambda _: (1.5, dx), x, state)
    assert losses[1] == 1.5 and state["evalCounter"] == 2 and state["dfdx"].shape == x.shape
    assert image.scale(np.ones((1, 4, 4)), 2, 2).shape == (1, 2, 2)


def test_tables(tmp_path):
    t = lua("return {10, 20, name = 'net', [4.5] = {1}, ['a b'] = true, t = torch.ones(2)}")
    assert (
        repr(t) == "Table([10, 20], {'a b': True, 4.5: Table([1])}, name='net', t=<DoubleTensor>)"
    )
    assert t.get("name") == "net" and t.get("nothing") is None and t.get("nothing", 3) == 3
    assert set(t.keys()) == {1, 2, "name", 4.5, "a b", "t"} and dict(t.items())["name"] == "net"
    assert len(t.values()) == 6 and "name" in t and "nothing" not in t and list(t) == t.keys()
    assert t.pop("name") == "net" and t.setdefault("name", "new") == t["name"] == "new"
    t.update({"more": 1}, most=2)
    del t[4.5]
    assert (t["more"], t.most, t[4.5]) == (1, 2, None) and t.tolist() == [10, 20]
    with pytest.raises(KeyError):
        t.pop("nothing")
    many = repr(new_table(range(100)))
    assert many.startswith("Table([0, 1") and many.endswith("… 80 more])")
    t.me = t
    assert "Table(...)" in repr(t)
    assert lua("local t = ... return t.keys, t.items, t.get, tostring(t):sub(1, 6)", t) == (
        None,
        None,
        None,
        "table:",
    )
    t.items = 5
    assert t.items == 5
    torch.save(tmp_path / "x.t7", {"list": [1, (2, 3)], "array": np.ones(2)})
    back = torch.load(tmp_path / "x.t7")
    assert back["list"].tolist() == [1, [2, 3]] and back.array.tolist() == [1, 1]


ABSENT = [
    (lambda: nn.Linear(2, 3).wieght, "nn.Linear has no attribute 'wieght': did you mean 'weight'?"),
    (lambda: nn.Linear.forwrd, "forwrd"),
    (lambda: torch.ones(2).shpae, "shpae"),
    (
        lambda: nn.MSECriterion().bakward,
        "nn.MSECriterion has no attribute 'bakward': did you mean 'backward'?",
    ),
    (lambda: nn.lineer, "module 'th7shell.nn' has no attribute 'lineer': did you mean 'Linear'?"),
    (lambda: torch.sead, "did you mean 'seed'?"),
    (lambda: optim.sdg, "did you mean 'sgd'?"),
    (lambda: image.lod, "did you mean 'load'?"),
    (lambda: nn.Linear(2, 3).keys, "nn.Linear has no attribute 'keys'"),
]


@pytest.mark.parametrize("mentioned", [False, True])
@pytest.mark.parametrize(("wrong", "message"), ABSENT)
def test_misspelt_names(wrong, message, mentioned):
    if mentioned:
        net, t = nn.Linear(2, 3), torch.ones(2)
        text = "local n, t = ... return n.wieght, n.forwrd, t.shpae, n.bakward, n.keys, nn.Linear.forwrd"
        assert lua(text, net, t) == (None,) * 6
        assert not hasattr(net, "wieght") and getattr(net, "wieght", 3) == 3
    with pytest.raises(AttributeError, match=message.replace("?", r"\?")) as caught:
        wrong()
    text = "".join(traceback.format_exception_only(caught.value))
    assert text.lower().count("did you mean") <= 1  # Python has suggestions of its own


SENTENCES = [
    (
        lambda: nn.Sequential(nn.Tanh(), nn.Linear(3, 2)).forward(torch.ones(5)),
        "in module 2 of nn.Sequential: size mismatch, [2 x 3], [5]",
    ),
    (lambda: nn.Linear(3, 2).forward(torch.ones(5)), "size mismatch, [2 x 3], [5]"),
    (
        lambda: torch.ones(2).resize("z"),
        "bad argument #1 to 'resize' (number expected, got string)",
    ),
    (lambda: torch.ones(2, 2).narrow(1, 3, 1), "bad argument #2 to 'narrow' (out of range)"),
    (lambda: torch.ones(2) + "a", "bad argument #2 (number expected, got string)"),
    (
        lambda: lua("local t = nil; return t .. 1"),
        "lua:1: attempt to concatenate local 't' (a nil value)",
    ),
    (lambda: lua("error('mine', 0)"), "mine"),
]


@pytest.mark.parametrize(("wrong", "sentence"), SENTENCES)
def test_errors_are_sentences(wrong, sentence):
    with pytest.raises(th7shell.LuaError) as caught:
        wrong()
    assert str(caught.value) == sentence and caught.value.lua_traceback.startswith(
        "stack traceback:"
    )
    assert type(caught.value).__module__ == "th7shell" and isinstance(caught.value, LuaError)


def test_a_class_of_the_programs_own_keeps_its_arguments():
    class OwnScale(nn.Module):
        def __init__(self, factors):
            super().__init__()
            self.factors = factors

        def updateOutput(self, input):
            self.output = input * self.factors[0]
            return self.output

    layer = OwnScale([3, 4])
    assert layer.factors == [3, 4] and layer(np.ones(2)).tolist() == [3, 3]
    assert nn.Sequential(layer, nn.Sum(1)).forward(torch.ones(2)).tolist() == [6]
    assert isinstance(new_table(), Table)
