"""Colours of the code being typed, with Torch's names as builtins, and the styles of themes."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles import BaseStyle, Style, merge_styles

from th7shell.display import themes
from th7shell.display.palette import COLOURS
from th7shell.session.painting import kind_of
from th7shell.session.scan import tokens


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
        put("class:pygments." + kind_of(word, follows).lower(), word.text)
        at = word.end
    put("", text[at:])
    return lines, whole


def toolkit(style: str) -> str:
    """A style in prompt_toolkit's words."""
    return " ".join(f"ansi{word}" if word in COLOURS else word for word in style.split())


def of_code() -> dict[str, str]:
    """The styles of tokens in the terminal's own colours."""
    return {
        f"pygments.{kind.lower()}": toolkit(style) or "default"
        for kind, style in themes.CODE.items()
    }


def of_prompt(theme: str) -> dict[str, str]:
    """The styles of what stands around the code in a theme."""
    roles = {role: toolkit(style) for role, style in themes.styles(theme).items()}
    current = roles["place"]
    return {
        "prompt": roles["name"],
        "continuation": roles["faint"],
        "auto-suggestion": roles["faint"],
        "bottom-toolbar": "noreverse",
        "bottom-toolbar.text": f"noreverse {roles['faint']}",
        "wrong": f"noreverse nodim {roles['error']} nobold",
        "signature": f"noreverse nodim {current}",
        "signature.current": f"noreverse nodim {current} bold underline",
        "matching-bracket.cursor": "underline",
        "matching-bracket.other": "underline bold",
        "picker.current": "reverse",
        "picker.query": "bold",
        "panel.name": current,
        "panel.current": "reverse",
        **of_menu(theme, roles["kind"]),
    }


def of_menu(theme: str, kind: str) -> dict[str, str]:
    """The styles of the completion menu: on the window's own ground, whatever that is, or on the
    theme's."""
    own = themes.pygments_style(theme)
    plain, current = "bg:default default", "bg:default default reverse"
    if own is not None:
        from pygments.token import Token as Kinds

        ink = own.style_for_token(Kinds.Text)["color"]
        ink = f"#{ink}" if ink else themes.contrast(own.background_color)
        plain = f"bg:{own.background_color} {ink}"
        current = f"bg:{ink} {own.background_color}"
    menu, meta = "completion-menu.completion", "completion-menu.meta.completion"
    return {
        "completion-menu": plain,
        menu: plain,
        f"{menu}.current": current if own is None else f"noreverse {current}",
        meta: plain,
        f"{meta}.current": current if own is None else f"noreverse {current}",
        "completion-menu.kind": kind,
        f"{meta}.current completion-menu.kind": current.replace(" reverse", ""),
        "completion-menu scrollbar.background": "bg:ansibrightblack",
        "completion-menu scrollbar.button": current,
    }


def style(theme: str) -> BaseStyle:
    """The style of a theme: 'terminal', or the name of a Pygments style (unknown names are
    'terminal')."""
    own = themes.pygments_style(theme)
    code: BaseStyle = Style.from_dict(of_code())
    if own is not None:
        from prompt_toolkit.styles import style_from_pygments_cls

        code = style_from_pygments_cls(own)
    return merge_styles([code, Style.from_dict(of_prompt(theme))])
