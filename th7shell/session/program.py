"""What the command line asks for, run: libraries, statements, a script or standard input, then a
prompt."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from th7shell import frontend
from th7shell.display import palette
from th7shell.lua import collecting, late_modules, state
from th7shell.lua.interpreter import deepen, observed, run_deep
from th7shell.lua.stdlib import streams
from th7shell.lua.stdlib.loading import load_file
from th7shell.lua.stdlib.texts import from_text

from .environment import Environment
from .interrupts import INTERRUPTS, end, leave_stuck

if TYPE_CHECKING:
    from th7shell.options import Options


Prompt = Callable[[Environment, "Options", bool], int]


def run(options: Options, open_prompt: Prompt) -> int:
    """Do what the options say; the exit code. open_prompt(environment, options, nested) is the
    front end."""
    if not options.color:
        palette.force(False)
    if collecting.is_put_off():
        late_modules.defer()
    program = Program(Environment(state.MAIN), options, open_prompt)
    try:
        if program.prompts:
            with INTERRUPTS.handled(program.late):
                return program.run()  # a prompt needs the main thread
        with INTERRUPTS.handled(program.late, final=True):
            if observed() or deepen():
                return program.run()
            return INTERRUPTS.run(partial(run_deep, program.run, stuck=leave_stuck))
    finally:
        collecting.end()


class Program:
    """One run of the command line over one environment."""

    def __init__(self, environment: Environment, options: Options, open_prompt: Prompt) -> None:
        self.environment = environment
        self.options = options
        self.open_prompt = open_prompt
        self._late = 0

    def late(self) -> None:
        """Ctrl-C between the parts or after one that it stopped: the next part stops at once; the
        second press ends all."""
        self._late += 1
        if self._late > 1:
            end()

    @property
    def piped(self) -> bool:
        """Whether the program text comes from standard input."""
        return not self.options.script and not self.options.statements and not sys.stdin.isatty()

    @property
    def prompts(self) -> bool:
        """Whether a prompt follows the parts."""
        o = self.options
        return bool(o.interactive or not (o.script or o.statements or self.piped))

    def run(self) -> int:
        """Run every part in th's order; stop at the first that fails, unless a prompt follows."""
        o = self.options
        from th7shell import frontend
        from th7shell.display.shower import Terminal

        shower = Terminal()
        shower.prompt = self._nested
        frontend.install(shower)
        if o.pairs == "insertion":
            from th7shell.lua import order

            order.insertion(True)
        if o.statements or o.script in (None, "-"):
            self.environment.offer()
        self.environment.set_arguments(o.before, o.script, o.arguments)
        collecting.begin()
        parts: list[Callable[[], Any]] = [self._library(name) for name in o.libraries]
        if o.gfx:
            parts += [self._library(name) for name in ("gnuplot", "itorch")]
        parts.append(lambda: self.environment.monitor(o.globals))
        parts += [self._statement(text) for text in o.statements]
        piped = self.piped
        if o.script == "-" or (piped and not o.interactive):
            parts.append(self._standard_input)
        elif o.script is not None:
            parts.append(self._script)
        prompt = self.prompts
        for part in parts:
            code = self.guarded(part)
            if code and not prompt:
                return code
        if prompt:
            return self.open_prompt(self.environment, o, False)
        return self.guarded(self._close)

    def guarded(self, part: Callable[[], Any]) -> int:
        """Run one part; its exit code, an error shown on stderr."""
        try:
            INTERRUPTS.run(part)
            streams.flush_all()
            return 0
        except BrokenPipeError:
            raise
        except KeyboardInterrupt as e:
            from . import failure

            report(failure.interrupted(e), self.options.traceback)
            return self._failed(130)
        except SystemExit as e:
            from . import failure

            streams.flush_all()
            raise SystemExit(self._failed(failure.exit_code(e))) from None
        except BaseException as e:
            from . import failure

            report(failure.describe(e), self.options.traceback)
            return self._failed(1)

    def _failed(self, code: int) -> int:
        """Let packages do what they must where the program ends with an exit code that is not 0."""
        if code and not self.prompts:
            for fail in state.failing:
                fail(code)
        return code

    @staticmethod
    def _close() -> None:
        """Do what packages have left for the end of a program."""
        frontend.settle()
        for close in state.closing:
            close()

    def _library(self, name: str) -> Callable[[], Any]:
        return lambda: self.environment.globals.require(from_text(name))

    def _statement(self, text: str) -> Callable[[], Any]:
        return lambda: self.environment.load(text, "=(command line)")()

    def _script(self) -> None:
        arguments = [from_text(a) for a in self.options.arguments]
        self.environment.load_file(self.options.script or "")(*arguments)

    def _standard_input(self) -> None:
        function = load_file(None, None, self.environment.globals)
        function(*map(from_text, self.options.arguments))

    def _nested(self) -> Any:
        """The prompt of `require 'trepl'()` inside a script."""
        from .embedding import caller_locals, visible

        with visible(self.environment.globals, caller_locals()):
            return self.open_prompt(self.environment, self.options, True)


def report(error: Any, full: bool) -> None:
    """Write an uncaught error on standard error: the message, then the Lua frames with their
    lines."""
    from th7shell.display.errors import error_text
    from th7shell.display.shown import ErrorPage

    with contextlib.suppress(streams.Unwritable):
        streams.flush()
    colour = palette.wanted(sys.stderr)
    text = error_text(ErrorPage(error, context=0, full=full), colour)
    name = os.path.basename(sys.argv[0]) or "th7shell"
    head = "" if error.interrupted else f"{os.path.splitext(name)[0]}: "
    with contextlib.suppress(streams.Unwritable):
        streams.write(from_text(head + text), "stderr")
        streams.flush("stderr")
