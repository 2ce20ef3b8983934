"""Names that can stand at the cursor: from the text, the live objects, the file system. Never calls
user code."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from th7shell import lua
from th7shell.lua import Table
from th7shell.session import context
from th7shell.session.members import (
    is_class,
    kind,
    lookup,
    members,
    public,
    resolve,
)
from th7shell.session.scan import KEYWORDS
from th7shell.session.signatures import arguments_of

IDENTIFIER = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
LIMIT = 400


@dataclass(frozen=True)
class Candidate:
    """One completion: text replaces the source from `start` to the cursor; kind and arguments are
    for the menu."""

    text: str
    start: int
    name: str
    kind: str = ""
    arguments: str = ""


def complete(
    text: str, cursor: int | None, globals: Table, commands: Iterable[str] = ()
) -> list[Candidate]:
    """Candidates at the cursor, best first."""
    wanted = context.request(text, cursor)
    source = SOURCES.get(wanted.kind)
    if source is None:
        return []
    if wanted.kind == "command":
        return [
            Candidate(name, wanted.start, name, "command")
            for name in sorted(commands)
            if name.startswith(wanted.prefix)
        ]
    return list(source(wanted, globals))[:LIMIT]


def _names(wanted: context.Request, globals: Table) -> Iterator[Candidate]:
    seen = set()
    for name in public(wanted.locals, wanted.prefix):
        seen.add(name)
        yield Candidate(name, wanted.start, name, "local")
    table = {k: v for k, v in members(globals).items() if k not in seen}
    words = [
        (name, _candidate(name, table[name], wanted, False))
        for name in public(table, wanted.prefix)
    ]
    words += [
        (w, Candidate(w, wanted.start, w, "keyword"))
        for w in KEYWORDS
        if w.startswith(wanted.prefix)
    ]
    for _, candidate in sorted(words, key=lambda pair: pair[0]):
        yield candidate


def _fields(wanted: context.Request, globals: Table) -> Iterator[Candidate]:
    value = resolve(globals, wanted.chain)
    table = members(value) if value is not None else {}
    family = (lambda name: _family(table[name])) if _many_classes(table) else (lambda name: "")
    for name in sorted(public(table, wanted.prefix), key=lambda n: (family(n), n)):
        if IDENTIFIER.match(name) and name not in KEYWORDS:
            yield _candidate(name, table[name], wanted, False, family(name))


def _methods(wanted: context.Request, globals: Table) -> Iterator[Candidate]:
    value = resolve(globals, wanted.chain)
    table = members(value) if value is not None else {}
    for name in sorted(public(table, wanted.prefix)):
        if callable(table[name]) and not is_class(table[name]) and IDENTIFIER.match(name):
            yield _candidate(name, table[name], wanted, True)


def _keys(wanted: context.Request, globals: Table) -> Iterator[Candidate]:
    value = resolve(globals, wanted.chain)
    for name in sorted(members(value) if isinstance(value, Table) else ()):
        if name.startswith(wanted.prefix):
            yield Candidate(name, wanted.start, name, kind(lookup(value, name)))


def _modules(wanted: context.Request, globals: Table) -> Iterator[Candidate]:
    package = globals.package
    names: set[str] = set()
    for field in ("preload", "loaded"):
        table = lookup(package, field)
        if isinstance(table, Table):
            names |= {k for k, _ in lua.items(table) if isinstance(k, str)}
    if "/" in wanted.prefix or wanted.prefix.startswith("."):
        yield from _paths(wanted, globals, lambda p: p.is_dir() or p.suffix == ".lua", strip=True)
        return
    names |= {p.stem for p in Path(".").glob("*.lua")}
    for name in sorted(n for n in names if n.startswith(wanted.prefix)):
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


def _candidate(
    name: str, value: Any, wanted: context.Request, method: bool, family: str = ""
) -> Candidate:
    called = callable(value) or is_class(value)
    arguments = arguments_of(value, name, method) if called else None
    shown = f"({', '.join(arguments)})" if arguments is not None else ""
    label = name + "(" if called else name  # shown as a call; only the name is typed in
    return Candidate(name, wanted.start, label, family or kind(value), shown)


def _many_classes(table: dict[str, Any]) -> bool:
    return sum(map(is_class, table.values())) > 20


def _family(value: Any) -> str:
    """The family of a layer for the menu of `nn.`: the file that defines it, as `pooling`, `table
    layers`."""
    if not is_class(value):
        return kind(value)
    return value.__module__.rpartition(".")[2].replace("_", " ")


SOURCES: dict[str, Callable[[context.Request, Table], Iterator[Candidate]]] = {
    "name": _names,
    "field": _fields,
    "method": _methods,
    "index": _keys,
    "module": _modules,
    "path": _paths,
    "command": _names,
}
