"""The reference pages, from what `?` shows at the prompt: a page for each family of layers, each
family of tensor operations and each package, for Lua's libraries and for the `:commands`; and for
each of these kinds a page that lists all names.

An example is written once, in Python, in a docstring; its Lua is the shell's own translation.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from th7shell import pl
from th7shell.lua import Table, rawget
from th7shell.session.commands.registry import FAMILIES as COMMAND_FAMILIES
from th7shell.session.commands.registry import load_all
from th7shell.session.core import Session
from th7shell.session.describe import about, summary
from th7shell.session.inspect import pieces, written
from th7shell.session.members import class_members, is_class, members
from th7shell.session.packages import CUDA, PACKAGES
from th7shell.session.signatures import arguments_of
from th7shell.session.spelling import in_lua
from th7shell.torch.classes import REGISTRY
from th7shell.torch.ops import OPERATIONS

LIBRARIES = ("string", "table", "math", "io", "os", "coroutine", "bit", "debug", "package")
APART = ("torch", "nn", "libnnx", "libunsup", "env")  # have pages of their own, or none
CELL, MARKED = re.compile(r"([|<])"), r"\\\1"  # what means something in a table
BASES = "The bases: what all layers, criterions and containers have."
ENGINE = ("Module", "Criterion", "Container")  # whose methods every layer has


@dataclass
class Entry:
    """One name: a line about it, and its documentation as Markdown without a heading."""

    name: str
    about: str
    text: str


@dataclass
class Family:
    """What stands on one page."""

    file: str
    title: str
    about: str
    entries: list[Entry]


def pages() -> dict[str, str | bytes]:
    """All pages by file name."""
    session = Session()
    for name in PACKAGES | CUDA:
        session.evaluate(f"require '{name}'")
    made: dict[str, str | bytes] = {}
    for file, (heading, intro, kind) in KINDS.items():
        families = list(kind(session))
        made[f"{file}.md"] = overview(heading, intro, families)
        for family in families:
            made[f"{family.file}.md"] = page(family)
    return made


def page(family: Family) -> str:
    parts = [f"# {family.title}", family.about]
    for e in family.entries:
        parts += [f"({target(e.name)})=", f"## {e.name}", e.text]
    return "\n\n".join(part for part in parts if part) + "\n"


def overview(heading: str, intro: str, families: list[Family]) -> str:
    """Every name of a kind with a line about it, by family."""
    parts = [f"# {heading}", intro]
    for f in families:
        rows = [(f"[{e.name}](#{target(e.name)})", e.about) for e in f.entries]
        parts += [f"## [{f.title}]({f.file}.md)", f.about, table(rows)]
    names = "\n".join(f.file for f in families)
    parts.append(f":::{{toctree}}\n:hidden:\n\n{names}\n:::")
    return "\n\n".join(parts) + "\n"


def target(name: str) -> str:
    """Where links to a name lead. (Capitals count for nothing there: tds.Hash and tds.hash.)"""
    name = name.strip(":").replace(":", ".")
    return ("class-" if name.rpartition(".")[2][:1].isupper() else "name-") + name


def table(rows: Iterable[tuple[str, str]]) -> str:
    """Names and a line about each."""
    lines = ["| | |", "|---|---|"]
    for name, text in rows:
        lines.append(f"| {name} | {CELL.sub(MARKED, text)} |")
    return "\n".join(lines)


# -- the kinds


def layers(session: Session) -> Iterator[Family]:
    """nn's classes by family, which are its folders."""
    families = defaultdict(list)
    for name, cls in sorted(REGISTRY.items()):
        room, _, family = place(cls).partition(".")
        if room == "nn" and name.startswith("nn."):
            folder = family.rpartition(".")[0]  # none: the bases, which stand beside the folders
            families[folder].append(class_entry(name, cls))
    for family, entries in sorted(families.items()):
        told = paragraph(f"th7shell.nn.{family}") if family else BASES
        yield Family(f"nn-{family or 'base'}", phrase(told), told, entries)


