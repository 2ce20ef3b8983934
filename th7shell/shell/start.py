"""Open a prompt: settings, history, start-up files, then the loop."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from th7shell.display.shower import Terminal
from th7shell.lua.collecting import no_collections
from th7shell.lua.interpreter import deepen
from th7shell.lua.state import MAIN
from th7shell.session import failure
from th7shell.session.core import Session
from th7shell.session.environment import Environment
from th7shell.session.history import History, default_path
from th7shell.session.interrupts import INTERRUPTS
from th7shell.session.settings import Settings, config_dir, load

from .console import Console, write
from .repl import Repl, ask, banner

if TYPE_CHECKING:
    from th7shell.options import Options


def prompt(environment: Environment, options: Options, nested: bool = False) -> int:
    """Read and run entries until the end; the exit code."""
    deepen()  # recursion has the room that it has in scripts; other threads keep small stacks
    session = make_session(environment, options)
    screen = sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    if screen and not options.quiet and not nested:
        write(banner())
    if options.init and not nested:
        start_up(session)
    if screen:
        with no_collections(lasting=True):
            from .prompt import Prompt

            reader = Prompt(session)
        session.read_line = lambda text: reader.reader.prompt(text, handle_sigint=False)
        return Repl(session, reader.read, ask, reader.interrupt).run(nested)
    from .plain import reader as plain_reader

    prompts = sys.stdin.isatty() and sys.stdout.isatty()  # a terminal that cannot move its cursor
    read = plain_reader(session, prompts)
    return Repl(session, partial(INTERRUPTS.run, read), ask).run(nested)


def embed(names: Mapping[str, Any]) -> int:
    """A prompt over a new environment in which Python's `names` are globals; Ctrl-D goes back to
    Python."""
    from th7shell.options import Options
    from th7shell.session.embedding import visible

    environment = Environment(MAIN)  # what Python sees
    with visible(environment.globals, names):
        return prompt(environment, Options(quiet=True), nested=True)


def make_session(environment: Environment, options: Options) -> Session:
    """The session of a prompt, with the user's settings and history."""
    settings, wrong = load(config_dir() / "config.toml") if options.init else (Settings(), [])
    if options.vi:
        settings.set("editing_mode", "vi")
    kept = settings.history and not options.quiet and sys.stdin.isatty()
    history = History(default_path() if kept else None, options.quiet, settings.history_size)
    shower = Terminal(settings.image, hold=True)
    session = Session(environment, settings, history, shower, traceback=options.traceback)
    session.emit = Console(settings)
    for line in wrong:
        write(f"{line}\n")
    return session


def start_up(session: Session) -> None:
    """Run init.lua of the config folder, then $TREPLSTARTUP; an error in them is shown."""
    for path in (str(config_dir() / "init.lua"), os.environ.get("TREPLSTARTUP", "")):
        if not path or not os.path.isfile(path):
            continue
        try:
            INTERRUPTS.run(session.run_file, path)
        except (Exception, KeyboardInterrupt) as error:
            session.emit(session.error_page(failure.describe(error, session)))
