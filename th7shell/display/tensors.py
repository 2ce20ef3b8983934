"""What `? t` tells of a tensor: type, sizes, strides, storage, and its numbers in short."""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.torch.short_text import sparkline

from .text import sizes_of, typename


def facts(tensor: Any) -> str:
    """A Markdown table about a tensor."""
    nd = np.asarray(tensor.nd)
    sizes = sizes_of(tensor)
    rows = [
        ("elements", f"{tensor.nElement():,} ({nd.nbytes:,} bytes)"),
    ]
    if sizes:
        strides = "x".join(str(tensor.stride(i + 1)) for i in range(len(sizes)))
        dense = "contiguous" if tensor.isContiguous() else "a view with gaps"
        rows.append(("stride", f"{strides} ({dense})"))
        storage = tensor.storage()
        rows.append(("storage", f"{len(storage):,} elements, offset {tensor.storageOffset()}"))
        rows += numbers(nd)
    table = "\n".join(f"| {name} | {value} |" for name, value in rows)
    size = "x".join(map(str, sizes)) or "empty"
    return f"| {typename(tensor)} | {size} |\n|---|---|\n{table}"


def numbers(nd: np.ndarray) -> list[tuple[str, str]]:
    """Smallest, mean, largest, deviation, NaN and infinity counts, and a histogram in one line."""
    values = nd.astype(np.float64).ravel()
    finite = values[np.isfinite(values)]
    rows = []
    if finite.size:
        low, high = finite.min(), finite.max()
        rows.append(("min, mean, max", f"{low:g}, {finite.mean():g}, {high:g}"))
        rows.append(("deviation", f"{finite.std(ddof=min(1, finite.size - 1)):g}"))
    nan, inf = int(np.isnan(values).sum()), int(np.isinf(values).sum())
    if nan or inf:
        rows.append(("not finite", f"{nan} nan, {inf} inf"))
    if finite.size > 1 and low < high:
        rows.append(("histogram", sparkline(np.histogram(finite, 24)[0])))
    return rows
