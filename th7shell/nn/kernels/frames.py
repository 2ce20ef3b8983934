"""Windows over sequences of frames; x: (n, t, f) → (n, out, k, f)."""

from __future__ import annotations

import numpy as np

from .products import buffer

Array = np.ndarray


def windows(x: Array, k: int, d: int) -> Array:
    """A view of every window of k frames, d frames apart."""
    view = np.lib.stride_tricks.sliding_window_view(x, k, axis=1)[:, ::d]
    return view.transpose(0, 1, 3, 2)


def unfolded(x: Array, k: int, d: int, plans: dict) -> Array:
    """The windows as rows (n·out, k·f), in an array that is kept in a layer's plans."""
    view = windows(x, k, d)
    n, out, _, f = view.shape
    rows = buffer(plans, "columns", (n * out, k * f), x)
    np.copyto(rows.reshape(view.shape), view)
    return rows


def add_windows(columns: Array, d: int, gx: Array) -> None:
    """gx[:, d·t + i] += columns[:, t, i] for every window t and frame i."""
    out, k = columns.shape[1:3]
    for i in range(k):
        gx[:, i : i + (out - 1) * d + 1 : d] += columns[:, :, i]
