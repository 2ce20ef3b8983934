"""The text of nested modules: every container prints its children indented, branches with a bar
beside them.
"""

from __future__ import annotations

from typing import Any

from th7shell.lua import tostring


def indented(text: str, margin: str) -> str:
    """`text` with `margin` before every line but the first."""
    return text.replace("\n", "\n" + margin)


def chain_text(title: str, children: list[Any]) -> str:
    """The tree of a container that feeds each child the output of the one before."""
    arrows = "".join(f" -> ({i})" for i in range(1, len(children) + 1))
    lines = "".join(
        f"\n  ({i}): {indented(tostring(child), '  ')}" for i, child in enumerate(children, 1)
    )
    return f"{title} {{\n  [input{arrows} -> output]{lines}\n}}"


def branches_text(title: str, children: list[Any]) -> str:
    """The tree of a container that feeds its children side by side."""
    lines = [f"{title} {{", "  input"]
    for i, child in enumerate(children, 1):
        last = i == len(children)
        mark, margin = ("     `-> ", " " * 9) if last else ("    |`-> ", "    |    ")
        lines.append(f"{mark}({i}): {indented(tostring(child), margin)}")
    return "\n".join(lines + ["     ... -> output", "}"])
