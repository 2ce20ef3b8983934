"""Colours of the code being typed: Pygments' Lua lexer, Torch's names as builtins, and the styles
of themes."""

from __future__ import annotations

from typing import Any

from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.styles import BaseStyle, Style, merge_styles, style_from_pygments_cls
from pygments.lexers.scripting import LuaLexer
from pygments.token import Name

PACKAGES = frozenset("torch nn optim image paths sys xlua gnuplot itorch nngraph".split())


class TorchLuaLexer(LuaLexer):
    """Lua with Torch's packages as builtins."""

    name = "TorchLua"

    def get_tokens_unprocessed(self, text: str) -> Any:
        for index, token, value in super().get_tokens_unprocessed(text):
            if value in PACKAGES and token in Name:
                token = Name.Builtin
            yield index, token, value


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
    "signature": "noreverse ansicyan",
    "signature.current": "noreverse ansicyan bold underline",
    "matching-bracket.cursor": "underline",
    "matching-bracket.other": "underline bold",
    "completion-menu.completion": "bg:ansibrightblack ansiwhite",
    "completion-menu.completion.current": "bg:ansicyan ansiblack",
    "completion-menu.meta.completion": "bg:ansibrightblack ansicyan",
    "completion-menu.meta.completion.current": "bg:ansicyan ansiblack",
    "picker.current": "reverse",
    "picker.query": "bold",
    "panel.name": "ansicyan",
    "panel.current": "reverse",
}


def lexer() -> PygmentsLexer:
    """The lexer of the prompt."""
    return PygmentsLexer(TorchLuaLexer)


def style(theme: str) -> BaseStyle:
    """The style of a theme: 'terminal', or the name of a Pygments style (unknown names are
    'terminal')."""
    own = Style.from_dict(OWN)
    if theme != "terminal":
        from pygments.styles import get_style_by_name
        from pygments.util import ClassNotFound

        try:
            return merge_styles([style_from_pygments_cls(get_style_by_name(theme)), own])
        except ClassNotFound:
            pass
    return merge_styles([Style.from_dict(TERMINAL), own])
