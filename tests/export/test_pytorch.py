"""Nets as PyTorch sources: outputs and gradients of inputs equal to ours."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from tests.nn.rows import like, plain, tensors
from th7shell import nn
from th7shell.export import ExportError, save
from th7shell.export.pytorch import to_torch_source
from th7shell.lua import new_table

from . import nets
from .converted import CUDA, ROWS, cuda_nets, expected, flat_arrays, shapes

torch = pytest.importorskip("torch")
safetensors = pytest.importorskip("safetensors.torch")
torch.set_num_threads(1)  # the nets are small

NETS = nets.NETS
RANDOM = ("FractionalMaxPooling",)  # other places in every run
REFUSED = {"CriterionTable": "it is a loss"}


def build(net, sizes, folder):
    """The module that a net's source gives."""
    from th7shell.export import save

    path = folder / "net.py"
    save(path, net, input=sizes)
    source = path.read_text()
    compile(source, str(path), "exec")
    names = {"__name__": "net", "__file__": str(path)}
    exec(source, names)
    return names["load"](), source


def inputs(arrays, needs=True, kind=np.float64):
    return [torch.tensor(np.asarray(a, kind), requires_grad=needs) for a in flat_arrays(arrays)]


def outputs(value):
    """The tensors of nested tuples."""
    return [t for part in value for t in outputs(part)] if isinstance(value, tuple) else [value]


def close(a, b, tolerance=1e-5):
    assert a.shape == np.shape(b)
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def check_outputs(model, net, x):
    for a, b in zip(outputs(model(*inputs(x, False))), flat_arrays(expected(net, x)), strict=True):
        close(a.detach().numpy(), b)


def check(net, x, folder, gradients=True):
    """Outputs and gradients of inputs are ours, in double precision and in single."""
    model, source = build(net, shapes(x), folder)
    compare(model, net, x, gradients, np.float64, 1e-5)
    compare(model.float(), net.float(), x, gradients, np.float32, 1e-4)
    net.double()
    return source


def compare(model, net, x, gradients, kind, tolerance):
    ours = "torch.DoubleTensor" if kind is np.float64 else "torch.FloatTensor"
    given = inputs(x, kind=kind)
    got = outputs(model(*given))
    want = expected(net, x, ours)
    for a, b in zip(got, flat_arrays(want), strict=True):
        close(a.detach().numpy(), b, tolerance)
    if gradients:
        grads = like(want)
        found = flat_arrays(plain(net.backward(tensors(x, ours), tensors(grads, ours))))
        weights = [torch.tensor(np.asarray(g, kind)) for g in flat_arrays(grads)]
        sum((a * g).sum() for a, g in zip(got, weights)).backward()
        for tensor, b in zip(given, found):
            grad = np.zeros(tensor.shape) if tensor.grad is None else tensor.grad.numpy()
            close(grad, b, tolerance)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_row_of_the_layer_tables(row, tmp_path):
    net, x = row.build(), row.arrays()
    if row.name in REFUSED:
        with pytest.raises(ExportError, match=REFUSED[row.name]):
            to_torch_source(net, shapes(x))
        return
    if row.name.endswith(RANDOM):
        model, _ = build(net, shapes(x), tmp_path)
        assert model(*inputs(x)).shape == expected(net, x).shape
        return
    check(net, x, tmp_path, row.slope and not row.random and not row.integer)
    if row.batch:
        model, _ = build(net, shapes(row.arrays(extra=(2,))), tmp_path)
        check_outputs(model, net, row.arrays(extra=(3,)))


@pytest.mark.parametrize("name", NETS)
def test_whole_nets(name, tmp_path):
    net, x = nets.build(name), nets.arrays(name)
    source = check(net, x, tmp_path, gradients=name not in nets.INDICES)
    assert all(len(line) <= 100 for line in source.splitlines())
    model, _ = build(net, shapes(x), tmp_path)
    check_outputs(model, net, nets.arrays(name, batch=3))


def test_single_precision(tmp_path):
    net, x = nets.build("lenet").float(), nets.arrays("lenet")
    model, source = build(net, shapes(x), tmp_path)
    assert "double" not in source
    want = expected(net, x, "torch.FloatTensor")
    close(model(torch.tensor(x, dtype=torch.float32)).detach().numpy(), want, 1e-4)


