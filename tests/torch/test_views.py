"""Views against NumPy: narrow, select, transpose, unfold, expand, view … share memory and have Torch's geometry."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from th7shell import torch
from th7shell.lua import LuaError
from th7shell.torch.memory import array_bytes

shapes = st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple)


def counted(shape):
    """A tensor of that shape whose elements count from 0, and its array."""
    t = torch.DoubleTensor(*shape)
    t.nd[...] = np.arange(t.nd.size).reshape(shape)
    return t, t.nd.copy()


@st.composite
def narrowing(draw):
    shape = draw(shapes)
    dim = draw(st.integers(1, len(shape)))
    first = draw(st.integers(1, shape[dim - 1]))
    size = draw(st.integers(1, shape[dim - 1] - first + 1))
    return shape, dim, first, size


@given(narrowing())
def test_narrow_and_select_are_slices(case):
    shape, dim, first, size = case
    t, a = counted(shape)
    np.testing.assert_array_equal(
        t.narrow(dim, first, size).nd, np.take(a, range(first - 1, first - 1 + size), dim - 1)
    )
    one = t.select(dim, first)
    expected = np.take(a, first - 1, dim - 1)
    np.testing.assert_array_equal(one.nd if hasattr(one, "nd") else one, expected)


def told(method, t, arguments):
    try:
        view = method(t, *arguments)
    except LuaError as error:
        return type(error), str(error), getattr(error, "position", None)
    if not hasattr(view, "nd"):
        return view
    assert view.storage() is t.storage()
    return type(view), view.storageOffset(), view.nd.shape, view.nd.strides


@given(
    shapes | st.just(()),
    st.sampled_from(["narrow", "select", "sub"]),
    st.lists(st.integers(-6, 6) | st.integers(1, 3), max_size=5),
)
def test_numbers_and_texts_name_the_same_view(shape, name, arguments):
    """What is written as usual is taken sooner; texts of numbers go the long way."""
    t = counted(shape)[0] if shape else torch.DoubleTensor()
    method = getattr(torch.DoubleTensor, name)
    assert told(method, t, arguments) == told(method, t, [str(n) for n in arguments])


@given(narrowing(), st.randoms(use_true_random=False))
def test_chained_views_share_memory(case, random):
    shape, dim, first, size = case
    t, _ = counted(shape)
    view = t.narrow(dim, first, size)
    order = list(range(1, len(shape) + 1))
    random.shuffle(order)
    view = view.permute(*order)
    assert view.storage() is t.storage()
    view.fill(-1)
    assert (t.nd == -1).sum() == view.nElement()
    offset = view.storageOffset() - 1
    flat = t.storage().nd
    again = torch.DoubleTensor(t.storage(), offset + 1, view.size(), view.stride())
    np.testing.assert_array_equal(again.nd, view.nd)
    assert again.isSetTo(view)
    assert flat[offset] == -1


@given(shapes, st.data())
def test_unfold_lists_all_windows(shape, data):
    t, a = counted(shape)
    dim = data.draw(st.integers(1, len(shape)))
    n = shape[dim - 1]
    size, step = data.draw(st.integers(1, n)), data.draw(st.integers(1, 3))
    windows = t.unfold(dim, size, step)
    expected = np.lib.stride_tricks.sliding_window_view(a, size, dim - 1)
    expected = np.take(expected, range(0, n - size + 1, step), dim - 1)
    np.testing.assert_array_equal(windows.nd, expected)


@given(shapes, st.data())
def test_expand_repeats_dimensions_of_size_one(shape, data):
    t, a = counted(shape)
    wanted = tuple(data.draw(st.integers(1, 4)) if n == 1 else n for n in shape)
    view = t.expand(*wanted)
    np.testing.assert_array_equal(view.nd, np.broadcast_to(a, wanted))
    assert view.storage() is t.storage()


@given(shapes, st.data())
def test_repeatTensor_is_tile(shape, data):
    t, a = counted(shape)
    times = tuple(data.draw(st.lists(st.integers(1, 3), min_size=len(shape), max_size=5)))
    np.testing.assert_array_equal(t.repeatTensor(*times).nd, np.tile(a, times))


@given(shapes, st.data())
def test_view_keeps_elements_and_infers_one_size(shape, data):
    t, a = counted(shape)
    sizes = list(data.draw(st.permutations(shape)))
    hole = data.draw(st.integers(0, len(sizes)))
    if hole < len(sizes):
        sizes[hole] = -1
    view = t.view(*sizes)
    np.testing.assert_array_equal(view.nd, a.reshape(sizes))
    assert view.stride().nd.tolist() == torch.DoubleTensor(view.size()).stride().nd.tolist()
    assert view.storage() is t.storage()


@given(st.integers(1, 20), st.integers(1, 7), st.integers(1, 2))
def test_split_and_chunk_cover_the_dimension(n, size, dim):
    t, a = counted((n, 3) if dim == 1 else (3, n))
    for parts in (t.split(size, dim), t.chunk(size, dim)):
        arrays = [parts[i + 1].nd for i in range(len(parts))]
        np.testing.assert_array_equal(np.concatenate(arrays, dim - 1), a)
    assert parts[1].storage() is t.storage()


@given(st.data())
def test_sub_counts_negative_positions_from_the_end(data):
    shape = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    t, a = counted(shape)
    pairs, key = [], []
    for n in shape[: data.draw(st.integers(1, len(shape)))]:
        first = data.draw(st.integers(1, n))
        last = data.draw(st.integers(first, n))
        key.append(slice(first - 1, last))
        negative = data.draw(st.booleans())
        pairs += [first - n - 1, last - n - 1] if negative else [first, last]
    np.testing.assert_array_equal(t.sub(*pairs).nd, a[tuple(key)])


def test_views_of_a_storage_that_grows_follow_it():
    t, _ = counted((4,))
    view, alias = t.narrow(1, 2, 2), torch.DoubleTensor(t.storage())
    t.resize(10_000).fill(7)
    assert view.nd.tolist() == [7, 7]
    assert alias.nd.tolist() == [7] * 4
    assert view.storage() is t.storage() and t.storage().size() == 10_000


def test_a_tensor_alone_keeps_its_elements_when_it_grows():
    t, a = counted((2, 3))
    t.resize(4, 3)
    np.testing.assert_array_equal(t.nd.reshape(-1)[:6], a.reshape(-1))
    t.resize(2)
    assert t.nd.tolist() == [0, 1]
    assert t.storage().size() == 12
    t.resize(4, 3)
    np.testing.assert_array_equal(t.nd.reshape(-1)[:6], a.reshape(-1))


def test_resize_stops_at_the_first_size_that_is_not_positive():
    assert torch.Tensor(3, 0).size().nd.tolist() == [3]
    assert torch.Tensor(0, 3).dim() == 0
    assert torch.Tensor(2, -1, 4).size().nd.tolist() == [2]


def test_resize_takes_strides():
    t = torch.range(1, 6)
    t.resize(torch.LongStorage([2, 2]), torch.LongStorage([1, 2]))
    assert t.nd.tolist() == [[1, 3], [2, 4]]
    assert t.stride().nd.tolist() == [1, 2]


def test_set_shares_and_forgets():
    t, u = torch.Tensor(2, 2).zero(), torch.Tensor(3)
    assert u.set(t) is u and u.isSetTo(t)
    u[1] = 5
    assert t[1][1] == 5 and t[1][2] == 5
    u.set(t.storage(), 2, 1, -1, 3)
    assert u.dim() == 2 and u.storageOffset() == 2 and t.storage().size() == 4
    assert u.set().dim() == 0 and u.storage() is None


def test_set_beyond_the_end_makes_the_storage_grow():
    storage = torch.DoubleStorage(2)
    t = torch.DoubleTensor(storage, 2, torch.LongStorage([3]))
    assert storage.size() == 4 and t.nElement() == 3


def test_contiguous_and_clone():
    t, _ = counted((2, 3))
    assert t.contiguous() is t
    turned = t.t()
    assert not turned.isContiguous()
    assert turned.contiguous().isContiguous()
    copy = turned.clone()
    assert copy.isContiguous() and copy.storage() is not t.storage()
    np.testing.assert_array_equal(copy.nd, turned.nd)


ERRORS = [
    (lambda t: t.narrow(1), "bad argument #3 to '?' (number expected, got no value)"),
    (lambda t: t.narrow(3, 1, 1), "bad argument #2 to '?' (out of range)"),
    (lambda t: t.narrow(1, 3, 1), "bad argument #3 to '?' (out of range)"),
    (lambda t: t.narrow(1, 1, 3), "bad argument #4 to '?' (out of range)"),
    (lambda t: t.select(1, 0), "bad argument #3 to '?' (out of range)"),
    (lambda t: t.select(1, "x"), "bad argument #3 to '?' (number expected, got string)"),
    (lambda t: t.transpose(1, 5), "bad argument #2 to '?' (out of range)"),
    (lambda t: t.select(1, 1).t(), "bad argument #1 to '?' (Tensor must have 2 dimensions)"),
    (lambda t: t.unfold(2, 4, 1), "bad argument #3 to '?' (out of range)"),
    (lambda t: t.unfold(2, 1, 0), "bad argument #4 to '?' (invalid step)"),
    (lambda t: t.sub(1, 3), "bad argument #3 to '?' (out of range)"),
    (lambda t: t.sub(2, 1), "bad argument #3 to '?' (end smaller than beginning)"),
    (lambda t: t.size(3), "bad argument #2 to '?' (dimension 3 out of range of 2D tensor)"),
    (lambda t: t.stride(0), "bad argument #2 to '?' (dimension 0 out of range of 2D tensor)"),
    (lambda t: t.permute(1, 1), "Invalid permutation"),
    (lambda t: t.t().view(6), "expecting a contiguous tensor"),
    (lambda t: t.view(4), "Wrong size for view. Input size: 2x3. Output size: 4"),
    (lambda t: t.view(-1, -1), "Only one of torch.view dimensions can be -1."),
    (lambda t: t.view(), "torch.view, expected (torch.Tensor, torch.Tensor, number [, number ]*) or"),
    (lambda t: t.expand(2), "the number of dimensions provided must equal tensor:dim()"),
    (lambda t: t.expand(3, 3), "incorrect size: only supporting singleton expansion (size=1)"),
    (lambda t: t.copy(5), "bad argument #2 to '?' (torch.*Tensor expected, got number)"),
    (lambda t: t.resizeAs(torch.FloatTensor()), "bad argument #2 to '?' (torch.DoubleTensor expected, got torch.FloatTensor)"),
    (lambda t: t.resize("x"), "bad argument #2 to '?' (number expected, got string)"),
    (lambda t: t.copy(torch.Tensor(5)), "inconsistent tensor size, expected tensor [2 x 3] and src [5] to have the same number of elements, but got 6 and 5 elements respectively"),
    (lambda t: torch.Tensor("x"), "bad argument #1 to '?' (expecting number or torch.DoubleTensor or torch.DoubleStorage)"),
    (lambda t: torch.Tensor([1, "x"]), "invalid element (not a number)"),
    (lambda t: torch.Tensor([[1, 2], [3]]), "invalid tensor sizes"),
    (lambda t: torch.Tensor([[1, 2], 3]), "invalid tensor definition"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "message"), ERRORS)
def test_errors_are_worded_as_in_torch_and_change_nothing(wrong, message):
    t, a = counted((2, 3))
    with pytest.raises(LuaError) as caught:
        wrong(t)
    assert caught.value.value.startswith(message)
    np.testing.assert_array_equal(t.nd, a)
    assert t.size().nd.tolist() == [2, 3]


def test_memory_of_arrays_is_counted_once_and_given_back():
    before = array_bytes()
    t = torch.DoubleTensor(1000, 100)
    views = [t.narrow(1, 1, 10), t.storage(), t.t()]
    assert array_bytes() - before == t.nd.nbytes
    del t, views
    assert array_bytes() == before


def test_a_storage_whose_constructor_failed_is_not_counted():
    unmade = torch.LongStorage.__new__(torch.LongStorage)
    assert array_bytes() >= 0 and type(unmade) is torch.LongStorage
