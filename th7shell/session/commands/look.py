"""Commands about how things look: themes, the last plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from th7shell.display import themes

from .registry import CommandError, command

if TYPE_CHECKING:
    from ..core import Session


@command("[name]")
def theme(session: Session, argument: str) -> Any:
    """Choose the colours of code, results, messages, tables and the menu, or show what the themes
    look like; `terminal` uses the window's own."""
    from .samples import sample, samples

    names = themes.names()
    if not argument:
        return samples(names, session.settings.theme)
    if argument not in names:
        raise CommandError(f"no theme {argument}; :theme shows them")
    session.settings.set("theme", argument)
    return sample(argument)


@command("[file.svg|.png|.html]")
def plot(session: Session, argument: str) -> Any:
    """Draw the last plot again, or save it to a file."""
    if session.last_plot is None:
        raise CommandError("no plot yet: gnuplot.plot(…), itorch.Plot() … draw one")
    if argument:
        from th7shell.plot import save

        try:
            save(session.last_plot, argument)
        except ValueError as e:
            raise CommandError(str(e)) from None
        return f"{argument}\n"
    session.shower("plot", session.last_plot)
    return None


@command("tensor")
def heat(session: Session, argument: str) -> Any:
    """Draw a matrix as a heat map: large elements are bright. A vector is a matrix of one row."""
    from th7shell.plot.figure import Figure, Series
    from th7shell.torch.tensor import Tensor

    from .model import values

    (value, *_) = values(session, argument, 1, "usage: :heat tensor")
    if not isinstance(value, Tensor) or value.nd.ndim > 2 or not value.nd.size:
        raise CommandError(f"a matrix expected, not {_kind(value)}")
    z = np.atleast_2d(np.asarray(value.nd, dtype=np.float64))
    none = np.zeros(0)
    session.last_plot = Figure([Series("heat", none, none, z=z)], legend=False, equal=True)
    session.shower("plot", session.last_plot)
    return None


def _kind(value: Any) -> str:
    from th7shell import lua
    from th7shell.torch.tensor import Tensor

    if not isinstance(value, Tensor):
        return lua.lua_type(value)
    size = "x".join(map(str, value.nd.shape)) if value.nd.size else "nothing"
    return f"a tensor of {size}"
