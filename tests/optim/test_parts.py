"""Long vectors, which a method goes over in parts, come to what they come to as one."""

from __future__ import annotations

import numpy as np
import pytest

from tests.torch.strides import spread
from th7shell import optim
from th7shell.optim.parts import PART, in_parts
from th7shell.torch.tensor import wrap

SIZE = 2 * PART + 77
SETTINGS = [
    ("adadelta", {"weightDecay": 0.1}),
    ("adagrad", {"weightDecay": 0.1}),
    ("adam", {"learningRateDecay": 0.1, "weightDecay": 0.1}),
    ("adamax", {}),
    ("asgd", {"t0": 0}),
    ("nag", {"learningRate": 0.1}),
    ("rmsprop", {}),
    ("rprop", {"niter": 2}),
    ("sgd", {"weightDecay": 0.1}),
    ("sgd", {"momentum": 0.9, "dampening": 0, "nesterov": True}),
    ("sgd", {"weightDecays": wrap(np.linspace(0, 1, SIZE)), "momentum": 0.5}),
    ("sgd", {"learningRates": wrap(np.linspace(0, 1, SIZE))}),
]


def minimised(name, settings, x):
    """Three steps down a bowl."""
    weights, config = np.linspace(1, 2, x.nd.size), dict(settings)
    for _ in range(3):
        getattr(optim, name)(lambda t: (0.0, wrap(2 * weights * t.nd)), x, config)
    return x.nd, config


@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_in_parts_and_as_one(name, settings):
    start = np.linspace(-1, 1.5, SIZE)
    got, kept = minimised(name, settings, wrap(start.copy()))
    want, other = minimised(name, settings, wrap(spread(start, 2, 1)))  # has gaps: one part
    assert not np.array_equal(got, start)
    np.testing.assert_allclose(
        got, want, rtol=1e-12, atol=1e-15
    )  # sums with gaps are rounded twice
    assert kept.keys() == other.keys()
    for key, value in kept.items():
        if key != "tmp" or name != "asgd":
            value, its = (getattr(v, "nd", v) for v in (value, other[key]))
            np.testing.assert_allclose(value, its, rtol=1e-12, atol=1e-15, err_msg=key)


def test_every_part_has_room_of_its_length():
    seen = []

    def note(x, g, nothing, room):
        assert nothing is None
        seen.append((len(x), len(g), len(room)))
        x += g

    x, g = np.zeros(SIZE), np.ones(SIZE)
    in_parts(note, x, g, None, room=1)
    assert seen == [(PART,) * 3, (PART,) * 3, (77,) * 3]
    assert (x == 1).all()
    seen.clear()
    in_parts(note, x[::2], g[::2], None, room=1)
    assert [n for n, *_ in seen] == [len(x[::2])]


@pytest.mark.parametrize("search", [None, optim.lswolfe])
def test_directions_in_parts_and_as_one(search):
    start, weights = np.linspace(-1, 1.5, SIZE), np.linspace(1, 2, SIZE)
    ends = []
    for x in wrap(start.copy()), wrap(spread(start, 2, 1)):
        settings = {"maxIter": 5, "lineSearch": search, "nCorrection": 2, "learningRate": 0.6}
        optim.lbfgs(lambda t: (weights @ t.nd**2, wrap(2 * weights * t.nd)), x, settings)
        ends.append(x.nd)
    assert np.abs(ends[0]).max() < 0.9
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-9, atol=1e-13)
