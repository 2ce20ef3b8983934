"""The session's completions as prompt_toolkit wants them."""

from __future__ import annotations

from collections.abc import Iterable

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from th7shell.session.core import Session


class SessionCompleter(Completer):
    """Candidates of the session. While typing, nothing is offered after an empty word (only Tab
    asks there)."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
        if not event.completion_requested:
            if self.session.settings.completion != "popup":
                return
            before = document.char_before_cursor
            if not (before.isalnum() or before in "_.:"):
                return
        for c in self.session.complete(document.text, document.cursor_position):
            meta = f"{c.kind} {c.arguments}".strip()
            yield Completion(
                c.text,
                start_position=c.start - document.cursor_position,
                display=c.name,
                display_meta=meta[:60],
            )
