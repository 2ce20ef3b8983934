"""The loop of the prompt: read an entry, run it, show what it gave and how long it took."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from typing import Any

from th7shell import __version__
from th7shell.display import palette
from th7shell.session.core import Kind, Outcome, Session
from th7shell.session.interrupts import INTERRUPTS

from .console import write

LEAVE = "Do you really want to exit ([y]/n)? "


class Leave(Exception):
    """The prompt ends; code is the program's exit code, None for a nested prompt that goes on."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


def banner() -> str:
    """What is shown when the prompt opens."""
    colour = palette.wanted()
    name = paint_name("th7shell", colour)
    python = sys.version.split()[0]
    keys = "? help, Tab completes, Ctrl-D leaves"
    return f"{name} {__version__}  Torch7 on Python {python}  {keys}\n\n"


def paint_name(text: str, colour: bool) -> str:
    """The program's name in its colour."""
    return palette.paint("name", text, colour)


class Repl:
    """The loop over a session. read() gives an entry; KeyboardInterrupt and EOFError as a prompt
    raises them. idle() is what Ctrl-C does while no entry runs, when it comes as a signal."""

    def __init__(
        self,
        session: Session,
        read: Callable[[], str],
        ask: Callable[[str], str | None],
        idle: Callable[[], Any] = lambda: None,
    ) -> None:
        self.session, self.read, self.ask, self.idle = session, read, ask, idle
        self.terminal = sys.stdout.isatty()

    def run(self, nested: bool = False) -> int:
        """Until the end of input, exit or os.exit; the exit code."""
        with INTERRUPTS.handled(self.idle):
            while True:
                try:
                    self.step()
                except Leave as end:
                    if end.code is None and not nested:
                        continue
                    return end.code or 0
                except KeyboardInterrupt:  # of somebody who presses it for us: none is ours
                    continue

    def step(self) -> None:
        """One entry."""
        try:
            text = self.read()
        except KeyboardInterrupt:
            return
        except EOFError:
            self.leave()
            return
        INTERRUPTS.pending = False  # what was pressed before is not meant for this entry
        if not text.strip():
            return
        outcome = self.evaluate(text)
        if outcome.kind == Kind.EXIT:
            if outcome.failure is None and text.strip() in ("exit", "quit"):
                self.leave()
                return
            raise Leave(outcome.code)
        if outcome.kind == Kind.BREAK:
            raise Leave(None)
        self.time(outcome)

    def evaluate(self, text: str) -> Outcome:
        """Run an entry and show what it gave; Ctrl-C interrupts both."""
        outcome = Outcome(Kind.INTERRUPTED)

        def run() -> None:
            nonlocal outcome
            outcome = self.session.evaluate(text)
            if outcome.kind not in ("exit", "break"):
                self.session.show(outcome)

        try:
            self.session.settle()
            INTERRUPTS.run(run)
        except KeyboardInterrupt:
            write("\ninterrupted\n")
        except Exception as error:  # a print that the user has replaced fails
            from th7shell.session import failure

            self.session.emit(self.session.error_page(failure.describe(error, self.session)))
        self.session.log.entry(text, self._as_text(outcome), outcome.seconds)
        return outcome

    def _as_text(self, outcome: Outcome) -> str:
        if self.session.log.path is None:
            return ""
        if outcome.failure is not None:
            return outcome.failure.message
        if outcome.kind == Kind.VALUES and not outcome.quiet and outcome.shown is None:
            from th7shell.display.text import render
            from th7shell.lua.stdlib.texts import to_text

            return to_text(render(outcome.values))
        return outcome.shown if isinstance(outcome.shown, str) else ""

    def time(self, outcome: Outcome) -> None:
        """The time an entry took, at the right edge."""
        settings = self.session.settings
        if not (self.terminal and settings.timing) or outcome.seconds < settings.timing_threshold:
            return
        text = f"[{outcome.seconds:.4f}s]"
        width = shutil.get_terminal_size().columns
        write(
            " " * max(0, width - len(text) - 1)
            + palette.paint("faint", text, palette.wanted())
            + "\n"
        )

    def leave(self) -> None:
        """End the loop, after a question where the settings want one."""
        if self.terminal and self.session.settings.confirm_exit:
            answer = self.ask(LEAVE)
            if answer is not None and answer.strip().lower() not in ("", "y", "yes"):
                return
        raise Leave(0)


def ask(question: str) -> Any:
    """Ask on the terminal; None at the end of input. Ctrl-C is no."""
    INTERRUPTS.pending = False
    try:
        return INTERRUPTS.run(input, question)
    except EOFError:
        write("\n")
        return None
    except KeyboardInterrupt:
        write("\n")
        return "no"
