"""Table layers that rearrange nested tables: FlattenTable, ZipTable, ZipTableOneToMany."""

from __future__ import annotations

from typing import Any

from th7shell.lua import Table, array, new_table
from th7shell.torch.tensor import default_type

from ..helpers.checks import check
from ..helpers.utils import is_plain
from ..module import Module


class FlattenTable(Module, name="nn.FlattenTable", arguments=""):
    """A nested table of tensors → the flat table of them.

    Field: input_map, the nested positions. Source: torch/nn, doc/table.md.

    >>> nn.FlattenTable().forward([torch.randn(1), [torch.randn(2)]])
    """

    def __post_init__(self) -> None:
        self.output = new_table()
        self.input_map = new_table()
        self.gradInput = new_table()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        check(is_plain(input), "input must be a table")
        if not mapped(self.output, input, self.input_map):
            self.output = new_table()
            self.input_map = spread(self.output, input)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        check(is_plain(input), "input must be a table")
        if not mapped(gradOutput, self.gradInput, self.input_map):
            self.gradInput = gathered(gradOutput, self.input_map)
        return self.gradInput

    def type(self, type: Any = None, tensorCache: Any = None, *_: Any) -> Any:
        """Convert; everything is made anew."""
        if type is not None:
            self.clearState()
        return super().type(type, tensorCache)

    def clearState(self, *_: Any) -> Any:
        """Let go of all tables; return self."""
        self.input_map = new_table()
        return super().clearState()


class ZipTable(Module, name="nn.ZipTable", arguments=""):
    """{{a1, a2}, {b1, b2}} → {{a1, b1}, {a2, b2}}.

    Source: torch/nn, doc/table.md.

    >>> nn.ZipTable().forward([[1, 2], [3, 4]])
    """

    def __post_init__(self) -> None:
        self.output = new_table()
        self.gradInput = new_table()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        self.output = exchanged(input)
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        self.gradInput = exchanged(gradOutput)
        return self.gradInput


class ZipTableOneToMany(Module, name="nn.ZipTableOneToMany", arguments=""):
    """{v, {a, b, c}} → {{v, a}, {v, b}, {v, c}}.

    The gradient of v is the sum over the pairs. Source: torch/nn, doc/table.md.

    >>> nn.ZipTableOneToMany().forward([torch.randn(2), [1, 2]])
    """

    def __post_init__(self) -> None:
        self.output = new_table()
        self.gradInput = new_table()
        self.gradInputEl = default_type()()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        check(len(input) == 2, "input must be table of element and table")
        self.output = new_table(new_table([input[1], value]) for value in array(input[2]))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        check(len(input) == 2, "input must be table of element and table")
        self.gradInputEl.resizeAs(input[1]).zero()
        pairs = array(gradOutput)
        for pair in pairs:
            self.gradInputEl.add(pair[1])
        self.gradInput = new_table([self.gradInputEl, new_table(pair[2] for pair in pairs)])
        return self.gradInput


def spread(flat: Table, value: Any) -> Any:
    """Append the tensors of a nested table to a flat one; return the same nesting of their
    places.
    """
    if is_plain(value):
        return new_table([spread(flat, v) for v in array(value)])
    place = len(flat) + 1
    flat[place] = value
    return place


def gathered(flat: Any, places: Any) -> Any:
    """The nested table of the entries of a flat one at the places."""
    if is_plain(places):
        return new_table([gathered(flat, p) for p in array(places)])
    return flat[places]


def mapped(flat: Any, value: Any, places: Any) -> bool:
    """Whether the flat table holds exactly the tensors of the nested one at the places."""
    if flat is None or value is None or places is None:
        return False
    if is_plain(value):
        same = is_plain(places) and len(value) == len(places)
        return same and all(mapped(flat, v, p) for v, p in zip(array(value), array(places)))
    return not is_plain(places) and flat[places] is value


def exchanged(rows: Table) -> Table:
    """The nested table with its two levels exchanged."""
    result = new_table()
    for i, row in enumerate(array(rows), 1):
        for j, value in enumerate(array(row), 1):
            if result[j] is None:
                result[j] = new_table()
            result[j][i] = value
    return result
