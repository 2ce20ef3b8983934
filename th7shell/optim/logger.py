"""Training curves: a Logger appends rows of numbers to a text file and plots its columns."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Any

import th7shell.torch.console as console
from th7shell import frontend
from th7shell.lua import (
    LuaError,
    Table,
    TorchError,
    array,
    first,
    items,
    length,
    lua_type,
    new_table,
    state,
)
from th7shell.lua import tostring as text_of
from th7shell.lua.callers import nothing
from th7shell.lua.stdlib import io as lua_io
from th7shell.lua.stdlib.string_format import format as lua_format
from th7shell.lua.stdlib.texts import failure, from_system, to_system
from th7shell.torch.classes import TorchClass
from th7shell.torch.namespace import need
from th7shell.torch.tensor import default_type
from th7shell.xlua import unpacking

NUMBERS = frozenset((int, float))


class Logger(Table, metaclass=TorchClass, name="optim.Logger"):
    """Log columns of numbers to a file and plot them.

    `optim.Logger(path, timestamp)`: without a path rows go to standard output; with a timestamp the
    file's name is the path, `-` and the time.

    Use: `logger:setNames{'loss'}`, then `logger:add{0.3}` after each epoch, or `logger:add{loss =
    0.3}` with no names set; `logger:style{'-'}`, `logger:plot()`.

    Fields: symbols[column] (all values so far), styles[column], names, idx[name], name (the path),
    file (open for writing), epsfile (where `plot` leaves the picture, nil for none), defaultStyle,
    showPlot, logscale, plotRawCmd (a command for gnuplot.raw).
    """

    figure: Any = None
    epsfile: Any = None
    plotRawCmd: Any = None
    nsymbols: Any = None
    warned: Any = None

    def __init__(self, filename: Any = None, timestamp: Any = None, *_: Any) -> None:
        if filename is not None and filename is not False:
            self.file = _opened(filename, timestamp)
            self.name = filename
            self.epsfile = f"{filename}.eps"
        else:
            self.file = state.globals.io.stdout if state.globals["io"] else lua_io.stdout
            self.name = "stdout"
            console.show("<Logger> warning: no path provided, logging to std out")
        self.empty = True
        self.symbols = new_table()
        self.styles = new_table()
        self.names = new_table()
        self.idx = new_table()
        self.showPlot = True
        self.defaultStyle = "+"
        self.logscale = False

    def setNames(self, names: Any = None, *_: Any) -> Any:
        """Name the columns; written as the file's next line. Returns the logger."""
        names = _table(names, "names")
        self.names = names
        self.empty = False
        self.nsymbols = length(names)
        for k, key in items(names):
            self.file.write(_joined(key))
            _column(self, k)
            self.idx[key] = k
        _end_line(self)
        return self

    def add(self, symbols: Any = None, *_: Any) -> Any:
        """Append a row: {v1, v2 …} in the order of setNames, or {name = v …} if no names were
        set."""
        symbols = _table(symbols, "symbols")
        if self.empty:
            self.empty = False
            self.nsymbols = length(symbols)
            for k, _value in items(symbols):
                self.file.write(_joined(k))
                _column(self, k)
                self.names[k] = k
            self.idx = self.names
            self.file.write("\n")
        for _k, value in items(symbols):
            kind = lua_type(value)
            if kind not in ("number", "string"):
                unpacking.error("can only log numbers and strings", "Logger")
            shown = lua_format("%11.4e", value) if kind == "number" else value
            self.file.write(f"{shown}\t")
        _end_line(self)
        for k, value in items(symbols):
            column = self.symbols[k]
            if not isinstance(column, Table):
                raise TorchError(
                    f"bad argument #1 to 'insert' (table expected, got {lua_type(column)})"
                )
            column[length(column) + 1] = value
        for tell in frontend.logged:
            tell(self)
        return nothing()

    def style(self, symbols: Any = None, *_: Any) -> Any:
        """Set the plot style of columns, a string ('-', '+', '~' …) or a table of strings each."""
        for name, style in items(_table(symbols, "symbols")):
            if not isinstance(style, str | Table):
                unpacking.error("style should be a string or a table of strings", "Logger")
            self.styles[name] = new_table([style]) if isinstance(style, str) else style
        return self

    def setlogscale(self, state: Any = None, *_: Any) -> Any:
        """Plot with a logarithmic y axis, or not."""
        self.logscale = state
        return nothing()

    def display(self, state: Any = None, *_: Any) -> Any:
        """Say whether `plot` shows the picture or only writes it beside the log."""
        self.showPlot = state
        return nothing()

    def plot(self, *names: Any) -> Any:
        """Draw the columns of these names, all by default, over the row number; columns of one row
        are left out.

        Shown on the running front end unless display(false) was called, and written to `epsfile`:
        at most once a second, and at the end of the program if it was called since.
        """
        gnuplot = _gnuplot(self)
        if gnuplot is None:
            return nothing()
        wanted = [self.idx[name] for name in names if name is not None]
        plots = [
            new_table([self.names[k], _vector(column), style])
            for k in wanted or [k for k, _column in items(self.symbols)]
            if length(column := _table(self.symbols[k], "list")) > 1
            for style in array(self.styles[k])
        ]
        if not plots:
            return nothing()
        file = self.epsfile  # in the folder of now, whenever it is drawn
        path = from_system(os.path.abspath(to_system(file))) if file else None
        frontend.sparingly(self, lambda: _plot(self, gnuplot, plots, path))
        return nothing()


