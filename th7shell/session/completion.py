"""Names that can stand at the cursor: from the text, the live objects, the file system. Never calls
user code.

What begins with the typed letters comes first, then what does so in other capitals, then what holds
them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from th7shell import lua
from th7shell.display import themes
from th7shell.lua import Table
from th7shell.lua.on_demand import fields_of

from . import context, describe
from .members import is_class, lookup, members, resolve
from .scan import KEYWORDS
from .settings import SETTINGS, shown

if TYPE_CHECKING:
    from .commands.registry import Command

IDENTIFIER = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
ALTERNATIVES = re.compile(r"\[([a-z]+(?:\|[a-z]+)*)\]")  # `[on|off]` in a command's usage
LIMIT = 400
INSIDE = 2  # letters from which names that hold them are offered
NOTHING: Any = object()


@dataclass(frozen=True)
class Candidate:
    """One completion: text replaces the source from `start` to the cursor; kind is a word for the
    menu, value what is named, told its description where it is not the value's."""

    text: str
    start: int
    name: str
    kind: str = ""
    value: Any = NOTHING
    told: str = ""

    @property
    def about(self) -> str:
        """One line about what is named."""
        return self.told if self.value is NOTHING else describe.about(self.value)


def complete(
    text: str,
    cursor: int | None,
    globals: Table,
    commands: Mapping[str, Command] | None = None,
) -> list[Candidate]:
    """Candidates at the cursor, best first."""
    wanted = context.request(text, cursor)
    if wanted.kind == "command":
        found: Iterator[Candidate] = _commands(wanted, commands or {})
    elif wanted.kind == "argument":
        found = _arguments(wanted, globals, commands or {}, text, cursor)
    else:
        source = SOURCES.get(wanted.kind)
        found = source(wanted, globals) if source is not None else iter(())
    end = len(text) if cursor is None else cursor
    ranked = [(rank(c.text, text[c.start : end]), c) for c in found]
    best = sorted((r, i) for i, (r, _) in enumerate(ranked) if r is not None)
    return [ranked[i][1] for _, i in best[:LIMIT]]


def rank(name: str, prefix: str) -> int | None:
    """How well a name fits what is typed: 0 it begins so, 1 in other capitals, 2 it holds it; None:
    not at all."""
    if name.startswith(prefix):
        return 0
    low = name.lower()
    at = low.find(prefix.lower())
    return 1 if at == 0 else 2 if at > 0 and len(prefix) >= INSIDE else None


def hidden(name: str, prefix: str) -> bool:
    """Whether a name is kept back: one with a leading underscore, until an underscore is typed."""
    return name.startswith("_") and not prefix.startswith("_")


def _names(wanted: context.Request, globals: Table) -> Iterator[Candidate]:
    table = members(globals)
    for name in wanted.locals:
        yield Candidate(name, wanted.start, name, "local")
    names = dict.fromkeys(fields_of(globals), "package") | dict.fromkeys(table, "global")
    names |= dict.fromkeys(KEYWORDS, "keyword")
    for name in sorted(names.keys() - set(wanted.locals)):
        if hidden(name, wanted.prefix):
            continue
        if names[name] == "global":
            yield _candidate(name, table[name], wanted)
        else:
            yield Candidate(name, wanted.start, name, names[name])


def _fields(wanted: context.Request, globals: Table) -> Iterator[Candidate]:
    for name, value in _members(wanted, globals):
        if name not in KEYWORDS:
            yield _candidate(name, value, wanted)


def _methods(wanted: context.Request, globals: Table) -> Iterator[Candidate]:
    for name, value in _members(wanted, globals):
        if callable(value) and not is_class(value):
            yield _candidate(name, value, wanted)


def _members(wanted: context.Request, globals: Table) -> Iterator[tuple[str, Any]]:
    value = resolve(globals, wanted.chain)
    table = members(value) if value is not None else {}
    for name in sorted(table):
        if IDENTIFIER.match(name) and not hidden(name, wanted.prefix):
            yield name, table[name]


