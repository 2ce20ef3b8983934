"""Conjugate gradients with the line search of Rasmussen's `minimize`: cubic and quadratic inter-
and extrapolation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell.lua import new_table
from th7shell.torch.fused import add_multiple
from th7shell.torch.ops.arrays import negative

from .parts import in_parts
from .settings import Fields, evaluate, like, optimiser


def _sqrt(value: float) -> float:
    return math.sqrt(value) if value >= 0 else math.nan


def _divide(a: float, b: float) -> float:
    if b != 0:
        return a / b
    return math.nan if a == 0 or a != a else math.copysign(math.inf, a)


class Point:
    """A place on the search line: step z from the start, value f and slope d there."""

    __slots__ = ("d", "f", "z")

    def __init__(self, z: float, f: float, d: float) -> None:
        self.z, self.f, self.d = z, f, d


def interpolate(p2: Point, p3: Point, f1: float, shrink: float) -> float:
    """The step from p2 back towards p3 that minimises the quadratic (if f rose) or cubic through
    both."""
    z3 = p3.z
    if p2.f > f1:
        z = z3 - _divide(0.5 * p3.d * z3 * z3, p3.d * z3 + p2.f - p3.f)
    else:
        a = _divide(6 * (p2.f - p3.f), z3) + 3 * (p2.d + p3.d)
        b = 3 * (p3.f - p2.f) - z3 * (p3.d + 2 * p2.d)
        z = _divide(_sqrt(b * b - a * p2.d * z3 * z3) - b, a)
    if not math.isfinite(z):
        z = z3 / 2
    return max(min(z, shrink * z3), (1 - shrink) * z3)


def extrapolate(
    p2: Point, p3: Point, z1: float, limit: float, shrink: float, reach: float
) -> float:
    """The step beyond p2 to the cubic's minimum, kept inside what the search allows."""
    z3 = p3.z
    a = _divide(6 * (p2.f - p3.f), z3) + 3 * (p2.d + p3.d)
    b = 3 * (p3.f - p2.f) - z3 * (p3.d + 2 * p2.d)
    z = _divide(-p2.d * z3 * z3, b + _sqrt(b * b - a * p2.d * z3 * z3))
    bounded = limit > -0.5
    if not math.isfinite(z) or z < 0:
        return (limit - z1) / 2 if bounded else z1 * (reach - 1)
    if bounded and z + z1 > limit:
        return (limit - z1) / 2
    if not bounded and z + z1 > z1 * reach:
        return z1 * (reach - 1)
    if z < -z3 * shrink:
        return -z3 * shrink
    if bounded and z < (limit - z1) * (1 - shrink):
        return (limit - z1) * (1 - shrink)
    return z


class LineSearch:
    """Moves x along s until the Wolfe-Powell conditions hold; counts the evaluations it takes."""

    def __init__(self, config: Fields, opfunc: Callable[..., Any], x: Any) -> None:
        self.rho, self.sig = config.get("rho", 0.01), config.get("sig", 0.5)
        self.shrink, self.reach = config.get("int", 0.1), config.get("ext", 3.0)
        self.max_iter = config.get("maxIter", 20)
        self.max_eval = config.get("maxEval", self.max_iter * 1.25)
        self.opfunc, self.x, self.evaluations = opfunc, x, 0

    def value(self, gradient: np.ndarray) -> float:
        """Evaluate at x; the gradient is copied into the given array."""
        loss, g = evaluate(self.opfunc, self.x)
        gradient[...] = g.nd
        self.evaluations += 1
        return loss

    def _advance(self, step: float, s: np.ndarray, gradient: np.ndarray) -> tuple[float, float]:
        add_multiple(self.x.nd, step, s)
        loss = self.value(gradient)
        return loss, float(np.vdot(gradient, s))

    def run(
        self, s: np.ndarray, f1: float, d1: float, z1: float, g2: np.ndarray
    ) -> tuple[bool, float, float, float]:
        """Search from x along s with first step z1 → success, f2, d2, the step taken; the gradient
        is in g2."""
        p2, p3 = Point(0, *self._advance(z1, s, g2)), Point(-z1, f1, d1)
        left, limit = min(self.max_iter, self.max_eval - self.evaluations), -1.0

        def bad() -> bool:
            return p2.f > f1 + z1 * self.rho * d1 or p2.d > -self.sig * d1

        while True:
            while bad() and left > 0:
                limit = z1
                z2 = interpolate(p2, p3, f1, self.shrink)
                z1 += z2
                p2.f, p2.d = self._advance(z2, s, g2)
                left -= 1
                p3.z -= z2
            if bad():
                return False, p2.f, p2.d, z1
            if p2.d > self.sig * d1:
                return True, p2.f, p2.d, z1
            if left == 0:
                return False, p2.f, p2.d, z1
            z2 = extrapolate(p2, p3, z1, limit, self.shrink, self.reach)
            p3.f, p3.d, p3.z = p2.f, p2.d, -z2
            z1 += z2
            p2.f, p2.d = self._advance(z2, s, g2)
            left -= 1


def _copy_two(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> None:
    np.copyto(a, b)
    np.copyto(c, d)


def _exchange(a: np.ndarray, b: np.ndarray, room: np.ndarray) -> None:
    np.copyto(room, a)
    np.copyto(a, b)
    np.copyto(b, room)


@optimiser
def cg(opfunc: Any, x: Any, config: Fields, state: Fields) -> Any:
    """Polak-Ribière conjugate gradients with a Wolfe-Powell line search.

    `optim.cg(opfunc, x, config, state)` → x, {f before, f after each line search}, evaluations

    Settings: maxIter 20 (per line search), maxEval 1.25·maxIter, rho 0.01, sig 0.5 (Wolfe
    constants), int 0.1,
    ext 3, ratio 100 (largest growth of the first step). Work tensors stay in the state: df0 df1 df2
    df3 s x0.
    Source: C. E. Rasmussen's `minimize`.
    """
    work = {name: state.once(name, like, x).nd for name in ("df0", "df1", "df2", "df3", "s", "x0")}
    g0, g1, g2, s, x0 = (work[name] for name in ("df0", "df1", "df2", "s", "x0"))
    ratio = config.get("ratio", 100)
    search = LineSearch(config, opfunc, x)
    f1 = search.value(g1)
    losses = [f1]
    negative(g1, s)
    d1 = -float(np.vdot(s, s))
    z1 = 1 / (1 - d1)
    while search.evaluations < abs(search.max_eval):
        in_parts(_copy_two, x0, x.nd, g0, g1)
        success, f2, d2, z1 = search.run(s, f1, d1, z1, g2)
        if not success:
            # The first failed search ends the run: the original's retry never comes to pass.
            in_parts(_copy_two, x.nd, x0, g1, g0)
            break
        f1 = f2
        losses.append(f1)
        factor = (np.vdot(g2, g2) - np.vdot(g2, g1)) / np.vdot(g1, g1)

        def turn(s: Any, g: Any, factor: Any = factor) -> None:
            np.multiply(s, factor, s)
            np.subtract(s, g, s)

        in_parts(turn, s, g2)
        g1, g2 = g2, g1
        d2 = float(np.vdot(g1, s))
        if d2 > 0:
            negative(g1, s)
            d2 = -float(np.vdot(s, s))
        z1 *= min(ratio, _divide(d1, d2 - 1e-320))
        d1 = d2
    if g1 is not work["df1"]:
        in_parts(_exchange, g1, g2, room=1)
    return x, new_table(losses), search.evaluations
