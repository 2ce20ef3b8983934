"""A net that takes its weights from a file of tensors, under the net's own names or PyTorch's."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from .formats import ExportError, Options
from .names import state_names
from .nets import is_parameter
from .tensors import tensors

Arrays = dict[str, NDArray[Any]]
STATISTICS = ("running_mean", "running_var")
UNUSED = ("num_batches_tracked",)  # PyTorch's layers keep it, Torch's do not
MOST = 8  # names that are told


def fill(net: Any, source: Any, options: Options) -> Any:
    """Copy the tensors of `source` into those of the same names in `net`; the net. What is missing
    or left over is told. Errors: ExportError where no name fits, or a size does not."""
    given = {e.path: e.nd for e in tensors(source) if e.nd is not None and e.nd.size}
    ours, needed = _named(net)
    theirs: Arrays = dict(state_names(net))
    candidates = [
        (names, wanted, needs)
        for wanted, needs in ((ours, needed), (theirs, set(theirs)))
        for names in _readings(given)
    ]
    names, wanted, needs = max(candidates, key=lambda c: len(c[0].keys() & c[1].keys()))
    common = {n for n in names.keys() & wanted.keys() if n in needs or _fits(names[n], wanted[n])}
    if not common:
        raise ExportError(
            f"no tensor of the file is one of the net's: it has {_some(given)};"
            f" the net has {_some(theirs)}"
        )
    wrong = [n for n in sorted(common) if not _fits(names[n], wanted[n])]
    if wrong:
        told = (f"{n} is {_size(names[n])}, the net's {_size(wanted[n])}" for n in wrong[:3])
        raise ExportError(f"sizes that do not fit: {'; '.join(told)}{' …' * (len(wrong) > 3)}")
    filled = set()
    for name in common:
        nd = wanted[name]
        nd[...] = names[name].reshape(nd.shape)
        filled.add(_memory(nd))
    missing = [
        n for n in wanted if n in needs and n not in common and _memory(wanted[n]) not in filled
    ]
    over = [n for n in names if n not in wanted and n.rpartition(".")[2] not in UNUSED]
    if missing:
        options.say(f"not in the file, left as they were: {_some(missing)}")
    if over:
        options.say(f"not in the net, left out: {_some(over)}")
    return net


def _named(net: Any) -> tuple[Arrays, set[str]]:
    """The tensors of a net by their paths, and which of them a file should have."""
    needed: set[str] = {e.path for e in tensors(net, is_parameter)}
    arrays: Arrays = {}
    for entry in tensors(net):
        if entry.nd is not None and entry.nd.size:
            arrays[entry.path] = entry.nd
            if entry.path.rpartition(".")[2] in STATISTICS:
                needed.add(entry.path)
    return arrays, needed


def _readings(arrays: Arrays, depth: int = 2) -> list[Arrays]:
    """The arrays, and those below a first part of names without it, as PyTorch's `module.` and the
    `state_dict.` of a checkpoint."""
    found = [arrays]
    for head in dict.fromkeys(name.partition(".")[0] for name in arrays) if depth else ():
        start = len(head) + 1
        below = {name[start:]: nd for name, nd in arrays.items() if name[:start] == f"{head}."}
        found += _readings(below, depth - 1)
    return found


def _fits(given: NDArray[Any], wanted: NDArray[Any]) -> bool:
    """Whether an array has the sizes of another, sizes of 1 not counted."""
    return [n for n in given.shape if n > 1] == [n for n in wanted.shape if n > 1]


def _memory(nd: NDArray[Any]) -> tuple[Any, ...]:
    return nd.__array_interface__["data"][0], nd.size


def _size(nd: NDArray[Any]) -> str:
    return "x".join(map(str, nd.shape))


def _some(names: Any) -> str:
    shown = list(names)[:MOST]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")
