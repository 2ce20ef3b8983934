"""The real program in a pty, and the screen it shows: pexpect types, pyte reads."""

from __future__ import annotations

import re
import sys
import time

import pexpect
import pyte


class Answering(pyte.Screen):
    """A screen that answers the program's questions (where is the cursor?), as a terminal does."""

    child: pexpect.spawn | None = None

    def write_process_input(self, data: str) -> None:
        if self.child is not None:
            self.child.send(data)


class Shell:
    """th7shell in a terminal of a given size."""

    def __init__(self, folder, columns=80, rows=24, args=("-q",), env=None, screen=Answering):
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "TH7SHELL_STATE_DIR": str(folder / "state"),
            "TH7SHELL_CONFIG_DIR": str(folder / "config"),
            "OPENBLAS_NUM_THREADS": "1",
            "PROMPT_TOOLKIT_NO_CPR": "0",
        }
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "th7shell", *args],
            env=environment | (env or {}),
            dimensions=(rows, columns),
            cwd=str(folder),
            encoding="utf-8",
            timeout=60,
        )
        self.child.delaybeforesend = None
        self.folder = folder
        self.screen = screen(columns, rows)
        self.screen.child = self.child
        self.stream = pyte.Stream(self.screen)
        self.raw = ""

    def read(self, wait=0.02):
        """Take what the program has written, until it is quiet for `wait` seconds."""
        while True:
            try:
                data = self.child.read_nonblocking(65536, timeout=wait)
            except (pexpect.TIMEOUT, pexpect.EOF):
                return
            self.raw += data
            self.stream.feed(data)

    def text(self):
        """The screen's lines, blanks at their ends left out, and our answers to a program that was
        not listening yet, which the terminal echoes."""
        text = "\n".join(line.rstrip() for line in self.screen.display).rstrip()
        return re.sub(r"\^\[\[\d+;\d+R", "", text)

    def wait(self, pattern, timeout=20.0):
        """Read until the screen matches; the match."""
        until = time.monotonic() + timeout
        while True:
            self.read()
            found = re.search(pattern, self.text(), re.MULTILINE)
            if found:
                return found
            if time.monotonic() > until:
                raise AssertionError(f"{pattern!r} did not appear; the screen:\n{self.text()}")

    def ready(self, timeout=20.0):
        """Wait for an empty prompt as the last line with text (below it only the toolbar)."""
        return self.wait(r"^th>\s*\Z", timeout)

    def keys(self, text):
        """Send keys as they are."""
        self.child.send(text)
        self.read(0.01)

    def enter(self, line):
        """Type a line, press Enter, wait for the next prompt; what is between them."""
        self.keys(line)
        self.wait(rf"(?s)^th> {re.escape(line[:40])}(?!.*\nth>)")
        self.keys("\r")
        self.ready()
        shown = self.text()
        at = shown.rfind(f"th> {line}"[: self.screen.columns])
        return shown[at:].partition("\n")[2].rpartition("\n")[0]

    def close(self):
        """End the program."""
        self.child.close(force=True)


def without_times(text):
    """Lines without the times that entries took."""
    lines = [line for line in text.split("\n") if not re.fullmatch(r"\s*\[\d+\.\d{4}s\]", line)]
    return "\n".join(lines)
