"""Commands about networks: `:summary`, `:prof`, `:watch`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from th7shell import lua

from .. import entries
from .registry import CommandError, command

if TYPE_CHECKING:
    from ..core import Session


SIZES = re.compile(r"\b\d+(?:x\d+)+\b")  # as people write them: 3x224x224


def values(session: Session, text: str, count: int, usage: str) -> list[Any]:
    """The values of `a, b` or `a b`, evaluated as Lua."""
    if "," not in text:
        text = ", ".join(text.split(None, count - 1))
    chunk = entries.as_expression(text) if text else None
    if chunk is None:
        raise CommandError(usage)
    found = list(entries.expression_values(session.environment.load(chunk, "=:command")()))
    if len(found) < count or found[0] is None:
        raise CommandError(usage)
    return found


def module_of(value: Any) -> Any:
    """A value that must be a network."""
    if getattr(value, "updateOutput", None) is None:
        raise CommandError(f"a network expected, not {lua.lua_type(value)}")
    return value


@command("net, 1x32x32")
def summary(session: Session, argument: str) -> Any:
    """Show a network as a table: output size, parameters, multiply-adds and memory of every layer,
    for an input of the sizes given: `:summary net, 1x32x32`, `:summary net, {1,32,32}`. Also
    `net:summary{1,32,32}`."""
    from th7shell.display.layers import summary_table

    argument = SIZES.sub(lambda found: f"{{{found[0].replace('x', ', ')}}}", argument)
    net, *sizes = values(session, argument, 2, "usage: :summary net, 1x32x32")
    return summary_table(module_of(net).summary(*sizes))


@command("net, input")
def prof(session: Session, argument: str) -> Any:
    """Time each layer of a network, forward and backward, over ten runs: milliseconds, share,
    parameters and multiply-adds."""
    from th7shell.display.model import profile

    net, input = values(session, argument, 2, "usage: :prof net, input")[:2]
    return profile(module_of(net), input)


@command("[on|off]")
def watch(session: Session, argument: str) -> Any:
    """Show every optim.Logger as sparklines and numbers that are updated in place while training
    runs; `:watch` alone shows them once."""
    from th7shell.display.live import LIVE

    word = argument.strip()
    if word == "on":
        LIVE.attach()
        return "watching optim.Logger\n"
    if word == "off":
        LIVE.detach()
        return None
    if word:
        raise CommandError(f":watch on or :watch off, not '{word}'")
    return LIVE.text() or "no optim.Logger has been filled yet (:watch on first)\n"
