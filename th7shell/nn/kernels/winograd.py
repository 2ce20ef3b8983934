"""Convolution with kernels of three rows, stride 1, by half the multiplications: Winograd's F(4, 3)
along the height.

Four rows of the output need six rows d of the padded input: y = Aᵀ((G·w) ⊙ (Bᵀ·d)) takes six
products of rows where sums over windows take twelve. Along the width a kernel's columns are ranges
of the same rows, each a place further, so that nothing is copied for them, and the products over
planes go to BLAS in long runs, as do the three small matrices. Each row of a tile comes from all of
its input, so an infinite value would reach windows that do not hold it: where a result is not
finite, the caller is told, to go the direct way. S. Winograd, 1980; A. Lavin, S. Gray,
arXiv:1509.09308.
"""

from __future__ import annotations

from functools import lru_cache
from math import isfinite
from typing import Any

import numpy as np
from numpy import copyto

from .products import accumulate, prepared

Array = np.ndarray
ROWS, TAPS, POINTS = 4, 3, 6  # rows of a tile's output, of the kernel, of a tile's input
LEAST_PLANES = 16  # below, the sums over rows cost more than the products that they spare
WASTE = 0.75  # of the products of the direct way, at most so many
LEAST_PLACES = 400  # of a batch's outputs: below, transforming the kernels costs more
CHUNK_BYTES = 1 << 20  # of one chunk's transformed samples and their products
#: from the points 0, 1, -1, 2, -2 and infinity
A = [[1, 0, 0, 0], [1, 1, 1, 1], [1, -1, 1, -1], [1, 2, 4, 8], [1, -2, 4, -8], [0, 0, 0, 1]]
B = [
    [4, 0, 0, 0, 0, 0],
    [0, -4, 4, -2, 2, 4],
    [-5, -4, -4, -1, -1, 0],
    [0, 1, -1, 2, -2, -5],
    [1, 1, 1, 1, 1, 0],
    [0, 0, 0, 0, 0, 1],
]
ONCE = 1  # the point whose products come into each row of the output once
G = [[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]  # times 24


@lru_cache
def _matrices(letter: str, width: int) -> tuple[Array, ...]:
    """A, B, and G for a kernel of that width, flat (6·width, 3·width), and for one turned about."""
    g = np.kron(np.divide(G, 24), np.eye(width))
    return tuple(np.array(m, letter) for m in (A, B, g, g[:, ::-1]))


def fits(
    dtype: Any,
    n: int,
    c: int,
    o: int,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    pad: tuple[int, ...],
    dilation: tuple[int, ...],
    out: tuple[int, ...],
) -> bool:
    """Whether a convolution of that geometry is worth it, and its gradient can go the same way."""
    if len(kernel) != 2 or kernel[0] != TAPS or stride != (1, 1) or min(c, o) < LEAST_PLANES:
        return False
    if dtype not in (np.float32, np.float64) or n * out[0] * out[1] < LEAST_PLACES:
        return False
    if any(p > (k - 1) * d for p, k, d in zip(pad, kernel, dilation)):
        return False
    columns = (kernel[1] - 1) * dilation[1]
    done = dilation[0] * -(-out[0] // (ROWS * dilation[0])) * POINTS * (out[1] + columns)
    return done <= WASTE * TAPS * out[0] * out[1]


class RowTiles:
    """Buffers and prepared products for a chunk of samples of one geometry.

    Rows `dilation` apart are an image of their own. A run of `length` places goes over the images,
    samples, tiles and columns of the padded input; columns past the output's width hold what is
    never used. `rows` (6, c, length) has each tile's rows of the input, zeros around it; `points`
    the same transformed, `sums` (6, o, length) the products, `results` (4, o, length) the output.
    """

    def __init__(
        self,
        dtype: Any,
        n: int,
        c: int,
        o: int,
        size: tuple[int, ...],
        width: int,
        pad: tuple[int, ...],
        dilation: tuple[int, ...],
        out: tuple[int, ...],
        *,
        turned: bool = False,
    ) -> None:
        """`width`: the kernel's. `turned`: weights are (c, o, 3, width), for the way back."""
        self.dtype = dtype = np.dtype(dtype)
        self.n, self.c, self.o, self.out = n, c, o, out
        images, step = dilation
        across = out[1] + (width - 1) * step
        tiles = -(-out[0] // (ROWS * images))
        one = POINTS * max(c, o) * images * tiles * across * dtype.itemsize
        limit = max(1, CHUNK_BYTES // (2 * one))
        self.chunk = b = next(b for b in range(min(limit, n), 0, -1) if n % b == 0)
        grid = images, b, tiles, across
        self.length = length = images * b * tiles * across
        self.a, self.b, *both = _matrices(dtype.char, width)
        self.g = both[turned]
        rows = np.zeros((POINTS, c, *grid), dtype)
        flat = np.zeros(POINTS * c * length + (width - 1) * step, dtype)
        self.sums = np.zeros((POINTS, o, length), dtype)
        self.results = np.zeros((ROWS, o, *grid), dtype)
        self.weights = np.zeros((POINTS, width, c, o) if turned else (POINTS, width, o, c), dtype)
        inside = slice(pad[1], pad[1] + size[1])
        self.loads = [
            (rows[i, :, q, :, tile, inside].transpose(1, 0, 2, 3), place)
            for i, q, tile, place in _meetings(size[0], pad[0], POINTS, images, tiles)
        ]
        self.stores = [
            (self.results[i, :, q, :, tile, : out[1]].transpose(1, 0, 2, 3), place)
            for i, q, tile, place in _meetings(out[0], 0, ROWS, images, tiles)
        ]
        points = flat[: POINTS * c * length].reshape(POINTS, -1)
        self.spread = prepared(self.b.T, rows.reshape(POINTS, -1), points, add=False)
        #: the transformed input as each column of the kernel finds it
        self.shifted = [
            [
                np.ndarray((c, length), dtype, flat, (r * c * length + k * step) * dtype.itemsize)
                for k in range(width)
            ]
            for r in range(POINTS)
        ]
        #: without a bias, and with one in the sums of ONCE
        self.products = [
            [
                prepared(w.T if turned else w, x, total, add=k > 0 or (bias and r == ONCE))
                for r, (shifted, total) in enumerate(zip(self.shifted, self.sums))
                for k, (w, x) in enumerate(zip(self.weights[r], shifted))
            ]
            for bias in (False, True)
        ]
        sums, results = self.sums.reshape(POINTS, -1), self.results.reshape(ROWS, -1)
        self.gather = prepared(self.a.T, sums, results, add=False)
        self._gradient: Any = None

    def forward(self, x: Array, weight: Array, bias: Array | None, y: Array) -> bool:
        """y = weight ∗ x (+ bias, (o, 1)); x: (n, c, h, w), y: (n, o, …), weight: (o, c·taps),
        or (c, o·taps) of a kernel turned about. False: y is not finite, and not to be used."""
        kernels = weight.reshape(-1, self.g.shape[1])
        prepared(self.g, kernels.T, self.weights.reshape(len(self.g), -1), add=False)()
        for at in range(0, self.n, self.chunk):
            part = slice(at, at + self.chunk)
            self._load(x[part])
            if bias is not None:
                copyto(self.sums[ONCE], bias)
            for product in self.products[bias is not None]:
                product()
            self.gather()
            if not _finite(self.results):
                return False
            for result, place in self.stores:
                copyto(y[part, :, place], result)
        return True

    def _load(self, x: Array) -> None:
        for rows, place in self.loads:
            copyto(rows, x[:, :, place])
        self.spread()

    def grad_weight(self, x: Array, gy: Array, gw: Array, scale: float = 1) -> bool:
        """gw (o, c·taps), contiguous, += scale · Σ gy · windows of x. False: that is not finite,
        and gw is what it was."""
        if self._gradient is None:
            found = np.zeros_like(self.weights)
            products = [
                prepared(total, x.T, to)
                for total, shifted, places in zip(self.sums, self.shifted, found)
                for x, to in zip(shifted, places)
            ]
            results, sums = self.results.reshape(ROWS, -1), self.sums.reshape(POINTS, -1)
            self._gradient = found, [prepared(self.a, results, sums, add=False), *products]
        found, products = self._gradient
        found.fill(0)
        self.results.fill(0)  # past the output's width and height
        for at in range(0, self.n, self.chunk):
            part = slice(at, at + self.chunk)
            self._load(x[part])
            for gradient, place in self.stores:
                copyto(gradient, gy[part, :, place])
            for product in products:
                product()
        if not _finite(found):
            return False
        kernels = gw.reshape(-1, self.g.shape[1])
        accumulate(found.reshape(len(self.g), -1).T, self.g, kernels, scale)
        return True


def _finite(a: Array) -> bool:
    """Whether a contiguous array holds finite numbers only, none of them so large that its square
    is not."""
    flat = a.reshape(-1)
    return isfinite(flat.dot(flat))


def _meetings(
    height: int, pad: int, phases: int, images: int, tiles: int
) -> list[tuple[int, int, slice, slice]]:
    """(row of a tile, image, tiles, rows of an array of that height), where both meet."""
    step, found = ROWS * images, []
    for phase in range(phases):
        for image in range(images):
            start = phase * images + image - pad  # the row of tile 0
            first = max(0, -(start // step))
            last = min(tiles, -(-(height - start) // step))
            if first < last:
                rows = slice(start + first * step, start + (last - 1) * step + 1, step)
                found.append((phase, image, slice(first, last), rows))
    return found
