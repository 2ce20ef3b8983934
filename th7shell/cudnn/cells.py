"""Recurrent cells on plain arrays, in cuDNN's formulas, over packed sequences.

x: (rows, inputs), the rows of step 1, then those of step 2 …; sizes: how many sequences still run
at each step, never more than at the step before. A sequence's state stands still when it has ended.
Weights of one direction of one layer: W (g·h, inputs), R (g·h, h) and two biases (g·h), for the g
gates of the cell in cuDNN's order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Weights(NamedTuple):
    """What one direction of a layer has learnt, or the gradients of that."""

    W: NDArray
    R: NDArray
    bW: NDArray
    bR: NDArray


def sigmoid(x: NDArray) -> NDArray:
    """1 / (1 + e⁻ˣ), as a hyperbolic tangent, which does not overflow."""
    return 0.5 * (np.tanh(0.5 * x) + 1)


class Simple:
    """h' = f(W·x + bW + R·h + bR), f the positive part or the hyperbolic tangent."""

    GATES = 1
    CELL = False

    def __init__(self, function: Callable[..., Any], slope: Callable[..., Any]) -> None:
        self.function, self.slope = function, slope

    def step(self, a: NDArray, r: NDArray, h: NDArray, c: NDArray) -> tuple[Any, ...]:
        """The new state, the new cell state and what the way back needs."""
        y = self.function(a + r)
        return y, c, y

    def back(self, kept: Any, dh: NDArray, dc: NDArray) -> tuple[Any, ...]:
        """Gradients of a, of r, of h apart from its way through R, and of c."""
        d = dh * self.slope(kept)
        return d, d, 0, dc


class Lstm:
    """i, f, o = σ(…), g = tanh(…); c' = f·c + i·g, h' = o·tanh(c'). Gates: i, f, g, o."""

    GATES = 4
    CELL = True

    def step(self, a: NDArray, r: NDArray, h: NDArray, c: NDArray) -> tuple[Any, ...]:
        """The new state, the new cell state and what the way back needs."""
        i, f, g, o = np.split(a + r, 4, 1)
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        now = f * c + i * g
        t = np.tanh(now)
        return o * t, now, (i, f, g, o, t, c.copy())

    def back(self, kept: Any, dh: NDArray, dc: NDArray) -> tuple[Any, ...]:
        """Gradients of a, of r, of h apart from its way through R, and of c."""
        i, f, g, o, t, before = kept
        dc = dc + dh * o * (1 - t * t)
        d = np.concatenate(
            [
                dc * g * i * (1 - i),
                dc * before * f * (1 - f),
                dc * i * (1 - g * g),
                dh * t * o * (1 - o),
            ],
            1,
        )
        return d, d, 0, dc * f


class Gru:
    """r, z = σ(…), n = tanh(W·x + bW + r·(R·h + bR)); h' = (1 - z)·n + z·h. Gates: r, z, n."""

    GATES = 3
    CELL = False

    def step(self, a: NDArray, r: NDArray, h: NDArray, c: NDArray) -> tuple[Any, ...]:
        """The new state, the new cell state and what the way back needs."""
        size = h.shape[1]
        gate = sigmoid(a[:, : 2 * size] + r[:, : 2 * size])
        reset, keep = gate[:, :size], gate[:, size:]
        n = np.tanh(a[:, 2 * size :] + reset * r[:, 2 * size :])
        return (1 - keep) * n + keep * h, c, (reset, keep, n, r[:, 2 * size :], h.copy())

    def back(self, kept: Any, dh: NDArray, dc: NDArray) -> tuple[Any, ...]:
        """Gradients of a, of r, of h apart from its way through R, and of c."""
        reset, keep, n, rn, h = kept
        dn = dh * (1 - keep) * (1 - n * n)
        dz = dh * (h - n) * keep * (1 - keep)
        dr = dn * rn * reset * (1 - reset)
        return (
            np.concatenate([dr, dz, dn], 1),
            np.concatenate([dr, dz, dn * reset], 1),
            dh * keep,
            dc,
        )


