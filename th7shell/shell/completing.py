"""The session's completions as prompt_toolkit wants them: names, and beside each what it is and
does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples

from th7shell.session.core import Session

if TYPE_CHECKING:
    from th7shell.session.completion import Candidate

KIND = 14  # letters of the column that says what a name is


class SessionCompleter(Completer):
    """Candidates of the session. While typing, nothing is offered after an empty word (only Tab
    asks there), but after a dot, a colon, and a command."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
        if not event.completion_requested:
            if self.session.settings.completion != "popup":
                return
            before = document.char_before_cursor
            command = document.text.startswith((":", "%")) and before in (" ", "=")
            if not (before.isalnum() or before in "_.:" or command):
                return
        found = self.session.complete(document.text, document.cursor_position)
        width = min(KIND, max((len(c.kind) for c in found), default=0))
        for c in found:
            yield Completion(
                c.text,
                start_position=c.start - document.cursor_position,
                display=c.name,
                display_meta=described(c, width),
            )


def described(candidate: Candidate, width: int) -> Callable[[], StyleAndTextTuples]:
    """The second column of the menu, written when it is shown."""

    def pieces() -> StyleAndTextTuples:
        kind = candidate.kind[:width]
        return [
            ("class:completion-menu.kind", f"{kind:<{width}} " if width else ""),
            ("", " " + candidate.about if candidate.about else ""),
        ]

    return pieces