def operations(session: Session) -> Iterator[Family]:
    """torch: its operations by family, which are the files of torch/ops; and what else it has."""
    torch, tensor = session.globals.torch, REGISTRY["torch.DoubleTensor"]
    families = defaultdict(list)
    for name, declared in sorted(OPERATIONS.items()):
        is_function = bool(declared[0].functions)
        form = (declared[0].functions or declared[0].methods)[0]
        kernel = form.kernel if callable(form.kernel) else next(iter(form.kernel.values()))
        value = torch[name] if is_function else getattr(tensor, name)
        shown = f"torch.{name}" if is_function else f"t:{name}"
        families[kernel.__module__].append(entry(shown, value))
    views = [
        entry(f"t:{name}", value, method=True)
        for name, value in sorted(class_members(tensor).items())
        if is_public(name, value) and name not in OPERATIONS
    ]
    intro = "A tensor is a view of a storage: these methods make others, convert and tell."
    yield Family("torch-tensor", "Tensors", intro, [entry("torch.DoubleTensor", tensor), *views])
    for module, entries in sorted(families.items()):
        name = module.rpartition(".")[2]
        yield Family(f"torch-{name}", title(name), paragraph(module), entries)

    functions = [
        entry(f"torch.{name}", value)
        for name, value in sorted(members(torch).items())
        if is_public(name, value) and not is_class(value) and name not in OPERATIONS
    ]
    intro = "Files, classes, types, settings: what `torch` has besides operations on tensors."
    yield Family("torch-functions", "Other functions", intro, functions)
    classes = [
        class_entry(name, cls)
        for name, cls in sorted(REGISTRY.items())
        if place(cls).startswith("torch.") and not name.endswith(("Tensor", "Storage"))
    ]
    classes.append(class_entry("torch.DoubleStorage", REGISTRY["torch.DoubleStorage"]))
    yield Family("torch-classes", "Other classes", "Files, timers, command lines, tests.", classes)


def packages(session: Session) -> Iterator[Family]:
    """The packages that programs require, with the classes that they add to nn and torch."""
    for name, module in sorted((PACKAGES | CUDA).items()):
        if name in APART:
            continue
        value = required(session, name)
        if name == "pl":
            parts = [(f"pl.{part}", required(session, f"pl.{part}")) for part in pl.MODULES]
            entries = [listing(*part) for part in parts]
        elif isinstance(value, Table):
            entries = table_entries(name, value)
        else:
            entries = [entry(name, value)] if callable(value) else []
        room, known = module.removeprefix("th7shell."), {e.name for e in entries}
        for full, cls in sorted(REGISTRY.items()):
            if place(cls).partition(".")[0] == room and full not in known:
                entries.append(class_entry(full, cls))
        yield Family(f"package-{name}", name, paragraph(module), [e for e in entries if e.text])


def libraries(session: Session) -> Iterator[Family]:
    """Lua's own libraries."""
    for name in LIBRARIES:
        yield Family(f"lua-{name}", name, "", table_entries(name, session.globals[name]))


def commands(session: Session) -> Iterator[Family]:
    """The `:commands`, by family."""
    known = load_all().values()
    for family in COMMAND_FAMILIES:
        module = f"th7shell.session.commands.{family}"
        entries = [
            Entry(f":{c.name}", c.summary, f"{signature(c.usage)}\n\n{c.about}")
            for c in known
            if c.run.__module__ == module
        ]
        yield Family(f"commands-{family}", title(family), paragraph(module), entries)


KINDS = {  # file: title, introduction, what makes the families
    "layers": (
        "Layers",
        "Every class of `nn`, by family; `? nn.Linear` shows the same at the prompt. What is where,"
        " and where it differs from the original on purpose: [nn](../nn.md).",
        layers,
    ),
    "tensors": (
        "Tensors and operations",
        "Every name of `torch`; `? torch.sort` shows the same at the prompt. Where it differs from"
        " the original on purpose: [torch](../torch.md).",
        operations,
    ),
    "packages": (
        "Packages",
        "What `require` finds. The same by topic, and where it differs from the originals:"
        " [packages](../packages.md).",
        packages,
    ),
    "lua": (
        "Lua's libraries",
        "The libraries of the language, as LuaJIT 2.1 has them: [the dialect](../lua.md).",
        libraries,
    ),
    "commands": (
        "Commands",
        "What begins with a colon at the prompt or in a cell of a notebook; `:help` lists them"
        " there.",
        commands,
    ),
}


