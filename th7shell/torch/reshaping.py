"""Views and copies with other sizes: view, expand, repeatTensor, split, chunk; methods and `torch`
functions alike.

Each takes an optional first result tensor, which is made to share or hold the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from types import FunctionType
from typing import Any

import numpy as np

from th7shell.lua import BadArgument, Table, TorchError, array, new_table

from .lists import table_of
from .memory import Memory, leading, new_over, own_storage, point, resized, sizes_of, strided
from .namespace import export
from .storage import LongStorage, Storage
from .tensor import TYPES, Tensor
from .types import NONE, integer, lua_number, to_number, type_text

__plays_lua__ = True  # these functions were written in Lua: their errors name this file

VIEW_FORMS = (
    "torch.view, expected (torch.Tensor, torch.Tensor, number [, number ]*) or\n"
    " (torch.Tensor, torch.Tensor, torch.LongStorage) or\n"
    " (torch.Tensor, torch.LongStorage)\n or (torch.Tensor, number [, number ]*)"
)


def not_a_number(value: Any, position: int) -> TorchError:
    """The error for an argument that should have been a number."""
    return TorchError(f"bad argument #{position} (number expected, got {type_text(value)})")


def whole(value: Any, position: int) -> int:
    """An argument of these functions as an integer."""
    number = to_number(value)
    if number is None:
        raise not_a_number(value, position)
    return integer(number, position)


def not_a_tensor(value: Any, position: int) -> TorchError:
    """The error for an argument that should have been a tensor."""
    return TorchError(f"bad argument #{position} (torch.*Tensor expected, got {type_text(value)})")


def both(function: Callable[..., Any]) -> Callable[..., Any]:
    """Offer a function as `torch.f` and as a method of every tensor."""
    setattr(Tensor, function.__name__, function)
    return export(function)


def _sizes(args: tuple[Any, ...]) -> tuple[int, ...]:
    if args and args[0].__class__ is LongStorage:
        return tuple(args[0].nd.tolist())
    for size in args:
        if size.__class__ is not int:
            break
    else:
        return args
    if isinstance(args[0], (tuple, list)):
        args = tuple(args[0])
    return tuple(whole(v, i + 2) for i, v in enumerate(args))


def _is_size(value: Any) -> bool:
    kind = value.__class__
    return (
        kind is int
        or kind is float
        or value.__class__ is LongStorage
        or isinstance(value, (tuple, list))
    )


def _target(result: Any, args: tuple[Any, ...]) -> tuple[Any, Any, tuple[Any, ...]]:
    """Split `([result,] tensor, sizes…)` into result (None: make one), tensor and sizes."""
    if args and isinstance(args[0], Memory):
        return result, args[0], args[1:]
    return None, result, args


def _share(result: Any, nd: Any, tensor: Any) -> Any:
    """`nd`, a view of the memory of `tensor`, as the result tensor or a new one."""
    storage = own_storage(tensor)
    if result is None:
        return new_over(type(tensor), nd, storage)
    _check_result(result, tensor)
    point(result, nd, storage)
    return result


def _check_result(result: Any, tensor: Any) -> None:
    if not isinstance(result, Memory):
        raise not_a_tensor(result, 1)
    if type(result) is not type(tensor):
        name = f"torch.{type(result).__name__}"
        expecting = f"expecting number or {name} or {name.replace('Tensor', 'Storage')}"
        raise BadArgument(1, expecting, "set")


@both
def view(tensor: Any = NONE, *args: Any) -> Any:
    """The same elements with other sizes; one size may be -1. The tensor must be contiguous.

    `tensor:view([result,] size1 [, size2 …])`, `tensor:view([result,] LongStorage sizes)`.
    """
    result, source, sizes = _target(tensor, args)
    if not isinstance(source, Memory) or not sizes or not _is_size(sizes[0]):
        raise TorchError(VIEW_FORMS)
    wanted = _sizes(sizes)
    nd = source.nd
    count = nd.size
    shape = _fully_specified(wanted, count) if -1 in wanted else wanted
    if not nd.flags.c_contiguous:
        raise TorchError("expecting a contiguous tensor")
    if prod(shape) != count or not shape or not count:
        if count or any(n > 0 for n in shape[:1]):
            text = ["x".join(map(str, s)) for s in (sizes_of(nd), shape)]
            raise TorchError(f"Wrong size for view. Input size: {text[0]}. Output size: {text[1]}")
        return _share(result, nd, source)
    return _share(result, nd.reshape(shape), source)


def _fully_specified(sizes: tuple[int, ...], count: int) -> tuple[int, ...]:
    """Replace the size -1 by what the number of elements leaves for it."""
    if sizes.count(-1) > 1:
        raise TorchError("Only one of torch.view dimensions can be -1.")
    known = prod(n for n in sizes if n != -1)
    if not known or count % known:
        raise TorchError("The number of covered elements is not a multiple of all elements.")
    return tuple(count // known if n == -1 else n for n in sizes)


@both
def viewAs(tensor: Any = NONE, *args: Any) -> Any:
    """The elements with the sizes of another tensor: `tensor:viewAs([result,] template)`."""
    if len(args) > 1 and args[1] is not None:
        if not isinstance(args[1], Memory):
            raise TorchError(
                "expecting (torch.Tensor, torch.Tensor, torch.LongStorage)"
                " or (torch.Tensor, torch.LongStorage)"
            )
        return view(tensor, args[0], sizes_of(args[1].nd))
    if not args or not isinstance(args[0], Memory):
        raise not_a_tensor(args[0] if args else NONE, 2)
    return view(tensor, sizes_of(args[0].nd))


@both
def expand(tensor: Any = NONE, *args: Any) -> Any:
    """The view with dimensions of size 1 repeated (stride 0): `tensor:expand([result,] size1,
    …)`."""
    result, source, sizes = _target(tensor, args)
    if not isinstance(source, Memory):
        raise not_a_tensor(source, 1)
    wanted = _sizes(sizes)
    nd = source.nd
    have = sizes_of(nd)
    if len(wanted) != len(have):
        raise TorchError("the number of dimensions provided must equal tensor:dim()")
    if wanted == have:
        return _share(result, nd, source)
    strides = list(nd.strides)
    for i, (n, old) in enumerate(zip(wanted, have)):
        if old == 1:
            strides[i] = 0
        elif n != old:
            raise TorchError("incorrect size: only supporting singleton expansion (size=1)")
    shape = leading(wanted)
    if not shape:
        target: Any = type(source)() if result is None else result
        return target.set()
    return _share(result, strided(source, shape, tuple(strides[: len(shape)])), source)


@both
def expandAs(tensor: Any = NONE, *args: Any) -> Any:
    """The view expanded to the sizes of another tensor: `tensor:expandAs([result,] template)`."""
    template = args[-1] if args else NONE
    if not isinstance(template, Memory):
        raise not_a_tensor(template, len(args) + 1)
    return expand(tensor, *args[:-1], sizes_of(template.nd))


@both
def repeatTensor(tensor: Any = NONE, *args: Any) -> Any:
    """A copy with the tensor repeated along each dimension: `tensor:repeatTensor([result,] n1, n2,
    …)`."""
    result, source, sizes = _target(tensor, args)
    if not isinstance(source, Memory):
        raise not_a_tensor(source, 1)
    times = _sizes(sizes)
    nd = source.nd
    have = sizes_of(nd)
    if len(times) < len(have):
        raise TorchError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of"
            " tensor"
        )
    if not have:
        raise TorchError("cannot repeat an empty tensor")
    shape = (1,) * (len(times) - len(have)) + have
    if any(t <= 0 for t in times):
        raise TorchError(f"cannot repeat a tensor {min(times)} times")
    if result is None:
        result = type(source)()
    elif not isinstance(result, Memory):
        raise not_a_tensor(result, 1)
    blocks = nd.reshape([n for size in shape for n in (1, size)])
    whole = tuple(n for pair in zip(times, shape) for n in pair)
    out = resized(result, tuple(t * s for t, s in zip(times, shape)))
    out.reshape(whole)[...] = blocks
    return result


@both
def split(first: Any = NONE, *args: Any) -> Any:
    """A table of views of `size` entries each (the last may be smaller): `tensor:split(size [,
    dim])`."""
    result, (tensor, size, dim) = _into_table(first, args)
    step = to_number(size)
    if step is None:
        raise not_a_number(size, 2)
    dim = 1 if dim is None or dim is NONE else whole(dim, 3)
    total = tensor.size(dim)
    parts = []
    start: int | float = 1  # a step with a fraction moves it by just that
    while start <= total:
        count = min(step, total - start + 1)
        parts.append(tensor.narrow(dim, start, count))
        start += count
    return _filled(result, parts)


@both
def chunk(first: Any = NONE, *args: Any) -> Any:
    """A table of at most `n` views of equal size: `tensor:chunk(n [, dim])`."""
    result, (tensor, n, dim) = _into_table(first, args)
    count = to_number(n)
    if count is None:
        raise not_a_number(n, 2)
    dim = 1 if dim is None or dim is NONE else whole(dim, 3)
    size = np.ceil(np.float64(tensor.size(dim)) / count).item()
    return split(*([] if result is None else [result]), tensor, size, dim)


def _into_table(first: Any, args: tuple[Any, ...]) -> tuple[Any, tuple[Any, Any, Any]]:
    result = None
    if isinstance(first, Table):
        result, first, args = first, args[0] if args else NONE, args[1:]
    if not isinstance(first, Memory):
        raise not_a_tensor(first, 1)
    size, dim = (*args, NONE, NONE)[:2]
    return result, (first, size, dim)


def _filled(result: Any, parts: list[Any]) -> Any:
    if result is None:
        return new_table(parts)
    for i in range(max(len(parts), len(array(result)))):
        result[i + 1] = parts[i] if i < len(parts) else None
    return result


@both
def squeeze(tensor: Any = NONE, *args: Any) -> Any:
    """The view without dimensions of size 1, or without dimension `dim` if its size is 1.

    `tensor:squeeze([result] [, dim])`. Of a tensor with one element the number itself is given.
    """
    result, source, rest = _target(tensor, args)
    if not isinstance(source, Memory):
        raise not_a_tensor(source, 1)
    nd = source.nd
    sizes = sizes_of(nd)
    if rest:
        dim = whole(rest[0], len(args) + 1) - 1
        if not 0 <= dim < len(sizes):
            raise BadArgument(2, "dimension out of range")
        keep = [d for d in range(len(sizes)) if d != dim or sizes[d] != 1] or [0]
        number = len(sizes) <= 1
    else:
        keep = [d for d, n in enumerate(sizes) if n != 1] or [0] * bool(sizes)
        number = True
    if number and nd.size == 1:
        if result is not None:
            _check_result(result, source)
            point(result, nd.reshape(1), own_storage(source))
        return lua_number(nd.reshape(1)[0])
    key = tuple(slice(None) if d in keep else 0 for d in range(nd.ndim))
    return _share(result, nd[key] if sizes else nd, source)


@both
def permute(tensor: Any = NONE, *dims: Any) -> Any:
    """The view with its dimensions in the given order: `tensor:permute(dim1, dim2, …)`."""
    if not isinstance(tensor, Memory):
        raise not_a_tensor(tensor, 1)
    # 0 leaves a dimension where it is
    order = [whole(d, i + 2) - 1 if d != 0 else i for i, d in enumerate(dims)]
    nd = tensor.nd
    if sorted(order) != list(range(len(sizes_of(nd)))):
        raise TorchError("Invalid permutation")
    return new_over(type(tensor), nd.transpose(order), own_storage(tensor)) if order else tensor


@both
def totable(tensor: Any = NONE, *_: Any) -> Any:
    """The elements as a (nested) Lua table of numbers."""
    if isinstance(tensor, Storage):
        return tensor.totable()
    if not isinstance(tensor, Memory):
        raise TorchError("obj must be a Storage or a Tensor")
    return table_of(tensor.nd)


_KNOWN: dict[type, bool] = dict.fromkeys(TYPES.values(), True)
_KNOWN |= dict.fromkeys((Table, int, float, str, bool, type(None), FunctionType), False)


@export
def isTensor(value: Any = None, *_: Any) -> bool:
    """True if the value is a tensor of any type."""
    known = _KNOWN.get(value.__class__)  # Python's `isinstance` asks the metaclass
    return isinstance(value, Memory) if known is None else known


@export
def isStorage(value: Any = None, *_: Any) -> bool:
    """True if the value is a storage of any type."""
    return isinstance(value, Storage)


Tensor.isTensor = isTensor
