"""The session's history for prompt_toolkit, and the fuzzy search over it (Ctrl-R)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History as PromptHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import BufferControl, HSplit, Layout, VSplit, Window
from prompt_toolkit.layout.controls import FormattedTextControl
from prompt_toolkit.styles import BaseStyle

from th7shell.session.history import History

SHOWN = 10


class Recall(PromptHistory):
    """prompt_toolkit's view of a History: saved entries, then this session's; storing is done by
    the shell."""

    def __init__(self, history: History) -> None:
        super().__init__()
        self.history = history

    def load_history_strings(self) -> Iterable[str]:
        yield from reversed(self.history.saved())

    def store_string(self, string: str) -> None:
        self.history.add(string)


class FuzzySearch:
    """Entries that contain the letters of a query in order; the newest 200 that match, the most
    compact first."""

    def __init__(self, entries: Sequence[str]) -> None:
        self.entries = list(dict.fromkeys(reversed(entries)))  # newest first
        self._lower = [e.lower() for e in self.entries]

    def find(self, query: str, limit: int = 200) -> list[str]:
        """Matching entries, best first; a query in lower case also finds capitals."""
        if not query:
            return self.entries[:limit]
        texts = self._lower if query == query.lower() else self.entries
        left: Sequence[int] = range(len(texts))
        for letter in set(query):  # quick: most entries lack one of the letters
            left = [i for i in left if letter in texts[i]]
        inside = re.compile("".join(f"[^{re.escape(c)}]*{re.escape(c)}" for c in query)).match
        found = itertools.islice((i for i in left if inside(texts[i])), limit)
        return [self.entries[i] for _, i in sorted((self._rank(texts[i], query), i) for i in found)]

    @staticmethod
    def _rank(text: str, query: str) -> int:
        """How many letters stand between those of the query."""
        if query in text:
            return 0
        first = at = text.find(query[0])
        for letter in query[1:]:
            at = text.find(letter, at + 1)
        return at - first - len(query) + 1


async def pick(search: FuzzySearch, style: BaseStyle) -> str | None:
    """Let the user choose an entry: type to filter, Up and Down to move, Enter to take it, Esc to
    leave."""
    state: dict[str, Any] = {"row": 0, "found": search.find("")}

    def refilter(buffer: Buffer) -> None:
        state["found"], state["row"] = search.find(buffer.text), 0

    def lines() -> StyleAndTextTuples:
        found, row = state["found"], state["row"]
        top = max(0, min(row - SHOWN // 2, len(found) - SHOWN))
        out: StyleAndTextTuples = []
        for i, entry in enumerate(found[top : top + SHOWN], top):
            shown = entry.replace("\n", " ⏎ ")
            out.append(
                (
                    "class:picker.current" if i == row else "",
                    f"{'>' if i == row else ' '} {shown}\n",
                )
            )
        return out or [("", "  nothing matches\n")]

    query = Buffer(on_text_changed=refilter, multiline=False)
    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        found = state["found"]
        event.app.exit(result=found[state["row"]] if found else None)

    @keys.add("escape", eager=True)
    @keys.add("c-c")
    @keys.add("c-g")
    def _(event: KeyPressEvent) -> None:
        event.app.exit(result=None)

    def move(step: int) -> None:
        last = max(len(state["found"]) - 1, 0)
        state["row"] = min(max(state["row"] + step, 0), last)

    for name, step in (
        ("down", 1),
        ("c-r", 1),
        ("up", -1),
        ("c-s", -1),
        ("pagedown", SHOWN),
        ("pageup", -SHOWN),
    ):
        keys.add(name)(lambda event, step=step: move(step))
    body = HSplit(
        [
            Window(FormattedTextControl(lines), height=SHOWN, dont_extend_height=True),
            VSplit(
                [
                    Window(
                        FormattedTextControl([("class:picker.query", "search: ")]),
                        width=8,
                        height=1,
                    ),
                    Window(BufferControl(query), height=1),
                ]
            ),
        ]
    )
    app: Application[str | None] = Application(
        Layout(body), key_bindings=keys, style=style, erase_when_done=True
    )
    return await app.run_async(handle_sigint=False)
