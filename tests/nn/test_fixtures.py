"""Models saved by the original Torch7 load, run and train as they did there, and again when
saved by us.

Runs where the recorded models stand beside the project.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.lua import Table, array, first, items
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN
from th7shell.torch.tensor import Tensor

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "layers"
FILES = sorted(p.name for p in FOLDER.glob("fixtures_*.t7") if "special" not in p.name)
# files of one case each, binary and as text: a user's class, shared parameters, views of a storage
DOUBLERS, SHARED, VIEWS = (
    sorted(FOLDER.glob(f"fixtures_special_{name}*.t7")) for name in ("doubler", "shared", "views")
)
DOUBLER = """
    local Doubler = torch.class('Doubler', 'nn.Module')
    function Doubler:updateOutput(x)
       self.output:resizeAs(x):copy(x):mul(self.factor)
       return self.output
    end
    function Doubler:updateGradInput(x, g)
       self.gradInput:resizeAs(g):copy(g):mul(self.factor)
       return self.gradInput
    end
"""
pytestmark = pytest.mark.skipif(not FILES, reason="no recorded models beside the project")


def _name(path):
    return getattr(path, "stem", None)  # pytest asks for a name of no file, too


def same(got, want, tolerance=1e-8):
    """Equal numbers in tensors of one shape, through tables; NaN says that nothing was
    recorded.
    """
    if isinstance(want, Tensor):
        assert got.type() == want.type()
        assert got.nd.shape == want.nd.shape
        known = np.isfinite(want.nd)
        np.testing.assert_allclose(got.nd[known], want.nd[known], rtol=1e-6, atol=tolerance)
    elif isinstance(want, Table):
        for key, value in items(want):
            same(got[key], value, tolerance)
    elif isinstance(want, float):
        assert got == pytest.approx(want, rel=1e-8, abs=tolerance)
    else:
        assert got == want


def copied(value):
    """A value with tensors of its own: layers that work in place spoil their input."""
    return torch.deserialize(torch.serialize(value))


def check_layer(model, case):
    torch.manualSeed(555)
    x = copied(case["input"])
    same(model.forward(x), case["output"])
    if case["gradInput"] is not None:
        model.zeroGradParameters()
        if case["gradOutput"] is None:  # ones, then
            gradient = case["output"].clone().fill(1)
        else:
            gradient = copied(case["gradOutput"])
        same(model.backward(x, gradient), case["gradInput"])


def check_criterion(criterion, case):
    x, target = copied(case["input"]), copied(case["target"])
    same(first(criterion.forward(x, target)), case["loss"])
    same(criterion.backward(x, target), case["gradInput"])


def differences(cases):
    """What goes wrong in each of the cases {label, case}, as loaded and saved again."""
    wrong = []
    for label, case in cases:
        kind = "model" if case["model"] is not None else "criterion"
        check = check_layer if kind == "model" else check_criterion
        again = copied(case[kind])
        for what, model in (("loaded", case[kind]), ("saved again", again)):
            try:
                check(model, case)
            except Exception as error:
                wrong.append(f"{label} ({what}): {type(error).__name__} {str(error)[:300]}")
                break
    return "\n".join(wrong)


@pytest.mark.parametrize("name", FILES)
def test_recorded_models_run_as_recorded(name):
    cases = torch.load(str(FOLDER / name))
    assert not differences(items(cases))
    assert len(list(items(cases))) > 10 or name.endswith("_2.t7")
    assert array(cases) == []


def load(path, again=False):
    """The value of a binary file, or of one that is text by its name; or that saved again."""
    value = torch.load(str(path), "ascii" if path.stem.endswith("_ascii") else "binary")
    return copied(value) if again else value


@pytest.fixture(scope="module")
def lua():
    """An interpreter whose program has declared the class of the recorded layer."""
    made = Interpreter(MAIN)
    torch.luaopen(made.globals)
    nn.luaopen(made.globals)
    made.load(DOUBLER, "=test")()
    yield made
    made.load("debug.getregistry()['Doubler'] = nil", "=test")()


@pytest.mark.parametrize("path", DOUBLERS + SHARED, ids=_name)
def test_special_models_run_as_recorded(path, lua):
    assert not differences([(path.stem, load(path))])


@pytest.mark.parametrize("path", DOUBLERS, ids=_name)
def test_fields_of_a_users_class_are_kept(path, lua):
    layer = load(path)["model"].get(2)
    assert lua.load("return torch.type(...)", "=test")(layer) == "Doubler"
    assert (layer["factor"], layer["note"]) == (3, "own field")
    options = layer["opts"]
    assert array(options["list"]) == [1, 2, 3]
    assert (options["flag"], options[1.5], options[10]) == (True, False, "ten")


@pytest.mark.parametrize("path", SHARED, ids=_name)
@pytest.mark.parametrize("again", [False, True], ids=["loaded", "saved again"])
def test_shared_parameters_stay_shared(path, again):
    net = load(path, again)["model"]
    one, two = net.get(1).get(1), net.get(2).get(1)
    for name in ("weight", "bias", "gradWeight", "gradBias"):
        assert one[name].storage() == two[name].storage(), name
    assert one["output"].storage() != two["output"].storage()
    one["weight"].fill(0.5)
    assert (two["weight"].nd == 0.5).all()
    flat, _ = net.getParameters()
    assert flat.nElement() == 3 * 3 + 3 + 2 * 3 + 2


@pytest.mark.parametrize("path", VIEWS, ids=_name)
@pytest.mark.parametrize("again", [False, True], ids=["loaded", "saved again"])
def test_views_types_and_odd_keys(path, again):
    value = load(path, again)
    assert value["self"] is value and value["again"] is value[2]
    # views of the 24 numbers 1 … 24: first element, and steps along the axes
    base = np.arange(1.0, 25)
    expected = {
        "base": base,
        "view": base.reshape(4, 6),
        "transposed": base.reshape(4, 6).T,
        "narrow": base.reshape(4, 6)[:, 1:4],
        "select": base.reshape(2, 3, 4)[:, 1],
        "expanded": np.tile([3.0, 4, 5], (4, 1)),
        "scalarlike": base[6:7],
    }
    for name, numbers in expected.items():
        view = value[name]
        np.testing.assert_array_equal(view.nd, numbers, err_msg=name)
        assert view.storage() == value["storage"], name
    assert value[2]["nested"]["deep"].storage() == value["storage"]
    value["storage"].fill(-1)
    assert all((value[name].nd == -1).all() for name in expected)
    # a tensor of each type (and its transpose) with its storage
    for kind in ("Byte", "Char", "Short", "Int", "Long", "Float"):
        tensor, turned, storage = value[kind], value[kind + "T"], value[kind + "S"]
        assert tensor.type() == f"torch.{kind}Tensor" == turned.type()
        np.testing.assert_array_equal(tensor.nd, [[1, 2, 3], [4, 5, 6]])
        np.testing.assert_array_equal(turned.nd, tensor.nd.T)
        assert tensor.storage() == storage == turned.storage()
    assert value["LongBig"].nd.tolist() == [2**53, -(2**53), 0]
    assert value["empty"].nElement() == 0 and value["emptyStorage"].size() == 0
    # numbers, texts and keys
    assert (value["inf"], value["ninf"], value["huge"]) == (np.inf, -np.inf, 1e300)
    assert (value["negative"], value["number"], value["integer"]) == (-1e-300, 0.1, 42)
    assert value["nan"] != value["nan"]
    assert value["yes"] is True and value["no"] is False
    assert (value[1], value[2.5]) == ("one", "two and a half")
    assert value["str"] == "line one\nline two\0after zero"
