"""Show pictures, plots and files in a terminal; on a pipe only a line on stderr says what was not
drawn."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from th7shell import frontend
from th7shell.frontend import Html, Media, Picture, Prompt
from th7shell.lua import TorchError
from th7shell.lua.stdlib import streams
from th7shell.lua.stdlib.texts import from_text, to_text

from . import palette
from .visible import visible

BELOW = 10  # lines that the next prompt takes with its menu, a legend, the time


class Terminal:
    """The front end's shower. image: a picture method or 'auto'. hold: plots wait for the end of an
    entry, so that `gnuplot.plot(…)` and a title after it are drawn once. prompt: opens a nested
    prompt."""

    def __init__(self, image: str = "auto", hold: bool = False) -> None:
        self.image = image
        self.hold = hold
        self.held: list[Any] = []
        self.prompt: Callable[[], Any] | None = None

    def __call__(self, value: Any, window: Any = None) -> Any:
        return SHOWS.get(type(value), Terminal.plot)(self, value)

    def plot(self, figure: Any) -> None:
        """Draw a figure now, or keep it for the end of the entry."""
        if not self.hold:
            self._draw(figure)
        elif not any(figure is f for f in self.held):
            self.held.append(figure)

    def release(self) -> None:
        """Draw the plots that were kept."""
        held, self.held = self.held, []
        for figure in held:
            self._draw(figure)

    def _draw(self, figure: Any) -> None:
        from th7shell.plot.braille import to_text

        if not _terminal():
            if frontend.optional:
                return
            _note("a plot is drawn in a terminal only: figprint or save writes a file")
            return
        import shutil

        size = shutil.get_terminal_size()
        rows = max(10, min(24, size.lines - BELOW))
        _write(to_text(figure, size.columns, rows, palette.wanted()))

    def picture(self, shown: Picture) -> None:
        """Draw a picture by the method that suits, its legend below."""
        from . import picture

        try:
            pixels = picture.rgb(shown.tensor, stretch=False)
        except ValueError as e:
            raise TorchError(str(e)) from None
        if self.image == "file":
            self._named(picture_file(pixels), "picture")
            return
        method = picture.choose(self.image)
        if method == "off":
            _note("a picture is drawn in a colour terminal only: image.save writes a file")
            return
        below = f"{visible(to_text(shown.legend))}\n" if shown.legend else ""
        left = picture.LEFT if not self.hold else BELOW
        _write(picture.render(pixels, method, shown.zoom, left) + below)

    def page(self, shown: Html) -> None:
        """Write a page to a temporary file and name it."""
        import tempfile

        with tempfile.NamedTemporaryFile(
            "w", suffix=".html", delete=False, encoding="utf-8", newline="\n"
        ) as f:
            f.write(shown.text)
        self._named(f.name, "page")

    def file(self, shown: Media) -> None:
        """Name a sound or a video, as a link."""
        self._named(shown.path, "file")

    def nested(self, _: Prompt) -> Any:
        """Open a prompt inside a running program."""
        if self.prompt is None:
            raise TorchError("repl: no prompt here; run the script under th7shell")
        return self.prompt()

    def _named(self, path: str, what: str) -> None:
        from pathlib import Path

        full = Path(path).resolve()
        text = str(full)
        if _terminal() and palette.wanted():
            text = f"\x1b]8;;{full.as_uri()}\x1b\\{text}\x1b]8;;\x1b\\"
        _write(f"{what}: {text}\n")


SHOWS: dict[type, Callable[[Terminal, Any], Any]] = {
    Picture: Terminal.picture,
    Html: Terminal.page,
    Media: Terminal.file,
    Prompt: Terminal.nested,
}


def picture_file(pixels: Any) -> str:
    """Write pixels to a temporary PNG file; its path."""
    import tempfile

    from .picture.inline import png

    with tempfile.NamedTemporaryFile("wb", suffix=".png", delete=False) as f:
        f.write(png(pixels))
    return f.name


def _terminal() -> bool:
    try:
        return bool(sys.stdout.isatty())
    except (AttributeError, ValueError):
        return False


def _write(text: str) -> None:
    streams.write(from_text(text))
    streams.flush()


_noted: set[str] = set()


def _note(text: str) -> None:
    """Tell on stderr, once, why nothing is drawn."""
    if text in _noted:
        return
    _noted.add(text)
    streams.flush()
    streams.write(f"th7shell: {text}\n", "stderr")
    streams.flush("stderr")
