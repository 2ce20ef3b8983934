"""torchx's functions on nested tables of tensors: `torchx.recursiveCopy(t1, t2)` and kin.

Those of two nests make what is missing in the first, and return both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.lua import Table, TorchError, items, length, lua_type, new_table
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import Tensor

__plays_lua__ = True

Leaf = Callable[..., Any]
FUNCTIONS: dict[str, Callable[..., Any]] = {}


def _is_table(value: Any) -> bool:
    return isinstance(value, Table) and torch_type(value) == "table"


def _pairs(name: str, leaf: Leaf, doc: str) -> None:
    """Declare a function that calls leaf(t1, t2) on each pair of tensors."""

    def walk(t1: Any = None, t2: Any = None, *_: Any) -> Any:
        if _is_table(t2):
            t1 = t1 if _is_table(t1) else new_table(() if t1 is None else (t1,))
            for key, value in list(items(t2)):
                t1[key], t2[key] = walk(t1[key], value)
        elif isinstance(t2, Tensor):
            t1 = t1 if isinstance(t1, Tensor) else t2.new()
            leaf(t1, t2)
        else:
            raise _wrong(t1, t2)
        return t1, t2

    walk.__name__, walk.__doc__ = name, doc
    FUNCTIONS[name] = walk


def _wrong(t1: Any, t2: Any) -> TorchError:
    kinds = f"{torch_type(t1)} and {torch_type(t2)}"
    return TorchError(f"expecting nested tensors or tables. Got {kinds} instead")


def _each(name: str, leaf: Leaf, doc: str) -> None:
    """Declare a function that puts leaf(tensor, …) in place of each tensor."""

    def walk(nest: Any = None, *rest: Any) -> Any:
        if _is_table(nest):
            for key, value in list(items(nest)):
                nest[key] = walk(value, *rest)
            return nest
        return leaf(_tensor(nest), *rest)

    walk.__name__, walk.__doc__ = name, doc
    FUNCTIONS[name] = walk


def _made(name: str, leaf: Leaf, doc: str) -> None:
    """Declare a function that makes a nest of leaf(tensor, …)."""

    def walk(nest: Any = None, *rest: Any) -> Any:
        if not _is_table(nest):
            return leaf(_tensor(nest), *rest)
        made = Table()
        for key, value in list(items(nest)):
            made[key] = walk(value, *rest)
        return made

    walk.__name__, walk.__doc__ = name, doc
    FUNCTIONS[name] = walk


def _tensor(value: Any) -> Any:
    if not isinstance(value, Tensor):
        raise TorchError(f"expecting tensor or table thereof. Got {torch_type(value)} instead")
    return value


def _declared(function: Callable[..., Any]) -> Callable[..., Any]:
    FUNCTIONS[function.__name__] = function
    return function


_pairs("recursiveResizeAs", lambda a, b: a.resizeAs(b), "Give t1's tensors the sizes of t2's.")
_pairs("recursiveSet", lambda a, b: a.set(b), "Let t1's tensors be t2's, sharing memory.")
_pairs("recursiveCopy", lambda a, b: a.resizeAs(b).copy(b), "Copy t2's tensors into t1's.")
_each("recursiveNormal", lambda t: t.normal(), "Fill tensors with normal numbers.")
_each("recursiveFill", lambda t, value=None: t.fill(value), "Fill tensors with a number.")
_made("recursiveNew", lambda t: t.new(), "Empty tensors of the same types in the same nest.")
_made("recursiveSub", lambda t, a=None, b=None: t.sub(a, b), "Rows a to b of each tensor.")


@_declared
def recursiveAdd(t1: Any = None, t2: Any = None, *_: Any) -> Any:
    """Add t2's tensors to t1's."""
    if _is_table(t2):
        t1 = t1 if _is_table(t1) else new_table(() if t1 is None else (t1,))
        for key, value in list(items(t2)):
            t1[key], t2[key] = recursiveAdd(t1[key], value)
    elif isinstance(t1, Tensor) and isinstance(t2, Tensor):
        t1.add(t2)
    else:
        raise _wrong(t1, t2)
    return t1, t2


@_declared
def recursiveTensorEq(t1: Any = None, t2: Any = None, *_: Any) -> bool:
    """Whether the tensors of t2 are those of t1, up to 1e-5."""
    if _is_table(t2):
        return _is_table(t1) and all(
            recursiveTensorEq(t1[key], value) for key, value in list(items(t2))
        )
    if not (isinstance(t1, Tensor) and isinstance(t2, Tensor)):
        raise _wrong(t1, t2)
    return t1.clone().add(-1, t2).abs().max() < 0.00001


@_declared
def recursiveSum(nest: Any = None, *_: Any) -> Any:
    """The sum of all elements."""
    if _is_table(nest):
        return sum(recursiveSum(value) for _key, value in list(items(nest)))
    return _tensor(nest).sum()


@_declared
def recursiveType(nest: Any = None, type: Any = None, *_: Any) -> Any:
    """Convert the tensors of a nest of lists; other values stay."""
    if _is_table(nest):
        for i in range(1, length(nest) + 1):
            nest[i] = recursiveType(nest[i], type)
        return nest
    return nest.type(type) if isinstance(nest, Tensor) else nest


@_declared
def recursiveIndex(
    res: Any = None, src: Any = None, dim: Any = None, indices: Any = None, *_: Any
) -> Any:
    """`index` for each tensor of src, into those of res; returns res."""
    if _is_table(src):
        res = res if _is_table(res) else new_table(() if res is None else (res,))
        for key, value in list(items(src)):
            res[key] = recursiveIndex(res[key], value, dim, indices)
        return res
    if not isinstance(src, Tensor):
        raise _wrong(res, src)
    res = res if isinstance(res, Tensor) else src.new()
    type(res).index(res, src, dim, indices)
    return res


@_declared
def recursiveBatchSize(nest: Any = None, *_: Any) -> Any:
    """The number of rows of the first tensor."""
    return recursiveBatchSize(nest[1]) if _is_table(nest) else _tensor(nest).size(1)


@_declared
def recursiveSize(nest: Any = None, excludedim: Any = None, *_: Any) -> Any:
    """The sizes of each tensor as a table, without one dimension."""
    if _is_table(nest):
        made = Table()
        for key, value in list(items(nest)):
            made[key] = recursiveSize(value, excludedim)
        return made
    sizes = list(_tensor(nest).nd.shape)
    if lua_type(excludedim) == "number" and 1 <= excludedim <= len(sizes):
        del sizes[int(excludedim) - 1]
    return new_table(sizes)
