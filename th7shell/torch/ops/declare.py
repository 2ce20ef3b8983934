"""How an operation is declared: its name, the argument lists it accepts, its types, its kernel and
its help.

From one `Operation` come `torch.f(a…)`, `torch.f(res, a…)`, `res:f(a…)`, the argument checks, the
error text that lists the accepted forms, the signatures and the help page (`dispatch.py` compiles
them).

An argument list is written as a string: `'*res:T?, t:T, value:real=1'`. `*` marks a tensor that is
returned, `^` another argument that is returned in its place as it was given, `?` one that is made
when it is not given, `!` one that is always made, `=x` a default (a number, or the name of an
earlier argument). Kinds: `T` a tensor of the operation's own type (`T~2`: of two dimensions), `Ts`
a table of them, `LongTensor` … a tensor of that type, `real` a number of the tensor's type,
`constant` the same as an array without dimensions, `accreal` one of its accumulator's type,
`double long int` other numbers, `index` a 1-based number (the kernel gets it 0-based), `boolean`,
`U|L` one of these letters, `generator`, `sizes` a LongStorage or numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from th7shell.torch.types import ELEMENT_TYPES

__all__ = [
    "ALL",
    "FLOATING",
    "INTEGER",
    "OPERATIONS",
    "Argument",
    "Form",
    "Operation",
    "fresh",
    "function",
    "into",
    "method",
    "operation",
    "plain",
]

INTEGER = ("Byte", "Char", "Short", "Int", "Long")
FLOATING = ("Float", "Double")
ALL = INTEGER + FLOATING

Kernel = Callable[..., Any]
ARGUMENT = re.compile(r"([*^]?)(\w+):([\w|]+)(?:~(\d))?([?!])?(?:=([-\w.]+))?$")
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
    """One argument of a form, as its declaration spells it."""

    name: str
    kind: str
    dims: int | None
    returned: bool
    fresh: bool
    hidden: bool  # always fresh: no caller can give it
    default: str | None
    back: bool = False  # returned in place of the result

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


class Form:
    """One accepted argument list and the kernel that it calls.

    The kernel gets all arguments in order, tensors as Tensor objects. Its result is the call's
    result unless the form has `*` arguments, which are returned instead. A mapping holds one
    kernel for each type (`'Float'`) or kind of types (`'f'` floating, `'i'` integer).
    """

    def __init__(self, text: str, kernel: Kernel | Mapping[str, Kernel]) -> None:
        self.text = text
        self.kernel = kernel

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        return parse(self.text)

    @property
    def visible(self) -> tuple[Argument, ...]:
        return tuple(a for a in self.arguments if not a.hidden)

    def kernel_for(self, letter_type: str) -> Kernel:
        if callable(self.kernel):
            return self.kernel
        return self.kernel.get(letter_type) or self.kernel["f" if letter_type in FLOATING else "i"]

    def expected(self, letter_type: str) -> str:
        return " ".join(a.type_name(letter_type) for a in self.visible)

    def variants(self) -> list[tuple[Argument, ...]]:
        """The argument lists with and without each optional one, in the order in which they are
        tried."""
        optional = [a for a in self.visible if a.optional]
        out = []
        for chosen in range(1 << len(optional)):
            given = {a.name for i, a in enumerate(optional) if chosen >> i & 1}
            out.append(tuple(a for a in self.visible if not a.optional or a.name in given))
        return out


class Operation:
    """An operation of the types named in `types`; `methods` are the forms of its method (none: no
    method).

    Operations that the original wrote by hand have a `usage`: it is the error when the number of
    arguments fits no form (`T` is the tensor's class), and a wrong argument is named by its
    position."""

    def __init__(
        self,
        name: str,
        doc: str,
        functions: tuple[Form, ...],
        methods: tuple[Form, ...],
        types: tuple[str, ...] = ALL,
        usage: str | None = None,
    ) -> None:
        self.name = name
        self.doc = doc
        self.functions = functions
        self.methods = methods
        self.types = types
        self.usage = usage

    def expected(self, letter_type: str, as_method: bool) -> str:
        forms = self.methods if as_method else self.functions
        return " | ".join(form.expected(letter_type) for form in forms)

    @cached_property
    def signatures(self) -> list[str]:
        """How the operation may be called: `torch.add([res,] t, value)`, `res:add([t,] value)` …"""
        out = [f"torch.{self.name}({_arguments(form.visible)})" for form in self.functions]
        for form in self.methods:
            given = [a for a in form.visible if not a.fresh]
            first, *rest = given
            if first.kind == "T":
                out.append(f"{first.name}:{self.name}({_arguments(tuple(rest))})")
        return list(dict.fromkeys(out))

    @cached_property
    def page(self) -> str:
        """The help page: what it does, how it is called, its arguments, for which types it
        exists."""
        where = "all" if self.types == ALL else " ".join(f"{t}Tensor" for t in self.types)
        calls = "\n".join(f"    {s}" for s in self.signatures)
        seen: dict[str, str] = {}
        for form in (*self.functions, *self.methods):
            for a in form.visible:
                seen.setdefault(a.name, a.words)
        width = max(map(len, seen), default=0)
        arguments = "\n".join(f"    {name:{width}}  {words}" for name, words in seen.items())
        return f"{self.doc}\n\n{calls}\n\n{arguments}\n\nTensor types: {where}."


OPERATIONS: dict[str, list[Operation]] = {}


def operation(
    name: str,
    doc: str,
    *forms: tuple[Form | None, Form | None],
    types: tuple[str, ...] = ALL,
    usage: str | None = None,
) -> Operation:
    """Declare an operation; each form is a pair (as a function, as a method) from the helpers
    below."""
    declared = Operation(
        name,
        doc.strip(),
        tuple(f for f, _ in forms if f is not None),
        tuple(m for _, m in forms if m is not None),
        types,
        usage,
    )
    OPERATIONS.setdefault(name, []).append(declared)
    return declared


Pair = tuple[Form | None, Form | None]


def into(arguments: str, kernel: Kernel | Mapping[str, Kernel], source: str = "t") -> Pair:
    """`torch.f([res,] t, …)` and `res:f([t,] …)`: the method writes into itself."""
    rest = f", {arguments}" if arguments else ""
    return (
        Form(f"*res:T?, {source}:T{rest}", kernel),
        Form(f"*res:T, {source}:T=res{rest}", kernel),
    )


def fresh(arguments: str, kernel: Kernel | Mapping[str, Kernel]) -> Pair:
    """`torch.f([res,] …)` and `res:f(…)`: the result does not depend on a tensor of the same
    place."""
    return Form(f"*res:T?, {arguments}", kernel), Form(f"*res:T, {arguments}", kernel)


def plain(arguments: str, kernel: Kernel | Mapping[str, Kernel]) -> Pair:
    """The method takes what the function takes: `torch.sum(t, 1)` and `t:sum(1)`."""
    form = Form(arguments, kernel)
    return form, form


def function(arguments: str, kernel: Kernel | Mapping[str, Kernel]) -> Pair:
    """A form that only the function has."""
    return Form(arguments, kernel), None


def method(arguments: str, kernel: Kernel | Mapping[str, Kernel]) -> Pair:
    """A form that only the method has."""
    return None, Form(arguments, kernel)


def parse(text: str) -> tuple[Argument, ...]:
    """Read an argument list (see the top of this file)."""
    out = []
    for item in filter(None, (part.strip() for part in text.split(","))):
        found = ARGUMENT.match(item)
        if found is None:
            raise ValueError(f"cannot read the declared argument {item!r}")
        mark, name, kind, dims, new, default = found.groups()
        count = int(dims) if dims else None
        fresh, hidden = bool(new), new == "!"
        out.append(Argument(name, kind, count, mark == "*", fresh, hidden, default, mark == "^"))
    return tuple(out)


def _arguments(arguments: tuple[Argument, ...]) -> str:
    words = []
    for i, a in enumerate(arguments):
        name = (
            "size1 [, size2 …]"
            if a.kind == "sizes"
            else f"{{{a.name}, …}}"
            if a.kind == "Ts"
            else a.name
        )
        last = i == len(arguments) - 1
        if a.fresh or a.default is not None:
            words.append(f"[{name}]" if last else f"[{name},]")
        else:
            words.append(name if last else f"{name},")
    return " ".join(words)
