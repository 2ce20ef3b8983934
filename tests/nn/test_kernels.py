"""Kernels beside their slow forms, over grids of sizes, strides, paddings and dilations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from th7shell import torch
from th7shell.nn.kernels import (
    activation,
    average_pooling,
    batch_norm,
    col2im,
    convolution,
    im2col,
    lookup,
    max_pooling,
    threads,
    updates,
)
from th7shell.nn.kernels.padding import gather, reflected, replicated, scatter

from .naive import average_pool, convolve, max_pool

small = settings(max_examples=60, deadline=None)


@st.composite
def geometries(draw, pool=False):
    """Sizes, kernel, stride, padding and dilation of one to three dimensions that fit."""
    dims = draw(st.integers(1, 3))

    def each(low, high):
        return tuple(draw(st.lists(st.integers(low, high), min_size=dims, max_size=dims)))

    size, kernel, stride, dilation = each(2, 7), each(1, 3), each(1, 3), each(1, 2)
    pad = tuple(min(p, k // 2) for p, k in zip(each(0, 2), kernel)) if pool else each(0, 2)
    reach = [n + 2 * p - (d * (k - 1) + 1) for n, k, p, d in zip(size, kernel, pad, dilation)]
    assume(min(reach) >= 0)
    return size, kernel, stride, pad, dilation


@small
@given(
    geometries(),
    st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 3)),
    st.booleans(),
    st.sampled_from([1, 2000, 1 << 20]),
    st.sampled_from([1, 1 << 20]),
)
def test_convolution_and_its_gradients(geometry, counts, keep, scratch, product):
    size, kernel, stride, pad, dilation = geometry
    n, c, o = counts
    draw = np.random.default_rng(0)
    before = im2col.SCRATCH_BYTES, col2im.SCRATCH_BYTES, convolution.PRODUCT_BYTES
    im2col.SCRATCH_BYTES = col2im.SCRATCH_BYTES = scratch
    convolution.PRODUCT_BYTES = product
    try:
        plan = convolution.ConvolutionPlan("d", n, c, o, size, kernel, stride, pad, dilation)
        x, weight = draw.normal(size=(n, c, *size)), draw.normal(size=(o, c, *kernel))
        bias = draw.normal(size=o)
        want = np.array([convolve(v, weight, bias, stride, pad, dilation) for v in x])
        y = np.full(want.shape, np.nan)
        matrix = weight.reshape(o, -1)
        plan.forward(x, matrix, bias[:, None], y, keep)
        np.testing.assert_allclose(y, want, atol=1e-12)
        g = draw.normal(size=y.shape)
        gx = np.full(x.shape, np.nan)
        plan.grad_input(g, matrix, gx)
        gw, gb = np.ones_like(matrix), np.zeros(o)
        plan.grad_weight(x, g, gw, 0.5)
        plan.grad_bias(g, gb, 2)
    finally:
        im2col.SCRATCH_BYTES, col2im.SCRATCH_BYTES, convolution.PRODUCT_BYTES = before
    # y is linear in x and in the weight, so each gradient is known by its product with anything
    direction = draw.normal(size=x.shape)
    moved = np.array([convolve(v, weight, None, stride, pad, dilation) for v in direction])
    assert np.isclose((gx * direction).sum(), (g * moved).sum(), atol=1e-9)
    turned = draw.normal(size=weight.shape)
    moved = np.array([convolve(v, turned, None, stride, pad, dilation) for v in x])
    assert np.isclose(((gw - 1) * turned.reshape(o, -1)).sum(), 0.5 * (g * moved).sum(), atol=1e-9)
    np.testing.assert_allclose(gb, 2 * g.reshape(n, o, -1).sum((0, 2)), atol=1e-9)


@small
@given(geometries(pool=True), st.integers(1, 4), st.booleans(), st.sampled_from([1, 1 << 18]))
def test_max_pooling_and_its_indices(geometry, planes, ceil_mode, chunk):
    size, kernel, stride, pad, dilation = geometry
    out = max_pooling.window_counts(size, kernel, stride, pad, dilation, ceil_mode)
    x = np.random.default_rng(0).integers(0, 3, (planes, *size)).astype(float)
    before, max_pooling.CHUNK_BYTES = max_pooling.CHUNK_BYTES, chunk
    try:
        plan = max_pooling.MaxPoolingPlan("d", planes, size, out, kernel, stride, pad, dilation)
    finally:
        max_pooling.CHUNK_BYTES = before
    y, places = np.empty((planes, *out)), np.empty((planes, *out), np.int64)
    plan.forward(x, y, places)
    want, where = max_pool(x, kernel, stride, pad, dilation, out)
    np.testing.assert_array_equal(y, want)
    np.testing.assert_array_equal(places, where)
    g = np.random.default_rng(1).normal(size=y.shape)
    gx, total = np.empty_like(x), np.zeros((planes, x[0].size + 1))
    plan.backward(g, places, gx)
    for plane in range(planes):
        np.add.at(total[plane], where[plane].reshape(-1), g[plane].reshape(-1))
    np.testing.assert_allclose(gx.reshape(planes, -1), total[:, 1:], atol=1e-12)


@small
@given(geometries(pool=True), st.booleans(), st.sampled_from([1, 1 << 20]))
def test_average_pooling_and_its_gradient(geometry, count_pad, chunk):
    size, kernel, stride, pad, _ = geometry
    ones = (1,) * len(size)
    out = max_pooling.window_counts(size, kernel, stride, pad, ones, True)
    starts = [[o * s - p for o in range(m)] for m, s, p in zip(out, stride, pad)]
    inside = all(
        max(a, 0) < min(a + k, n) for axis, k, n in zip(starts, kernel, size) for a in axis
    )
    assume(min(out) > 0 and inside)
    before, average_pooling.CHUNK_BYTES = average_pooling.CHUNK_BYTES, chunk
    try:
        plan = average_pooling.AveragePoolingPlan("d", 2, size, out, kernel, stride, pad, count_pad)
    finally:
        average_pooling.CHUNK_BYTES = before
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(2, *size)), np.empty((2, *out))
    plan.forward(x, y)
    np.testing.assert_allclose(y, average_pool(x, kernel, stride, pad, out, count_pad), atol=1e-12)
    g, gx = draw.normal(size=y.shape), np.empty_like(x)
    plan.backward(g, gx)
    direction = draw.normal(size=x.shape)
    moved = average_pool(direction, kernel, stride, pad, out, count_pad)
    assert np.isclose((gx * direction).sum(), (g * moved).sum(), atol=1e-9)


@small
@given(st.integers(2, 6), st.integers(-1, 4), st.integers(-1, 4), st.booleans())
def test_border_padding_and_its_gradient(n, before, after, mirrored):
    assume(n + before + after > 0 and max(before, after) < n)
    places = (reflected if mirrored else replicated)(n, before, after)
    x = np.random.default_rng(0).normal(size=(2, n, 3))
    y = np.empty((2, len(places), 3))
    gather(x, [places, np.arange(3)], y)
    kept = x[:, max(0, -before) : n - max(0, -after)]
    if before <= 0 and after <= 0:
        np.testing.assert_array_equal(y, kept)
    else:
        mode = "reflect" if mirrored else "edge"
        whole = np.pad(x, ((0, 0), (max(before, 0), max(after, 0)), (0, 0)), mode=mode)
        low, high = max(0, -before), whole.shape[1] - max(0, -after)
        np.testing.assert_array_equal(y, whole[:, low:high])
    g, gx = np.random.default_rng(1).normal(size=y.shape), np.empty_like(x)
    scatter(g, [places, np.arange(3)], gx)
    assert np.isclose((gx * x).sum(), (g * y).sum())


@given(st.lists(st.integers(0, 5), max_size=40))
def test_rows_add_up_however_often_they_repeat(rows):
    draw = np.random.default_rng(0)
    values = draw.normal(size=(len(rows), 3))
    table, want = np.zeros((6, 3)), np.zeros((6, 3))
    np.add.at(want, rows, values)
    lookup.add_rows(table, np.array(rows, np.intp), values)
    np.testing.assert_allclose(table, want, atol=1e-12)
    strided = np.zeros((6, 6))[:, ::2]
    lookup.add_rows(strided, np.array(rows, np.intp), values)
    np.testing.assert_allclose(strided, want, atol=1e-12)


@pytest.mark.parametrize("norm", [1, 2, 3])
def test_long_rows_are_shortened(norm):
    table = np.random.default_rng(0).normal(size=(5, 4))
    before = table.copy()
    lookup.renormalise(table, np.array([0, 2, 2]), 0.5, norm)
    length = (np.abs(table) ** norm).sum(1) ** (1 / norm)
    np.testing.assert_allclose(length[[0, 2]], 0.5, rtol=1e-6)
    np.testing.assert_array_equal(table[[1, 3, 4]], before[[1, 3, 4]])


@pytest.mark.parametrize("shape", [(50, 3), (4, 3, 60)])
def test_moments_survive_a_large_mean(shape):
    x = (np.random.default_rng(0).normal(size=shape) + 1000).astype(np.float32)
    mean, squares = batch_norm.moments(x)
    axes = (0, *range(2, x.ndim))
    exact = x.astype(float)
    np.testing.assert_allclose(mean, exact.mean(axes), rtol=1e-6)
    np.testing.assert_allclose(squares / (x.size / 3), exact.var(axes), rtol=1e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_updates_in_place(dtype):
    draw = np.random.default_rng(0)
    target = draw.normal(size=(60, 50)).astype(dtype)
    u, v = draw.normal(size=60).astype(dtype), draw.normal(size=50).astype(dtype)
    source, want = np.outer(u, v), target + 0.5 * np.outer(u, v)
    other = target.copy()
    updates.add_outer(target, 0.5, u, v, np.empty_like(target))
    updates.add_multiple(other, 0.5, source)
    for got in (target, other):
        assert got.dtype == dtype
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)
    for update, more in (
        (updates.add_multiple, (source,)),
        (updates.add_outer, (u, v, np.empty_like(target))),
    ):
        sliced = np.zeros((60, 100), dtype)[:, ::2]  # with gaps
        update(sliced, 2.0, *more)
        np.testing.assert_allclose(sliced, 2 * source, rtol=1e-5)


def test_small_products_stay_on_one_thread(monkeypatch):
    used = []
    monkeypatch.setattr(threads, "threads", lambda: 4)
    monkeypatch.setattr(threads, "use", used.append)

    @threads.alone(lambda n: n)
    def kernel(n):
        used.append("work")
        if n == threads.SMALL:
            raise ValueError("large")

    kernel(threads.TINY)  # too small for BLAS to think of another
    kernel(threads.TINY + 1)
    kernel(threads.SMALL + 1)
    assert used == ["work", 1, "work", 4, "work"]
    with pytest.raises(ValueError, match="large"):
        kernel(threads.SMALL)
    assert used[5:] == [1, "work", 4]


def test_threads_of_blas_are_set_and_given_back():
    before = torch.getnumthreads()
    try:
        torch.setnumthreads(2)
        assert threads.threads() == 2
        threads.use(1)
        assert torch.getnumthreads() == 1
        threads.use(2)
        assert torch.getnumthreads() == 2
    finally:
        torch.setnumthreads(before)


@pytest.mark.parametrize("limit", [0, 0.5])
@pytest.mark.parametrize("size", [10, 3 * activation.BLOCK + 5])
@pytest.mark.parametrize("way", ["apart", "into x", "into g", "gaps"])
def test_a_threshold_lets_gradients_pass(way, size, limit):
    draw = np.random.default_rng(3)
    x, g = draw.standard_normal((2, 2, size)).astype("f")
    x[0, 1], x[1, 2] = np.nan, np.inf
    wanted = np.where(x > limit, g, 0)
    if way == "gaps":
        x, g = (np.repeat(a, 2, 1)[:, ::2] for a in (x, g))
    out = {"into x": x, "into g": g}.get(way, np.empty_like(g))
    with np.errstate(invalid="ignore"):
        activation.threshold_gradient(x, x, g, out, limit, 0)
    np.testing.assert_array_equal(out, wanted)
