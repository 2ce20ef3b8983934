"""How tensors and storages print, to the byte as in Torch7.

One format serves all elements: integers when all are whole, fixed point when magnitudes span at
most five decades (with a common factor in front when they are large or small), else exponents.
Matrices are cut into column blocks of 80 characters; tensors of more dimensions are lists of
matrices, first index fastest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from th7shell.lua.rounding import to_print
from th7shell.lua.state import current

if TYPE_CHECKING:
    from numpy.typing import NDArray

LINE_WIDTH = 80


class Style(NamedTuple):
    """How to print elements: a % format, the factor in front of the block (1 for none), a column's
    width."""

    format: str
    factor: float
    width: float


def _decade(magnitude: float) -> float:
    """floor(log10(x)) + 1, the digits before the point; 1 for zero, inf and nan as they are."""
    if magnitude == 0:
        return 1
    if not math.isfinite(magnitude):
        return magnitude
    return math.floor(math.log10(magnitude)) + 1


DIGITS = 4  # after the point, as in Torch


def set_precision(digits: int) -> None:
    """Print real elements with this many digits after the point (the shell's `:set precision=`)."""
    current.world.digits = digits - DIGITS


def style_of(values: NDArray[np.float64]) -> Style:
    """The style for an array that is not empty."""
    style = _torch_style(values)
    more = current.world.digits
    if not more or ".4" not in style.format:
        return style
    width = style.width + more
    return Style(f"%{width}.{DIGITS + more}{style.format[-1]}", style.factor, width)


FEW = 40  # elements of which Python's loops ask less than NumPy's calls


def _extent(values: NDArray[np.float64]) -> tuple[float, float, bool]:
    """The smallest and the largest magnitude, and whether all numbers are whole."""
    if values.size <= FEW:
        numbers = values.ravel().tolist()
        magnitudes = [abs(v) for v in numbers]
        if math.isfinite(sum(magnitudes)):
            return min(magnitudes), max(magnitudes), all(v.is_integer() for v in numbers)
    sizes = np.abs(values)
    return float(sizes.min()), float(sizes.max()), bool((values == np.ceil(values)).all())


def _torch_style(values: NDArray[np.float64]) -> Style:
    smallest, largest, whole = _extent(values)
    low, high = _decade(smallest), _decade(largest)
    if whole:
        if high > 9:
            return Style("%11.4e", 1, 11)
        return Style(f"%{high + 1}d", 1, high + 1)
    if math.isnan(high) or math.isnan(low):
        return Style("%f", 1, math.nan)
    if high - low > 4:
        width = 12 if abs(high) > 99 or abs(low) > 99 else 11
        return Style(f"%{width}.4e", 1, width)
    if math.isinf(high):  # nothing but infinities and the like: their difference is not a number
        return Style("%f", 1, math.nan)
    if high > 5 or high < 0:
        return Style("%7.4f", math.pow(10, high - 1), 7)
    width = 7 if high == 0 else int(high) + 6
    return Style(f"%{width}.4f", 1, width)


def _vector_text(values: NDArray[np.float64], style: Style) -> str:
    head = "" if style.factor == 1 else f"{style.factor:g} *\n"
    line = style.format + "\n"
    return head + line * len(values) % tuple(_scaled(values, style).tolist())


def _scaled(values: NDArray[np.float64], style: Style) -> NDArray[np.float64]:
    """The numbers to print, without the factor in front; those that Lua rounds up from a half are
    replaced by the next ones away from zero (see `lua.rounding`)."""
    values = np.divide(values, style.factor, order="C")
    letter, digits = style.format[-1], 6
    if letter == "d":
        return values
    if "." in style.format:
        digits = int(style.format.partition(".")[2][:-1])
    flat = values.reshape(-1)
    places: Any  # of numbers with few bits behind the point, which may be halves
    if flat.size <= FEW:
        places = [i for i, v in enumerate(flat.tolist()) if (v * 1024).is_integer()]
    else:
        places = np.flatnonzero(flat * 1024 % 1 == 0)
    for i in places:
        flat[i] = to_print(float(flat[i]), letter, digits)
    return values


def _matrix_text(values: NDArray[np.float64], style: Style, indent: str = "") -> str:
    columns = values.shape[1]
    room = (LINE_WIDTH - len(indent)) / (style.width + 1)
    per_block = columns if math.isnan(room) or room >= columns else math.floor(room)
    scaled = _scaled(values, style)
    text = [indent]
    margin = indent if style.factor == 1 else indent + " "
    for first in range(0, columns, per_block):
        last = min(first + per_block, columns)
        if per_block < columns:
            text.append("\n" if first else "")
            text.append(f"Columns {first + 1} to {last}\n{indent}")
        if style.factor != 1:
            text.append(f"{style.factor:g} *\n {indent}")
        line = " ".join([style.format] * (last - first)) + "\n"
        block = [line % tuple(row) for row in scaled[:, first:last].tolist()]
        text.append(margin.join(block))
    return "".join(text)


def _positions(sizes: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """All index tuples, the first index running fastest."""
    return (position[::-1] for position in np.ndindex(*sizes[::-1]))


def _blocks_text(values: NDArray[np.float64], style: Style) -> str:
    blocks = []
    for position in _positions(values.shape[:-2]):
        name = ",".join(str(i + 1) for i in position)
        blocks.append(f"({name},.,.) = \n{_matrix_text(values[position], style, ' ')}")
    return "\n".join(blocks)


def tensor_text(tensor: Any) -> str:
    """The text of a tensor, its type and size in the last line."""
    name = f"torch.{type(tensor).__name__}"
    nd = tensor.nd
    if not nd.size:
        return f"[{name} with no dimension]\n"
    values = nd.astype(np.float64)
    style = style_of(values)
    show = {1: _vector_text, 2: _matrix_text}.get(nd.ndim, _blocks_text)
    return f"{show(values, style)}[{name} of size {'x'.join(map(str, nd.shape))}]\n"


def storage_text(storage: Any) -> str:
    """The text of a storage, its type and size in the last line."""
    nd = storage.nd
    body = ""
    if nd.size:
        values = nd.astype(np.float64)
        body = _vector_text(values, style_of(values))
    return f"{body}[torch.{type(storage).__name__} of size {nd.size}]\n"
