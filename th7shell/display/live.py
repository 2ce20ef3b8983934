"""The live view of training: each optim.Logger's columns as a sparkline and their last, smallest
and largest value, redrawn in place, at most ten times a second."""

from __future__ import annotations

import shutil
import sys
import time
import weakref
from typing import Any

import numpy as np

from th7shell import frontend, lua
from th7shell.lua.stdlib import streams
from th7shell.lua.stdlib.texts import from_text, to_text
from th7shell.torch.short_text import sparkline

INTERVAL = 0.1


class Live:
    """Follows Logger:add while attached."""

    def __init__(self) -> None:
        self.loggers: weakref.WeakSet[Any] = weakref.WeakSet()
        self._lines = 0
        self._drawn = 0.0
        self._late = False

    def attach(self) -> None:
        """Follow every Logger from now on."""
        if self._logged not in frontend.logged:
            frontend.logged.append(self._logged)

    def detach(self) -> None:
        """Leave the Loggers alone again."""
        if self._logged in frontend.logged:
            frontend.logged.remove(self._logged)

    def _logged(self, logger: Any) -> None:
        self.loggers.add(logger)
        self.draw()

    def text(self, width: int = 80) -> str:
        """The view as lines."""
        lines = []
        for logger in list(self.loggers):
            names = lua.array(logger.names)
            wide = max((len(n) for n in names), default=0)
            for i, name in enumerate(names):
                column = [
                    v for v in lua.array(logger.symbols[i + 1]) if isinstance(v, (int, float))
                ]
                if not column:
                    continue
                narrow = width < 72
                digits, pad = (4, 9) if narrow else (5, 10)
                room = max(8, width - wide - 3 * pad - 20)
                parts = np.array_split(column, min(room, len(column)))  # all of it, in means
                shown = [part.mean() for part in parts]
                lines.append(
                    f"{to_text(name):<{wide}}  {sparkline(shown)}  "
                    f"{column[-1]:<{pad}.{digits}g} min {min(column):<{pad}.{digits}g} "
                    f"max {max(column):<{pad}.{digits}g} "
                    f"#{len(column)}"
                )
        return "".join(line[: width - 1].rstrip() + "\n" for line in lines)

    def draw(self) -> None:
        """Redraw over the view of before; on a pipe nothing is drawn."""
        now = time.monotonic()
        self._late = now - self._drawn < INTERVAL
        if not self._late and sys.stdout.isatty():
            self._drawn = now
            self._draw()

    def _draw(self) -> None:
        text = self.text(shutil.get_terminal_size().columns)
        up = f"\x1b[{self._lines}A\x1b[J" if self._lines else ""
        streams.write(up + from_text(text))
        streams.flush()
        self._lines = text.count("\n")

    def finish(self) -> None:
        """An entry has ended: show what came since the last drawing; the next view starts below."""
        if self._late and sys.stdout.isatty():
            self._draw()
        self._late, self._lines, self._drawn = False, 0, 0.0


LIVE = Live()