# -- an entry


def entry(name: str, value: Any, method: bool = False) -> Entry:
    """The documentation of one name."""
    last, doc = re.split("[.:]", name)[-1], written(value, name)
    arguments = arguments_of(value, last, method)
    parts = []
    if arguments is not None and f"\n    {name}(" not in doc:  # operations list all their forms
        parts.append(signature(f"{name}({', '.join(arguments)})"))
    form = re.compile(rf"^{re.escape(last)}\([^.;:]*\)\.?\n\n", re.MULTILINE)
    for is_example, text in pieces(doc):
        parts.append(both(text) if is_example else form.sub("", text))
    return Entry(name, about(value), "\n\n".join(parts))


def class_entry(name: str, cls: Any) -> Entry:
    """A class, and the methods that it has beside those of all layers."""
    own = {k: m for k, m in vars(cls).items() if is_public(k, m)}
    if cls.__name__ not in ENGINE:
        engine = {k for base in ENGINE for k in vars(REGISTRY[f"nn.{base}"])}
        own = {k: m for k, m in own.items() if k not in engine}
    rows = [(f"`{k}`", summary(m.__doc__)) for k, m in sorted(own.items()) if m.__doc__]
    made = entry(name, cls)
    if rows:
        made.text += f"\n\n{table(rows)}"
    return made


def table_entries(name: str, held: Table) -> list[Entry]:
    """The functions and classes of a package; of the tables in it a line for each function."""
    entries = []
    for key, value in sorted(members(held).items()):
        full = f"{name}.{key}"
        if is_class(value):
            entries.append(class_entry(full, value))
        elif is_public(key, value):
            entries.append(entry(full, value))
        elif isinstance(value, Table) and key[0] != "_":
            entries.append(listing(full, value))
    return [e for e in entries if e.text]


def listing(name: str, held: Any) -> Entry:
    """A table of functions, with a line about each."""
    inner = sorted((k, v) for k, v in members(held).items() if is_public(k, v))
    rows = [(f"`{name}.{key}`", about(value)) for key, value in inner]
    return Entry(name, about(held), table(rows) if rows else "")


def signature(text: str) -> str:
    return f"```{{code-block}} text\n:class: signature\n\n{text}\n```"


def both(code: str) -> str:
    """An example in Lua and in Python; once, where both are written alike."""
    lua = in_lua(code)
    if lua == code:
        return block("lua", code, "Lua and Python")
    blocks = block("lua", lua, "Lua"), block("python", code, "Python")
    return "\n".join(("::::{container} spellings", *blocks, "::::"))


def block(language: str, code: str, caption: str) -> str:
    return f":::{{code-block}} {language}\n:caption: {caption}\n\n{code}\n:::"


def required(session: Session, name: str) -> Any:
    """What `require` gives for a name, None where something is missing."""
    session.globals.opened = None
    session.evaluate(f"opened = require '{name}'")
    return rawget(session.globals, "opened")


def place(cls: Any) -> str:
    return cls.__module__.removeprefix("th7shell.")


def is_public(name: str, value: Any) -> bool:
    return callable(value) and name.isascii() and not name.startswith("_")


def paragraph(module: str) -> str:
    """What a module says of itself, in its first paragraph."""
    return (import_module(module).__doc__ or "").partition("\n\n")[0]


def title(name: str) -> str:
    return name.upper() if name in ("blas", "lapack") else name.replace("_", " ").capitalize()


def phrase(text: str) -> str:
    """What a paragraph speaks of: its first words, to a colon, comma or full stop."""
    return re.split("[:.,]", text)[0]
