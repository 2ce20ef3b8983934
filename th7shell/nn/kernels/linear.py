"""Affine maps: x (n, k) or (k,), weight (o, k), bias (o,) or None; results (n, o) or (o,)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .products import Kept, prepared
from .threads import alone
from .updates import add_outer

LARGE = 100_000  # multiplications from which BLAS is asked to add a product to what is there


def product(a: NDArray, b: NDArray, out: NDArray) -> None:
    """a·b into out, which need not be contiguous."""
    try:
        a.dot(b, out)
    except ValueError:
        out[...] = a.dot(b)


def _gradient(grad: NDArray, x: NDArray, grad_weight: NDArray, scale: float) -> Any:
    return prepared(grad.T, x, grad_weight, scale)


def _kept(plans: dict, name: str) -> Kept:
    """The calls of this name that are kept in a layer's plans."""
    found = plans.get(name)
    if found is None:
        found = plans[name] = Kept()
    return found


def _scratch(plans: dict, name: str, shape: tuple[int, ...], like: NDArray) -> NDArray:
    """The scratch array of this name in a layer's plans, made again when the shape changes."""
    array = plans.get(name)
    if array is None or array.shape != shape or array.dtype != like.dtype:
        array = plans[name] = np.empty(shape, like.dtype, like=like)
    return array


@alone(lambda x, weight, *_: x.size * len(weight))
def forward(x: NDArray, weight: NDArray, bias: NDArray | None, out: NDArray, plans: dict) -> None:
    """out = x·weightᵀ + bias."""
    if x.ndim == 1:
        product(weight, x, out)
    elif len(x) == 1:
        product(weight, x[0], out[0])
    elif bias is not None and x.size * len(weight) >= LARGE:
        out[...] = bias
        _kept(plans, "forward").get(lambda x, w, y: prepared(x, w.T, y), x, weight, out)()
        return
    else:
        product(x, weight.T, out)
    if bias is not None:
        np.add(out, bias, out)


@alone(lambda grad, weight, *_: grad.size * weight.shape[1])
def backward(grad: NDArray, weight: NDArray, out: NDArray) -> None:
    """out = grad·weight, the gradient of x."""
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
        fresh = _scratch(plans, "grad weight", grad_weight.shape, grad_weight)
        add_outer(grad_weight, scale, grad, x, fresh)
    elif grad_weight.size * len(x) >= LARGE:
        _kept(plans, "accumulate").get(_gradient, grad, x, grad_weight, scale)()
    else:
        fresh = _scratch(plans, "grad weight", grad_weight.shape, grad_weight)
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
        total = ones.dot(grad)
    np.add(grad_bias, total if scale == 1 else total * scale, grad_bias)
