"""Session: one interpreter with its memory of entries, results and errors. The terminal and the
notebook both drive this object: `evaluate`, `is_complete`, `complete`, `signature`, `inspect`,
`:commands`. It reads no keys and owns no screen: what commands show goes to `emit`, what Lua prints
goes to standard output.
"""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from th7shell import frontend, lua
from th7shell.display import palette, themes
from th7shell.display.shower import Terminal
from th7shell.display.shown import ErrorPage, Failure, HintLine
from th7shell.lua import order, rawget, state
from th7shell.lua.errors import LuaSyntaxError
from th7shell.lua.host import lua_function
from th7shell.lua.stdlib.texts import from_text

from . import entries, failure
from .environment import Environment
from .history import History
from .locals import promote
from .log import Log
from .results import Results
from .settings import Settings

if TYPE_CHECKING:
    from th7shell.display.shown import Output


class Kind(StrEnum):
    """What an entry came to."""

    VALUES = "values"
    STATEMENT = "statement"
    COMMAND = "command"
    SHELL = "shell"
    ERROR = "error"
    INTERRUPTED = "interrupted"
    BREAK = "break"  # out of a nested prompt
    EXIT = "exit"


@dataclass
class Outcome:
    """What an entry came to, and what is to be shown of it."""

    kind: Kind
    values: Sequence[Any] = ()
    shown: Output | None = None
    failure: Failure | None = None
    hint: str | None = None
    seconds: float = 0.0
    code: int = 0
    quiet: bool = False


