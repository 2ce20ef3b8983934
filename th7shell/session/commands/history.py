"""Commands about entries: list, run again, save, edit, load, log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .registry import CommandError, command

if TYPE_CHECKING:
    from ..core import Session


def _entries(session: Session, which: str) -> list[tuple[int, str]]:
    try:
        return session.history.select(which)
    except ValueError as e:
        raise CommandError(str(e)) from None


@command("[12|10-20|-5]")
def history(session: Session, argument: str) -> Any:
    """List the entries of this session, by number."""
    lines = []
    for number, entry in _entries(session, argument):
        first, *rest = entry.split("\n")
        lines.append(f"{number:4}  {first}\n")
        lines += [f"      {line}\n" for line in rest]
    return "".join(lines)


@command("[12|10-20|-5]")
def rerun(session: Session, argument: str) -> Any:
    """Run entries again (the last one when none is named)."""
    for _, entry in _entries(session, argument or str(_last_plain(session))):
        if entry.lstrip().startswith((":rerun", "%rerun")):
            continue
        session.emit(entry + "\n")
        session.run_entry(entry)
    return None


def _last_plain(session: Session) -> int:
    for number in range(len(session.history.entries), 0, -1):
        if not session.history.entries[number - 1].lstrip().startswith((":", "%")):
            return number
    raise CommandError("nothing to run again")


@command("file.lua [10-20]")
def save(session: Session, argument: str) -> Any:
    """Write entries (all of this session when none are named) to a Lua file. A name of a picture
    file (.svg .png .html) saves the last plot instead."""
    name, _, which = argument.strip().partition(" ")
    if not name:
        raise CommandError("to which file?")
    if name.lower().endswith((".svg", ".png", ".html")):
        from th7shell.plot import save as save_plot

        if session.last_plot is None:
            raise CommandError("no plot yet")
        save_plot(session.last_plot, name)
        return f"{name}\n"
    kept = [
        e
        for _, e in _entries(session, which)
        if not e.lstrip().startswith((":", "%", "?", "$", "!"))
    ]
    text = "".join(e + "\n" for e in kept).encode("utf-8", "surrogateescape")
    Path(name).write_bytes(text)
    return f"{len(kept)} entries → {name}\n"


@command("file.lua")
def load(session: Session, argument: str) -> Any:
    """Run a Lua file in this session."""
    if not argument:
        raise CommandError("which file?")
    if not Path(argument).is_file():
        raise CommandError(f"no file {argument}")
    return session.run_file(argument)


@command("[12|10-20|file.lua]")
def edit(session: Session, argument: str) -> Any:
    """Edit entries (the last one), or a file, in $EDITOR, and run the result."""
    argument = argument.strip()
    if argument and not argument.lstrip("-").replace("-", "").isdigit():
        session.edit_file(argument)
        return session.run_file(argument) if Path(argument).is_file() else None
    chosen = _entries(session, argument or str(_last_plain(session)))
    text = session.edit_text("\n".join(e for _, e in chosen))
    if text.strip():
        session.history.add(text)
        session.run_entry(text)
    return None


@command("[on file.lua|off|status]")
def log(session: Session, argument: str) -> Any:
    """Write what is typed to a Lua file that can be run, with results and times as comments."""
    word, _, name = argument.strip().partition(" ")
    if word == "on":
        if not name:
            raise CommandError(":log on file.lua")
        session.log.start(name.strip())
    elif word == "off":
        session.log.stop()
    elif word not in ("", "status"):
        raise CommandError(f":log on file.lua or :log off, not '{word}'")
    return f"log: {session.log.path or 'off'}\n"


@command("notebook.ipynb [10-20]")
def export(session: Session, argument: str) -> Any:
    """Write entries as a Jupyter notebook."""
    import json

    name, _, which = argument.strip().partition(" ")
    if not name:
        raise CommandError("to which file?")
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"entry-{number}",
            "metadata": {},
            "outputs": [],
            "source": entry.splitlines(keepends=True),
        }
        for number, entry in _entries(session, which)
        if not entry.lstrip().startswith(":export")
    ]
    notebook = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Torch7 (th7shell)", "language": "lua", "name": "th7"},
            "language_info": {"file_extension": ".lua", "name": "lua"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    text = json.dumps(notebook, indent=1) + "\n"
    Path(name).write_text(text, encoding="utf-8", newline="\n")
    return f"{len(cells)} entries → {name}\n"


@command()
def paste(session: Session, argument: str) -> Any:
    """Run lines until one that holds only `--` or an end of input (a terminal that pastes in
    brackets needs this not)."""
    lines = []
    for line in iter(lambda: session.read_line("paste> "), None):
        if line.strip() == "--":
            break
        lines.append(line)
    if lines:
        session.run_entry("\n".join(lines))
    return None
