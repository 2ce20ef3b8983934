"""Ask the terminal which picture protocol it has: kitty's query, then the attributes that name
sixel (4).

The answer to the attributes question (DA1) ends the wait: every terminal gives it. Nothing is asked
over a pipe, and the names that iTerm2-like programs put in the environment are believed without a
question.
"""

from __future__ import annotations

import os
import re
import select
import sys
import time

QUESTION = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[c"
ATTRIBUTES = re.compile(rb"\x1b\[\?([\d;]*)c")
TIMEOUT = 0.2


def ask(timeout: float = TIMEOUT) -> str:
    """'kitty', 'iterm2', 'sixel' or 'blocks'."""
    program = os.environ.get("TERM_PROGRAM", "")
    if program in ("iTerm.app", "WezTerm", "mintty") or os.environ.get("LC_TERMINAL") == "iTerm2":
        return "iterm2"
    if os.environ.get("KITTY_WINDOW_ID") and not os.environ.get("TMUX"):
        return "kitty"
    return read_answer(_exchange(timeout))


def read_answer(answer: bytes) -> str:
    """What a terminal's answer to QUESTION admits."""
    if b"_Gi=31;OK" in answer:
        return "kitty"
    found = ATTRIBUTES.search(answer)
    if found and b"4" in found.group(1).split(b";"):
        return "sixel"
    return "blocks"


def _exchange(timeout: float) -> bytes:
    """Write the question, read until the attributes came or time is up; the terminal's modes are
    restored."""
    try:
        import termios
        import tty
    except ImportError:  # Windows: no question can be asked this way
        return b""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return b""
    try:
        fd = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:
        return b""
    try:
        before = termios.tcgetattr(fd)
        try:
            tty.setcbreak(fd, termios.TCSANOW)
            os.write(fd, QUESTION)
            return _read(fd, time.monotonic() + timeout)
        finally:
            termios.tcsetattr(fd, termios.TCSANOW, before)
    except (OSError, termios.error):
        return b""
    finally:
        os.close(fd)


def _read(fd: int, deadline: float) -> bytes:
    answer = b""
    while not ATTRIBUTES.search(answer):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([fd], [], [], left)[0]:
            break
        answer += os.read(fd, 1024)
    return answer
