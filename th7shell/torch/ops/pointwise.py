"""Functions of one element each: abs exp log sqrt … and their forms on plain numbers,
`torch.exp(1)`.

Each is an array function `f(x, out)`; `out` may be `x`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .arithmetic import USED, computed
from .arrays import Array, negative
from .declare import ALL, FLOATING, Pair, function, into, operation
from .written import Place, Written

Unary = Callable[[Array, Array], Any]


def sigmoid(x: Array, out: Array) -> None:
    negative(x, out)
    np.exp(out, out)
    np.add(out, 1, out)
    np.reciprocal(out, out)


def rsqrt(x: Array, out: Array) -> None:
    np.sqrt(x, out)
    np.reciprocal(out, out)


def frac(x: Array, out: Array) -> None:
    np.fmod(x, 1, out)
    np.add(out, 0, out)  # a zero fraction is +0


def round_half_away(x: Array, out: Array) -> None:
    """C's `round`: NumPy's `rint` sends halves to the even neighbour, so those are redone."""
    whole = np.rint(x)
    halves = np.abs(x - whole) == 0.5
    whole[halves] = (x + np.copysign(0.5, x))[halves]
    out[...] = whole


def sign(x: Array, out: Array) -> None:
    unknown = np.isnan(x) if x.dtype.kind == "f" else None
    np.sign(x, out)
    if unknown is not None and unknown.any():
        out[unknown] = 0


def on_tensors(f: Unary) -> Callable[[Any, Any], None]:
    """The kernel `res = f(t)`."""

    def text(place: Place) -> str:
        return f"nd = t.nd\n{computed('f(nd', place, isinstance(f, np.ufunc))}"

    return Written("res t", text, f=f, **USED)


def on_numbers(f: Unary) -> Pair:
    """The form `torch.f(number)`, computed in the precision of the default tensor type."""

    def form(dtype: type) -> Callable[[float], float]:
        def kernel(x: float) -> float:
            value: Array = np.array([x], dtype)
            f(value, value)
            return value.item()

        return kernel

    double = form(np.float64)
    return function("x:real", {"Float": form(np.float32), "f": double, "i": double})


UNARY: list[tuple[str, Unary, str]] = [
    ("exp", np.exp, "Raise e to each element: `exp(x)`."),
    (
        "log",
        np.log,
        "Take the natural logarithm of each element; `log(0)` is -inf, of a negative number nan.",
    ),
    ("log1p", np.log1p, "Take `log(1 + x)` of each element, exact for small x."),
    ("sqrt", np.sqrt, "Take the square root of each element; nan for negative ones."),
    ("rsqrt", rsqrt, "Take the reciprocal square root of each element: `1 / sqrt(x)`."),
    ("cos", np.cos, "Take the cosine of each element (radians)."),
    ("acos", np.arccos, "Take the inverse cosine of each element, in [0, pi]."),
    ("cosh", np.cosh, "Take the hyperbolic cosine of each element."),
    ("sin", np.sin, "Take the sine of each element (radians)."),
    ("asin", np.arcsin, "Take the inverse sine of each element, in [-pi/2, pi/2]."),
    ("sinh", np.sinh, "Take the hyperbolic sine of each element."),
    ("tan", np.tan, "Take the tangent of each element (radians)."),
    ("atan", np.arctan, "Take the inverse tangent of each element, in [-pi/2, pi/2]."),
    ("tanh", np.tanh, "Take the hyperbolic tangent of each element."),
    ("sigmoid", sigmoid, "Take the logistic function of each element: `1 / (1 + exp(-x))`."),
    ("round", round_half_away, "Round each element to the nearest integer, halves away from zero."),
    ("ceil", np.ceil, "Round each element up to an integer."),
    ("floor", np.floor, "Round each element down to an integer."),
    ("trunc", np.trunc, "Round each element towards zero."),
    ("frac", frac, "Keep the fractional part of each element, with its sign: `x - trunc(x)`."),
]

for _name, _f, _doc in UNARY:
    operation(_name, _doc, into("", on_tensors(_f)), on_numbers(_f), types=FLOATING)

operation(
    "abs",
    "Take the absolute value of each element: `torch.abs(torch.Tensor{-2, 3})` is {2, 3}.",
    into("", on_tensors(np.absolute)),
    on_numbers(np.absolute),
    types=("Int", "Long", *FLOATING),
)
operation("neg", "Negate each element: `-x`.", into("", on_tensors(negative)), types=FLOATING)
operation(
    "cinv",
    "Take the reciprocal of each element: `1 / x`.",
    into("", on_tensors(np.reciprocal)),
    types=FLOATING,
)
operation(
    "sign", "Replace each element by its sign: -1, 0 or 1.", into("", on_tensors(sign)), types=ALL
)
