"""The declarations themselves: help, signatures, argument errors, lazy methods, and that nothing is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from th7shell import torch
from th7shell.lua import LuaError
from th7shell.torch.ops import OPERATIONS, help_page, signatures
from th7shell.torch.ops.declare import Form, parse
from th7shell.torch.ops.dispatch import compiled, declared
from th7shell.torch.tensor import TYPES, wrap

from .ops_cases import ALONG, COMPARISONS, ELSEWHERE, POINTWISE

# the names of the maths of Torch's tensors, as its documentation lists them
NAMES = """
    zeros ones eye range linspace logspace cat diag tril triu histc bhistc reshape fill zero
    abs exp log log1p sqrt rsqrt cos sin tan acos asin atan cosh sinh tanh sigmoid round ceil floor trunc frac
    sign neg cinv atan2 pow cpow clamp lerp add csub mul div cmul cdiv addcmul addcdiv fmod cfmod remainder
    cremainder mod cmod lshift rshift clshift crshift bitand bitor bitxor cbitand cbitor cbitxor match
    dot addmv addr addmm addbmm baddbmm mv mm bmm ger
    sum prod mean std var norm renorm dist max min cmax cmin median mode kthvalue topk sort cumsum cumprod cross
    trace numel all any equal eq ne lt le gt ge conv2 xcorr2 conv3 xcorr3
    gesv gels trtrs potrf pstrf potrs potri symeig eig svd inverse qr geqrf orgqr ormqr
    gather scatter scatterAdd nonzero take put
