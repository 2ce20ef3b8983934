"""Themes: the styles of values, messages, tables, menus and code from a Pygments style, or from the
terminal's own colours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .palette import TERMINAL

CODE = {  # code in the terminal's own colours, by Pygments' kinds of token
    "Keyword": "bold blue",
    "Keyword.Constant": "nobold magenta",
    "Literal.String": "green",
    "Literal.Number": "cyan",
    "Comment": "dim italic",
    "Name.Builtin": "yellow",
    "Name.Function": "blue",
    "Operator": "",
    "Operator.Word": "bold blue",
    "Punctuation": "",
    "Name": "",
    "Error": "",
}
TOKENS = {  # the kind of token whose colour a role has
    "nil": "Comment",
    "number": "Literal.Number",
    "boolean": "Keyword.Constant",
    "function": "Name.Function",
    "userdata": "Name.Class",
    "cdata": "Name.Class",
    "thread": "Name.Class",
    "string": "Literal.String",
    "quote": "Comment",
    "name": "Name.Function",
    "faint": "Comment",
    "hint": "Literal.String",
    "place": "Name.Function",
    "interrupted": "Literal.Number",
    "mark": "Keyword",
    "kind": "Keyword",
    "code": "Name.Builtin",
}


def names() -> list[str]:
    """The themes: the terminal's own colours, then Pygments' styles."""
    from pygments.styles import get_all_styles

    return ["terminal", *sorted(get_all_styles())]


def pygments_style(theme: str) -> Any:
    """A theme's Pygments style, None for the terminal's colours and for names that are none."""
    from pygments.styles import get_style_by_name
    from pygments.util import ClassNotFound

    try:
        return None if theme == "terminal" else get_style_by_name(theme)
    except ClassNotFound:
        return None


def styles(theme: str) -> Mapping[str, str]:
    """The style of each role in a theme. What a Pygments style leaves without a colour keeps the
    terminal's."""
    if theme == "terminal":
        return TERMINAL
    own = pygments_style(theme)
    return TERMINAL if own is None else {**TERMINAL, **_of_tokens(own)}


def _of_tokens(own: Any) -> dict[str, str]:
    from pygments.token import string_to_tokentype

    found = {}
    for role, name in TOKENS.items():
        colour = own.style_for_token(string_to_tokentype(name))["color"]
        if colour:
            found[role] = f"{'bold ' if 'bold' in TERMINAL[role] else ''}#{colour}"
    return found


def code_style(theme: str, token: str) -> str:
    """The style of a kind of token (`Keyword`, `Literal.String` …) in a theme."""
    own = pygments_style(theme)
    if own is None:
        return CODE.get(token, "").replace("nobold ", "")
    from pygments.token import string_to_tokentype

    found = own.style_for_token(string_to_tokentype(token))
    words = [word for word in ("bold", "italic", "underline") if found[word]]
    return " ".join([*words, *([f"#{found['color']}"] if found["color"] else [])])


def syntax_theme(theme: str) -> Any:
    """The theme of code on help pages, for rich."""
    if pygments_style(theme) is not None:
        return theme
    from pygments.token import string_to_tokentype
    from rich.style import Style
    from rich.syntax import ANSISyntaxTheme

    return ANSISyntaxTheme(
        {string_to_tokentype(k): Style.parse(code_style(theme, k)) for k in CODE}
    )


def rich_theme(styles: Mapping[str, str]) -> Any:
    """The roles, and the parts of Markdown and tables, as rich's theme."""
    from rich.theme import Theme

    own = {f"th.{role}": style for role, style in styles.items()}
    return Theme(
        own
        | {
            "markdown.code": styles["code"],
            "markdown.code_block": "",
            "markdown.h1": styles["head"],
            "markdown.h2": styles["head"],
            "markdown.h3": styles["head"],
            "markdown.item.bullet": styles["faint"],
            "markdown.item.number": styles["faint"],
            "markdown.link": styles["place"],
            "markdown.link_url": styles["place"],
            "markdown.table.border": styles["faint"],
            "markdown.table.header": styles["head"],
            "table.header": styles["head"],
            "rule.line": styles["faint"],
        }
    )


def ground(theme: str) -> str:
    """'dark' or 'light': the ground that a theme is made for; '' for the terminal's colours."""
    own = pygments_style(theme)
    if own is None:
        return ""
    return "light" if contrast(own.background_color) == "#000000" else "dark"


def contrast(ground: str) -> str:
    """Black or white, whichever is readable on a ground `#rrggbb`."""
    digits = ground.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(d * 2 for d in digits)
    red, green, blue = (int(digits[i : i + 2], 16) for i in (0, 2, 4))
    return "#000000" if 0.3 * red + 0.59 * green + 0.11 * blue > 128 else "#ffffff"
