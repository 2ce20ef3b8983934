"""How an operation is declared: its name, the argument lists it accepts, its types, its kernel and
its help.

From one `Operation` come `torch.f(a…)`, `torch.f(res, a…)`, `res:f(a…)`, the argument checks, the
error text that lists the accepted forms, the signatures and the help page (`dispatch.py` compiles
them).

An argument list is written as a string, `'*res:T?, t:T, value:real=1'` (`declarations.py`): a
tensor with `?` is made when it is not given, one with `!` always. Kinds: `T` a tensor of the
operation's own type (`T~2`: of two dimensions), `Ts` a table of them, `LongTensor` … a tensor of
that type, `real` a number of the tensor's type, `constant` the same as an array without dimensions,
`accreal` one of its accumulator's type, `double long int` other numbers, `index` a 1-based number
(the kernel gets it 0-based), `boolean`, `U|L` one of these letters, `generator`, `sizes` a
LongStorage or numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from ..declarations import Argument, parse

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
        for a in (found := parse(self.text)):
            if not a.kind:
                raise ValueError(f"cannot read the declared argument {a.name!r}: it has no kind")
        return found

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
