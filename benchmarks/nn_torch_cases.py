"""Nets and layers written twice, for th7shell and for PyTorch: the cases of nn_torch_compare.

A case gives for each side a step, a call without arguments. Steps of whole nets are
zeroGradParameters, forward, loss, backward, update; those of layers zeroGradParameters, forward,
backward from a fixed gradient, with the gradient of the input.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

RATE = 0.001
Step = Callable[[], object]


class Case(NamedTuple):
    """`ours(kind, …)` and `theirs(kind, …)` make the steps; `goal` is the ratio wished for."""

    ours: Callable[..., Step]
    theirs: Callable[..., Step]
    arguments: tuple
    kind: str = "Float"
    goal: float = 1.0


LENET = [
    ("SpatialConvolution", 1, 6, 5, 5),
    ("ReLU",),
    ("SpatialMaxPooling", 2, 2, 2, 2),
    ("SpatialConvolution", 6, 16, 5, 5),
    ("ReLU",),
    ("SpatialMaxPooling", 2, 2, 2, 2),
    ("View", 400),
    ("Linear", 400, 120),
    ("ReLU",),
    ("Linear", 120, 84),
    ("ReLU",),
    ("Linear", 84, 10),
    ("LogSoftMax",),
]
MLP = [
    ("Linear", 784, 512),
    ("ReLU",),
    ("Linear", 512, 512),
    ("ReLU",),
    ("Linear", 512, 10),
    ("LogSoftMax",),
]
VGG = [  # one 64→64 3×3 layer and a classifier on its means
    ("SpatialConvolution", 64, 64, 3, 3, 1, 1, 1, 1),
    ("ReLU",),
    ("SpatialAveragePooling", 32, 32),
    ("View", 64),
    ("Linear", 64, 10),
    ("LogSoftMax",),
]
BRANCH = [
    ("SpatialConvolution", 64, 64, 3, 3, 1, 1, 1, 1),
    ("SpatialBatchNormalization", 64),
    ("ReLU",),
    ("SpatialConvolution", 64, 64, 3, 3, 1, 1, 1, 1),
    ("SpatialBatchNormalization", 64),
]


def built(layers: list[tuple]) -> Any:
    """The layers in th7shell."""
    from th7shell import nn

    net = nn.Sequential()
    for name, *args in layers:
        if name == "Residual":
            both = nn.ConcatTable().add(built(args[0])).add(nn.Identity())
            net.add(both).add(nn.CAddTable())
        else:
            net.add(getattr(nn, name)(*args))
    return net


def built_there(layers: list[tuple]) -> Any:
    """The layers in PyTorch."""
    from torch import nn

    class Residual(nn.Module):
        def __init__(self, branch: list[tuple]) -> None:
            super().__init__()
            self.branch = built_there(branch)

        def forward(self, x: Any) -> Any:
            return self.branch(x) + x

    def conv(i: int, o: int, kw: int, kh: int, dw=1, dh=1, pw=0, ph=0, lw=1, lh=1) -> Any:
        return nn.Conv2d(i, o, (kh, kw), (dh, dw), (ph, pw), (lh, lw))

    made: dict[str, Callable[..., Any]] = {
        "Residual": Residual,
        "SpatialConvolution": conv,
        "SpatialDilatedConvolution": conv,
        "SpatialDepthWiseConvolution": lambda i, m, kw, kh, dw, dh, pw, ph: nn.Conv2d(
            i, i * m, (kh, kw), (dh, dw), (ph, pw), groups=i
        ),
        "SpatialFullConvolution": lambda i, o, kw, kh, dw, dh, pw, ph: nn.ConvTranspose2d(
            i, o, (kh, kw), (dh, dw), (ph, pw)
        ),
        "TemporalConvolution": nn.Conv1d,
        "SpatialBatchNormalization": nn.BatchNorm2d,
        "BatchNormalization": nn.BatchNorm1d,
        "SpatialCrossMapLRN": nn.LocalResponseNorm,
        "SpatialMaxPooling": lambda kw, kh, dw, dh, pw=0, ph=0: nn.MaxPool2d(
            (kh, kw), (dh, dw), (ph, pw)
        ),
        "SpatialAveragePooling": lambda kw, kh, dw=None, dh=None: nn.AvgPool2d(
            (kh, kw), dh and (dh, dw)
        ),
        "View": lambda n: nn.Flatten(),
        "Linear": nn.Linear,
        "ReLU": nn.ReLU,
        "Tanh": nn.Tanh,
        "LogSoftMax": lambda: nn.LogSoftmax(1),
    }
    return nn.Sequential(*(made[name](*args) for name, *args in layers))


def dtype_of(kind: str) -> Any:
    """PyTorch's type for a Torch type's name."""
    import torch

    return torch.float32 if kind == "Float" else torch.float64


def net(kind: str, layers: list[tuple], shape: tuple[int, ...]) -> Step:
    """A training step of a classifier."""
    from th7shell import nn, torch

    net = built(layers).type(f"torch.{kind}Tensor")
    criterion = nn.ClassNLLCriterion().type(f"torch.{kind}Tensor")
    x = torch.rand(*shape).type(f"torch.{kind}Tensor")
    target = torch.Tensor(shape[0]).random(1, 10).type(f"torch.{kind}Tensor")
    if shape[0] == 1:
        x, target = x[1], target[1]

    def step() -> None:
        net.zeroGradParameters()
        out = net.forward(x)
        criterion.forward(out, target)
        net.backward(x, criterion.backward(out, target))
        net.updateParameters(RATE)

    return step


def net_there(kind: str, layers: list[tuple], shape: tuple[int, ...]) -> Step:
    """The same in PyTorch."""
    import torch

    net = built_there(layers).to(dtype_of(kind))
    criterion = torch.nn.NLLLoss()
    optimizer = torch.optim.SGD(net.parameters(), RATE)
    x = torch.rand(*shape, dtype=dtype_of(kind), requires_grad=True)
    target = torch.randint(0, 10, (shape[0],))

    def step() -> None:
        optimizer.zero_grad()
        x.grad = None
        criterion(net(x), target).backward()
        optimizer.step()

    return step


def layer(kind: str, layers: list[tuple], shape: tuple[int, ...], frames: bool = False) -> Step:
    """Forward and backward of layers."""
    from th7shell import torch

    net = built(layers).type(f"torch.{kind}Tensor")
    x = torch.randn(*shape).type(f"torch.{kind}Tensor")
    gradient = net.forward(x).clone().normal()

    def step() -> None:
        net.zeroGradParameters()
        net.forward(x)
        net.backward(x, gradient)

    return step


def layer_there(
    kind: str, layers: list[tuple], shape: tuple[int, ...], frames: bool = False
) -> Step:
    """The same in PyTorch; frames: its order is (batch, features, frames)."""
    import torch

    net = built_there(layers).to(dtype_of(kind))
    if frames:
        shape = (shape[0], shape[2], shape[1])
    x = torch.randn(*shape, dtype=dtype_of(kind), requires_grad=True)
    gradient = torch.randn_like(net(x))

    def step() -> None:
        net.zero_grad()
        x.grad = None
        net(x).backward(gradient)

    return step


def nodes(kind: str, inputs: int, hidden: int, depth: int, batch: int, cell: str) -> Step:
    """A training step of recurrent cells as a graph of layers, as char-rnn writes them."""
    from th7shell import nn, torch
    from th7shell.nngraph import calls

    calls.install()

    def call(layer: Any, *sources: Any) -> Any:
        return layer(list(sources)) if len(sources) > 1 else layer(*sources)

    def sums(x: Any, h: Any, width: int, count: int) -> Any:
        first, second = call(nn.Linear(width, count * hidden), x), nn.Linear(hidden, count * hidden)
        return call(nn.CAddTable(), first, call(second, h))

    def lstm(x: Any, c: Any, h: Any, width: int) -> tuple[Any, Any]:
        gates = call(nn.Reshape(4, hidden), sums(x, h, width, 4))
        parts = call(nn.SplitTable(2), gates).split(4)
        i, f, o = (call(nn.Sigmoid(), part) for part in list(parts)[:3])
        fresh = call(nn.CMulTable(), i, call(nn.Tanh(), list(parts)[3]))
        c = call(nn.CAddTable(), call(nn.CMulTable(), f, c), fresh)
        return c, call(nn.CMulTable(), o, call(nn.Tanh(), c))

    def gru(x: Any, h: Any, width: int) -> Any:
        update, reset = (call(nn.Sigmoid(), sums(x, h, width, 1)) for _ in range(2))
        gated = call(nn.CMulTable(), reset, h)
        fresh = call(nn.Tanh(), sums(x, gated, width, 1))
        kept = call(nn.CMulTable(), call(nn.AddConstant(1), call(nn.MulConstant(-1), update)), h)
        return call(nn.CAddTable(), call(nn.CMulTable(), update, fresh), kept)

    first = call(nn.Identity())
    x, width, given, outputs = first, inputs, [first], []
    for _ in range(depth):
        states = [call(nn.Identity()) for _ in range(2 if cell == "lstm" else 1)]
        given += states
        if cell == "lstm":
            c, x = lstm(x, *states, width)
            outputs += [c, x]
        else:
            x = gru(x, *states, width)
            outputs.append(x)
        width = hidden
    outputs.append(call(nn.LogSoftMax(), call(nn.Linear(hidden, inputs), x)))
    type_name = f"torch.{kind}Tensor"
    net = nn.gModule(given, outputs).type(type_name)
    criterion = nn.ClassNLLCriterion().type(type_name)
    target = torch.Tensor(batch).random(1, inputs).type(type_name)
    count = len(outputs) - 1
    state = torch.zeros(batch, hidden).type(type_name)
    arguments = [torch.rand(batch, inputs).type(type_name), *[state] * count]

    def step() -> None:
        net.zeroGradParameters()
        out = net.forward(arguments)[count + 1]
        criterion.forward(out, target)
        net.backward(arguments, [*[state] * count, criterion.backward(out, target)])
        net.updateParameters(RATE)

    return step


def nodes_there(kind: str, inputs: int, hidden: int, depth: int, batch: int, cell: str) -> Step:
    """The same in PyTorch, written out."""
    import torch
    from torch import nn

    count = {"lstm": 4, "gru": 3}[cell]
    widths = [inputs, *[hidden] * depth]
    layers = nn.ModuleList()
    for width, following in pairwise(widths):
        layers.append(nn.Linear(width, count * following))
        layers.append(nn.Linear(hidden, count * following))
    layers.append(nn.Linear(hidden, inputs))
    layers.to(dtype_of(kind))
    optimizer = torch.optim.SGD(layers.parameters(), RATE)
    x = torch.rand(batch, inputs, dtype=dtype_of(kind))
    state = torch.zeros(batch, hidden, dtype=dtype_of(kind))
    target = torch.randint(0, inputs, (batch,))

    def step() -> None:
        optimizer.zero_grad()
        y = x
        for d in range(depth):
            own, back = layers[2 * d](y), layers[2 * d + 1]
            if cell == "lstm":
                i, f, o, g = (own + back(state)).chunk(4, 1)
                c = i.sigmoid() * g.tanh() + f.sigmoid() * state
                y = o.sigmoid() * c.tanh()
            else:
                size = 2 * hidden
                gates = nn.functional.linear(state, back.weight[:size], back.bias[:size])
                update, reset = (own[:, :size] + gates).sigmoid().chunk(2, 1)
                inner = nn.functional.linear(reset * state, back.weight[size:], back.bias[size:])
                y = update * (own[:, size:] + inner).tanh() + (1 - update) * state
        nn.functional.nll_loss(layers[-1](y).log_softmax(1), target).backward()
        optimizer.step()

    return step


def fused(kind: str, batch: int, time: int, inputs: int, hidden: int) -> Step:
    """A sequence through an LSTM whose gates are computed together, in torch's operations, as
    torch-rnn's layer does."""
    from th7shell import torch

    make = getattr(torch, kind + "Tensor")
    weight = make(inputs + hidden, 4 * hidden).normal(0, 0.1)
    bias = make(4 * hidden).zero()
    gradient_weight, gradient_bias = weight.clone().zero(), bias.clone().zero()
    x, gy = make(time, batch, inputs).normal(), make(time, batch, hidden).normal()
    gx = make(time, batch, inputs)
    zero = make(batch, hidden).zero()
    h, c, tanh_c = (make(time, batch, hidden) for _ in range(3))
    gates, slopes = make(time, batch, 4 * hidden), make(batch, 4 * hidden)
    buffer, gh, gc = make(batch, hidden), make(batch, hidden), make(batch, hidden)
    spread, sums = bias.view(1, 4 * hidden).expand(batch, 4 * hidden), make(1, 4 * hidden)
    wx, wh = weight.narrow(1, 1, inputs), weight.narrow(1, inputs + 1, hidden)
    gwx, gwh = gradient_weight.narrow(1, 1, inputs), gradient_weight.narrow(1, inputs + 1, hidden)

    def parts(a: Any) -> Iterator[Any]:
        return (a.narrow(2, 1 + k * hidden, hidden) for k in range(4))

    def step() -> None:
        gradient_weight.zero()
        gradient_bias.zero()
        before, cell = zero, zero
        for t in range(1, time + 1):
            now = gates[t]
            now.addmm(spread, x[t], wx)
            now.addmm(before, wh)
            now.narrow(2, 1, 3 * hidden).sigmoid()
            now.narrow(2, 3 * hidden + 1, hidden).tanh()
            i, f, o, g = parts(now)
            h[t].cmul(i, g)
            c[t].cmul(f, cell).add(h[t])
            tanh_c[t].tanh(c[t])
            h[t].cmul(o, tanh_c[t])
            before, cell = h[t], c[t]
        gh.zero()
        gc.zero()
        for t in range(time, 0, -1):
            before, cell = (h[t - 1], c[t - 1]) if t > 1 else (zero, zero)
            i, f, o, g = parts(gates[t])
            si, sf, so, sg = parts(slopes)
            gh.add(gy[t])
            buffer.cmul(tanh_c[t], tanh_c[t])
            si.fill(1).add(-1, buffer).cmul(o).cmul(gh)
            gc.add(si)
            so.fill(1).add(-1, o).cmul(o).cmul(tanh_c[t]).cmul(gh)
            sg.fill(1).add(-1, buffer.cmul(g, g)).cmul(i).cmul(gc)
            si.fill(1).add(-1, i).cmul(i).cmul(g).cmul(gc)
            sf.fill(1).add(-1, f).cmul(f).cmul(cell).cmul(gc)
            gx[t].mm(slopes, wx.t())
            gwx.addmm(x[t].t(), slopes)
            gwh.addmm(before.t(), slopes)
            sums.sum(slopes, 1)
            gradient_bias.add(sums)
            gh.mm(slopes, wh.t())
            gc.cmul(f)

    return step


