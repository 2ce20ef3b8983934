"""What keys do at the prompt beyond prompt_toolkit's emacs and vi keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prompt_toolkit.application import in_terminal
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.filters import (
    Condition,
    has_focus,
    has_suggestion,
    is_searching,
)
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from th7shell.session.core import Session
from th7shell.session.scan import dedents, depth_after, without_prompts, without_tabs

from .bursts import Typed, type_in

PAIRS = {"(": ")", "[": "]", "{": "}", '"': '"', "'": "'"}


def bindings(
    session: Session, open_panel: Callable[[], Any], search: Callable[[], Any]
) -> KeyBindings:
    """The key bindings of the prompt. open_panel and search are coroutines that F2 and Ctrl-R
    run."""
    keys = KeyBindings()
    at_prompt = has_focus("DEFAULT_BUFFER") & ~is_searching
    matching = Condition(lambda: session.settings.auto_match) & at_prompt
    tabbed: list[Any] = [None]  # the text that Tab left

    @keys.add("enter", filter=at_prompt)
    def _(event: KeyPressEvent) -> None:
        enter(event.current_buffer, session)

    @keys.add("escape", "enter", filter=at_prompt)
    def _(event: KeyPressEvent) -> None:
        new_line(event.current_buffer, session.settings.indent)

    @keys.add(Keys.BracketedPaste, filter=at_prompt)
    def _(event: KeyPressEvent) -> None:
        if isinstance(event.data, Typed):
            closers = "".join(PAIRS.values()) if session.settings.auto_match else ""
            type_in(event, lambda buffer: enter(buffer, session), closers)
            return
        text = event.data.replace("\r\n", "\n").replace("\r", "\n")
        text = without_tabs(without_prompts(text), session.settings.indent)
        event.current_buffer.insert_text(text)

    @keys.add("tab", filter=at_prompt)
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        menu = buffer.complete_state
        if menu and (menu.current_completion or tabbed[0] == buffer.document):
            buffer.complete_next()
        elif not buffer.document.current_line_before_cursor.strip():
            buffer.insert_text(" " * session.settings.indent)
        else:
            complete_now(buffer, session)
            tabbed[0] = buffer.document

    @keys.add("c-e", filter=at_prompt & has_suggestion)
    def _(event: KeyPressEvent) -> None:
        suggestion = event.current_buffer.suggestion
        if suggestion:
            event.current_buffer.insert_text(suggestion.text)

    @keys.add("f8", filter=at_prompt)
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        wrong = session.syntax_error(buffer.text)
        if wrong is not None:
            row = min(wrong[0], buffer.document.line_count) - 1
            indent = len(buffer.document.lines[row]) - len(buffer.document.lines[row].lstrip())
            buffer.cursor_position = buffer.document.translate_row_col_to_index(row, indent)

    @keys.add("f2")
    def _(event: KeyPressEvent) -> None:
        _run(event, open_panel)

    @keys.add("c-r", filter=at_prompt)
    def _(event: KeyPressEvent) -> None:
        async def choose() -> None:
            chosen = await search()
            if chosen is not None:
                event.current_buffer.text = chosen
                event.current_buffer.cursor_position = len(chosen)

        _run(event, choose)

    for opener, closer in PAIRS.items():
        keys.add(opener, filter=matching)(_opening(opener, closer))
        if closer != opener:
            keys.add(closer, filter=matching)(_closing(closer))
    return keys


def _run(event: KeyPressEvent, coroutine: Callable[[], Any]) -> None:
    async def inside() -> None:
        async with in_terminal():
            await coroutine()

    event.app.create_background_task(inside())


def enter(buffer: Buffer, session: Session) -> None:
    """Run the entry when it is complete or hopeless; else begin a new line. Enter on an empty last
    line of an unfinished block runs it as it is, as th does."""
    document = buffer.document
    if buffer.complete_state and buffer.complete_state.current_completion:
        buffer.complete_state = None
        return
    state, _ = session.is_complete(document.text)
    at_end = not document.text_after_cursor.strip() or document.on_last_line
    blank_line = not document.current_line.strip() and "\n" in document.text
    if at_end and (state != "incomplete" or blank_line):
        buffer.validate_and_handle()
    else:
        new_line(buffer, session.settings.indent)


def complete_now(buffer: Buffer, session: Session) -> None:
    """Tab: type in what the candidates that begin like the word have in common; when that is there
    already, show the menu, which the next Tab goes through."""
    document = buffer.document
    found = session.complete(document.text, document.cursor_position)
    if not found:
        return
    typed = document.text[found[0].start : document.cursor_position]
    begun = [c.text for c in found if c.text.startswith(typed)]
    begun = begun or [c.text for c in found if c.text.lower().startswith(typed.lower())]
    common = _common_start(begun or [c.text for c in found])
    if (common.lower().startswith(typed.lower()) and common != typed) or len(found) == 1:
        buffer.delete_before_cursor(len(typed))
        buffer.insert_text(common)
    elif begun != [typed] and not buffer.complete_state:
        buffer.start_completion()


def _common_start(words: list[str]) -> str:
    """What all words begin with."""
    low, high = min(words), max(words)
    same = (i for i, (a, b) in enumerate(zip(low, high)) if a != b)
    return low[: next(same, min(len(low), len(high)))]


def new_line(buffer: Buffer, indent: int) -> None:
    """Begin a line below, indented by the blocks that are open before the cursor."""
    before = buffer.document.text_before_cursor
    buffer.insert_text("\n" + " " * depth_after(before, indent))


def dedent_closer(buffer: Buffer, indent: int) -> None:
    """After `end`, `else`, `until`, `}` alone on a line: move the line under the block that it
    closes."""
    document = buffer.document
    line = document.current_line
    if not document.is_cursor_at_the_end_of_line or "\n" not in document.text_before_cursor:
        return
    closes, closed = dedents(line), dedents(line[:-1])
    if not closes and not closed:
        return
    above = document.text_before_cursor.rpartition("\n")[0]
    depth = depth_after(above, indent)
    wanted = max(0, depth - indent) if closes else depth
    now = len(line) - len(line.lstrip(" "))
    if now == wanted or now not in (depth, max(0, depth - indent)):
        return
    start = document.cursor_position - len(document.current_line_before_cursor)
    text = document.text[:start] + " " * wanted + line.lstrip(" ") + document.text_after_cursor
    buffer.text, buffer.cursor_position = text, document.cursor_position + wanted - now


def _opening(opener: str, closer: str) -> Callable[[KeyPressEvent], None]:
    def handle(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        after = buffer.document.current_char
        if opener == closer and after == closer:
            buffer.cursor_right()
            return
        buffer.insert_text(opener)
        if not after.isalnum() and after != "_":
            buffer.insert_text(closer, move_cursor=False)

    return handle


def _closing(closer: str) -> Callable[[KeyPressEvent], None]:
    def handle(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.document.current_char == closer:
            buffer.cursor_right()
        else:
            buffer.insert_text(closer)

    return handle
