"""cmaes and de: seeded trajectories recorded with Torch7, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import optim
from th7shell.lua import LuaError, array, new_table
from th7shell.torch.namespace import TORCH as torch
from th7shell.torch.tensor import TYPES, wrap


def rosenbrock(x):
    a = x.nd.astype(np.float64)
    value = float((100 * (a[1:] - a[:-1] ** 2) ** 2 + (1 - a[:-1]) ** 2).sum())
    return value, x  # the gradient is not used


def settings(**fields):
    return new_table((), fields)


def test_cmaes_takes_the_recorded_path():
    torch.manualSeed(123)
    x = torch.Tensor(10).fill(0)
    config = settings(maxEval=50, sigma=0.5, verb_disp=0)
    best, history, evaluations = optim.cmaes(rosenbrock, x, config)
    recorded = [9, 42.10859948072]  # later on, some axes are as long: each LAPACK takes others
    np.testing.assert_allclose(array(history)[:2], recorded, rtol=1e-10)
    assert evaluations == 50
    assert array(history)[-1] == min(array(history)[1:])
    assert rosenbrock(best)[0] == pytest.approx(array(history)[-1])
    assert not x.nd.any()


def test_cmaes_stops_at_its_target_and_says_why(capsys):
    torch.manualSeed(1)
    x = torch.ones(2, 1)
    config = settings(sigma=0.3, verb_disp=1, ftarget=1e-3)
    best, history, evaluations = optim.cmaes(lambda x: (float((x.nd**2).sum()), x), x, config)
    assert array(history)[-1] <= 1e-3
    assert best.nd.shape == (2,)
    out = capsys.readouterr().out
    assert "evals:\t ax-ratio max(std)   f-value" in out
    assert "termination by\tftarget\t=\t0.001" in out
    assert f"total iterations: \t{evaluations // 6}" in out


def test_de_takes_the_recorded_path():
    config = settings(popsize=50, scaleFactor=0.5, crossoverRate=0.9, maxFEs=300)
    best, values = optim.de(rosenbrock, torch.Tensor(2).fill(0), config)
    recorded = {
        1: 2579.7697608181,
        2: 2214320.9451804,
        3: 84991070.61686,
        51: 106789.21506098,
        52: 84822631.154143,
        100: 100084464.64248,
        300: 89.508267943473,
    }
    found = {place: values.nd[place - 1] for place in recorded}
    assert found == pytest.approx(recorded, rel=1e-10)
    assert values.nd.shape == (300,)
    assert best.nd.shape == (2,)
    again, _ = optim.de(rosenbrock, torch.Tensor(2).fill(0), config)  # a generator of its own
    np.testing.assert_array_equal(best.nd, again.nd)


@pytest.mark.parametrize(
    ("function", "x", "fields", "message"),
    [
        ("cmaes", TYPES["torch.LongTensor"](2), {"sigma": 1}, "Unsupported Tensor torch.LongTensor"),
        ("cmaes", wrap(np.ones(2)), {"verb_disp": 0}, "arithmetic on upvalue 'sigma' (a nil value)"),
        ("cmaes", wrap(np.ones(2)), {"sigma": 1}, "on local 'verb_disp' (a nil value)"),
        ("de", wrap(np.ones(2)), {}, "arithmetic on local 'scaleFactor' (a nil value)"),
        ("de", wrap(np.ones(2)), {"scaleFactor": 1, "crossoverRate": 1, "maxFEs": 9, "popsize": 2},
         "a population of 3 or more is needed"),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(function, x, fields, message):
    with pytest.raises(LuaError) as caught:
        getattr(optim, function)(rosenbrock, x, settings(**fields))
    assert message in str(caught.value)
