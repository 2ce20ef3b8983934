"""One registry of commands: name, usage, what it does. The docstring is `:help name`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..describe import summary

if TYPE_CHECKING:
    from ..core import Session

FAMILIES = ("general", "history", "timing", "model", "files", "look", "conversion")


@dataclass(frozen=True)
class Command:
    """A command: `run(session, argument)` does it and gives what to show (None, a text, a rich
    renderable)."""

    name: str
    usage: str
    run: Callable[[Session, str], Any]

    @property
    def about(self) -> str:
        """Its help: the docstring."""
        return " ".join((self.run.__doc__ or "").split())

    @property
    def summary(self) -> str:
        """Its help in one line."""
        return summary(self.run.__doc__ or "")


COMMANDS: dict[str, Command] = {}


class CommandError(Exception):
    """A command was given what it cannot use; the message is for the user."""


def command(
    usage: str = "", name: str | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator that registers a function as the command of its own name."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        own = name or function.__name__.rstrip("_")
        COMMANDS[own] = Command(own, f":{own} {usage}".rstrip(), function)
        return function

    return register


def load_all() -> dict[str, Command]:
    """Every command, the families imported on the first call."""
    for family in FAMILIES:
        import_module(f"th7shell.session.commands.{family}")
    return COMMANDS


def find(name: str) -> Command:
    """The command called `name`; CommandError names the nearest when there is none."""
    known = load_all()
    if name in known:
        return known[name]
    import difflib

    near = difflib.get_close_matches(name, known, 1)
    hint = f"; did you mean :{near[0]}?" if near else "; :help lists them"
    raise CommandError(f"unknown command :{name}{hint}")
