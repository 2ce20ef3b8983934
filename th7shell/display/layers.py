"""A network's layers as a table: sizes and costs (`:summary`), or times (`:prof`), the layer that
costs most marked. In a narrow window numbers are rounded and layers lose their package's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

NUMBERS = 44  # columns that a narrow window's other columns take
SHORT = 22  # letters of a layer that always stay on one line
MARK = "◀"
UNITS = (" ", "k", "M", "G", "T")


@dataclass
class Layer:
    """A row: place in the net ('2.1'), how deep, its text, its cells (numbers or texts), and how
    much it costs among the others."""

    place: str
    depth: int
    name: str
    cells: Sequence[Any] = ()
    cost: float = 0.0


@dataclass
class LayerTable:
    """The table as rich draws it. heads: of the columns after place and name, with the shorter word
    for a narrow window, and whether the column is left out where there is no room; foot: lines
    below."""

    heads: Sequence[tuple[str, str, bool]]
    rows: Sequence[Layer]
    foot: Sequence[str] = field(default_factory=list)

    def __rich_console__(self, console: Any, options: Any) -> Any:
        every = range(len(self.heads))
        wide = self.needed(every, True) <= options.max_width
        kept = list(every)
        if not wide and self.needed(every, False) > options.max_width:
            kept = [i for i in every if not self.heads[i][2]]
        table = Table(box=box.SIMPLE_HEAD, border_style="th.faint", padding=(0, 1, 0, 0))
        table.show_edge = table.pad_edge = False
        table.add_column("#", style="th.faint", no_wrap=True)
        table.add_column("layer")
        for i in kept:
            numbers = any(is_number(row.cells[i]) for row in self.rows)
            table.add_column(
                self.head(i, wide),
                justify="right" if numbers else "left",
                no_wrap=numbers,
                style="th.number" if numbers else "",
            )
        table.add_column("", no_wrap=True, style="th.mark", width=1)
        most = max((row.cost for row in self.rows), default=0.0)
        marked = most > 0 and sum(row.cost == most for row in self.rows) == 1 < len(self.rows)
        for row in self.rows:
            here = marked and row.cost == most
            text = row.name if wide else shortened(row.name, options.max_width - NUMBERS)
            name = Text(text, "th.mark" if here else "")
            cells = [written(row.cells[i], wide) for i in kept]
            margin = Padding(name, (0, 0, 0, 2 * row.depth))
            table.add_row(row.place, margin, *cells, MARK if here else "")
        yield table
        for line in self.foot:
            yield Text(line)

    def head(self, column: int, wide: bool) -> str:
        """The word above a column."""
        long, short, _ = self.heads[column]
        return long if wide else short

    def needed(self, columns: Sequence[int], wide: bool) -> int:
        """Width of the table with these columns, each layer on one line."""
        names = (
            2 * r.depth + len(r.name if wide else r.name.removeprefix("nn.")) for r in self.rows
        )
        cells = (
            max(
                len(self.head(i, wide)),
                *(len(written(row.cells[i], wide)) for row in self.rows),
            )
            for i in columns
        )
        widths = [max(len(row.place) for row in self.rows), max(names), *cells, len(MARK)]
        return sum(widths) + 2 * len(widths)


def is_number(cell: Any) -> bool:
    """Whether a cell is a number or a share."""
    return isinstance(cell, (int, float)) or cell.endswith("%")


def shortened(name: str, room: int) -> str:
    """A layer's text for a narrow window: without nn, the arguments of a long one below it."""
    name = name.removeprefix("nn.")
    head, bracket, rest = name.partition("(")
    return f"{head}\n  ({rest}" if bracket and len(name) > max(room, SHORT) else name


def written(cell: Any, wide: bool) -> str:
    """A cell's text: counts in full, or to three digits, and milliseconds."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return f"{cell:.3f}"
    return "" if not cell else f"{cell:,}" if wide else rounded(cell)


def rounded(n: float) -> str:
    """Three digits and a unit, as `118 k`; a number below 1000 has a blank for it, so that digits
    stand under digits."""
    step = 0
    while n >= 999.5 and step < len(UNITS) - 1:
        n, step = n / 1000, step + 1
    digits = f"{n:#.3g}".rstrip(".") if step else str(int(n))
    return f"{digits} {UNITS[step]}"


def summary_table(summary: Any) -> LayerTable:
    """The table of `net:summary{…}`."""
    from th7shell.nn.helpers.output_sizes import show
    from th7shell.nn.tools.summary import bytes_text

    rows = [
        Layer(r.place, r.depth, r.name, (show(r.output), r.parameters, r.macs), r.macs)
        for r in summary.rows
    ]
    item = summary.item
    foot = [
        f"{summary.parameters:,} parameters ({bytes_text(summary.parameters * item)})",
        f"{summary.operations:,} multiply-adds",
        f"{bytes_text(summary.bytes)} of outputs for an input of {show(summary.input)}",
    ]
    heads = (
        ("output", "output", False),
        ("parameters", "params", False),
        ("multiply-adds", "mult-adds", False),
    )
    return LayerTable(heads, rows, foot)