CELLS: dict[str, Any] = {
    "CUDNN_RNN_RELU": Simple(lambda a: np.maximum(a, 0), lambda y: (y > 0).astype(y.dtype)),
    "CUDNN_RNN_TANH": Simple(np.tanh, lambda y: 1 - y * y),
    "CUDNN_LSTM": Lstm(),
    "CUDNN_GRU": Gru(),
}


class Pass:
    """One direction of one layer, run over sequences: `y`, the last states `h`, `c`, and back."""

    def __init__(
        self,
        cell: Any,
        weights: Weights,
        x: NDArray,
        sizes: list[int],
        states: tuple[NDArray, NDArray],
        reverse: bool,
    ) -> None:
        self.cell, self.weights, self.x = cell, weights, x
        self.steps = list(spans(sizes))
        if reverse:
            self.steps.reverse()
        h, c = (s.copy() for s in states)
        a = x @ weights.W.T + weights.bW
        self.y = np.empty((len(x), h.shape[1]), x.dtype)
        self.before = np.empty_like(self.y)
        self.kept = []
        for rows, n in self.steps:
            self.before[rows] = h[:n]
            r = h[:n] @ weights.R.T + weights.bR
            h[:n], c[:n], kept = cell.step(a[rows], r, h[:n], c[:n])
            self.y[rows] = h[:n]
            self.kept.append(kept)
        self.h, self.c = h, c

    def back(
        self, dy: NDArray, dh: NDArray, dc: NDArray
    ) -> tuple[NDArray, NDArray, NDArray, Weights]:
        """Gradients of x, of the first states h and c, and of the weights."""
        dh, dc = dh.copy(), dc.copy()
        da = np.empty((len(self.x), len(self.weights.W)), self.x.dtype)
        dr = np.empty_like(da)
        for (rows, n), kept in zip(reversed(self.steps), reversed(self.kept)):
            dh[:n] += dy[rows]
            da[rows], dr[rows], rest, dc[:n] = self.cell.back(kept, dh[:n], dc[:n])
            dh[:n] = dr[rows] @ self.weights.R + rest
        grads = Weights(da.T @ self.x, dr.T @ self.before, da.sum(0), dr.sum(0))
        return da @ self.weights.W, dh, dc, grads


def spans(sizes: list[int]) -> Iterator[tuple[slice, int]]:
    """Each step's rows and how many they are."""
    start = 0
    for n in sizes:
        yield slice(start, start + n), n
        start += n


class Layout:
    """Where in cuDNN's flat vector the parameters are: the matrices of all layers (a layer's
    directions one after the other: the gates' input matrices, then their recurrent ones), then all
    biases in the same order."""

    def __init__(self, gates: int, inputs: int, hidden: int, layers: int, directions: int) -> None:
        self.gates, self.hidden = gates, hidden
        self.inputs = [
            inputs if layer == 0 else hidden * directions
            for layer in range(layers)
            for _ in range(directions)
        ]
        rows = gates * hidden
        self.matrices, offset = [], 0
        for n in self.inputs:
            self.matrices.append((offset, offset + rows * n))
            offset += rows * (n + hidden)
        self.biases = [offset + 2 * rows * i for i in range(len(self.inputs))]
        self.total = offset + 2 * rows * len(self.inputs)

    def views(self, flat: NDArray) -> list[Weights]:
        """The parameters of each direction of each layer, as parts of the flat vector."""
        rows, found = self.gates * self.hidden, []
        for n, (w, r), b in zip(self.inputs, self.matrices, self.biases):
            found.append(
                Weights(
                    flat[w : w + rows * n].reshape(rows, n),
                    flat[r : r + rows * self.hidden].reshape(rows, self.hidden),
                    flat[b : b + rows],
                    flat[b + rows : b + 2 * rows],
                )
            )
        return found

    def matrix(self, layer: int, number: int) -> tuple[int, int]:
        """Offset and size of a gate's matrix: the input matrices come first."""
        n = self.inputs[layer]
        if number < self.gates:
            return self.matrices[layer][0] + number * self.hidden * n, self.hidden * n
        size = self.hidden * self.hidden
        return self.matrices[layer][1] + (number - self.gates) * size, size

    def bias(self, layer: int, number: int) -> tuple[int, int]:
        """Offset and size of a gate's bias."""
        return self.biases[layer] + number * self.hidden, self.hidden
