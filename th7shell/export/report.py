"""`inspect`: what a file is and holds, as text and as data for JSON."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite
from typing import Any

from th7shell.nn.helpers.output_sizes import Shape, show
from th7shell.nn.tools.summary import bytes_text, columns
from th7shell.torch.classes import typename
from th7shell.torch.storage import Storage
from th7shell.torch.tensor import Tensor

from . import formats, t7
from .nets import Net, is_module, nets
from .pieces import counted
from .sizes import nested
from .tensors import Entry, Statistics, statistics, tensors
from .walk import Node, Pairs, is_object, key_text, pairs_of, readable, shape_of, shown, walk

MOST = 30  # parts of one table that the tree shows
DEPTH = 3  # how deep it goes, nets not counted


def inspect(
    what: Any,
    input: Shape | None = None,
    progress: Callable[[int, int], Any] | None = None,
) -> Report:
    """Open a file and tell what it is and holds, or tell what a value is:
    `print(export.inspect('model.t7'))`, `print(export.inspect(net))`.

    input: the size of an input, `(3, 224, 224)`, for which a net's output sizes are told. The
    report's `value` is the object, `nets` its nets as tables of modules, `tensors` its tensors with
    their statistics, `data()` all of it for JSON. Memory stays far below the file's size: tensors
    are looked at piece by piece, and only when asked for. Errors: ExportError.
    """
    report = _of_file(os.fspath(what)) if isinstance(what, (str, os.PathLike)) else None
    report = report or Report("", what, "", None)
    report.input = None if input is None else nested(input)
    report.progress = progress
    return report


def _of_file(path: str) -> Report:
    kind = formats.ending(path)
    if kind not in formats.FORMATS or kind == ".t7":
        value, facts = t7.open_file(path)
        return Report(path, value, str(facts), facts.size, facts=facts)
    value = formats.load(path, mapped=True)
    return Report(path, value, f"{kind} file", os.stat(path).st_size)


@dataclass
class Report:
    """What a file is and holds. As text: the file, the tree of its objects down to nets and
    tensors, each net's modules, and totals. Without a size it is about a value."""

    path: str
    value: Any
    what: str
    size: int | None
    facts: t7.Facts | None = None
    input: Shape | None = None
    progress: Callable[[int, int], Any] | None = field(default=None, repr=False)

    @cached_property
    def nets(self) -> list[Net]:
        """The nets in the file."""
        return list(nets(self.value, self.input))

    @cached_property
    def tensors(self) -> list[Entry]:
        """The tensors and storages in the file."""
        return list(tensors(self.value))

    @cached_property
    def statistics(self) -> dict[str, Statistics]:
        """Statistics of the tensors by their paths; the same memory is looked at once."""
        wanted = [
            e
            for e in self.tensors
            if e.same is None and e.nd is not None and e.nd.size and not e.repeats
        ]
        count = counted(self.progress, sum(e.nd.nbytes for e in wanted))
        return {entry.path: statistics(entry.nd, count) for entry in wanted}

    # text

    def __str__(self) -> str:
        return self.text()

    def text(self, tree: bool = False, tensors: bool = False, depth: int | None = None) -> str:
        """The report as text. tree: the fields of nets' modules too; tensors: each tensor with its
        statistics; depth: how deep the tree goes."""
        parts = [self._head()]
        alone = is_module(self.value)
        if tree or not alone:
            parts.append("\n".join(self._lines(depth, tree)) + "\n")
        for net in self.nets if not tree or not alone or self.input else []:
            parts.append((f"{net.path}:\n" if net.path else "") + str(net))
        if tensors:
            parts.append(self._table())
        parts.append(self._totals())
        return "\n".join(filter(None, parts))

    def _head(self) -> str:
        if self.size is None:
            return ""
        text = f"{self.path}: {self.what}, {bytes_text(self.size)}\n"
        if self.facts is not None and self.facts.left:
            text += f"{self.facts.left:,} bytes follow the first object: perhaps further ones\n"
        return text

    def _lines(self, depth: int | None, fields: bool) -> Iterator[str]:
        """The tree of the object, a line for each part."""
        depth = depth if depth is not None else DEPTH + (3 if fields else 0)

        def enter(node: Node) -> bool:
            return node.depth < depth and (fields or not is_module(node.value)) and not dull(node)

        for node in walk(self.value, enter, _cut):
            name = key_text(node.key) + ": " if node.above is not None else ""
            if isinstance(node.key, More):
                yield "  " * node.depth + f"… {node.value:,} more"
            else:
                yield "  " * node.depth + name + described(node)

    def _table(self) -> str:
        """The tensors and their statistics."""
        shared = self._shared()
        body = []
        for e in self.tensors:
            if e.nd is not None and not e.nd.size:
                continue
            found = self.statistics.get(e.path)
            note = f"= {e.same}" if e.same else shared.get(id(e.storage), "")
            if e.nd is None:
                note = "its storage was emptied"
            numbers = (
                ("", "", "", "")
                if found is None
                else (*map(number, (found.min, found.mean, found.max)), str(found.nans or ""))
            )
            size = str(len(e.value)) if isinstance(e.value, Storage) else show(shape_of(e.value))
            body.append((e.path or "-", e.kind, size, *numbers, note))
        head = ("tensor", "class", "size", "min", "mean", "max", "NaN", "memory")
        return columns(head, body, right=(3, 4, 5, 6))

    def _shared(self) -> dict[int, str]:
        """Names for the storages that several different tensors look at."""
        users: dict[int, int] = {}
        for e in self.tensors:
            if e.same is None and isinstance(e.value, Tensor):
                users[id(e.storage)] = users.get(id(e.storage), 0) + 1
        several = [key for key, n in users.items() if n > 1]
        return {key: f"storage {i}, {users[key]} tensors" for i, key in enumerate(several, 1)}

    def _totals(self) -> str:
        storages = {id(e.storage): e.storage.nd.nbytes for e in self.tensors}
        full = [e for e in self.tensors if e.nd is None or e.nd.size]
        text = f"{len(full):,} tensor{'s' * (len(full) != 1)}" if full else "no tensors"
        if full:
            kinds = ", ".join(sorted({e.kind for e in full}))
            text += f" ({kinds}) over {bytes_text(sum(storages.values()))}"
        if len(full) < len(self.tensors):
            text += f"; {len(self.tensors) - len(full):,} empty ones"
        if "statistics" in vars(self):
            bad = [path for path, found in self.statistics.items() if found.nans]
            if bad:
                text += f"; NaN in {', '.join(bad[:5])}{' …' * (len(bad) > 5)}"
        return text + "\n"

    # data

    def data(self, depth: int | None = None) -> dict[str, Any]:
        """All of the report as dictionaries and lists for JSON."""
        made: dict[str, Any] = {"file": self.path, "what": self.what, "size": self.size}
        if self.facts is not None:
            made |= {
                "encoding": self.facts.encoding,
                "longs": self.facts.longs,
                "left": self.facts.left,
            }
        return made | {name: part(self, depth) for name, part in PARTS.items()}

    def _objects(self, depth: int | None) -> list[dict[str, Any]]:
        limit = depth if depth is not None else 1000
        return [_object(node) for node in walk(self.value, lambda n: n.depth < limit)]

    def _nets(self, _depth: int | None) -> list[dict[str, Any]]:
        return [
            {
                "path": net.path,
                "parameters": net.parameters,
                "input": net.input,
                "modules": [
                    {
                        "place": row.place,
                        "name": row.name,
                        "parameters": row.parameters,
                        **({"output": row.output, "operations": row.macs} if net.input else {}),
                    }
                    for row in net.rows
                ],
            }
            for net in self.nets
        ]

    def _tensors(self, _depth: int | None) -> list[dict[str, Any]]:
        return [self._tensor(e) for e in self.tensors]

    def _tensor(self, e: Entry) -> dict[str, Any]:
        size = [len(e.value)] if isinstance(e.value, Storage) else list(shape_of(e.value))
        made: dict[str, Any] = {"path": e.path, "class": e.kind, "size": size}
        if e.same is not None:
            made["same"] = e.same
        found = self.statistics.get(e.path)
        if found is not None:
            for name in ("min", "mean", "max"):
                value = getattr(found, name)
                made[name] = value if isfinite(value) else str(value)
            made["nans"] = found.nans
        return made


