"""Reading entries without a screen: standard input that is no terminal, or one that cannot move its
cursor."""

from __future__ import annotations

import sys
from collections.abc import Callable

from th7shell.lua.stdlib import streams
from th7shell.session.core import Session


def reader(session: Session, prompts: bool) -> Callable[[], str]:
    """A function that reads one entry: lines until it is complete, hopeless, or a blank line ends
    it."""

    def read() -> str:
        text = _line("th> " if prompts else "")
        while session.is_complete(text)[0] == "incomplete":
            try:
                line = _line("..> " if prompts else "")
            except EOFError:
                break
            if not line.strip():
                break
            text += "\n" + line
        session.history.add(text)
        return text

    return read


def _line(prompt: str) -> str:
    streams.write(prompt)
    streams.flush()
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\n")
