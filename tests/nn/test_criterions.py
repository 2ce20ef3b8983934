"""Every criterion: its loss beside the formula, its gradient beside finite differences, float,
clone, file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, log_softmax

from th7shell import nn, torch
from th7shell.lua import first, new_table, tostring
from th7shell.lua.interpreter import Interpreter

from .rows import Row, flat, plain, tensors, views

SIGNS = np.array([1.0, -1.0, 1.0])
CLASSES = np.array([2.0, 1.0, 3.0, 2.0])
WEIGHTS = np.array([0.5, 1.0, 2.0])
STEP = 1e-5


@dataclass(frozen=True)
class Case:
    """A criterion, the sizes of its input, its target, and its loss from plain arrays."""

    name: str
    shape: Any
    target: Any
    formula: Callable[..., float]
    args: tuple = ()
    low: float = -2
    high: float = 2
    make: Callable[[], Any] | None = None
    slope: bool = True

    def __str__(self) -> str:
        return f"{self.name}{self.args}{self.shape}"

    def build(self) -> Any:
        if self.make:
            return self.make()
        return getattr(nn, self.name)(*(wrap(a) for a in self.args))

    def input(self) -> Any:
        return Row(self.name, shape=self.shape, low=self.low, high=self.high).arrays()


def wrap(value: Any, kind: str = "torch.DoubleTensor") -> Any:
    """Arrays as tensors, lists as tables, the rest as it is."""
    if isinstance(value, list):
        return new_table([wrap(v, kind) for v in value])
    return tensors(value, kind) if isinstance(value, np.ndarray) else value


UNIT = np.ones(3)


def nll(x, y, w=UNIT):
    y = np.asarray(y, int).reshape(-1) - 1
    rows = np.atleast_2d(x)
    return -(w[y] * rows[np.arange(len(y)), y]).sum() / w[y].sum()


def multi_margin(x, y, p=1, w=UNIT, margin=1):
    rows, total = np.atleast_2d(x), 0
    for row, label in zip(rows, np.asarray(y, int).reshape(-1) - 1):
        terms = np.maximum(margin - row[label] + np.delete(row, label), 0) ** p
        total += w[label] * terms.sum() / len(row)
    return total / len(rows)


def multi_label(x, y):
    rows, labels = np.atleast_2d(x), np.atleast_2d(y).astype(int)
    total = 0
    for row, listed in zip(rows, labels):
        own = [k - 1 for k in listed[: list(listed).index(0) if 0 in listed else None]]
        others = [k for k in range(len(row)) if k not in own]
        total += sum(max(0, 1 - row[k] + row[o]) for k in own for o in others) / len(row)
    return total / len(rows)


def cosine(a, b):
    return (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)


def cosine_embedding(x, y, margin=0.0):
    c = np.atleast_1d(cosine(x[0], x[1]))
    return np.where(np.atleast_1d(y) == 1, 1 - c, np.maximum(c - margin, 0)).mean()


def smooth(x, t):
    d = np.abs(x - t)
    return np.where(d < 1, d**2 / 2, d - 0.5).mean()


def entropy(x, t, w=1.0):
    return -(w * (t * np.log(x) + (1 - t) * np.log(1 - x))).mean()


def vertices(n):
    """A regular simplex: unit vectors with equal products of -1/n."""
    found = nn.ClassSimplexCriterion(n).simplex.nd
    products = found @ found.T
    np.testing.assert_allclose(products, np.eye(n) * n / (n - 1) - 1 / (n - 1), atol=1e-12)
    return found


T3 = np.array([0.3, -0.6, 1.1])
T23 = np.linspace(-1, 1, 6).reshape(2, 3)
HALF = np.array([0.2, 0.5, 0.9])
SPATIAL = np.array([[[1, 2], [3, 1]], [[2, 2], [1, 3]]], float)

CASES = [
    Case("MSECriterion", (3,), T3, lambda x, t: ((x - t) ** 2).mean()),
    Case("MSECriterion", (2, 3), T23, lambda x, t: ((x - t) ** 2).sum(), (False,)),
    Case("AbsCriterion", (3,), T3, lambda x, t: np.abs(x - t).mean()),
    Case("SmoothL1Criterion", (2, 3), T23, smooth),
    Case("BCECriterion", (3,), HALF, entropy, low=0.1, high=0.9),
    Case(
        "BCECriterion",
        (2, 3),
        np.abs(T23),
        lambda x, t: entropy(x, t, WEIGHTS),
        (WEIGHTS,),
        0.1,
        0.9,
    ),
    Case("DistKLDivCriterion", (3,), HALF, lambda x, t: (t * (np.log(t) - x)).mean()),
    Case("MarginCriterion", (3,), SIGNS, lambda x, t: np.maximum(0.5 - x * t, 0).mean(), (0.5,)),
    Case("SoftMarginCriterion", (3,), SIGNS, lambda x, t: np.log1p(np.exp(-x * t)).mean()),
    Case(
        "HingeEmbeddingCriterion",
        (3,),
        SIGNS,
        lambda x, t: np.where(t == 1, x, np.maximum(1 - x, 0)).mean(),
    ),
    Case("HingeEmbeddingCriterion", (3,), -1, lambda x, t: np.maximum(2 - x, 0).mean(), (2,)),
    Case(
        "MultiLabelSoftMarginCriterion", (2, 3), (T23 > 0) * 1.0, lambda x, t: entropy(expit(x), t)
    ),
    Case(
        "MultiLabelSoftMarginCriterion",
        (2, 3),
        (T23 > 0) * 1.0,
        lambda x, t: entropy(expit(x), t, WEIGHTS),
        (WEIGHTS,),
    ),
    Case("L1Cost", (2, 3), None, lambda x, t: np.abs(x).sum()),
    Case(
        "WeightedMSECriterion",
        (2, 3),
        T23,
        lambda x, t: ((x - WEIGHTS * t) ** 2).mean(),
        (WEIGHTS,),
    ),
    Case(
        "SpatialAutoCropMSECriterion",
        (2, 3, 3),
        np.ones((2, 3, 3)),
        lambda x, t: ((x - t) ** 2).mean(),
    ),
    Case(
        "SpatialAutoCropMSECriterion",
        (1, 2, 2),
        np.arange(16.0).reshape(1, 4, 4),
        lambda x, t: ((x - t[:, 1:3, 1:3]) ** 2).mean(),
        slope=False,
    ),
    Case(
        "ClassSimplexCriterion", (3,), 2, lambda x, t: ((x - vertices(3)[t - 1]) ** 2).mean(), (3,)
    ),
    Case(
        "ClassSimplexCriterion",
        (4, 3),
        CLASSES,
        lambda x, t: ((x - vertices(3)[t.astype(int) - 1]) ** 2).mean(),
        (3,),
    ),
    Case("ClassNLLCriterion", (3,), 2, nll),
    Case("ClassNLLCriterion", (3,), np.array([3.0]), nll),
    Case("ClassNLLCriterion", (4, 3), CLASSES, nll),
    Case("ClassNLLCriterion", (4, 3), CLASSES, lambda x, y: nll(x, y, WEIGHTS), (WEIGHTS,)),
    Case("ClassNLLCriterion", (4, 3), CLASSES, lambda x, y: 4 * nll(x, y), (None, False)),
    Case(
        "ClassNLLCriterion",
        (4, 3),
        CLASSES,
        lambda x, y: nll(x[[1, 2]], y[[1, 2]]),
        (None, True, 2),
    ),
    Case("CrossEntropyCriterion", (4, 3), CLASSES, lambda x, y: nll(log_softmax(x, 1), y)),
    Case("CrossEntropyCriterion", (1, 3), 2, lambda x, y: nll(log_softmax(x[0]), y), (WEIGHTS,)),
    Case(
        "SpatialClassNLLCriterion",
        (2, 3, 2, 2),
        SPATIAL,
        lambda x, y: nll(x.transpose(0, 2, 3, 1).reshape(8, 3), y),
    ),
    Case(
        "SpatialClassNLLCriterion",
        (2, 3, 2, 2),
        SPATIAL,
        lambda x, y: nll(x.transpose(0, 2, 3, 1).reshape(8, 3), y, WEIGHTS),
        (WEIGHTS,),
    ),
    Case("MultiMarginCriterion", (3,), 2, multi_margin),
    Case(
        "MultiMarginCriterion",
        (4, 3),
        CLASSES,
        lambda x, y: multi_margin(x, y, 2, WEIGHTS, 0.5),
        (2, WEIGHTS, 0.5),
    ),
    Case("MultiLabelMarginCriterion", (4,), np.array([2.0, 4, 0, 1]), multi_label),
    Case("MultiLabelMarginCriterion", (2, 3), np.array([[3.0, 1, 0], [2, 0, 0]]), multi_label),
    Case("CosineEmbeddingCriterion", [(3,), (3,)], 1, cosine_embedding),
    Case(
        "CosineEmbeddingCriterion",
        [(3, 4), (3, 4)],
        SIGNS,
        lambda x, y: cosine_embedding(x, y, 0.1),
        (0.1,),
    ),
    Case("L1HingeEmbeddingCriterion", [(3,), (3,)], 1, lambda x, y: np.abs(x[0] - x[1]).sum()),
    Case(
        "L1HingeEmbeddingCriterion",
        [(3,), (3,)],
        -1,
        lambda x, y: max(0, 9 - np.abs(x[0] - x[1]).sum()),
        (9,),
    ),
    Case(
        "MarginRankingCriterion",
        [(1,), (1,)],
        -1,
        lambda x, y: max(0, 3 - y * (x[0] - x[1])[0]),
        (3,),
    ),
    Case(
        "MarginRankingCriterion",
        [(3,), (3,)],
        SIGNS,
        lambda x, y: np.maximum(0.1 - y * (x[0] - x[1]), 0).mean(),
        (0.1,),
    ),
    Case(
        "DistanceRatioCriterion",
        [(3,), (3,)],
        None,
        lambda x, y: np.log1p(np.exp(x[0] - x[1])).mean(),
    ),
    Case(
        "MultiCriterion",
        (3,),
        T3,
        lambda x, t: ((x - t) ** 2).mean() + 0.5 * np.abs(x - t).mean(),
        make=lambda: nn.MultiCriterion().add(nn.MSECriterion()).add(nn.AbsCriterion(), 0.5),
    ),
    Case(
        "ParallelCriterion",
        [(3,), (3,)],
        [T3, 2],
        lambda x, t: 0.5 * ((x[0] - t[0]) ** 2).mean() - x[1][1],
        make=lambda: nn.ParallelCriterion().add(nn.MSECriterion(), 0.5).add(nn.ClassNLLCriterion()),
    ),
    Case(
        "ParallelCriterion",
        [(3,), (3,)],
        T3,
        lambda x, t: ((x[0] - t) ** 2).mean() + ((x[1] - t) ** 2).mean(),
        make=lambda: nn.ParallelCriterion(True).add(nn.MSECriterion()).add(nn.MSECriterion()),
    ),
    Case(
        "ModuleCriterion",
        (3,),
        T3,
        lambda x, t: ((np.tanh(x) - np.abs(t)) ** 2).mean(),
        make=lambda: nn.ModuleCriterion(nn.MSECriterion(), nn.Tanh(), nn.Abs()),
    ),
]
each = pytest.mark.parametrize("case", CASES, ids=str)


@each
def test_loss_is_the_formula(case):
    criterion, x = case.build(), case.input()
    loss = first(criterion.forward(wrap(x), wrap(case.target)))
    assert loss == pytest.approx(case.formula(x, case.target), rel=1e-9, abs=1e-9)
    if case.name != "DistanceRatioCriterion":
        assert criterion.output == pytest.approx(loss)
    assert tostring(criterion) == f"nn.{case.name}"


@pytest.mark.parametrize("case", [case for case in CASES if case.slope], ids=str)
def test_gradient_is_finite_differences(case):
    criterion, x, target = case.build(), wrap(case.input()), wrap(case.target)
    criterion.forward(x, target)
    got = plain(criterion.backward(x, target))
    want = []
    for view in views(x):
        for i in range(view.size):
            before, ends = view[i], []
            for sign in (1, -1):
                view[i] = before + sign * STEP
                ends.append(first(criterion.forward(x, target)))
            view[i] = before
            want.append((ends[0] - ends[1]) / (2 * STEP))
    np.testing.assert_allclose(flat(got), want, rtol=1e-5, atol=1e-6)


@each
def test_float_clone_and_file(case):
    criterion, x = case.build(), case.input()
    double = first(criterion.forward(wrap(x), wrap(case.target)))
    copies = [criterion.clone(), torch.deserialize(torch.serialize(criterion))]
    for copy in copies:
        assert type(copy) is type(criterion)
        assert first(copy.forward(wrap(x), wrap(case.target))) == double
    single = criterion.float()
    kind = "torch.FloatTensor"
    loss = first(single.forward(wrap(x, kind), wrap(case.target, kind)))
    assert loss == pytest.approx(double, rel=1e-4, abs=1e-5)
    if case.slope:
        grad = plain(single.backward(wrap(x, kind), wrap(case.target, kind)))
        assert np.isfinite(flat(grad)).all()


def test_forward_of_class_nll_returns_the_total_weight_too():
    criterion = nn.ClassNLLCriterion(wrap(WEIGHTS))
    given = wrap(np.zeros((4, 3))), wrap(CLASSES)
    loss, weight = criterion.updateOutput(*given)
    assert (loss, weight) == (0, pytest.approx(WEIGHTS[CLASSES.astype(int) - 1].sum()))
    assert criterion.forward(*given) == loss  # in Python a loss is a number
    count = Interpreter().load("local c, x, y = ... return select('#', c:forward(x, y))")
    assert count(criterion, *given) == 2


def test_calling_a_criterion_gives_loss_and_gradient():
    loss, grad = nn.MSECriterion()(wrap(np.ones(2)), wrap(np.zeros(2)))
    assert loss == 1
    assert grad.nd.tolist() == [1, 1]


def test_class_simplex_predicts_the_nearest_vertex():
    criterion = nn.ClassSimplexCriterion(4)
    assert criterion.getTopPrediction(criterion.simplex).nd.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "name, args, x, target, message",
    [
        (
            "MSECriterion",
            (),
            np.ones(3),
            np.ones(4),
            "input and target have different number of elements: input[3] has 3 elements, while target[4] has 4 elements",
        ),
        ("MSECriterion", (), np.ones(3), 1, "attempt to index local 'target' (a number value)"),
        ("MSECriterion", (), None, np.ones(3), "attempt to index local 'input' (a nil value)"),
        ("BCECriterion", (), np.ones(3), np.ones(4), "input and target size mismatch"),
        (
            "BCECriterion",
            (),
            np.full(3, 2.0),
            np.ones(3),
            "input value should be between 0~1, but got 2.000000",
        ),
        (
            "ClassNLLCriterion",
            (),
            np.ones(3),
            4,
            "Assertion `cur_target >= 0 && cur_target < n_classes' failed.",
        ),
        (
            "ClassNLLCriterion",
            (),
            np.ones((2, 3)),
            np.ones(3),
            "Assertion `THIndexTensor_(size)(target, 0) == batch_size' failed.",
        ),
        (
            "ClassNLLCriterion",
            (),
            np.ones(3),
            None,
            "attempt to index local 'target' (a nil value)",
        ),
        (
            "ClassNLLCriterion",
            (np.ones(2),),
            np.ones(3),
            1,
            "weight tensor should be defined either for all 3 classes or no classes but got weight tensor of shape: [2]",
        ),
        ("ClassNLLCriterion", (), np.ones((2, 3, 4)), 1, "input tensor should be 1D or 2D"),
        (
            "SpatialClassNLLCriterion",
            (),
            np.ones((1, 3, 2, 2)),
            np.ones((2, 2)),
            "only batches of spatial targets supported (3D tensors) but got targets of dimension: 2",
        ),
        ("MultiMarginCriterion", (), np.ones(3), 4, "target out of range"),
        ("MultiLabelMarginCriterion", (), np.ones(3), np.ones(2), "inconsistent target size"),
        (
            "DistKLDivCriterion",
            (),
            np.ones(3),
            np.ones((1, 3)),
            "input and target should have the same size",
        ),
        (
            "SpatialAutoCropMSECriterion",
            (),
            np.ones((1, 3, 3)),
            np.ones((1, 2, 2)),
            "Spatial resolution of input should be less than or equal to the spatial resolution of the target",
        ),
    ],
)
def test_bad_input_is_refused_in_the_words_of_the_original(name, args, x, target, message):
    criterion = getattr(nn, name)(*(wrap(a) for a in args))
    before = plain(criterion.gradInput)
    for method in (criterion.forward, criterion.backward):
        if (method == criterion.backward and "resolution" in message) or "between" in message:
            continue
        with pytest.raises(Exception) as caught:
            method(wrap(x), wrap(target))
        assert message in str(caught.value)
    assert np.array_equal(plain(criterion.gradInput), before)


@pytest.mark.parametrize(
    "name, args, message",
    [
        ("MultiMarginCriterion", (3,), "only p=1 and p=2 supported"),
        ("ClassSimplexCriterion", (1,), "Required positive integer argument nClasses > 1"),
        ("ClassNLLCriterion", (np.ones((2, 2)),), "weights input should be 1-D Tensor"),
        ("MultiCriterion", (), None),
    ],
)
def test_bad_arguments_are_refused(name, args, message):
    with pytest.raises(Exception) as caught:
        made = getattr(nn, name)(*(wrap(a) for a in args))
        made.add(None)
    assert (message or "no criterion provided") in str(caught.value)
