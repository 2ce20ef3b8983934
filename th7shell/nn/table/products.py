"""Table layers of pairs: matrix products (MM, MV), DotProduct, CosineDistance,
PairwiseDistance.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import Table, TorchError, array, new_table
from th7shell.torch.tensor import default_type, resized

from ..helpers.checks import check, nd, same_elements, torch_shape
from ..helpers.output_sizes import elements
from ..module import Module, size_text
from .shape import gradients


def two(input: Any) -> Table:
    """The first two entries of a table, or rows of a tensor."""
    return new_table([input[1], input[2]])


def turned(x: NDArray) -> NDArray:
    """The last two dimensions exchanged."""
    return x.swapaxes(-1, -2)


class MM(Module, name="nn.MM", arguments="transA=false transB=false"):
    """{A, B} → A·B, of matrices or of batches of them.

    A: (m, k) or (batch, m, k); B: (k, n) or (batch, k, n). Errors: "matrix sizes do not match" and
    others on dimensions. Source: torch/nn, doc/simple.md.

    >>> nn.MM().forward([torch.randn(2, 3), torch.randn(3, 4)])
    """

    def __post_init__(self) -> None:
        self.gradInput = new_table([default_type()(), default_type()()])

    def _multiply_adds(self, input: Any, output: Any) -> int:
        return elements(output) * input[0][-2 if self.transA else -1]

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        check(len(input) == 2, "input must be a pair of minibatch matrices")
        a, b = nd(input[1], "a"), nd(input[2], "b")
        check(a.ndim in (2, 3), "input tensors must be 2D or 3D")
        check(b.ndim == a.ndim, f"second input tensor must be {a.ndim}D")
        if a.ndim == 3:
            check(len(a) == len(b), "inputs must contain the same number of minibatches")
        one_type(self.output, "bmm" if a.ndim == 3 else "mm", input[1], input[2])
        a = turned(a) if self.transA else a
        b = turned(b) if self.transB else b
        check(a.shape[-1] == b.shape[-2], "matrix sizes do not match")
        np.matmul(a, b, out=resized(self.output, (*a.shape[:-1], b.shape[-1])))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        check(len(input) == 2, "input must be a pair of tensors")
        a, b, g = nd(input[1], "a"), nd(input[2], "b"), nd(gradOutput, "gradOutput")
        check(g.ndim in (2, 3), "arguments must be a 2D or 3D Tensor")
        check(a.ndim == g.ndim, f"first input tensor must be {g.ndim}D")
        check(b.ndim == g.ndim, f"second input tensor must be {g.ndim}D")
        ga, gb = (resized(t, x.shape) for t, x in zip(gradients(self, input), (a, b)))
        a = turned(a) if self.transA else a
        b = turned(b) if self.transB else b
        np.matmul(g, turned(b), out=turned(ga) if self.transA else ga)
        np.matmul(turned(a), g, out=turned(gb) if self.transB else gb)
        return self.gradInput


class MV(Module, name="nn.MV", arguments="trans=false"):
    """{M, v} → M·v, of a matrix and a vector or of batches of them.

    trans transposes M. M: (m, k) or (batch, m, k); v: (k) or (batch, k). Errors: "matrix row count
    and vector length do not match" and others on dimensions. Source: torch/nn, doc/simple.md.

    >>> nn.MV().forward([torch.randn(2, 3), torch.randn(3)])
    """

    def __post_init__(self) -> None:
        check(
            isinstance(self.trans, bool),
            "argument must be a boolean, matrix transpose before multiplication",
        )
        self.gradInput = new_table([default_type()(), default_type()()])

    def _multiply_adds(self, input: Any, output: Any) -> int:
        return elements(input[0])

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        check(len(input) == 2, "input must be a pair of minibatch matrices")
        m, v = nd(input[1], "M"), nd(input[2], "v")
        check(m.ndim in (2, 3), "input matrix must be 2D or 3D")
        check(v.ndim in (1, 2), "input vector must be 1D or 2D")
        if m.ndim == 2:
            check(v.ndim == 1, "vector must be 1D")
        else:
            check(v.ndim == 2, "vector must be 2D (batch dimension)")
            check(len(m) == len(v), "inputs must contain the same number of minibatches")
        one_type(self.output, "bmm" if m.ndim == 3 else "mv", input[1], input[2])
        m = turned(m) if self.trans else m
        check(m.shape[-1] == v.shape[-1], "matrix row count and vector length do not match")
        out = resized(self.output, m.shape[:-1])
        np.matmul(m, v[..., None], out=out[..., None])
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        check(len(input) == 2, "input must be a pair of tensors")
        m, v, g = nd(input[1], "M"), nd(input[2], "v"), nd(gradOutput, "gradOutput")
        check(g.ndim in (1, 2), "arguments must be a 1D or 2D Tensor")
        batched = " (batched)" if g.ndim == 2 else ""
        check(m.ndim == g.ndim + 1, f"matrix must be {g.ndim + 1}D{batched}")
        check(v.ndim == g.ndim, f"vector must be {g.ndim}D{batched}")
        gm, gv = (resized(t, x.shape) for t, x in zip(gradients(self, input), (m, v)))
        row, column = (v, g) if self.trans else (g, v)
        np.multiply(row[..., :, None], column[..., None, :], out=gm)
        np.matmul(m if self.trans else turned(m), g[..., None], out=gv[..., None])
        return self.gradInput


class DotProduct(Module, name="nn.DotProduct", arguments=""):
    """{x, y} → x·y, of two vectors or row by row of two matrices; the result is a vector.

    Source: torch/nn, doc/simple.md.

    >>> nn.DotProduct().forward([torch.randn(3), torch.randn(3)])
    """

    _buffers = ("buffer",)

    def __post_init__(self) -> None:
        self.gradInput = new_table([default_type()(), default_type()()])

    def _multiply_adds(self, input: Any, output: Any) -> int:
        return elements(input[0])

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        a, b = pair_of_rows(input)
        one_type(self.output, "sum", input[1])
        np.einsum("nk,nk->n", a, b, out=resized(self.output, (len(a),)))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        a, b = pair_of_rows(input)
        g = nd(gradOutput, "gradOutput").reshape(-1, 1)
        for grad, tensor, other in zip(gradients(self, two(input)), array(two(input)), (b, a)):
            np.multiply(other, g, out=resized(grad, tensor.nd.shape).reshape(other.shape))
        return self.gradInput


class CosineDistance(Module, name="nn.CosineDistance", arguments=""):
    """{x, y} → x·y / (‖x‖·‖y‖), of two vectors or row by row of two matrices.

    1e-12 is added to the squared norms. Source: torch/nn, doc/simple.md.

    >>> nn.CosineDistance().forward([torch.randn(3), torch.randn(3)])
    """

    _buffers = ("buffer", "w1", "w22", "w", "w32", "ones")

    def __post_init__(self) -> None:
        self.gradInput = new_table([default_type()(), default_type()()])

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        a, b = pair_of_rows(input)
        one_type(self.output, "cmul", input[1], input[2])
        dot, na, nb = cosine_parts(a, b)
        np.multiply(dot, np.sqrt(na * nb), out=resized(self.output, (len(a),)))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        a, b = pair_of_rows(input)
        dot, na, nb = (part[:, None] for part in cosine_parts(a, b))
        factor = np.sqrt(na * nb) * nd(gradOutput, "gradOutput").reshape(-1, 1)
        sides = ((b, a, na), (a, b, nb))
        for grad, tensor, (other, own, norm) in zip(
            gradients(self, two(input)), array(two(input)), sides
        ):
            out = resized(grad, tensor.nd.shape).reshape(own.shape)
            np.multiply(other - dot * norm * own, factor, out=out)
        return self.gradInput


class PairwiseDistance(Module, name="nn.PairwiseDistance", arguments="p=2"):
    """{x, y} → ‖x - y‖ₚ, of two vectors or row by row of two matrices; the result is a vector.

    Fields: norm (p), diff. The 1-norm's gradient at 0 is drawn from {-1, 1}. Error: "input must be
    vector or matrix". Source: torch/nn, doc/simple.md.

    >>> nn.PairwiseDistance(1).forward([torch.randn(3), torch.randn(3)])
    """

    _buffers = ("diff", "outExpand", "grad", "ones")

    def __post_init__(self, p: Any) -> None:
        self.gradInput = new_table()
        self.diff = default_type()()
        self.norm = p

    def _difference(self, input: Any) -> NDArray:
        """x - y, one row a pair."""
        if nd(input[1]).ndim > 2:
            raise TorchError("input must be vector or matrix")
        first, second = input[1], input[2]
        if first.nd.size != nd(second, "input2").size or first.__class__ is not second.__class__:
            if first.dim() == 1:
                first.dist(second, self.norm)
            first.new().resizeAs(first).add(first, -1, second)
        a, b = pair_of_rows(input)
        return a - b

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        size = np.abs(self._difference(input))
        total = np.power(size, size.dtype.type(self.norm)).sum(1)
        np.power(total, size.dtype.type(1 / self.norm), out=resized(self.output, total.shape))
        return self.output

    def updateGradInput(self, input: Any = None, gradOutput: Any = None, *_: Any) -> Any:
        slope, p = self._difference(input), self.norm
        if p == 1:
            zeros = slope == 0
            slope = np.sign(slope)
            if zeros.any():
                count = int(zeros.sum())
                slope[zeros] = 2 * input[1].new(count).random(2).nd - 3
        else:
            if p > 2:
                slope = slope * np.abs(slope) ** (p - 2)
            slope = slope * (self.output.nd[:, None] + slope.dtype.type(1e-6)) ** -(p - 1)
        g = nd(gradOutput, "gradOutput")
        if g.size != len(slope):
            raise TorchError(
                f"gradOutput of size {size_text(torch_shape(g))} does not belong to {len(slope)} "
                "distances"
            )
        slope = slope * g.reshape(-1, 1)
        pair = two(input)
        for sign, tensor, grad in zip((1, -1), array(pair), gradients(self, pair)):
            out = resized(grad, tensor.nd.shape)
            np.multiply(slope.reshape(out.shape), sign, out=out)
        return self.gradInput


def one_type(output: Any, operation: str, *tensors: Any) -> None:
    """Refuse tensors of other types than the output, as the original's operation on them does."""
    if any(tensor.__class__ is not output.__class__ for tensor in tensors):
        getattr(output.new(), operation)(*tensors)


def pair_of_rows(input: Any) -> tuple[NDArray, NDArray]:
    """The two tensors of the input as matrices, one row a sample."""
    first, second = input[1], input[2]
    a, b = nd(first, "input1"), nd(second, "input2")
    if a.size != b.size or first.__class__ is not second.__class__:
        if len(torch_shape(a)) == 1:
            first, second = first.view(1, -1), second.view(1, -1)
        first.new().cmul(first, second)
        same_elements(a, b, "input1", "input2")
    a = a.reshape(-1, a.shape[-1])
    return a, b.reshape(a.shape)


def cosine_parts(a: NDArray, b: NDArray) -> tuple[NDArray, NDArray, NDArray]:
    """Row by row: a·b, 1 / (‖a‖² + ε), 1 / (‖b‖² + ε)."""
    eps = a.dtype.type(1e-12)
    return (
        np.einsum("nk,nk->n", a, b),
        1 / (np.einsum("nk,nk->n", a, a) + eps),
        1 / (np.einsum("nk,nk->n", b, b) + eps),
    )