def fused_there(kind: str, batch: int, time: int, inputs: int, hidden: int) -> Step:
    """PyTorch's own LSTM over the sequence."""
    import torch

    net = torch.nn.LSTM(inputs, hidden).to(dtype_of(kind))
    x = torch.randn(time, batch, inputs, dtype=dtype_of(kind), requires_grad=True)
    gradient = torch.randn(time, batch, hidden, dtype=dtype_of(kind))

    def step() -> None:
        net.zero_grad()
        x.grad = None
        net(x)[0].backward(gradient)

    return step


def lookup(kind: str, words: int, width: int, shape: tuple[int, ...], sparse: bool) -> Step:
    """Vectors by index; sparse: the mentioned rows are updated at once."""
    from th7shell import nn, torch

    table = nn.LookupTable(words, width).type(f"torch.{kind}Tensor")
    x = torch.LongTensor(*shape).random(1, words)
    gradient = table.forward(x).clone().normal()

    def step() -> None:
        table.forward(x)
        if sparse:
            table.accUpdateGradParameters(x, gradient, RATE)
        else:
            table.zeroGradParameters()
            table.backward(x, gradient)
            table.updateParameters(RATE)

    return step


def lookup_there(kind: str, words: int, width: int, shape: tuple[int, ...], sparse: bool) -> Step:
    """The same in PyTorch."""
    import torch

    table = torch.nn.Embedding(words, width, sparse=sparse).to(dtype_of(kind))
    optimizer = torch.optim.SGD(table.parameters(), RATE)
    x = torch.randint(0, words, shape)
    gradient = torch.randn(*shape, width, dtype=dtype_of(kind))

    def step() -> None:
        optimizer.zero_grad()
        table(x).backward(gradient)
        optimizer.step()

    return step


