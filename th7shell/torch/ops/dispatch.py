"""Declarations become functions: for each tensor type one specialised Python function per
operation.

`compiled(cls, name, as_method)` writes the source of a function that tells the accepted forms
apart by the number and the exact types of its arguments, in the order in which the original tries
them, and calls the form's kernel. Arguments that match nothing are normalised once (numeric
strings, NumPy scalars) and tried again; after that they are the error that lists what was given and
what is accepted.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from th7shell.lua import BadArgument, LuaError, Table, TorchError, lua_type, rawarray, rawget

from ..classes import typename
from ..elements import COLD
from ..memory import check_memory
from ..python_values import native
from ..tensor import KIN
from ..types import expected, expected_kind
from .convert import Constants, c_int, c_long, sizes_from, to_real, value_from
from .declare import OPERATIONS, Argument, Form, Operation
from .written import Written, fill_in

Function = Callable[..., Any]


class Missing:
    """Stands for an argument that was not given: nil is a value here, as it is to a C function."""

    def __repr__(self) -> str:
        return "<not given>"


MISSING = Missing()
FEW = 5  # arguments that every function without sizes takes: `MISSING` where it has no use for them


def declared(cls: Any, name: str) -> Operation | None:
    """The declaration of an operation for a tensor class, None where the type does not have it."""
    for op in OPERATIONS.get(name, ()):
        if cls.element_type.operations in op.types:
            return op
    return None


def letter_type(cls: Any) -> str:
    """`'Double'` of `torch.DoubleTensor`."""
    return type_name(cls).removeprefix("torch.").removesuffix("Tensor")


def type_name(cls: Any) -> str:
    """`'torch.DoubleTensor'`."""
    name: str = getattr(cls, "__typename")
    return name


def compiled(cls: Any, op: Operation, as_method: bool) -> Function:
    """The function that checks and runs `op` on tensors of one class."""
    forms = op.methods if as_method else op.functions
    writer = _Writer(cls, op, forms, 0 if as_method else FEW)
    source = writer.function()
    letters = letter_type(cls)
    names: dict[str, Any] = {**_names_for(cls), **writer.kernels}
    if "Generator" in source:
        from ..generators import Generator

        names["Generator"] = Generator
    if "device_generator" in source:
        from ..generators import device_generator

        names["device_generator"] = device_generator

    def mismatch(*args: Any) -> Any:
        args = tuple(a for a in args if a is not MISSING)
        again = tuple(value_from(a) for a in args)
        if any(new is not old for new, old in zip(again, args)):
            return names[op.name](*again)
        raise argument_error(cls, op, forms, args, as_method)

    names["mismatch"] = mismatch
    fill_in(names)
    exec(compile(source, f"<torch.{letters}Tensor.{op.name}>", "exec"), names)
    fn = names[op.name]
    fn.__doc__ = op.doc
    fn.__qualname__ = f"{letters}Tensor.{op.name}"
    return fn


@cache
def _names_for(cls: Any) -> dict[str, Any]:
    """The globals of all functions of a class."""
    names: dict[str, Any] = {
        "__name__": __name__,
        "T": cls,
        "M": MISSING,
        "allocate": object.__new__,
        "cold": COLD,
        "c_int": c_int,
        "c_long": c_long,
        "sizes": sizes_from,
        "real": to_real(cls.dtype),
        "constant": Constants(cls.dtype),
        "array_of": _array_of(cls),
        "new_T": _maker(cls),
    }
    for short, other in cls.kin.items():
        names[f"{short}Tensor"] = other
        names[f"new_{short}Tensor"] = _maker(other)
    if cls.element_type.prefix:  # indices may be of the tensor's own type, or the CPU's
        names["indices"] = (names["LongTensor"], cls, KIN[""]["Long"])
        names["whole"] = names["LongTensor"].typeAs
        names["sample"] = names["LongTensor"]()
    return names


def _maker(cls: Any) -> Function:
    """Make a tensor without elements, as `cls()` does, in a third of the time."""
    allocate = cls.__new__
    nothing = np.empty(0, cls.dtype)

    def make() -> Any:
        t = allocate(cls)
        t.nd = nothing
        t._storage = None
        t.ħarray = t.ħstore = COLD
        return t

    return make


def unplace(error: LuaError) -> None:
    """Make an error one of a C function that another C function called: no position, no name."""
    error.level = 0
    if isinstance(error, BadArgument) and error.name is None:
        error.name = "?"


def argument_error(
    cls: Any, op: Operation, forms: tuple[Form, ...], args: tuple[Any, ...], as_method: bool
) -> LuaError:
    """The error for arguments that fit no form."""
    check_memory(*args)
    if op.usage is None:
        accepted = op.expected(letter_type(cls), as_method)
        return TorchError(f"invalid arguments: {given(args)}\nexpected arguments: {accepted}")
    for form in forms:
        if len(form.visible) == len(args):
            for i, (a, value) in enumerate(zip(form.visible, args), 1):
                wrong = wrong_argument(cls, a, value, i)
                if wrong is not None:
                    return wrong
    return TorchError(
        op.usage.replace("T,", type_name(cls) + ",").replace(
            "T expected", type_name(cls) + " expected"
        )
    )


def wrong_argument(cls: Any, a: Argument, value: Any, position: int) -> BadArgument | None:
    """The error for one argument, None if it fits."""
    if a.kind in ("real", "constant", "index"):
        fits = isinstance(value, (int, float)) and not isinstance(value, bool)
        return None if fits else expected_kind(value, position, "number")
    wanted = type_name(cls)
    if a.kind != "T":
        wanted = f"torch.{cls.element_type.prefix}{a.kind}"
    return None if typename(value) == wanted else expected(value, position, wanted)


def given(args: tuple[Any, ...]) -> str:
    """The types of the given arguments as the error text names them."""
    if not args:
        return "no arguments provided"
    return "".join(f"{_kind_of(a)} " for a in args)


def _kind_of(value: Any) -> str:
    name = typename(value)
    if name:
        return name.removeprefix("torch.")
    kind = lua_type(value)
    return kind if kind in ("nil", "boolean", "number", "string", "table", "userdata") else "???"


def _array_of(cls: Any) -> Function:
    """Read a table of tensors; None if the value is not a table with a first element."""

    def array_of(value: Any) -> list[Any] | None:
        if value.__class__ is list or value.__class__ is tuple:
            value = native(value)
        if not isinstance(value, Table) or rawget(value, 1) is None:
            return None
        tensors = rawarray(value)
        if any(type(t) is not cls for t in tensors):
            raise TorchError(f"expected {letter_type(cls)}Tensor in tensor array")
        return tensors

    return array_of


class _Writer:
    """Writes the source of one function."""

    def __init__(self, cls: Any, op: Operation, forms: tuple[Form, ...], least: int = 0) -> None:
        self.least = least  # how many arguments the function takes if its forms have fewer
        self.floating = cls.dtype.kind == "f"
        self.device = cls.element_type.prefix
        self.op = op
        self.kernels: dict[str, Function] = {}
        self.open = any(a.kind == "sizes" for f in forms for a in f.arguments)
        # (given arguments, form, name of its kernel), in the order in which they are tried
        self.variants: list[tuple[tuple[Argument, ...], Form, str]] = []
        for i, form in enumerate(forms):
            kernel = self.kernels[f"k{i}"] = form.kernel_for(cls.element_type.operations)
            if isinstance(kernel, Written):
                self.kernels |= {f"k{i}_{name}": value for name, value in kernel.names.items()}
            self.variants += [(given, form, f"k{i}") for given in form.variants()]

    def function(self) -> str:
        lines = self.open_function() if self.open else self.counted_function()
        return "\n".join(lines) + "\n"

    def counted_function(self) -> list[str]:
        last = max(len(given) for given, _, _ in self.variants)
        most = max(self.least, last)
        names = [f"a{i}" for i in range(most)]
        lines = [f"def {self.op.name}({', '.join(f'{n}=M' for n in names)}, *more):"]
        for count in range(last + 1):
            test = f"a{count} is M" if count < most else "not more"
            body: list[str] = []
            for given, form, kernel in self.variants:
                if len(given) == count:
                    body += self.variant(names, given, form, kernel)
            body = [*self.kinds(names[:count], body), *body]
            if count == 0 and not body:
                continue  # none fits: the tests for one find that too
            lines.append(f"    if {test}:")
            lines += [f"        {line}" for line in body]
            lines.append(f"        return mismatch({', '.join(names[:count])})")
        lines.append(f"    return mismatch({', '.join(names)}, *more)")
        return lines

    def kinds(self, names: list[str], body: list[str]) -> list[str]:
        """Ask once for the type of an argument of which several tests want to know it."""
        lines = []
        for name in names:
            asked = f"type({name})"
            if sum(line.count(asked) for line in body) > 1:
                lines.append(f"{name}_type = {asked}")
                body[:] = [line.replace(asked, f"{name}_type") for line in body]
        return lines

    def open_function(self) -> list[str]:
        lines = [f"def {self.op.name}(*args):", "    n = len(args)"]
        for given, form, kernel in self.variants:
            names = [f"args[{i}]" for i in range(len(given))]
            lines.append(f"    if n >= {len(given)}:")
            lines += [f"        {line}" for line in self.variant(names, given, form, kernel)]
        return [*lines, "    return mismatch(*args)"]

    def variant(
        self, names: list[str], given: tuple[Argument, ...], form: Form, kernel: str
    ) -> list[str]:
        """`if <the arguments fit>: return <the kernel's call>`."""
        where = {a.name: names[i] for i, a in enumerate(given)}
        tests = [self.test(a, names[i], i) for i, a in enumerate(given)]
        lines, call, returned = [], [], []
        for a in form.arguments:
            if a.name in where:
                value = self.value(a, where[a.name])
            elif a.fresh:
                value = a.name
                lines.append(f"{a.name} = new_{a.kind}()")
            elif a.default in where:
                value = where[a.default]
            else:
                value = self.default(a)
            where.setdefault(a.name, value)
            call.append(value)
            if a.returned:
                returned.append(value)
        back = [where[a.name] for a in given if a.back]
        returned = back or returned
        written = self.kernels[kernel]
        if isinstance(written, Written):
            lines = self.written(written, f"{kernel}_", form, call, lines)
            lines += [f"return {', '.join(returned)}"] if returned else []
        else:
            run = f"{kernel}({', '.join(call)})"
            lines += [run, f"return {', '.join(returned)}"] if returned else [f"return {run}"]
        if not tests:
            return lines
        return [f"if {' and '.join(tests)}:", *(f"    {line}" for line in lines)]

    def written(
        self, kernel: Written, prefix: str, form: Form, call: list[str], made: list[str]
    ) -> list[str]:
        """The lines of a written kernel; `made` are those that make new tensors."""
        names = {}
        lines = []
        for i, value in enumerate(call):
            if value.isidentifier() or value.replace(".", "").isdigit() or i == 0:
                names[i] = value
            else:  # an expression, for a text that may use it twice
                names[i] = f"v{i}"
                lines.append(f"v{i} = {value}")
        values = [names[i] for i in range(len(call))]
        fresh = made == [f"{call[0]} = new_{form.arguments[0].kind}()"] and kernel.makes
        lines += kernel.lines(prefix, values, fresh)
        if fresh:
            name, kind = call[0], form.arguments[0].kind
            lines.append(f"{name} = allocate({kind})")
            lines += [f"{name}.nd = made", f"{name}._storage = None"]
            lines.append(f"{name}.ħarray = {name}.ħstore = cold")
            return lines
        return [*made, *lines]

    def converts(self, a: Argument) -> bool:
        """Whether an argument is made a tensor of whole numbers, as indices are on a device."""
        return self.device != "" and a.kind == "LongTensor" and not a.returned

    def test(self, a: Argument, name: str, position: int) -> str:
        kind = a.kind
        if self.converts(a):
            return f"type({name}) in indices"
        if kind == "T" or kind.endswith("Tensor"):
            fits = f"type({name}) is {kind}"
            if a.dims is not None:
                fits += f" and {name}.nd.ndim == {a.dims} and {name}.nd.size"
            return fits
        if kind == "Ts":
            return f"({a.name}_list := array_of({name})) is not None"
        if kind == "sizes":
            return f"({a.name}_sizes := sizes(args, {position})) is not None"
        if kind == "boolean":
            return f"type({name}) is bool"
        if kind == "generator":
            return f"type({name}) is Generator"
        if "|" in kind:
            return f"type({name}) is str and {name}[:1] in {tuple(kind.split('|'))!r}"
        return f"(type({name}) is float or type({name}) is int)"

    def value(self, a: Argument, name: str) -> str:
        kind = a.kind
        if self.converts(a):
            return f"whole({name}, sample)"
        if kind == "Ts":
            return f"{a.name}_list"
        if kind == "sizes":
            return f"{a.name}_sizes"
        if kind == "index":
            return f"({name} if type({name}) is int else c_long({name})) - 1"
        if kind == "int":
            return f"c_int({name})"
        if kind == "long" or (kind == "accreal" and not self.floating):
            return f"({name} if type({name}) is int else c_long({name}))"
        if kind == "constant":
            return f"constant[{name}]"
        if kind == "real" and not self.floating:
            return f"real({name})"
        if "|" in kind:
            return f"{name}[0]"
        return name

    def default(self, a: Argument) -> str:
        text = a.default or "None"
        if text == "last":
            return "None"
        if a.kind == "generator" and self.device:
            return "device_generator"
        if a.kind == "index":
            return str(int(text) - 1)
        if "|" in a.kind:
            return repr(text)
        if a.kind == "boolean":
            return text.capitalize()
        return text
