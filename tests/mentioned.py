"""A pytest plugin (`-p tests.mentioned`): before any test a Lua chunk is loaded that mentions every
name which the package asks objects for. From then on each of them is nil where it is absent, as
docs/objects.md says, and not an AttributeError."""

from __future__ import annotations

import ast
import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "th7shell"
RESERVED = set(
    "and break do else elseif end false for function goto if in local nil not or repeat return then true "
    "until while".split()
)


def sources():
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))


def asked_names() -> set[str]:
    """All attribute names in the package, those given to getattr and hasattr included."""
    names = set()
    for _, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                names.add(node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.add(node.value)
    return {n for n in names if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", n) and n not in RESERVED}


def mention() -> int:
    """Load the chunk; how many names it has."""
    from th7shell.lua import Table
    from th7shell.lua.compiling import compile_chunk

    names = sorted(asked_names())
    for start in range(0, len(names), 100):
        body = "\n".join(f"_ = t.{name}" for name in names[start : start + 100])
        compile_chunk(f"local t = ...\n{body}", "=names", Table())
    return len(names)


def pytest_configure(config):
    mention()
