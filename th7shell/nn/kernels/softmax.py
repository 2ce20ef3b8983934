"""Softmax and its logarithm along one axis, for x of any number of dimensions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def softmax(x: NDArray, out: NDArray, axis: int) -> None:
    """out = eˣ / Σ eˣ."""
    np.subtract(x, np.maximum.reduce(x, axis, keepdims=True), out=out)
    np.exp(out, out=out)
    np.divide(out, np.add.reduce(out, axis, keepdims=True), out=out)


def softmax_gradient(y: NDArray, g: NDArray, out: NDArray, axis: int) -> None:
    """out = y·(g - Σ y·g)."""
    dots = np.add.reduce(y * g, axis, keepdims=True)
    np.subtract(g, dots, out=out)
    np.multiply(out, y, out=out)


def log_softmax(x: NDArray, out: NDArray, axis: int) -> None:
    """out = x - log Σ eˣ."""
    np.subtract(x, np.maximum.reduce(x, axis, keepdims=True), out=out)
    total = np.add.reduce(np.exp(out), axis, keepdims=True)
    np.subtract(out, np.log(total, out=total), out=out)


def log_softmax_gradient(y: NDArray, g: NDArray, out: NDArray, axis: int) -> None:
    """out = g - e^y·Σ g."""
    rest = np.exp(y)
    np.multiply(rest, np.add.reduce(g, axis, keepdims=True), out=rest)
    np.subtract(g, rest, out=out)