""".split()
METHODS_ONLY = "index indexCopy indexAdd indexFill maskedSelect maskedCopy maskedFill".split()


def test_no_name_is_missing() -> None:
    assert [n for n in NAMES if getattr(torch.TORCH, n, None) is None] == []
    assert [n for n in METHODS_ONLY if getattr(torch.DoubleTensor, n, None) is None] == []


def test_every_operation_has_a_case() -> None:
    covered = {c.name for c in POINTWISE} | {c.name for c in ALONG} | set(COMPARISONS)
    for test, names in ELSEWHERE.items():
        covered |= set(names.split())
        text = Path(__file__).with_name(f"{test}.py").read_text(encoding="utf-8")
        assert [
            name
            for name in names.split()
            if name.rstrip("_").replace("xcorr", "conv")[:4] not in text
        ] == []
    assert sorted({*OPERATIONS, *NAMES, *METHODS_ONLY} - covered) == []


@pytest.mark.parametrize("name", sorted({*OPERATIONS, *NAMES, *METHODS_ONLY}))
def test_every_operation_has_help(name: str) -> None:
    for op in OPERATIONS[name]:
        first = op.doc.split("\n\n")[0].rstrip()
        assert first[0].isupper()
        assert first.endswith((".", "`.", ":"))
    page = help_page(name)
    calls = signatures(name)
    assert page is not None
    assert calls
    assert all(call in page for call in calls)


def test_a_help_page() -> None:
    assert help_page("sort") == (
        "Sort along a dimension (the last by default), in ascending order unless `descending` is true.\n\n"
        "The results are the sorted values and, as a LongTensor, where they were: `values, indices =\n"
        "torch.sort(x)`.\n\n"
        "    torch.sort([res,] [indices,] t, [dim,] [descending])\n"
        "    t:sort([dim,] [descending])\n\n"
        "    res         tensor, the result; made if it is not given\n"
        "    indices     LongTensor, the result; made if it is not given\n"
        "    t           tensor\n"
        "    dim         dimension, counted from 1 (default: last)\n"
        "    descending  true or false (default: false)\n\n"
        "Tensor types: all."
    )
    assert "\n    uplo  'U' or 'L' (default: U)\n" in (help_page("symeig") or "")
    assert "\n    m1     tensor of 2 dimensions\n" in (help_page("addmm") or "")


def test_help_of_what_is_no_operation() -> None:
    assert help_page("nope") is None
    assert signatures("nope") == []


def test_signatures() -> None:
    assert signatures("add") == [
        "torch.add([res,] t, value)",
        "torch.add([res,] t, [value,] src)",
        "res:add([t,] value)",
        "res:add([t,] [value,] src)",
    ]
    assert signatures("max")[2:] == ["t:max()", "t:max(dim)"]
    assert signatures("cmax")[2:] == ["t:cmax(src)", "t:cmax(value)"]
    assert signatures("zeros")[0] == "torch.zeros([res,] size1 [, size2 …])"
    assert signatures("svd") == ["torch.svd(ru, rs, rv, a, [job])", "torch.svd(a, [job])"]


@pytest.mark.parametrize(
    "op", [op for ops in OPERATIONS.values() for op in ops], ids=lambda op: op.name
)
def test_every_declaration_compiles_for_all_its_types(op: Any) -> None:
    for letters in op.types:
        cls = TYPES[f"torch.{letters}Tensor"]
        assert declared(cls, op.name) is op
        for as_method in (False, True):
            if op.methods if as_method else op.functions:
                fn = compiled(cls, op, as_method)
                assert fn.__name__ == op.name
                with pytest.raises(LuaError):
                    fn(object(), object(), object())


def test_argument_lists_that_cannot_be_read() -> None:
    with pytest.raises(ValueError, match="cannot read the declared argument"):
        parse("t:T =1")
    with pytest.raises(ValueError, match="'t': it has no kind"):
        assert Form("t T", max).arguments


EXPECTED = [
    (
        lambda t: t.add("x"),
        "invalid arguments: DoubleTensor string \nexpected arguments: *DoubleTensor* [DoubleTensor] "
        "double | *DoubleTensor* [DoubleTensor] [double] DoubleTensor",
    ),
    (
        lambda t: torch.add(1, 2),
        "invalid arguments: number number \nexpected arguments: [*DoubleTensor*] DoubleTensor double "
        "| [*DoubleTensor*] DoubleTensor [double] DoubleTensor",
    ),
    (
        lambda t: torch.sum(),
        "invalid arguments: no arguments provided\nexpected arguments: DoubleTensor | "
        "[*DoubleTensor*] DoubleTensor index",
    ),
    (
        lambda t: torch.zeros("a"),
        "invalid arguments: string \nexpected arguments: [*DoubleTensor*] (LongStorage | dim1 [dim2...])",
    ),
    (
        lambda t: t.fill("x"),
        "invalid arguments: DoubleTensor string \nexpected arguments: *DoubleTensor* double",
    ),
    (
        lambda t: torch.cat(t, 5),
        "invalid arguments: DoubleTensor number \nexpected arguments: [*DoubleTensor*] DoubleTensor "
        "DoubleTensor [index] | [*DoubleTensor*] {DoubleTensor+} [index]",
    ),
    (
        lambda t: torch.mm(t),
        "invalid arguments: DoubleTensor \nexpected arguments: [*DoubleTensor*] DoubleTensor~2D "
        "DoubleTensor~2D",
    ),
    (
        lambda t: t.addmv(t, t),
        "invalid arguments: DoubleTensor DoubleTensor DoubleTensor \nexpected arguments: "
        "*DoubleTensor~1D* [DoubleTensor~1D] [double] DoubleTensor~2D DoubleTensor~1D | "
        "*DoubleTensor~1D* double [DoubleTensor~1D] double DoubleTensor~2D DoubleTensor~1D",
    ),
    (
        lambda t: torch.sort(t, "x"),
        "invalid arguments: DoubleTensor string \nexpected arguments: [*DoubleTensor*] [*LongTensor*] "
        "DoubleTensor [index] [boolean]",
    ),
    (
        lambda t: torch.symeig(t, "X"),
        "invalid arguments: DoubleTensor string \nexpected arguments: *DoubleTensor* *DoubleTensor* "
        "DoubleTensor [(N|V)] [(U|L)] | DoubleTensor [(N|V)] [(U|L)]",
    ),
    (
        lambda t: torch.ByteTensor(2).add(None),
        "invalid arguments: ByteTensor nil \nexpected arguments: *ByteTensor* [ByteTensor] unsigned "
        "char | *ByteTensor* [ByteTensor] [unsigned char] ByteTensor",
    ),
    (
        lambda t: t.cmul(torch.FloatTensor(2)),
        "invalid arguments: DoubleTensor FloatTensor \nexpected arguments: *DoubleTensor* "
        "[DoubleTensor] DoubleTensor",
    ),
    (
        lambda t: t.lt(True, print),
        "invalid arguments: DoubleTensor boolean ??? \nexpected arguments: [*ByteTensor*] "
        "DoubleTensor double | *DoubleTensor* DoubleTensor double | [*ByteTensor*] DoubleTensor "
        "DoubleTensor | *DoubleTensor* DoubleTensor DoubleTensor",
    ),
]


@pytest.mark.parametrize(("call", "message"), EXPECTED)
def test_the_error_lists_what_was_given_and_what_is_accepted(call: Any, message: str) -> None:
    with pytest.raises(LuaError) as caught:
        call(torch.Tensor([1, 2, 3]))
    assert str(caught.value.value) == message


def test_numeric_strings_and_numpy_numbers_are_numbers() -> None:
    t = torch.Tensor([1, 2])
    assert torch.add(t, "5").nd.tolist() == [6, 7]
    assert t.add(np.float64(0.5)).nd.tolist() == [1.5, 2.5]
    assert torch.sum(t, np.int64(1)).nd.tolist() == [4]


def test_the_type_comes_from_an_argument_a_name_or_the_default() -> None:
    assert torch.add(torch.IntTensor([1]), 1).type() == "torch.IntTensor"
    assert torch.zeros(2, "torch.ByteTensor").type() == "torch.ByteTensor"
    torch.setdefaulttensortype("torch.FloatTensor")
    try:
        assert torch.ones(2).type() == "torch.FloatTensor"
    finally:
        torch.setdefaulttensortype("torch.DoubleTensor")


def test_a_method_replaced_by_the_user_stays() -> None:
    cls = TYPES["torch.ShortTensor"]
    original = cls.csub
    cls.csub = lambda self, *_: "mine"
    try:
        assert cls(2).csub(1) == "mine"
        assert original(cls([3]), 1).nd.tolist() == [2]
    finally:
        cls.csub = original


def test_half_tensors_have_no_maths() -> None:
    half = torch.HalfTensor(2)
    assert getattr(half, "add", None) is None
    with pytest.raises(LuaError, match=r"does not implement the torch\.add"):
        torch.add(half, 1)


def test_results_of_a_failed_call_are_unchanged() -> None:
    res = torch.Tensor([7, 7])
    with pytest.raises(LuaError):
        torch.add(res, torch.ones(3), torch.ones(4))
    with pytest.raises(LuaError):
        torch.mm(res, torch.ones(2, 3), torch.ones(2, 3))
    assert res.nd.tolist() == [7, 7]
    assert wrap(np.ones(2)).add(res).nd.tolist() == [8, 8]


@pytest.mark.parametrize("name", ["add", "csub", "dot", "norm", "max", "ge", "cmul", "exp"])
def test_one_call_too_many_arguments_names_all_of_them(name):
    t = torch.Tensor(2)
    with pytest.raises(Exception, match=r"DoubleTensor DoubleTensor number") as raised:
        getattr(torch, name)(t, t, 1, t, t, t, t, t, t)
    assert str(raised.value).count("DoubleTensor") > 8
    assert "<not given>" not in str(raised.value)


@pytest.mark.parametrize("kind", ["Double", "Float", "Long"])
@pytest.mark.parametrize("method", ["add", "csub"])
def test_a_tensor_is_added_in_place_whatever_its_layout(kind, method):
    """Short vectors go to BLAS, which reads rows and writes without gaps."""
    cls = getattr(torch, f"{kind}Tensor")
    sign = 1 if method == "add" else -1
    for values, others in [
        (np.arange(12)[::2], np.arange(6)),
        (np.arange(6), np.arange(12)[::2]),
        (np.arange(6).reshape(2, 3).T, np.arange(6).reshape(3, 2)),
        (np.arange(6).reshape(2, 3), np.arange(6)),
        (np.arange(6), np.arange(6).reshape(3, 2)),
        (np.arange(0), np.arange(0)),
        (np.arange(9000), np.arange(9000)),
    ]:
        for factor in ((), (3,), (0,), (-2,)):
            t = _wrapped(values, cls)
            other = _wrapped(others, cls)
            expected = t.nd + sign * (factor[0] if factor else 1) * others.reshape(t.nd.shape)
            for _ in range(60 if values.size < 100 and not factor else 1):  # BLAS comes with use
                again = _wrapped(values, cls)
                assert getattr(again, method)(*factor, other) is again
                assert np.array_equal(again.nd, expected)


def test_views_of_one_storage_are_added_as_if_they_were_apart():
    t = torch.range(1, 6)
    t.narrow(1, 2, 5).add(t.narrow(1, 1, 5))
    assert t.nd.tolist() == [1, 3, 5, 7, 9, 11]


@pytest.mark.parametrize("method", ["add", "csub", "dot"])
def test_operands_of_different_counts_are_an_error(method):
    for a, b in [(3, 2), (2, 3), (0, 2), (2, 0)]:
        t = torch.Tensor(a).zero() if a else torch.Tensor()
        other = torch.Tensor(b).zero() if b else torch.Tensor()
        with pytest.raises(Exception, match="inconsistent tensor size"):
            getattr(t, method)(other)


def _wrapped(values, cls):
    """A tensor of a class over a new array of the same layout."""
    room = np.zeros((values.size, 2), cls.dtype)
    if values.ndim == 1 and values.size and values.strides[0] != values.itemsize:
        nd = room[:, 0]
        nd[...] = values
    else:
        nd = values.astype(cls.dtype, order="K")
    return wrap(nd)
