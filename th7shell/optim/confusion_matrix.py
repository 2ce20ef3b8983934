"""Confusion matrix: rows are target classes, columns predictions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..lua import Table, TorchError, array, new_table, tostring
from ..torch.classes import TorchClass
from ..torch.tensor import TYPES, wrap


def _classes_of(values: Any, what: str) -> np.ndarray:
    """Class numbers from a vector, or the row-wise argmax of a matrix of scores (1-based)."""
    a = values.nd
    if a.ndim == 1:
        return a.astype(np.int64)
    if a.ndim == 2:
        return a[:, 0].astype(np.int64) if a.shape[1] == 1 else a.argmax(1) + 1
    raise TorchError(f"{what} has invalid number of dimensions")


class ConfusionMatrix(Table, metaclass=TorchClass, name="optim.ConfusionMatrix"):
    """Count predictions against targets.

    `optim.ConfusionMatrix(n)`, `(classNames)` or `(n, classNames)`

    Fields: mat (LongTensor n×n, mat[target][prediction]), valids (per-class recall), unionvalids
    (VOC measure),
    totalValid (accuracy), averageValid, averageUnionValid; the last five after updateValids() or
    printing.
    Example:
        confusion = optim.ConfusionMatrix(10)
        confusion:batchAdd(net:forward(images), labels)
        print(confusion)
    """

    def __init__(self, nclasses: Any, classes: Any = None) -> None:
        if isinstance(nclasses, Table | list):
            classes = nclasses
            nclasses = len(nclasses)
        n = int(nclasses)
        self.mat = TYPES["torch.LongTensor"](n, n).zero()
        self.valids = TYPES["torch.FloatTensor"](n).zero()
        self.unionvalids = TYPES["torch.FloatTensor"](n).zero()
        self.nclasses = n
        self.totalValid: float = 0
        self.averageValid: float = 0
        self.classes = classes if isinstance(classes, Table) else new_table(classes or ())

    def _count(self, prediction: Any, target: Any) -> None:
        n = self.nclasses
        if target > 0:
            if not (target <= n and 1 <= prediction <= n):
                raise TorchError(
                    f"ConfusionMatrix: prediction {tostring(prediction)} or target "
                    f"{tostring(target)} is outside the {n} classes"
                )
            self.mat.nd[int(target) - 1, int(prediction) - 1] += 1

    def add(self, prediction: Any, target: Any, *_: Any) -> None:
        """Count one sample: prediction and target are class numbers or score vectors (their argmax
        counts)."""
        pair = []
        for value in (prediction, target):
            if hasattr(value, "nd"):
                if value.nd.ndim != 1:
                    raise TorchError(
                        f"ConfusionMatrix.add: a vector is needed, got {value.nd.ndim} dimensions"
                    )
                value = int(value.nd.argmax()) + 1
            pair.append(value)
        self._count(*pair)

    def batchAdd(self, predictions: Any, targets: Any, *_: Any) -> None:
        """Count a batch: each is a vector of class numbers (n), a column (n×1) or scores
        (n×classes)."""
        p, t = _classes_of(predictions, "predictions"), _classes_of(targets, "targets")
        if len(p) != len(t):
            raise TorchError(f"ConfusionMatrix: {len(p)} predictions for {len(t)} targets")
        counted = t >= 1
        p, t, n = p[counted], t[counted], self.nclasses
        if p.size and not (p.min() >= 1 and p.max() <= n and t.max() <= n):
            raise TorchError(f"ConfusionMatrix: predictions or targets are outside the {n} classes")
        self.mat.nd[...] += np.bincount((t - 1) * n + p - 1, minlength=n * n).reshape(n, n)

    def zero(self, *_: Any) -> None:
        """Forget all counts."""
        for tensor in (self.mat, self.valids, self.unionvalids):
            tensor.zero()
        self.totalValid = 0
        self.averageValid = 0

    def updateValids(self, *_: Any) -> None:
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

    def farFrr(self, *_: Any) -> tuple[Any, Any, Any, Any]:
        """False rejection and acceptance rates → per class (-1 where unseen), and of the seen
        classes only."""
        m = self.mat.nd.astype(np.float64)
        totals = m.sum(1)
        seen = totals != 0
        rates = m[seen] / totals[seen, None]
        frr, far = np.full(self.nclasses, -1.0), np.full(self.nclasses, -1.0)
        own = m.diagonal()[seen] / totals[seen]
        frr[seen] = 1 - own
        with np.errstate(divide="ignore", invalid="ignore"):
            far[seen] = (rates.sum(0)[seen] - own) / (seen.sum() - 1)
        return wrap(frr), wrap(far), wrap(frr[seen]), wrap(far[seen])

    def __str__(self) -> str:
        self.updateValids()
        names = array(self.classes)
        digits = max(8, 1 + math.ceil(math.log10(max(1, int(self.mat.nd.max())))))
        lines = []
        for i, row in enumerate(self.mat.nd):
            cells = "".join(f"{count:{digits}d}" for count in row)
            close = "]]  " if i == self.nclasses - 1 else "]   "
            name = f"\t[class: {names[i] if i < len(names) else ''}]" if names else ""
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


def tostring_percent(share: float) -> str:
    """A share as percent with three decimals, NaN as the C library prints it."""
    return "nan" if math.isnan(share) else f"{float(share) * 100:.3f}"
