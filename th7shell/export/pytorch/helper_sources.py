"""The sources of the helpers, by class name."""

from __future__ import annotations

import ast
from functools import cache
from importlib import resources


@cache
def sources() -> dict[str, str]:
    """Class name → its source, in the order of the files."""
    found = {}
    folder = resources.files(__package__) / "helpers"
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".py"):
            text = file.read_text(encoding="utf-8")
            for part in ast.parse(text).body:
                if isinstance(part, ast.ClassDef):
                    found[part.name] = ast.get_source_segment(text, part) or ""
    return found
