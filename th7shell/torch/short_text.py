"""Large tensors in short, for people: a few numbers of each corner, size, smallest, mean and
largest value, and how the values are spread."""

from __future__ import annotations

from typing import Any

import numpy as np

from .classes import typename

LARGE = 1000  # elements from which a tensor is shown in short
SAMPLE = 1_000_000  # elements that a histogram looks at
BARS = "▁▂▃▄▅▆▇█"
BINS, EDGE, DIGITS, WIDTH = 16, 3, 4, 80


def is_large(tensor: Any, limit: int = LARGE) -> bool:
    """Whether a tensor has more elements than are worth showing; limit 0: none has."""
    return bool(limit) and tensor.nd.size > limit


def short_text(tensor: Any) -> str:
    """The lines that show a large tensor in short, without a newline at the end."""
    nd = np.asarray(tensor.nd)
    body = np.array2string(
        nd, threshold=0, edgeitems=EDGE, precision=DIGITS, suppress_small=True, max_line_width=WIDTH
    )
    size = "x".join(map(str, nd.shape))
    return f"{body}\n[{typename(tensor)} of size {size}]{spread(nd)}"


def spread(nd: np.ndarray) -> str:
    """Smallest, mean and largest of the finite values and their histogram, and how many are not."""
    values = nd.ravel()
    finite = values[np.isfinite(values)] if nd.dtype.kind == "f" else values
    text = ""
    if finite.size:
        low, high = float(finite.min()), float(finite.max())
        some = finite[:: 1 + finite.size // SAMPLE]  # bars are too coarse to show the difference
        bars = sparkline(np.histogram(some, BINS, (low, high))[0]) if low < high else ""
        mean = finite.mean(dtype=np.float64)
        text = f"\nmin {low:.4g}, mean {mean:.4g}, max {high:.4g}  {bars}".rstrip()
    if finite.size < values.size:
        nan = int(np.isnan(values).sum())
        text += f"\n{nan:,} nan, {values.size - finite.size - nan:,} inf"
    return text


def sparkline(values: Any) -> str:
    """Numbers as a line of bars, the largest highest; what is not finite is a blank."""
    v = np.asarray(values, dtype=np.float64)
    good = np.isfinite(v)
    if not good.any():
        return " " * len(v)
    low, high = min(v[good].min(), 0.0 if v[good].min() >= 0 else v[good].min()), v[good].max()
    step = (high - low) or 1.0
    index = np.zeros(len(v), int)
    index[good] = np.round((v[good] - low) / step * (len(BARS) - 1)).astype(int)
    return "".join(BARS[i] if ok else " " for i, ok in zip(index, good))
