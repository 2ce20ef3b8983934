"""Random programs of resize, set and views over shared storages, against a model that spells out every element."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from math import prod

import pytest
from hypothesis import given
from hypothesis import strategies as st

from th7shell import torch

pytestmark = pytest.mark.usefixtures("young")


@dataclass(eq=False)
class Cells:
    """A storage as a plain list."""

    values: list = field(default_factory=list)


@dataclass
class View:
    """A tensor as Torch defines it."""

    cells: Cells
    offset: int
    sizes: tuple
    strides: tuple

    def places(self):
        if not self.sizes:
            return []
        steps = product(*(range(n) for n in self.sizes))
        return [self.offset + sum(i * s for i, s in zip(step, self.strides)) for step in steps]

    def read(self):
        return [self.cells.values[i] for i in self.places()]

    def write(self, value):
        for i in self.places():
            self.cells.values[i] = value

    def resize(self, sizes):
        if sizes == self.sizes:
            return
        strides, step = [], 1
        for n in reversed(sizes):
            strides.insert(0, step)
            step *= n
        self.sizes, self.strides = sizes, tuple(strides)
        if sizes:
            missing = self.offset + prod(sizes) - len(self.cells.values)
            self.cells.values += [None] * missing  # not initialised


sizes = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)


def agree(pairs):
    for tensor, view in pairs:
        assert tensor.size().nd.tolist() == list(view.sizes)
        assert not view.sizes or tensor.stride().nd.tolist() == list(view.strides)
        got = tensor.nd.reshape(-1).tolist() if view.sizes else []
        for value, expected in zip(got, view.read(), strict=True):
            assert expected is None or value == expected
        if view.sizes:
            assert tensor.storageOffset() == view.offset + 1
            assert tensor.storage().size() == len(view.cells.values)
    for tensor, view in pairs:
        for other, its in pairs:
            if view.sizes and its.sizes:
                assert (tensor.storage() is other.storage()) == (view.cells is its.cells)


@given(st.data())
def test_tensors_that_share_memory_stay_together(data):
    first = torch.DoubleTensor(2, 3).fill(0)
    pairs = [(first, View(Cells([0] * 6), 0, (2, 3), (3, 1)))]
    for step in range(1, data.draw(st.integers(2, 12)) + 1):
        tensor, view = pairs[data.draw(st.integers(0, len(pairs) - 1))]
        what = data.draw(
            st.sampled_from(("fill", "resize", "narrow", "select", "t", "set", "storage", "new"))
        )
        if what == "fill":
            tensor.fill(step)
            view.write(step)
        elif what == "resize":
            wanted = data.draw(sizes)
            tensor.resize(*wanted)
            view.resize(wanted)
        elif what == "narrow" and view.sizes:
            d = data.draw(st.integers(0, len(view.sizes) - 1))
            start = data.draw(st.integers(0, view.sizes[d] - 1))
            n = data.draw(st.integers(1, view.sizes[d] - start))
            lengths = (*view.sizes[:d], n, *view.sizes[d + 1 :])
            there = view.offset + start * view.strides[d]
            pairs.append(
                (tensor.narrow(d + 1, start + 1, n), View(view.cells, there, lengths, view.strides))
            )
        elif what == "select" and len(view.sizes) > 1:
            i = data.draw(st.integers(0, view.sizes[0] - 1))
            there = view.offset + i * view.strides[0]
            pairs.append((tensor[i + 1], View(view.cells, there, view.sizes[1:], view.strides[1:])))
        elif what == "t" and len(view.sizes) == 2:
            pairs.append(
                (tensor.t(), View(view.cells, view.offset, view.sizes[::-1], view.strides[::-1]))
            )
        elif what == "set":
            other, its = pairs[data.draw(st.integers(0, len(pairs) - 1))]
            tensor.set(other)
            view.cells, view.offset, view.sizes, view.strides = (
                its.cells,
                its.offset,
                its.sizes,
                its.strides,
            )
        elif what == "storage" and view.sizes:
            there = data.draw(st.integers(0, len(view.cells.values) - 1))
            wanted = data.draw(sizes)
            made = torch.DoubleTensor(tensor.storage(), there + 1, torch.LongStorage(wanted))
            model = View(view.cells, there, (), ())
            model.resize(wanted)
            pairs.append((made, model))
        elif what == "new":
            wanted = data.draw(sizes)
            model = View(Cells(), 0, (), ())
            model.resize(wanted)
            pairs.append((torch.DoubleTensor(*wanted), model))
            pairs[-1][0].fill(step)
            model.write(step)
        agree(pairs)
