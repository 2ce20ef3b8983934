"""An object as named arrays and one text, and back: what `.safetensors`, `.npz` and `.h5` hold.

The arrays are the object's tensors under their paths, each piece of memory once. The text, JSON,
says what else there is to know:

    classes   path → class of each table, object, tensor
    versions  class → version, of classes that nobody has
    values    path → number, string or boolean
    shared    path → name of the array with the same numbers, which is the same memory
    same      path → path of the very same table, object, tensor
    pairs     of keys that are neither text nor whole numbers: path of the table, key, value; what
              is an object stands as {"at": its path}
    storages  where several tensors are parts of one memory: its size, and for each path where the
              tensor begins (from 0), its sizes and strides

With it an object comes back as it was; without, as tables of tensors.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from numpy.typing import NDArray

from th7shell.lua.stdlib.texts import to_text
from th7shell.torch.classes import typename
from th7shell.torch.memory import offset_of
from th7shell.torch.storage import Storage
from th7shell.torch.tensor import Tensor

from .names import state_names
from .nets import is_unknown
from .options import ExportError, Options
from .tensors import Entry, tensors
from .walk import Node, is_object, readable, shown, walk

MOST_TEXT = 50 << 20  # characters of the text; beyond, values are left out


@dataclass
class Pack:
    """Arrays by name, and the text about them as a dictionary."""

    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What is to be known besides the arrays, as JSON."""
        return json.dumps(self.about, separators=(",", ":"))

    @property
    def bytes(self) -> int:
        """Bytes of all arrays."""
        return sum(nd.nbytes for nd in self.arrays.values())


def pack(value: Any, options: Options) -> Pack:
    """Take an object apart. Errors: ExportError for one that no file could hold."""
    if options.names == "torch":
        return _state(value, options)
    entries = list(tensors(value))
    for entry in entries:
        if entry.nd is not None and entry.repeats:
            raise ExportError(
                f"{entry.path or 'the tensor'}: an expanded tensor of {entry.nd.size:,} elements"
                f" over {entry.storage.nd.shape[0]:,} is too large to be written out"
            )
    made = Pack()
    chosen = {id(entry) for entry in written(entries)}
    for entry in entries:
        if id(entry) in chosen:
            made.arrays[entry.path or "tensor"] = entry.nd
    made.about = {
        "classes": {},
        "values": {},
        "shared": {e.path: e.same for e in entries if e.same is not None and e.nd is not None},
        "same": {},
        "storages": _storages(entries),
    }
    _describe(value, made, options)
    return made


def _state(value: Any, options: Options) -> Pack:
    """The parameters and statistics of a net under PyTorch's names."""
    made = Pack()
    shared: dict[str, str] = {}
    met: dict[Any, str] = {}
    for name, nd in state_names(value):
        place = nd.__array_interface__["data"][0], nd.shape, nd.strides
        first = met.setdefault(place, name) if nd.size else name
        if first != name:
            shared[name] = first
        else:
            made.arrays[name] = nd
    if not made.arrays:
        raise ExportError("there is no net with parameters, which PyTorch's names could be for")
    made.about = {"shared": shared}
    return made


def _describe(value: Any, made: Pack, options: Options) -> None:
    """Classes, values and objects that are in several places."""
    classes, values, same = made.about["classes"], made.about["values"], made.about["same"]
    lost: list[str] = []
    odd: list[Node] = []  # under keys that no path can spell
    paths: dict[int, str] = {}
    for node in walk(value):
        part = node.value
        if "[" in node.path and _has_brackets(node):
            odd.append(node)
        elif not is_object(part):
            values[node.path] = _plain(part)
        elif node.same is not None:
            same[node.path] = node.same.path
        elif isinstance(part, (Tensor, Storage)):
            classes[node.path] = typename(part)
        elif node.size is not None:
            name = classes[node.path] = readable(typename(part) or "table")
            if is_unknown(part):
                made.about.setdefault("versions", {})[name] = vars(type(part)).get("__version")
        else:
            lost.append(node.path)
            continue
        if node.same is None and is_object(part) and node not in odd[-1:]:
            paths[id(part)] = node.path
    made.about["pairs"] = pairs = []
    for node in odd:
        found = [_told(part, paths) for part in (node.key, node.value)]
        assert node.above is not None  # it has a key
        if None in found or id(node.above.value) not in paths:
            lost.append(node.path)
        else:
            pairs.append([node.above.path, *found])
    if lost[:1] == [""]:
        raise ExportError(f"what the file holds is a {shown(value)}, no tensor and no table")
    if lost:
        more = f" and {len(lost) - 1:,} more" if len(lost) > 1 else ""
        options.say(f"left out what is no tensor and no plain value: {lost[0]}{more}")
    if sum(len(name) + len(str(value)) for name, value in values.items()) > MOST_TEXT:
        made.about["values"] = {}
        options.say(f"left out the {len(values):,} numbers and strings outside of tensors")


