"""Planes with filters of their own beside one convolution for each plane."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from th7shell.nn.kernels import depthwise
from th7shell.nn.kernels.convolution import ConvolutionPlan, output_size

pair = st.tuples(st.integers(1, 3), st.integers(1, 3))


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 2)),
    st.tuples(st.integers(1, 8), st.integers(1, 8)),
    pair,
    pair,
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.sampled_from([1, 1 << 20]),
)
def test_planes_and_their_gradients(counts, size, kernel, stride, pad, block):
    n, c, o = counts
    out = tuple(map(output_size, size, kernel, stride, pad))
    assume(min(out) > 0)
    draw = np.random.default_rng(5)
    x, filters, bias, gy, gw = (
        draw.standard_normal(shape)
        for shape in (
            *((n, c, 1, *size), (c, o, *kernel), (c, o)),
            *((n, c, o, *out), (c, o, *kernel)),
        )
    )
    y, gx, wanted = np.full(gy.shape, np.nan), np.full(x.shape, np.nan), gw.copy()
    before = depthwise.BLOCK_BYTES
    depthwise.BLOCK_BYTES = block
    try:
        layout = depthwise.Layout(n, size, kernel, stride, pad, out)
        depthwise.by_planes(depthwise.forward, layout, [x, filters, bias, y])
        depthwise.by_planes(depthwise.grad_input, layout, [gy, filters, gx])
        depthwise.by_planes(depthwise.grad_weight, layout, [x, gw, gy], (0.5,))
    finally:
        depthwise.BLOCK_BYTES = before
    for p in range(c):
        plan = ConvolutionPlan("d", n, 1, o, size, kernel, stride, pad)
        weight, image = filters[p].reshape(o, -1), np.ascontiguousarray(x[:, p])
        found, g = np.empty((n, o, *out)), np.ascontiguousarray(gy[:, p])
        back = np.empty((n, 1, *size))
        plan.forward(image, weight, bias[p].reshape(o, 1), found)
        plan.grad_input(g, weight, back)
        plan.grad_weight(image, g, wanted[p].reshape(o, -1), 0.5)
        np.testing.assert_allclose(y[:, p], found, atol=1e-12)
        np.testing.assert_allclose(gx[:, p], back, atol=1e-12)
    np.testing.assert_allclose(gw, wanted, atol=1e-12)


@pytest.mark.parametrize("stride", [1, 2])
def test_threads_share_the_planes(stride, monkeypatch):
    """Whoever computes a plane, it is the same."""
    n, c, size, out = 2, 40, (32, 32), (32 // stride, 32 // stride)
    layout = depthwise.Layout(n, size, (3, 3), (stride, stride), (1, 1), out)
    draw = np.random.default_rng(6)
    x, filters = draw.standard_normal((n, c, 1, *size)), draw.standard_normal((c, 1, 3, 3))
    results = []
    for count in (1, 3):
        monkeypatch.setattr(depthwise, "parts", lambda planes, *_, count=count: count)
        y, gx, gw = np.empty((n, c, 1, *out)), np.empty_like(x), np.zeros_like(filters)
        depthwise.by_planes(depthwise.forward, layout, [x, filters, None, y])
        depthwise.by_planes(depthwise.grad_input, layout, [y, filters, gx])
        depthwise.by_planes(depthwise.grad_weight, layout, [x, gw, y], (1,))
        results.append((y, gx, gw))
    for one, three in zip(*results):
        np.testing.assert_allclose(three, one, rtol=1e-12, atol=1e-12)
