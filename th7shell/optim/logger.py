"""Training curves: a Logger appends rows of numbers to a text file and plots its columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..frontend import show
from ..lua import Table, TorchError, array, new_table, tostring
from ..lua.stdlib.texts import from_system, to_system
from ..plot import Figure, Series, save
from ..torch.classes import TorchClass
from ..torch.tensor import wrap


def _row(values: Any) -> list[Any]:
    return array(values) if isinstance(values, Table) else list(values)


class Logger(Table, metaclass=TorchClass, name="optim.Logger"):
    """Log named columns of numbers to a file and plot them.

    `optim.Logger(path, timestamp)`: path may be nil (nothing is written); timestamp adds the time
    to the name.
    Use: `logger:setNames{'loss'}`, `logger:add{0.3}` after each epoch, `logger:style{'-'}`,
    `logger:plot()`.
    Fields: symbols[column] (all values so far), names, name (the path).
    """

    def __init__(self, filename: str | None = None, timestamp: Any = None) -> None:
        self.name = filename
        if filename is not None and timestamp:
            import time

            path = Path(to_system(filename))
            stamp = time.strftime("%Y-%m-%d_%H-%M-%S")
            self.name = from_system(str(path.with_name(f"{path.stem}_{stamp}{path.suffix}")))
        if self.name is not None:
            path = Path(to_system(self.name))
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("")
            except OSError as error:
                raise TorchError(f"{self.name}: {error.strerror}") from None
        self.empty = True
        self.symbols = new_table()
        self.styles = new_table()
        self.names = new_table()
        self.idx = new_table()
        self.showPlotFlag = True
        self.logscaleFlag = False

    def _write(self, cells: list[str]) -> None:
        if self.name is not None:
            with open(to_system(self.name), "ab") as file:
                file.write(("\t ".join(cells) + "\t \n").encode("latin-1", "replace"))

    def setNames(self, names: Any, *_: Any) -> Any:
        """Name the columns; written as the file's first line."""
        names = _row(names)
        self.names = new_table(names)
        self.empty = False
        self.nsymbols = len(names)
        self._write(names)
        for i, name in enumerate(names, 1):
            self.symbols[i] = new_table()
            self.styles[i] = new_table(["+"])
            self.idx[name] = i
        return self

    def add(self, symbols: Any, *_: Any) -> Any:
        """Append one row: {v1, v2 …} in the order of setNames, or {name = v …} where no names were
        set."""
        if self.empty:
            if isinstance(symbols, Table) and not array(symbols):
                from ..lua import items

                pairs = sorted(items(symbols), key=lambda pair: str(pair[0]))
                self.setNames(new_table([str(k) for k, _ in pairs]))
                symbols = new_table([v for _, v in pairs])
            else:
                self.setNames(new_table([f"column {i}" for i in range(1, len(_row(symbols)) + 1)]))
        values = _row(symbols)
        if not values and isinstance(symbols, Table):
            values = [symbols[name] for name in array(self.names)]
        if len(values) != self.nsymbols:
            raise TorchError(
                f"Logger: {len(values)} values for the {self.nsymbols} columns that setNames gave"
            )
        for i, value in enumerate(values, 1):
            column = self.symbols[i]
            column[len(column) + 1] = value
        self._write([f"{v:11.4e}" if isinstance(v, int | float) else tostring(v) for v in values])
        return self

    def style(self, *symbols: Any) -> Any:
        """Set the plot style of each column ('-', '+', '~' …): one table or one argument a
        column."""
        given = _row(symbols[0]) if symbols and not isinstance(symbols[0], str) else list(symbols)
        if not given and symbols:
            named = [symbols[0][name] for name in array(self.names)]
            given = [style for style in named if style is not None]
        if len(given) != getattr(self, "nsymbols", 0):
            raise TorchError(
                f"Logger: {len(given)} styles for {getattr(self, 'nsymbols', 0)} columns"
            )
        for i, value in enumerate(given, 1):
            self.styles[i] = new_table(_row(value) if not isinstance(value, str) else [value])
        return self

    def setlogscale(self, state: Any = True, *_: Any) -> None:
        """Plot with a logarithmic y axis."""
        self.logscaleFlag = state is not False

    def display(self, state: Any = True, *_: Any) -> None:
        """Say whether plot() shows a picture (true) or only keeps quiet (false)."""
        self.showPlotFlag = state is not False

    def plot(self, *_: Any) -> Any:
        """Draw all columns over the row number in their styles; also saved beside the log as SVG.

        Shown on the running front end unless display(false) was called. Result: self.
        """
        columns = [np.asarray(array(self.symbols[i]), np.float64) for i in self._numbers()]
        marks = {"-": "line", "+": "points", ".": "points", "+-": "both", "~": "line", "|": "bars"}
        styles = [array(self.styles[i]) for i in self._numbers()]
        figure = Figure(
            [
                Series(
                    marks.get(style[0] if style else "+", "points"),
                    np.arange(1.0, len(column) + 1),
                    column,
                    name,
                )
                for column, style, name in zip(columns, styles, array(self.names))
            ],
            logy=self.logscaleFlag,
        )
        if self.name is not None:
            save(figure, to_system(f"{self.name}.svg"))
        if self.showPlotFlag:
            show("plot", figure)
        return self

    def _numbers(self) -> range:
        return range(1, getattr(self, "nsymbols", 0) + 1)

    def columns(self, *_: Any) -> Any:
        """All values so far as {name = DoubleTensor}."""
        return new_table(
            fields={
                name: wrap(np.asarray(array(self.symbols[i]), np.float64))
                for i, name in enumerate(array(self.names), 1)
            }
        )
