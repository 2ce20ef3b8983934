"""Comparisons: `torch.lt(a, b)` … give a ByteTensor of 0 and 1; `equal`, `all`, `any` give a
boolean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell.lua import BadArgument

from ..memory import resized
from .arithmetic import ALIKE, fitting
from .arrays import Array
from .declare import Pair, operation, plain
from .written import Place, Written

BYTE = np.dtype(np.uint8)
Keep = Callable[[Any, Array], None]
Compare = Callable[..., Any]


def kept(truth: str, place: Place, keep: Keep) -> str:
    """The lines that keep the truth values that an expression gives."""
    if place.fresh and keep is as_bytes:
        return f"""
made = {truth}
if made.ndim != 1 and not made.flags.c_contiguous:
    made = made.copy()
made = made.getfield(BYTE)"""
    return f"keep(res, {truth})"


def with_number(compare: Compare, keep: Keep) -> Written:
    def text(place: Place) -> str:
        return kept("compare(t.nd, value)", place, keep)

    return Written("res t value", text, compare=compare, keep=keep, BYTE=BYTE)


def with_tensor(compare: Compare, keep: Keep) -> Written:
    def text(place: Place) -> str:
        lines = f"nd = t.nd\nother = src.nd\nif not ({ALIKE}):\n    other = fit(nd, other)\n"
        return lines + kept("compare(nd, other)", place, keep)

    fit = fitting("r_", "ta", "tb")
    return Written("res t src", text, compare=compare, keep=keep, fit=fit, BYTE=BYTE)


def as_bytes(res: Any, truth: Array) -> None:
    """Keep truth values in a ByteTensor; a new one takes the array over."""
    if res._storage is None and not res.nd.size and truth.flags.c_contiguous:
        res.nd = truth.view(BYTE)
    else:
        resized(res, truth.shape)[...] = truth


def as_elements(res: Any, truth: Array) -> None:
    """Keep truth values in a tensor of any type."""
    resized(res, truth.shape)[...] = truth


def equal(a: Any, b: Any) -> bool:
    x, y = a.nd, b.nd
    return x.shape == y.shape and bool((x == y).all())


def all_of(t: Any) -> bool:
    return bool(_some(t).all())


def any_of(t: Any) -> bool:
    return bool(_some(t).any())


def _some(t: Any) -> Array:
    if not t.nd.size:
        raise BadArgument(1, "empty Tensor")
    return t.nd


SIGNS = [
    ("lt", np.less, "less than"),
    ("gt", np.greater, "greater than"),
    ("le", np.less_equal, "less than or equal to"),
    ("ge", np.greater_equal, "greater than or equal to"),
    ("eq", np.equal, "equal to"),
    ("ne", np.not_equal, "different from"),
]


def forms(compare: Compare) -> list[Pair]:
    """The result is a ByteTensor, or a given tensor of the operands' type."""
    results = [("ByteTensor?", as_bytes), ("T", as_elements)]
    others = [("value:constant", with_number), ("src:T", with_tensor)]
    return [
        plain(f"*res:{kind}, t:T, {other}", make(compare, keep))
        for other, make in others
        for kind, keep in results
    ]


for _name, _f, _words in SIGNS:
    operation(
        _name,
        f"""Tell which elements are {_words} a number, or the elements of another tensor.

The result is 1 where that is so, else 0: a ByteTensor, or of the tensor's own type where such a
tensor is given for it. A ByteTensor can be an index: `x[x:{_name}(0)]`.""",
        *forms(_f),
    )

operation(
    "equal",
    "Tell whether two tensors have the same sizes and elements.",
    plain("t:T, src:T", equal),
)
operation(
    "all",
    "Tell whether all elements of a ByteTensor are not 0.",
    plain("t:T", all_of),
    types=("Byte",),
)
operation(
    "any",
    "Tell whether any element of a ByteTensor is not 0.",
    plain("t:T", any_of),
    types=("Byte",),
)
