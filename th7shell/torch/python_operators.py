"""Operators of tensors that Python programs have beyond Lua's: `@ ** < <= == != & | ^ ~`, `x / y`
by elements, the in-place ones, truth and numbers.

Comparisons give ByteTensors, which select elements as masks. `+ - *` are Torch's, so `a * b` is the
product of matrices and vectors; it multiplies elements as `a.clone().cmul(b)`. Lua meets none of
these: there tensors are compared by identity, and what luaT says of the others stays.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell.lua import TorchError
from th7shell.lua.callers import LUAS, from_python

from .memory import new_over
from .ops.arrays import Array, matched
from .ops.operators import EXTENDED, modulo, scalar, times
from .tensor import Tensor, wrap
from .types import lua_number, size_text

Operator = Callable[..., Any]


def operand(a: Any, b: Any) -> Any:
    """The other operand as an array of as many elements or a number; None for what is neither."""
    if isinstance(b, (int, float, np.generic)):
        return b
    nd = b.nd if isinstance(b, Tensor) else b
    if isinstance(nd, (list, tuple)):
        nd = np.asarray(nd)
    if not isinstance(nd, np.ndarray) or nd.dtype.kind not in "biuf":
        return None
    return matched(nd, a.nd.shape, ("x", a.nd), ("y", nd)) if nd.ndim else nd


def of_type(a: Any, nd: Array) -> Any:
    """A tensor of the type of `a`."""
    return new_over(type(a), np.ascontiguousarray(nd, a.nd.dtype))


def compared(ufunc: Any) -> Operator:
    def compare(a: Any, b: Any) -> Any:
        other = operand(a, b)
        if other is None:
            return NotImplemented
        return new_over(a.kin["Byte"], np.ascontiguousarray(ufunc(a.nd, other)).view(np.uint8))

    return compare


def elementwise(ufunc: Any, swapped: bool = False) -> Operator:
    def compute(a: Any, b: Any) -> Any:
        other = operand(a, b)
        if other is None:
            return NotImplemented
        x, y = (other, a.nd) if swapped else (a.nd, other)
        return of_type(a, computed(ufunc, x, y))

    return compute


def in_place(ufunc: Any) -> Operator:
    def compute(a: Any, b: Any) -> Any:
        other = operand(a, b)
        if other is None:
            return NotImplemented
        nd = a.nd
        if isinstance(b, Tensor) and np.may_share_memory(nd, other):
            other = other.copy()
        nd[...] = computed(ufunc, nd, other)
        return a

    return compute


def computed(ufunc: Any, x: Any, y: Any) -> Array:
    try:
        return ufunc(x, y)
    except (ValueError, TypeError) as error:
        raise TorchError(str(error)) from None


def scaled_in_place(a: Any, b: Any) -> Any:
    """`x *= number`."""
    if isinstance(b, (Tensor, np.ndarray)):
        raise TorchError(
            "x *= y takes a number: x.cmul(y) multiplies the elements, x * y is the product of "
            "matrices and vectors"
        )
    np.multiply(a.nd, scalar(b, type(a), 2), out=a.nd)
    return a


def remainder_in_place(a: Any, b: Any) -> Any:
    a.nd[...] = modulo(a, b).nd
    return a


def product(a: Any, b: Any) -> Any:
    """`a @ b`: of vectors a number, of matrices and vectors, of batches of matrices."""
    if isinstance(b, np.ndarray):
        b = wrap(b)
    if not isinstance(b, Tensor):
        return NotImplemented
    if type(a) is not type(b):
        raise TorchError(
            f"a @ b takes tensors of one type, got {type(a).__name__} and {type(b).__name__}"
        )
    try:
        found = np.matmul(a.nd, b.nd)
    except ValueError:
        raise TorchError(
            f"size mismatch, a @ b of {size_text(a.nd.shape)} and {size_text(b.nd.shape)}"
        ) from None
    return new_over(type(a), found) if np.ndim(found) else lua_number(found)


def product_reflected(b: Any, a: Any) -> Any:
    return product(wrap(a), b) if isinstance(a, np.ndarray) else NotImplemented


def opposite(a: Any) -> Any:
    """`~mask`: 1 where a ByteTensor is 0, else 0; of other whole numbers the bits' opposite."""
    if a.nd.dtype == np.uint8:
        return new_over(type(a), np.ascontiguousarray(a.nd == 0).view(np.uint8))
    return of_type(a, computed(lambda x, _: np.invert(x), a.nd, None))


