"""`itorch.Plot`: a chain of marks and labels, drawn in the terminal or the notebook, saved as HTML,
SVG or PNG."""

from __future__ import annotations

import math
import uuid
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell import frontend, lua
from th7shell.lua import Table, TorchError
from th7shell.lua.stdlib.texts import to_system
from th7shell.plot import Figure, Series, save
from th7shell.plot.html import PAGE, to_html
from th7shell.torch.tensor import Tensor
from th7shell.torch.types import expected_kind, integer, number, to_number

Vector = NDArray[np.float64]
MOST_BINS = 2**24


def vector(x: Any) -> Vector:
    """The numbers of a 1-D tensor or of a table."""
    if isinstance(x, Tensor) and x.nd.ndim == 1:
        return np.array(x.nd, dtype=np.float64)
    if isinstance(x, Table):
        values = [to_number(v) for v in lua.array(x)]
        if None not in values:
            return np.array(values, dtype=np.float64)
    raise TorchError("input needs to be a 1D tensor/table of N elements")


def one_colour(value: Any, default: str) -> str:
    """A colour, the default for nil."""
    if value is None or value is False:
        return default
    if not isinstance(value, str):
        raise TorchError("color must be a string")
    return value


def same_length(**vectors: Vector) -> None:
    """Raise unless all have as many elements."""
    if len({len(v) for v in vectors.values()}) > 1:
        first, *others = vectors
        raise TorchError(f"{first} and {others[-1]} should have same number of elements")


class _Functions(type):
    """A class that is the table of its functions to Lua."""

    def __lua_items__(cls) -> list[tuple[Any, Any]]:
        return [(name, value) for name, value in vars(cls).items() if not name.startswith("_")]


