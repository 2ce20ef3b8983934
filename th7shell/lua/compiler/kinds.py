"""What a value can be, as far as the compiler knows before running."""

from __future__ import annotations

from functools import cache
from typing import Any

COUNTER = 51  # bits of a counter: so many that only ± small literals stay unguarded
_LITERAL = 17


class Kind:
    """One of the kinds below. bits: of a whole number at most so many, 0 of all else; least: 1 of a
    positive one, 0 of one that is not negative, else -1; number: whole or not."""

    __slots__ = ("bits", "least", "name", "number")

    def __init__(self, name: str, number: bool = False, bits: int = 0, least: int = -1):
        self.name, self.number, self.bits, self.least = name, number, bits, least

    @property
    def natural(self) -> bool:
        """Whether it is a whole number that is not negative."""
        return self.least >= 0

    @property
    def positive(self) -> bool:
        """Whether it is a whole number from 1 on."""
        return self.least > 0

    def __repr__(self) -> str:
        return self.name


UNSEEN = Kind("unseen")  # no value was seen yet, while the fixpoint runs
ANY = Kind("any")
NIL = Kind("nil")
BOOLEAN = Kind("boolean")
STRING = Kind("string")
TABLE = Kind("table")  # made here
FUNCTION = Kind("function")
FLOAT = Kind("float", number=True)
NUMBER = Kind("number", number=True)  # a float, or whole within the exact range


@cache
def whole(bits: int, least: int) -> Kind:
    """The whole numbers of at most so many bits, from 1 on, from 0 on, or (-1) all."""
    return Kind(f"{('natural', 'positive', 'whole')[least]} {bits}", True, bits, least)


def of_constant(value: Any) -> Kind:
    """The kind of a literal."""
    if value.__class__ is int:
        return whole(max(value.bit_length(), 1), max(-1, min(value, 1)))
    return {float: FLOAT, str: STRING, bool: BOOLEAN, type(None): NIL}.get(value.__class__, ANY)


def join(a: Kind, b: Kind) -> Kind:
    """The kind that covers both."""
    if a is UNSEEN or a is b:
        return b
    if b is UNSEEN:
        return a
    if a.bits and b.bits:
        return whole(max(a.bits, b.bits), min(a.least, b.least))
    return NUMBER if a.number and b.number else ANY


def widened(kind: Kind) -> Kind:
    """Whole numbers that grow from round to round are counters."""
    return whole(COUNTER, kind.least) if kind.bits else kind


def loop_kind(first: Kind, step: Kind) -> Kind:
    """The kind of a loop's variable: as large as a limit may be."""
    if first.bits and step.bits:
        return whole(max(31, first.bits), first.least if step.natural else -1)
    if first is UNSEEN or step is UNSEEN:
        return UNSEEN
    return FLOAT if first is FLOAT or step is FLOAT else NUMBER


def arithmetic_kind(op: str, a: Kind, b: Kind, divisor: Any) -> Kind:
    """The kind of `a op b` for two numbers; the emitter guards what could leave the exact range.
    divisor: the literal on the right, None if there is none."""
    if op == "/" or op == "^":
        return FLOAT
    if op not in "+-*%":
        return NUMBER
    if op == "%":
        if a.bits and b.natural and divisor:
            return whole(b.bits, 0)
        return NUMBER
    if a is FLOAT or b is FLOAT:
        return FLOAT
    if a is NUMBER or b is NUMBER:
        return NUMBER
    return exact(op, a, b) or NUMBER


def exact(op: str, a: Kind, b: Kind) -> Kind | None:
    """The kind of a whole result that needs no guard, None if it needs one."""
    if op == "*":
        bits = a.bits + b.bits
        if not a.natural or not b.natural or bits > COUNTER:
            return None
        return whole(bits, min(a.least, b.least))
    bits = max(a.bits, b.bits) + 1
    if bits > COUNTER:
        if min(a.bits, b.bits) > _LITERAL:
            return None
        bits = COUNTER
    natural = op == "+" and a.natural and b.natural
    return whole(bits, max(a.least, b.least) if natural else -1)
