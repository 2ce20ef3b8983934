"""The CUDA types: names, printing, conversions, operations, memory, files, their own generator."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from th7shell import torch
from th7shell.lua import LuaError, new_table
from th7shell.torch.ops.declare import OPERATIONS
from th7shell.torch.storage import STORAGES
from th7shell.torch.tensor import KIN, TYPES

HOST = ("Byte", "Char", "Short", "Int", "Long", "Float", "Double", "Half")
KINDS = [("Cuda" if name == "Float" else f"Cuda{name}", name) for name in HOST]


@pytest.mark.parametrize(("kind", "host"), KINDS)
def test_each_type_is_a_row_beside_its_twin(kind, host):
    cls, twin = TYPES[f"torch.{kind}Tensor"], TYPES[f"torch.{host}Tensor"]
    assert cls.dtype == twin.dtype and cls is not twin and KIN["Cuda"][host] is cls
    t = cls(new_table([1, 2, 3]))
    assert t.type() == f"torch.{kind}Tensor"
    assert str(t) == f" 1\n 2\n 3\n[torch.{kind}Tensor of size 3]\n"
    assert type(t.storage()) is STORAGES[kind] and type(t[new_table([new_table([1, 2])])]) is cls
    assert str(t.storage()) == f" 1\n 2\n 3\n[torch.{kind}Storage of size 3]\n"
    assert str(cls()) == f"[torch.{kind}Tensor with no dimension]\n"
    for other in (t.clone(), t.narrow(1, 1, 2), t.new(), t.view(3, 1).t(), t.repeatTensor(2)):
        assert type(other) is cls
    assert type(pickle.loads(pickle.dumps(t))) is cls
    assert type(torch.deserialize(torch.serialize(t))) is cls
    assert torch.deserialize(torch.serialize(t, "ascii"), "ascii").nd.tolist() == [1, 2, 3]
    assert type(torch.deserialize(torch.serialize(t.storage()))) is STORAGES[kind]


@pytest.mark.parametrize(("kind", "host"), KINDS)
def test_conversions_go_both_ways(kind, host):
    method = kind[0].lower() + kind[1:]
    t = torch.DoubleTensor(new_table([1, 2.5]))
    there = getattr(t, method)()
    assert there.type() == f"torch.{kind}Tensor" and there.type("torch.DoubleTensor").nd[0] == 1
    assert there.typeAs(t).type() == "torch.DoubleTensor" and t.typeAs(there).type() == there.type()
    assert getattr(there, method)() is there
    assert torch.FloatTensor(2).copy(there).nd[0] == 1
    assert type(getattr(there, host.lower())()) is TYPES[f"torch.{host}Tensor"]


def test_every_operation_of_a_type_is_one_of_its_twin():
    found = 0
    for kind, host in KINDS:
        cls, twin = TYPES[f"torch.{kind}Tensor"], TYPES[f"torch.{host}Tensor"]
        for name in OPERATIONS:
            if hasattr(twin, name):
                assert hasattr(cls, name), (kind, name)
                found += 1
    assert found > 500


CALLS = [  # expressions of a tensor: the types of their results
    (lambda t: t.max(2), "CudaTensor CudaLongTensor"),
    (lambda t: t.sort(), "CudaTensor CudaLongTensor"),
    (lambda t: t.topk(1), "CudaTensor CudaLongTensor"),
    (lambda t: t.gt(0), "CudaByteTensor"),
    (lambda t: t.gt(t, t), "CudaTensor"),
    (lambda t: t.nonzero(), "CudaLongTensor"),
    (lambda t: t[t.gt(0)], "CudaTensor"),
    (lambda t: t + 1, "CudaTensor"),
    (lambda t: t * t.t(), "CudaTensor"),
    (lambda t: -t / 2 - t, "CudaTensor"),
    (lambda t: torch.cat(t, t), "CudaTensor"),
    (lambda t: torch.mm(t, t.t()), "CudaTensor"),
    (lambda t: t.index(1, torch.LongTensor([1]).cudaLong()), "CudaTensor"),
    (lambda t: t.index(1, torch.LongTensor([1])), "CudaTensor"),
    (lambda t: t.gather(1, torch.CudaTensor(1, 3).fill(1)), "CudaTensor"),
    (lambda t: t.clone().abs().multinomial(2), "CudaLongTensor"),
    (lambda t: torch.svd(t), "CudaTensor CudaTensor CudaTensor"),
    (lambda t: torch.zeros(2, 2, "torch.CudaTensor"), "CudaTensor"),
]


@pytest.mark.parametrize(("call", "types"), CALLS)
def test_results_stay_on_the_device(call, types):
    t = torch.CudaTensor([[1, -2, 3], [4, 5, -6]])
    result = call(t)
    results = result if isinstance(result, tuple) else (result,)
    assert " ".join(r.type().removeprefix("torch.") for r in results) == types


def test_halves_compute_as_floats_do():
    h = torch.CudaHalfTensor([[1, 2], [3, 4]])
    assert (h + h).nd.tolist() == [[2, 4], [6, 8]] and h.sum() == 10
    assert torch.mm(h, h).type() == "torch.CudaHalfTensor"


def test_types_do_not_mix():
    t = torch.CudaTensor(2).fill(1)
    with pytest.raises(LuaError, match=r"invalid arguments: CudaTensor FloatTensor \n"
                       r"expected arguments: \*CudaTensor\* \[CudaTensor\] float"):  # fmt: skip
        t.add(torch.FloatTensor(2))
    with pytest.raises(LuaError, match=r"\[\*CudaByteTensor\*\] CudaTensor float"):
        torch.gt(t, "a")


def test_random_numbers_come_from_the_devices_generator():
    from th7shell import cutorch

    cutorch.manualSeed(3)
    first = torch.CudaTensor(4).normal().nd.tolist()
    torch.manualSeed(3)
    host = torch.FloatTensor(4).normal().nd.tolist()
    before = torch.getRNGState().nd.tolist()
    state = cutorch.getRNGState()
    second = torch.CudaTensor(4).uniform().nd.tolist()
    assert first == host and torch.getRNGState().nd.tolist() == before
    cutorch.setRNGState(state)
    assert torch.CudaTensor(4).uniform().nd.tolist() == second
    assert cutorch.initialSeed() == 3


def test_memory_is_followed_when_a_storage_moves():
    t = torch.CudaTensor(2).fill(1)
    part = t.narrow(1, 2, 1)
    t.storage().resize(100)
    part.fill(5)
    assert t.nd.tolist() == [1, 5] and type(t.resize(100).storage()) is STORAGES["Cuda"]
    part.set(t.storage(), 1, 2)
    assert np.shares_memory(part.nd, t.nd)


@pytest.mark.parametrize("mask", ["Byte", "CudaByte", "Cuda"])
def test_masks_of_both_kinds(mask):
    t = torch.CudaTensor(new_table([1, 2, 3]))
    chosen = TYPES[f"torch.{mask}Tensor"](new_table([1, 0, 1]))
    assert t[chosen].nd.tolist() == [1, 3] and type(t[chosen]) is type(t)
    t[chosen] = 7
    assert t.nd.tolist() == [7, 2, 7]
    t[chosen] = torch.CudaTensor(new_table([4, 5]))
    assert t.nd.tolist() == [4, 2, 5]


def test_a_default_type():
    torch.setdefaulttensortype("torch.CudaTensor")
    try:
        assert torch.Tensor(2).type() == "torch.CudaTensor" and torch.randn(2).mean() < 9
        assert torch.Storage is STORAGES["Cuda"]
    finally:
        torch.setdefaulttensortype("torch.DoubleTensor")
