"""The system's shell and the user's editor."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from th7shell.lua.stdlib import streams

ALIASES = {"ls": "ls -F", "ll": "ls -lhF", "la": "ls -ahF", "lla": "ls -lahF"}
COLOUR = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


def with_alias(line: str) -> str:
    """A shell line with th's ls, ll, la, lla."""
    word, blank, rest = line.partition(" ")
    return ALIASES.get(word, word) + blank + rest if os.name != "nt" else line


def run_line(line: str) -> tuple[str, int]:
    """Run a line in the system's shell; its output is shown as it comes, and returned without
    colours, with its status. On a terminal the program sees a terminal too, and keeps its colours.
    `cd` changes the folder of this program."""
    if line.split(" ", 1)[0] == "cd":
        return "", change_folder(line[2:].strip() or "~")
    streams.flush_all()
    ours, theirs = _ends()
    pieces: list[bytes] = []
    with subprocess.Popen(
        with_alias(line), shell=True, stdout=theirs, stderr=subprocess.STDOUT
    ) as process:
        os.close(theirs)
        try:
            while piece := _next(ours):
                pieces.append(piece)
                streams.write(piece.decode("latin-1"))
                streams.flush()
        finally:
            os.close(ours)
    text = COLOUR.sub(b"", b"".join(pieces)).replace(b"\r\n", b"\n")
    code = process.returncode
    return text.decode("utf-8", "surrogateescape"), code if code >= 0 else 128 - code


def change_folder(folder: str) -> int:
    """`cd`; its status."""
    try:
        os.chdir(os.path.expanduser(_words(folder)[0]))
    except OSError as e:
        streams.write(f"cd: {e.strerror}: {folder}\n")
        return 1
    return 0


def _words(text: str) -> list[str]:
    """The words of a command, their quotes taken away. On Windows a backslash is a letter."""
    try:
        if os.name == "nt":
            return [word.strip('"') for word in shlex.split(text, posix=False)]
        return shlex.split(text)
    except ValueError:  # a quote without its partner
        return [text]


def _ends() -> tuple[int, int]:
    """Two connected descriptors, ours to read and the program's to write: a pseudo-terminal of this
    window's size where standard output is one, else a pipe."""
    try:
        import pty
        import termios
    except ImportError:  # Windows
        return os.pipe()
    if not sys.stdout.isatty():
        return os.pipe()
    ours, theirs = pty.openpty()
    size = os.get_terminal_size(sys.stdout.fileno())
    termios.tcsetwinsize(theirs, (size.lines, size.columns))
    return ours, theirs


def _next(descriptor: int) -> bytes:
    """What the program has written; nothing at its end (a pseudo-terminal ends with an error)."""
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""


def editor() -> list[str]:
    """The user's editor as words: $VISUAL, $EDITOR, else vi (notepad on Windows)."""
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    return _words(named) if named else ["notepad" if sys.platform == "win32" else "vi"]


def edit_file(path: str) -> None:
    """Open a file in the editor and wait for its end."""
    streams.flush_all()
    subprocess.run([*editor(), path], check=False)


def edit_text(text: str) -> str:
    """The text after an edit in a temporary .lua file."""
    with tempfile.NamedTemporaryFile(
        "w", suffix=".lua", delete=False, encoding="utf-8", newline="\n"
    ) as f:
        f.write(text + "\n")
    try:
        edit_file(f.name)
        return Path(f.name).read_text(encoding="utf-8").rstrip("\n")
    finally:
        os.unlink(f.name)