def absolute(a: Any) -> Any:
    return of_type(a, np.abs(a.nd))


def truth(a: Any) -> bool:
    """The truth of its only element."""
    if a.nd.size != 1:
        raise ValueError(
            f"a tensor of {a.nd.size} elements is neither true nor false: "
            "ask for (x == y).all() or .any(), or whether x is None"
        )
    return bool(a.nd.item())


def number(convert: Callable[[Any], Any]) -> Operator:
    return lambda a: convert(one_element(a))


def one_element(a: Any) -> Any:
    """The number that a tensor of one element holds."""
    if a.nd.size != 1:
        raise ValueError(f"one element expected, the tensor has {a.nd.size}")
    return a.nd.item()


def no_number(a: Any) -> Any:
    raise TypeError(f"must be real number, not {type(a).__name__}")


OPERATORS: dict[str, Operator] = {
    "__eq__": compared(np.equal),
    "__ne__": compared(np.not_equal),
    "__lt__": compared(np.less),
    "__le__": compared(np.less_equal),
    "__gt__": compared(np.greater),
    "__ge__": compared(np.greater_equal),
    "__matmul__": product,
    "__rmatmul__": product_reflected,
    "__pow__": elementwise(np.power),
    "__rpow__": elementwise(np.power, swapped=True),
    "__and__": elementwise(np.bitwise_and),
    "__or__": elementwise(np.bitwise_or),
    "__xor__": elementwise(np.bitwise_xor),
    "__invert__": opposite,
    "__abs__": absolute,
    "__iadd__": in_place(np.add),
    "__isub__": in_place(np.subtract),
    "__imul__": scaled_in_place,
    "__itruediv__": in_place(np.true_divide),
    "__ipow__": in_place(np.power),
    "__imod__": remainder_in_place,
    "__bool__": truth,
    "__float__": number(float),
    "__int__": number(int),
}
# what Lua and th7shell's own code get where a tensor has nothing of the name
USUAL: dict[str, Operator] = {"__float__": no_number, "__int__": no_number}


def beside(name: str, function: Operator) -> Operator:
    """The operator of Python programs, beside the one that all others have."""
    usual = getattr(Tensor, name, None) or USUAL.get(name) or (lambda *_: NotImplemented)

    def operator(a: Any, *b: Any) -> Any:
        return function(a, *b) if from_python() else usual(a, *b)

    operator.__name__ = operator.__qualname__ = name
    LUAS[operator] = usual
    return operator


for _name, _function in OPERATORS.items():
    type.__setattr__(Tensor, _name, beside(_name, _function))
type.__setattr__(Tensor, "__hash__", object.__hash__)


def with_arrays(function: Operator) -> Operator:
    """An operator that tensors and numbers have already, on an array or a list."""

    def operator(a: Any, b: Any) -> Any:
        return NotImplemented if isinstance(b, Tensor) else function(a, b)

    return operator


def times_array(a: Any, b: Any) -> Any:
    return times(a, of_type(a, np.asarray(b))) if isinstance(b, np.ndarray) else NotImplemented


def times_array_reflected(b: Any, a: Any) -> Any:
    return times(of_type(b, np.asarray(a)), b) if isinstance(a, np.ndarray) else NotImplemented


EXTENDED |= {
    "__add__": with_arrays(elementwise(np.add)),
    "__radd__": with_arrays(elementwise(np.add, swapped=True)),
    "__sub__": with_arrays(elementwise(np.subtract)),
    "__rsub__": with_arrays(elementwise(np.subtract, swapped=True)),
    "__mul__": times_array,
    "__rmul__": times_array_reflected,
    "__truediv__": elementwise(np.true_divide),
    "__rtruediv__": elementwise(np.true_divide, swapped=True),
}
