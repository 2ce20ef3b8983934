"""Colours of the code being typed, with Torch's names as builtins, and the styles of themes."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles import BaseStyle, Style, merge_styles

from th7shell.session.scan import Token, tokens

PACKAGES = frozenset("torch nn optim image paths sys xlua gnuplot itorch nngraph".split())
LIBRARY = frozenset(
    "assert collectgarbage coroutine debug dofile error getmetatable io ipairs load loadstring "
    "math next os package pairs pcall print rawequal rawget rawset require select setmetatable "
    "string table tonumber tostring type unpack xpcall".split()
)
CONSTANTS = frozenset({"nil", "true", "false"})
KINDS = {
    "comment": "pygments.comment",
    "string": "pygments.literal.string",
    "number": "pygments.literal.number",
    "keyword": "pygments.keyword",
    "op": "pygments.operator",
}


class LuaPainter(Lexer):
    """Colours from the shell's own tokens: Pygments' Lua lexer takes 25 ms for 10 kB, this takes 3.
    Of a text that grows only the lines since the last whole one are coloured again."""

    def __init__(self) -> None:
        self.lines: list[StyleAndTextTuples] = []  # of `text`, which ends between two tokens
        self.text = ""

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """A function that gives the coloured pieces of a line."""
        text = document.text
        if not text.startswith(self.text):
            self.lines, self.text = [], ""
        last, whole = painted(text[len(self.text) :])
        lines = [*self.lines, *last]
        kept = text.count("\n", len(self.text), len(self.text) + whole)
        self.lines, self.text = lines[: len(self.lines) + kept], text[: len(self.text) + whole]
        return lambda n: lines[n] if n < len(lines) else []


def painted(text: str) -> tuple[list[StyleAndTextTuples], int]:
    """The coloured pieces of every line, and where the last line begins whose colours what is typed
    behind it cannot change."""
    lines: list[StyleAndTextTuples] = [[]]
    words = tokens(text)
    at = whole = 0

    def put(style: str, piece: str) -> None:
        first, *rest = piece.split("\n")
        if first:
            lines[-1].append((style, first))
        for line in rest:
            lines.append([(style, line)] if line else [])

    for i, word in enumerate(words):
        put("", text[at : word.start])
        newline = text.rfind("\n", at, word.start)
        if newline >= 0:
            whole = newline + 1
        follows = words[i + 1].text if i + 1 < len(words) else ""
        put("class:" + kind_of(word, follows), word.text)
        at = word.end
    put("", text[at:])
    return lines, whole


def kind_of(word: Token, follows: str) -> str:
    """The style class of a token, named as Pygments names it, so that its styles apply."""
    if word.kind == "open":
        return KINDS["comment" if word.text.startswith("--") else "string"]
    if word.kind != "name":
        return "pygments.keyword.constant" if word.text in CONSTANTS else KINDS[word.kind]
    if word.text in PACKAGES or word.text in LIBRARY:
        return "pygments.name.builtin"
    return (
        "pygments.name.function"
        if follows[:1] in ("(", "{", '"', "'") and follows
        else "pygments.name"
    )


TERMINAL = {  # the window's own sixteen colours
    "pygments.keyword": "ansiblue bold",
    "pygments.keyword.constant": "ansimagenta",
    "pygments.literal.string": "ansigreen",
    "pygments.literal.number": "ansicyan",
    "pygments.comment": "ansibrightblack italic",
    "pygments.name.builtin": "ansiyellow",
    "pygments.name.function": "ansibrightblue",
    "pygments.operator.word": "ansiblue bold",
    "pygments.error": "",
}
OWN = {
    "prompt": "ansigreen bold",
    "continuation": "ansibrightblack",
    "auto-suggestion": "ansibrightblack",
    "bottom-toolbar": "noreverse",
    "bottom-toolbar.text": "noreverse ansibrightblack",
    "wrong": "noreverse ansired",
    "signature": "noreverse ansicyan",
    "signature.current": "noreverse ansicyan bold underline",
    "matching-bracket.cursor": "underline",
    "matching-bracket.other": "underline bold",
    "completion-menu": "bg:default default",  # readable on whatever the window's ground is
    "completion-menu.completion": "bg:default default",
    "completion-menu.completion.current": "bg:default default reverse",
    "completion-menu.meta.completion": "bg:default default",
    "completion-menu.meta.completion.current": "bg:default default reverse",
    "completion-menu.kind": "ansimagenta",
    "completion-menu.meta.completion.current completion-menu.kind": "default",
    "completion-menu scrollbar.background": "bg:ansibrightblack",
    "completion-menu scrollbar.button": "bg:default default reverse",
    "picker.current": "reverse",
    "picker.query": "bold",
    "panel.name": "ansicyan",
    "panel.current": "reverse",
}


def style(theme: str) -> BaseStyle:
    """The style of a theme: 'terminal', or the name of a Pygments style (unknown names are
    'terminal')."""
    own = Style.from_dict(OWN)
    if theme != "terminal":
        from prompt_toolkit.styles import style_from_pygments_cls
        from pygments.styles import get_style_by_name
        from pygments.util import ClassNotFound

        try:
            return merge_styles([style_from_pygments_cls(get_style_by_name(theme)), own])
        except ClassNotFound:
            pass
    return merge_styles([Style.from_dict(TERMINAL), own])
