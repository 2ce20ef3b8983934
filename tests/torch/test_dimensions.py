"""Dimensions, positions and sizes that a tensor does not have are refused by whatever takes one."""

from __future__ import annotations

import pytest

from th7shell import torch
from th7shell.lua import LuaError, new_table
from th7shell.torch.ops.declare import OPERATIONS

T = torch.TORCH
SHAPES = ((2,), (2, 3), (2, 3, 4))
ABSURD = (1e10, -(2.0**53), float("nan"))
FREE = {"cat", "cross"}  # they take more: see below


def rows():
    """(name, as method, argument list) of every form that takes a dimension."""
    for name, operations in OPERATIONS.items():
        for op in operations:
            for as_method, forms in ((False, op.functions), (True, op.methods)):
                for form in forms:
                    for given in form.variants():
                        # torch.max(indices, t, 1) is taken for one of LongTensors
                        named = as_method or (given and given[0].kind == "T")
                        if name not in FREE and named and any(a.kind == "index" for a in given):
                            yield name, op, as_method, given


def value(a, name, shape, dim, kind):
    if a.kind == "index":
        return dim
    if a.kind == "T":
        return T[f"{kind}Tensor"](*shape).fill(1)
    if a.kind == "LongTensor":
        if a.returned:
            return T.LongTensor()
        shape = shape if name in ("gather", "scatter", "scatterAdd") else shape[-1:]
        return T.LongTensor(*shape).fill(1)
    return False if a.kind == "boolean" else 1


CASES = list(rows())


def test_sweep_has_them_all():
    names = {name for name, *_ in CASES}
    assert len(CASES) > 90 and len(names) >= 20


@pytest.mark.parametrize("shape", SHAPES)
def test_declared_dimensions(shape):
    taken = []
    n = len(shape)
    for name, op, as_method, given in CASES:
        kind = "Double" if "Double" in op.types else op.types[0]
        function = getattr(T[f"{kind}Tensor"], name) if as_method else T[name]
        outside = [0, -1, -n - 1, n + 1, *ABSURD]
        for dim in outside:
            if name == "topk" and len([a for a in given if a.kind in ("long", "index")]) < 2:
                continue  # a number alone is k
            arguments = [value(a, name, shape, dim, kind) for a in given]
            try:
                function(*arguments)
            except LuaError:
                continue
            taken.append(f"{name}{tuple(a.name for a in given)} dimension {dim} of {n}")
        arguments = [value(a, name, shape, n, kind) for a in given]
        if name != "renorm" or n > 1:
            function(*arguments)  # the last one exists
    assert not taken


@pytest.mark.parametrize(
    "call, wanted",
    [
        ("torch.cat(torch.ones(2), torch.ones(2), 2):size(2)", 2),
        ("torch.cat(torch.ones(2, 3), torch.ones(2, 3), -1):size(2)", 6),
        ("torch.cross(torch.ones(2, 3), torch.ones(2, 3), 0):size(1)", 2),
        ("torch.cross(torch.ones(2, 3), torch.ones(2, 3), -5):size(1)", 2),
        ("torch.ones(2, 3):permute(0, 2):size(1)", 2),
        ("torch.ones(2, 3, 4):permute(2, 1, 0):size(1)", 3),
        ("torch.range(1, 10):split(2.5)[2][1]", 3),
        ("torch.range(1, 10):split(2.5)[3][1]", 6),
        ("#torch.range(1, 10):split(1.5)", 7),
        ("#torch.range(1, 10):chunk(0)", 1),
        ("torch.ones(2, 1):expand(2, -1):dim()", 1),
        ("torch.ones(1, 1):expand(0, 3):dim()", 0),
        ("torch.ones(3):select(9, 2)", 1),
        ("torch.ones(3)[-1]", 1),
    ],
)
def test_what_the_original_takes(lua, call, wanted):
    assert lua(f"return {call}") == (wanted,)


