"""FistaLS against the solution of a lasso problem with orthonormal columns."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import optim
from th7shell.lua import LuaError, array, new_table
from th7shell.torch.tensor import wrap

WEIGHT = 0.6  # of the L1 norm
BASIS = np.linalg.qr(np.arange(1.0, 13).reshape(4, 3) ** 1.7)[0]
WANTED = np.array([3.0, -1.0, 0.1])
GOAL = BASIS @ WANTED
SOLUTION = np.sign(WANTED) * np.maximum(np.abs(WANTED) - WEIGHT / 2, 0)


def smooth(y, *what):
    rest = BASIS @ y.nd - GOAL
    value = float(rest @ rest)
    return (value, wrap(2 * BASIS.T @ rest)) if what else value


def simple(y):
    return WEIGHT * float(np.abs(y.nd).sum())


def shrink(z, steepness):
    z.nd[...] = np.sign(z.nd) * np.maximum(np.abs(z.nd) - WEIGHT / steepness, 0)


@pytest.mark.parametrize("fista", [True, False])
def test_it_finds_the_minimum(fista):
    x, params = wrap(np.ones(3)), new_table((), {"doFistaUpdate": fista, "errthres": 1e-12})
    y, history = optim.FistaLS(smooth, simple, shrink, x, params)
    np.testing.assert_allclose(y.nd, SOLUTION, atol=1e-5)
    np.testing.assert_array_equal(x.nd, y.nd)
    values = [entry.F for entry in array(history)]
    assert values[-1] == pytest.approx(smooth(y) + simple(y))
    assert history[1].nline > 1  # 0.1 is too flat: L was raised
    assert params.L == history[1].L > 1
    assert params.y is y
    assert {"nline", "L", "F", "Fply", "Gply", "Q"} == set(vars(history[1]))


def test_verbose_prints_and_keeps_the_iterates(capsys):
    x, params = wrap(np.ones(3)), new_table((), {"verbose": True, "maxiter": 2, "L": 4})
    y, history = optim.FistaLS(smooth, simple, shrink, x, params)
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("nline=0 L=4 fply=")
    assert [line.split()[0] for line in out if line.startswith("iter")] == ["iter=0", "iter=1"]
    np.testing.assert_array_equal(history[2].y.nd, y.nd)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((None, simple, shrink, wrap(np.ones(3))), "argument 1 must be a function, got nil"),
        ((smooth, simple, shrink, 3), "argument 4 must be a tensor, got number"),
        ((smooth, simple, shrink, wrap(np.ones(3)), 3), "argument 5 must be a table, got number"),
        ((smooth, simple, shrink, wrap(np.ones(3)), {"maxiter": 0}), "not supposed to be here"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(LuaError, match=message):
        optim.FistaLS(*arguments)
