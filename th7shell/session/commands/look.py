"""Commands about how things look: themes, the last plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from th7shell.display import themes
from th7shell.session.commands.registry import CommandError, command

if TYPE_CHECKING:
    from th7shell.session.core import Session


@command("[name]")
def theme(session: Session, argument: str) -> Any:
    """Choose the colours of code, results, messages, tables and the menu, or show what the themes
    look like; `terminal` uses the window's own."""
    from th7shell.session.commands.samples import sample, samples

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
