"""Top-level `local` at the prompt: rewritten so that later entries see it.

`local x = 1` typed alone would vanish with its entry. Outside every block the word `local` is
blanked, so that the name becomes a global of the session; columns stay. A name that th itself
provides (`type`, `print`, `torch`) stays local: libraries must keep theirs.
"""

from __future__ import annotations

from collections.abc import Set

from .scan import Token, tokens

BLOCKS = frozenset({"function", "do", "then", "repeat"})


def promote(text: str, reserved: Set[str] = frozenset()) -> str:
    """`text` with its top-level locals made visible to later entries, except those named in
    `reserved`."""
    words = [t for t in tokens(text) if t.kind != "comment"]
    edits: list[tuple[int, int, str]] = []
    depth = 0
    for i, word in enumerate(words):
        if word.kind == "keyword":
            if word.text in BLOCKS:
                depth += 1
            elif word.text in ("end", "until", "elseif"):
                depth -= 1
            elif word.text == "else":
                continue
            elif word.text == "local" and depth == 0:
                edits += _edit(words, i, reserved)
    for start, end, new in reversed(edits):
        text = text[:start] + new + text[end:]
    return text


def _edit(words: list[Token], i: int, reserved: Set[str]) -> list[tuple[int, int, str]]:
    word = words[i]
    blank = (word.start, word.end, " " * (word.end - word.start))
    if i + 1 >= len(words):
        return []
    if words[i + 1].text == "function":
        name = words[i + 2].text if i + 2 < len(words) else ""
        return [] if name in reserved else [blank]
    names, j = [], i + 1
    while j < len(words) and words[j].kind == "name":
        names.append(words[j].text)
        j += 1
        if j < len(words) and words[j].text == ",":
            j += 1
        else:
            break
    if not names or not reserved.isdisjoint(names):
        return []
    if j < len(words) and words[j].text == "=":
        return [blank]
    end = words[j - 1].end
    return [blank, (end, end, " = nil")]
