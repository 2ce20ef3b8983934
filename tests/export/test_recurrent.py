"""cuDNN's recurrent layers in today's formats, and ONNX's in Torch."""

from __future__ import annotations

import numpy as np
import pytest

from tests.nn.rows import plain, tensors
from th7shell import cudnn, export, nn, torch
from th7shell.export import ExportError
from th7shell.export.walking_cudnn import STATEFUL

LAYERS = {
    "RNNTanh": lambda: cudnn.RNNTanh(3, 4, 2),
    "RNNReLU": lambda: cudnn.RNNReLU(3, 4, 1, True),
    "LSTM": lambda: cudnn.LSTM(3, 4, 2, False, 0.3),
    "GRU": lambda: cudnn.GRU(3, 4, 1),
    "BLSTM": lambda: cudnn.BLSTM(3, 2, 2, True),
    "BGRU": lambda: cudnn.BGRU(3, 2, 1),
}
SIZES = (4, 2, 3)


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setenv("TH7SHELL_CUDA", "quiet")


@pytest.mark.parametrize("name", LAYERS)
def test_outputs_gradients_and_state_in_pytorch(name, tmp_path):
    pytorch = pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    from .test_pytorch import build

    torch.manualSeed(3)
    layer = LAYERS[name]().double()
    x, g = np.random.default_rng(1).uniform(-1, 1, (2, *SIZES)).repeat(2, 3)[..., :3], None
    x = x[0]
    module, source = build(nn.Sequential().add(layer), SIZES, tmp_path)
    assert f"nn.{name.removeprefix('B')[:4].rstrip('TR')}" in source
    given = pytorch.tensor(x, requires_grad=True)
    want = plain(layer.training() or layer.forward(tensors(x))) if not layer.dropout else None
    layer.evaluate()
    want = plain(layer.forward(tensors(x)))
    np.testing.assert_allclose(module(given).detach().numpy(), want, rtol=1e-5, atol=1e-5)
    g = np.random.default_rng(2).uniform(-1, 1, want.shape)
    layer.dropout = 0
    layer.training()
    layer.forward(tensors(x))
    ours = plain(layer.backward(tensors(x), tensors(g)))
    module(given).backward(pytorch.tensor(g))
    np.testing.assert_allclose(given.grad.numpy(), ours, rtol=1e-5, atol=1e-5)
    state = export.state_dict(layer)
    theirs = next(m for m in module.modules() if isinstance(m, pytorch.nn.RNNBase)).state_dict()
    assert state.keys() == theirs.keys()
    for key, values in theirs.items():
        assert np.array_equal(state[key], values.numpy())


def test_weights_from_pytorch():
    layer = cudnn.LSTM(3, 4, 1)
    state = {
        name: np.full(nd.shape, i) for i, (name, nd) in enumerate(export.state_dict(layer).items())
    }
    missing, unexpected = export.load_state_dict(nn.Sequential().add(layer), {"0": state})
    assert not missing and not unexpected
    assert layer.weight.nd[0] == 0 and layer.weight.nd[-1] == 3


@pytest.mark.parametrize("field", [*STATEFUL, "a table"])
def test_what_has_no_equivalent(field):
    from th7shell.export.pytorch import to_torch_source

    layer, sizes = cudnn.LSTM(3, 4, 1).float(), SIZES
    if field == "rememberStates":
        layer.rememberStates = True
    elif field != "a table":
        layer[field] = torch.FloatTensor(1, 2, 4).zero()
    why = STATEFUL.get(field, "packed sequences")
    with pytest.raises(ExportError, match=rf"^cudnn.LSTM at \(1\): {why[:20]}"):
        if field == "a table":
            to_torch_source(nn.Sequential().add(layer), [(8, 3), (4,)])
        else:
            to_torch_source(nn.Sequential().add(layer), sizes)


def model(kind, directions=1, used=("y",), **attributes):
    """An ONNX model of one operator, with random weights."""
    onnx = pytest.importorskip("onnx")
    draw = np.random.default_rng(0)
    gates = {"RNN": 1, "LSTM": 4, "GRU": 3}[kind]
    names = {"w": (gates * 4, 3), "r": (gates * 4, 4), "b": (gates * 8,)}
    constants = [
        onnx.numpy_helper.from_array(draw.uniform(-1, 1, (directions, *size)).astype(np.float32), n)
        for n, size in names.items()
    ]
    outputs = ["y", "h", *(["c"] if kind == "LSTM" else [])]
    node = onnx.helper.make_node(
        kind, ["x", "w", "r", "b"], outputs, "over time", hidden_size=4, **attributes
    )
    make, real = onnx.helper.make_tensor_value_info, onnx.TensorProto.FLOAT
    shapes = {"y": (4, directions, 2, 4), "h": (directions, 2, 4)}
    graph = onnx.helper.make_graph(
        [node], "g", [make("x", real, SIZES)], [make(n, real, shapes[n]) for n in used], constants
    )
    return onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8
    )


OPERATORS = {
    "LSTM": {},
    "two directions": {"directions": 2, "direction": "bidirectional"},
    "GRU": {"linear_before_reset": 1},
    "RNN": {},
    "RNN of two directions": {
        "directions": 2,
        "direction": "bidirectional",
        "activations": ["Relu"] * 2,
    },
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_of_other_models(name):
    pytest.importorskip("onnxruntime")
    from .test_onnx import run, same, session

    made = model(next((k for k in ("LSTM", "GRU", "RNN") if k in name), "LSTM"), **OPERATORS[name])
    x = np.random.default_rng(3).uniform(-1, 1, SIZES).astype(np.float32)
    net = export.from_onnx(made)
    same(run(session(made), x), plain(net.forward(tensors(x, "torch.FloatTensor"))), 1e-5)


@pytest.mark.parametrize(
    ("kind", "attributes", "why"),
    [
        ("GRU", {}, "no such form"),
        ("LSTM", {"direction": "reverse"}, "no such form"),
        ("RNN", {"activations": ["Sigmoid"]}, "no such form"),
        ("LSTM", {"clip": 3.0}, "no such form"),
        ("LSTM", {"used": ("y", "h")}, "its last states are read"),
    ],
)
def test_operators_without_a_layer(kind, attributes, why):
    made = model(kind, **attributes)
    with pytest.raises(ExportError, match=rf"{kind} \(over time\): .*{why}"):
        export.from_onnx(made)
