"""cudnn.RNN and the layers below it: RNNReLU, RNNTanh, LSTM, GRU, BLSTM, BGRU."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import Table, TorchError, array, lua_type, new_table
from th7shell.lua.callers import nothing
from th7shell.lua.marks import scratch
from th7shell.nn.helpers.checks import check
from th7shell.nn.helpers.utils import clear, factor
from th7shell.torch.memory import new_over
from th7shell.torch.tensor import TYPES, Tensor, resized

from .cells import CELLS, Layout, Pass
from .described import Described
from .sequences import packPaddedSequence, padPackedSequence

BUFFERS = (
    "gradInput output weight gradWeight reserve hiddenOutput cellOutput gradHiddenInput"
    " gradCellInput"
).split()


class RNN(
    Described,
    name="cudnn.RNN",
    arguments="inputSize hiddenSize numLayers batchFirst=false dropout=0 rememberStates=false",
):
    """Layers of recurrent cells over whole sequences; without a subclass, of ReLU cells.

    input: (time, batch, inputSize), or (batch, time, inputSize) with batchFirst, or a table {packed
    sequences, sizes} as `packPaddedSequence` makes it; output: the last layer's states,
    hiddenSize·numDirections wide. Dropout falls between the layers while training. hiddenInput
    and cellInput are the first states (numLayers·numDirections, batch, hiddenSize), zeros if nil;
    hiddenOutput and cellOutput the last ones, which the next call begins with if rememberStates;
    gradHiddenOutput and gradCellOutput are their gradients, gradHiddenInput and gradCellInput
    those of the first states. weight: one vector in cuDNN's order, from U(-b, b), b =
    1/√hiddenSize; `weights()` and `biases()` give its parts, a table for each layer.

    Errors: "Incorrect input size!", "updateGradInput can only be called when training!".
    Source: soumith/cudnn.torch; NVIDIA, cuDNN's guide, cudnnRNNMode_t.

    >>> cudnn.LSTM(4, 3, 2).forward(torch.randn(5, 2, 4).cuda())
    """

    MODE = "CUDNN_RNN_RELU"
    BIDIRECTIONAL = False
    hiddenInput: Any = None
    cellInput: Any = None
    gradHiddenOutput: Any = None
    gradCellOutput: Any = None
    inputPacked: Any = None
    packPaddedSequence = packPaddedSequence
    padPackedSequence = padPackedSequence

    rememberStates: Any

    def __post_init__(self) -> None:
        for name in ("inputSize", "hiddenSize", "numLayers"):
            if lua_type(self[name]) != "number":
                raise TorchError(f"{name} must be a number, got {lua_type(self[name])}")
        self.datatype = "CUDNN_DATA_FLOAT"
        self.seqLength = self.miniBatch = 1
        self.bidirectional = "CUDNN_BIDIRECTIONAL" if self.BIDIRECTIONAL else "CUDNN_UNIDIRECTIONAL"
        self.numDirections = 2 if self.BIDIRECTIONAL else 1
        self.inputMode = "CUDNN_LINEAR_INPUT"
        self.mode = self.MODE
        self.seed = 0x01234567
        self.rememberStates = self.rememberStates and not self.BIDIRECTIONAL
        self.sync = True
        self.inputPacked = False
        for name in BUFFERS:
            self[name] = TYPES["torch.CudaTensor"]()
        self._type = "torch.CudaTensor"
        self.training()
        self.reset()

    def setSync(self, sync: Any = None, *_: Any) -> Any:
        """Whether to wait for the device after each pass: it never needs to be waited for."""
        self.sync = sync
        return nothing()

    def _layout(self) -> Layout:
        if self.inputMode != "CUDNN_LINEAR_INPUT":
            raise TorchError(f"{self.inputMode} is not supported here: use CUDNN_LINEAR_INPUT")
        sizes = (self.inputSize, self.hiddenSize, self.numLayers, self.numDirections)
        return Layout(CELLS[self.mode].GATES, *map(int, sizes))

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw the weight from U(-stdv, stdv), stdv = 1/√hiddenSize."""
        stdv = 1 / math.sqrt(self.hiddenSize) if stdv is None else stdv
        self.weight.resize(self._layout().total)
        self.weight.uniform(-stdv, stdv)
        self.gradWeight.resizeAs(self.weight).zero()
        return nothing()

    def resetStates(self, *_: Any) -> Any:
        """Begin the next sequence with states of zero."""
        self.hiddenInput = self.cellInput = None
        self.gradHiddenOutput = self.gradCellOutput = None
        self.hiddenOutput.zero()
        self.cellOutput.zero()
        return nothing()

    def _steps(self, input: Any) -> tuple[NDArray, list[int]]:
        """The input's rows, step after step, and how many each step has."""
        self.inputPacked = isinstance(input, Table) and not isinstance(input, Tensor)
        if self.inputPacked:
            rows, sizes = input[1].nd, [int(n) for n in array(input[2])]
            words = "packed input must have two dimensions: sum(sequence lengths), inputSize"
            check(rows.ndim == 2, words)
            check(rows.shape[1] == self.inputSize, "Incorrect input size!")
            falling = all(a >= b for a, b in pairwise(sizes))
            check(falling and sum(sizes) == len(rows), "the sizes do not fit the packed input")
            self.seqLength, self.miniBatch = len(sizes), sizes[0]
            return rows, sizes
        if not isinstance(input, Tensor):
            raise TorchError(f"attempt to index local 'input' (a {lua_type(input)} value)")
        x = input.nd
        words = "input must have 3 dimensions: seqLength, miniBatch, inputSize"
        check(x.ndim == 3, words)
        if self.batchFirst:
            x = x.swapaxes(0, 1)
        check(x.shape[2] == self.inputSize, "Incorrect input size!")
        self.seqLength, self.miniBatch = x.shape[:2]
        return x.reshape(-1, x.shape[2]), [x.shape[1]] * x.shape[0]

    def _states(self, name: str) -> NDArray:
        """Given states or their gradients, or zeros."""
        shape = (int(self.numLayers * self.numDirections), self.miniBatch, int(self.hiddenSize))
        given = self[name]
        if given is None:
            return np.zeros(shape, self.weight.dtype)
        words = f"{name} must have 3 dimensions: numLayers, miniBatch, hiddenSize"
        check(given.nd.ndim == 3, words)
        for got, wanted, what in zip(
            given.nd.shape, shape, ("number of layers!", "number of minibathes!", "size!")
        ):
            check(got == wanted, f"{name} has incorrect {what}")
        check(given.isContiguous(), f"{name} must be contiguous!")
        return given.nd

    def _remember(self) -> None:
        shape = (self.numLayers * self.numDirections, self.miniBatch, self.hiddenSize)
        fits = self.hiddenOutput.nd.shape == shape
        self.hiddenInput = self.hiddenOutput.clone() if fits else None
        self.cellInput = self.cellOutput.clone() if fits else None

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        rows, sizes = self._steps(input)
        if self.rememberStates:
            self._remember()
        h, c = self._states("hiddenInput"), self._states("cellInput")
        weights = self._layout().views(self.weight.nd)
        cell, directions = CELLS[self.mode], self.numDirections
        passes, masks = [], []
        for layer in range(int(self.numLayers)):
            if layer:
                masks.append(self._mask(rows))
                rows = rows * masks[-1]
            made = []
            for direction in range(directions):
                i = layer * directions + direction
                states = (h[i], c[i])
                made.append(Pass(cell, weights[i], rows, sizes, states, bool(direction)))
            passes += made
            rows = made[0].y if directions == 1 else np.concatenate([p.y for p in made], 1)
        resized(self.hiddenOutput, h.shape)[...] = [p.h for p in passes]
        resized(self.cellOutput, h.shape)[...] = [p.c if cell.CELL else 0 * p.c for p in passes]
        scratch(self)["passes"] = passes, masks
        scratch(self).pop("gradient", None)
        if self.inputPacked:
            resized(self.output, rows.shape)[...] = rows
            return self.output
        steps = (self.seqLength, self.miniBatch, rows.shape[1])
        resized(self.output, steps)[...] = rows.reshape(steps)
        if self.batchFirst:
            self.output = self.output.transpose(1, 2)
        return self.output

    def _mask(self, rows: NDArray) -> Any:
        """What the values between two layers are multiplied by."""
        if not self.dropout or self.train is False:
            return 1
        keep = 1 - self.dropout
        mask = new_over(type(self.weight), np.empty(rows.shape, rows.dtype)).bernoulli(keep)
        return mask.nd / rows.dtype.type(keep)

    def _back(self, gradOutput: Any) -> tuple[NDArray, NDArray]:
        """Gradients of the input's rows and of the weight, for the last forward pass."""
        kept = scratch(self).get("passes")
        if kept is None:
            raise TorchError("backward was called before forward")
        passes, masks = kept
        check(gradOutput.isSameSizeAs(self.output), "gradOutput has incorrect size!")
        g = gradOutput.nd
        if not self.inputPacked:
            g = (g.swapaxes(0, 1) if self.batchFirst else g).reshape(-1, g.shape[2])
        dh, dc = self._states("gradHiddenOutput"), self._states("gradCellOutput")
        flat = np.zeros(self.weight.nd.shape, self.weight.dtype)
        grads = self._layout().views(flat)
        first_h = resized(self.gradHiddenInput, dh.shape)
        first_c = resized(self.gradCellInput, dc.shape)
        hidden, directions = int(self.hiddenSize), self.numDirections
        for layer in range(int(self.numLayers) - 1, -1, -1):
            total: Any = 0
            for direction in range(directions):
                i = layer * directions + direction
                part = g[:, direction * hidden : (direction + 1) * hidden]
                dx, first_h[i], first_c[i], found = passes[i].back(part, dh[i], dc[i])
                total = total + dx
                for place, value in zip(grads[i], found):
                    place[...] = value
            g = total * masks[layer - 1] if layer else total
        if not CELLS[self.mode].CELL:
            first_c[...] = 0
        return g, flat

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        check(self.train, "updateGradInput can only be called when training!")
        rows, flat = self._back(gradOutput)
        scratch(self)["gradient"] = flat
        if self.inputPacked:
            resized(self.gradInput, rows.shape)[...] = rows
            return self.gradInput
        steps = (self.seqLength, self.miniBatch, rows.shape[1])
        resized(self.gradInput, steps)[...] = rows.reshape(steps)
        if self.batchFirst:
            self.gradInput = self.gradInput.transpose(1, 2)
        return self.gradInput

    def accGradParameters(
        self, input: Any = None, gradOutput: Any = None, scale: Any = None, *_: Any
    ) -> Any:
        scale = factor(scale)
        if scale == 0:
            return nothing()
        check(self.train, "accGradParameters can only be called when training!")
        flat = scratch(self).pop("gradient", None)
        if flat is None:
            flat = self._back(gradOutput)[1]
        self.gradWeight.nd[...] += flat.dtype.type(scale) * flat
        return nothing()

    def _parts(self, place: Any) -> Any:
        layout, flat = self._layout(), self.weight
        start = flat.storageOffset()
        layers = []
        for layer in range(len(layout.inputs)):
            parts = [place(layout, layer, number) for number in range(2 * layout.gates)]
            tensors = [type(flat)(flat.storage(), start + at, n) for at, n in parts]
            layers.append(new_table(tensors))
        return new_table(layers)

    def weights(self, *_: Any) -> Any:
        """For each direction of each layer a table of its matrices, flat views of the weight: those
        of the gates' inputs, then the recurrent ones.
        """
        return self._parts(Layout.matrix)

    def biases(self, *_: Any) -> Any:
        """For each direction of each layer a table of its biases, views of the weight."""
        return self._parts(Layout.bias)

    def clearState(self, *_: Any) -> Any:
        """Drop buffers; return self."""
        clear(self, "_input", "reserve", "dropoutStates")
        return super().clearState()


