"""Limited-memory BFGS, with fixed steps or a line search given by the user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..lua import Table, array, new_table
from ..torch.tensor import wrap
from .settings import Fields, evaluate, like, optimiser

CURVATURE = 1e-10  # pairs with less curvature than this are not kept


def _numbers(value: Any, default: float) -> float:
    return float(value) if value is not None else default


class History:
    """The last nCorrection pairs (s = step, y = change of gradient), kept as tensors in the state's
    tables."""

    def __init__(self, state: Fields, capacity: int) -> None:
        self.steps: Table = state.once("old_dirs", new_table)
        self.changes: Table = state.once("old_stps", new_table)
        self.capacity = capacity

    def add(self, s: np.ndarray, y: np.ndarray) -> None:
        pairs = [*self.pairs(), (s, y)][-self.capacity :]
        for table, column in ((self.steps, 0), (self.changes, 1)):
            for i, pair in enumerate(pairs, 1):
                table[i] = wrap(pair[column])

    def pairs(self) -> list[tuple[np.ndarray, np.ndarray]]:
        return [(s.nd, y.nd) for s, y in zip(array(self.steps), array(self.changes))]

    def direction(self, gradient: np.ndarray, scale: float) -> np.ndarray:
        """−H·g by the two-loop recursion (Nocedal 1980)."""
        pairs = self.pairs()
        q = -gradient
        factors = []
        for s, y in reversed(pairs):
            rho = 1 / np.vdot(y, s)
            alpha = float(np.vdot(s, q) * rho)
            factors.append((alpha, rho))
            q -= alpha * y
        q *= scale
        for (s, y), (alpha, rho) in zip(pairs, reversed(factors)):
            q += (alpha - float(np.vdot(y, q) * rho)) * s
        return q


@optimiser
def lbfgs(opfunc: Any, x: Any, config: Fields, state: Fields) -> Any:
    """L-BFGS: x ← x − t·H·g with H from the last steps and gradient changes.

    `optim.lbfgs(opfunc, x, config, state)` → x, {f before, f after each iteration}, evaluations

    Settings: maxIter 20, maxEval 1.25·maxIter, tolFun 1e-5 (on Σ|g|), tolX 1e-9, nCorrection 100,
    lineSearch (a function such as optim.lswolfe), lineSearchOptions, learningRate 1.
    Source: Nocedal, Math. Comp. 1980; Schmidt's minFunc.
    """
    max_iter = int(_numbers(config.get("maxIter"), 20))
    max_eval = _numbers(config.get("maxEval"), max_iter * 1.25)
    tol_fun, tol_x = config.get("tolFun", 1e-5), config.get("tolX", 1e-9)
    rate, search = config.get("learningRate", 1), config.get("lineSearch")
    history = History(state, int(config.get("nCorrection", 100)))
    loss, gradient = evaluate(opfunc, x)
    losses, evaluations = [loss], 1
    state.set("funcEval", state.get("funcEval", 0) + 1)
    done = np.abs(gradient.nd).sum() <= tol_fun
    direction, step = state.get("d"), state.get("t")
    for iteration in _iterations(state, 0 if done else max_iter):
        g = gradient.nd
        first = state.get("nIter") == 1
        if first:
            direction = state.set("d", wrap(-g))
            state.set("Hdiag", 1)
        else:
            y, s = g - state.get("g_old").nd, direction.nd * step
            curvature = float(np.vdot(y, s))
            if curvature > CURVATURE:
                history.add(s, y)
                state.set("Hdiag", curvature / float(np.vdot(y, y)))
            direction.nd[...] = history.direction(g, state.get("Hdiag"))
        state.once("g_old", like, gradient).nd[...] = g
        previous = state.set("f_old", loss)
        slope = float(np.vdot(g, direction.nd))
        if slope > -tol_x:
            break
        step = state.set("t", min(1, 1 / float(np.abs(g).sum())) * rate if first else rate)
        used = 0
        if callable(search):
            options = config.get("lineSearchOptions")
            loss, gradient, x, step, used = search(
                opfunc, x, step, direction, loss, gradient, slope, options
            )
            state.set("t", step)
            losses.append(loss)
        else:
            x.nd[...] += step * direction.nd
            if iteration != max_iter:
                loss, gradient = evaluate(opfunc, x)
                used = 1
                losses.append(loss)
        evaluations += used
        state.set("funcEval", state.get("funcEval") + used)
        if (
            evaluations >= max_eval
            or np.abs(gradient.nd).sum() <= tol_fun
            or np.abs(direction.nd * step).sum() <= tol_x
            or abs(loss - previous) < tol_x
        ):
            break
    return x, new_table(losses), evaluations


def _iterations(state: Fields, limit: int) -> Iterator[int]:
    """1 … limit, the state's own count of iterations advanced before each."""
    for iteration in range(1, limit + 1):
        state.count("nIter")
        yield iteration