def adam(kind: str, count: int) -> Step:
    """A step of Adam on one vector of parameters."""
    from th7shell import optim, torch

    make = getattr(torch, kind + "Tensor")
    x, gradient, state = make(count).normal(), make(count).normal(), {}
    return lambda: optim.adam(lambda _x: (0, gradient), x, state)


def adam_there(kind: str, count: int) -> Step:
    """The same in PyTorch."""
    import torch

    x = torch.nn.Parameter(torch.randn(count, dtype=dtype_of(kind)))
    x.grad = torch.randn(count, dtype=dtype_of(kind))
    return torch.optim.Adam([x]).step


def classes(kind: str, batch: int, count: int, scores: bool) -> Step:
    """The loss of one of many classes and its gradient; scores: from what LogSoftMax is given."""
    from th7shell import nn, torch

    type_name = f"torch.{kind}Tensor"
    soft, criterion = nn.LogSoftMax().type(type_name), nn.ClassNLLCriterion().type(type_name)
    x = torch.randn(batch, count).type(type_name)
    target = torch.LongTensor(batch).random(1, count)
    target = target.type(type_name)

    def step() -> None:
        y = soft.forward(x) if scores else x
        criterion.forward(y, target)
        gradient = criterion.backward(y, target)
        if scores:
            soft.backward(x, gradient)

    return step


