"""Dimensions, positions and sizes that a layer's input does not have: each is refused, none wraps
round to another.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.lua import LuaError, array, new_table
from th7shell.lua.failures import caught as error_text
from th7shell.torch.tensor import wrap

SHAPES = [(3,), (3, 2), (2, 3, 2)]
DIMENSIONS = [*range(-5, 6), 2.0, -1.0]


def ramp(*shape):
    return wrap(np.arange(1.0, np.prod(shape) + 1).reshape(shape))


def children(made):
    for _ in range(3):
        made.add(nn.Identity())
    return made


def padded(x, a):
    return np.concatenate([x, np.zeros_like(x).take([0, 0], a)], a)


def thrice(x, a):
    return np.concatenate([x] * 3, a)


#: how a layer is made of a dimension, what it makes of x along an axis, and whether a negative
#: dimension counts from the end
LAYERS = {
    "Max": (nn.Max, lambda x, a: x.max(a), True),
    "Min": (nn.Min, lambda x, a: x.min(a), True),
    "Sum": (nn.Sum, lambda x, a: x.sum(a), True),
    "Mean": (nn.Mean, lambda x, a: x.mean(a), True),
    "SplitTable": (nn.SplitTable, lambda x, a: np.moveaxis(x, a, 0), True),
    "Select": (lambda d: nn.Select(d, 1), lambda x, a: x.take(0, a), True),
    "Narrow": (lambda d: nn.Narrow(d, 1, 1), lambda x, a: x.take([0], a), True),
    "Padding": (lambda d: nn.Padding(d, 2), padded, False),
    "Concat": (lambda d: children(nn.Concat(d)), thrice, False),
    "DepthConcat": (lambda d: children(nn.DepthConcat(d)), thrice, False),
    "Squeeze": (nn.Squeeze, lambda x, a: x, False),
    "Transpose": (lambda d: nn.Transpose([d, 1]), lambda x, a: x.swapaxes(a, 0), False),
    "JoinTable": (nn.JoinTable, lambda x, a: np.concatenate([x, x], a), True),
    "Index": (nn.Index, lambda x, a: x.take([0, 0], a), False),
}
SECOND = {"JoinTable": ramp, "Index": lambda *_: torch.LongTensor([1, 1])}


@pytest.mark.parametrize("name", LAYERS)
def test_a_dimension_is_there_or_refused(name):
    make, formula, from_end = LAYERS[name]
    shapes = SHAPES[1:] if name == "Select" else SHAPES  # Select makes no numbers
    for dimension, shape in itertools.product(DIMENSIONS, shapes):
        case = f"{name}({dimension}) of {shape}"
        axis = int(dimension)
        axis = len(shape) + axis if axis < 0 and from_end else axis - 1
        there = 0 <= axis < len(shape)
        x = ramp(*shape)
        layer = make(dimension)
        try:
            output = layer.forward(new_table([x, SECOND[name](*shape)]) if name in SECOND else x)
        except LuaError as error:
            assert not there, case
            text = error_text(error)
            assert "out of" in text or "exceeds" in text or "bad self" in text, f"{case}: {text}"
            continue
        assert there, case
        got = array(output) if name == "SplitTable" else output.nd
        got = [getattr(v, "nd", v) for v in got]
        want = formula(x.nd, axis)
        np.testing.assert_array_equal(np.reshape(got, want.shape), want, case)


OUT = "bad argument #2 to '?' (out of bounds)"
SINGLETON = "incorrect size: only supporting singleton expansion (size=1)"
REFUSED = [
    (lambda: nn.Max(0), (3, 2), "bad argument #2 to '?' (dimension 0 out of range)"),
    (lambda: nn.Max(-3), (3, 2), "bad argument #2 to '?' (dimension 0 out of range)"),
    (lambda: nn.Min(3), (3, 2), "bad argument #2 to '?' (dimension 3 out of range)"),
    (lambda: nn.Sum(0), (3, 2), "bad argument #1 to 'sum' (dimension 0 out of range)"),
    (lambda: nn.Mean(-3), (3, 2), "bad argument #1 to 'sum' (dimension 0 out of range)"),
    (lambda: nn.Sum(3), (3, 2), "dimension exceeds input dimensions"),
    (lambda: nn.Padding(0, 2), (3, 2), OUT),
    (lambda: nn.Padding(3, 2), (3, 2), OUT),
    (lambda: nn.Padding(1, -2, None, 0, 5), (3, 2), "bad argument #3 to 'narrow' (out of range)"),
    (lambda: nn.Replicate(2, 3, 1), (3, 2), OUT),
    (lambda: children(nn.Concat(0)), (3, 2), OUT),
    (lambda: nn.Select(0, 1), (3, 2), "bad argument #1 to 'select' (out of range)"),
    (lambda: nn.View(-1).setNumInputDims(3), (3, 2), OUT),
    (
        lambda: nn.SpatialZeroPadding(2, -3, 0, 0),
        (1, 3, 2),
        "bad argument #3 to 'narrow' (out of range)",
    ),
    (lambda: nn.OneHot(3), (0,), "Wrong size for view. Input size: . Output size: 1"),
    (lambda: nn.Collapse(-1), (0,), "'size' (dimension 1 out of range of 0D tensor)"),
    (lambda: nn.Normalize(1), (0,), "bad argument #1 to 'sum' (dimension 2 out of range)"),
    (lambda: nn.CMul(2), (2, 3), SINGLETON),
    (lambda: nn.CAdd(1, 2), (2, 3), SINGLETON),
    (lambda: nn.Add(2), (2, 3), "size mismatch, t: [2 x 3], vec1: [2], vec2: [2]"),
]


@pytest.mark.parametrize("make, shape, message", REFUSED)
def test_words(make, shape, message):
    with pytest.raises(LuaError) as caught:
        make().forward(ramp(*shape))
    assert error_text(caught.value).endswith(message)


def test_one_parameter_is_for_every_element():
    for layer, parameter in ((nn.CMul(1), "weight"), (nn.CAdd(1), "bias")):
        x = ramp(2, 3)
        layer[parameter].fill(2)
        want = x.nd * 2 if parameter == "weight" else x.nd + 2
        np.testing.assert_array_equal(layer.forward(x).nd, want)


@pytest.mark.parametrize("name, value", [("CSubTable", [1, -1]), ("CDivTable", [0.5, -0.25])])
def test_two_entries_count_of_three(name, value):
    layer = getattr(nn, name)()
    x = new_table([wrap(np.full(2, v)) for v in (1.0, 2.0, 3.0)])
    layer.forward(x)
    grads = array(layer.backward(x, wrap(np.ones(2))))
    np.testing.assert_array_equal([g.nd for g in grads], [[v, v] for v in value])


@pytest.mark.parametrize("shape", [(1,), (1, 1), (1, 1, 1)])
def test_a_target_of_one_element_is_a_number(shape):
    loss = nn.CrossEntropyCriterion()
    x, target = ramp(3), wrap(np.full(shape, 2.0))
    assert loss.forward(x, target) == loss.forward(x, 2)
    np.testing.assert_array_equal(loss.backward(x, target).nd, loss.backward(x, 2).nd)


def test_convert_gives_gradients_in_its_own_type():
    layer = nn.Convert("bchw", "bf")
    x = ramp(2, 3, 2, 2).float()
    out = layer.forward(x)
    grad = layer.backward(x, out)
    assert type(grad) is type(out) is type(ramp(1))
    assert grad.nd.shape == (2, 3, 2, 2)


def table(*parts):
    return new_table(list(parts))


MISFITS = [  # sizes that NumPy would repeat, and the original refuses
    (nn.MixtureTable, table(ramp(4, 2), table(ramp(4, 3), ramp(4, 1))), "number of elements"),
    (nn.MixtureTable, table(ramp(4, 2), table(ramp(1, 3), ramp(1, 3))), SINGLETON),
    (nn.MixtureTable, ramp(2, 3), "bad argument #1 to 'unpack' (table expected, got userdata)"),
]


@pytest.mark.parametrize("make, input, message", MISFITS)
def test_experts_of_other_sizes_are_refused(make, input, message):
    with pytest.raises(LuaError) as caught:
        make().forward(input)
    assert message in error_text(caught.value)


def test_gradients_of_other_sizes_are_refused():
    distance, top = nn.PairwiseDistance(1), nn.TemporalDynamicKMaxPooling(2)
    distance.forward(table(ramp(2, 3), ramp(2, 3)))
    top.forward(ramp(4, 3))
    one_hot = nn.OneHot(3)
    one_hot.forward(torch.LongTensor([1]))
    for call in (
        lambda: distance.updateGradInput(table(ramp(2, 3), ramp(2, 3)), ramp(1)),
        lambda: top.updateGradInput(ramp(4, 1), ramp(2, 3)),
        lambda: one_hot.updateGradInput("x", ramp(1, 3)),
    ):
        with pytest.raises(LuaError):
            call()


@pytest.mark.parametrize("name", ["PairwiseDistance", "DotProduct", "CosineDistance"])
def test_the_rows_of_a_tensor_are_a_pair(name):
    make = (lambda: nn.PairwiseDistance(2)) if name == "PairwiseDistance" else getattr(nn, name)
    rows, pair = make(), make()
    x = ramp(2, 3)
    entries = table(x[1].clone(), x[2].clone())
    np.testing.assert_array_equal(rows.forward(x).nd, pair.forward(entries).nd)
    for got, want in zip(array(rows.backward(x, ramp(1))), array(pair.backward(entries, ramp(1)))):
        np.testing.assert_array_equal(got.nd, want.nd)
