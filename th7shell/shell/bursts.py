"""Text that arrives faster than hands type: a terminal without bracketed paste sends a page of text
as keys. The plain ones of a burst are handled together, a line at a time, not one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys

ANSWER = re.compile(r"\x1b\[\?[\d;]*c|\x1b_G[^\x1b]*\x1b\\")  # to display.picture.probe's question
SHORTEST = 16  # plain keys in one read that are a burst
PAUSE = 0.25  # seconds between two paintings in a burst


class Typed(str):
    """What a burst typed, with \\n for Enter."""


def gathered(keys: Iterable[KeyPress]) -> list[KeyPress]:
    """The keys of one read, long runs of plain ones made one. The first after another key stays
    itself: it may be that key's second half (Escape f)."""
    out: list[KeyPress] = []
    run: list[KeyPress] = []

    def close() -> None:
        if len(run) < SHORTEST:
            out.extend(run)
        else:
            text = "".join("\n" if k.key == Keys.ControlM else k.key for k in run)
            out.append(KeyPress(Keys.BracketedPaste, Typed(text)))
        run.clear()

    prefixed = False
    for key in keys:
        plain = key.key == Keys.ControlM or (not isinstance(key.key, Keys) and len(key.key) == 1)
        if plain and not prefixed:
            run.append(key)
        else:
            close()
            out.append(key)
        prefixed = not plain
    close()
    return out


def without_answers(keys: list[KeyPress]) -> list[KeyPress]:
    """The keys of one read, but for what a slow terminal, or a slow line to it, answers to a
    question after we have stopped to wait."""
    text = "".join(k.data if k.key != Keys.BracketedPaste else " " * len(k.data) for k in keys)
    late = [found.span() for found in ANSWER.finditer(text)]
    if not late:
        return keys
    kept, at = [], 0
    for key in keys:
        if not any(start <= at < end for start, end in late):
            kept.append(key)
        at += len(key.data)
    return kept


def watch(app: Application[Any], wanted: Callable[[], bool]) -> None:
    """Gather the bursts that an application is fed, while `wanted()`; it paints less often then."""
    feed = app.key_processor.feed_multiple

    def feed_multiple(key_presses: list[KeyPress], first: bool = False) -> None:
        keys = without_answers(key_presses)
        keys = gathered(keys) if wanted() else keys
        # 0, not None: a painting that was put off in the burst may still count with it
        app.min_redraw_interval = PAUSE if len(keys) < len(key_presses) else 0
        feed(keys, first)

    app.key_processor.feed_multiple = feed_multiple  # type: ignore[method-assign]


def type_in(event: KeyPressEvent, enter: Callable[[Buffer], Any], closers: str) -> None:
    """Do what a burst's keys would have done. What follows the Enter that ends the entry is left to
    the next prompt."""
    buffer = event.current_buffer
    rest = event.data
    while rest:
        line, newline, rest = rest.partition("\n")
        _insert(buffer, line, closers)
        if newline:
            enter(buffer)
        if event.app.is_done:
            if rest:
                again = KeyPress(Keys.BracketedPaste, Typed(rest))
                event.app.key_processor.feed(again, first=True)
            return


def _insert(buffer: Buffer, line: str, closers: str) -> None:
    """Insert a line; a bracket or quote that already stands at the cursor is passed over."""
    if buffer.document.current_char not in closers or not buffer.document.current_char:
        if line:
            buffer.insert_text(line)
        return
    for character in line:
        if character in closers and buffer.document.current_char == character:
            buffer.cursor_right()
        else:
            buffer.insert_text(character)
