"""Losses of pairs of equal shapes: the sum over elements, and the slope of each element's loss.

total(x, t, constants…) → float; slope(x, t, out, constants…) writes d loss / dx, not averaged.
Sums are taken in double precision.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TINY = 1e-12


def summed(values: NDArray) -> float:
    """The sum of all elements."""
    return float(values.sum(dtype=np.float64))


def squared(x: NDArray, t: NDArray) -> float:
    """Σ (x - t)²."""
    d = (x - t).reshape(-1)
    return float(d.dot(d))


def squared_slope(x: NDArray, t: NDArray, out: NDArray) -> None:
    """2·(x - t)."""
    np.subtract(x, t, out=out)
    np.add(out, out, out=out)


def absolute(x: NDArray, t: NDArray) -> float:
    """Σ |x - t|."""
    return summed(np.abs(x - t))


def absolute_slope(x: NDArray, t: NDArray, out: NDArray) -> None:
    """1 where x ≥ t, else -1."""
    out[...] = np.where(x >= t, 1, -1)


def smooth(x: NDArray, t: NDArray) -> float:
    """Σ of (x - t)²/2 where |x - t| < 1, else |x - t| - 1/2."""
    d = np.abs(x - t)
    near = np.minimum(d, 1)
    return summed(near * (d - near / 2))


def smooth_slope(x: NDArray, t: NDArray, out: NDArray) -> None:
    """x - t, clamped to [-1, 1]."""
    np.clip(x - t, -1, 1, out=out)


def cross_entropy(x: NDArray, t: NDArray, weight: NDArray | float) -> float:
    """-Σ w·(t·log(x + ε) + (1 - t)·log(1 - x + ε))."""
    return -summed((np.log(x + TINY) * t + np.log(1 - x + TINY) * (1 - t)) * weight)


def cross_entropy_slope(x: NDArray, t: NDArray, out: NDArray, weight: NDArray | float) -> None:
    """-w·(t - x) / ((1 - x + ε)·(x + ε))."""
    np.divide((x - t) * weight, (1 - x + TINY) * (x + TINY), out=out)


def divergence(x: NDArray, t: NDArray) -> float:
    """Σ t·(log t - x) over t > 0: Kullback-Leibler, with x = log-probabilities."""
    positive = t > 0
    return summed(np.where(positive, t * (np.log(np.where(positive, t, 1)) - x), 0))


def divergence_slope(x: NDArray, t: NDArray, out: NDArray) -> None:
    """-t where t > 0, else 0."""
    np.minimum(-t, 0, out=out)


def hinge(x: NDArray, t: NDArray, margin: float) -> float:
    """Σ max(0, margin - x·t)."""
    return summed(np.maximum(margin - x * t, 0))


def hinge_slope(x: NDArray, t: NDArray, out: NDArray, margin: float) -> None:
    """-t where x·t < margin, else 0."""
    np.multiply(-t, x * t < margin, out=out)


def logistic(x: NDArray, t: NDArray) -> float:
    """Σ log(1 + e^(-x·t))."""
    return summed(np.logaddexp(0, -x * t))


def logistic_slope(x: NDArray, t: NDArray, out: NDArray) -> None:
    """-t / (1 + e^(x·t))."""
    np.divide(-t, 1 + np.exp(x * t), out=out)


def sigmoid_entropy(x: NDArray, t: NDArray, weight: NDArray | float) -> float:
    """Σ w·(log(1 + eˣ) - t·x): cross entropy of σ(x), without overflow."""
    return summed((np.logaddexp(0, x) - t * x) * weight)


def sigmoid_entropy_slope(x: NDArray, t: NDArray, out: NDArray, weight: NDArray | float) -> None:
    """w·(σ(x) - t)."""
    np.multiply(1 / (1 + np.exp(-x)) - t, weight, out=out)
