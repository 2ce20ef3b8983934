"""A net that takes its weights from tensors by name, under the net's own names or PyTorch's."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from th7shell.torch.python_values import native

from .names import state_names
from .nets import is_parameter
from .options import ExportError, Options
from .tensors import tensors
from .walk import parts_of

Arrays = dict[str, NDArray[Any]]
Shape = tuple[int, ...]
STATISTICS = ("running_mean", "running_var")
UNUSED = ("num_batches_tracked",)  # PyTorch's layers keep it, Torch's do not
MOST = 8  # names that are told


class Differences(NamedTuple):
    """What a net did not find among the tensors it was given, and what of them it has no place for:
    sizes by name."""

    missing: dict[str, Shape]
    unexpected: dict[str, Shape]


def fill(net: Any, source: Any, options: Options) -> Any:
    """Copy the tensors of `source` into those of the same names in `net`; the net. What is missing
    or left over is told. Errors: ExportError where no name fits, or a size does not."""
    found = load_state_dict(net, source)
    if found.missing:
        options.say(f"not in the file, left as they were: {_some(found.missing)}")
    if found.unexpected:
        options.say(f"not in the net, left out: {_some(found.unexpected)}")
    return net


def load_state_dict(net: Any, state: Any) -> Differences:
    """Fill a net with the tensors of the same names, the net's own (`modules.1.weight`) or
    PyTorch's (`0.weight`): `missing, unexpected = export.load_state_dict(net, state)`.

    state: a dict of arrays, or what `export.load` gives of a file. Errors: ExportError where no
    name fits or a size does not; the net is then as it was.
    """
    entries = tensors(native(state))
    given: Arrays = {_joined(e.path): e.nd for e in entries if e.nd is not None and e.nd.size}
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
            f"no tensor of the file is one of the net's: it has {_some(_sizes(given))};"
            f" the net has {_some(_sizes(theirs))}"
        )
    wrong = [n for n in sorted(common) if not _fits(names[n], wanted[n])]
    if wrong:
        told = (
            f"{n} is {_size(names[n].shape)}, the net's {_size(wanted[n].shape)}" for n in wrong[:3]
        )
        raise ExportError(f"sizes that do not fit: {'; '.join(told)}{' …' * (len(wrong) > 3)}")
    filled = set()
    for name in common:
        nd = wanted[name]
        nd[...] = names[name].reshape(nd.shape)
        filled.add(_memory(nd))
    missing = {
        n: nd.shape
        for n, nd in wanted.items()
        if n in needs and n not in common and _memory(nd) not in filled
    }
    over = (n for n in names if n not in wanted and n.rpartition(".")[2] not in UNUSED)
    return Differences(missing, {n: names[n].shape for n in over})


def _joined(path: str) -> str:
    """A path whose keys may have dots in them, as names that are no paths have."""
    return ".".join(map(str, parts_of(path) or (path,)))


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


def _sizes(arrays: Arrays) -> dict[str, Shape]:
    return {name: nd.shape for name, nd in arrays.items()}


def _size(shape: Shape) -> str:
    return "x".join(map(str, shape))


def _some(sizes: dict[str, Shape]) -> str:
    """Names with their sizes, the first few."""
    shown = [f"{name} ({_size(shape)})" for name, shape in list(sizes.items())[:MOST]]
    more = len(sizes) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")
