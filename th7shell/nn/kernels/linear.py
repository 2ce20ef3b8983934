"""Affine maps: x (n, k) or (k,), weight (o, k), bias (o,) or None; results (n, o) or (o,)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .threads import alone
from .updates import add_outer

FLOAT = np.dtype(np.float32)


def product(a: NDArray, b: NDArray, out: NDArray) -> None:
    """a·b into out, which need not be contiguous."""
    try:
        a.dot(b, out)
    except ValueError:
        out[...] = a.dot(b)


def _scratch(plans: dict, name: str, shape: tuple[int, ...], like: NDArray) -> NDArray:
    """The scratch array of this name in a layer's plans, made again when the shape changes."""
    array = plans.get(name)
    if array is None or array.shape != shape or array.dtype != like.dtype:
        array = plans[name] = np.empty(shape, like.dtype, like=like)
    return array


@alone(lambda x, weight, *_: x.size * len(weight))
def forward(x: NDArray, weight: NDArray, bias: NDArray | None, out: NDArray, plans: dict) -> None:
    """out = x·weightᵀ + bias. Small batches in single precision are faster as (weight·xᵀ)ᵀ."""
    if x.ndim == 1:
        product(weight, x, out)
    elif len(x) == 1:
        product(weight, x[0], out[0])
    elif x.dtype == FLOAT and len(x) <= 128:
        across = _scratch(plans, "across", (len(weight), len(x)), x)
        weight.dot(x.T, across)
        if bias is None:
            out[...] = across.T
        else:
            np.add(across.T, bias, out)
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
    fresh = _scratch(plans, "grad weight", grad_weight.shape, grad_weight)
    if x.ndim == 1:
        add_outer(grad_weight, scale, grad, x, fresh)
    else:
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
