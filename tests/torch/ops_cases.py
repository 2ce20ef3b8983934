"""The table of operations: for each one inputs, an independent formula and the types it is tried on.

A formula gets the inputs as float64 arrays, or as arrays of Python integers for integer types (`exact`
arithmetic, so that wrapping is done by the test, not by NumPy); numbers come as they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

INTEGER = ("Byte", "Char", "Short", "Int", "Long")
FLOATING = ("Float", "Double")
ALL = INTEGER + FLOATING


@dataclass(frozen=True)
class Case:
    """`into`: the operation has the forms f(t, …), f(res, t, …), res:f(t, …) and t:f(…)."""

    name: str
    arguments: (
        str  # after the first tensor: t a tensor like it, p one of positive elements, numbers
    )
    formula: Callable[..., Any]
    types: tuple[str, ...] = ALL
    positive: bool = False  # the first tensor has only positive elements
    unit: bool = False  # the first tensor has elements in (-1, 1)


def c_div(a: Any, b: Any) -> Any:
    if isinstance(a, float):
        return a / b
    q = abs(a) // abs(b)
    return q if (a < 0) == (b < 0) else -q


def c_mod(a: Any, b: Any) -> Any:
    return math.fmod(a, b) if isinstance(a, float) else a - b * c_div(a, b)


def floor_mod(a: Any, b: Any) -> Any:
    return a - b * (math.floor(a / b) if isinstance(a, float) else a // b)


def round_away(x: float) -> float:
    return math.copysign(math.floor(abs(x) + 0.5), x) + 0.0


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def as_pow(a: Any, b: Any) -> Any:
    value = float(a) ** float(b)
    return value if isinstance(a, float) else int(value)


def sign(x: Any) -> int:
    return (x > 0) - (x < 0)


POINTWISE = [
    Case("abs", "", abs, ("Int", "Long", *FLOATING)),
    Case("neg", "", lambda x: -x, FLOATING),
    Case("sign", "", sign),
    Case("exp", "", math.exp, FLOATING),
    Case("log", "", math.log, FLOATING, positive=True),
    Case("log1p", "", math.log1p, FLOATING, positive=True),
    Case("sqrt", "", math.sqrt, FLOATING, positive=True),
    Case("rsqrt", "", lambda x: 1 / math.sqrt(x), FLOATING, positive=True),
    Case("cinv", "", lambda x: 1 / x, FLOATING, positive=True),
    Case("cos", "", math.cos, FLOATING),
    Case("acos", "", math.acos, FLOATING, unit=True),
    Case("cosh", "", math.cosh, FLOATING),
    Case("sin", "", math.sin, FLOATING),
    Case("asin", "", math.asin, FLOATING, unit=True),
    Case("sinh", "", math.sinh, FLOATING),
    Case("tan", "", math.tan, FLOATING, unit=True),
    Case("atan", "", math.atan, FLOATING),
    Case("tanh", "", math.tanh, FLOATING),
    Case("sigmoid", "", sigmoid, FLOATING),
    Case("round", "", round_away, FLOATING),
    Case("ceil", "", math.ceil, FLOATING),
    Case("floor", "", math.floor, FLOATING),
    Case("trunc", "", math.trunc, FLOATING),
    Case("frac", "", lambda x: x - math.trunc(x), FLOATING),
    Case("add", "3", lambda x, v: x + v),
    Case("add", "t", lambda x, y: x + y),
    Case("add", "3 t", lambda x, v, y: x + v * y),
    Case("add", "-1 t", lambda x, v, y: x + v * y),
    Case("csub", "3", lambda x, v: x - v),
    Case("csub", "t", lambda x, y: x - y),
    Case("csub", "2 t", lambda x, v, y: x - v * y),
    Case("mul", "3", lambda x, v: x * v),
    Case("mul", "0.5", lambda x, v: x * v, FLOATING),
    Case("div", "3", c_div),
    Case("cmul", "t", lambda x, y: x * y),
    Case("cdiv", "p", c_div),
    Case("cpow", "p", as_pow, ("Int", "Long", "Double"), positive=True),
    Case("fmod", "3", c_mod),
    Case("mod", "3", c_mod),
    Case("cfmod", "p", c_mod),
    Case("cmod", "p", c_mod),
    Case("remainder", "3", floor_mod),
    Case("cremainder", "p", floor_mod),
    Case("lshift", "2", lambda x, v: x * 4),
    Case("rshift", "2", lambda x, v: x / 4 if isinstance(x, float) else x >> 2, positive=True),
    Case("clshift", "p", lambda x, y: x * 2**y, positive=True),
    Case("crshift", "p", lambda x, y: x / 2**y if isinstance(x, float) else x >> y, positive=True),
    Case("bitand", "6", lambda x, v: x & v, INTEGER),
    Case("bitor", "6", lambda x, v: x | v, INTEGER),
    Case("bitxor", "6", lambda x, v: x ^ v, INTEGER),
    Case("cbitand", "t", lambda x, y: x & y, INTEGER),
    Case("cbitor", "t", lambda x, y: x | y, INTEGER),
    Case("cbitxor", "t", lambda x, y: x ^ y, INTEGER),
    Case("clamp", "2 5", lambda x, low, high: min(max(x, low), high)),
    Case("clamp", "5 2", lambda x, low, high: low if x < low else min(x, high)),
    Case("addcmul", "t t", lambda x, a, b: x + a * b),
    Case("addcmul", "2 t t", lambda x, v, a, b: x + v * a * b),
    Case("addcdiv", "t p", lambda x, a, b: x + c_div(a, b)),
    Case("addcdiv", "2 t p", lambda x, v, a, b: x + c_div(v * a, b)),
    Case("pow", "1", lambda x, v: x, FLOATING),
    Case("pow", "2", lambda x, v: x * x, FLOATING),
    Case("pow", "3", lambda x, v: x**3, FLOATING),
    Case("pow", "0.5", lambda x, v: x**0.5, FLOATING, positive=True),
    Case("pow", "-0.5", lambda x, v: x**-0.5, FLOATING, positive=True),
    Case("pow", "-1", lambda x, v: 1 / x, FLOATING, positive=True),
    Case("pow", "-2", lambda x, v: x**-2, FLOATING, positive=True),
    Case("pow", "2.5", lambda x, v: x**2.5, FLOATING, positive=True),
    Case("atan2", "t", math.atan2, FLOATING),
    Case("lerp", "t 0.25", lambda a, b, w: a + w * (b - a), FLOATING),
    Case("cmax", "t", max),
    Case("cmax", "3", max),
    Case("cmin", "t", min),
    Case("cmin", "3", min),
]

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "lt": lambda a, b: a < b,
    "gt": lambda a, b: a > b,
    "le": lambda a, b: a <= b,
    "ge": lambda a, b: a >= b,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
}


@dataclass(frozen=True)
class Along:
    """An operation along a dimension: `formula` maps a list of Python numbers to a number (or a list)."""

    name: str
    formula: Callable[[list[Any]], Any]
    types: tuple[str, ...] = ALL
    whole: bool = True  # there is a form without a dimension that reduces all elements
    arguments: tuple[Any, ...] = ()  # before the dimension
    after: tuple[Any, ...] = ()
    positions: Callable[[list[Any]], Any] | None = None  # the 1-based indices, a second result


def first_of(value: Any, values: list[Any]) -> int:
    return values.index(value) + 1


def variance(values: list[float], biased: bool = False) -> float:
    mean = math.fsum(values) / len(values)
    return math.fsum((v - mean) ** 2 for v in values) / (len(values) - (not biased))


def ordered(values: list[Any], descending: bool = False) -> list[int]:
    sign = -1 if descending else 1
    return sorted(range(len(values)), key=lambda i: (sign * values[i], i))


def picked(values: list[Any], places: list[int]) -> list[Any]:
    return [values[i] for i in places]


def one_based(places: list[int]) -> list[int]:
    return [i + 1 for i in places]


def running(values: list[Any], combine: Callable[[Any, Any], Any]) -> list[Any]:
    out = values[:1]
    for v in values[1:]:
        out.append(combine(out[-1], v))
    return out


def norm(values: list[float], p: float) -> float:
    return sum(abs(v) ** p for v in values) ** (1 / p)


def most_frequent(values: list[Any]) -> Any:
    return min(values, key=lambda v: (-values.count(v), v))


def last_of(value: Any, values: list[Any]) -> int:
    return len(values) - values[::-1].index(value)


def anywhere(values: list[Any]) -> int:
    """Stands for the index of an equal element, whichever."""
    raise AssertionError("compared through the elements")


ALONG = [
    Along("sum", sum),
    Along("prod", math.prod),
    Along("mean", lambda v: math.fsum(v) / len(v), FLOATING),
    Along("max", max, positions=lambda v: first_of(max(v), v)),
    Along("min", min, positions=lambda v: first_of(min(v), v)),
    Along("var", variance, FLOATING),
    Along("var", lambda v: variance(v, True), FLOATING, after=(True,)),
    Along("std", lambda v: math.sqrt(variance(v)), FLOATING),
    Along("std", lambda v: math.sqrt(variance(v, True)), FLOATING, after=(True,)),
    Along("norm", lambda v: norm(v, 2), FLOATING, arguments=(2,)),
    Along("norm", lambda v: norm(v, 1), FLOATING, arguments=(1,)),
    Along("norm", lambda v: norm(v, 3), FLOATING, arguments=(3,)),
    Along("norm", lambda v: sum(x != 0 for x in v), FLOATING, arguments=(0,)),
    Along("cumsum", lambda v: running(v, lambda a, b: a + b), whole=False),
    Along("cumprod", lambda v: running(v, lambda a, b: a * b), whole=False),
    Along(
        "sort",
        lambda v: picked(v, ordered(v)),
        whole=False,
        positions=lambda v: one_based(ordered(v)),
    ),
    Along(
        "sort",
        lambda v: picked(v, ordered(v, True)),
        whole=False,
        after=(True,),
        positions=lambda v: one_based(ordered(v, True)),
    ),
    Along("topk", lambda v: sorted(v)[:2], ALL, False, (2,), (False, True), anywhere),
    Along("topk", lambda v: sorted(v)[:-3:-1], ALL, False, (2,), (True, True), anywhere),
    Along("kthvalue", lambda v: sorted(v)[1], ALL, False, (2,), (), anywhere),
    Along("median", lambda v: sorted(v)[(len(v) - 1) // 2], ALL, False, (), (), anywhere),
    Along(
        "mode",
        most_frequent,
        whole=False,
        positions=lambda v: last_of(most_frequent(v), v),
    ),
]

# every other operation has a test of its own, in the file named
ELSEWHERE = {
    "test_ops_matrix": """dot mv mm bmm ger addmv addmm addr addbmm baddbmm gesv gels trtrs symeig eig svd inverse
        potrf potrs potri pstrf qr geqrf orgqr ormqr tril triu diag eye trace cross match""",
    "test_ops_select": """index indexCopy indexAdd indexFill gather scatter scatterAdd take put maskedSelect
        maskedFill maskedCopy nonzero""",
    "test_ops_create": """zeros ones fill zero range linspace logspace reshape cat histc bhistc conv2 xcorr2 conv3
        xcorr3 numel renorm dist equal all any""",
    "test_random": """bernoulli cauchy exponential geometric logNormal multinomial multinomialAlias_
        multinomialAliasSetup_ normal rand randn random randperm uniform""",
}


def array(
    rng: np.random.Generator, letters: str, shape: tuple[int, ...], case: Any = None
) -> np.ndarray:
    """Random elements for a type; small, so that most results do not wrap, but some do."""
    dtype = DTYPES[letters]
    if dtype.kind == "f":
        if getattr(case, "unit", False):
            return rng.uniform(-0.9, 0.9, shape).astype(dtype)
        low = 0.5 if getattr(case, "positive", False) else -3
        return rng.uniform(low, 3, shape).astype(dtype)
    low = 1 if getattr(case, "positive", False) or dtype.kind == "u" else -9
    return rng.integers(low, 10, shape).astype(dtype)


DTYPES = {
    "Byte": np.dtype(np.uint8),
    "Char": np.dtype(np.int8),
    "Short": np.dtype(np.int16),
    "Int": np.dtype(np.int32),
    "Long": np.dtype(np.int64),
    "Float": np.dtype(np.float32),
    "Double": np.dtype(np.float64),
}


def wrapped(values: Any, dtype: np.dtype) -> np.ndarray:
    """Python numbers as elements: integers wrap."""
    values = np.asarray(values, object)
    if dtype.kind == "f":
        return values.astype(np.float64)
    bits = 8 * dtype.itemsize
    modulus = np.vectorize(lambda v: int(v) % (1 << bits), otypes=[object])(values)
    if dtype.kind == "i":
        modulus = np.vectorize(
            lambda v: v - (1 << bits) if v >> (bits - 1) else v, otypes=[object]
        )(modulus)
    return modulus.astype(dtype)


def python_numbers(nd: np.ndarray) -> np.ndarray:
    """The elements as Python floats or integers."""
    out = np.empty(nd.shape, object)
    out[...] = nd.tolist()
    return out
