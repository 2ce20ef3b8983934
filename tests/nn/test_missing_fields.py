"""A field that is nil: models saved by older versions lack fields that came later, and run wherever
the original does without them.

`needed_fields.txt` tells what was found with the original's own source: a line is a class, a
method, and the fields without which that method fails.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.lua import LuaError, lua_type, new_table, rawitems, send, tostring

from .rows import Row, like, plain, tensors
from .test_criterions import CASES, wrap
from .test_layers import ROWS

NEEDED = {
    tuple(line.split()[:2]): set(line.split()[2:])
    for line in Path(__file__).with_name("needed_fields.txt").read_text().splitlines()
}
SUBJECTS = [*ROWS, *CASES]
QUICK = ("forward", "tostring", "type", "parameters")


def given(subject):
    """What a layer or criterion is given."""
    if isinstance(subject, Row):
        return (tensors(subject.arrays()),)
    return tensors(subject.input()), wrap(subject.target)


def run(subject, layer, method):
    if method == "forward":
        torch.manualSeed(3)
        layer.forward(*given(subject))
    elif method == "backward":
        torch.manualSeed(3)
        output = layer.forward(*given(subject))
        gradient = (tensors(like(plain(output))),) if isinstance(subject, Row) else ()
        layer.backward(*given(subject), *gradient)
    elif method == "tostring":
        tostring(layer)
    elif method == "type":
        send(layer, "type", "torch.FloatTensor")
    elif method == "parameters" and isinstance(subject, Row):
        layer.parameters()
    elif method == "clearState" and isinstance(subject, Row):
        layer.clearState()


def missing(subject, methods):
    """Run methods of a layer without each of its fields; return how many were run, and those that
    failed where they must not."""
    count, failures = 0, []
    kind = type(subject.build()).__name__
    for name in [key for key, _ in rawitems(subject.build())]:
        for method in methods:
            before = ("forward",) if method == "backward" else ()
            if any(name in NEEDED.get((kind, each), ()) for each in (*before, method)):
                continue
            layer = subject.build()
            layer[name] = None
            count += 1
            try:
                run(subject, layer, method)
            except Exception as error:
                failures.append((name, method, str(error)))
    return count, failures


@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_runs_without_a_field(subject):
    assert missing(subject, QUICK)[1] == []


@pytest.mark.long
def test_runs_backward_and_is_cleared_without_a_field():
    count = 0
    for subject in SUBJECTS:
        done, failures = missing(subject, ("backward", "clearState"))
        assert failures == [], str(subject)
        count += done
    assert count > 2500


def x(*size):
    return torch.range(1, int(np.prod(size))).view(*size)


# a layer, the field it lacks, its input, and the layer that it then equals
DEFAULTS = [
    (lambda: nn.HardTanh(-3, 3), "min_val", x(4), lambda: nn.HardTanh(-1, 3)),
    (lambda: nn.HardTanh(-3, 3), "max_val", x(4), lambda: nn.HardTanh(-3, 1)),
    (lambda: nn.Clamp(0, 3), "max_val", x(4), lambda: nn.Clamp(0, 1)),
    (lambda: nn.Replicate(3, 2), "dim", x(4), lambda: nn.Replicate(3)),
    (lambda: nn.Mean(1), "sizeAverage", x(4, 3), lambda: nn.Sum(1)),
    (lambda: nn.Sum(1, None, True), "sizeAverage", x(4, 3), lambda: nn.Sum(1)),
    (lambda: nn.MM(), "transA", [x(2, 3), x(3, 2)], lambda: nn.MM(False, False)),
    (lambda: nn.MV(), "trans", [x(2, 3), x(3)], lambda: nn.MV(False)),
    (lambda: nn.L1Penalty(1), "sizeAverage", x(4), lambda: nn.L1Penalty(1, False)),
    (lambda: nn.UpSampling(2, "linear"), "mode", x(1, 1, 2, 2), lambda: nn.UpSampling(2, "linear")),
    (lambda: nn.Reshape(6, True), "size", x(2, 2, 3), lambda: nn.Reshape(6, True)),
    (
        lambda: nn.SpatialMaxPooling(2, 2, 2, 2, 1, 1),
        "padW",
        x(1, 4, 4),
        lambda: nn.SpatialMaxPooling(2, 2, 2, 2, 0, 1),
    ),
]


@pytest.mark.parametrize(("make", "name", "input", "same"), DEFAULTS)
def test_what_a_missing_field_stands_for(make, name, input, same):
    input = new_table(input) if isinstance(input, list) else input
    layer = make()
    layer[name] = None
    got, want = plain(layer.forward(input)), plain(same().forward(input))
    np.testing.assert_allclose(got, want)


# a layer, its input, and fields that only forward needs
FORWARDS_OWN = [
    (lambda: nn.SpatialAdaptiveMaxPooling(3, 2), x(1, 4, 5), "W H"),
    (lambda: nn.SpatialAdaptiveAveragePooling(3, 2), x(1, 4, 5), "W H"),
    (lambda: nn.TemporalConvolution(3, 2, 2), x(4, 3), "inputFrameSize outputFrameSize"),
    (lambda: nn.TemporalSubSampling(3, 2), x(4, 3), "inputFrameSize"),
    (lambda: nn.Convert("chw", "bf"), x(2, 2, 2), "nInputDim inputBatchDim outputBatchDim"),
    (lambda: nn.SpatialUpSamplingNearest(2), x(1, 2, 2), "inputSize outputSize"),
    (lambda: nn.SpatialUpSamplingBilinear(2), x(1, 2, 2), "inputSize scale_factor"),
    (
        lambda: nn.UpSampling(new_table((), {"oheight": 3, "owidth": 4}), "linear"),
        x(1, 1, 2, 2),
        "inputSize oheight owidth",
    ),
    (lambda: nn.LookupTable(5, 3), torch.LongTensor([1, 3]), "weight"),
    (lambda: nn.Normalize(2), x(2, 3), "eps"),
]


@pytest.mark.parametrize(("make", "input", "names"), FORWARDS_OWN)
def test_backward_does_without_what_only_forward_needs(make, input, names):
    def gradients(lacking):
        torch.manualSeed(1)
        layer = make()
        gradient = tensors(like(plain(layer.forward(input))))
        if lacking is not None:
            layer[lacking] = None
        layer.zeroGradParameters()
        return [
            plain(layer.backward(input, gradient)),
            plain(x(1) if layer.gradWeight is None else layer.gradWeight),
        ]

    want = gradients(None)
    for name in names.split():
        for got, expected in zip(gradients(name), want):
            np.testing.assert_allclose(got, expected)


def test_criterions_go_backward_without_what_only_forward_needs():
    for make, input, target, name in (
        (nn.ClassNLLCriterion, x(3), 2, "output_tensor"),
        (nn.SpatialClassNLLCriterion, x(1, 2, 1, 1), torch.ones(1, 1, 1), "output_tensor"),
        (lambda: nn.CosineEmbeddingCriterion(0.5), new_table([x(3), x(3)]), -1, "margin"),
    ):
        whole, lacking = make(), make()
        for criterion in (whole, lacking):
            criterion.forward(input, target)
        lacking[name] = None
        want = plain(whole.backward(input, target))
        got = plain(lacking.backward(input, target))
        np.testing.assert_equal(got, want)


NUMBERS = [  # nil is no number there, where NumPy takes it for nan
    (lambda: nn.SoftPlus(2), "beta", 4),
    (lambda: nn.LeakyReLU(0.2), "negval", 4),
    (lambda: nn.Threshold(0.1, 0.2), "val", 5),
    (lambda: nn.Power(2), "pow", 4),
    (lambda: nn.MulConstant(2), "constant_scalar", 3),
    (lambda: nn.MarginCriterion(1), "margin", 6),
    (lambda: nn.MultiMarginCriterion(1, None, 2), "margin", 8),
]


@pytest.mark.parametrize(("make", "name", "position"), NUMBERS)
def test_a_number_that_is_missing_is_no_nan(make, name, position):
    layer = make()
    layer[name] = None
    more = [torch.ones(1)] if "Criterion" in type(layer).__name__ else []
    told = rf"bad argument #{position} to 'v' \(cannot convert 'nil' to 'double'\)"
    with pytest.raises(LuaError, match=told):
        layer.forward(x(1), *more)


def test_fields_that_are_absent_are_nil_for_the_engine_and_errors_for_programs():
    layer = nn.Linear(2, 3)
    layer._type = None
    assert layer.type() is None and layer["something"] is None
    assert lua_type(send(layer, "type")) == "nil" and getattr(layer, "something", 4) == 4
    for name in ("something", "__wrapped__"):
        with pytest.raises(AttributeError):
            getattr(layer, name)


@pytest.mark.parametrize("shape", [(2,), (2, 1), (2, 3), (2, 1, 1)])
def test_subsampling_takes_a_weight_of_any_shape(shape):
    """Old models have a matrix: its first elements count."""
    old, new = nn.SpatialSubSampling(2, 2, 2), nn.SpatialSubSampling(2, 2, 2)
    values = torch.range(1, int(np.prod(shape))).view(*shape)
    old.weight, old.gradWeight = values, values.clone().zero()
    new.weight.nd[...] = [1, 2]
    new.bias = old.bias
    image, gradient = x(2, 4, 4), torch.ones(2, 3, 3)
    np.testing.assert_allclose(plain(old.forward(image)), plain(new.forward(image)))
    new.zeroGradParameters()
    got, want = (plain(layer.backward(image, gradient)) for layer in (old, new))
    np.testing.assert_allclose(got, want)
    np.testing.assert_allclose(old.gradWeight.nd.reshape(-1)[:2], new.gradWeight.nd)


def test_a_flag_that_a_program_takes_away_is_nil():
    """Not the class's own default, which the original's classes do not have."""
    import th7shell.cudnn  # noqa: F401
    from th7shell.torch.registry import REGISTRY

    flags = [
        f"{name}.{field}"
        for name, cls in sorted(REGISTRY.items())
        if name.startswith(("nn.", "cudnn."))
        for field, value in vars(cls).items()
        if value is False and field == field.lower() and not field.startswith("_")
    ]
    assert flags == []
    for layer in (nn.MulConstant(2, True), nn.Dropout(0.5, False, True), nn.ReLU(True)):
        layer.inplace = None
        assert layer.inplace is None
        x = torch.ones(2, 3)
        layer.forward(x)
        assert x.nd.tolist() == [[1, 1, 1]] * 2
