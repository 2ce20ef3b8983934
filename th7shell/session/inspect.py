"""Help: `? x`, `?? x`, `x?`, `help(x)`, `:apropos`, `browse()`. Pages are Markdown; the front end
renders them."""

from __future__ import annotations

import inspect as python_inspect
import re
import sys
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from th7shell import lua
from th7shell.display.listing import Listing
from th7shell.display.shown import Page
from th7shell.lua import Table, rawget
from th7shell.lua.compiler.chunks import chunk_id
from th7shell.lua.marks import CHUNK

from . import describe, offered, suggest
from .context import chain_before
from .members import is_class, is_lua, is_tensor, kind, members, resolve, type_name
from .scan import tokens
from .signatures import arguments_of
from .spelling import in_lua

if TYPE_CHECKING:
    from .core import Session

SELF_HELP = """\
# th7shell

An expression is evaluated and printed; a statement runs; `;` at the end keeps it quiet.

| type | for |
|---|---|
| `? nn.Linear`, `nn.Linear?` | help on a name or a value |
| `?? f` | the source of a function |
| `Tab` | completion; the line below shows a call's arguments |
| `_`, `_1`, `_LAST`, `_RESULTS` | earlier results |
| `Up`, `Ctrl-R` | earlier entries with the same beginning; fuzzy search |
| `Alt-Enter` | a new line inside an entry |
| `Ctrl-X Ctrl-E` | edit the entry in `$EDITOR` |
| `Ctrl-C`, `Ctrl-D` | interrupt; leave |
| `$ ls -l` | the system's shell; the text is `_LAST` |
| `who()` | your variables |
| `:help` | commands such as `:time`, `:profile`, `:prof`, `:history`, `:log`, `:set` |
| `F2` | settings |
| `browse()`, `:apropos word` | documentation |
"""


EXAMPLE = re.compile(r"\s*(?:>>>|\.\.\.)(?: (.*)|$)")


def page(name: str, session: Session) -> Page:
    """The help page of what `name` (an expression of names and keys) denotes."""
    name = name.strip()
    if not name:
        return Page(SELF_HELP, "th7shell")
    value = _found(name, session)
    if value is None:
        near = suggest.closest(name, session.globals)
        text = f"Nothing is called `{name}`."
        package = re.split("[.:]", name)[0]
        if package in offered.names() and rawget(session.globals, package) is None:
            text = f"`{package}` is a package that is not loaded yet: mention it, then ask again."
        elif near:
            text += " Did you mean " + ", ".join(f"`{n}`" for n in near) + "?"
        return Page(text, name)
    return page_of(value, name)


def _found(name: str, session: Session) -> Any:
    """What a name denotes; in a package that is not loaded yet, what it will denote then."""
    return resolve(session.globals, chain_before(tokens(name.replace(":", "."))))


def page_of(value: Any, name: str = "") -> Page:
    """The help page of a value."""
    if not name:
        name = getattr(value, "__name__", None) or type_name(value) or lua.lua_type(value)
    if is_tensor(value):
        from th7shell.display.tensors import facts

        return Page(facts(value), name)
    head = _heading(value, name)
    doc = documentation(value, name)
    if not doc and isinstance(value, Table) and not is_class(value):
        doc = _contents(value)
    return Page(f"{head}\n\n{doc}" if doc else head, name)


def _heading(value: Any, name: str) -> str:
    last = name.replace(":", ".").rpartition(".")[2]
    if callable(value) or is_class(value):
        words = arguments_of(value, last, ":" in name)
        shown = f"({', '.join(words)})" if words is not None else "(…)"
        return f"# {name}{shown}"
    return f"# {name}\n\n{kind(value)}"


def documentation(value: Any, name: str = "") -> str:
    """The Markdown of a value's documentation, its examples in Lua."""
    return markdown(written(value, name))


def written(value: Any, name: str = "") -> str:
    """A value's documentation as it is written: a tensor operation's page, a docstring, or the
    comment above a Lua function."""
    operations = sys.modules.get("th7shell.torch.ops")
    own = operations.operation_of(value) if operations is not None else None
    if operations is not None and own is not None:
        return operations.help_page(own) or ""
    if callable(value) and is_lua(value):
        return describe.comment_above(value)
    target = value if is_class(value) or callable(value) else type(value)
    if target.__module__.startswith("th7shell.") or callable(value):
        text = python_inspect.getdoc(target) or ""
        if target in (Table,) or text == python_inspect.getdoc(type):
            return ""
        return text
    return ""


