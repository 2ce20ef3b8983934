"""Histograms: `gnuplot.histc` counts, prints as text, and `gnuplot.hist` draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from th7shell.lua import Table, TorchError, new_table
from th7shell.plot import Series
from th7shell.torch.types import integer, number

from .forms import finite, is_tensor

if TYPE_CHECKING:
    from .figures import Figures


MOST = 10**7  # bins


class Histogram(Table):
    """Result of histc: entries {val, nb} by bin; raw, bins, binwidth; max and min are the fullest
    and emptiest bin."""

    __slots__ = ()

    def __str__(self) -> str:
        return as_text(self)


def histc(
    tensor: Any = None,
    bins: Any = None,
    low: Any = None,
    high: Any = None,
    raw: Any = None,
    *_: Any,
) -> Any:
    """Count the values of `tensor` in `bins` (72) equal bins from `min` to `max`; with `raw` the
    counts alone."""
    if not is_tensor(tensor):
        raise TorchError("usage: gnuplot.histc (tensor [, nBins] [, min] [, max]")
    from th7shell.torch.tensor import wrap

    bins = 72 if bins is None else integer(bins, 2)
    low = None if low is None else number(low, 3)
    high = None if high is None else number(high, 4)
    if not 0 < bins <= MOST or not tensor.nd.size:
        raise TorchError("gnuplot.histc: a positive number of bins and a tensor with values needed")
    values = np.asarray(tensor.nd, dtype=np.float64).ravel()
    low = finite(values.min().item() if low is None else low, 3)
    high = finite(values.max().item() if high is None else high, 4)
    width = (high - low) / bins
    inside = values[(values >= low) & (values <= high)]
    index = np.minimum(((inside - low) / (width or 1.0)).astype(int), bins - 1)
    counts = np.bincount(index, minlength=bins).astype(np.float64)
    if raw:
        return wrap(counts)
    found = Histogram()
    for i, count in enumerate(counts.tolist()):
        found[i + 1] = new_table([], {"val": low + (i + 0.5) * width, "nb": count})
    fields = {
        "raw": wrap(counts),
        "bins": bins,
        "binwidth": width,
        "max": int(counts.argmax()) + 1,
        "min": int(counts.argmin()) + 1,
    }
    for name, value in fields.items():
        found[name] = value
    return found


def hist(figures: Figures, *args: Any) -> Any:
    """Draw the histogram of a tensor: hist(x, [nbins, min, max]); the counts, as histc gives
    them."""
    found = histc(*args[:4])
    centres = np.array([found[i + 1].val for i in range(found.bins)])
    figures._draw([Series("bars", centres, np.array(found.raw.nd))])
    return found


def as_text(h: Any, height: int = 10) -> str:
    """The histogram drawn in letters, ten rows high, a column a bin."""
    counts = np.array([h[i + 1].nb for i in range(h.bins)])
    centres = [h[i + 1].val for i in range(h.bins)]
    ends = "  ".join(
        f"{name}:(bin:{k}/#{counts[k - 1]:.0f}/cntr:{centres[k - 1]:.2f})"
        for name, k in (("min", h.min), ("max", h.max))
    )
    rule = "--------:" + "-" * h.bins
    lines = ["nsamples:  " + ends, rule]
    step = counts[h.max - 1] / (height + 1)
    below = counts[h.max - 1] - step
    for _ in range(height):
        cells = []
        for count in counts:
            part = (below + step - count) / step if step else 1.0
            reached = count >= below
            cells.append(
                "|"
                if reached and (part <= 0 or part > 0.66)
                else ":"
                if reached and part > 0.33
                else "."
                if reached
                else " "
            )
        lines.append(f"{below:1.2e}:" + "".join(cells))
        below -= step
    marked = [j for j in range(h.bins) if (j - 1) % 6 == 0]
    axis = "".join("^" if j in marked else "-" for j in range(h.bins))
    lines += ["--------:" + axis, "centers " + " ".join(f"{centres[j]:+1.2f}" for j in marked)]
    return "\n".join(lines)
