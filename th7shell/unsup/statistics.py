"""Functions on data: k-means, PCA, whitening and its layers. Source: koraykv/unsup."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell.lua import TorchError, first
from th7shell.torch.namespace import namespace
from th7shell.torch.tensor import Tensor

__plays_lua__ = True
NN, TORCH = namespace("nn"), namespace("torch")
_HELP = (
    "centroids,count = unsup.kmeans(Tensor(npoints,dim), k [, niter, batchsize, callback, verbose])"
)


def kmeans(
    x: Any = None,
    k: Any = None,
    niter: Any = None,
    batchsize: Any = None,
    callback: Any = None,
    verbose: Any = None,
    *_: Any,
) -> Any:
    """k means of the rows of a tensor, and how many rows each has had in all iterations.

    `unsup.kmeans(x, k[, niter = 1[, batchsize = min(1000, rows)[, callback[, verbose]]]])`:
    callback(iteration, centroids, counts) is called before the first iteration and after each; what
    is true there ends them.
    """
    if x is None or k is None:
        raise TorchError(f"missing argument: {_HELP}")
    if not isinstance(x, Tensor) or x.nd.ndim < 2:
        raise TorchError(f"a tensor of rows expected: {_HELP}")
    niter = 1 if niter is None else int(niter)
    shape = x.size()
    shape[1] = k
    rows = x.nd.reshape(len(x.nd), -1)
    step = min(1000, len(rows)) if batchsize is None else int(batchsize)
    means = x.new(k, rows.shape[1]).normal()
    m = means.nd
    m /= np.sqrt(np.square(m, dtype=np.float64).sum(1, keepdims=True)).astype(m.dtype)
    total = x.new(k).zero()
    if callback is not None:
        callback(0, means.reshape(shape), total)
    for i in range(1, niter + 1):
        if verbose:
            namespace("xlua").progress(i, niter)
        half = (m * m).sum(1, keepdims=True) * m.dtype.type(0.5)
        sums, counts = np.zeros_like(m), np.zeros(len(m), m.dtype)
        for start in range(0, len(rows), step):
            batch = rows[start : start + step]
            nearest = (m @ batch.T - half).argmax(0)
            chosen = np.zeros((len(batch), len(m)), m.dtype)
            chosen[np.arange(len(batch)), nearest] = 1
            sums += chosen.T @ batch
            counts += chosen.sum(0)
        found = counts != 0
        m[found] = sums[found] / counts[found, None]
        total.nd[...] += counts
        if callback is not None:
            stop = first(callback(i, means.reshape(shape), total))
            if stop is not None and stop is not False:
                break
    return means.reshape(shape), total


def _centred(x: Any) -> Any:
    return x.clone().add(-1, TORCH.mean(x, 1).expandAs(x))


def pcacov(x: Any = None, *_: Any) -> Any:
    """Eigenvalues, the smallest first, and eigenvectors of the covariance of the rows."""
    centred = _centred(x)
    return TORCH.symeig(TORCH.mm(centred.t(), centred).div(x.size(1) - 1), "V")


def pca(x: Any = None, *_: Any) -> Any:
    """Eigenvalues, the largest first, and eigenvectors of the covariance of the rows, by SVD."""
    vectors, values, _v = TORCH.svd(_centred(x).div(math.sqrt(x.size(1) - 1)).t())
    return values.cmul(values), vectors


def _flat(data: Any) -> Any:
    rows = data.size(1)
    flat = data.clone()
    return flat.view(rows, data.nElement() // rows) if data.dim() >= 3 else flat


def _mapped(data: Any, flat: Any, matrix: Any) -> Any:
    return TORCH.mm(flat, matrix).resizeAs(data)


def _whitening(name: str, turned_back: bool, epsilon: float) -> None:
    """Declare `zca_…` (turned back to the axes of the data) or `pca_…`: whitening, its inverse and
    layers that do both."""

    def whiten(
        data: Any = None,
        means: Any = None,
        P: Any = None,
        invP: Any = None,
        extra: Any = None,
        *_: Any,
    ) -> Any:
        """The data whitened, then the means and matrices, computed unless they are given:
        (data[, means, P, invP[, epsilon]])."""
        flat = _flat(data)
        if means is None or P is None or (invP is None and turned_back):
            means = TORCH.mean(flat, 1).squeeze()
            values, vectors = pcacov(flat)
            small = epsilon if extra is None or not turned_back else extra
            scale = values.add(small).sqrt()
            P = TORCH.mm(vectors, TORCH.diag(scale.clone().pow(-1)))
            invP = TORCH.diag(scale)
            if turned_back:
                P, invP = TORCH.mm(P, vectors.t()), TORCH.mm(vectors, invP)
            invP = TORCH.mm(invP, vectors.t())
        flat.add(-1, means.view(1, flat.size(2)).expandAs(flat))
        return _mapped(data, flat, P), means, P, invP

    def colour(
        data: Any = None, means: Any = None, P: Any = None, invP: Any = None, *_: Any
    ) -> Any:
        """Whitening undone: (data, means, P, invP)."""
        if means is None or invP is None:
            raise TorchError("assertion failed!")
        flat = TORCH.mm(_flat(data), invP)
        flat.add(means.view(1, flat.size(2)).expandAs(flat))
        return flat.resizeAs(data), means, P, invP

    def layer(data: Any = None, means: Any = None, P: Any = None, invP: Any = None, *_: Any) -> Any:
        """A linear layer that whitens, then the means and matrices."""
        if means is None or P is None or invP is None:
            _, means, P, invP = whiten(data)
        linear = _linear(data)
        linear.weight.copy(P.t())
        linear.bias.fill(0)
        linear.bias.copy(linear.forward(means).mul(-1))
        return _around(data, linear), means, P, invP

    def inverse(
        data: Any = None, means: Any = None, P: Any = None, invP: Any = None, *_: Any
    ) -> Any:
        """A linear layer that undoes whitening, then the means and matrices."""
        if means is None or P is None or invP is None:
            _, means, P, invP = whiten(data)
        linear = _linear(data)
        linear.weight.copy(invP.t())
        linear.bias.copy(means)
        return _around(data, linear), means, P, invP

    named = {f"{name}_whiten": whiten, f"{name}_colour": colour, f"{name}_layer": layer}
    for key, function in (named | {f"inv_{name}_layer": inverse}).items():
        function.__name__ = key
        FUNCTIONS[key] = function


def _linear(data: Any) -> Any:
    size = data.nElement() // data.size(1)
    return NN.Linear(size, size)


def _around(data: Any, linear: Any) -> Any:
    """A layer on matrices as one on tensors of the data's sizes."""
    if data.dim() <= 2:
        return linear
    rows = data.size(1)
    net = NN.Sequential().add(NN.Reshape(rows, data.nElement() // rows))
    return net.add(linear).add(NN.Reshape(data.size()))


FUNCTIONS: dict[str, Callable[..., Any]] = {"kmeans": kmeans, "pca": pca, "pcacov": pcacov}
_whitening("zca", True, 1e-5)
_whitening("pca", False, 1e-5)