def _keys(wanted: context.Request, globals: Table) -> Iterator[Candidate]:
    value = resolve(globals, wanted.chain)
    for name in sorted(members(value) if isinstance(value, Table) else ()):
        held = lookup(value, name)
        yield Candidate(name, wanted.start, name, describe.word(held), held)


def _modules(wanted: context.Request, globals: Table) -> Iterator[Candidate]:
    package = globals.package
    names: set[str] = set()
    for field in ("preload", "loaded"):
        table = lookup(package, field)
        if isinstance(table, Table):
            names |= {k for k, _ in lua.items(table) if isinstance(k, str)}
    if "/" in wanted.prefix or wanted.prefix.startswith("."):
        yield from _paths(
            wanted, globals, lambda p: p.is_dir() or p.suffix.lower() == ".lua", strip=True
        )
        return
    names |= {p.stem for p in Path(".").glob("*.lua")}
    for name in sorted(names):
        yield Candidate(name, wanted.start, name, "module")


def _paths(
    wanted: context.Request,
    globals: Table,
    keep: Callable[[Path], bool] = lambda p: True,
    strip: bool = False,
) -> Iterator[Candidate]:
    folder, _, prefix = wanted.prefix.rpartition("/")
    start = wanted.start + len(wanted.prefix) - len(prefix)
    base = Path(
        os.path.expanduser(folder + "/" if folder or wanted.prefix.startswith("/") else ".")
    )
    try:
        found = sorted(base.iterdir())
    except OSError:
        return
    for path in found:
        name = path.name
        if not name.startswith(prefix) or (name.startswith(".") and not prefix) or not keep(path):
            continue
        if path.is_dir():
            yield Candidate(name + "/", start, name + "/", "folder")
        else:
            shown = path.stem if strip else name
            yield Candidate(shown, start, shown, "file")


def _candidate(name: str, value: Any, wanted: context.Request) -> Candidate:
    called = callable(value) or is_class(value)
    label = name + "(" if called else name  # shown as a call; only the name is typed in
    return Candidate(name, wanted.start, label, describe.word(value), value)


def _commands(wanted: context.Request, commands: Mapping[str, Command]) -> Iterator[Candidate]:
    for name in sorted(commands):
        yield Candidate(name, wanted.start, name, "command", told=commands[name].summary)


def _arguments(
    wanted: context.Request,
    globals: Table,
    commands: Mapping[str, Command],
    text: str,
    cursor: int | None,
) -> Iterator[Candidate]:
    """What may follow a command: its own words, else Lua."""
    name = wanted.command
    if name == "set":
        yield from _settings(wanted)
    elif name == "theme":
        yield from _words(wanted, themes.names(), "theme")
    elif name == "help":
        yield from _commands(wanted, commands)
    elif name in ("cd", "load", "edit", "save", "log", "export"):
        yield from _paths(wanted, globals)
    elif name in commands and (found := ALTERNATIVES.search(commands[name].usage)):
        yield from _words(wanted, found[1].split("|"), "")
    elif name in commands:
        end = len(text) if cursor is None else cursor
        skipped = text.index(name) + len(name) + 1
        for c in complete(text[skipped:end], None, globals):
            yield Candidate(c.text, c.start + skipped, c.name, c.kind, c.value, c.told)


def _words(wanted: context.Request, words: list[str], kind: str) -> Iterator[Candidate]:
    for word in words:
        yield Candidate(word, wanted.start, word, kind)


def _settings(wanted: context.Request) -> Iterator[Candidate]:
    """The settings, or the values that the one already named may take."""
    name = wanted.said.rstrip("= ")
    if not name:
        for setting in SETTINGS.values():
            yield Candidate(setting.name, wanted.start, setting.name, "setting", told=setting.about)
    elif name in SETTINGS:
        for value in SETTINGS[name].values():
            told = "the default" if value == shown(SETTINGS[name].default) else ""
            yield Candidate(value, wanted.start, value, "", told=told)


SOURCES: dict[str, Callable[[context.Request, Table], Iterator[Candidate]]] = {
    "name": _names,
    "field": _fields,
    "method": _methods,
    "index": _keys,
    "module": _modules,
    "path": _paths,
}