def pieces(text: str) -> Iterator[tuple[bool, str]]:
    """A docstring's parts in their order: (whether it is an example, its text). An example is
    Python's code without its prompts."""
    for is_example, lines in groupby(map(_example, text.splitlines()), lambda line: line[0]):
        yield is_example, "\n".join(line for _, line in lines)


def _example(line: str) -> tuple[bool, str]:
    found = EXAMPLE.match(line)
    return (True, found[1] or "") if found else (False, line)


def markdown(text: str) -> str:
    """A docstring as Markdown: its examples, which are Python, become blocks of Lua."""
    return "\n".join(
        f"```lua\n{in_lua(part)}\n```" if is_example else part for is_example, part in pieces(text)
    )


def _contents(table: Table) -> str:
    held = members(table)
    names = sorted(k for k in held if not k.startswith("_"))
    rows = [
        f"| `{n}` | {describe.word(held[n])} | {_cell(describe.about(held[n]))} |" for n in names
    ]
    return "\n".join(["| name | what | |", "|---|---|---|", *rows]) if rows else "An empty table."


def _cell(text: str) -> str:
    """Text as it stands in a Markdown table."""
    return re.sub(r"([\\|_*`\[\]<])", r"\\\1", text)


def source_page(name: str, session: Session) -> Page:
    """The source of a function or class, Lua or Python, with its place."""
    value = _found(name, session)
    if value is None:
        return page(name, session)
    if not (callable(value) or is_class(value)):
        return page_of(value, name)
    if callable(value) and is_lua(value):
        return lua_source(value, name)
    try:
        lines, first = python_inspect.getsourcelines(python_inspect.unwrap(value))
        file = python_inspect.getsourcefile(value) or ""
    except (OSError, TypeError):
        return Page(f"`{name}` has no source that can be shown.", name)
    short = "th7shell/" + file.replace("\\", "/").rpartition("th7shell/")[2]
    return Page(f"{short}:{first}", name, "".join(lines), first)


def lua_source(function: Any, name: str) -> Page:
    """The lines of a Lua function: from where it begins to the `end` that closes it."""
    from th7shell.lua.compiler.parser import parse
    from th7shell.lua.errors import LuaSyntaxError

    code = function.__code__
    first = code.co_firstlineno
    every = describe.source_lines(function)
    if not every:
        return Page(f"`{name}` has no source that can be shown.", name)
    last = first
    for last in range(first, len(every) + 1):
        text = "\n".join(every[first - 1 : last])
        start = text.find("function")
        body = re.sub(r"^function\s*[\w.:]*", "function", text[start:]) if start >= 0 else text
        try:
            parse("return " + body, "=source")
            break
        except LuaSyntaxError as e:
            if not e.incomplete:
                break
    text = "\n".join(every[first - 1 : last])
    return Page(f"{chunk_id(function.__globals__[CHUNK])}:{first}", name, text, first, "lua")


def packages(globals: Table) -> dict[str, Table]:
    """The packages and Lua's libraries by name; those that are not loaded as far as they tell."""
    names = (*offered.names(), "string", "table", "math", "io", "os", "coroutine")
    found = {name: rawget(globals, name) or offered.peek(name) for name in names}
    return {name: table for name, table in found.items() if isinstance(table, Table)}


def package_page(name: str, session: Session) -> Page | Listing:
    """What a package holds, one line a name; without a name, the packages."""
    known = packages(session.globals)
    if not name:
        rows = [(f"browse('{n}')", f"{len(members(t))} names") for n, t in known.items()]
        return Listing(rows, "packages")
    if name not in known:
        return page(name, session)
    table = members(known[name])
    names = sorted(k for k in table if not k.startswith("_"))
    return Listing([(k, describe.about(table[k])) for k in names], name)


def search(words: str, globals: Table) -> Listing:
    """Every public name that has the words in itself or its documentation, those that have the
    first in their name before the others."""
    wanted = words.lower().split()
    found = []
    for owner, table in packages(globals).items():
        for name, value in members(table).items():
            called = callable(value) or is_class(value)
            doc = documentation(value, name) if called else ""
            if name.startswith("_") or not all(w in f"{name} {doc}".lower() for w in wanted):
                continue
            about = describe.about(value) if called else ""
            found.append((wanted[0] not in name.lower(), f"{owner}.{name}", about))
    return Listing([(name, about) for _, name, about in sorted(found)])