METHODS = {
    "narrow": lambda d: (d, 1, 1),
    "select": lambda d: (d, 1),
    "size": lambda d: (d,),
    "stride": lambda d: (d,),
    "transpose": lambda d: (d, 1),
    "unfold": lambda d: (d, 1, 1),
    "squeeze": lambda d: (d,),
    "split": lambda d: (1, d),
    "chunk": lambda d: (1, d),
}


@pytest.mark.parametrize("name", METHODS)
def test_dimensions_of_views(name):
    for shape in SHAPES[1:]:
        n = len(shape)
        for dim in (0, -1, -n - 1, n + 1, *ABSURD):
            with pytest.raises(LuaError):
                getattr(torch.ones(*shape), name)(*METHODS[name](dim))


POSITIONS = [
    *(f"narrow(1, {i}, {n})" for i, n in ((0, 1), (4, 1), (-1, 1), (1, 0), (1, 4), (1, -1), (3, 2))),
    *(f"select(1, {i})" for i in (0, 4, -1)),
    *(f"unfold(1, {size}, {step})" for size, step in ((0, 1), (4, 1), (2, 0), (2, -1))),
    *(f"sub({a}, {b})" for a, b in ((0, 1), (1, 0), (1, 4), (-4, 1), (2, 1))),
    *(f"split({n})" for n in (0, -1)),
    *(f"chunk({n})" for n in (-1,)),
    *(f"kthvalue({k})" for k in (0, 4, -1)),
    *(f"topk({k})" for k in (0, 4, -1)),
    *(f"index(1, torch.LongTensor{{{i}}})" for i in (0, 4, -1)),
    *(f"indexFill(1, torch.LongTensor{{{i}}}, 1)" for i in (0, 4, -1)),
    *(f"gather(1, torch.LongTensor{{{i}}})" for i in (0, 4, -1)),
    *(f"scatter(1, torch.LongTensor{{{i}}}, 1)" for i in (0, 4, -1)),
    *(f"take(torch.LongTensor{{{i}}})" for i in (0, 4, -1)),
    *(f"permute({d})" for d in (2, -1)),
    "permute(1, 1)", "expand(2)", "expand(3, 1)", "view(2)", "view(-1, -1)", "view(4)", "repeatTensor()",
]  # fmt: skip


@pytest.mark.parametrize("call", POSITIONS)
def test_positions_and_sizes(lua, call):
    assert lua(
        f"local x = torch.range(1, 3); return (pcall(function() x:{call} end)), x:sum()"
    ) == (False, 6)


@pytest.mark.parametrize("size", [0, -1, "nan", 1e10])
@pytest.mark.parametrize("name", ["randperm", "eye"])
def test_sizes(lua, name, size):
    text = "0/0" if size == "nan" else size
    assert lua(f"return (pcall(torch.{name}, {text}))") == (False,)


def test_what_index_operations_return(lua):
    """The last argument, as in the original, but where a tensor is made and for maskedCopy."""
    assert (
        lua("""
        local x, i, src = torch.zeros(3, 2), torch.LongTensor{2}, torch.ones(1, 2)
        local mask, out = x:eq(0), torch.Tensor()
        return x:indexCopy(1, i, src) == src, x:indexAdd(1, i, src) == src, x:indexFill(1, i, 3) == 3,
           out:index(x, 1, i) == i, x:index(1, i):size(1) == 1, x:maskedFill(mask, 4) == 4,
           out:maskedSelect(x, mask) == mask, x:maskedSelect(mask):size(1) == 6,
           x:maskedCopy(mask, torch.ones(6)) == x, x:long():maskedFill(mask, 2.5) == 2.5,
           x:scatter(1, torch.LongTensor{{1, 1}}, 1) == x""")
        == (True,) * 11
    )


def test_tables_of_tensors_are_checked():
    with pytest.raises(LuaError):
        T.cat(new_table([torch.ones(2), T.FloatTensor(2)]), 1)
