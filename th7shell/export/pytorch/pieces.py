"""What a layer becomes in a PyTorch source: a module of its own, or an expression."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

#: how firmly an expression holds together
SUM, PRODUCT, WHOLE = 1, 2, 3
NEEDED = {"": 0, "m": PRODUCT, "p": WHOLE}


class Text(str):
    """Python source of a value. `{0:p}` in a template puts parentheses around it unless it is one
    operand, `{0:m}` where it is a sum."""

    level: int

    def __new__(cls, text: str, level: int = WHOLE) -> Text:
        """level: SUM, PRODUCT or WHOLE."""
        made = super().__new__(cls, text)
        made.level = level
        return made

    def __format__(self, spec: str) -> str:
        return f"({self})" if self.level < NEEDED[spec] else str(self)


@dataclass
class Layer:
    """A module: its constructor, what to call it, its arrays by name, the helpers it is made of.

    inline: the same as an expression, where the module has nothing to keep. call: how it is
    called, where that is not `module(input)`.
    """

    text: str
    stem: str
    state: dict[str, NDArray[Any]] = field(default_factory=dict)
    helpers: tuple[str, ...] = ()
    inline: str = ""
    call: str = ""
    outputs: int = 1  # more: what comes after the first are indices of maxima


@dataclass
class Expression:
    """A template over the inputs; stem: what to call the result. level: see Text."""

    text: str
    stem: str = "y"
    level: int = WHOLE
    helpers: tuple[str, ...] = ()


def number(value: Any) -> str:
    """A number as Python source: without a fraction where it has none."""
    value = float(value)
    if value in (float("inf"), float("-inf")):
        return f'float("{value}")'
    return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def sizes(values: tuple[int, ...]) -> str:
    """`3` where all are alike, else `(3, 2)`."""
    return str(values[0]) if len(set(values)) == 1 else str(tuple(values))


def arguments(*first: Any, **more: tuple[Any, Any]) -> str:
    """Arguments of a constructor: positional ones, then those whose value is not the default:
    `arguments(3, 8, stride=(2, 1))`."""
    texts = [a if isinstance(a, str) else number(a) for a in first]
    for name, (value, default) in more.items():
        if value != default:
            texts.append(f"{name}={value if isinstance(value, (str, bool)) else number(value)}")
    return ", ".join(texts)