def in_its_world(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method of a session that runs in the world of its interpreter."""

    @functools.wraps(method)
    def run(self: Session, *arguments: Any, **named: Any) -> Any:
        with state.inside(self.environment.world):
            return method(self, *arguments, **named)

    return run


def _collect(value: Output) -> None:
    """The `emit` of a session without a front end: standard output."""
    if isinstance(value, str):
        sys.stdout.write(value)


@dataclass
class Session:
    """A session over an environment. emit(value) shows a text or a rich renderable;
    read_line(prompt) asks for a line (None at the end of input)."""

    environment: Environment = field(default_factory=Environment)
    settings: Settings = field(default_factory=Settings)
    history: History = field(default_factory=History)
    shower: Any = None
    emit: Callable[[Output], None] = _collect
    read_line: Callable[[str], str | None] = lambda prompt: None
    traceback: bool = False

    @in_its_world
    def __post_init__(self) -> None:
        self._settled = False
        self.globals = self.environment.globals
        if not self.environment.offering:
            self.environment.offer()
        self.workspace = self.environment.workspace
        self.workspace.preloaded |= {"help", "browse", "_STATUS"}
        self.results = Results(self.globals, self.settings.results)
        self.log = Log()
        self.last_error: Failure | None = None
        self.last_plot: Any = None
        self.shower = self.shower or Terminal(self.settings.image)
        frontend.install(self._show)
        self.globals.help = lua_function(self._help)
        self.globals.browse = lua_function(self._browse)
        self.settings.listen(self._setting_changed)
        for name in ("print_level", "print_style", "shorten", "precision", "theme"):
            self._setting_changed(name, getattr(self.settings, name))
        if self.settings.pairs == "insertion":
            order.insertion(True)

    def close(self) -> None:
        """End what waits in the middle (see `Interpreter.close`). A session in a program that makes
        many is freed when the program holds it no more."""
        self.environment.interpreter.close()

    @in_its_world
    def settle(self) -> None:
        """Have what th preloads, before the first thing that needs it."""
        if not self._settled:
            self.environment.preload()
            self.workspace.take_over(rawget(self.globals, "xlua"))
            self.environment.world.redefines = True
            self._settled = True

    # -- running

    @in_its_world
    def evaluate(self, text: str) -> Outcome:
        """Run one entry: a command, a shell line, a question, or Lua (an expression first, then
        statements). Errors and interrupts come back in the outcome; the session goes on."""
        self.settle()
        started = time.perf_counter()
        try:
            outcome = self._dispatch(text)
        except KeyboardInterrupt as e:
            outcome = Outcome(Kind.INTERRUPTED, failure=failure.interrupted(e))
        except SystemExit as e:
            outcome = Outcome(Kind.EXIT, code=failure.exit_code(e))
        except Exception as e:
            self.last_error = failure.describe(e, self)
            outcome = Outcome(Kind.ERROR, failure=self.last_error)
        outcome.seconds = time.perf_counter() - started
        self.results.settle()
        return outcome

    def _dispatch(self, text: str) -> Outcome:
        kind, body = entries.classify(text)
        if kind == "empty":
            return Outcome(Kind.STATEMENT, quiet=True)
        if kind in ("break", "exit"):
            return Outcome(Kind(kind))
        if kind == "command":
            return self._command(body)
        if kind == "status":
            return Outcome(Kind.VALUES, [self.environment.get("_STATUS")])
        if kind == "shell":
            return self._shell(body)
        if kind == "help":
            return Outcome(Kind.COMMAND, shown=self.inspect(body))
        if kind == "source":
            return Outcome(Kind.COMMAND, shown=self.inspect(body, source=True))
        outcome = self._lua(body)
        if outcome.hint is None and ("--" in body or "new " in body):
            from .hints import Scene, afterthought

            outcome.hint = afterthought(Scene("", body, self.globals))
        return outcome

    def _lua(self, text: str) -> Outcome:
        quiet = text.rstrip().endswith(";")
        statement = quiet and entries.is_statement(text)
        expression = None if statement else entries.as_expression(text)
        if expression is not None:
            function = self.environment.entry(expression, text)
            values = entries.expression_values(self.call(function))
            self.results.keep(values)
            quiet = quiet or self._nothing_to_show(text, values)
            shown = None if quiet else self._package_shown(text, values)
            hint = None if quiet or list(values) != [None] else self._nil_hint(text)
            return Outcome(Kind.VALUES, values, shown=shown, hint=hint, quiet=quiet)
        kept = self.settings.keep_locals
        head, value = entries.ends_in_value(text) or (text, "")
        source = promote(head, self.workspace.preloaded) if kept else head
        if value:
            source += f"return nil, {value}"
        try:
            function = self.environment.entry(source, text)
        except LuaSyntaxError as error:
            error.source = from_text(text)  # as it was typed, its locals in place
            raise
        values = entries.values_of(self.call(function))
        if value:
            values, quiet = values[1:], quiet or self._nothing_to_show(value, values[1:])
        if values:
            self.results.keep(values)
        return Outcome(Kind.STATEMENT, values, quiet=quiet or not values)

    @in_its_world
    def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call a Lua function."""
        return function(*args)

    def _nothing_to_show(self, text: str, values: Sequence[Any]) -> bool:
        """th prints nothing for nil; a bare name that is nil is shown, unless the setting says
        otherwise."""
        if any(v is not None for v in values):
            return False
        return not (values and self.settings.print_nil and entries.is_name(text))

    def _nil_hint(self, text: str) -> str | None:
        """What a bare name that is nil may have been meant for."""
        from .hints import Scene, nil_hint

        return nil_hint(Scene("", text, self.globals))

    def _package_shown(self, text: str, values: Sequence[Any]) -> str | None:
        """The line that stands for a package's table after a bare `nn` or `require 'nn'`."""
        if len(values) == 1 and isinstance(values[0], lua.Table) and entries.is_mention(text):
            from .describe import package_line

            return package_line(values[0], self.globals)
        return None

    @in_its_world
    def show_values(self, values: Sequence[Any], quiet: bool = False) -> None:
        """Print values as `print` does now (a user may have replaced it); trailing nils are left
        out, as in th."""
        values = list(values)
        while len(values) > 1 and values[-1] is None:
            values.pop()
        if not quiet:
            own, printer = rawget(self.globals, "print"), self.workspace.printer
            usable = isinstance(own, lua.Table) or lua.lua_type(own) == "function"
            (own if usable and own is not printer.function else printer.show)(*values)

    @in_its_world
    def show(self, outcome: Outcome) -> None:
        """Show what an entry gave: values through print, a command's text, plots that were kept for
        its end."""
        if outcome.shown is not None:
            self.emit(outcome.shown)
        elif outcome.kind in (Kind.VALUES, Kind.STATEMENT) and not outcome.quiet:
            self.show_values(outcome.values)
        elif outcome.failure is not None:
            self.emit(self.error_page(outcome.failure))
        if outcome.hint is not None:
            self.emit(HintLine(outcome.hint))
        live = sys.modules.get("th7shell.display.live")
        if live is not None:
            live.LIVE.finish()
        frontend.settle()
        release = getattr(self.shower, "release", None)
        if release is not None:
            release()

    def run_entry(self, text: str) -> Outcome:
        """Evaluate an entry and show what it gave."""
        outcome = self.evaluate(text)
        self.show(outcome)
        return outcome

    @in_its_world
    def run_file(self, path: str) -> Any:
        """Run a Lua file in this session."""
        self.call(self.environment.load_file(path))

    # -- commands and the system's shell

    def _command(self, text: str) -> Outcome:
        from .commands.registry import CommandError, find

        name, _, argument = text.partition(" ")
        if "\0" in text:
            return Outcome(Kind.COMMAND, shown="a command holds no NUL byte\n", code=1)
        try:
            return Outcome(Kind.COMMAND, shown=find(name).run(self, argument.strip()))
        except CommandError as e:
            return Outcome(Kind.COMMAND, shown=f"{e}\n", code=1)
        except OSError as e:
            place = f"{e.filename}: " if isinstance(e.filename, str) else ""
            return Outcome(Kind.COMMAND, shown=f"{place}{e.strerror or e}\n", code=1)

    def _shell(self, line: str) -> Outcome:
        from .system import run_line

        text, code = run_line(line)
        result = from_text(text)
        self.results.keep([result])
        self.environment.set_global("_STATUS", code)
        return Outcome(Kind.SHELL, [result], code=code, quiet=True)

    # -- what the front ends ask while text is typed

    def is_complete(self, text: str) -> tuple[str, int]:
        """'complete', 'incomplete' or 'invalid', and the columns to indent the next line by when
        incomplete."""
        return entries.completeness(text, self.settings.indent)

    def syntax_error(self, text: str) -> tuple[int, str] | None:
        """(line, message) of a syntax error that nothing typed after it could mend."""
        return entries.syntax_error(text)

    @in_its_world
    def complete(self, text: str, cursor: int | None = None) -> list[Any]:
        """Candidates at the cursor (see completion.Candidate)."""
        from .commands.registry import load_all
        from .completion import complete

        self.settle()
        return complete(text, cursor, self.globals, load_all())

    @in_its_world
    def signature(self, text: str, cursor: int | None = None) -> Any:
        """The call being typed at the cursor (see signatures.Signature), or None."""
        from .signatures import signature_at

        self.settle()
        return signature_at(text, cursor, self.globals)

    @in_its_world
    def inspect(self, text: str, source: bool = False) -> Any:
        """The help page of a name or value, or its source."""
        from .inspect import page, source_page

        return source_page(text, self) if source else page(text, self)

    def _help(self, value: Any = None, *_: Any) -> tuple[()]:
        """Show the help page of a value; without one, the shell's own."""
        from .inspect import page, page_of

        self.emit(page("", self) if value is None else page_of(value))
        return ()

    def _browse(self, package: Any = None, *_: Any) -> tuple[()]:
        """Show what a package holds ('nn', or the table itself); without one, list the packages."""
        from .inspect import package_page, packages

        known = packages(self.globals)
        name = next((n for n, t in known.items() if t is package), package)
        self.emit(package_page(name if isinstance(name, str) else "", self))
        return ()

    # -- errors, settings, showing

    def error_page(self, error: Failure, full: bool = False) -> ErrorPage:
        """The picture of an error for `emit`."""
        full = full or self.traceback
        return ErrorPage(error, context=self.settings.context, full=full)

    def _show(self, value: Any, window: Any) -> Any:
        from th7shell.plot.figure import Figure

        if isinstance(value, Figure):
            self.last_plot = value
        return self.shower(value, window)

    @in_its_world
    def _setting_changed(self, name: str, value: Any) -> None:
        if name == "print_level":
            self.globals.setprintlevel(value)
        elif name == "print_style":
            self.workspace.printer.style = value
        elif name == "shorten":
            self.workspace.printer.shorten = value
        elif name == "image" and hasattr(self.shower, "image"):
            self.shower.image = value
        elif name == "pairs":
            order.insertion(value == "insertion")
        elif name == "results":
            self.results.limit = value
        elif name == "theme":
            palette.use(themes.styles(value))
        elif name == "precision":
            self.environment.precision(value)

    def edit_text(self, text: str) -> str:
        """The text after the user has edited it in $EDITOR."""
        from .system import edit_text

        return edit_text(text)

    def edit_file(self, path: str) -> None:
        """Open a file in $EDITOR and wait."""
        from .system import edit_file

        edit_file(path)
