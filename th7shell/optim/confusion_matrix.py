"""Confusion matrix: rows are target classes, columns predictions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from th7shell.lua import (
    Table,
    TorchError,
    array,
    length,
    lua_type,
    new_table,
    rawget,
    rawset,
    send,
    tostring,
)
from th7shell.lua.callers import nothing
from th7shell.lua.rounding import formatted
from th7shell.nn.helpers.checks import torch_shape
from th7shell.torch.classes import TorchClass
from th7shell.torch.tensor import TYPES, Tensor, default_type, resized, wrap
from th7shell.torch.types import integer

_BUFFERS = ("_mat_flat", "_target", "_prediction", "_max", "_pred_idx", "_targ_idx")


class ConfusionMatrix(Table, metaclass=TorchClass, name="optim.ConfusionMatrix"):
    """Count predictions against targets.

    `optim.ConfusionMatrix(n)`, `(classNames)` or `(n, classNames)`

    Fields: mat (LongTensor n×n, mat[target][prediction]), valids (per-class recall), unionvalids
    (VOC measure), totalValid (accuracy), averageValid, averageUnionValid; the last five after
    updateValids() or printing. `_mat_flat` is mat as a vector: batchAdd counts there.

    >>> confusion = optim.ConfusionMatrix(3)
    >>> confusion.batchAdd(torch.rand(4, 3), torch.LongTensor([1, 2, 3, 1]))
    >>> print(confusion)
    """

    def __init__(self, nclasses: Any = None, classes: Any = None, *_: Any) -> None:
        if isinstance(nclasses, Table | list):
            classes = nclasses if isinstance(nclasses, Table) else new_table(nclasses)
            nclasses = length(classes)
        long, single = TYPES["torch.LongTensor"], TYPES["torch.FloatTensor"]
        n = integer(nclasses, 1)
        self.mat = long(n, n).zero()
        self.valids = single(n).zero()
        self.unionvalids = single(n).zero()
        self.nclasses = n
        self.totalValid: float = 0
        self.averageValid: float = 0
        self.classes = new_table() if classes is None else classes
        for name in _BUFFERS:
            _buffer(self, name)

    def _add(self, p: Any = None, t: Any = None, *_: Any) -> tuple[()]:
        """Count one sample; one whose target is not positive does not count."""
        if not (_is_number(p) and _is_number(t)):
            raise TorchError("assertion failed!")
        if t > 0:
            row = self.mat[t]
            row[p] = row[p] + 1
        return ()

    def add(self, prediction: Any = None, target: Any = None, *_: Any) -> Any:
        """Count one sample: prediction and target are class numbers or score vectors (their argmax
        counts)."""
        if not _is_number(prediction):
            scores = _copied(self, "_prediction", prediction)
            if scores.nd.ndim != 1:
                raise TorchError("assertion failed!")
            if not _is_number(target):
                wanted = _copied(self, "_target", target)
                if wanted.nd.ndim != 1:
                    raise TorchError("assertion failed!")
                target = _best_class(self, wanted, "_targ_idx")
            prediction = _best_class(self, scores, "_pred_idx")
        send(self, "_add", prediction, target)
        return nothing()

    def batchAdd(self, predictions: Any = None, targets: Any = None, *_: Any) -> Any:
        """Count a batch: each is a vector of class numbers (n), a column (n×1) or scores
        (n×classes)."""
        p = _classes(self, predictions, "_prediction", "_pred_idx", "predictions")
        t = _classes(self, targets, "_target", "_targ_idx", "targets")
        if len(p) != len(t):
            raise TorchError(f"ConfusionMatrix: {len(p)} predictions for {len(t)} targets")
        counted = t >= 1
        p, t, n = p[counted], t[counted], self.nclasses
        if p.size and not (p.min() >= 1 and p.max() <= n and t.max() <= n):
            raise TorchError(f"ConfusionMatrix: predictions or targets are outside the {n} classes")
        _buffer(self, "_mat_flat").nd[...] += np.bincount((t - 1) * n + p - 1, minlength=n * n)
        return nothing()

    def zero(self, *_: Any) -> Any:
        """Forget all counts."""
        for tensor in (self.mat, self.valids, self.unionvalids):
            tensor.zero()
        self.totalValid = 0
        self.averageValid = 0
        return nothing()

    def updateValids(self, *_: Any) -> Any:
        """Compute recall per class, its mean, the VOC measure and the accuracy from the counts."""
        m = self.mat.nd.astype(np.float64)
        hits, rows, columns = m.diagonal(), m.sum(1), m.sum(0)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.valids.nd[...] = hits / rows
            self.unionvalids.nd[...] = hits / (rows + columns - hits)
            self.totalValid = float(np.divide(hits.sum(), m.sum()))
            valid = self.valids.nd.astype(np.float64)
            union = self.unionvalids.nd.astype(np.float64)
            seen = ~np.isnan(valid)
            both = seen & ~np.isnan(union)
            self.averageValid = float(np.divide(valid[seen].sum(), seen.sum()))
            self.averageUnionValid = float(np.divide(union[both].sum(), both.sum()))
        return nothing()

    def farFrr(self, *_: Any) -> tuple[Any, Any, Any, Any]:
        """False rejection and acceptance rates → per class (-1 where unseen), and of the seen
        classes only."""
        m = self.mat.nd.astype(np.float64)
        totals = m.sum(1)
        seen = totals != 0
        rates = m[seen] / totals[seen, None]
        n, k = self.nclasses, int(seen.sum())
        names = ("_frrs", "_classFrrs", "_fars", "_classFars")
        frrs, class_frrs, fars, class_fars = (_rates(self, name, n) for name in names)
        own = m.diagonal()[seen] / totals[seen]
        with np.errstate(divide="ignore", invalid="ignore"):
            fars.nd[:k] = (rates.sum(0)[seen] - own) / (k - 1)
        frrs.nd[:k] = 1 - own
        for rows, values in ((class_frrs, frrs), (class_fars, fars)):
            rows.nd[...] = -1
            rows.nd[seen] = values.nd[:k]
        if k == 0:
            raise TorchError("ConfusionMatrix: no class has been seen")
        return class_frrs, class_fars, frrs.narrow(1, 1, k), fars.narrow(1, 1, k)

    def __str__(self) -> str:
        self.updateValids()
        names = array(self.classes)
        digits = max(8, 1 + math.ceil(math.log10(max(1, int(self.mat.nd.max())))))
        lines = []
        for i, row in enumerate(self.mat.nd):
            cells = "".join(f"{count:{digits}d}" for count in row)
            close = "]]  " if i == self.nclasses - 1 else "]   "
            name = f"\t[class: {tostring(names[i]) if i < len(names) else ''}]" if names else ""
            share = tostring_percent(self.valids.nd[i])
            lines.append(f"{'[[' if i == 0 else ' ['}{cells}{close}{share}% {name}\n")
        averages = (
            ("average row correct", self.averageValid),
            ("average rowUcol correct (VOC measure)", self.averageUnionValid),
            ("global correct", self.totalValid),
        )
        tail = "% \n".join(f" + {what}: {tostring(value * 100)}" for what, value in averages)
        return "ConfusionMatrix:\n" + "".join(lines) + tail + "%"

    def render(
        self, sortmode: str = "score", display: bool = False, block: int = 25, *_: Any
    ) -> Any:
        """Draw the row-normalised matrix as a grey picture, `block` pixels a cell (DoubleTensor
        n·block square).

        sortmode: 'score' (best class first) or 'occurrence' (most frequent first). The original's
        legend needed
        a Qt window; here the picture alone is returned: show it with `image.display`.
        """
        m = self.mat.nd.astype(np.float64)
        totals = m.sum(1)
        rates = m / np.maximum(totals, 1)[:, None]
        keys = {"score": rates.diagonal(), "occurrence": totals}
        if sortmode not in keys:
            raise TorchError("sort mode must be one of: score | occurrence")
        order = np.argsort(-keys[sortmode], kind="stable")
        picture = np.kron(rates[order][:, order], np.ones((block, block)))
        picture[block - 1 :: block] = 0.1
        picture[:, block - 1 :: block] = 0.1
        return wrap(picture)


def _buffer(m: Any, name: str) -> Any:
    """A work tensor of the original's, made where an old file lacks it."""
    buffer = rawget(m, name)
    if buffer is None:
        if name == "_mat_flat":
            buffer = m.mat.view(-1)
        else:
            buffer = TYPES["torch.LongTensor" if "idx" in name else "torch.FloatTensor"]()
        rawset(m, name, buffer)
    return buffer


