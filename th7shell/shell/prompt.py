"""The prompt itself: prompt_toolkit's session with our lexer, completer, history, keys and
toolbar."""

from __future__ import annotations

import os
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import (
    AutoSuggestFromHistory,
    ConditionalAutoSuggest,
    ThreadedAutoSuggest,
)
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.filters import Condition, to_filter, vi_insert_mode
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.layout.processors import HighlightMatchingBracketProcessor
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import DynamicStyle

from th7shell.display import palette
from th7shell.session.core import Session

from . import highlight
from .bursts import watch
from .completing import SessionCompleter
from .keys import bindings, dedent_closer
from .panel import settings_panel
from .recall import FuzzySearch, Recall, pick

PROMPT, CONTINUATION = "th> ", "..> "
CHECKED = 4000  # letters up to which an entry is parsed at each key


class Prompt:
    """Reads entries for a session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.lexer = highlight.LuaPainter()
        settings = session.settings
        self._styles: dict[str, Any] = {}
        style = DynamicStyle(self.style)
        self.reader: PromptSession[str] = PromptSession(
            multiline=True,
            completer=SessionCompleter(session),
            complete_while_typing=Condition(lambda: settings.completion == "popup"),
            complete_in_thread=True,
            auto_suggest=ConditionalAutoSuggest(
                ThreadedAutoSuggest(AutoSuggestFromHistory()),
                Condition(lambda: settings.auto_suggest),
            ),
            history=Recall(session.history),
            key_bindings=bindings(session, self.open_panel, self.search),
            prompt_continuation=self.continuation,
            bottom_toolbar=self.toolbar,
            input_processors=[HighlightMatchingBracketProcessor()],
            style=style,
            color_depth=None if palette.wanted() else ColorDepth.DEPTH_1_BIT,
            enable_open_in_editor=True,
            enable_suspend=True,
            tempfile_suffix=".lua",
            search_ignore_case=True,
            reserve_space_for_menu=6,
        )
        self.reader.app.after_render += self._first_render
        watch(self.reader.app, self._typing)
        buffer = self.reader.default_buffer
        buffer.enable_history_search = to_filter(True)  # Up recalls what begins as the line does
        buffer.on_text_insert += lambda b: dedent_closer(b, settings.indent)

    def _typing(self) -> bool:
        """Whether plain keys are text of the entry."""
        app = self.reader.app
        navigating = app.editing_mode == EditingMode.VI and not vi_insert_mode()
        return app.current_buffer is self.reader.default_buffer and not navigating

    def _first_render(self, _: Any) -> None:
        self.reader.app.after_render -= self._first_render
        self.session.environment.preload_aside()

    def read(self, default: str = "") -> str:
        """One entry. KeyboardInterrupt: Ctrl-C on the line; EOFError: Ctrl-D on an empty line."""
        settings = self.session.settings
        mode = EditingMode.VI if settings.editing_mode == "vi" else EditingMode.EMACS
        self.reader.editing_mode = mode
        self.reader.lexer = self.lexer if settings.highlight else None
        return self.reader.prompt(
            [("class:prompt", PROMPT)],
            default=default,
            handle_sigint=False,  # its own handler would leave Python's behind for a moment
        )

    def interrupt(self) -> None:
        """What Ctrl-C as a signal does to the line: the same as the key."""
        app = self.reader.app
        if app.is_running and app.loop is not None:
            app.loop.call_soon_threadsafe(app.key_processor.send_sigint)

    def style(self) -> Any:
        """The style of the theme in force."""
        name = self.session.settings.theme
        if name not in self._styles:
            self._styles[name] = highlight.style(name)
        return self._styles[name]

    def continuation(self, width: int, line: int, wrapped: int) -> StyleAndTextTuples:
        """What stands before the further lines of an entry."""
        return [("class:continuation", " " * width if wrapped else CONTINUATION)]

    def toolbar(self) -> StyleAndTextTuples | None:
        """The signature of the call being typed, the error of a hopeless line, or the mode of
        vi."""
        self.reader.app.after_render += self._first_render
        buffer = self.reader.default_buffer
        before = buffer.document.text_before_cursor[-CHECKED:]
        if self.session.settings.signature and "(" in before:
            found = self.session.signature(before, len(before))
            if found is not None:
                return _signature(found, self.reader.app.output.get_size().columns)
        wrong = self.session.syntax_error(buffer.text) if len(buffer.text) < CHECKED else None
        if wrong is not None:
            return [("class:wrong", f" line {wrong[0]}: {wrong[1]}   (F8 goes there)")]
        if self.session.settings.editing_mode == "vi":
            mode = self.reader.app.vi_state.input_mode.value
            return [("", f" {mode.removeprefix('vi-')}")]
        return None

    async def open_panel(self) -> None:
        """F2."""
        await settings_panel(self.session, DynamicStyle(self.style))

    async def search(self) -> str | None:
        """Ctrl-R."""
        history = self.session.history
        return await pick(
            FuzzySearch([*history.saved(), *history.entries]), DynamicStyle(self.style)
        )


def _signature(found: Any, width: int) -> StyleAndTextTuples:
    """The call on one line, the argument at the cursor marked; in a narrow window the arguments
    before it make room."""
    last = len(found.arguments) - 1
    here = min(found.current, last) if found.arguments[-1:] == ["..."] else found.current
    shown = list(enumerate(found.arguments))
    head = f" {found.name}("
    while len(head) + len(", ".join(a for _, a in shown)) > width - 4 and shown[0][0] < here:
        del shown[0]
        head = f" {found.name}(…, "
    out: StyleAndTextTuples = [("class:signature", head)]
    for i, argument in shown:
        out.append(("class:signature.current" if i == here else "class:signature", argument))
        if i < last:
            out.append(("class:signature", ", "))
    return [*out, ("class:signature", ")")]


def usable() -> bool:
    """Whether the terminal can move its cursor."""
    return os.environ.get("TERM") != "dumb"
