"""Nothing at the top of a file is there for nobody: each function, class and constant is named once
more somewhere in the package or its tools."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = sorted((ROOT / "th7shell").rglob("*.py"))
FOUND_BY_OTHERS = {"coverage_init"}  # coverage.py asks a plugin for it
LISTS = {"OBJECT_ATTRIBUTES", "VARIABLES"}  # what tests compare the package with


def top_names(tree: ast.Module):
    """Functions and classes without decorators, and constants, of a module."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.decorator_list:
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (t.id for t in node.targets if isinstance(t, ast.Name))


def test_every_name_is_used():
    tools = [*(ROOT / "docs").glob("*.py"), *(ROOT / "benchmarks").glob("*.py")]
    texts = {path: path.read_text(encoding="utf-8") for path in (*PACKAGE, *tools)}
    used = Counter(word for text in texts.values() for word in re.findall(r"\w+", text))
    unused = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in PACKAGE
        for name in top_names(ast.parse(texts[path]))
        if used[name] == 1 and not name.startswith("__")
    ]
    assert [line for line in unused if line.split()[-1] not in FOUND_BY_OTHERS | LISTS] == []
