"""The figures of `gnuplot`: several at a time, decorated after they are drawn, on the screen or in
a file."""

from __future__ import annotations

import atexit
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from th7shell import frontend, lua
from th7shell.lua import BadArgument, Table, TorchError
from th7shell.lua.stdlib import streams
from th7shell.lua.stdlib.arguments import check_string
from th7shell.lua.stdlib.texts import to_system
from th7shell.plot import Figure, Series, save
from th7shell.plot.saving import KINDS

from .forms import count, curves, finite, heat, points3, surfaces

KEYS = "plot.movelegend expects 2 strings as location {left|right|center}{bottom|top|middle}"

_VECTOR = (".pdf", ".eps")


@dataclass
class Open:
    """One figure: what it shows, the file it goes to (None: the screen), whether that is out of
    date."""

    figure: Figure = field(default_factory=Figure)
    file: str | None = None
    kind: str = ""
    stale: bool = False


class Figures:
    """The functions of the package over one set of figures; `current` is the one that is drawn
    on."""

    NAMES = (
        "plot splot scatter3 imagesc bar figure epsfigure svgfigure pngfigure pdffigure figprint "
        "plotflush close closeall title xlabel ylabel zlabel grid logscale movelegend axis raw "
        "setterm setgnuplotexe"
    ).split()

    def __init__(self) -> None:
        self.open: dict[int, Open] = {}
        self.current: int | None = None
        atexit.register(self._flush_files)

    def plot(self, *args: Any) -> tuple[()]:
        """Draw curves: plot(x), plot(x, y), plot('name', x, y, '-'), plot({'a', x, y, '+'}, {'b',
        x, z, '~'}). Formats: . + - +- ~ (smooth) | (bars) v (vectors)."""
        return self._draw(curves(_used(args)))

    def bar(self, *args: Any) -> tuple[()]:
        """Draw bars: bar(y), bar(x, y)."""
        return self._draw(curves([*_used(args), "|"]))

    def splot(self, *args: Any) -> tuple[()]:
        """Draw surfaces: splot(z), splot(x, y, z), splot({'name', z}, …), as a wire frame seen from
        the side."""
        return self._draw(surfaces(_used(args)))

    def scatter3(self, *args: Any) -> tuple[()]:
        """Draw points in space: scatter3(x, y, z), scatter3({'name', x, y, z}, …), seen from the
        side."""
        return self._draw(points3(_used(args)))

    def imagesc(self, *args: Any) -> tuple[()]:
        """Draw a matrix as colours: imagesc(z), imagesc(z, 'color')."""
        return self._draw([heat(_used(args))])

    def figure(self, n: Any = None, *_: Any) -> int:
        """Make figure `n` (or a new one) the current one; its number."""
        number = max(self.open, default=0) + 1 if n is None else count(n, 1)
        self.open.setdefault(number, Open())
        self.current = number
        return number

    def pngfigure(self, fname: Any = None, n: Any = None, *_: Any) -> int:
        """Draw the next plots into a PNG file, written by plotflush and at the end."""
        return self._file(fname, n, ".png")

    def epsfigure(self, fname: Any = None, n: Any = None, *_: Any) -> int:
        """Draw the next plots into an EPS file, written by plotflush and at the end."""
        return self._file(fname, n, ".eps")

    def svgfigure(self, fname: Any = None, n: Any = None, *_: Any) -> int:
        """Draw the next plots into an SVG file, written by plotflush and at the end."""
        return self._file(fname, n, ".svg")

    def pdffigure(self, fname: Any = None, n: Any = None, *_: Any) -> int:
        """Draw the next plots into a PDF file, written by plotflush and at the end."""
        return self._file(fname, n, ".pdf")

    def figprint(self, fname: Any = None, *_: Any) -> tuple[()]:
        """Write the current figure to a file (.png .svg .html .pdf .eps)."""
        _write(self._now().figure, _name(fname, "figprint"))
        return ()

    def plotflush(self, n: Any = None, *_: Any) -> tuple[()]:
        """Bring figure `n` (the current one) up to date, on the screen or in its file."""
        number = self.current if n is None else count(n, 1)
        if number is None or number not in self.open:
            raise TorchError(f"no figure {lua.tostring(n)}")
        self._flush(self.open[number])
        return ()

    def close(self, n: Any = None, *_: Any) -> tuple[()]:
        """Close figure `n` (the current one); a file figure is written first."""
        number = self.current if n is None else count(n, 1)
        if number in self.open:
            shut = self.open.pop(number)
            if shut.file:
                self._flush(shut)
            if self.current == number:
                self.current = None
        return ()

    def closeall(self, *_: Any) -> tuple[()]:
        """Close every figure."""
        for number in list(self.open):
            self.close(number)
        return ()

    def title(self, text: Any = None, *_: Any) -> tuple[()]:
        """Set the title of the current figure."""
        return self._change(title=lua.tostring(text))

    def xlabel(self, text: Any = None, *_: Any) -> tuple[()]:
        """Set the label of the x axis."""
        return self._change(xlabel=lua.tostring(text))

    def ylabel(self, text: Any = None, *_: Any) -> tuple[()]:
        """Set the label of the y axis."""
        return self._change(ylabel=lua.tostring(text))

    def zlabel(self, text: Any = None, *_: Any) -> tuple[()]:
        """Set the label of the upward axis of splot and scatter3."""
        return self._change(ylabel=lua.tostring(text))

    def grid(self, toggle: Any = None, *_: Any) -> tuple[()]:
        """Show the grid or hide it."""
        return self._change(grid=toggle is not None and toggle is not False)

    def logscale(self, toggle: Any = None, *_: Any) -> tuple[()]:
        """Make the y axis logarithmic, or linear again."""
        return self._change(logy=toggle is not None and toggle is not False)

    def movelegend(self, hloc: Any = None, vloc: Any = None, *_: Any) -> tuple[()]:
        """Put the legend at left|right|center, bottom|top|middle."""
        if hloc not in ("left", "right", "center") or vloc not in ("bottom", "top", "middle"):
            raise TorchError(f"horizontal location is unknown : {KEYS}")
        return self._change(legend=f"{hloc} {vloc}")

    def axis(self, axis: Any = None, *_: Any) -> tuple[()]:
        """Frame the plot: 'auto', 'image' or 'equal' (a circle stays round), 'fill', or
        {xmin,xmax,ymin,ymax} with '' for a limit that stays."""
        if isinstance(axis, Table):
            values = lua.array(axis)
            if len(values) != 4:
                raise TorchError("axis should have 4 componets {xmin,xmax,ymin,ymax}")
            before = self._now().figure.limits
            limits = tuple(old if new == "" else finite(new, 1) for old, new in zip(before, values))
            return self._change(limits=limits)
        if axis == "auto":
            return self._change(equal=False, limits=(None,) * 4)
        if axis in ("image", "equal", "fill"):
            return self._change(equal=axis != "fill")
        raise TorchError(
            "gnuplot.axis: 'auto', 'image', 'equal', 'fill' or {xmin,xmax,ymin,ymax} expected"
        )

    def raw(self, command: Any = None, *_: Any) -> tuple[()]:
        """Understand the gnuplot commands that set a title, labels, ranges, the grid, the key and a
        log scale."""
        for pattern, change in RAW:
            found = re.fullmatch(pattern, check_string(1, command).strip())
            if found:
                return self._change(**change(found, self._now().figure))
        raise TorchError(
            f"gnuplot.raw: '{command}' is not understood; th7shell draws plots itself, without "
            "the gnuplot program: use title, xlabel, ylabel, axis, grid, logscale, movelegend"
        )

    def setterm(self, *_: Any) -> tuple[()]:
        """Accept any terminal: pictures go to this terminal, or to a file by pngfigure and
        figprint."""
        return ()

    setgnuplotexe = setterm

    def _now(self) -> Open:
        current = self.current
        if current is None:
            current = self.figure(max(self.open, default=1))
        return self.open[current]

    def _draw(self, series: list[Series]) -> tuple[()]:
        now = self._now()
        now.figure = replace(now.figure, series=series)
        now.stale = True
        if not now.file:
            self._show(now)
            now.stale = False
        return ()

    def _show(self, shown: Open) -> None:
        number = next(n for n, figure in self.open.items() if figure is shown)
        frontend.show(shown.figure, window=f"figure-{number}")

    def _change(self, **attributes: Any) -> tuple[()]:
        now = self._now()
        for name, value in attributes.items():
            setattr(now.figure, name, value)
        now.stale = bool(now.figure.series)
        return ()

    def _file(self, fname: Any, n: Any, kind: str) -> int:
        folder = Path(to_system(_name(fname, f"{kind[1:]}figure"))).parent
        if not folder.is_dir():
            raise TorchError(f"cannot save to {fname}: directory does not exist")
        number = self.figure(n)
        self.open[number].file, self.open[number].kind = fname, kind
        return number

    def _flush(self, shown: Open) -> None:
        if not shown.stale or not shown.figure.series:
            return
        shown.stale = False
        if shown.file:
            _write(shown.figure, shown.file, shown.kind)
        else:
            self._show(shown)

    def _flush_files(self) -> None:
        for shown in self.open.values():
            if shown.file:
                try:
                    self._flush(shown)
                except TorchError as error:
                    streams.write(f"{error}\n", "stderr")


