"""Every row of the tables of layers goes through the same checks."""

from __future__ import annotations

import importlib
import pkgutil

import numpy as np
import pytest

from th7shell import torch
from th7shell.lua import tostring

from . import __path__ as here
from .rows import Row, flat, like, plain, tensors, views

TABLES = [m.name for m in pkgutil.iter_modules(here) if m.name.startswith("rows_")]
ROWS: list[Row] = [
    row for name in TABLES for row in importlib.import_module(f"{__package__}.{name}").ROWS
]
SLOPED = [row for row in ROWS if row.slope and not row.random]
each = pytest.mark.parametrize("row", ROWS, ids=str)
sloped = pytest.mark.parametrize("row", SLOPED, ids=str)
STEP = 1e-5


def run(layer, x):
    """The output of a forward pass, as arrays."""
    torch.manualSeed(3)
    return plain(layer.forward(x))


def form(value):
    """The nested shapes of arrays."""
    return [form(v) for v in value] if isinstance(value, list) else np.shape(value)


@each
def test_forward_is_the_formula(row):
    layer, x = row.build(), row.arrays()
    got = run(layer, tensors(x))
    if row.formula is None:
        assert row.random
        assert np.isfinite(flat(got)).all()
        return
    want = row.formula(x, layer)
    np.testing.assert_allclose(flat(got), flat(want), rtol=1e-9, atol=1e-9)
    assert form(got) == form(want)


@sloped
def test_gradients_are_finite_differences(row):
    layer, x = row.build(), tensors(row.arrays())
    grad = like(run(layer, x))
    layer.zeroGradParameters()
    got = plain(layer.backward(x, tensors(grad)))

    def change(view: np.ndarray, i: int) -> float:
        before = view[i]
        ends = []
        for sign in (1, -1):
            view[i] = before + sign * STEP
            ends.append(flat(run(layer, x)) @ flat(grad))
        view[i] = before
        return (ends[0] - ends[1]) / (2 * STEP)

    want = [change(view, i) for view in views(x) for i in range(view.size)]
    np.testing.assert_allclose(flat(got), want, rtol=1e-5, atol=1e-6)
    params, grads = layer.parameter_lists()
    for param, found in zip(params, [g.nd.copy() for g in grads]):
        view = param.nd.reshape(-1)
        want = [change(view, i) for i in range(view.size)]
        np.testing.assert_allclose(found.reshape(-1), want, rtol=1e-5, atol=1e-6)


@sloped
def test_gradients_accumulate_and_scale(row):
    layer, x = row.build(), tensors(row.arrays())
    grad = tensors(like(run(layer, x)))
    layer.zeroGradParameters()
    layer.backward(x, grad)
    once = [g.nd.copy() for g in layer.parameter_lists()[1]]
    if not once or row.name in ("WeightNorm", "LinearWeightNorm"):
        return
    layer.forward(x)
    layer.backward(x, grad, 0.5)
    for first, now in zip(once, layer.parameter_lists()[1]):
        np.testing.assert_allclose(now.nd, 1.5 * first, rtol=1e-9, atol=1e-12)


@each
def test_float_follows_double(row):
    layer, x = row.build(), row.arrays()
    double = run(layer, tensors(x))
    single = row.build().float()
    got = run(single, tensors(x, "torch.FloatTensor"))
    if row.name != "Copy":
        np.testing.assert_allclose(flat(got), flat(double), rtol=2e-4, atol=2e-5)
        assert np.isscalar(got) or all(v.dtype == np.float32 for v in views(single.output))
    assert single.type() == "torch.FloatTensor" or row.name == "DontCast"
    if not row.random:
        back = single.double()
        np.testing.assert_allclose(flat(run(back, tensors(x))), flat(double), rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("row", [row for row in ROWS if row.batch], ids=str)
def test_a_batch_is_its_samples(row):
    layer, x = row.build(), row.arrays(extra=(3,))
    together = run(layer, tensors(x))
    for i, sample in enumerate(x):
        alone = run(layer, tensors(sample))
        np.testing.assert_allclose(flat(together[i]), flat(alone), rtol=1e-9, atol=1e-12)


@each
def test_clone_and_file_give_the_same_layer(row):
    layer, x = row.build(), tensors(row.arrays())
    want = run(layer, x)
    text = tostring(layer)
    copies = [layer.clone(), torch.deserialize(torch.serialize(layer))]
    for copy in copies:
        assert type(copy) is type(layer)
        assert tostring(copy) == text
        assert np.array_equal(flat(run(copy, x)), flat(want))
    for mine, theirs in zip(layer.parameter_lists()[0], copies[0].parameter_lists()[0]):
        assert mine.storage() is not theirs.storage()
        mine.fill(9)
        assert not np.array_equal(mine.nd, theirs.nd)


@each
def test_clear_state_keeps_what_is_learned(row):
    layer, x = row.build(), tensors(row.arrays())
    want = run(layer, x)
    assert layer.clearState() is layer
    if layer.output is not None and not np.isscalar(layer.output):
        assert not any(view.size for view in views(layer.output))
    np.testing.assert_allclose(flat(run(layer, x)), flat(want), rtol=1e-12)


@each
def test_text_and_parameters(row):
    layer = row.build()
    assert tostring(layer) == (row.text or tostring(layer))
    assert tostring(layer).startswith("nn.") or row.text == tostring(layer)
    params, grads = layer.parameter_lists()
    assert [p.nd.shape for p in params] == [g.nd.shape for g in grads]
    if row.parameters is not None:
        assert sum(p.nElement() for p in params) == row.parameters


@pytest.mark.parametrize("row", [row for row in ROWS if row.random], ids=str)
def test_random_layers_are_still_in_evaluation(row):
    layer, x = row.build(), tensors(row.arrays())
    torch.manualSeed(1)
    one = plain(layer.forward(x))
    torch.manualSeed(2)
    assert not np.array_equal(one, plain(layer.forward(x)))
    layer.evaluate()
    assert np.array_equal(plain(layer.forward(x)), plain(layer.forward(x)))


@pytest.mark.parametrize(
    "name, args, plain_args",
    [
        ("ReLU", (True,), ()),
        ("ReLU6", (True,), ()),
        ("Threshold", (0.3, -0.2, True), (0.3, -0.2)),
        ("HardTanh", (-0.5, 0.7, True), (-0.5, 0.7)),
        ("ELU", (0.3, True), (0.3,)),
        ("LeakyReLU", (0.2, True), (0.2,)),
        ("RReLU", (0.1, 0.3, True), (0.1, 0.3)),
        ("AddConstant", (2.5, True), (2.5,)),
        ("MulConstant", (-1.5, True), (-1.5,)),
        ("Dropout", (0.3, False, True), (0.3,)),
    ],
)
def test_in_place_gives_the_same_in_the_inputs_memory(name, args, plain_args):
    values = np.random.default_rng(0).uniform(-2, 2, (3, 4))
    grad = np.random.default_rng(1).uniform(-1, 1, (3, 4))
    results = []
    for given in (plain_args, args):
        layer, x, g = Row(name, given).build(), tensors(values), tensors(grad)
        torch.manualSeed(3)
        out = layer.forward(x)
        shared = out.storage() is x.storage()
        kept = out.nd.copy()
        gin = layer.backward(x, g)
        results.append((kept, gin.nd.copy()))
        assert shared == (given is args)
        assert (gin.storage() is g.storage()) == (given is args)
    for one, other in zip(*results):
        np.testing.assert_allclose(one, other, rtol=1e-12)
