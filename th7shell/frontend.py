"""Where a library asks the running front end to show something.

`image.display`, `itorch.image`, `gnuplot.plot` … live below the session and may not print or import
`display`. They call `show(kind, value, **options)`; the session that runs them has installed a
shower (terminal or notebook). Without one, as in plain Python, `show` says what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.lua import state

Shower = Callable[..., Any]


def install(shower: Shower | None) -> Shower | None:
    """Make `shower(kind, value, **options)` the place where things are shown; the previous one is
    returned. Each interpreter has its own."""
    world = state.current.world
    previous, world.shower = world.shower, shower
    return previous


def show(kind: str, value: Any, **options: Any) -> Any:
    """Show `value`; kinds: 'image' (2-D gray or 3-D planes×h×w tensor), 'plot' (plot.Figure),
    'html' (text), 'audio' and 'video' (path of a file). The result is the front end's handle, or
    None."""
    shower = state.current.world.shower or state.MAIN.shower
    if shower is None:
        raise RuntimeError(f"nothing to show a {kind} on: run under th7shell, or save it to a file")
    return shower(kind, value, **options)
