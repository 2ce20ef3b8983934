"""What a value is to a front end that shows more than text: a bundle, mime type → data, always with
text/plain among them. A new kind of value or mime type is a row here and nothing elsewhere.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

from th7shell.frontend import Html, Media, Picture
from th7shell.plot.figure import Figure

from .errors import error_text, hint_text
from .shown import ErrorPage, HintLine, Page

Bundle = dict[str, Any]
WIDTH = 100  # columns of renderables: a notebook's cell


def bundle(value: Any) -> Bundle:
    """The bundle of what a session shows: texts, help pages, errors, plots, pictures, HTML, media,
    and rich's renderables."""
    for cls in type(value).__mro__:
        if (make := KINDS.get(cls)) is not None:
            return make(value)
    return _renderable(value)


def twin(value: Any, text: str) -> Bundle:
    """The bundle of a result whose printed text is given: networks as a tree that folds, large
    tensors (in short) in lines that do not break."""
    from th7shell.nn.module import Module
    from th7shell.torch.short_text import is_large
    from th7shell.torch.tensor import Tensor

    if isinstance(value, Tensor) and is_large(value):
        return {"text/plain": text, "text/html": _pre(text)}
    if isinstance(value, Module):
        from .trees import tree

        return {"text/plain": text, "text/html": tree(value)}
    return {"text/plain": text}


def _text(value: str) -> Bundle:
    return {"text/plain": value}


def _page(value: Page) -> Bundle:
    code = f"\n\n```{value.language}\n{value.code}\n```" if value.code else ""
    return {
        "text/plain": value.text + ("\n\n" + value.code if value.code else ""),
        "text/markdown": value.text + code,
    }


def _error(value: ErrorPage) -> Bundle:
    return {"text/plain": error_text(value)}


def _hint(value: HintLine) -> Bundle:
    return {"text/plain": hint_text(value)}


def _figure(value: Figure) -> Bundle:
    from th7shell.plot.braille import to_text
    from th7shell.plot.svg import to_svg

    return {"image/svg+xml": to_svg(value, 640, 420), "text/plain": to_text(value, 80, 20, False)}


def _picture(value: Picture) -> Bundle:
    from th7shell.lua import TorchError

    from . import picture
    from .picture.inline import png

    try:
        pixels = picture.rgb(value.tensor)
    except ValueError as error:
        raise TorchError(str(error)) from None
    height, width = pixels.shape[:2]
    data = base64.b64encode(png(pixels)).decode("ascii")
    return {"image/png": data, "text/plain": f"picture of {width}x{height} pixels"}


def _html(value: Html) -> Bundle:
    return {"text/html": value.text, "text/plain": plain(value.text)}


def _media(value: Media) -> Bundle:
    data = base64.b64encode(Path(value.path).read_bytes()).decode("ascii")
    subtype = Path(value.path).suffix[1:].lower().replace("mp3", "mpeg").replace("ogv", "ogg")
    source = f"data:{value.kind}/{subtype};base64,{data}"
    return {
        "text/html": f'<{value.kind} controls src="{source}"></{value.kind}>',
        "text/plain": f"{value.kind}: {value.path}",
    }


def _renderable(value: Any) -> Bundle:
    """A table, bar or tree of rich."""
    from io import StringIO

    from rich.console import Console

    from . import palette, themes

    def drawn(record: bool) -> Any:
        colours: Any = "truecolor" if record else None
        console = Console(file=StringIO(), width=WIDTH, record=record, color_system=colours)
        console.push_theme(themes.rich_theme(palette.styles()))
        console.print(value)
        return console

    lines = drawn(False).file.getvalue().split("\n")
    inner = drawn(True).export_html(inline_styles=True, code_format="{code}")
    text = "\n".join(line.rstrip() for line in lines)
    return {"text/plain": text, "text/html": _pre(inner, False)}


KINDS: dict[type, Callable[[Any], Bundle]] = {
    str: _text,
    Page: _page,
    ErrorPage: _error,
    HintLine: _hint,
    Figure: _figure,
    Picture: _picture,
    Html: _html,
    Media: _media,
}


def plain(page: str) -> str:
    """The words of a page of HTML."""
    from html.parser import HTMLParser

    words: list[str] = []

    class Words(HTMLParser):
        hidden = 0

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            self.hidden += tag in ("script", "style")
            if tag in ("br", "p", "div", "tr", "li", "h1", "h2", "h3"):
                words.append("\n")

        def handle_endtag(self, tag: str) -> None:
            self.hidden -= tag in ("script", "style")

        def handle_data(self, data: str) -> None:
            if not self.hidden:
                words.append(data)

    Words().feed(page)
    lines = (line.strip() for line in "".join(words).split("\n"))
    return "\n".join(line for line in lines if line)


def _pre(text: str, escape: bool = True) -> str:
    inner = html.escape(text) if escape else text
    return f'<pre style="white-space:pre;overflow-x:auto;line-height:1.25">{inner}</pre>'
