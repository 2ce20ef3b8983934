"""Commands about the session itself: help, settings, errors, variables, modules."""

from __future__ import annotations

import os
from importlib import reload as reload_module
from sys import modules
from typing import TYPE_CHECKING, Any

from th7shell import lua
from th7shell.display.listing import Listing
from th7shell.lua import rawget, rawset

from .. import settings as settings_file
from ..packages import PACKAGES
from ..settings import shown
from .registry import CommandError, command, find, load_all

if TYPE_CHECKING:
    from ..core import Session


@command("[name]")
def help(session: Session, argument: str) -> Any:
    """List the commands, or explain one."""
    if argument:
        found = find(argument.lstrip(":%"))
        return f"{found.usage}\n  {found.about}\n"
    return Listing(sorted((c.usage, c.summary) for c in load_all().values()))


@command("[name[=value]]", name="set")
def set_(session: Session, argument: str) -> Any:
    """Show every setting, show one, or change one: `:set timing=off`. `:config` keeps the
    change."""
    if not argument:
        return Listing([(f"{s.name} = {shown(value)}", s.about) for s, value in session.settings])
    name, equals, value = argument.partition("=")
    name = name.strip()
    if not equals:
        name, _, value = argument.partition(" ")
    try:
        if not value.strip():
            settings_file.parse(name, getattr(session.settings, name, None))
            return f"{name} = {shown(getattr(session.settings, name))}\n"
        session.settings.set(name, value.strip())
    except ValueError as e:
        raise CommandError(str(e)) from None
    return None


@command("[path]")
def config(session: Session, argument: str) -> Any:
    """Write the current settings to the config file, with comments, and name it."""
    folder = settings_file.config_dir()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "config.toml"
    text = settings_file.template(session.settings)
    path.write_text(text, encoding="utf-8", newline="\n")
    return f"{path}\n"


@command("[full]")
def tb(session: Session, argument: str) -> Any:
    """Show the last error again; `:tb full` with every frame, Python's too."""
    if session.last_error is None:
        return "no error yet\n"
    return session.error_page(session.last_error, full=argument.strip() == "full")


@command("[name …]", name="del")
def del_(session: Session, argument: str) -> Any:
    """Remove variables."""
    names = argument.replace(",", " ").split()
    missing = [n for n in names if rawget(session.globals, n) is None]
    if missing or not names:
        raise CommandError(f"no variable {', '.join(missing)}" if names else "which variables?")
    for name in names:
        rawset(session.globals, name, None)
    return None


@command("[bytes|name|type]")
def who(session: Session, argument: str) -> Any:
    """List your variables: name, type, size or value, bytes."""
    order = argument.strip() or None
    if order not in (None, "bytes", "name", "type", "size"):
        raise CommandError(":who sorts by name, type, size or bytes")
    return session.workspace.table(False, order) or "no variables yet\n"


@command()
def forget(session: Session, argument: str) -> Any:
    """Let go of every kept result (_RESULTS, _, _1 …)."""
    session.results.forget()
    session.last_error = None
    return None


@command()
def reset(session: Session, argument: str) -> Any:
    """Remove your variables and results; packages and th's own names stay."""
    for key, _ in list(session.workspace.names()):
        if not (isinstance(key, str) and key in PACKAGES):
            rawset(session.globals, key, None)
    session.results.forget()
    return None


@command("module")
def reload(session: Session, argument: str) -> Any:
    """Load a module again: its Lua file is run anew; classes that it declares are redefined, and
    objects that were made before get the new methods."""
    if not argument:
        raise CommandError("which module?")
    name = argument.strip("'\" ")
    loaded = session.globals.package.loaded
    if name in PACKAGES and PACKAGES[name] in modules:
        reload_module(modules[PACKAGES[name]])
    before = rawget(loaded, name)
    rawset(loaded, name, None)
    try:
        return session.show_values([lua.first(session.globals.require(name))], quiet=True)
    except BaseException:
        rawset(loaded, name, before)
        raise


@command("[on|off]")
def locals(session: Session, argument: str) -> Any:
    """Keep `local` of the prompt visible in later entries (on, the default), or drop it with its
    entry, as Lua does."""
    word = argument.strip() or shown(session.settings.keep_locals)
    try:
        session.settings.set("keep_locals", word)
    except ValueError as e:
        raise CommandError(str(e)) from None
    return f"locals {'stay' if session.settings.keep_locals else 'end with their entry'}\n"


@command("[name[=value]]")
def env(session: Session, argument: str) -> Any:
    """Show the environment, one variable, or set one."""
    name, equals, value = argument.strip().partition("=")
    if not name:
        return "".join(f"{k}={v}\n" for k, v in sorted(os.environ.items()))
    if equals:
        os.environ[name] = value
        return None
    return f"{os.environ.get(name, '')}\n"


@command("word …")
def apropos(session: Session, argument: str) -> Any:
    """List the names whose name or documentation contains the words."""
    from ..inspect import search

    if not argument:
        raise CommandError("which words?")
    found = search(argument, session.globals)
    return found if found.rows else f"nothing about {argument}\n"
