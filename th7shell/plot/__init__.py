"""Plots as data, and their renderings: braille text, SVG, HTML, PNG. Pure: nothing here prints.

Why no plotting library: matplotlib costs 0.4 s at import and 100 MB installed, plotext draws only
in terminals and keeps one global figure; the marks that gnuplot and iTorch.Plot promise are few,
and one small model serves four outputs.
"""

from .figure import Figure, Series
from .saving import save

__all__ = ["Figure", "Series", "save"]