def _name(fname: Any, function: str) -> str:
    """A file's name."""
    if not isinstance(fname, str):
        raise BadArgument(1, f"string expected, got {lua.lua_type(fname)}", function)
    return fname


def _used(args: tuple[Any, ...]) -> list[Any]:
    values = list(args)
    while values and values[-1] is None:
        values.pop()
    return values


def _write(figure: Figure, fname: str, otherwise: str = "") -> None:
    """Write a figure into a file of the kind that its name or else `otherwise` says."""
    path = to_system(fname)
    suffix = Path(path).suffix.lower()
    kind = suffix if suffix in (*_VECTOR, *KINDS) else otherwise
    try:
        if kind in _VECTOR:
            from th7shell.plot.png import to_image

            to_image(figure, 1024, 768).save(path, format=kind[1:].upper())
        else:
            save(figure, path, otherwise=otherwise)
    except OSError as e:
        raise TorchError(f"cannot save to {fname}: {e.strerror}") from None
    except ValueError as e:
        raise TorchError(str(e)) from None


def _limits(axis: int) -> Callable[[Any, Figure], dict[str, Any]]:
    def change(found: Any, figure: Figure) -> dict[str, Any]:
        limits = list(figure.limits)
        for k in (0, 1):
            text = found[k + 1].strip()
            limits[2 * axis + k] = None if text in ("", "*") else finite(text, 1)
        return {"limits": tuple(limits)}

    return change


RAW: list[tuple[str, Callable[[Any, Figure], dict[str, Any]]]] = [
    (r"set (title|xlabel|ylabel) ['\"](.*)['\"]", lambda m, _: {m[1]: m[2]}),
    (r"(un)?set grid", lambda m, _: {"grid": not m[1]}),
    (r"(un)?set logscale y?", lambda m, _: {"logy": not m[1]}),
    (r"unset key", lambda m, _: {"legend": False}),
    (r"set key (.*)", lambda m, _: {"legend": m[1]}),
    (r"set xrange \[(.*):(.*)\]", _limits(0)),
    (r"set yrange \[(.*):(.*)\]", _limits(1)),
]
