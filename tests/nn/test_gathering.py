"""The transposed convolution by products that add up beside the one that sums over taps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from th7shell.nn.kernels import convolution, gathering
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
    before, gathering.LEAST_WORK = gathering.LEAST_WORK, 0
    try:
        assume(gathering.suits(plan))
    finally:
        gathering.LEAST_WORK = before
    draw = np.random.default_rng(3)
    weight = draw.standard_normal((o, plan.k)).astype(letter)
    bias = draw.standard_normal((c, 1)).astype(letter) if with_bias else None
    ways = Gathering(plan), Scatter(plan)
    for _ in range(2):  # the second time what the buffers hold is old
        gy = draw.standard_normal((n, o, *out)).astype(letter)
        found, wanted = (np.full((n, c, *size), np.nan, letter) for _ in ways)
        ways[0].run(gy, weight, found, bias)
        ways[1].run(gy, weight, wanted, bias)
        near = 1e-5 if letter == "f" else 1e-13
        assert abs(found - wanted).max() <= near * abs(wanted).max()


@pytest.mark.parametrize(
    ("planes", "kernel", "way"),
    [((64, 64), (5, 5), Gathering), ((8, 64), (5, 5), Scatter), ((64, 64), (1, 1), Scatter)],
)
def test_the_larger_ones_add_up(planes, kernel, way):
    plan = ConvolutionPlan("f", 1, *planes, (14, 14), kernel, (1, 1), (0, 0))
    gx = np.empty((1, planes[0], 14, 14), "f")
    gy = np.ones((1, planes[1], *plan.out), "f")
    plan.grad_input(gy, np.ones((planes[1], plan.k), "f"), gx)
    assert type(plan._scatter) is way
    assert convolution.suits(plan) == (way is Gathering)