def classes_there(kind: str, batch: int, count: int, scores: bool) -> Step:
    """The same in PyTorch."""
    import torch

    x = torch.randn(batch, count, dtype=dtype_of(kind), requires_grad=True)
    target = torch.randint(0, count, (batch,))

    def step() -> None:
        x.grad = None
        y = x.log_softmax(1) if scores else x
        torch.nn.functional.nll_loss(y, target).backward()

    return step


def of_net(layers: list[tuple], shape: tuple[int, ...], kind: str, goal: float) -> Case:
    return Case(net, net_there, (layers, shape), kind, goal)


def of_layer(*layers: tuple, shape: tuple[int, ...], frames: bool = False, **more: Any) -> Case:
    return Case(layer, layer_there, (list(layers), shape, frames), **more)


CASES = {
    "lenet x1 double": of_net(LENET, (1, 1, 32, 32), "Double", 0.5),
    "lenet x1 float": of_net(LENET, (1, 1, 32, 32), "Float", 0.5),
    "lenet x32 float": of_net(LENET, (32, 1, 32, 32), "Float", 0.6),
    "lenet x128 float": of_net(LENET, (128, 1, 32, 32), "Float", 0.6),
    "lenet x128 double": of_net(LENET, (128, 1, 32, 32), "Double", 0.6),
    "mlp x64 float": of_net(MLP, (64, 784), "Float", 0.8),
    "mlp x64 double": of_net(MLP, (64, 784), "Double", 0.8),
    "vgg x16 float": of_net(VGG, (16, 64, 32, 32), "Float", 1.0),
    "vgg x16 double": of_net(VGG, (16, 64, 32, 32), "Double", 1.0),
    "resnet block": of_layer(("Residual", BRANCH), ("ReLU",), shape=(8, 64, 28, 28)),
    "1x1 64-256": of_layer(("SpatialConvolution", 64, 256, 1, 1), shape=(8, 64, 28, 28)),
    "1x1 256-64": of_layer(("SpatialConvolution", 256, 64, 1, 1), shape=(8, 256, 28, 28)),
    "stem 7x7/2": of_layer(("SpatialConvolution", 3, 64, 7, 7, 2, 2, 3, 3), shape=(4, 3, 112, 112)),
    "depthwise 3x3": of_layer(
        ("SpatialDepthWiseConvolution", 64, 1, 3, 3, 1, 1, 1, 1), shape=(8, 64, 32, 32)
    ),
    "dilated 3x3": of_layer(
        ("SpatialDilatedConvolution", 32, 32, 3, 3, 1, 1, 2, 2, 2, 2), shape=(8, 32, 32, 32)
    ),
    "full 4x4/2": of_layer(
        ("SpatialFullConvolution", 128, 64, 4, 4, 2, 2, 1, 1), shape=(16, 128, 16, 16)
    ),
    "temporal": of_layer(("TemporalConvolution", 128, 256, 5), shape=(16, 50, 128), frames=True),
    "lrn": of_layer(("SpatialCrossMapLRN", 5), shape=(8, 96, 27, 27)),
    "batch norm planes": of_layer(("SpatialBatchNormalization", 64), shape=(16, 64, 28, 28)),
    "batch norm vectors": of_layer(("BatchNormalization", 512), shape=(128, 512)),
    "max pool 2x2": of_layer(("SpatialMaxPooling", 2, 2, 2, 2), shape=(16, 64, 28, 28)),
    "max pool 3x3/2": of_layer(("SpatialMaxPooling", 3, 3, 2, 2, 1, 1), shape=(16, 64, 28, 28)),
    "average pool 2x2": of_layer(("SpatialAveragePooling", 2, 2, 2, 2), shape=(16, 64, 28, 28)),
    "lstm nngraph": Case(nodes, nodes_there, (65, 128, 2, 50, "lstm")),
    "gru nngraph": Case(nodes, nodes_there, (65, 128, 2, 50, "gru")),
    "lstm fused x20": Case(fused, fused_there, (50, 20, 128, 128)),
    "lookup": Case(lookup, lookup_there, (10_000, 128, (50, 20), False)),
    "lookup sparse": Case(lookup, lookup_there, (10_000, 128, (50, 20), True)),
    "adam 10M": Case(adam, adam_there, (10_000_000,)),
    "classnll 10k": Case(classes, classes_there, (64, 10_000, False)),
    "logsoftmax 10k": Case(classes, classes_there, (64, 10_000, True)),
}
