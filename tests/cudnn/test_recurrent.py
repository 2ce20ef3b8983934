"""cuDNN's recurrent layers against plain loops, and their gradients against finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import cudnn, cutorch, nn, torch
from th7shell.lua import LuaError, array, new_table

T, B, I, H = 4, 3, 2, 3
NAMES = ("RNNReLU", "RNNTanh", "LSTM", "GRU", "BLSTM", "BGRU", "RNN")
GATES = {"LSTM": 4, "GRU": 3}


def layer(name, layers=1, *more):
    cutorch.manualSeed(5)
    return getattr(cudnn, name)(I, H, layers, *more).type("torch.CudaDoubleTensor")


def there(values):
    return torch.CudaDoubleTensor(np.asarray(values, float))


def draw(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def one_step(kind, parts, x, h, c):
    """One step of a cell from its gates' own matrices and biases, in cuDNN's documented formulas."""
    W, R, bW, bR = parts
    n = len(W)
    a = [x @ W[k].T + bW[k] for k in range(n)]
    r = [h @ R[k].T + bR[k] for k in range(n)]
    if kind == "LSTM":
        i, f, g, o = (a[k] + r[k] for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c
    if kind == "GRU":
        reset, update = sigmoid(a[0] + r[0]), sigmoid(a[1] + r[1])
        return (1 - update) * np.tanh(a[2] + reset * r[2]) + update * h, c
    total = a[0] + r[0]
    return (np.tanh(total) if kind == "RNNTanh" else np.maximum(total, 0)), c


def expected(name, m, x, h0=None, c0=None):
    """The output and the last states, by loops over `weights()` and `biases()`."""
    kind = name.removeprefix("B") if name in ("BLSTM", "BGRU") else name
    directions = m.numDirections
    lasts = []
    for level in range(m.numLayers):
        outs = []
        for d in range(directions):
            p = level * directions + d
            flat = [t.nd for t in array(array(m.weights())[p])]
            bias = [t.nd for t in array(array(m.biases())[p])]
            n = len(flat) // 2
            W = [w.reshape(H, -1) for w in flat[:n]]
            R = [w.reshape(H, H) for w in flat[n:]]
            h = np.zeros((x.shape[1], H)) if h0 is None else h0[p]
            c = np.zeros((x.shape[1], H)) if c0 is None else c0[p]
            y = np.empty((len(x), x.shape[1], H))
            for t in range(len(x))[:: -1 if d else 1]:
                h, c = one_step(kind, (W, R, bias[:n], bias[n:]), x[t], h, c)
                y[t] = h
            outs.append(y)
            lasts.append((h, c))
        x = np.concatenate(outs, 2)
    return x, lasts


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_forward_is_the_formula(name, layers):
    m, x = layer(name, layers), draw(T, B, I)
    states = layers * m.numDirections
    h0, c0 = draw(states, B, H, seed=1), draw(states, B, H, seed=2)
    m.hiddenInput, m.cellInput = there(h0), there(c0)
    y, lasts = expected(name, m, x, h0, c0)
    np.testing.assert_allclose(m.forward(there(x)).nd, y, rtol=1e-10)
    np.testing.assert_allclose(m.hiddenOutput.nd, [h for h, _ in lasts], rtol=1e-10)
    cells = [c if "LSTM" in name else 0 * c for _, c in lasts]
    np.testing.assert_allclose(m.cellOutput.nd, cells, rtol=1e-10)
    assert tuple(m.output.nd.shape) == (T, B, H * m.numDirections)


@pytest.mark.parametrize("name", NAMES)
def test_the_flat_weight_holds_matrices_before_biases(name):
    m = layer(name, 2)
    gates = GATES.get(name.removeprefix("B"), 1)
    weights, biases = ([array(t) for t in array(f())] for f in (m.weights, m.biases))
    assert len(weights) == len(biases) == 2 * m.numDirections
    assert {len(t) for t in (*weights, *biases)} == {2 * gates}
    flat = [t for level in (*weights, *biases) for t in level]
    starts = [t.storageOffset() for t in flat]
    sizes = [t.nElement() for t in flat]
    assert starts[0] == 1 and starts[1:] == [a + n for a, n in zip(starts, sizes)][:-1]
    assert sum(sizes) == m.weight.nElement() == m.gradWeight.nElement()
    assert (
        weights[0][0].nElement() == H * I and weights[-1][0].nElement() == H * H * m.numDirections
    )
    biases[0][0].fill(7)
    assert (m.weight.nd == 7).sum() == H


@pytest.mark.parametrize(("layers", "dropout"), [(1, 0), (2, 0.4)])
@pytest.mark.parametrize("name", NAMES)
def test_gradients_are_finite_differences(name, layers, dropout):
    m = layer(name, layers, False, dropout)
    states = layers * m.numDirections
    tensors = {"x": there(draw(T, B, I)), "weight": m.weight}
    for i, field in enumerate(("hiddenInput", "cellInput")):
        tensors[field] = there(draw(states, B, H, seed=i + 1))
        setattr(m, field, tensors[field])
    g = draw(T, B, H * m.numDirections, seed=3)
    gh, gc = draw(states, B, H, seed=4), draw(states, B, H, seed=5)
    cell = "LSTM" in name
    m.gradHiddenOutput, m.gradCellOutput = there(gh), there(gc)

    def loss():
        cutorch.manualSeed(9)
        y = m.forward(tensors["x"]).nd
        return (y * g).sum() + (m.hiddenOutput.nd * gh).sum() + (m.cellOutput.nd * gc).sum() * cell

    loss()
    m.zeroGradParameters()
    dx = m.backward(tensors["x"], there(g), 1).nd.copy()
    found = {
        "x": dx,
        "weight": m.gradWeight.nd.copy(),
        "hiddenInput": m.gradHiddenInput.nd.copy(),
        "cellInput": m.gradCellInput.nd.copy(),
    }
    for field, tensor in tensors.items():
        view = tensor.nd.reshape(-1)
        want = np.empty(view.size)
        for k in range(view.size):
            before, ends = view[k], []
            for step in (1e-6, -1e-6):
                view[k] = before + step
                ends.append(loss())
            view[k] = before
            want[k] = (ends[0] - ends[1]) / 2e-6
        np.testing.assert_allclose(found[field].reshape(-1), want, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_batch_first(name):
    m, other = layer(name, 2), layer(name, 2, True)
    x, g = draw(T, B, I), draw(T, B, H * m.numDirections, seed=1)
    m.zeroGradParameters()
    other.zeroGradParameters()
    for _again in range(2):
        y, z = m.forward(there(x)), other.forward(there(x).transpose(1, 2))
        np.testing.assert_array_equal(z.nd.swapaxes(0, 1), y.nd)
        a, b = m.backward(there(x), there(g)), other.backward(None, there(g).transpose(1, 2))
        np.testing.assert_allclose(b.nd.swapaxes(0, 1), a.nd, rtol=1e-10)
    np.testing.assert_allclose(other.gradWeight.nd, m.gradWeight.nd, rtol=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_packed_sequences_are_each_their_own(name):
    m, lengths = layer(name, 2), [4, 2, 1]
    x, g = draw(T, B, I), draw(sum(lengths), H * m.numDirections, seed=1)
    packed = m.packPaddedSequence(there(x), new_table(lengths))
    assert array(packed[2]) == [3, 2, 1, 1] and packed[1].nd.shape == (7, I)
    y = m.forward(packed)
    padded, back = m.padPackedSequence(new_table([y, packed[2]]))
    assert array(back) == lengths
    grads = m.padPackedSequence(new_table([there(g), packed[2]]))[0].nd
    m.zeroGradParameters()
    dx = m.backward(packed, there(g)).nd.copy()
    dx = m.padPackedSequence(new_table([there(dx), packed[2]]))[0].nd
    total = m.gradWeight.nd.copy()
    m.zeroGradParameters()
    finals = m.hiddenOutput.nd.copy()
    for i, n in enumerate(lengths):
        alone = there(x[:n, i : i + 1])
        np.testing.assert_allclose(padded.nd[:n, i], m.forward(alone).nd[:, 0], rtol=1e-10)
        np.testing.assert_allclose(finals[:, i], m.hiddenOutput.nd[:, 0], rtol=1e-10)
        assert not padded.nd[n:, i].any()
        one = m.backward(alone, there(grads[:n, i : i + 1])).nd[:, 0]
        np.testing.assert_allclose(dx[:n, i], one, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(total, m.gradWeight.nd, rtol=1e-9, atol=1e-12)


def test_remembered_states_join_pieces_of_a_sequence():
    m, x = layer("LSTM", 2, False, 0, True), draw(6, B, I)
    whole = layer("LSTM", 2).forward(there(x)).nd.copy()
    pieces = [m.forward(there(x[i : i + 2])).nd.copy() for i in (0, 2, 4)]
    np.testing.assert_allclose(np.concatenate(pieces), whole, rtol=1e-10)
    m.resetStates()
    np.testing.assert_array_equal(m.forward(there(x[:2])).nd, pieces[0])
    assert m.forward(there(x[:2, :1])).nd.shape == (2, 1, H)  # another batch begins anew


def test_dropout_falls_in_training_alone():
    m, x = layer("LSTM", 2, False, 0.5), there(draw(T, B, I))
    m.evaluate()
    calm = m.forward(x).nd.copy()
    np.testing.assert_array_equal(layer("LSTM", 2).forward(x).nd, calm)
    m.training()
    assert np.abs(m.forward(x).nd - calm).max() > 0


def test_in_nets_files_and_clones():
    net = nn.Sequential().add(cudnn.GRU(I, H, 1)).add(nn.SplitTable(1)).add(nn.SelectTable(-1))
    net.cuda()
    x = torch.CudaTensor(draw(T, B, I))
    y = net.forward(x).nd.copy()
    net.backward(x, net.output)
    for copy in (net.clone(), torch.deserialize(torch.serialize(net))):
        np.testing.assert_array_equal(copy.forward(x).nd, y)
        assert str(copy.get(1)) == "cudnn.GRU" and copy.get(1).weight.type() == "torch.CudaTensor"
    p, g = net.getParameters()
    assert p.nElement() == net.get(1).weight.nElement() and g.abs().sum() > 0
    assert net.clearState().get(1).output.nElement() == 0


REFUSED = [
    (lambda m: m.forward(torch.CudaDoubleTensor(2, 2)), "input must have 3 dimensions"),
    (lambda m: m.forward(torch.CudaDoubleTensor(2, 2, 9)), "Incorrect input size!"),
    (lambda m: m.forward(None), "attempt to index local 'input'"),
    (lambda m: m.packPaddedSequence(there(draw(3, 2, I)), new_table([1, 2])), "decreasing order"),
    (lambda m: m.packPaddedSequence(there(draw(3, 2, I)), new_table([1])), "incorrect size"),
    (lambda m: m.backward(None, there(draw(1))), "backward was called before forward"),
    (lambda m: m.evaluate() or m.backward(None, None), "can only be called when training!"),
    (lambda m: setattr(m, "hiddenInput", there(draw(1, 1))) or m.forward(there(draw(T, B, I))),
     "hiddenInput must have 3 dimensions"),
    (lambda m: setattr(m, "cellInput", there(draw(2, B, H))) or m.forward(there(draw(T, B, I))),
     "cellInput has incorrect number of layers!"),
    (lambda m: (m.forward(there(draw(T, B, I))), m.backward(None, there(draw(1, 1, H)))),
     "gradOutput has incorrect size!"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_refusals(call, message):
    with pytest.raises(LuaError, match=message):
        call(layer("LSTM"))


def test_sizes_must_be_numbers():
    with pytest.raises(LuaError, match="hiddenSize must be a number, got nil"):
        cudnn.LSTM(3)
