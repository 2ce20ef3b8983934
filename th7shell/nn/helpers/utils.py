"""nn.utils: work on nested tables of tensors, and the conversion of types that keeps sharing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from th7shell.lua import Table, TorchError, array, items, new_table, send
from th7shell.torch.classes import class_named, torch_type, typename
from th7shell.torch.tensor import TYPES, Tensor


def factor(scale: Any) -> Any:
    """The `scale` of accGradParameters as it was given, 1 where it was not."""
    return 1 if scale is None else scale


def is_plain(value: Any) -> bool:
    """Whether a value is a table of no Torch class."""
    return isinstance(value, Table) and typename(value) is None


def recursive_type(param: Any = None, type: str = "", tensorCache: Any = None, *_: Any) -> Any:
    """Convert a tensor, a module, a criterion or the nested tables of them to a tensor type.

    Tensors are made anew and returned, tables and modules are changed in place. Tensors that share
    a storage still do so afterwards, across several calls too, if these are given one table as
    `tensorCache`.
    """
    cache = new_table() if tensorCache is None else tensorCache
    if type not in TYPES and (isinstance(param, Tensor) or is_plain(param)):
        raise TorchError("attempt to index a nil value")  # before anything is converted
    if is_plain(param):
        for key, value in list(items(param)):
            param[key] = recursive_type(value, type, cache)
    elif isinstance(param, Tensor):
        return convert(param, type, cache)
    elif isinstance(param, (class_named("nn.Module"), class_named("nn.Criterion"))):
        send(param, "type", type, cache)
    return param


def convert(tensor: Any, type: str, cache: Any) -> Any:
    """A tensor as `type`, from the cache where it or its storage was converted before."""
    if typename(tensor) == type:
        return tensor
    if cache[tensor] is None:
        if type not in TYPES:
            raise TorchError("attempt to index a nil value")
        new = TYPES[type]()
        storage = tensor.storage()
        if storage is not None:
            if cache[storage] is None:
                flat = tensor.new()
                flat.set(storage)
                cache[storage] = flat.type(type).storage()
            new.set(cache[storage], tensor.storageOffset(), tensor.size(), tensor.stride())
        cache[tensor] = new
    return cache[tensor]


def both(t1: Any, t2: Any, leaf: Callable[[Any, Any], Any], trim: bool = False) -> Any:
    """Walk the nested tables of t2 and of t1 side by side; t1 gets `leaf(its value, t2's value)` at
    each tensor.
    """
    if is_plain(t2):
        t1 = t1 if is_plain(t1) else new_table([t1] if t1 is not None else [])
        for key, value in list(items(t2)):
            t1[key] = both(t1[key], value, leaf, trim)
        if trim:
            for key, _ in list(items(t1)):
                if t2[key] is None or t2[key] is False:
                    t1[key] = None
        return t1
    if isinstance(t2, Tensor):
        return leaf(t1, t2)
    return unexpected(t1, t2)


def unexpected(t1: Any, t2: Any) -> Any:
    """Refuse what is neither a tensor nor a table of them."""
    raise TorchError(
        f"expecting nested tensors or tables. Got {torch_type(t1)} and {torch_type(t2)} instead"
    )


def recursiveResizeAs(t1: Any = None, t2: Any = None, *_: Any) -> Any:
    """Give t1 (made where it is missing) the structure and the sizes of t2; return both."""

    def leaf(a: Any, b: Any) -> Any:
        return (a if isinstance(a, Tensor) else b.new()).resize(b.size())

    return both(t1, t2, leaf, trim=True), t2


def recursiveCopy(t1: Any = None, t2: Any = None, *_: Any) -> Any:
    """Copy the tensors of t2 into t1, made or resized as needed; return both."""

    def leaf(a: Any, b: Any) -> Any:
        return (a if isinstance(a, Tensor) else b.new()).resize(b.size()).copy(b)

    return both(t1, t2, leaf), t2


def recursiveAdd(t1: Any = None, val: Any = None, t2: Any = None, *_: Any) -> Any:
    """t1 += val·t2, tensor by tensor (`recursiveAdd(t1, t2)`: val is 1); return both."""
    if t2 is None:
        if val is None:
            raise TorchError("expecting at least two arguments")
        val, t2 = 1, val
    scale = 1 if val is None else val

    def leaf(a: Any, b: Any) -> Any:
        return a.add(scale, b) if isinstance(a, Tensor) else unexpected(a, b)

    return both(t1, t2, leaf), t2


def recursiveFill(t2: Any = None, val: Any = None, *_: Any) -> Any:
    """Fill every tensor with a value; return the table or tensor."""
    if is_plain(t2):
        for key, value in list(items(t2)):
            t2[key] = recursiveFill(value, val)
    elif isinstance(t2, Tensor):
        t2.fill(val)
    else:
        raise TorchError(f"expecting tensor or table thereof. Got {torch_type(t2)} instead")
    return t2


def addSingletonDimension(*args: Any) -> Any:
    """`addSingletonDimension([view,] tensor[, dim = 1])`: a view of the tensor with a dimension of
    size 1 at `dim`.
    """
    view, t, dim = args[:3] if len(args) >= 3 else (None, *args, None)[:3]
    if view is not None and not isinstance(view, Tensor):
        raise TorchError(f"output tensor expected, got {torch_type(view)}")
    if not isinstance(t, Tensor):
        raise TorchError("input tensor expected")
    dim = 1 if dim is None else int(dim)
    if not 1 <= dim <= t.dim() + 1:
        raise TorchError(f"invalid dimension: {dim}. Tensor is of {t.dim()} dimensions.")
    sizes, strides = sizes_of(t), [t.stride(d) for d in range(1, t.dim() + 1)]
    view = t.new() if view is None else view
    pairs = zip(
        sizes[: dim - 1] + [1] + sizes[dim - 1 :], strides[: dim - 1] + [1] + strides[dim - 1 :]
    )
    view.set(t.storage(), t.storageOffset(), *(n for pair in pairs for n in pair))
    return view


def sizes_of(t: Any) -> list[int]:
    """The sizes of a tensor as a Python list."""
    return [t.size(d) for d in range(1, t.dim() + 1)]


def contiguousView(output: Any = None, input: Any = None, *sizes: Any) -> Any:
    """Make `output` a view of the input with the given sizes; of a copy, where the input is not
    contiguous.
    """
    output = input.new() if output is None else output
    if input.isContiguous():
        return output.view(input, *sizes)
    output.resize(input.size()).copy(input)
    return output.view(output, *sizes)


def clear(module: Any = None, *names: Any) -> Any:
    """Empty the named fields of a module (tensors lose their storage, tables their entries); return
    the module.

    The names are given one by one or in a table.
    """
    if names and is_plain(names[0]):
        names = tuple(array(names[0]))
    for name in names:
        value = module[name]
        if isinstance(value, Tensor):
            value.set()
        elif is_plain(value):
            module[name] = new_table()
        elif value is not None:
            module[name] = None
    return module


#: nn.utils, as Lua sees it
NAMES = {
    "recursiveType": recursive_type,
    "recursiveResizeAs": recursiveResizeAs,
    "recursiveFill": recursiveFill,
    "recursiveAdd": recursiveAdd,
    "recursiveCopy": recursiveCopy,
    "addSingletonDimension": addSingletonDimension,
    "contiguousView": contiguousView,
    "clear": clear,
}
