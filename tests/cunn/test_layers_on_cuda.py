"""Every layer of `nn` computes on CUDA tensors what it computes on floats, and stays on them."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import cutorch, torch
from th7shell.lua import Table, array, items, new_table
from th7shell.torch.tensor import Tensor

from ..nn.rows import Row, flat, like, plain, tensors
from ..nn.test_criterions import CASES, wrap
from ..nn.test_layers import ROWS


def on_host(value, seen: set[int], path: str = ""):
    """The places of tensors of real numbers within a value that are not CUDA ones."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Tensor):
        if type(value).element_type.real and not type(value).element_type.prefix:
            yield path
    elif isinstance(value, Table):
        for key, inner in items(value):
            yield from on_host(inner, seen, f"{path}.{key}")


def there(values, kind="torch.CudaTensor"):
    """Arrays as CUDA tensors, lists as tables."""
    if isinstance(values, list):
        return new_table([there(v, kind) for v in values])
    return tensors(values).type(kind)


def drawn(layer, x):
    torch.manualSeed(3)
    cutorch.manualSeed(3)
    return layer.forward(x)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_layers_stay_on_the_device(row: Row):
    host, device = row.build().float(), row.build().cuda()
    x, y = tensors(row.arrays(), "torch.FloatTensor"), there(row.arrays())
    want, got = drawn(host, x), drawn(device, y)
    np.testing.assert_array_equal(flat(plain(got)), flat(plain(want)))
    gradient = like(plain(want))
    host.zeroGradParameters()
    device.zeroGradParameters()
    want = host.backward(x, tensors(gradient, "torch.FloatTensor"))
    got = device.backward(y, there(gradient))
    np.testing.assert_array_equal(flat(plain(got)), flat(plain(want)))
    for one, other in zip(host.parameter_lists()[1], device.parameter_lists()[1]):
        np.testing.assert_array_equal(other.nd, one.nd)
    assert list(on_host(device, set())) == []


@pytest.mark.parametrize("row", [row for row in ROWS if not row.random], ids=str)
def test_layers_compute_with_halves(row: Row):
    host, device = row.build().float(), row.build().type("torch.CudaHalfTensor")
    want = plain(host.forward(tensors(row.arrays(), "torch.FloatTensor")))
    got = plain(device.forward(there(row.arrays(), "torch.CudaHalfTensor")))
    if "Fractional" not in row.name:  # which windows it takes is drawn
        np.testing.assert_allclose(flat(got).astype(float), flat(want), rtol=0.02, atol=0.03)
    back = device.backward(
        there(row.arrays(), "torch.CudaHalfTensor"), there(like(got), "torch.CudaHalfTensor")
    )
    assert np.isfinite(flat(plain(back))).all()


@pytest.mark.parametrize("case", [case for case in CASES if case.slope], ids=str)
def test_criterions_stay_on_the_device(case):
    host, device = case.build().float(), case.build().cuda()
    x, target = case.input(), case.target
    pairs = [
        (host, tensors(x, "torch.FloatTensor"), wrap(target, "torch.FloatTensor")),
        (device, there(x), moved(wrap(target, "torch.FloatTensor"))),
    ]
    want, got = ([c.forward(i, t), plain(c.backward(i, t))] for c, i, t in pairs)
    assert got[0] == want[0]
    np.testing.assert_array_equal(flat(got[1]), flat(want[1]))
    assert list(on_host(device, set())) == []


def moved(value):
    """A target on the device: numbers as they are, tensors as CUDA ones."""
    if isinstance(value, Tensor):
        return value.cuda()
    return new_table(map(moved, array(value))) if isinstance(value, Table) else value
