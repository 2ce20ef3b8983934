"""Printing: texts known from the original, and the property that what is printed reads back."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from th7shell import torch

inf, nan = math.inf, math.nan

KNOWN = [
    ([1, 2, 3], " 1\n 2\n 3\n[torch.DoubleTensor of size 3]\n"),
    ([1.5, -2.25, 3], " 1.5000\n-2.2500\n 3.0000\n[torch.DoubleTensor of size 3]\n"),
    ([0], " 0\n[torch.DoubleTensor of size 1]\n"),
    ([-0.0, 0], " 0\n 0\n[torch.DoubleTensor of size 2]\n"),
    ([1, 2.5, 10000], "     1.0000\n     2.5000\n 10000.0000\n[torch.DoubleTensor of size 3]\n"),
    ([1, 2.5, 100000], " 1.0000e+00\n 2.5000e+00\n 1.0000e+05\n[torch.DoubleTensor of size 3]\n"),
    ([123456789], " 123456789\n[torch.DoubleTensor of size 1]\n"),
    ([1234567890123], " 1.2346e+12\n[torch.DoubleTensor of size 1]\n"),
    ([1.5e-5, 2e-5], "1e-05 *\n 1.5000\n 2.0000\n[torch.DoubleTensor of size 2]\n"),
    ([123456.5, 234567], "100000 *\n 1.2346\n 2.3457\n[torch.DoubleTensor of size 2]\n"),
    ([inf, 1], "        inf\n 1.0000e+00\n[torch.DoubleTensor of size 2]\n"),
    ([nan, 1], "nan\n1.000000\n[torch.DoubleTensor of size 2]\n"),
    ([inf, -inf, nan], "inf\n-inf\nnan\n[torch.DoubleTensor of size 3]\n"),
    ([1e-300, 1], " 1.0000e-300\n  1.0000e+00\n[torch.DoubleTensor of size 2]\n"),
    ([[1, 2], [3, 4]], " 1  2\n 3  4\n[torch.DoubleTensor of size 2x2]\n"),
    ([[1.5, -2], [3.25, 4]], " 1.5000 -2.0000\n 3.2500  4.0000\n[torch.DoubleTensor of size 2x2]\n"),
    ([[1.5e-5], [2e-5]], "1e-05 *\n  1.5000\n  2.0000\n[torch.DoubleTensor of size 2x1]\n"),
    ([[nan, nan], [nan, nan]], "nan nan\nnan nan\n[torch.DoubleTensor of size 2x2]\n"),
    ([[inf, 1.5], [-2.5, 1e-3]], "         inf   1.5000e+00\n -2.5000e+00   1.0000e-03\n[torch.DoubleTensor of size 2x2]\n"),
    ([[[1], [2]], [[3], [4]]], "(1,.,.) = \n  1\n  2\n\n(2,.,.) = \n  3\n  4\n[torch.DoubleTensor of size 2x2x1]\n"),
    ([[[1.5e-5]]], "(1,.,.) = \n 1e-05 *\n   1.5000\n[torch.DoubleTensor of size 1x1x1]\n"),
    ([], "[torch.DoubleTensor with no dimension]\n"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "text"), KNOWN)
def test_known_texts(values, text):
    assert str(torch.DoubleTensor(values)) == text


def test_first_index_runs_fastest_in_blocks():
    text = str(torch.range(1, 8).resize(2, 2, 2, 1))
    assert re.findall(r"\((\d,\d),", text) == ["1,1", "2,1", "1,2", "2,2"]


def test_wide_matrices_are_cut_into_columns():
    text = str(torch.range(1, 60).resize(2, 30))
    heads = re.findall(r"^Columns (\d+) to (\d+)$", text, re.M)
    assert heads == [("1", "20"), ("21", "30")]
    assert max(map(len, text.splitlines())) <= 80
    deep = str(torch.range(1, 60).resize(1, 2, 30))
    assert " Columns 1 to 19\n   1   2" in deep


def test_storages_and_types():
    assert str(torch.LongStorage([2, 3])) == " 2\n 3\n[torch.LongStorage of size 2]\n"
    assert str(torch.LongStorage()) == "[torch.LongStorage of size 0]\n"
    assert str(torch.HalfTensor([1, 2.5])) == " 1.0000\n 2.5000\n[torch.HalfTensor of size 2]\n"
    assert str(torch.ByteTensor([255])) == " 255\n[torch.ByteTensor of size 1]\n"


numbers = st.one_of(
    st.floats(-1e6, 1e6, allow_nan=False), st.integers(-(10**6), 10**6).map(float), st.just(0.0)
)


@given(st.lists(st.lists(numbers, min_size=3, max_size=3), min_size=1, max_size=6), st.booleans())
def test_printed_numbers_read_back(rows, flat):
    t = torch.DoubleTensor(rows)
    if flat:
        t = t.view(-1)
    lines = str(t).splitlines()[:-1]
    factor = 1.0
    if lines[0].endswith(" *"):
        factor = float(lines.pop(0)[:-2])
    got = np.array([[float(word) for word in line.split()] for line in lines]) * factor
    wanted = t.nd.reshape(got.shape)
    largest = np.abs(wanted).max()
    np.testing.assert_allclose(got, wanted, rtol=6e-5, atol=1e-4 * max(1.0, largest / 10))


@given(st.lists(st.integers(1, 3), min_size=1, max_size=5))
def test_every_element_is_printed_once(shape):
    t = torch.range(1, math.prod(shape)).resize(*shape)
    body = str(t).rsplit("[", 1)[0]
    words = re.sub(r"\(.*\) = ", "", body).split()
    assert sorted(map(int, words)) == list(range(1, t.nElement() + 1))
    assert str(t).endswith(f"of size {'x'.join(map(str, shape))}]\n")
