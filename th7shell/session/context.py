"""What is being typed at the cursor: a pure function from text to a completion or signature
request."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .scan import Token, local_names, tokens


@dataclass(frozen=True)
class Step:
    """One step of a chain such as `m.modules[1]:size(2)`: a key, or a call (key is None) of what
    precedes, with its argument where that is one constant."""

    key: str | int | float | None
    argument: str | int | float | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Request:
    """What may be inserted at the cursor.

    kind: 'name' (a global, local or keyword), 'field' (after a dot), 'method' (after a colon),
    'index' (a string key in brackets), 'module' (in `require '`), 'path' (in another string),
    'command' (`:name`), 'argument' (of the command `command`, after the words `said`), 'none'.
    chain: the object before the dot, or None when it cannot be known without running code. prefix:
    what is already typed, from offset `start`.
    """

    kind: str
    prefix: str = ""
    start: int = 0
    chain: tuple[Step, ...] | None = ()
    locals: list[str] = field(default_factory=list)
    command: str = ""
    said: str = ""


@dataclass(frozen=True)
class Call:
    """The call whose arguments are being typed: its function's chain, whether by `:`, the
    argument's number."""

    chain: tuple[Step, ...]
    method: bool
    argument: int
    start: int


def request(text: str, cursor: int | None = None) -> Request:
    """What completion applies to at `cursor` (the end of `text` when None)."""
    text = text[: len(text) if cursor is None else cursor]
    stripped = text.lstrip()
    if stripped[:1] in (":", "%") and "\n" not in stripped:
        return _of_command(stripped[1:], len(text))
    words = tokens(text)
    last = words[-1] if words else None
    if last is not None and last.end == len(text):
        if last.kind == "open":
            return _in_string(words)
        if last.kind == "comment" and not text.endswith("\n"):
            return Request("none")
        if last.kind == "number":
            return Request("none")
    prefix, start, rest = "", len(text), words
    if last is not None and last.kind in ("name", "keyword") and last.end == len(text):
        prefix, start, rest = last.text, last.start, words[:-1]
    before = rest[-1].text if rest and rest[-1].kind == "op" else ""
    if before in (".", ":"):
        kind = "field" if before == "." else "method"
        chain = chain_before(rest[:-1])
        if len(rest) > 3 and rest[-2].text == ")" and rest[-3].kind == "string":
            chain = (Step("string"),)  # `("%d"):format(` looks methods up in the string library
        return Request(kind, prefix, start, chain, local_names(words))
    if before in ("::",) or (rest and rest[-1].text in ("goto", "function") and before == ""):
        if rest[-1].text != "function":
            return Request("none")
    return Request("name", prefix, start, (), local_names(rest))


def _of_command(typed: str, end: int) -> Request:
    name, space, words = typed.partition(" ")
    if not space:
        return Request("command", name, end - len(name))
    prefix = re.split(r"[ =]", words)[-1]
    said = words[: len(words) - len(prefix)].strip()
    return Request("argument", prefix, end - len(prefix), command=name, said=said)


def _in_string(words: Sequence[Token]) -> Request:
    opened = words[-1]
    if opened.text.startswith("--"):
        return Request("none")
    quote = 1 if opened.text[0] in "\"'" else opened.text.index("[", 1) + 1
    prefix, start = opened.text[quote:], opened.start + quote
    before = [w for w in words[:-1] if w.kind != "comment"]
    if before and before[-1].text == "(":
        before = before[:-1]
    if before and before[-1].text in ("require", "import"):
        return Request("module", prefix, start)
    if len(words) > 1 and words[-2].text == "[":
        return Request("index", prefix, start, chain_before(words[:-2]))
    return Request("path", prefix, start)


def chain_before(words: Sequence[Token]) -> tuple[Step, ...] | None:
    """The chain that ends with the last token, or None when it is not made of names, keys and
    calls."""
    steps: list[Step] = []
    i = len(words) - 1
    while i >= 0:
        word = words[i]
        if word.text in (")", "]", "}") or word.kind == "string":
            opener = i if word.kind == "string" else _opener(words, i)
            if opener < 0:
                return None
            if word.text == "]":
                key = _constant(words[opener + 1 : i])
                if key is None:
                    return None
                steps.append(Step(key))
            elif opener == 0 or not _callable_end(words[opener - 1]):
                return None  # a parenthesised expression, a table constructor, a plain string
            else:
                inside = words[opener + 1 : i] or words[i : i + 1]
                steps.append(Step(None, _constant(inside)))
            i = opener - 1
            continue
        if word.kind != "name":
            return None
        steps.append(Step(word.text))
        if i >= 1 and words[i - 1].text in (".", ":") and words[i - 1].kind == "op":
            i -= 2
            continue
        return tuple(reversed(steps))
    return None


def _callable_end(word: Token) -> bool:
    return word.kind in ("name", "string") or word.text in (")", "]", "}")


def _opener(words: Sequence[Token], i: int) -> int:
    depth = 0
    for j in range(i, -1, -1):
        if words[j].kind == "op" and words[j].text in ")]}":
            depth += 1
        elif words[j].kind == "op" and words[j].text in "([{":
            depth -= 1
            if not depth:
                return j
    return -1


def _constant(words: Sequence[Token]) -> str | int | float | None:
    sign = 1
    if len(words) == 2 and words[0].text == "-":
        sign, words = -1, words[1:]
    if len(words) != 1:
        return None
    if words[0].kind == "string":
        return words[0].text[1:-1] if words[0].text[0] in "\"'" else None
    if words[0].kind == "number":
        try:
            return sign * int(words[0].text, 0)
        except ValueError:
            return None
    return None


def call_at(text: str, cursor: int | None = None) -> Call | None:
    """The innermost call whose parenthesis is open at the cursor, or None."""
    words = tokens(text[: len(text) if cursor is None else cursor])
    depth = argument = 0
    for i in range(len(words) - 1, -1, -1):
        word = words[i]
        if word.kind != "op":
            if word.kind == "keyword" and word.text in ("do", "then", "end", "function"):
                return None  # inside a function body, not in an argument
            continue
        if word.text in ")]}":
            depth += 1
        elif word.text in "([{":
            if depth:
                depth -= 1
                continue
            if word.text != "(":
                argument = 0  # inside a table or an index: the argument of the call around it
                continue
            chain = chain_before(words[:i])
            if not chain:
                argument = 0
                continue
            method = i >= 2 and words[i - 2].text == ":"
            return Call(chain, method, argument, word.start)
        elif word.text == "," and not depth:
            argument += 1
    return None
