"""Tokens of Lua text that may be unfinished: for completion, signatures, indentation, pasted
prompts.

The compiler's lexer rejects what a user is still typing; this one never fails. A string or comment
that does not end is a token of kind 'open' (its `text` begins with the quote, `[[` or `--[[`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

KEYWORDS = frozenset(
    "and break do else elseif end false for function goto if in local nil not or repeat return "
    "then true until while".split()
)
OPENERS = frozenset({"then", "do", "repeat", "else", "function", "(", "{", "["})
CLOSERS = frozenset({"end", "until", "else", "elseif", ")", "}", "]"})

TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<comment>--\[(?P<c>=*)\[.*?\](?P=c)\] | --(?!\[=*\[)[^\n]*)
    | (?P<string>\[(?P<s>=*)\[.*?\](?P=s)\] | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*')
    | (?P<open>--\[=*\[.*\Z | \[=*\[.*\Z | "(?:\\.|[^"\\\n])*\\?(?=\n|\Z) |
    '(?:\\.|[^'\\\n])*\\?(?=\n|\Z)) | (?P<number>0[xX][0-9a-fA-F.]*(?:[pP][+-]?\d+)? |
    \.?\d(?:[\d.]|[eE][+-]?)*(?:ULL|LL|i)?) | (?P<name>[A-Za-z_]\w*)
    | (?P<op>\.\.\.|\.\.|==|~=|<=|>=|::|.)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)


class Token(NamedTuple):
    """kind: 'name', 'keyword', 'number', 'string', 'open', 'comment' or 'op'; start, end: offsets
    in the text."""

    kind: str
    text: str
    start: int
    end: int


@lru_cache(maxsize=16)  # one key is asked about by colours, completion, signature, indentation
def tokens(text: str) -> tuple[Token, ...]:
    """Every token of `text`, white space left out."""
    found = []
    for m in TOKEN.finditer(text):
        kind = m.lastgroup or "op"
        if kind in ("c", "s"):
            kind = "comment" if m.group().startswith("--") else "string"
        if kind == "space":
            continue
        if kind == "name" and m.group() in KEYWORDS:
            kind = "keyword"
        found.append(Token(kind, m.group(), m.start(), m.end()))
    return tuple(found)


class Blocks(NamedTuple):
    """What is open after a text of whole tokens: the words that opened it, and their lines."""

    text: str
    stack: tuple[str, ...]
    lines: tuple[int, ...]
    line: int  # newlines in text


_NOTHING = Blocks("", (), (), 0)
_before = _NOTHING  # of the lines that were asked about last: an entry grows line by line


def _blocks(text: str) -> tuple[Blocks, bool]:
    """What is open after `text`, and whether its last token is a string or comment without end."""
    global _before
    start = _before if text.startswith(_before.text) else _NOTHING
    stack, lines, line, at = list(start.stack), list(start.lines), start.line, len(start.text)
    unfinished = False
    rest = text[at:]
    kept, done = start, 0  # up to the last line that begins between two tokens
    for t in tokens(rest):
        newline = rest.rfind("\n", done, t.start)
        line += rest.count("\n", done, t.start)
        if newline >= 0:
            kept = Blocks(text[: at + newline + 1], tuple(stack), tuple(lines), line)
        opened, done = line, t.end
        line += t.text.count("\n")
        unfinished = t.kind == "open"
        if t.kind not in ("keyword", "op"):
            continue
        if t.text in CLOSERS and stack:
            stack.pop()
            lines.pop()
        if t.text in OPENERS:
            if t.text == "do" and stack and stack[-1] == "loop":
                stack[-1] = "do"
                continue
            stack.append(t.text)
            lines.append(opened)
        elif t.text in ("for", "while"):
            stack.append("loop")
            lines.append(opened)
    _before = kept
    return Blocks(text, tuple(stack), tuple(lines), line), unfinished


def open_after(text: str) -> bool:
    """Whether a block, bracket, string or comment is open at the end of `text`."""
    blocks, unfinished = _blocks(text)
    return bool(blocks.stack) or unfinished


def depth_after(text: str, width: int = 3) -> int:
    """Columns to indent the line that follows `text`: `width` for each block or bracket that is
    still open."""
    blocks, _ = _blocks(text)
    opened = {line for line, word in zip(blocks.lines, blocks.stack) if word != "loop"}
    return width * len(opened)  # `f({` opens two on one line and indents once


def dedents(line: str) -> bool:
    """Whether a line that holds only this much belongs one step to the left (`end`, `else`,
    `until`, `}` …)."""
    return bool(re.fullmatch(r"\s*(?:end|else|elseif|until|[})\]])[\s,;)}\]]*", line))


def local_names(before: Sequence[Token]) -> list[str]:
    """Names that `local`, `for` and `function` bind in these tokens, latest first, each once."""
    names: list[str] = []
    i = 0
    while i < len(before):
        word = before[i].text
        if word in ("local", "for") and before[i].kind == "keyword":
            i += 1
            if i + 1 < len(before) and before[i].text == "function":
                names.append(before[i + 1].text)
                continue  # its parameters follow
            while i < len(before) and before[i].kind == "name":
                names.append(before[i].text)
                i += 1
                if i < len(before) and before[i].text == ",":
                    i += 1
                else:
                    break
            continue
        if word == "function" and before[i].kind == "keyword":
            while i < len(before) and before[i].text != "(":
                i += 1
            i += 1
            while i < len(before) and (before[i].kind == "name" or before[i].text == ","):
                if before[i].kind == "name":
                    names.append(before[i].text)
                i += 1
            continue
        i += 1
    return list(dict.fromkeys(reversed(names)))


PROMPT = re.compile(r"^(?:th> ?|\.\.> ?|> )", re.MULTILINE)


def without_prompts(text: str) -> str:
    """Pasted text that starts with a prompt: the lines that were typed, without prompts and
    output."""
    if not re.match(r"\s*(?:th> ?|> )", text):
        return text
    kept = [PROMPT.sub("", line, count=1) for line in text.splitlines() if PROMPT.match(line)]
    return "\n".join(kept)


def without_tabs(text: str, indent: int) -> str:
    """Pasted text with spaces for its tabs: `indent` of them where a line begins, else one; those
    in strings stay."""
    inside = [(t.start, t.end) for t in tokens(text) if t.kind in ("string", "open")]
    out = []
    for found in re.finditer(r"(?m)^[ \t]*|\t|[^\t\n]+|\n", text):
        at, piece = found.start(), found[0]
        if "\t" in piece and not any(start < at < end for start, end in inside):
            begins = not at or text[at - 1] == "\n"
            piece = piece.replace("\t", " " * indent if begins else " ")
        out.append(piece)
    return "".join(out)
