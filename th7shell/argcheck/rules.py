"""What `argcheck{…}` is given: rules, one for each argument, and the options for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from th7shell.lua import Table, TorchError, listed, lua_type
from th7shell.lua.arithmetic import truth

HERE, ABSENT, NIL = 1, 2, 3  # how an argument may come: given, left out, given as nil


@dataclass(slots=True)
class Rule:
    """One argument."""

    name: Any
    type: Any
    help: str
    check: Any
    opt: bool
    default: Any
    defaulta: Any
    defaultf: Any

    @property
    def may_miss(self) -> bool:
        """Whether the argument may be left out or nil."""
        has_default = self.default is not None or self.defaultf is not None
        return self.opt or has_default or bool(self.defaulta)

    @property
    def ways(self) -> tuple[int, ...]:
        """How the argument may come, in the order in which the ways are laid out."""
        return (NIL, ABSENT, HERE) if self.may_miss else (HERE,)


class Rules:
    """The rules of one `argcheck{…}`, `table`, and its options. Errors: options of wrong types."""

    def __init__(self, table: Table) -> None:
        self.table = table
        _require(
            not (truth(table["noordered"]) and truth(table["nonamed"])),
            "rules must be at least ordered or named",
        )
        for field, kind in (
            ("help", "string"),
            ("doc", "string"),
            ("chain", "function"),
            ("overload", "function"),
        ):
            _check(table, "rules", field, kind)
        _require(
            table["chain"] is None or table["overload"] is None,
            "rules must have either overload [or chain (deprecated)]",
        )
        _require(
            table["doc"] is None or table["help"] is None, "choose between doc or help, not both"
        )
        self.rules = [_rule(rule) for rule in listed(table)]
        self.text = table["help"] or table["doc"]
        self.noordered = truth(table["noordered"])
        self.nonamed = truth(table["nonamed"])
        self.pack = truth(table["pack"])
        self.quiet = truth(table["quiet"])
        self.force = truth(table["force"])
        self.call = table["call"]
        self.is_method = bool(self.rules) and self.rules[0].name == "self"
        if self.is_method:
            _require(
                not self.rules[0].may_miss, "self cannot be optional, nor having a default value!"
            )

    def place(self, name: Any) -> int:
        """Where the argument of a name stands, from 0."""
        for i, rule in enumerate(self.rules):
            if rule.name == name:
                return i
        raise TorchError(f"invalid defaulta name <{name}>")


def _require(condition: Any, message: str) -> None:
    if not condition:
        raise TorchError(message)


def _check(table: Any, owner: str, field: str, kind: str) -> None:
    value = table[field]
    _require(value is None or lua_type(value) == kind, f"{owner} {field} must be a {kind} or nil")


def _rule(table: Any) -> Rule:
    _require(table["name"] is not None, "rule must have a name field")
    for field, kind in (
        ("type", "string"),
        ("help", "string"),
        ("doc", "string"),
        ("check", "function"),
        ("defaulta", "string"),
        ("defaultf", "function"),
    ):
        _check(table, "rule", field, kind)
    return Rule(
        name=table["name"],
        type=table["type"],
        help=(table["help"] or "") + (table["doc"] or ""),
        check=table["check"],
        opt=truth(table["opt"]),
        default=table["default"],
        defaulta=table["defaulta"],
        defaultf=table["defaultf"],
    )


def holds(answer: Any) -> bool:
    """Whether a function of the user said yes."""
    return truth(answer)
