"""What an entry is: Lua, a `:command`, `$ shell`, a `?` question; whether it is complete;
expression or statements."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from th7shell.lua.compiler.reading import reading
from th7shell.lua.errors import LuaSyntaxError
from th7shell.lua.stdlib.texts import from_text

from .scan import depth_after, open_after, tokens

COMMAND = re.compile(r"[:%]([A-Za-z]\w*.*)", re.DOTALL)
SUFFIX_HELP = re.compile(r"([\w.:]+)\s*\?\Z", re.ASCII)
TRIED = 3  # places where the expression at the end of an entry may begin
EXPRESSION = "return nil, "
STATEMENT = re.compile(r"\s*(?:local|if|for|while|repeat|return|do|goto|break|function\s+\w)\b")
PARSED = 2000  # letters up to which an unfinished entry is parsed, to tell a hopeless one


# Habits of other languages that no further line could make Lua.
HOPELESS = re.compile(
    r"\blambda\b[\w, ]*:|\)\s*=>|^\s*(?:if|while|for|switch)\b[^\n]*\)\s*\{"
    r"|^\s*function\s+\w+\s*=\s*\w+\(|^\s*def\s+\w+\s*\(|^\s*for\s*\([^\n]*;"
    r"|^\s*for\s+\w+(?:\s*,\s*\w+)*\s+in\s+[^\n]*:(?:\s|\Z)",
    re.MULTILINE,
)


def classify(text: str) -> tuple[str, str]:
    """The kind of an entry ('lua', 'command', 'shell', 'help', 'source', 'break', 'exit', 'empty')
    and its body."""
    body = text.strip()
    if not body:
        return "empty", ""
    if body in ("exit", "quit"):
        return "exit", ""
    if body == "break":
        return "break", ""
    if body == "help":
        return "help", ""
    if body == "$?":
        return "status", ""
    if body[0] in "$!":
        return "shell", body[1:].strip()
    if found := COMMAND.fullmatch(body):
        return "command", found[1]
    if body.startswith("??"):
        return "source", body[2:].strip()
    if body[0] == "?":
        return "help", body[1:].strip()
    if found := SUFFIX_HELP.match(body):
        return "help", found[1]
    if body[0] == "=" and not body.startswith("=="):
        return "lua", body[1:].strip()
    return "lua", text


def as_expression(text: str) -> str | None:
    """`text` as a chunk that returns nil and its values when it is a list of expressions, else
    None. (The nil keeps a single call from being a tail call, which would lose the place of its
    errors.)"""
    chunk = EXPRESSION + text
    return chunk if not STATEMENT.match(text) and _state(chunk) == "complete" else None


def ends_in_value(text: str) -> tuple[str, str] | None:
    """(statements, expression) of an entry such as `a = 3; a`, which Lua itself refuses; None for
    any other. The statements keep the place of what follows: they end where the expression
    begins."""
    if "\n" not in text and ";" not in text:
        return None
    words = [word for word in tokens(text) if word.kind != "comment"]
    ends = [
        following.start
        for word, following in pairwise(words)
        if word.text == ";" or "\n" in text[word.end : following.start]
    ]
    for end in ends[: -TRIED - 1 : -1]:
        head, tail = text[:end], text[end:]
        if as_expression(tail) is not None and is_statement(head):
            return head, tail
    return None


def is_statement(text: str) -> bool:
    """Whether `text` is a chunk as it stands (`f();` is, `x;` is not)."""
    return _state(text) == "complete"


def completeness(text: str, indent: int = 3) -> tuple[str, int]:
    """Whether an entry can run: ('complete' | 'incomplete' | 'invalid', columns to indent the next
    line by)."""
    kind, body = classify(text)
    if kind != "lua":
        return "complete", 0
    if len(body) > PARSED and open_after(body):
        return "incomplete", depth_after(body, indent)
    if is_statement(body) or as_expression(body) is not None or ends_in_value(body) is not None:
        return "complete", 0
    states = [_state(body)] if STATEMENT.match(body) else [_state(body), _state(EXPRESSION + body)]
    if "incomplete" in states and HOPELESS.search(body):
        return "invalid", 0
    if "incomplete" in states:
        return "incomplete", depth_after(body, indent)
    return "invalid", 0


def _state(chunk: str) -> str:
    found = reading(from_text(chunk))
    if isinstance(found, LuaSyntaxError):
        return "incomplete" if found.incomplete else "invalid"
    return "complete"


def syntax_error(text: str) -> tuple[int, str] | None:
    """(line, message) of text that nothing could complete; None for other text, and while its last
    word or string is still being typed."""
    kind, body = classify(text)
    if kind != "lua" or completeness(text)[0] != "invalid":
        return None
    if (words := tokens(body)) and words[-1].kind == "open":
        return None
    found = reading(from_text(body))
    if not isinstance(found, LuaSyntaxError):
        return None
    message = re.sub(r"^entry:\d+: ", "", str(found))
    last = tokens(body)[-1].text if tokens(body) else ""
    return None if message.endswith(f"near '{last}'") else (found.line, message)


def is_name(text: str) -> bool:
    """Whether an entry is a bare name or field (`x`, `net.bias`, `t[1]`), with no call in it."""
    words = tokens(text)
    return (
        bool(words)
        and words[0].kind == "name"
        and all(w.kind in ("name", "number", "string") or w.text in (".", "[", "]") for w in words)
    )


def is_mention(text: str) -> bool:
    """Whether an entry only names something: a name, or `require 'nn'`."""
    words = [w for w in tokens(text) if w.text not in "()"]
    asked = [w.kind for w in words] == ["name", "string"] and words[0].text == "require"
    return asked or is_name(text)


def values_of(result: Any) -> Sequence[Any]:
    """The values of a call's result, as a sequence."""
    return result if result.__class__ is tuple else [result]


def expression_values(result: Any) -> Sequence[Any]:
    """The values of a chunk made by as_expression."""
    return values_of(result)[1:]
