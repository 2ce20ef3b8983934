"""Commands about folders and documentation files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .registry import CommandError, command

if TYPE_CHECKING:
    from ..core import Session


@command("[folder]")
def cd(session: Session, argument: str) -> Any:
    """Change the working folder (home when none is named) and show it."""
    folder = os.path.expanduser(argument.strip("'\" ") or "~")
    try:
        os.chdir(folder)
    except OSError as e:
        raise CommandError(f"{e.strerror}: {folder}") from None
    return f"{os.getcwd()}\n"


@command("[package]")
def browse(session: Session, argument: str) -> Any:
    """Show the documentation of a package (nn, torch, optim …), or list the packages."""
    from ..inspect import package_page

    return package_page(argument.strip("'\"() "), session)
