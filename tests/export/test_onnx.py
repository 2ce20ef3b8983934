"""Nets as ONNX models: checked by onnx and run in onnxruntime, equal to ours."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell.export import ExportError

from . import nets
from .converted import ROWS, expected, flat_arrays, shapes

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

from th7shell.export.onnx import to_onnx  # noqa: E402

REFUSED = {
    "CriterionTable": "it is a loss",
    "SpatialFractionalMaxPooling": "random windows",
    "VolumetricFractionalMaxPooling": "random windows",
}


def session(model):
    return runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def run(model, arrays):
    """The outputs of a model for inputs of nested arrays."""
    runner = session(model)
    kinds = {"tensor(int64)": np.int64, "tensor(float)": np.float32}
    feeds = {
        given.name: np.asarray(a, kinds[given.type])
        for given, a in zip(runner.get_inputs(), flat_arrays(arrays))
    }
    return runner.run(None, feeds)


def same(got, want, tolerance=1e-5):
    want = flat_arrays(want)
    assert len(got) == len(want)
    for a, b in zip(got, want):
        assert a.shape == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_row_of_the_layer_tables(row):
    net, x = row.build(), row.arrays()
    if row.name in REFUSED:
        with pytest.raises(ExportError, match=REFUSED[row.name]):
            to_onnx(net, shapes(x))
        return
    same(run(to_onnx(net, shapes(x)), x), expected(net, x))


@pytest.mark.parametrize("row", [row for row in ROWS if row.batch], ids=str)
def test_batches_of_any_size(row):
    net = row.build()
    model = to_onnx(net, shapes(row.arrays(extra=(2,))))
    for count in (2, 3):
        x = row.arrays(extra=(count,))
        same(run(model, x), expected(net, x))


@pytest.mark.parametrize("name", nets.NETS)
def test_whole_nets(name):
    net, x = nets.build(name), nets.arrays(name)
    model = to_onnx(net, shapes(x))
    for batch in (2, 3):
        x = nets.arrays(name, batch)
        same(run(model, x), expected(net, x))
