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
    colours, with its status. `cd` changes the folder of this program."""
    if line.split(" ", 1)[0] == "cd":
        folder = line[2:].strip() or "~"
        try:
            os.chdir(os.path.expanduser(shlex.split(folder)[0]))
        except OSError as e:
            streams.write(f"cd: {e.strerror}: {folder}\n")
            return "", 1
        return "", 0
    streams.flush_all()
    pieces: list[bytes] = []
    with subprocess.Popen(
        with_alias(line), shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        while piece := os.read(process.stdout.fileno(), 65536):
            pieces.append(piece)
            streams.write(piece.decode("latin-1"))
            streams.flush()
    code = process.returncode
    text = COLOUR.sub(b"", b"".join(pieces)).decode("utf-8", "surrogateescape")
    return text, code if code >= 0 else 128 - code


def editor() -> list[str]:
    """The user's editor as words: $VISUAL, $EDITOR, else vi (notepad on Windows)."""
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    return shlex.split(named) if named else ["notepad" if sys.platform == "win32" else "vi"]


def edit_file(path: str) -> None:
    """Open a file in the editor and wait for its end."""
    streams.flush_all()
    subprocess.run([*editor(), path], check=False)


def edit_text(text: str) -> str:
    """The text after an edit in a temporary .lua file."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua", delete=False, encoding="utf-8") as f:
        f.write(text + "\n")
    try:
        edit_file(f.name)
        return Path(f.name).read_text(encoding="utf-8").rstrip("\n")
    finally:
        os.unlink(f.name)