class RNNReLU(RNN, name="cudnn.RNNReLU"):
    """Recurrent layers h' = max(0, W·x + R·h + b): see cudnn.RNN for arguments and shapes.

    >>> cudnn.RNNReLU(4, 3, 1).forward(torch.randn(5, 2, 4).cuda())
    """


class RNNTanh(RNN, name="cudnn.RNNTanh"):
    """Recurrent layers h' = tanh(W·x + R·h + b): see cudnn.RNN for arguments and shapes.

    >>> cudnn.RNNTanh(4, 3, 1).forward(torch.randn(5, 2, 4).cuda())
    """

    MODE = "CUDNN_RNN_TANH"


class LSTM(RNN, name="cudnn.LSTM"):
    """Layers of LSTM cells, gates in the order i, f, g, o: see cudnn.RNN for arguments and shapes.

    >>> cudnn.LSTM(4, 3, 2).forward(torch.randn(5, 2, 4).cuda())
    """

    MODE = "CUDNN_LSTM"


class GRU(RNN, name="cudnn.GRU"):
    """Layers of gated recurrent units, gates r, z, n, the reset gate after the matrix product: see
    cudnn.RNN for arguments and shapes.

    >>> cudnn.GRU(4, 3, 1).forward(torch.randn(5, 2, 4).cuda())
    """

    MODE = "CUDNN_GRU"


class BLSTM(RNN, name="cudnn.BLSTM"):
    """LSTM layers of two directions, whose outputs stand side by side; see cudnn.RNN for shapes.

    >>> cudnn.BLSTM(4, 3, 1).forward(torch.randn(5, 2, 4).cuda())
    """

    MODE = "CUDNN_LSTM"
    BIDIRECTIONAL = True


class BGRU(RNN, name="cudnn.BGRU"):
    """GRU layers of two directions, whose outputs stand side by side; see cudnn.RNN for shapes.

    >>> cudnn.BGRU(4, 3, 1).forward(torch.randn(5, 2, 4).cuda())
    """

    MODE = "CUDNN_GRU"
    BIDIRECTIONAL = True
