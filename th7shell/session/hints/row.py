"""A row of the tables of hints: a pattern, and the sentence for a person whose slip it finds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .scene import Scene

Say = str | Callable[["Scene", re.Match[str]], str | None]


FOREIGN = dict.fromkeys(("None", "null", "NULL", "undefined"), "nil")
FOREIGN |= {"True": "true", "False": "false", "TRUE": "true", "FALSE": "false"}


class Row(NamedTuple):
    """about: what the pattern is looked for in, 'code' (the failing line without the insides of
    strings), 'message' or 'text' (the line as it is). say: a sentence, in which `{1}` is the
    pattern's first group, or a function that gives one, or None where it has nothing to say."""

    about: str
    pattern: re.Pattern[str]
    say: Say

    def hint(self, scene: Scene) -> str | None:
        """The sentence, if this is the slip."""
        found = self.pattern.search(getattr(scene, self.about))
        if found is None:
            return None
        if callable(self.say):
            return self.say(scene, found)
        text = scene.text if self.about == "code" else found.string  # with the insides of strings

        def group(m: re.Match[str]) -> str:
            word = text[slice(*found.span(int(m[1])))].strip() if found[int(m[1])] else ""
            return FOREIGN.get(word, word)

        return re.sub(r"\{(\d)\}", group, self.say)


def rows(about: str, table: Iterable[tuple[str, Say]]) -> Iterator[Row]:
    """Rows of pairs of a pattern and a sentence."""
    for pattern, say in table:
        yield Row(about, re.compile(pattern), say)