def _told(part: Any, paths: dict[int, str]) -> Any:
    """A key or a value of a pair for JSON, None for an object that is nowhere else."""
    if not is_object(part):
        return _plain(part)
    return {"at": paths[id(part)]} if id(part) in paths else None


def _has_brackets(node: Any) -> bool:
    """Whether a key on the way to a node is neither text nor a whole number."""
    while node.above is not None:
        if node.key.__class__ not in (str, int):
            return True
        node = node.above
    return False


def _plain(value: Any) -> Any:
    """A plain value for JSON."""
    if value.__class__ is str:
        return to_text(value)
    if value.__class__ is float and not isfinite(value):
        return ["number", str(value)]
    return value


# which tensors are written


def written(entries: list[Entry]) -> list[Entry]:
    """The tensors whose arrays are written, in order: of those over one memory the small ones that
    together make up the large ones."""
    users: dict[int, list[Entry]] = {}
    for entry in entries:
        if entry.same is None and entry.nd is not None and entry.nd.size:
            users.setdefault(id(entry.storage), []).append(entry)
    chosen = {id(e) for views in users.values() for e in _chosen(views)}
    return [entry for entry in entries if id(entry) in chosen]


def _chosen(views: list[Entry]) -> list[Entry]:
    if len(views) == 1:
        return views
    cover = Cover()
    chosen: list[Entry] = []
    overlap = False
    for view in sorted(views, key=lambda e: (not _dense(e), e.nd.size)):
        start, end = view.interval
        if cover.holds(start, end):
            continue
        if _dense(view):
            overlap = cover.add(start, end) or overlap
        chosen.append(view)
    if overlap and len(chosen) < 1000:
        for view in list(chosen):
            others = Cover()
            for other in chosen:
                if other is not view and _dense(other):
                    others.add(*other.interval)
            if others.holds(*view.interval):
                chosen.remove(view)
    return chosen


def _dense(entry: Entry) -> bool:
    """Whether a tensor has every element of its interval, once."""
    start, end = entry.interval
    if 0 in entry.nd.strides or entry.nd.size != end - start:
        return False
    steps = sorted((s, n) for s, n in zip(entry.nd.strides, entry.nd.shape) if n > 1)
    expected = entry.nd.itemsize
    for step, n in steps:
        if step != expected:
            return False
        expected *= n
    return True


class Cover:
    """A set of whole numbers, kept as intervals that do not touch."""

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []

    def holds(self, start: int, end: int) -> bool:
        """Whether all of start … end-1 is in the set."""
        i = bisect_right(self.starts, start) - 1
        return i >= 0 and self.ends[i] >= end

    def add(self, start: int, end: int) -> bool:
        """Put start … end-1 into the set; whether some of it was there."""
        first = bisect_right(self.ends, start - 1)
        last = bisect_right(self.starts, end)
        overlap = any(
            s < end and e > start for s, e in zip(self.starts[first:last], self.ends[first:last])
        )
        if first < last:
            start = min(start, self.starts[first])
            end = max(end, self.ends[last - 1])
        self.starts[first:last] = [start]
        self.ends[first:last] = [end]
        return overlap


def _storages(entries: list[Entry]) -> list[dict[str, Any]]:
    """The memories that several tensors are parts of; a tensor in several places is in one of
    them."""
    users: dict[int, list[Entry]] = {}
    for entry in entries:
        if entry.nd is not None and entry.nd.size and not entry.again:
            users.setdefault(id(entry.storage), []).append(entry)
    made = []
    for views in users.values():
        if len(views) == 1:
            continue
        start = min(e.interval[0] for e in views)
        size = max(e.interval[1] for e in views) - start
        if size > 16 * sum(e.nd.size for e in views) + (1 << 20):
            continue  # small parts far from each other: each for itself
        memory = views[0].storage.nd
        places = {
            e.path: [
                offset_of(e.nd, memory) - start,
                list(e.nd.shape),
                [s // e.nd.itemsize for s in e.nd.strides],
            ]
            for e in views
        }
        made.append({"size": size, "tensors": places})
    return made
