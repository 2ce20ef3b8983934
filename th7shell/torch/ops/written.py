"""Kernels that are given as Python text, which a compiled operation has in its own body.

A call of a function costs as much as NumPy takes to add ten numbers. So the kernels of what is
called most are written as a few lines over the names of their arguments, and `dispatch.py` puts
these lines, with the arguments' values for the names, where it would call a kernel. A kernel so
written is a function too, for those that call it themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from textwrap import dedent
from typing import Any, NamedTuple

NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")


class Place(NamedTuple):
    """What is known of the arguments where a kernel's text is put."""

    same: bool = False  # the first two, result and operand, are one tensor
    usual: bool = False  # the third is 1, since it is not given
    fresh: bool = False  # the result is new: the text gives its array the name `made` instead


class Written:
    """A kernel of the named arguments; `text` is what it does, or a function that gives that for a
    `Place`, `names` are the objects that it uses."""

    def __init__(self, arguments: str, text: str | Callable[[Place], str], **names: Any) -> None:
        self.arguments = arguments.split()
        self.text = text
        self.names = names

    def text_at(self, place: Place) -> str:
        return dedent(self.text if isinstance(self.text, str) else self.text(place)).strip()

    @property
    def makes(self) -> bool:
        """Whether the kernel makes the array of a new result."""
        return not isinstance(self.text, str) and "made = " in self.text_at(Place(fresh=True))

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The kernel as a function."""
        body = "\n".join("    " + line for line in self.text_at(Place()).splitlines())
        space = dict(self.names)
        fill_in(space)
        exec(f"def kernel({', '.join(self.arguments)}):\n{body}", space)
        function: Callable[..., Any] = space["kernel"]
        return function

    def __call__(self, *values: Any) -> Any:
        return self.function(*values)

    def lines(self, prefix: str, values: list[str], fresh: bool) -> list[str]:
        """The text for arguments of these values (names or constants); the objects that it uses
        have `prefix` before their names."""
        same = len(values) > 1 and values[0] == values[1]
        text = self.text_at(Place(same, values[2:3] == ["1"], fresh))
        words = dict(zip(self.arguments, values, strict=True))
        words |= {name: prefix + name for name in self.names}
        return NAME.sub(lambda found: words.get(found[0], found[0]), text).splitlines()


class Late:
    """A function of a written kernel that is found when it is first called: in `meanwhile`'s place
    after so many calls."""

    def __init__(
        self, find: Callable[[], Any], meanwhile: Callable[..., Any] | None = None, calls: int = 0
    ) -> None:
        self.find = find
        self.meanwhile = meanwhile
        self.calls = calls

    def stand_in(self, space: dict[str, Any], name: str) -> Callable[..., Any]:
        """What stands under `name` in a compiled function's globals until then."""
        left = self.calls

        def first(*values: Any) -> Any:
            nonlocal left
            if left and self.meanwhile is not None:
                left -= 1
                return self.meanwhile(*values)
            found = space[name] = self.find()
            return found(*values)

        return first


def fill_in(space: dict[str, Any]) -> None:
    """Put stand-ins for what is found late into the globals of a compiled function."""
    for name, value in space.items():
        if isinstance(value, Late):
            space[name] = value.stand_in(space, name)
