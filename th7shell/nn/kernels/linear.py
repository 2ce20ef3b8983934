"""Affine maps: x (n, k) or (k,), weight (o, k), bias (o,) or None; results (n, o) or (o,)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .products import Kept, buffer, prepared
from .side_by_side import cuts, parts, side_by_side
from .threads import SMALL, TINY, alone
from .updates import add_outer

PART_WORK = 4_000_000  # multiplications that are worth a thread of their own, at least
LARGE = 100_000  # multiplications from which BLAS is asked to add a product to what is there
FEW = 6  # times fewer rows than inputs: in single precision, turned about, the product is quicker


def product(a: NDArray, b: NDArray, out: NDArray) -> None:
    """a·b into out, which need not be contiguous."""
    try:
        a.dot(b, out)
    except ValueError:
        out[...] = a.dot(b)


@alone(lambda row, matrix: min(matrix.size, SMALL))  # memory is what it waits for
def _times(row: NDArray, matrix: NDArray) -> NDArray:
    """row·matrix."""
    return row.dot(matrix)


def _forward(x: NDArray, weight: NDArray, out: NDArray, count: int) -> list[Any]:
    """The products that are added to the output, cut by its features."""
    return [prepared(x, weight[cut].T, out[:, cut]) for cut in cuts(len(weight), count)]


def _turned(x: NDArray, weight: NDArray, turned: NDArray, count: int) -> list[Any]:
    """The products that fill the output turned about, cut by its features."""
    pieces = cuts(len(weight), count)
    return [prepared(weight[cut], x.T, turned[cut], add=False) for cut in pieces]


def _backward(grad: NDArray, weight: NDArray, out: NDArray, count: int) -> list[Any]:
    """The products of the input's gradient, cut by its features."""
    pieces = cuts(out.shape[1], count)
    return [prepared(grad, weight[:, cut], out[:, cut], add=False) for cut in pieces]


def _accumulate(
    grad: NDArray, x: NDArray, grad_weight: NDArray, scale: float, count: int
) -> list[Any]:
    """The products that are added to the weight's gradient, cut by its rows."""
    pieces = cuts(len(grad_weight), count)
    return [prepared(grad[:, cut].T, x, grad_weight[cut], scale) for cut in pieces]


def _kept(plans: dict, name: str) -> Kept:
    """The calls of this name that are kept in a layer's plans."""
    found = plans.get(name)
    if found is None:
        found = plans[name] = Kept()
    return found


@alone(lambda x, weight, *_: x.size * len(weight))
def forward(x: NDArray, weight: NDArray, bias: NDArray | None, out: NDArray, plans: dict) -> None:
    """out = x·weightᵀ + bias."""
    if x.ndim == 1:
        product(weight, x, out)
    elif len(x) == 1:
        product(weight, x[0], out[0])
    elif bias is not None and x.size * len(weight) >= LARGE:
        count = parts(len(weight), x.size * len(weight), PART_WORK)
        kept = _kept(plans, "forward")
        if FEW * len(x) <= x.shape[1] and x.dtype.char == "f":
            turned = buffer(plans, "turned", (len(weight), len(x)), x)
            side_by_side(kept.get(_turned, x, weight, turned, count))
            np.add(turned.T, bias, out)
            return
        out[...] = bias
        side_by_side(kept.get(_forward, x, weight, out, count))
        return
    else:
        product(x, weight.T, out)
    if bias is not None:
        np.add(out, bias, out)


@alone(lambda grad, weight, *_: grad.size * weight.shape[1])
def backward(grad: NDArray, weight: NDArray, out: NDArray, plans: dict) -> None:
    """out = grad·weight, the gradient of x."""
    count = parts(weight.shape[1], grad.size * weight.shape[1], PART_WORK)
    if count > 1 and grad.ndim == 2:
        side_by_side(_kept(plans, "backward").get(_backward, grad, weight, out, count))
    else:
        product(grad, weight, out)


@alone(lambda x, grad, *_: x.size * grad.shape[-1])
def accumulate(
    x: NDArray,
    grad: NDArray,
    grad_weight: NDArray,
    grad_bias: NDArray | None,
    scale: float,
    plans: dict,
) -> None:
    """grad_weight += scale·gradᵀ·x; grad_bias += scale·Σ grad."""
    if x.ndim == 1:
        fresh = buffer(plans, "grad weight", grad_weight.shape, grad_weight)
        add_outer(grad_weight, scale, grad, x, fresh)
    elif grad_weight.size * len(x) >= LARGE:
        count = parts(len(grad_weight), grad.size * x.shape[1], PART_WORK)
        side_by_side(
            _kept(plans, "accumulate").get(_accumulate, grad, x, grad_weight, scale, count)
        )
    else:
        fresh = buffer(plans, "grad weight", grad_weight.shape, grad_weight)
        grad.T.dot(x, fresh)
        if scale != 1:
            np.multiply(fresh, scale, fresh)
        np.add(grad_weight, fresh, grad_weight)
    if grad_bias is None:
        return
    if x.ndim == 1:
        total = grad
    else:
        ones = plans.get("ones")
        if ones is None or len(ones) != len(x) or ones.dtype != x.dtype:
            ones = plans["ones"] = np.ones(len(x), x.dtype, like=x)
        total = ones.dot(grad) if grad.size <= TINY else _times(ones, grad)
    np.add(grad_bias, total if scale == 1 else total * scale, grad_bias)