#: the lists of `Report.data`: name → what makes it
PARTS: dict[str, Callable[[Report, int | None], list[dict[str, Any]]]] = {
    "objects": Report._objects,
    "nets": Report._nets,
    "tensors": Report._tensors,
}


class More:
    """The key of what the tree leaves out, whose value is how many they are."""


def _cut(pairs: Pairs) -> Pairs:
    """The first of the elements and the first of the fields of a table."""
    elements = [pair for pair in pairs if pair[0].__class__ is int]
    fields = [pair for pair in pairs if pair[0].__class__ is not int]
    shown: Pairs = []
    for some in (elements, fields):
        shown += some[:MOST] if len(some) > MOST + 1 else some
        if len(some) > MOST + 1:
            shown.append((More(), len(some) - MOST))
    return shown


def dull(node: Node) -> bool:
    """Whether a node is a long list of plain values."""
    if node.size is None or node.size <= MOST or typename(node.value) is not None:
        return False
    return not any(is_object(value) for _, value in pairs_of(node.value) or ())


def described(node: Node) -> str:
    """What the tree says of a node."""
    value = node.value
    text = shown(value)
    if node.same is not None:
        return f"{text} = {node.same.path or 'the whole'}"
    if node.size is not None and not is_module(value):
        text += f" of {node.size:,}"
        if dull(node):
            some = [v for _, v in pairs_of(value) or ()][:6]
            text += ": " + ", ".join(shown(v, 16) for v in some) + " …"
    return text


def _object(node: Node) -> dict[str, Any]:
    value = node.value
    made: dict[str, Any] = {"path": node.path, "class": readable(typename(value) or "")}
    if node.same is not None:
        made["same"] = node.same.path
    elif isinstance(value, Tensor):
        made["size"] = list(shape_of(value))
    elif isinstance(value, Storage):
        made["size"] = [len(value)]
    elif node.size is not None:
        made["entries"] = node.size
        made["class"] = made["class"] or "table"
    elif value.__class__ is str:
        made["value"] = readable(value)
    elif value.__class__ is float and not isfinite(value):
        made["value"] = str(value)
    elif not is_object(value):
        made["value"] = value
    else:
        made["class"] = made["class"] or "function"
    if not made["class"]:
        del made["class"]
    return made


def number(value: float) -> str:
    """A number of the table of statistics."""
    return f"{value:.4g}" if value == value else "-"
