"""Sums, products, quotients and powers of tensors with numbers and with tensors, element by
element."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import add, divide, multiply, subtract

from th7shell.lua import TorchError

from ..fused import ALONE, add_multiple, routine
from ..memory import allocate, resized
from .arrays import LARGE, Array, in_chunks, matched, spread
from .declare import into, operation
from .written import Late, Place, Written


# --- division of whole numbers -------------------------------------------------------------------
def check_divisor(value: Any) -> None:
    if not np.all(value):
        raise TorchError("integer division by zero")


def divide_whole(nd: Array, value: Any, out: Array) -> Any:
    """C's integer division, towards zero: exact once the remainder is taken off."""
    return np.floor_divide(nd - fmod_whole(nd, value), value, out)


def fmod_whole(nd: Array, value: Any, out: Array | None = None) -> Any:
    """C's `%`. Dividing by zero ends a C program, here it is an error."""
    check_divisor(value)
    return np.fmod(nd, value, out)


def remainder_whole(nd: Array, value: Any, out: Array) -> Any:
    check_divisor(value)
    return np.remainder(nd, value, out)


whole_divisions = (divide_whole, fmod_whole, remainder_whole)


# --- with a number -------------------------------------------------------------------------------
def with_number(f: Callable[[Array, Any, Array], Any]) -> Callable[[Any, Any, Any], None]:
    """The kernel `res = f(t, value)` of an array function with an output argument."""
    if f not in whole_divisions:
        return elementwise("res t value", f)

    def kernel(res: Any, t: Any, value: Any) -> None:
        nd = t.nd
        check_divisor(value)  # before the result is resized
        f(nd, value, nd if res is t else resized(res, nd.shape))

    return kernel


def elementwise(
    arguments: str, f: Callable[..., Any], operand: str = "value", before: str = "", **names: Any
) -> Written:
    """The kernel `res = f(t, operand)`; `before` makes `operand` from the arguments."""

    def text(place: Place) -> str:
        rest = computed(f"f(nd, {operand}", place, isinstance(f, np.ufunc))
        return f"nd = t.nd\n{before}\n{rest}"

    return Written(arguments, text, f=f, **USED, **names)


USED = {"resized": resized, "spread": spread, "new_array": allocate, "LARGE": LARGE}


def computed(call: str, place: Place, makes: bool) -> str:
    """The lines of an elementwise kernel whose array function is `call`, without its result, over
    `nd` and others; `makes`: it may make its result."""
    name, first = call.split("(")
    spread = f"spread({name}, out, {first})"
    if place.fresh and makes:
        return f"""
if nd.ndim == 1 and len(nd) < LARGE:
    made = {call})
else:
    out = made = new_array(nd.shape, nd.dtype)
    {spread}"""
    out = "nd" if place.same else "nd if res is t else resized(res, nd.shape)"
    return f"""
out = {out}
if nd.size < LARGE:
    {call}, out)
else:
    {spread}"""


def remainder(nd: Array, value: Any, out: Array) -> None:
    """`x - value * floor(x / value)`, nan for value 0; the product and difference are doubles."""
    quotient = np.floor(divide(nd, value))
    product = multiply(quotient, value, dtype=np.float64)
    subtract(nd, product, out, dtype=np.float64, casting="same_kind")


# --- with a tensor -------------------------------------------------------------------------------
ALIKE = "nd.ndim == 1 == other.ndim and len(nd) == len(other) or nd.shape == other.shape"


def with_tensor(
    f: Callable[[Array, Array, Array], Any], names: tuple[str, str, str] = ("r_", "t", "src")
) -> Callable[[Any, Any, Any], None]:
    """The kernel `res = f(t, src)`; `names` are the operands in the error text."""
    fit = fitting(*names)
    if f not in whole_divisions:
        before = f"other = src.nd\nif not ({ALIKE}):\n    other = fit(nd, other)"
        return elementwise("res t src", f, "other", before, fit=fit)

    def kernel(res: Any, t: Any, src: Any) -> None:
        nd, other = t.nd, src.nd
        if other.shape != nd.shape:
            other = fit(nd, other)
        check_divisor(other)
        f(nd, other, nd if res is t else resized(res, nd.shape))

    return kernel


def add_scaled(res: Any, t: Any, value: Any, src: Any) -> None:
    """`res = t + value * src`."""
    nd, other = t.nd, src.nd
    if other.shape != nd.shape:
        other = matched(other, nd.shape, ("r_", nd), ("t", nd), ("src", other))
    if res is t:
        add_multiple(nd, value, other)
        return
    out = resized(res, nd.shape)
    if value == 1:
        spread(add, out, nd, other)
    elif value == -1:
        spread(subtract, out, nd, other)
    elif nd.size < 4096:
        add(nd, multiply(other, value), out)
    elif np.may_share_memory(nd, out):
        in_chunks(lambda o, a, b, s: add(a, multiply(b, value, s), o), out, nd, other)
    else:  # a scratch would be one more array that passes through the cache
        in_chunks(lambda o, a, b, _: add(a, multiply(b, value, o), o), out, nd, other)


def subtract_scaled(res: Any, t: Any, value: Any, src: Any) -> None:
    add_scaled(res, t, -value, src)


def subtract_scaled_whole(res: Any, t: Any, value: Any, src: Any) -> None:
    add_scaled(res, t, int(np.negative(t.nd.dtype.type(value))), src)


