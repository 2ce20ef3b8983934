"""Elementwise functions and their gradients.

Forward: f(x, out, constants…). Backward: f(x, y, g, out, constants…) with y = f(x), g the
gradient of y; every function may work in place (out is x, or out is g). x, y, g and out have
one shape.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from th7shell.torch.ops.arrays import negative

#: zero and one as arrays of each floating type: cheaper than Python numbers, and they never widen
ZERO = {np.dtype(t): np.zeros((), t) for t in (np.float16, np.float32, np.float64)}
ONE = {np.dtype(t): np.ones((), t) for t in (np.float16, np.float32, np.float64)}


BLOCK = 1 << 15  # elements that several passes go over while they are in the cache


def threshold(x: NDArray, out: NDArray, limit: float, value: float) -> None:
    """x where x > limit, else value; NaN counts as less."""
    if limit == 0 and value == 0:
        np.fmax(x, ZERO[x.dtype], out)
    else:
        out[...] = np.where(x > limit, x, out.dtype.type(value))


def threshold_gradient(
    x: NDArray, y: NDArray, g: NDArray, out: NDArray, limit: float, value: float
) -> None:
    """g where x > limit, else 0."""
    if x.size < 2 * BLOCK or not all(
        a.__class__ is np.ndarray and a.flags.c_contiguous for a in (x, g, out)
    ):
        np.multiply(g, x > limit, out)
        return
    x, g, out = x.reshape(-1), g.reshape(-1), out.reshape(-1)
    passed, factors = np.empty(BLOCK, bool), np.empty(BLOCK, out.dtype)
    for at in range(0, x.size, BLOCK):
        part = slice(at, min(at + BLOCK, x.size))
        size = part.stop - at
        np.greater(x[part], limit, out=passed[:size])
        np.copyto(factors[:size], passed[:size])  # a product would convert them by small pieces
        np.multiply(g[part], factors[:size], out=out[part])


def hard_tanh(x: NDArray, out: NDArray, low: float, high: float) -> None:
    """x clamped to [low, high]."""
    np.minimum(np.maximum(x, low, out=out), high, out=out)


def hard_tanh_gradient(
    x: NDArray, y: NDArray, g: NDArray, out: NDArray, low: float, high: float
) -> None:
    """g where low < x < high, else 0."""
    np.multiply(g, (x > low) & (x < high), out=out)


def hard_shrink(x: NDArray, out: NDArray, limit: float) -> None:
    """x where |x| > limit, else 0."""
    np.multiply(x, np.abs(x) > limit, out=out)


def hard_shrink_gradient(x: NDArray, y: NDArray, g: NDArray, out: NDArray, limit: float) -> None:
    """g where |x| > limit, else 0."""
    np.multiply(g, np.abs(x) > limit, out=out)


def soft_shrink(x: NDArray, out: NDArray, limit: float) -> None:
    """x moved towards 0 by limit, and 0 between."""
    np.subtract(x, np.clip(x, -limit, limit), out=out)


def leaky(x: NDArray, out: NDArray, slope: NDArray | float) -> None:
    """x where x > 0, else slope·x."""
    np.multiply(x, np.where(x > 0, x.dtype.type(1), slope), out=out)


def leaky_gradient(
    x: NDArray, y: NDArray, g: NDArray, out: NDArray, slope: NDArray | float
) -> None:
    """g where x > 0, else slope·g."""
    np.multiply(g, np.where(x > 0, x.dtype.type(1), slope), out=out)


def elu(x: NDArray, out: NDArray, alpha: float) -> None:
    """x where x > 0, else alpha·(eˣ - 1)."""
    below = np.expm1(np.minimum(x, ZERO[x.dtype]))
    np.multiply(below, alpha, out=below)
    np.add(np.maximum(x, ZERO[x.dtype]), below, out=out)


def elu_gradient(x: NDArray, y: NDArray, g: NDArray, out: NDArray, alpha: float) -> None:
    """g where y > 0, else (y + alpha)·g."""
    np.multiply(g, np.where(y > 0, y.dtype.type(1), y + y.dtype.type(alpha)), out=out)


def tanh(x: NDArray, out: NDArray) -> None:
    """tanh(x)."""
    np.tanh(x, out=out)


def tanh_gradient(x: NDArray, y: NDArray, g: NDArray, out: NDArray) -> None:
    """(1 - y²)·g."""
    slope = np.multiply(y, y)
    np.subtract(ONE[y.dtype], slope, out=slope)
    np.multiply(slope, g, out=out)


def sigmoid(x: NDArray, out: NDArray) -> None:
    """1 / (1 + e⁻ˣ)."""
    negative(x, out)
    np.exp(out, out=out)
    np.add(out, ONE[x.dtype], out=out)
    np.reciprocal(out, out=out)


def sigmoid_gradient(x: NDArray, y: NDArray, g: NDArray, out: NDArray) -> None:
    """y·(1 - y)·g."""
    slope = np.subtract(ONE[y.dtype], y)
    np.multiply(slope, y, out=slope)
    np.multiply(slope, g, out=out)


def log_sigmoid(x: NDArray, out: NDArray) -> None:
    """log(1 / (1 + e⁻ˣ)), without overflow."""
    tail = np.log1p(np.exp(-np.abs(x)))
    np.subtract(np.minimum(x, ZERO[x.dtype]), tail, out=out)


def log_sigmoid_gradient(x: NDArray, y: NDArray, g: NDArray, out: NDArray) -> None:
    """g / (1 + eˣ)."""
    slope = np.empty_like(x)
    sigmoid(-x, slope)
    np.multiply(slope, g, out=out)


def soft_plus(x: NDArray, out: NDArray, beta: float, limit: float) -> None:
    """log(1 + e^(beta·x)) / beta, and x itself where beta·x > limit."""
    z = x * x.dtype.type(beta)
    curve = np.log1p(np.exp(np.minimum(z, limit))) / x.dtype.type(beta)
    out[...] = np.where(z > limit, x, curve)


def soft_plus_gradient(
    x: NDArray, y: NDArray, g: NDArray, out: NDArray, beta: float, limit: float
) -> None:
    """(1 - e^(-beta·y))·g, and g itself where beta·y > limit."""
    z = y * y.dtype.type(beta)
    np.multiply(g, np.where(z > limit, y.dtype.type(1), -np.expm1(-z)), out=out)


def soft_sign(x: NDArray, out: NDArray) -> None:
    """x / (1 + |x|)."""
    np.divide(x, np.abs(x) + ONE[x.dtype], out=out)


def soft_sign_gradient(x: NDArray, y: NDArray, g: NDArray, out: NDArray) -> None:
    """g / (1 + |x|)²."""
    np.divide(g, np.square(np.abs(x) + ONE[x.dtype]), out=out)


def absolute(x: NDArray, out: NDArray) -> None:
    """|x|."""
    np.absolute(x, out=out)


def absolute_gradient(x: NDArray, y: NDArray, g: NDArray, out: NDArray) -> None:
    """g where x ≥ 0, else -g."""
    np.multiply(g, np.where(x >= 0, x.dtype.type(1), x.dtype.type(-1)), out=out)


def square(x: NDArray, out: NDArray) -> None:
    """x²."""
    np.multiply(x, x, out=out)


def square_gradient(x: NDArray, y: NDArray, g: NDArray, out: NDArray) -> None:
    """2·x·g."""
    np.multiply(x * x.dtype.type(2), g, out=out)


def sqrt(x: NDArray, out: NDArray, eps: float) -> None:
    """√x. (`eps` has no part in it, as in the original.)"""
    np.sqrt(x, out=out)


def sqrt_gradient(x: NDArray, y: NDArray, g: NDArray, out: NDArray, eps: float) -> None:
    """g / (2·y), and 0 where y is 0."""
    zero = y == 0
    out[...] = np.where(zero, ZERO[y.dtype], g / np.where(zero, ONE[y.dtype], y * y.dtype.type(2)))


def exp(x: NDArray, out: NDArray) -> None:
    """eˣ."""
    np.exp(x, out=out)


def exp_gradient(x: NDArray, y: NDArray, g: NDArray, out: NDArray) -> None:
    """y·g."""
    np.multiply(y, g, out=out)


def log(x: NDArray, out: NDArray) -> None:
    """log x."""
    np.log(x, out=out)


def log_gradient(x: NDArray, y: NDArray, g: NDArray, out: NDArray) -> None:
    """g / x."""
    np.divide(g, x, out=out)


def power(x: NDArray, out: NDArray, exponent: float) -> None:
    """xᵖ."""
    np.power(x, x.dtype.type(exponent), out=out)


def power_gradient(x: NDArray, y: NDArray, g: NDArray, out: NDArray, exponent: float) -> None:
    """p·xᵖ⁻¹·g."""
    slope = np.power(x, x.dtype.type(exponent - 1))
    np.multiply(slope, x.dtype.type(exponent), out=slope)
    np.multiply(slope, g, out=out)
