"""A network as HTML: its modules as a tree whose branches fold."""

from __future__ import annotations

import html
from typing import Any

from th7shell.lua import LuaError
from th7shell.nn.tools.summary import children, own_parameters, title

OPEN = 3  # levels that are open at first
MOST = 2000  # modules, beyond which the rest is counted only


def tree(net: Any) -> str:
    """The tree of a network's modules, each with its own parameters."""
    count = [0]
    return f'<div class="th7shell-net">{_node(net, 0, count)}</div>'


def _node(module: Any, depth: int, count: list[int]) -> str:
    count[0] += 1
    inside = children(module) if count[0] < MOST else []
    label = _label(module)
    if not inside:
        return f"<div>{label}</div>"
    parts = "".join(
        f'<div style="display:flex"><span style="opacity:.55;margin-right:.6em">({i})</span>'
        f"{_node(child, depth + 1, count)}</div>"
        for i, child in enumerate(inside, 1)
    )
    shown = " open" if depth < OPEN else ""
    return (
        f"<details{shown}><summary>{label}</summary>"
        f'<div style="margin-left:1.2em">{parts}</div></details>'
    )


def _label(module: Any) -> str:
    try:
        text = title(module)
    except LuaError:  # a __tostring__ of the user's that fails
        text = type(module).__name__
    number = own_parameters(module)
    some = f' <span style="opacity:.55">{number:,} parameters</span>' if number else ""
    return f"<code>{html.escape(text.splitlines()[0] if text else '')}</code>{some}"
