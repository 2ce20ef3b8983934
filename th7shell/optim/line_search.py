"""Line search under the Wolfe conditions, and the polynomial interpolation that it steps by."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell.lua import TorchError
from th7shell.torch.fused import add_multiple
from th7shell.torch.tensor import wrap

from .parts import product
from .settings import Fields, evaluate

TINY = 1e-12  # coefficients below this count as zero


def minimum_of_cubic(low: np.ndarray, high: np.ndarray) -> float:
    """Minimiser between two points (x, f, slope) of the cubic through both, `low` the left one."""
    d1 = low[2] + high[2] - 3 * (low[1] - high[1]) / (low[0] - high[0])
    square = d1 * d1 - low[2] * high[2]
    if not square >= 0:
        return float((low[0] + high[0]) / 2)
    d2 = math.sqrt(square)
    t = high[0] - (high[0] - low[0]) * ((high[2] + d2 - d1) / (high[2] - low[2] + 2 * d2))
    return float(min(max(t, low[0]), high[0]))


def polyinterp(
    points: Any = None, xmin: float | None = None, xmax: float | None = None, *_: Any
) -> Any:
    """Minimise the polynomial through points with values and slopes.

    `optim.polyinterp(points, xmin, xmax)` → position, value (the value only when bounds are used)

    points: n×3 tensor of rows {x, f(x), f'(x)}; xmin, xmax: bounds, by default the outermost
    points.
    Source: Schmidt's minFunc.
    """
    rows = np.asarray(points.nd, np.float64)
    if rows.ndim != 2 or rows.shape[1] != 3:
        raise TorchError(f"polyinterp: points must be n x 3, got {list(rows.shape)}")
    if len(rows) == 2 and xmin is None and xmax is None:
        low = int(rows[:, 0].argmin())
        return minimum_of_cubic(rows[low], rows[1 - low])
    lowest = float(rows[:, 0].min()) if xmin is None else xmin
    highest = float(rows[:, 0].max()) if xmax is None else xmax
    order = 2 * len(rows) - 1
    powers = np.arange(order, -1, -1)
    values = rows[:, :1] ** powers
    slopes = np.where(powers > 0, powers * rows[:, :1] ** np.maximum(powers - 1, 0), 0.0)
    system = np.concatenate([values, slopes])
    right = np.concatenate([rows[:, 1], rows[:, 2]])
    coefficients = np.linalg.lstsq(system, right, rcond=None)[0]
    coefficients[np.abs(coefficients) <= TINY] = 0
    candidates = [lowest, highest, *rows[:, 0]]
    derivative = np.asarray(np.polyder(coefficients))
    if np.isfinite(derivative).all() and derivative.any():
        derivative[np.abs(derivative) < TINY] = 0
        roots = np.roots(derivative)
        candidates += [float(r.real) for r in roots if r.imag == 0]
    inside = [c for c in candidates if lowest <= c <= highest]
    best, value = (lowest + highest) / 2, math.inf
    for candidate in inside:
        f = float(np.polyval(coefficients, candidate))
        if f < value:
            best, value = candidate, f
    return best, value


class Search:
    """The state of one search: start x, direction d, and evaluation of f, g and slope at a step
    t."""

    def __init__(self, opfunc: Callable[..., Any], x: Any, d: Any) -> None:
        self.opfunc, self.x, self.d = opfunc, x, d.nd
        self.start = x.nd.copy()
        self.evaluations = 0

    def at(self, t: float) -> Sample:
        self.x.nd[...] = self.start
        add_multiple(self.x.nd, t, self.d)
        f, g = evaluate(self.opfunc, self.x)
        self.evaluations += 1
        return Sample(t, f, g.nd.copy(), product(g.nd, self.d))


class Sample:
    """What is known at step t: value, gradient (a copy) and slope along the direction."""

    __slots__ = ("f", "g", "slope", "t")

    def __init__(self, t: float, f: float, g: np.ndarray, slope: float) -> None:
        self.t, self.f, self.g, self.slope = t, f, g, slope


def _interpolated(a: Sample, b: Sample, *bounds: float) -> float:
    points = wrap(np.array([[a.t, a.f, a.slope], [b.t, b.f, b.slope]]))
    result = polyinterp(points, *bounds)
    return result[0] if isinstance(result, tuple) else result


def _bracket(
    search: Search, origin: Sample, t: float, c1: float, c2: float, max_iter: int
) -> tuple[list[Sample], bool, int]:
    """Grow the step until a minimum lies between two samples → samples, found, iterations."""
    new, previous = search.at(t), origin
    for iteration in range(max_iter):
        rising = new.f > origin.f + c1 * new.t * origin.slope
        if rising or (iteration > 1 and new.f >= previous.f):
            return [previous, new], False, iteration
        if abs(new.slope) <= -c2 * origin.slope:
            return [new], True, iteration
        if new.slope >= 0:
            return [previous, new], False, iteration
        least, most = new.t + 0.01 * (new.t - previous.t), new.t * 10
        t = _interpolated(previous, new, least, most)
        previous, new = new, search.at(t)
    return [origin, new], False, max_iter


def lswolfe(
    opfunc: Any = None,
    x: Any = None,
    t: float = 1,
    d: Any = None,
    f: float = 0,
    g: Any = None,
    gtd: float = 0,
    options: Any = None,
    *_: Any,
) -> Any:
    """Find a step that satisfies the strong Wolfe conditions.

    `optim.lswolfe(opfunc, x, t, d, f, g, gtd, options)` → f, g, x, t, evaluations

    x: start, moved to x + t·d; t: first step; d: direction; f, g, gtd: value, gradient and slope at
    the start.
    Options: c1 1e-4 (sufficient decrease), c2 0.9 (curvature), tolX 1e-9, maxIter 20. Source:
    Schmidt's minFunc.
    """
    settings = Fields({} if options is None else options)
    c1, c2 = settings.get("c1", 1e-4), settings.get("c2", 0.9)
    max_iter, tol_x = settings.get("maxIter", 20), settings.get("tolX", 1e-9)
    search = Search(opfunc, x, d)
    origin = Sample(0, f, g.nd.copy(), gtd)
    ends, done, iteration = _bracket(search, origin, t, c1, c2, max_iter)
    stuck = False
    while not done and iteration < max_iter:
        low = 0 if ends[0].f <= ends[1].f else 1
        best, other = ends[low], ends[1 - low]
        left, right = sorted((best.t, other.t))
        t = _interpolated(ends[0], ends[1])
        if min(right - t, t - left) / (right - left) < 0.1:
            if stuck or t >= right or t <= left:
                margin = 0.1 * (right - left)
                t = right - margin if abs(t - right) < abs(t - left) else left + margin
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        new = search.at(t)
        iteration += 1
        if new.f > f + c1 * t * gtd or new.f >= best.f:
            ends[1 - low] = new
        else:
            if abs(new.slope) <= -c2 * gtd:
                done = True
            elif new.slope * (other.t - best.t) >= 0:
                ends[1 - low] = best
            ends[low] = new
        if not done and abs((ends[0].t - ends[1].t) * new.slope) < tol_x:
            break
    best = min(ends, key=lambda sample: sample.f)
    x.nd[...] = search.start
    add_multiple(x.nd, best.t, search.d)
    return best.f, wrap(best.g, x), x, best.t, search.evaluations
