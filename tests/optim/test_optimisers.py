"""Each optimiser against its formula, on a quadratic and on Rosenbrock's valley."""

from __future__ import annotations

import math

import numpy as np
import pytest

from th7shell import optim
from th7shell.lua import LuaError, new_table
from th7shell.torch.tensor import wrap


def rosenbrock(x):
    a, b = (float(v) for v in x.nd)
    gradient = np.array([-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)])
    return (1 - a) ** 2 + 100 * (b - a * a) ** 2, wrap(gradient.astype(x.nd.dtype))


def start(dtype=np.float64):
    return wrap(np.array([-1.2, 1.0], dtype))


# name, settings, the point after two steps from (-1.2, 1), worked out by the formulas below
def sgd_reference(x, steps, rate, momentum=0.0, damp=None, nesterov=False, decay=0.0):
    damp = momentum if damp is None else damp
    velocity = None
    for _ in range(steps):
        g = rosenbrock(wrap(x))[1].nd + decay * x
        if momentum:
            velocity = g.copy() if velocity is None else momentum * velocity + (1 - damp) * g
            g = g + momentum * velocity if nesterov else velocity
        x = x - rate * g
    return x


@pytest.mark.parametrize(
    "settings",
    [
        {"learningRate": 1e-3},
        {"learningRate": 1e-3, "momentum": 0.9},
        {"learningRate": 1e-3, "momentum": 0.9, "dampening": 0},
        {"learningRate": 1e-3, "momentum": 0.9, "dampening": 0, "nesterov": True},
        {"learningRate": 1e-3, "weightDecay": 0.01},
    ],
)
def test_sgd_follows_its_formula(settings):
    x, config = start(), dict(settings)
    for _ in range(5):
        optim.sgd(rosenbrock, x, config)
    expected = sgd_reference(
        start().nd.copy(),
        5,
        settings["learningRate"],
        settings.get("momentum", 0),
        settings.get("dampening"),
        settings.get("nesterov", False),
        settings.get("weightDecay", 0),
    )
    np.testing.assert_allclose(x.nd, expected, rtol=1e-12)
    assert config["evalCounter"] == 5


def test_individual_rates_scale_each_parameter():
    x = start()
    g = rosenbrock(start())[1].nd
    rates = wrap(np.array([1e-3, 1e-4]))
    optim.sgd(rosenbrock, x, {"learningRate": 1, "learningRates": rates})
    np.testing.assert_allclose(x.nd, start().nd - g * rates.nd)


def test_adam_follows_its_formula():
    x, state = start(), new_table()
    m = v = np.zeros(2)
    y = start().nd.copy()
    for t in range(1, 6):
        g = rosenbrock(wrap(y))[1].nd
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        y = y - 0.01 * math.sqrt(1 - 0.999**t) / (1 - 0.9**t) * m / (np.sqrt(v) + 1e-8)
        optim.adam(rosenbrock, x, {"learningRate": 0.01}, state)
    np.testing.assert_allclose(x.nd, y, rtol=1e-12)
    assert state["t"] == 5


METHODS = [
    ("sgd", {"learningRate": 1e-3}),
    ("nag", {"learningRate": 1e-4}),
    ("adam", {"learningRate": 0.05}),
    ("adamax", {"learningRate": 0.05}),
    ("adagrad", {"learningRate": 0.2}),
    ("adadelta", {"eps": 1e-2}),
    ("rmsprop", {"learningRate": 0.005}),
    ("rprop", {}),
    ("asgd", {"eta0": 1e-3}),
    ("cg", {}),
    ("lbfgs", {}),
]


