"""Argument lists as declarations write them, of tensor operations and of constructors alike.

`'*res:T?, t:T, value:real=1'` or `'kW kH dW=1 dH=dW weights?'`: arguments are parted by commas or
blanks. `name:kind` says what an argument is (what kinds there are is the declaring side's matter,
see `ops/declare.py`); `=x` is a default: a number, `true`, `'text'`, or the name of an earlier
argument; `?` marks one that may be left out and is then nil (`?=x`: which means x), `!` one that no
caller gives, `…` any number of them.
`*` marks a tensor that is returned, `^` another argument that is returned in its place.
"""

from __future__ import annotations

from typing import NamedTuple

from th7shell.lua.regular import pattern

from .types import ELEMENT_TYPES

ARGUMENT = pattern(r"([*^]?)(\w+)(?::([\w|]+)(?:~(\d))?)?([?!…]?)(?:=(\S+))?$")
WORDS = {
    "T": "tensor",
    "Ts": "table of tensors",
    "real": "number",
    "constant": "number",
    "accreal": "number",
    "double": "number",
    "long": "whole number",
    "int": "whole number",
    "index": "dimension, counted from 1",
    "boolean": "true or false",
    "sizes": "sizes, or one LongStorage of them",
    "generator": "torch.Generator",
}


class Argument(NamedTuple):
    """One argument, as its declaration spells it."""

    name: str
    kind: str
    dims: int | None
    returned: bool
    fresh: bool
    hidden: bool  # always fresh: no caller can give it
    default: str | None
    back: bool = False  # returned in place of the result
    rest: bool = False  # any number of arguments

    @property
    def optional(self) -> bool:
        return not self.hidden and (self.fresh or self.default is not None)

    @property
    def words(self) -> str:
        """What the argument is, for the help page."""
        kind, default = self.kind, self.default
        words = WORDS.get(kind)
        if words is None:
            letters = "' or '".join(kind.split("|"))
            words = f"'{letters}'" if "|" in kind else kind
        if self.dims is not None:
            words += f" of {self.dims} dimension" + ("s" if self.dims > 1 else "")
        if self.returned:
            words += ", the result" + ("; made if it is not given" if self.fresh else "")
        elif default is not None and default not in ("0", "res"):
            words += f" (default: {default})"
        return words

    def type_name(self, letter_type: str) -> str:
        """The argument's type in the error text, for the tensor type `'Double'` …"""
        kind = self.kind
        row = ELEMENT_TYPES[letter_type]
        tensor = f"{letter_type}Tensor"
        if kind == "T":
            kind = tensor
        elif kind == "Ts":
            kind = f"{{{tensor}+}}"
        elif kind in ("real", "constant"):
            kind = row.c_name
        elif kind == "accreal":
            kind = "double" if row.real else "long"
        elif kind == "sizes":
            kind = "(LongStorage | dim1 [dim2...])"
        elif kind == "generator":
            kind = "Generator"
        elif "|" in kind:
            kind = f"({kind})"
        elif kind.endswith("Tensor"):
            kind = row.prefix + kind
        if self.dims is not None:
            kind += f"~{self.dims}D"
        if self.returned:
            kind = f"*{kind}*"
        return f"[{kind}]" if self.optional else kind


def parse(text: str) -> tuple[Argument, ...]:
    """Read an argument list (see the top of this file)."""
    out = []
    for item in text.replace(",", " ").split():
        found = ARGUMENT.match(item)
        if found is None:
            raise ValueError(f"cannot read the declared argument {item!r}")
        mark, name, kind, dims, sign, default = found.groups()
        out.append(
            Argument(
                name,
                kind or "",
                int(dims) if dims else None,
                mark == "*",
                sign in ("?", "!"),
                sign == "!",
                default,
                mark == "^",
                sign == "…",
            )
        )
    return tuple(out)
