"""Arithmetic that was recorded once and is done on arrays, block by block, in buffers that stay in
the cache."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 15  # elements that are done at a time
_COMPARED = frozenset(
    {
        np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal,
        np.logical_not, np.logical_and,
    }
)  # fmt: skip


class _Carry:
    """A step: a number that goes from element to element, each time changed by the next step."""

    def __init__(self, cell: Any, ufunc: np.ufunc) -> None:
        self.cell = cell
        self.ufunc = ufunc

    def __call__(self, steps: Any, out: NDArray[Any]) -> None:
        out[...] = steps
        out[0] = self.ufunc(float(self.cell.cell_contents), out[0])
        self.ufunc.accumulate(out, out=out)


class _Choice:
    """A step: an array put together of others by their masks."""

    def __init__(self, otherwise: float) -> None:
        self.otherwise = otherwise

    def __call__(self, *operands: Any) -> None:
        out = operands[-1]
        out.fill(self.otherwise)
        for mask, source in zip(operands[:-1:2], operands[1:-1:2]):
            np.copyto(out, source, where=mask)


class Recording:
    """Steps on numbers that are named by their places, the inputs first.

    `results` are pairs of a mask's place (None: all elements) and a value's place; elements of no
    mask stay as they are."""

    def __init__(self, inputs: int, cells: list[Any]) -> None:
        self.inputs = inputs
        self.cells = cells
        self.results: list[tuple[int | None, int]] = []
        self._steps: list[tuple[Any, tuple[int, ...]]] = [(None, ())] * inputs
        self._constants: dict[int, NDArray[Any]] = {}
        self._known: dict[Any, int] = {}
        self._finals: list[tuple[int, int, bool]] = []
        self._plans: dict[bool, Any] = {}  # by whether the arrays are doubles

    def _add(self, key: Any, what: Any, operands: tuple[int, ...]) -> int:
        place = self._known.get(key)
        if place is None:
            place = self._known[key] = len(self._steps)
            self._steps.append((what, operands))
        return place

    def step(self, ufunc: np.ufunc, *operands: int) -> int:
        """The place of the ufunc's result."""
        return self._add((ufunc, operands), ufunc, operands)

    def constant(self, value: int | float) -> int:
        """The place of a number."""
        value = float(value)
        place = self._add(repr(value), None, ())
        self._constants[place] = np.array(value)
        return place

    def carry(self, cell: int, ufunc: np.ufunc, steps: int) -> int:
        """The place of what the cell's number is after each element."""
        return self._add((cell, ufunc, steps), _Carry(self.cells[cell], ufunc), (steps,))

    def choose(self, otherwise: float, pairs: list[tuple[int | None, int]]) -> int:
        """The place of an array that has the values of each pair where its mask is true."""
        operands = tuple(place for pair in pairs for place in pair if place is not None)
        return self._add((otherwise, operands), _Choice(otherwise), operands)

    def finish(self, cell: int, place: int, whole: bool) -> None:
        """Keep the last of an array in a cell, as an int if it is whole."""
        self._finals.append((cell, place, whole))

    def run(self, arrays: list[NDArray[Any]]) -> None:
        """Do the steps on arrays of one shape of floating-point numbers, with the results in the
        first; where a number is carried they have one dimension."""
        whole = len(arrays[0])
        rows = whole if arrays[0].size <= BLOCK else max(1, BLOCK * whole // arrays[0].size)
        double = arrays[0].dtype.char == "d"
        plan = self._plans.get(double)
        if plan is None:
            plan = self._plans[double] = self._plan(double)
        direct, copied, work, kinds, values = plan
        shape = (rows, *arrays[0].shape[1:])
        buffers = [np.empty(shape, kind) for kind in kinds]
        values = [buffers[v] if v.__class__ is int else v for v in values]
        for start in range(0, len(arrays[0]), rows):
            pieces = [a[start : start + rows] for a in arrays]
            if len(pieces[0]) < rows:
                values = [v if v is None or not v.ndim else v[: len(pieces[0])] for v in values]
            for i in range(self.inputs):
                if i in copied:
                    values[i][...] = pieces[i]
                else:
                    values[i] = pieces[i]
            if direct >= 0:
                values[direct] = pieces[0]
            for what, operands in work:
                what(*operands(values))
            self._keep(pieces[0], values, direct)

    def _direct(self) -> int:
        """The place whose values can be made where they are wanted; -1 if there is none."""
        if len(self.results) == 1 and self.results[0][0] is None:
            place = self.results[0][1]
            following = self._steps[place + 1 :]
            if self._steps[place][0] is not None and not any(0 in reads for _, reads in following):
                return place
        return -1

    def _plan(self, double: bool) -> tuple[int, list[int], list[Any], list[Any], list[Any]]:
        """What can be said before there are arrays (of doubles, or of others): the place whose
        values are made where they are wanted, the inputs that are copied, what is called with the
        values of which places, the types of the buffers, and for each place a constant or the
        number of a buffer. Buffers that are read no more are used again."""
        direct = self._direct() if double else -1
        last = {operand: i for i, (_, operands) in enumerate(self._steps) for operand in operands}
        kept = {place for pair in self.results for place in pair}
        kept.update(place for _, place, _ in self._finals)
        free: dict[Any, list[int]] = {np.float64: [], np.bool_: []}
        kinds: list[Any] = []
        held: list[Any] = [self._constants.get(i) for i in range(len(self._steps))]
        work = []
        for i, (what, operands) in enumerate(self._steps):
            if what is not None:
                work.append((what, itemgetter(*operands, i)))
            elif i >= self.inputs or double:
                continue
            for operand in set(operands):
                if last[operand] == i and operand not in kept and held[operand].__class__ is int:
                    free[kinds[held[operand]]].append(held[operand])
            if i == direct:
                continue
            kind: Any = np.bool_ if what in _COMPARED else np.float64
            if isinstance(what, np.ufunc) and free[kind]:
                held[i] = free[kind].pop()
            else:  # what is carried or chosen is written while its operands are read
                held[i] = len(kinds)
                kinds.append(kind)
        copied = [] if double else list(range(self.inputs))
        return direct, copied, work, kinds, held

    def _keep(self, target: NDArray[Any], values: list[Any], direct: int) -> None:
        """Write the results of a block, and what is carried on."""
        finals = [(cell, values[place][-1].item(), whole) for cell, place, whole in self._finals]
        for mask, place in self.results:
            if mask is None:
                if place != direct:
                    target[...] = values[place]
            elif target is not values[place]:
                np.copyto(target, values[place], where=values[mask], casting="unsafe")
        for cell, value, whole in finals:
            self.cells[cell].cell_contents = int(value) if whole else value