@pytest.mark.parametrize(("name", "settings"), METHODS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_descends_in_place_and_keeps_the_type(name, settings, dtype):
    x = start(dtype)
    memory, config = x.nd, new_table(fields=dict(settings))
    before = rosenbrock(x)[0]
    for _ in range(60):
        result = getattr(optim, name)(rosenbrock, x, config)
    assert result[0] is x
    assert x.nd is memory
    assert x.nd.dtype == dtype
    assert rosenbrock(x)[0] < before / 4
    assert isinstance(result[1][1], float)


@pytest.mark.parametrize(("name", "settings"), METHODS)
def test_state_apart_from_configuration_gives_the_same_steps(name, settings):
    together, apart = start(), start()
    both, config, state = dict(settings), dict(settings), {}
    for _ in range(4):
        getattr(optim, name)(rosenbrock, together, both)
        getattr(optim, name)(rosenbrock, apart, config, state)
    np.testing.assert_array_equal(together.nd, apart.nd)
    assert state


def test_weight_decay_is_added_to_the_gradient():
    plain, decayed = start(), start()

    def shifted(x):
        loss, g = rosenbrock(x)
        g.nd[...] += 0.1 * x.nd
        return loss, g

    optim.adam(rosenbrock, decayed, {"weightDecay": 0.1})
    optim.adam(shifted, plain, {})
    np.testing.assert_array_equal(plain.nd, decayed.nd)


@pytest.mark.parametrize("search", [None, "lswolfe"])
def test_lbfgs_solves_a_quadratic(search):
    scale = np.array([1.0, 10.0, 100.0])

    def quadratic(x):
        return float((scale * x.nd**2).sum() / 2), wrap(scale * x.nd)

    x = wrap(np.array([3.0, -2.0, 1.0]))
    settings = {"maxIter": 60, "maxEval": 300}
    if search:
        settings["lineSearch"] = optim.lswolfe
    _, losses, evaluations = optim.lbfgs(quadratic, x, settings)
    assert np.abs(x.nd).max() < 1e-4
    assert evaluations >= len(losses) - 1


def test_cubic_interpolation_finds_the_minimum():
    # x^3 - 3x has its minimum at 1
    points = np.array([[0.0, 0.0, -3.0], [2.0, 2.0, 9.0]])
    assert optim.polyinterp(wrap(points)) == pytest.approx(1)
    position, value = optim.polyinterp(wrap(points), 0, 2)
    assert (position, value) == (pytest.approx(1), pytest.approx(-2))


def test_checkgrad_tells_right_from_wrong():
    x = wrap(np.array([0.3, -0.2]))
    right, exact, estimate = optim.checkgrad(rosenbrock, x)
    assert right < 1e-6
    np.testing.assert_allclose(exact.nd, estimate.nd, rtol=1e-4)

    def wrong(x):
        loss, g = rosenbrock(x)
        g.nd[0] += 1
        return loss, g

    assert optim.checkgrad(wrong, x)[0] > 1e-3
    np.testing.assert_array_equal(x.nd, [0.3, -0.2])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: optim.sgd(None, start()), "optim.sgd: argument 1 must be a function"),
        (lambda: optim.adam(rosenbrock, 3), "optim.adam: argument 2 must be a tensor"),
        (lambda: optim.adam(rosenbrock, start(), 3), "argument 3 must be a table"),
        (lambda: optim.sgd(lambda x: 1, start()), "must return the loss and its gradient"),
        (lambda: optim.sgd(rosenbrock, start(), {"nesterov": True}), "requires a momentum"),
        (lambda: optim.nag(rosenbrock, start(), {"momentum": 0}), "must be positive"),
    ],
)
def test_bad_calls_say_what_is_wrong(call, words):
    with pytest.raises(LuaError, match=words):
        call()


@pytest.mark.parametrize("name", optim.__all__)
def test_every_public_name_has_a_page(name):
    assert getattr(optim, name).__doc__


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({}, "optimality condition below tolFun"),
        ({"maxIter": 2}, "reached max number of iterations"),
        ({"maxEval": 1, "learningRate": 0.1}, "max nb of function evals"),
        ({"tolX": 10}, ""),
    ],
)
def test_lbfgs_says_why_it_ends(settings, reason, capsys):
    optim.lbfgs(
        lambda x: (float(x.nd @ x.nd), wrap(2 * x.nd)), start(), settings | {"verbose": True}
    )
    said = capsys.readouterr().out.splitlines()
    buffers = "<optim.lbfgs> \tcreating recyclable direction/step/history buffers"
    assert said == [buffers, *([f"<optim.lbfgs> \t{reason}"] if reason else [])]