class Plot(Table, metaclass=_Functions):
    """A plot in the making. `Plot():line(x, y, 'red', 'loss'):title('Training'):draw()`; every call
    but toHTML returns the plot. Colours are names or '#rrggbb', one or a table with one for each
    point."""

    __slots__ = ("figure", "identity")

    def __init__(self, *_: Any) -> None:
        self.figure = Figure(legend=False)
        self.identity = ""

    @staticmethod
    def new(*_: Any) -> Plot:
        """Make an empty plot."""
        return Plot()

    def __str__(self) -> str:
        marks = ", ".join(f"{len(s.x)} {s.mark}" for s in self.figure.series) or "empty"
        return f"itorch.Plot ({marks})"

    def _xy(
        self, mark: str, x: Any, y: Any, colour: Any, legend: Any, extra: Any, shape: str
    ) -> Plot:
        a, b = vector(x), vector(y)
        same_length(x=a, y=b)
        if isinstance(colour, Table):
            colour = [str(c) for c in lua.array(colour)]
        elif colour is not None and not isinstance(colour, str):
            raise TorchError("color must be a string or a table")
        if extra is not None and not isinstance(extra, Table):
            raise TorchError("arbitrary_data must be a table")
        name = "unnamed" if legend is None else lua.tostring(legend)
        series = Series(mark, a, b, name, colour or "red", shape=shape)
        self.figure.series.append(series)
        return self

    def circle(self, x=None, y=None, color=None, legend=None, data=None, *_: Any) -> Plot:
        """Add points at (x, y)."""
        return self._xy("points", x, y, color, legend, data, "circle")

    def triangle(self, x=None, y=None, color=None, legend=None, data=None, *_: Any) -> Plot:
        """Add triangles at (x, y)."""
        return self._xy("points", x, y, color, legend, data, "triangle")

    def line(self, x=None, y=None, color=None, legend=None, data=None, *_: Any) -> Plot:
        """Add a line through the points (x, y)."""
        return self._xy("line", x, y, color, legend, data, "circle")

    def text(self, x=None, y=None, text=None, angle=None, text_color=None, *_: Any) -> Plot:
        """Write `text` (a string, or a table with one for each point) at (x, y)."""
        a = np.atleast_1d(np.float64(x)) if isinstance(x, (int, float)) else vector(x)
        b = np.atleast_1d(np.float64(y)) if isinstance(y, (int, float)) else vector(y)
        same_length(x=a, y=b)
        words = lua.array(text) if isinstance(text, Table) else [text] * len(a)
        labels = [lua.tostring(w) for w in words]
        self.figure.series.append(
            Series("text", a, b, "", one_colour(text_color, "black"), labels=labels)
        )
        return self

    def gscatter(self, x=None, y=None, labels=None, legend=None, *_: Any) -> Plot:
        """Add points (x, y) in one colour for each of their labels, in order of appearance."""
        a, b = vector(x), vector(y)
        groups = np.zeros(len(a)) if labels is None else vector(labels)
        same_length(x=a, y=b)
        same_length(x=a, labels=groups)
        colours = "red blue green yellow black brown orange pink magenta purple".split()
        for k, label in enumerate(dict.fromkeys(groups.tolist())):
            chosen = groups == label
            name = "Class " + lua.tostring(int(label) if label.is_integer() else label)
            series = Series("points", a[chosen], b[chosen], name, colours[k % len(colours)])
            self.figure.series.append(series)
        show = labels is not None if legend is None else legend
        return self.legend(show)

    def _spans(self, mark: str, ends: tuple[Any, ...], colour: Any, legend: Any) -> Plot:
        x0, y0, x1, y1 = (vector(v) for v in ends)
        for name, v in (("y0", y0), ("x1", x1), ("y1", y1)):
            same_length(**{"x0": x0, name: v})
        name = "unnamed" if legend is None else lua.tostring(legend)
        self.figure.series.append(
            Series(mark, x0, y0, name, one_colour(colour, "red"), x1=x1, y1=y1)
        )
        return self

    def segment(self, x0=None, y0=None, x1=None, y1=None, color=None, legend=None, *_: Any) -> Plot:
        """Add straight pieces from (x0, y0) to (x1, y1)."""
        return self._spans("segments", (x0, y0, x1, y1), color, legend)

    def quad(self, x0=None, y0=None, x1=None, y1=None, color=None, legend=None, *_: Any) -> Plot:
        """Add rectangles with corners (x0, y0) and (x1, y1)."""
        return self._spans("quads", (x0, y0, x1, y1), color, legend)

    def quiver(self, u=None, v=None, color=None, legend=None, scaling=None, *_: Any) -> Plot:
        """Add arrows (u, v)/scaling (40) at the places of two matrices of one size."""
        a, b = (g.nd if isinstance(g, Tensor) else None for g in (u, v))
        if a is None or b is None or a.ndim != 2 or a.shape != b.shape:
            raise TorchError("U and V should be 2D and of same size")
        y, x = (g.ravel() + 1.0 for g in np.mgrid[0 : a.shape[0], 0 : a.shape[1]])
        dx, dy = a.ravel() / (scaling or 40), b.ravel() / (scaling or 40)
        tip = (x + dx, y + dy)
        pieces = [(x, y, *tip)]
        heads = [
            (tip[0] - 0.1 * dx - s * 0.05 * dy, tip[1] - 0.1 * dy + s * 0.05 * dx) for s in (1, -1)
        ]
        pieces += [(*heads[0], *heads[1]), (*heads[0], *tip), (*heads[1], *tip)]
        name = "unnamed" if legend is None else lua.tostring(legend)
        for k, (x0, y0, x1, y1) in enumerate(pieces):
            series = Series(
                "segments", x0, y0, "" if k else name, one_colour(color, "red"), x1=x1, y1=y1
            )
            self.figure.series.append(series)
        return self

    def histogram(
        self, x=None, nBins=None, min=None, max=None, color=None, legend=None, *_: Any
    ) -> Plot:
        """Add the histogram of a tensor in `nBins` (100) bins from `min` to `max`."""
        flat = isinstance(x, Tensor)
        values = np.asarray(x.nd, dtype=np.float64).ravel() if flat else vector(x)
        if not values.size:
            raise TorchError("input needs to be a tensor/table of N elements")
        bins = 100 if nBins is None else integer(nBins, 2)
        low = number(values.min().item() if min is None else min, 3)
        high = number(values.max().item() if max is None else max, 4)
        if low != low or high != high:
            raise TorchError(f"input has nans, please remove nans. min: {low} max: {high}")
        if not (1 <= bins <= MOST_BINS and low <= high and abs(low) + abs(high) < math.inf):
            raise TorchError(f"no {bins} bins from {low:g} to {high:g}")
        counts, edges = np.histogram(values, bins, (low, high))
        name = "unnamed" if legend is None else lua.tostring(legend)
        series = Series(
            "quads",
            edges[:-1],
            0.0 * counts,
            name,
            one_colour(color, "red"),
            x1=edges[1:],
            y1=counts,
        )
        self.figure.series.append(series)
        return self

    hist = histogram

    def title(self, text: Any = None, *_: Any) -> Plot:
        """Set the title."""
        self.figure.title = self.figure.title if text is None else lua.tostring(text)
        return self

    def xaxis(self, text: Any = None, *_: Any) -> Plot:
        """Set the label of the x axis."""
        self.figure.xlabel = self.figure.xlabel if text is None else lua.tostring(text)
        return self

    def yaxis(self, text: Any = None, *_: Any) -> Plot:
        """Set the label of the y axis."""
        self.figure.ylabel = self.figure.ylabel if text is None else lua.tostring(text)
        return self

    def legend(self, shown: Any = None, *_: Any) -> Plot:
        """Show the legend."""
        if shown is not None and shown is not False:
            self.figure.legend = True
        return self

    def hover_tool(self, tooltips: Any = None, *_: Any) -> Plot:
        """Choose what the pointer shows over a point of the saved page: a table of {label, value}
        tables."""
        if not isinstance(tooltips, Table):
            raise TorchError("tooltips must be a table")
        rows = lua.array(tooltips)
        if not all(isinstance(r, Table) for r in rows):
            raise TorchError("tooltips must be a table of table")
        hint = ", ".join(": ".join(lua.tostring(v) for v in lua.array(r)) for r in rows)
        for series in self.figure.series:
            series.hint = hint
        return self

    def _identify(self, window_id: Any) -> None:
        """Take the name of the place where the plot is shown, or make one."""
        given = "" if window_id is None or window_id is False else lua.tostring(window_id)
        self.identity = given or self.identity or uuid.uuid4().hex

    def draw(self, window_id: Any = None, *_: Any) -> Plot:
        """Show the plot; in a notebook it takes the place of output `window_id`."""
        self._identify(window_id)
        frontend.show(self.figure, self.identity)
        return self

    def redraw(self, *_: Any) -> Plot:
        """Show the plot again, in its old place where the front end can."""
        return self.draw(self.identity or None)

    def toTemplate(self, template: Any = None, window_id: Any = None, *_: Any) -> str:
        """Fill a text with the plot: {title}, {identity} and {svg} are replaced."""
        if template is not None and not isinstance(template, str):
            raise expected_kind(template, 1, "string")
        self._identify(window_id)
        text = to_html(self.figure, identity=self.identity, template=template or PAGE)
        return text.encode("utf-8").decode("latin-1")

    def toHTML(self, *_: Any) -> str:
        """The plot as the text of a page that needs nothing else."""
        return self.toTemplate()

    def save(self, filename: Any = None, *_: Any) -> Plot:
        """Write the plot: .svg and .png as pictures, any other name as an HTML page."""
        if not isinstance(filename, str) or not filename:
            raise TorchError("filename has to be provided and should not be a directory")
        try:
            if filename.lower().endswith((".svg", ".png")):
                save(self.figure, to_system(filename))
            else:
                with open(to_system(filename), "w", encoding="utf-8", newline="\n") as f:
                    f.write(to_html(self.figure, identity=self.identity or "plot"))
        except OSError as e:
            raise TorchError(f"filename cannot be opened in write mode: {e.strerror}") from None
        return self