def _copied(m: Any, name: str, values: Any) -> Any:
    """A float copy of the given tensor, as the original keeps it."""
    if not isinstance(values, Tensor):
        what = "predictions" if name == "_prediction" else "targets"
        raise TorchError(f"attempt to index local '{what}' (a {lua_type(values)} value)")
    buffer = _buffer(m, name)
    resized(buffer, torch_shape(values.nd))[...] = values.nd
    return buffer


def _best(m: Any, scores: Any, places: str, dimension: int) -> Any:
    """The places of the largest scores along a dimension, kept as the original keeps them."""
    return _buffer(m, "_max").max(_buffer(m, places), scores, dimension)[1]


def _best_class(m: Any, scores: Any, place: str) -> int:
    """The place of the largest of a vector of scores, kept as `_best` keeps those of many."""
    nd = scores.nd
    if not nd.size:
        return _best(m, scores, place, 1)[1]
    best = int(nd.argmax())
    resized(_buffer(m, "_max"), (1,))[0] = nd[best]
    resized(_buffer(m, place), (1,))[0] = best + 1
    return best + 1


def _classes(m: Any, values: Any, name: str, places: str, what: str) -> np.ndarray:
    """Class numbers from a vector, a column, or the row-wise argmax of a matrix of scores."""
    copy = _copied(m, name, values)
    a = copy.nd
    if a.ndim == 2 and a.shape[1] > 1:
        a = _best(m, copy, places, 2).nd
    if a.ndim > 2:
        raise TorchError(f"{what} has invalid number of dimensions")
    return a.reshape(-1).astype(np.int64)


def _rates(m: Any, name: str, n: int) -> Any:
    """One of the tensors that farFrr keeps."""
    if rawget(m, name) is None:
        rawset(m, name, default_type()(n))
    return rawget(m, name).zero()


def _is_number(value: Any) -> bool:
    return lua_type(value) == "number"


def tostring_percent(share: float) -> str:
    """A share as percent with three decimals, NaN as the C library prints it."""
    return "nan" if math.isnan(share) else formatted("%.3f", float(share) * 100)
