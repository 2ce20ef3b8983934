"""Names and a line about each, in two columns that use the window: the second is wrapped, nothing
is cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

NAMES = 0.45  # of the window, that the names may take


@dataclass
class Listing:
    """Rows of a name and what is told of it; head: a line above."""

    rows: Sequence[tuple[str, str]]
    head: str = ""

    def __rich_console__(self, console: Any, options: Any) -> Any:
        from rich.table import Table
        from rich.text import Text

        if self.head:
            yield Text(self.head, "th.head")
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
        widest = max((len(name) for name, _ in self.rows), default=0)
        width = min(widest, int(options.max_width * NAMES))
        table.add_column(width=width, overflow="fold", style="th.code")
        table.add_column(ratio=None, overflow="fold")
        for name, about in self.rows:
            table.add_row(Text(name), Text(about))
        yield table

    def __str__(self) -> str:
        """The rows as lines."""
        width = max((len(name) for name, _ in self.rows), default=0)
        return "".join(f"{name:<{width}}  {about}".rstrip() + "\n" for name, about in self.rows)
