"""The CPU time of a step of each of optim's methods, beside the least that NumPy takes for its
formula.

usage: python benchmarks/optim_steps.py [--size N] [--rounds R] [--float] [NAME …]

The least is written out here for each method: in place, over parts that stay in a core's second
cache, with the BLAS of SciPy for sums of multiples. The two take turns, and the figure is the least
round of each. Both must come to the same x. What the objective takes is left out. For cg and lbfgs
the figure is of a call with several evaluations; beside cg stands the vector work alone of as many.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from th7shell import optim
from th7shell.torch.fused import routine
from th7shell.torch.tensor import wrap

PART = 16_384
BLAS_PART = 8192  # of more elements OpenBLAS would wake other threads
Arrays = list[np.ndarray]
Least = Callable[..., Any]


def axpy(y: np.ndarray, a: float, x: np.ndarray) -> None:
    """y += a·x."""
    function = routine("axpy", y.dtype.char)
    for start in range(0, len(y), BLAS_PART):
        function(x[start : start + BLAS_PART], y[start : start + BLAS_PART], a=a)


def parts(arrays: Arrays, *rooms: np.ndarray) -> Any:
    """The parts of the arrays, one after the other, with rooms of their length."""
    n = len(arrays[0])
    for start in range(0, n, PART):
        end = min(start + PART, n)
        yield [a[start:end] for a in arrays] + [r[: end - start] for r in rooms]


def sgd(decay: float, momentum: float, nesterov: bool) -> Least:
    def step(t: int, x: np.ndarray, g: np.ndarray, v: np.ndarray) -> None:
        for px, pg, pv in parts([x, g, v]):
            if decay:
                axpy(pg, decay, px)
            if momentum:
                if t == 1:
                    np.copyto(pv, pg)
                else:
                    np.multiply(pv, momentum, pv)
                    axpy(pv, 1 if nesterov else 1 - momentum, pg)
                if nesterov:
                    axpy(pg, momentum, pv)
                else:
                    pg = pv
            axpy(px, -1e-3, pg)

    return step


def nag(t: int, x: np.ndarray, g: np.ndarray, v: np.ndarray) -> None:
    for px, pv in parts([x, v]):
        axpy(px, 0.9, pv)
    for px, pg, pv in parts([x, g, v]):
        axpy(px, -1e-3, pg)
        np.multiply(pv, 0.9, pv)
        axpy(pv, -1e-3, pg)


def adam(t: int, x: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray) -> None:
    room, root = np.empty((2, PART), x.dtype)
    rate = 1e-3 * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t)
    for px, pg, pm, pv, a, b in parts([x, g, m, v], room, root):
        np.multiply(pm, 0.9, pm)
        axpy(pm, 0.1, pg)
        np.multiply(pv, 0.999, pv)
        np.multiply(pg, 0.001, a)
        np.multiply(a, pg, a)
        np.add(pv, a, pv)
        np.sqrt(pv, b)
        np.add(b, 1e-8, b)
        np.multiply(pm, rate, a)
        np.divide(a, b, a)
        np.subtract(px, a, px)


def adamax(t: int, x: np.ndarray, g: np.ndarray, m: np.ndarray, u: np.ndarray) -> None:
    room = np.empty(PART, x.dtype)
    rate = 2e-3 / (1 - 0.9**t)
    for px, pg, pm, pu, a in parts([x, g, m, u], room):
        np.multiply(pm, 0.9, pm)
        axpy(pm, 0.1, pg)
        np.multiply(pu, 0.999, pu)
        np.abs(pg, a)
        np.add(a, 1e-38, a)
        np.maximum(pu, a, out=pu)
        np.multiply(pm, rate, a)
        np.divide(a, pu, a)
        np.subtract(px, a, px)


def adagrad(t: int, x: np.ndarray, g: np.ndarray, v: np.ndarray) -> None:
    room, root = np.empty((2, PART), x.dtype)
    for px, pg, pv, a, b in parts([x, g, v], room, root):
        np.multiply(pg, pg, a)
        np.add(pv, a, pv)
        np.sqrt(pv, b)
        np.add(b, 1e-10, b)
        np.multiply(pg, 1e-3, a)
        np.divide(a, b, a)
        np.subtract(px, a, px)


def adadelta(t: int, x: np.ndarray, g: np.ndarray, v: np.ndarray, total: np.ndarray) -> None:
    room, root = np.empty((2, PART), x.dtype)
    for px, pg, pv, pt, a, b in parts([x, g, v, total], room, root):
        np.multiply(pv, 0.9, pv)
        np.multiply(pg, 1 - 0.9, a)
        np.multiply(a, pg, a)
        np.add(pv, a, pv)
        np.add(pv, 1e-6, b)
        np.sqrt(b, b)
        np.add(pt, 1e-6, a)
        np.sqrt(a, a)
        np.divide(a, b, a)
        np.multiply(a, pg, a)
        np.subtract(px, a, px)
        np.multiply(pt, 0.9, pt)
        np.multiply(a, 1 - 0.9, b)
        np.multiply(b, a, b)
        np.add(pt, b, pt)


def rmsprop(t: int, x: np.ndarray, g: np.ndarray, v: np.ndarray) -> None:
    room, root = np.empty((2, PART), x.dtype)
    for px, pg, pv, a, b in parts([x, g, v], room, root):
        np.multiply(pv, 0.99, pv)
        np.multiply(pg, 1 - 0.99, a)
        np.multiply(a, pg, a)
        np.add(pv, a, pv)
        np.sqrt(pv, b)
        np.add(b, 1e-8, b)
        np.multiply(pg, 1e-2, a)
        np.divide(a, b, a)
        np.subtract(px, a, px)


def rprop(t: int, x: np.ndarray, g: np.ndarray, before: np.ndarray, steps: np.ndarray) -> None:
    if t == 1:
        steps.fill(0.1)
    room, sign = np.empty((2, PART), x.dtype)
    mask = np.empty(PART, bool)
    for px, pg, pb, ps, a, s, m in parts([x, g, before, steps], room, sign, mask):
        np.multiply(pg, pb, s)
        a.fill(1)
        np.greater(s, 0, m)
        np.putmask(a, m, 1.2)
        np.less(s, 0, m)
        np.putmask(a, m, 0.5)
        np.putmask(pg, m, 0)
        np.multiply(ps, a, ps)
        np.minimum(ps, 50, out=ps)
        np.maximum(ps, 1e-6, out=ps)
        np.sign(pg, s)
        np.multiply(s, ps, s)
        np.subtract(px, s, px)
        np.copyto(pb, pg)


def asgd(t: int, x: np.ndarray, g: np.ndarray, average: np.ndarray) -> None:
    for px, pg, pa in parts([x, g, average]):
        np.multiply(px, 1 - 1e-8, px)
        axpy(px, -1e-4, pg)
        np.copyto(pa, px)


def averaging(t: int, x: np.ndarray, g: np.ndarray, average: np.ndarray) -> None:
    room = np.empty(PART, x.dtype)
    for px, pg, pa, a in parts([x, g, average], room):
        np.multiply(px, 1 - 1e-8, px)
        axpy(px, -1e-4, pg)
        np.subtract(px, pa, a)
        np.multiply(a, 1 / max(1, t - 1), a)
        np.add(pa, a, pa)


class Objective:
    """Σ c·x² / 2 with c from 1 to 100; `taken` is the CPU time that all calls took."""

    taken = 0.0

    def __init__(self, n: int, kind: Any) -> None:
        self.c = np.linspace(1, 100, n).astype(kind)
        self.gradient = np.empty(n, kind)
        self.tensor = wrap(self.gradient)

    def __call__(self, x: Any) -> tuple[float, Any]:
        begun = time.process_time()
        np.multiply(self.c, x.nd, self.gradient)
        loss = float(x.nd.dot(self.gradient)) / 2
        Objective.taken += time.process_time() - begun
        return loss, self.tensor


class Lbfgs:
    """L-BFGS with steps of a fixed length and at most `pairs` pairs, a few iterations a call."""

    def __init__(self, x: np.ndarray, objective: Objective, pairs: int) -> None:
        self.x, self.objective = x, objective
        self.d, self.q, self.before = (np.empty_like(x) for _ in range(3))
        self.free = [(np.empty_like(x), np.empty_like(x)) for _ in range(pairs + 1)]
        self.kept: list[tuple[np.ndarray, np.ndarray, float]] = []
        self.step = self.scale = 0.0

    def take_in(self, g: np.ndarray) -> None:
        s, y = self.free.pop()
        for pg, pb, pd, py, ps in parts([g, self.before, self.d, y, s]):
            np.subtract(pg, pb, py)
            np.multiply(pd, self.step, ps)
        curvature = s.dot(y)
        self.scale = curvature / y.dot(y)
        self.kept.append((s, y, 1 / curvature))
        if not self.free:
            self.free.append(self.kept.pop(0)[:2])

    def direct(self, g: np.ndarray) -> None:
        d, q, alphas = self.d, self.q, []
        np.negative(g, q)
        for s, y, rho in reversed(self.kept):
            alphas.append(s.dot(q) * rho)
            axpy(q, -alphas[-1], y)
        np.multiply(q, self.scale, d)
        for s, y, rho in self.kept:
            axpy(d, alphas.pop() - y.dot(d) * rho, s)

    def __call__(self) -> None:
        x, d, room = self.x, self.d, np.empty(PART, self.x.dtype)
        g = self.objective(wrap(x))[1].nd
        total = np.abs(g, self.q).sum()
        for i in range(1, ITERATIONS + 1):
            if not self.step:
                np.negative(g, d)
                self.step = min(1, 1 / total) * RATE
            else:
                self.take_in(g)
                self.step = RATE
                self.direct(g)
            np.copyto(self.before, g)
            g.dot(d)
            axpy(x, self.step, d)
            if i < ITERATIONS:
                self.objective(wrap(x))
            for pg, pd, a in parts([g, d], room):
                np.abs(pg, a).sum()
                np.abs(np.multiply(pd, self.step, a), a).sum()


class Conjugate:
    """The vector work of `cg`: of a call with so many evaluations in so many line searches."""

    def __init__(
        self, x: np.ndarray, objective: Objective, evaluations: int, searches: int
    ) -> None:
        self.x, self.objective = x, objective
        self.evaluations, self.searches = evaluations, searches
        self.g0, self.g1, self.g2, self.s, self.x0 = (np.ones_like(x) for _ in range(5))

    def evaluate(self, g: np.ndarray) -> None:
        np.copyto(g, self.objective(wrap(self.x))[1].nd)

    def __call__(self) -> None:
        x, g1, g2, s = self.x, self.g1, self.g2, self.s
        self.evaluate(g1)
        np.negative(g1, s)
        s.dot(s)
        for _ in range(self.evaluations - 1):
            axpy(x, 1e-6, s)
            self.evaluate(g2)
            g2.dot(s)
        for search in range(self.searches + 1):  # the last fails, as no evaluation is left
            for a, b, c, d in parts([self.x0, x, self.g0, g1]):
                np.copyto(a, b)
                np.copyto(c, d)
            if search < self.searches:
                g2.dot(g2), g2.dot(g1), g1.dot(g1)
                for a, b in parts([s, g2]):
                    np.multiply(a, 0.5, a)
                    np.subtract(a, b, a)
                g1, g2 = g2, g1
                g1.dot(s)
        for a, b, c, d in parts([x, self.x0, g1, self.g0]):
            np.copyto(a, b)
            np.copyto(c, d)


RATE = 0.01
ITERATIONS = 4

#: name: (method, settings, the least, arrays of zeros that it takes besides x and g)
FIRST_ORDER: dict[str, tuple[str, dict[str, Any], Least, int]] = {
    "sgd": ("sgd", {}, sgd(0, 0, False), 1),
    "sgd weight decay": ("sgd", {"weightDecay": 1e-4}, sgd(1e-4, 0, False), 1),
    "sgd momentum": ("sgd", {"momentum": 0.9}, sgd(0, 0.9, False), 1),
    "sgd nesterov": (
        "sgd",
        {"momentum": 0.9, "dampening": 0, "nesterov": True, "weightDecay": 1e-4},
        sgd(1e-4, 0.9, True),
        1,
    ),
    "nag": ("nag", {}, nag, 1),
    "adam": ("adam", {}, adam, 2),
    "adamax": ("adamax", {}, adamax, 2),
    "adagrad": ("adagrad", {}, adagrad, 1),
    "adadelta": ("adadelta", {}, adadelta, 2),
    "rmsprop": ("rmsprop", {}, rmsprop, 1),
    "rprop": ("rprop", {}, rprop, 2),
    "asgd": ("asgd", {}, asgd, 1),
    "asgd averaging": ("asgd", {"t0": 0}, averaging, 1),
}
WHOLE = ["cg", "lbfgs"]


def first_order(name: str, n: int, kind: Any) -> tuple[Any, Any, Any, Any]:
    """Steps of ours and of the least, and their x."""
    method, settings, least, count = FIRST_ORDER[name]
    rng = np.random.default_rng(1)
    start, slope = rng.standard_normal((2, n)).astype(kind)
    x, gradient, config = wrap(start.copy()), wrap(slope.copy()), dict(settings)
    y, g = start, slope
    kept = [np.zeros(n, kind) for _ in range(count)]
    function, steps = getattr(optim, method), itertools.count(1)
    return (
        lambda: function(lambda _: (1.0, gradient), x, config),
        lambda: least(next(steps), y, g, *kept),
        x.nd,
        y,
    )


def whole(name: str, n: int, kind: Any) -> tuple[Any, Any, Any, Any]:
    """Calls of ours and of the least, and their x, or None where they do not come to the same."""
    x = wrap(np.ones(n, kind))
    objective = Objective(n, kind)
    if name == "lbfgs":
        config = {"nCorrection": 10, "learningRate": RATE, "maxIter": ITERATIONS, "maxEval": 100}
        config |= {"tolFun": 0, "tolX": 0}
        least: Any = Lbfgs(x.nd.copy(), Objective(n, kind), 10)
        same = kind is np.float64  # in single precision the paths soon part
        run = lambda: optim.lbfgs(objective, x, config)  # noqa: E731
        return run, least, x.nd if same else None, least.x
    config = {"maxEval": 8}
    _, losses, evaluations = optim.cg(objective, x, config)
    least = Conjugate(x.nd.copy(), Objective(n, kind), evaluations, len(losses) - 1)

    def again() -> None:
        begun = time.process_time()
        x.nd.fill(1)
        Objective.taken += time.process_time() - begun
        optim.cg(objective, x, config)

    return again, least, None, None


def seconds(call: Callable[[], Any]) -> float:
    """The CPU time of a call, without the objective's."""
    before, begun = Objective.taken, time.process_time()
    call()
    return time.process_time() - begun - (Objective.taken - before)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=1_000_000, help="parameters")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--float", action="store_true", help="single precision")
    parser.add_argument("names", nargs="*", default=[*FIRST_ORDER, *WHOLE])
    options = parser.parse_args()
    kind: Any = np.float32 if options.float else np.float64
    print(f"{'method':18}{'here ms':>10}{'least ms':>10}{'ratio':>8}")
    failed = False
    for name in options.names:
        case = whole if name in WHOLE else first_order
        here, least, x, y = case(name, options.size, kind)
        times = [(seconds(here), seconds(least)) for _ in range(options.rounds)][1:]
        a, b = (1e3 * min(column) for column in zip(*times))
        same = x is None or np.allclose(x, y, rtol=1e-4 if options.float else 1e-9)
        failed |= not same
        print(f"{name:18}{a:10.2f}{b:10.2f}{a / b:8.2f}{'' if same else '  differs'}", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