def scaled(f: np.ufunc, kernel: Callable[..., Any], dtype: str) -> Written:
    """The kernel `res = t ± value * src`: of two short vectors of floating-point numbers by BLAS in
    half the time that NumPy's functions take to start, with the same rounding; else `kernel`."""
    sign = "-" if f is subtract else ""

    def text(place: Place) -> str:
        if place.same:
            add_in_place = f"axpy(other, nd, n, {sign}value)"
            if place.usual:
                add_in_place = "axpy(other, nd, n, -1.0)" if sign else "axpy(other, nd)"
            return f"""
nd = t.nd
other = src.nd
if (
    nd.ndim == 1 == other.ndim
    and 0 < (n := len(nd)) == len(other)
    and n <= ALONE
    and (t._storage is None or t._storage is not src._storage)
):
    if (total := {add_in_place}) is not nd:  # the memory has gaps
        nd[...] = total
else:
    kernel(t, t, value, src)"""
        if place.usual:
            return f"""
nd = t.nd
other = src.nd
if not ({ALIKE}):
    other = fit(nd, other)
{computed("f(nd, other", place, True)}"""
        return "kernel(res, t, value, src)"

    def meanwhile(x: Array, y: Array, n: int = 0, value: float = 1) -> Array:
        add_multiple(y, value, x)
        return y

    def find() -> Callable[..., Any]:
        return routine("axpy", dtype) or meanwhile

    axpy = Late(find, meanwhile, calls=50)
    names = {"f": f, "fit": fitting("r_", "t", "src"), "kernel": kernel, "axpy": axpy}
    return Written("res t value src", text, ALONE=ALONE, **USED, **names)


def fitting(*names: str) -> Callable[[Array, Array], Array]:
    """The function that lays out an operand as the other one; `names` are those of the result and
    both in the error text."""

    def fit(nd: Array, other: Array) -> Array:
        return matched(other, nd.shape, *zip(names, (nd, nd, other)))

    return fit


def accumulate(combine: Callable[..., Any]) -> Callable[[Any, Any, Any, Any, Any], None]:
    """The kernel `res = t + combine(value * src1, src2)`."""

    def kernel(res: Any, t: Any, value: Any, src1: Any, src2: Any) -> None:
        nd, a, b = t.nd, src1.nd, src2.nd
        if a.shape != nd.shape or b.shape != nd.shape:
            named = ("r_", nd), ("src1", a), ("src2", b)
            a, b = matched(a, nd.shape, *named), matched(b, nd.shape, *named)
        if combine is divide_whole:
            check_divisor(b)
        out = nd if res is t else resized(res, nd.shape)

        def step(o: Array, n: Array, x: Array, y: Array, s: Array) -> None:
            add(n, combine(multiply(x, value, s), y, s), o)

        if nd.size < 4096:
            step(out, nd, a, b, np.empty(nd.shape, nd.dtype))
        else:
            in_chunks(step, out, nd, a, b)

    return kernel


operation(
    "add",
    """Add a number, or a tensor times a number, to each element: `t + value`, `t + value * src`.

`src` has as many elements as `t`; its shape may differ. `value` before `src` is 1 by default.
`torch.add(x, 2, y)` is x + 2y; `x:add(y)` adds y to x in place.""",
    into("value:constant", with_number(add)),
    into(
        "value:real=1, src:T",
        {
            "Double": scaled(add, add_scaled, "d"),
            "Float": scaled(add, add_scaled, "f"),
            "f": add_scaled,
            "i": add_scaled,
        },
    ),
)
operation(
    "csub",
    "Subtract a number, or a tensor times a number: `t - value`, `t - value * src`.",
    into("value:constant", with_number(subtract)),
    into(
        "value:real=1, src:T",
        {
            "Double": scaled(subtract, subtract_scaled, "d"),
            "Float": scaled(subtract, subtract_scaled, "f"),
            "f": subtract_scaled,
            "i": subtract_scaled_whole,
        },
    ),
)
operation(
    "mul", "Multiply each element by a number.", into("value:constant", with_number(multiply))
)
operation(
    "div",
    "Divide each element by a number; integer tensors divide towards zero.",
    into("value:constant", {"f": with_number(divide), "i": with_number(divide_whole)}),
)
operation(
    "cmul",
    "Multiply element by element: `torch.cmul(x, y)`. Shapes may differ, element counts not.",
    into("src:T", with_tensor(multiply)),
)
operation(
    "cdiv",
    "Divide element by element: `t / src`; integer tensors divide towards zero.",
    into("src:T", {"f": with_tensor(divide), "i": with_tensor(divide_whole)}),
)
for _name, _doc in (("fmod", "C's fmod"), ("mod", "the older name of `fmod`")):
    operation(
        _name,
        "Take the remainder of each element divided by a number, with the sign of the element "
        f"({_doc}).",
        into("value:constant", {"f": with_number(np.fmod), "i": with_number(fmod_whole)}),
    )
    operation(
        f"c{_name}",
        f"Take the remainder of `t / src` element by element, with the sign of `t` ({_doc}).",
        into("src:T", {"f": with_tensor(np.fmod), "i": with_tensor(fmod_whole)}),
    )
operation(
    "remainder",
    "Take the remainder of each element by a number, with the number's sign; nan for 0.",
    into("value:constant", {"f": with_number(remainder), "i": with_number(remainder_whole)}),
)
operation(
    "cremainder",
    "Take the remainder of `t / src` element by element, with the sign of `src`.",
    into("src:T", {"f": with_tensor(remainder), "i": with_tensor(remainder_whole)}),
)
operation(
    "addcmul",
    "Add a product: `t + value * src1 * src2`, element by element; value is 1 by default.",
    into("value:real=1, src1:T, src2:T", accumulate(multiply)),
)
operation(
    "addcdiv",
    "Add a quotient: `t + value * src1 / src2`, element by element; value is 1 by default.",
    into(
        "value:real=1, src1:T, src2:T",
        {"f": accumulate(divide), "i": accumulate(divide_whole)},
    ),
)
