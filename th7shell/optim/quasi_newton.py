"""Limited-memory BFGS, with fixed steps or a line search given by the user."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import th7shell.torch.console as console
from th7shell.lua import Table, array, length, new_table
from th7shell.torch.fused import add_multiple
from th7shell.torch.ops.arrays import negative
from th7shell.torch.tensor import default_type, wrap

from .parts import product, sums
from .settings import Fields, evaluate, in_shape, like, optimiser

CURVATURE = 1e-10  # pairs with less curvature than this are not kept


def _numbers(value: Any, default: float) -> float:
    return float(value) if value is not None else default


def _rows(count: int, gradient: Any) -> Table:
    """So many tensors like the gradient, rows of one array."""
    block = np.zeros((count, *gradient.nd.shape), gradient.nd.dtype)
    return new_table([wrap(row, gradient) for row in block])


def _pop(table: Table, place: int | None = None) -> Any:
    """Take out an item, the last by default; the others move up."""
    values = array(table)
    value = values.pop(-1 if place is None else place)
    for i, other in enumerate([*values, None], 1):
        table[i] = other
    return value


def _push(table: Table, value: Any) -> None:
    table[length(table) + 1] = value


class History:
    """The last nCorrection pairs (s = step, y = change of gradient), in buffers used again.

    In the state, under the original's names: old_dirs holds s, old_stps y; dir_bufs and stp_bufs
    are what is free; ro and al the numbers of the two-loop recursion.
    """

    def __init__(self, state: Fields, capacity: int, gradient: Any) -> None:
        self.state, self.capacity, self.like = state, capacity, gradient
        self.free_y: Table = state.once("dir_bufs", _rows, capacity + 1, gradient)
        self.free_s: Table = state.once("stp_bufs", _rows, capacity + 1, gradient)
        self.steps: Table = state.get("old_dirs", new_table())
        self.changes: Table = state.get("old_stps", new_table())
        self.curvatures = [product(y, s) for s, y in self.pairs()]

    def pairs(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """(s, y) of each pair, the oldest first."""
        return [
            (in_shape(s, self.like).nd, in_shape(y, self.like).nd)
            for s, y in zip(array(self.steps), array(self.changes))
        ]

    def add(
        self, gradient: np.ndarray, before: np.ndarray, d: np.ndarray, t: float
    ) -> float | None:
        """Keep the pair of the last step, the oldest making room for it → yᵀs / yᵀy, None where it
        is not kept."""
        y, s = (in_shape(array(t)[-1], self.like).nd for t in (self.free_y, self.free_s))

        def pair(y: Any, s: Any, g: Any, before: Any, d: Any) -> tuple:
            np.subtract(g, before, y)
            np.multiply(d, t, s)
            return np.vdot(y, s), np.vdot(y, y)

        curvature, square = sums(pair, y, s, gradient, before, d)
        if not curvature > CURVATURE:
            return None
        change, step = _pop(self.free_y), _pop(self.free_s)
        if length(self.steps) == self.capacity:
            _push(self.free_y, _pop(self.steps, 0))
            _push(self.free_s, _pop(self.changes, 0))
            del self.curvatures[0]
        _push(self.steps, step)
        _push(self.changes, change)
        self.curvatures.append(curvature)
        return curvature / square

    def direction(self, gradient: np.ndarray, scale: float, out: np.ndarray) -> float:
        """out = −H·g by the two-loop recursion (Nocedal 1980) → gᵀ·out.

        Long vectors wait for the memory: what a vector is multiplied with next is multiplied where
        a part of it has just been changed."""
        pairs, room = self.pairs(), default_type()
        rho = self.state.once("ro", room, self.capacity).nd
        alpha = self.state.once("al", room, self.capacity).nd
        q = self.state.once("tmp1", like, self.like).nd
        for i, curvature in enumerate(self.curvatures):
            rho[i] = 1 / curvature

        def begin(q: Any, g: Any, s: Any) -> tuple:
            negative(g, q)
            return (np.vdot(s, q),)

        def turn(q: Any, y: Any, s: Any) -> tuple:
            add_multiple(q, factor, y)
            return (np.vdot(s, q),)

        def middle(q: Any, y: Any, out: Any) -> tuple:
            add_multiple(q, factor, y)
            np.multiply(q, scale, out)
            return (np.vdot(y, out),)

        if not pairs:
            negative(gradient, q)
            np.multiply(q, scale, out)
            return product(gradient, out)
        (along,) = sums(begin, q, gradient, pairs[-1][0])
        for i in range(len(pairs) - 1, -1, -1):
            alpha[i] = along * rho[i]
            factor = -alpha[i]
            if i:
                (along,) = sums(turn, q, pairs[i][1], pairs[i - 1][0])
        (along,) = sums(middle, q, pairs[0][1], out)
        for i, (s, _) in enumerate(pairs):
            factor = alpha[i] - along * rho[i]
            following = pairs[i + 1][1] if i + 1 < len(pairs) else gradient
            (along,) = sums(turn, out, s, following)
        return along

    def total(self, array: np.ndarray, factor: float = 1) -> float:
        """Σ |factor · array|."""

        def add(array: Any, room: Any) -> tuple:
            np.abs(array if factor == 1 else np.multiply(array, factor, room), room)
            return (room.sum(),)

        return sums(add, array, room=1)[0]

    def keep(self) -> None:
        """Leave the pairs in the state."""
        self.state.set("old_dirs", self.steps)
        self.state.set("old_stps", self.changes)


@optimiser
def lbfgs(opfunc: Any, x: Any, config: Fields, state: Fields) -> Any:
    """L-BFGS: x ← x − t·H·g with H from the last steps and gradient changes.

    `optim.lbfgs(opfunc, x, config, state)` → x, {f before, f after each iteration}, evaluations

    Settings: maxIter 20, maxEval 1.25·maxIter, tolFun 1e-5 (on Σ|g|), tolX 1e-9, nCorrection 100,
    lineSearch (a function such as optim.lswolfe), lineSearchOptions, learningRate 1,
    verbose (say why it ends).
    Source: Nocedal, Math. Comp. 1980; Schmidt's minFunc.
    """
    max_iter = int(_numbers(config.get("maxIter"), 20))
    max_eval = _numbers(config.get("maxEval"), max_iter * 1.25)
    tol_fun, tol_x = config.get("tolFun", 1e-5), config.get("tolX", 1e-9)
    rate, search = config.get("learningRate", 1), config.get("lineSearch")
    state.once("nIter", int)
    loss, gradient = evaluate(opfunc, x)
    losses, evaluations = [loss], 1
    state.set("funcEval", state.get("funcEval", 0) + 1)
    state.once("tmp1", like, gradient)
    say = _teller(config)
    if np.abs(gradient.nd).sum() <= tol_fun:
        say("optimality condition below tolFun")
        return x, new_table(losses)
    if state.get("dir_bufs") is None:
        say("creating recyclable direction/step/history buffers")
    history = History(state, int(config.get("nCorrection", 100)), gradient)
    direction, step = in_shape(state.get("d"), x), state.get("t")
    for iteration in _iterations(state, max_iter):
        g = gradient.nd
        first = state.get("nIter") == 1
        if first:
            direction = state.set("d", wrap(-g, gradient))
            state.set("Hdiag", 1)
            slope = product(g, direction.nd)
        else:
            before = state.once("g_old", like, gradient).nd
            scale = history.add(g, before, direction.nd, step)
            if scale is not None:
                state.set("Hdiag", scale)
            slope = history.direction(g, state.get("Hdiag"), direction.nd)
        state.once("g_old", like, gradient).nd[...] = g
        previous = state.set("f_old", loss)
        if slope > -tol_x:
            break
        step = state.set("t", min(1, 1 / history.total(g)) * rate if first else rate)
        used = 0
        if callable(search):
            options = config.get("lineSearchOptions")
            loss, gradient, x, step, used = search(
                opfunc, x, step, direction, loss, gradient, slope, options
            )
            state.set("t", step)
            losses.append(loss)
        else:
            add_multiple(x.nd, step, direction.nd)
            if iteration != max_iter:
                loss, gradient = evaluate(opfunc, x)
                used = 1
                losses.append(loss)
        evaluations += used
        state.set("funcEval", state.get("funcEval") + used)
        reason = ""
        if iteration == max_iter:
            reason = "reached max number of iterations"
        elif evaluations >= max_eval:
            reason = "max nb of function evals"
        elif history.total(gradient.nd) <= tol_fun:
            reason = "optimality condition below tolFun"
        elif history.total(direction.nd, step) <= tol_x:
            reason = "step size below tolX"
        elif abs(loss - previous) < tol_x:
            reason = "function value changing less than tolX"
        if reason:
            say(reason)
            break
    history.keep()
    return x, new_table(losses), evaluations


def _teller(config: Fields) -> Callable[[str], None]:
    """Prints a message if the settings ask for it."""
    if not config.get("verbose"):
        return lambda message: None
    return lambda message: console.show("<optim.lbfgs> ", message)


def _iterations(state: Fields, limit: int) -> Iterator[int]:
    """1 … limit, the state's own count of iterations advanced before each."""
    for iteration in range(1, limit + 1):
        state.count("nIter")
        yield iteration
