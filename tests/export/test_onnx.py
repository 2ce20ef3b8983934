"""Nets as ONNX models: checked by onnx and run in onnxruntime, equal to ours."""

from __future__ import annotations

import numpy as np
import pytest

from tests.nn.rows import plain, tensors
from th7shell import nn
from th7shell.export import ExportError, load, save
from th7shell.lua import array
from th7shell.torch.classes import torch_type

from . import nets
from .converted import CUDA, ROWS, cuda_nets, expected, flat_arrays, shapes

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

from th7shell.export.onnx import from_onnx, to_onnx  # noqa: E402

REFUSED = {
    "CriterionTable": "it is a loss",
    "SpatialFractionalMaxPooling": "random windows",
    "VolumetricFractionalMaxPooling": "random windows",
}


def session(model):
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # the models are small
    providers = ["CPUExecutionProvider"]
    return runtime.InferenceSession(model.SerializeToString(), options, providers=providers)


def run(runner, arrays):
    """The outputs of a session for inputs of nested arrays."""
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


def both_ways(net, arrays, others=()):
    """A net's model gives its outputs, for other inputs too, and so does the net made of it."""
    model = to_onnx(net, shapes(arrays))
    runner, again = session(model), from_onnx(model)
    for x in (arrays, *others):
        want = expected(net, x)
        same(run(runner, x), want)
        given = flat_arrays(x)
        given = tensors(given[0] if len(given) == 1 else given, "torch.FloatTensor")
        same(flat_arrays(plain(again.forward(given))), want, 1e-4)
    return again


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_row_of_the_layer_tables(row):
    net, x = row.build(), row.arrays()
    if row.name in REFUSED:
        with pytest.raises(ExportError, match=REFUSED[row.name]):
            to_onnx(net, shapes(x))
        return
    both_ways(net, x)
    if row.batch:
        both_ways(net, row.arrays(extra=(2,)), [row.arrays(extra=(3,))])


@pytest.mark.parametrize("name", nets.NETS)
def test_whole_nets(name):
    both_ways(nets.build(name), nets.arrays(name), [nets.arrays(name, 3)])


def test_files_both_ways(tmp_path):
    net, x = nets.build("lenet"), nets.arrays("lenet")
    path = tmp_path / "lenet.onnx"
    save(path, net, input=(1, 1, 32, 32))
    again = load(path)
    assert [torch_type(layer) for layer in array(again.modules)][:3] == [
        "nn.SpatialConvolution",
        "nn.Tanh",
        "nn.SpatialMaxPooling",
    ]
    got = plain(again.forward(tensors(x, "torch.FloatTensor")))
    np.testing.assert_allclose(got, expected(net, x), rtol=1e-4, atol=1e-5)


def test_weights_that_layers_share_are_stored_once():
    model = to_onnx(nets.build("siamese"), [(2, 5), (2, 5)])
    assert sum(t.name.endswith("weight") for t in model.graph.initializer) == 2


def test_a_layer_without_an_equivalent_is_named_with_its_place():
    net = nn.Sequential().add(nn.Linear(2, 3)).add(nn.Sequential().add(nn.Kmeans(2, 3)))
    with pytest.raises(ExportError, match=r"nn\.Kmeans at \(2\)\.\(1\): .*keep its weight"):
        to_onnx(net, (1, 2))


@pytest.mark.parametrize("content", [b"", b"not onnx at all", b"\x08\x07" * 40])
def test_files_that_are_no_models(content, tmp_path):
    path = tmp_path / "bad.onnx"
    path.write_bytes(content)
    with pytest.raises(ExportError, match="no ONNX model") as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_an_operator_without_a_layer_is_named(tmp_path):
    make = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Erf", ["x"], ["y"], "gelu/erf")],
        "g",
        [make("x", onnx.TensorProto.FLOAT, [1, 2])],
        [make("y", onnx.TensorProto.FLOAT, [1, 2])],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])
    with pytest.raises(ExportError, match=r"Erf \(gelu/erf\): it has no layer of nn"):
        from_onnx(model)


@pytest.mark.parametrize("label", CUDA)
def test_nets_of_the_gpu(label):
    net, x = cuda_nets()[label]
    net = net.cuda().evaluate() or net
    want = plain(net.forward(tensors(x, "torch.CudaTensor")))
    model = to_onnx(net, x.shape)
    same(run(session(model), x), want, 1e-4)
    again = from_onnx(model)
    np.testing.assert_allclose(
        plain(again.forward(tensors(x, "torch.FloatTensor"))), want, rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("label", [name for name in CUDA if "LSTM" in name or "GRU" in name])
def test_sequences_of_other_lengths(label):
    net, x = cuda_nets()[label]
    net = net.cuda().evaluate() or net
    longer = np.concatenate([x, x[:, ::-1]])
    want = plain(net.forward(tensors(longer, "torch.CudaTensor")))
    model = to_onnx(net, x.shape)
    same(run(session(model), longer), want, 1e-4)
    got = plain(from_onnx(model).forward(tensors(longer, "torch.FloatTensor")))
    np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore")  # the exporter's own
@pytest.mark.parametrize("name", ["lenet", "inception", "vgg", "resnet", "unet", "lstm", "siamese"])
def test_models_that_pytorch_exports(name, tmp_path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    from .test_pytorch import build

    net, x = nets.build(name).float(), nets.arrays(name)
    module, _ = build(net, shapes(x), tmp_path)
    path = tmp_path / "exported.onnx"
    given = tuple(torch.tensor(a, dtype=torch.float32) for a in flat_arrays(x))
    try:
        torch.onnx.export(module, given, path, opset_version=17, dynamo=False)
    except (TypeError, AttributeError, ImportError):
        pytest.skip("this PyTorch has no such exporter")
    again = load(path)
    tables = [a.astype(np.float32) for a in flat_arrays(x)]
    inputs = tensors(tables[0] if len(tables) == 1 else tables, "torch.FloatTensor")
    same(flat_arrays(plain(again.forward(inputs))), expected(net, x, "torch.FloatTensor"), 1e-4)


@pytest.mark.parametrize(
    "kind, attributes, formula",
    [
        ("ReduceL1", {"axes": [1], "keepdims": 0}, lambda x: np.abs(x).sum(1)),
        ("ReduceL2", {"axes": [-1]}, lambda x: np.sqrt((x**2).sum(-1, keepdims=True))),
        ("ReduceSumSquare", {"axes": [0, 2]}, lambda x: (x**2).sum((0, 2), keepdims=True)),
        ("Reciprocal", {}, lambda x: 1 / x),
        ("ThresholdedRelu", {"alpha": 0.5}, lambda x: np.where(x > 0.5, x, 0)),
        ("Softmax", {"axis": 2}, lambda x: np.exp(x) / np.exp(x).sum(2, keepdims=True)),
        ("Flatten", {"axis": 1}, lambda x: x.reshape(len(x), -1)),
        ("Sum", {}, lambda x: 2 * x),
    ],
)
def test_operators_of_other_models(kind, attributes, formula):
    make = onnx.helper.make_tensor_value_info
    names = ["x", "x"] if kind == "Sum" else ["x"]
    x = np.random.default_rng(1).uniform(0.1, 1, (2, 3, 4)).astype(np.float32)
    want = formula(x)
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node(kind, names, ["y"], **attributes)],
        "g",
        [make("x", onnx.TensorProto.FLOAT, x.shape)],
        [make("y", onnx.TensorProto.FLOAT, want.shape)],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])
    same([plain(from_onnx(model).forward(tensors(x, "torch.FloatTensor")))], want, 1e-5)