def _opened(filename: Any, timestamp: Any) -> Any:
    """The log's file, made anew with the folders on its way."""
    if not isinstance(filename, str):
        raise TorchError(f"attempt to concatenate local 'filename' (a {lua_type(filename)} value)")
    name = filename
    if timestamp is not None and timestamp is not False:
        name += time.strftime("-%Y_%m_%d_%X")
    try:
        os.makedirs(Path(to_system(filename)).parent, exist_ok=True)
    except (OSError, ValueError) as error:
        raise TorchError(f"Logger: {failure(error, filename)[1]}") from None
    opened = lua_io.open(name, "w")
    if isinstance(opened, tuple):
        raise TorchError(f"Logger: {opened[1]}")
    return opened


def _table(value: Any, name: str) -> Table:
    """A table of columns (a list or dict from Python too)."""
    if isinstance(value, Table):
        return value
    if isinstance(value, dict | list | tuple):
        return new_table((), value) if isinstance(value, dict) else new_table(value)
    raise TorchError(f"attempt to get length of local '{name}' (a {lua_type(value)} value)")


def _joined(key: Any) -> str:
    """A column's name as it is written."""
    if lua_type(key) not in ("string", "number"):
        raise TorchError(f"attempt to concatenate local 'key' (a {lua_type(key)} value)")
    return f"{text_of(key)}\t"


def _vector(column: Table) -> Any:
    """A column as a tensor."""
    listed = array(column)
    values = default_type()(len(listed))
    if NUMBERS.issuperset(map(type, listed)):
        values.nd[...] = listed
        return values
    for i, value in enumerate(listed, 1):
        values[i] = value
    return values


def _column(logger: Any, k: Any) -> None:
    logger.symbols[k] = new_table()
    logger.styles[k] = new_table([logger.defaultStyle])


def _end_line(logger: Any) -> None:
    logger.file.write("\n")
    logger.file.flush()


def _plot(logger: Any, gnuplot: Any, plots: list[Any], path: str | None) -> None:
    """Show the curves, and save them."""
    if logger.showPlot:
        logger.figure = first(gnuplot.figure(logger.figure))
        with frontend.left_out_silently() if path else contextlib.nullcontext():
            _draw(logger, gnuplot, plots)
    if path:
        Path(to_system(path)).unlink(missing_ok=True)
        number = first(gnuplot.epsfigure(path))
        _draw(logger, gnuplot, plots)
        gnuplot.plotflush()
        gnuplot.close(number)


def _draw(logger: Any, gnuplot: Any, plots: list[Any]) -> None:
    if logger.logscale:
        gnuplot.logscale("on")
    gnuplot.grid("on")
    gnuplot.title(f"<Logger::{logger.name}>")
    gnuplot.plot(new_table(plots))
    if logger.plotRawCmd:
        gnuplot.raw(logger.plotRawCmd)


def _gnuplot(logger: Any) -> Any:
    """The package that draws, the user's own if there is one; None if it cannot be loaded."""
    try:
        need(state.globals, "gnuplot")
    except LuaError as error:
        if not logger.warned:
            console.show(text_of(error.value))
            console.show("<Logger> warning: cannot plot with this version of Torch")
            logger.warned = True
        return None
    return state.globals.gnuplot
