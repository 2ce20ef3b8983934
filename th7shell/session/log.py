"""`:log`: entries as runnable Lua, their results and times as comments."""

from __future__ import annotations

import time
from pathlib import Path
from typing import IO


class Log:
    """The log of a session; nothing is written until `start`."""

    def __init__(self) -> None:
        self.path: Path | None = None
        self._file: IO[str] | None = None

    def start(self, path: str) -> None:
        """Append to `path` from now on."""
        self.stop()
        self.path = Path(path)
        self._file = open(path, "a", encoding="utf-8", errors="surrogateescape", newline="\n")
        self._file.write(f"-- {time.strftime('%Y-%m-%d %H:%M:%S')}\n")
        self._file.flush()

    def stop(self) -> None:
        """End the log."""
        if self._file is not None:
            self._file.close()
        self.path = self._file = None

    def entry(self, text: str, output: str, seconds: float) -> None:
        """Write one entry: what was typed, what it gave, how long it took. What is no Lua is a
        comment."""
        if self._file is None:
            return
        stripped = text.strip()
        if stripped[:1] in (":", "%", "?", "$", "!") or stripped in ("exit", "break"):
            text = "-- " + text.replace("\n", "\n-- ")
        else:
            text = runnable(stripped)
        comment = "".join(f"--> {line}\n" for line in output.splitlines())
        self._file.write(f"{text}\n{comment}-- {time.strftime('%H:%M:%S')} [{seconds:.4f}s]\n")
        self._file.flush()


def runnable(text: str) -> str:
    """An entry as a statement: an expression is printed."""
    from .entries import is_statement

    if text.startswith("="):
        text = text[1:].strip()
    return text if is_statement(text) else f"print({text.rstrip(';')})"