def test_modules_that_share_their_weights_are_one(tmp_path):
    _, source = build(nets.build("siamese"), [(2, 5), (2, 5)], tmp_path)
    assert source.count("nn.Linear") == 2


def test_a_parameter_that_different_layers_share_is_tied(tmp_path):
    first = nn.Linear(4, 4)
    second = nn.Linear(4, 4, False)
    second.weight = first.weight
    net = nn.Sequential().add(first).add(nn.MulConstant(2)).add(second)
    x = np.ones((2, 4))
    source = check(net, x, tmp_path)
    assert "self.fc2.weight = self.fc1.weight" in source


def test_steps_of_an_unrolled_net_are_one_layer(tmp_path):
    layer = nn.Linear(3, 3)
    node = given = nets.on(nn.Identity())
    outputs = []
    for _ in range(8):
        node = nets.on(nn.Tanh(), nets.on(layer.clone("weight", "bias"), node))
        outputs.append(node)
    source = check(nets.graph([given], outputs), np.ones((2, 3)), tmp_path)
    assert source.count("nn.Linear") == 1 and "8 in all" in source


def test_the_file_runs_alone(tmp_path):
    build(nets.build("openface"), (1, 3, 24, 24), tmp_path)
    script = tmp_path / "net.py"
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("tensor(")
    assert "th7shell" not in "".join(
        line for line in script.read_text().splitlines() if "import" in line
    )


def test_from_python():
    from th7shell import export

    source, weights = export.to_torch_source(nets.build("lenet"), (1, 1, 32, 32), "LeNet")
    assert "class LeNet(nn.Sequential):" in source
    assert weights["conv1.weight"].shape == (6, 1, 5, 5)
    assert export.to_onnx.__module__ == "th7shell.export.onnx.writing"
    with pytest.raises(AttributeError):
        export.to_caffe  # noqa: B018


@pytest.mark.parametrize("label", CUDA)
def test_nets_of_the_gpu(label, tmp_path):
    net, x = cuda_nets()[label]
    net = net.cuda().evaluate() or net
    want = plain(net.forward(tensors(x, "torch.CudaTensor")))
    model, source = build(net, x.shape, tmp_path)
    assert "double" not in source
    close(model(torch.tensor(x, dtype=torch.float32)).detach().numpy(), want, 1e-4)


def test_the_net_in_a_checkpoint(tmp_path):
    said = []
    checkpoint = new_table(fields={"model": nets.build("lenet"), "epoch": 3})
    save(tmp_path / "net.py", checkpoint, input=(2, 1, 32, 32), say=said.append)
    assert said == ["taking the net at model"]
    two = new_table([nn.Linear(2, 2), nn.Tanh()])
    with pytest.raises(ExportError, match=r"several nets in it \(1, 2\)"):
        save(tmp_path / "net.py", two)
    with pytest.raises(ExportError, match="no net in it"):
        save(tmp_path / "net.py", new_table([1]))


def test_parts_that_repeat_are_classes(tmp_path):
    source = check(nets.build("resnet"), nets.arrays("resnet"), tmp_path)
    assert "class Residual(nn.Module):" in source
    assert "Residual(4)" in source and "Residual(8)" in source
    source = check(nets.build("inception"), nets.arrays("inception"), tmp_path)
    assert "class Inception(nn.Module):" in source
    assert "inception1=Inception(4)" in source and "inception2=Inception(8)" in source


def test_classes_of_parts_are_called_otherwise_than_the_whole():
    sizes = nets.NETS["inception"][1]
    source, _ = to_torch_source(nets.build("inception"), sizes, "Inception")
    assert "class InceptionBlock(nn.Module):" in source and "class Inception(nn.Seq" in source


def test_numbers_of_forward_keep_parts_apart(tmp_path):
    def part(size, start):
        wide = nn.Sequential().add(nn.Linear(4, size)).add(nn.Narrow(2, start, 4))
        both = nn.ConcatTable().add(wide).add(nn.Identity())
        return nn.Sequential().add(both).add(nn.CAddTable())

    net = nn.Sequential().add(part(6, 1)).add(part(7, 2)).add(part(8, 2))
    source = check(net, np.random.default_rng(0).normal(size=(2, 4)), tmp_path)
    assert source.count("class Residual(") == 1 and "[:, :4]" in source
