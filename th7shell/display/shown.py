"""What a session gives its front end, as data: help pages, errors and hints. A terminal writes
them (`terminal_text`), a notebook sends their `bundle`. What libraries show is in
`th7shell.frontend`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass(frozen=True)
class Frame:
    """One frame: where it is, in which function, whether it is Lua; text is the whole source, ''
    when it is in the file alone; typed: whether it is the body of what was typed."""

    file: str
    line: int
    function: str
    is_lua: bool
    text: str = ""
    typed: bool = False

    def source(self, context: int = 0) -> list[tuple[int, str]]:
        """(number, text) of the line and of `context` lines around it, where the source is
        known."""
        every = self.text.split("\n") if self.text else _file_lines(self.file)
        first, last = max(1, self.line - context), min(len(every), self.line + context)
        return [(n, every[n - 1].rstrip("\r\n")) for n in range(first, last + 1)]


def _file_lines(file: str) -> list[str]:
    import linecache

    return linecache.getlines(file)


@dataclass(frozen=True)
class Slip:
    """A place in a chunk that does not compile: the line's number and text, the column from 0.
    whole: the chunk is this line alone."""

    line: int
    text: str
    column: int
    whole: bool


@dataclass
class Failure:
    """message: what the error says. value: the Lua value that was thrown. frames: innermost first.
    python: a Python exception below Lua as Python writes it. hint: a sentence for the person who
    made the slip. slip: where a chunk does not compile."""

    message: str
    value: Any = None
    frames: list[Frame] = field(default_factory=list)
    python: str = ""
    hint: str | None = None
    interrupted: bool = False
    slip: Slip | None = None

    @property
    def of_one_line(self) -> bool:
        """Whether it came up in an entry of one line itself, which its reader has before him."""
        frames = self.lua_frames
        return all(f.typed and "\n" not in f.text for f in frames) and len(frames) < 2

    @property
    def lua_frames(self) -> list[Frame]:
        """The frames that run Lua."""
        return [f for f in self.frames if f.is_lua]


@dataclass
class Page:
    """A help page: Markdown text and a title. code: a source text below it, its first line's
    number and its language."""

    text: str
    title: str = ""
    code: str = ""
    first: int = 1
    language: str = "python"


@dataclass
class HintLine:
    """A hint below a value."""

    hint: str


@dataclass
class ErrorPage:
    """An error to show. context: source lines around the failing one; full: Python's frames too."""

    failure: Failure
    context: int = 2
    full: bool = False


if TYPE_CHECKING:
    Output = str | Page | ErrorPage | HintLine | RenderableType
