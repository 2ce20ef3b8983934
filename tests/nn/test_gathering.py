"""Convolutions by products that add up beside those that copy windows and sum over taps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from th7shell.nn.kernels import gathering
from th7shell.nn.kernels.col2im import Scatter
from th7shell.nn.kernels.convolution import ConvolutionPlan, output_size
from th7shell.nn.kernels.gathering import Gathering

pair = st.tuples(st.integers(1, 4), st.integers(1, 4))


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["f", "d"]),
    st.tuples(st.integers(1, 12), st.integers(1, 12)),
    st.tuples(st.integers(1, 5), st.integers(1, 5)),
    pair,
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.booleans(),
)
def test_both_ways_give_the_same(letter, size, kernel, stride, pad, dilation, with_bias):
    out = tuple(map(output_size, size, kernel, stride, pad, dilation))
    assume(min(out) > 0)
    n, c, o = 2, 16, 17
    plan = ConvolutionPlan(letter, n, c, o, size, kernel, stride, pad, dilation)
    before = gathering.LEAST_WORK, gathering.PLACES
    gathering.LEAST_WORK = gathering.PLACES = 0
    try:
        back, ahead = (gathering.suits(plan, way) for way in (False, True))
    finally:
        gathering.LEAST_WORK, gathering.PLACES = before
    draw = np.random.default_rng(3)
    weight = draw.standard_normal((o, plan.k)).astype(letter)
    biases = [draw.standard_normal((m, 1)).astype(letter) if with_bias else None for m in (c, o)]
    ways = Gathering(plan) if back else None, Scatter(plan)
    forward = Gathering(plan, ahead=True) if ahead else None
    plan.by_rows = plan.may_gather = False
    for _ in range(2):  # the second time what the buffers hold is old
        gy, x = (draw.standard_normal((n, *s)).astype(letter) for s in ((o, *out), (c, *size)))
        for way, direct, source, bias in (
            (ways[0], ways[1].run, gy, biases[0]),
            (forward, lambda a, w, to, b: plan.forward(a, w, b, to), x, biases[1]),
        ):
            found, wanted = (np.full_like(x if source is gy else gy, np.nan) for _ in range(2))
            if way is not None:
                way.run(source, weight, found, bias)
                direct(source, weight, wanted, bias)
                near = 1e-5 if letter == "f" else 1e-13
                assert abs(found - wanted).max() <= near * abs(wanted).max()


@pytest.mark.parametrize(
    ("n", "planes", "kernel", "way"),
    [
        (4, (64, 64), (5, 5), Gathering),
        (1, (64, 64), (5, 5), Scatter),
        (4, (8, 64), (5, 5), Scatter),
        (4, (64, 64), (1, 1), Scatter),
    ],
)
def test_the_larger_ones_add_up(n, planes, kernel, way):
    plan = ConvolutionPlan("f", n, *planes, (14, 14), kernel, (1, 1), (0, 0))
    gx = np.empty((n, planes[0], 14, 14), "f")
    gy = np.ones((n, planes[1], *plan.out), "f")
    plan.grad_input(gy, np.ones((planes[1], plan.k), "f"), gx)
    assert type(plan._scatter) is way
    assert plan.may_gather == (way is Gathering)
