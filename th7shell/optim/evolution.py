"""Methods that need no gradient: CMA-ES, which adapts a normal distribution, and differential
evolution, which recombines a population."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import th7shell.torch.console as console
from th7shell.lua import TorchError, first, lua_type, new_table, tostring
from th7shell.lua.stdlib.string_format import format as lua_format
from th7shell.torch.classes import typename
from th7shell.torch.generators import Generator
from th7shell.torch.namespace import TORCH as torch

from .settings import Fields, optimiser


def _needed(config: Fields, name: str, operation: str) -> Any:
    """A setting without a default."""
    value = config.get(name)
    if lua_type(value) != "number":
        raise TorchError(f"attempt to {operation} '{name}' (a {lua_type(value)} value)")
    return value


class Distribution:
    """The normal distribution of CMA-ES: mean, step size sigma, covariance C = B·D²·Bᵀ and the two
    evolution paths. The names are those of Hansen's tutorial; N parameters, λ candidates, of which
    the μ best move the mean."""

    def __init__(self, x: Any, sigma: float, popsize: Any) -> None:
        self.mean = x.clone().view(-1)
        self.n = n = self.mean.nd.size
        self.sigma = sigma
        self.lam = 4 + math.floor(3 * math.log(n)) if popsize is None else popsize
        mu = self.lam / 2
        weights = torch.range(0, mu - 1)
        weights.nd[...] = [math.log(mu + 0.5) - math.log(i + 1) for i in weights.nd.tolist()]
        weights.div(weights.sum())
        self.mueff = m = weights.sum() ** 2 / torch.pow(weights, 2).sum()
        self.weights = weights.typeAs(x)
        self.mu = weights.nd.size
        self.cc = (4 + m / n) / (n + 4 + 2 * m / n)
        self.cs = (m + 2) / (n + m + 5)
        self.c1 = 2 / ((n + 1.3) ** 2 + m)
        self.cmu = min(1 - self.c1, 2 * (m - 2 + 1 / m) / ((n + 2) ** 2 + m))
        self.damps = 2 * m / self.lam + 0.3 + self.cs
        zeros, eye = torch.zeros(n).typeAs(x), torch.eye(n).typeAs(x)
        self.pc, self.ps = zeros.clone(), zeros.clone()
        self.B, self.C, self.invsqrtC = eye.clone(), eye.clone(), eye.clone()
        self.D = zeros.clone().fill(1)
        self.candidates = torch.Tensor(int(self.lam), n).typeAs(x)
        self.evaluations = self.decomposed = 0

    def ask(self) -> Any:
        """Draw λ candidates: mean + σ·B·D·normal."""
        if self.evaluations - self.decomposed > self.lam / (self.c1 + self.cmu) / self.n / 10:
            self.decomposed = self.evaluations
            self.C = torch.triu(self.C) + torch.triu(self.C, 1).t()
            d, self.B = torch.symeig(self.C, "V")
            self.D = torch.sqrt(d)
            inverse = torch.diag(torch.pow(self.D, -1))
            self.invsqrtC = self.B * inverse * self.B.t()
        for k in range(1, int(self.lam) + 1):
            z = self.D.clone().normal(0, 1).cmul(self.D)
            self.candidates.select(1, k).copy(torch.add(self.mean, (self.B * z) * self.sigma))
        return self.candidates

    def tell(self, order: Any) -> Any:
        """Move towards the best candidates, whose places `order` gives; the best one."""
        self.evaluations += self.lam
        old = self.mean.clone()
        best = self.candidates.index(1, order.narrow(1, 1, self.mu))
        self.mean.zero().addmv(best.t(), self.weights)
        y = self.mean - old
        c = (self.cs * (2 - self.cs) * self.mueff) ** 0.5 / self.sigma
        self.ps = self.ps - self.ps * self.cs + (self.invsqrtC * y) * c
        spread = torch.pow(self.ps, 2).sum()
        fresh = 1 - (1 - self.cs) ** (2 * self.evaluations / self.lam)
        hsig = 1.0 if spread / fresh / self.n < 2 + 4 / (self.n + 1) else 0.0
        c = (self.cc * (2 - self.cc) * self.mueff) ** 0.5 / self.sigma
        self.pc = self.pc - self.pc * self.cc + y * c * hsig
        self._adapt(best, old, hsig)
        self.sigma *= math.exp(min(0.6, (self.cs / self.damps) * (spread / self.n - 1) / 2))
        return best.select(1, 1)

    def _adapt(self, best: Any, old: Any, hsig: float) -> None:
        """C ← (1 − c1 − cμ)·C + c1·pc·pcᵀ + cμ·Σ wₖ·dₖ·dₖᵀ / σ², with d = candidate − old mean."""
        d = best.nd.astype(np.float64) - old.nd.astype(np.float64)
        w, p = self.weights.nd.astype(np.float64), self.pc.nd.astype(np.float64)
        products = (w[:, None] * d)[:, :, None] * d[:, None, :]
        rank_mu = products.sum(0) / self.sigma**2
        c1a = self.c1 - (1 - hsig**2) * self.c1 * self.cc * (2 - self.cc)
        C = self.C.nd.astype(np.float64)
        change = (-c1a - self.cmu) * C + self.c1 * p[:, None] * p + self.cmu * rank_mu
        self.C.nd[...] = C + change

    def reasons(self, values: Any, most: float, target: Any) -> dict[str, float]:
        """Why to stop, by name."""
        found: dict[str, float] = {}
        if self.evaluations == 0:
            return found
        largest, smallest = self.D.max(), self.D.min()
        f = values.nd
        if self.evaluations >= most:
            found["evals"] = most
        if target is not None and f[0] <= target:
            found["ftarget"] = target
        if largest > 1e7 * smallest:
            found["condition"] = 1e7
        if f.size > 1 and f[-1] - f[0] < 1e-12:
            found["tolfun"] = 1e-12
        if self.sigma * largest < 1e-11:
            found["tolx"] = 1e-11
        return found

    def show(self, every: float, value: float) -> None:
        """Print the progress of every so many iterations, 0 for none."""
        if every == 0:
            return
        iteration = self.evaluations / self.lam
        if iteration == 1 or iteration % (10 * every) == 0:
            console.show("evals:\t ax-ratio max(std)   f-value")
        if iteration <= 2 or iteration % every == 0:
            deviation = math.sqrt(torch.max(torch.diag(self.C)))
            ratio = self.D.max() / self.D.min()
            shown = lua_format(" %6.1f %8.1e ", ratio, self.sigma * deviation)
            console.show(f"{tostring(self.evaluations)}: {shown}{tostring(value)}")


@optimiser
def cmaes(opfunc: Any, x: Any, config: Fields, state: Fields) -> Any:
    """CMA-ES, an evolution strategy that adapts its covariance matrix; needs no gradient.

    `optim.cmaes(opfunc, x, config, state)` → the best point (a vector), {f(x), best f of each
    iteration, best f of all}, evaluations. x itself stays.

    Settings: sigma (first step size), verb_disp (print every so many iterations, 0 never), both
    required; maxEval 1e3·N², ftarget (stop at this value), popsize 4 + ⌊3·log N⌋, min_iterations 1.
    Candidates come from the default generator. Source: N. Hansen, "The CMA evolution strategy".
    """
    if x.nd.dtype.kind != "f":
        raise TorchError(
            f"Unsupported Tensor {typename(x)} please use Float- or DoubleTensor for x"
        )
    sigma = _needed(state, "sigma", "perform arithmetic on upvalue")
    every = _needed(state, "verb_disp", "perform arithmetic on local")
    d = Distribution(x, sigma, state.get("popsize"))
    most, target = state.get("maxEval", 1e3 * d.n**2), state.get("ftarget")
    least = state.get("min_iterations", 1)
    history = [first(opfunc(x))]
    values = torch.Tensor(int(d.lam))
    best = best_value = None
    best_at = iteration = 0
    while not d.reasons(values, most, target) or iteration < least:
        iteration += 1
        candidates = d.ask()
        for i in range(1, int(d.lam) + 1):
            values[i] = first(opfunc(candidates.select(1, i).viewAs(x)))
        values, order = torch.sort(values)
        point, value = d.tell(order), values[1]
        history.append(value)
        if best_value is None or value < best_value:
            best, best_value, best_at = point.clone(), value, d.evaluations
        d.show(every, value)
    if every > 0:
        for name, limit in d.reasons(values, most, target).items():
            console.show("termination by", name, "=", limit)
        console.show("best f-value =", best_value)
        console.show("solution = ")
        console.show(best)
        found = best_at / d.lam
        console.show("best found at iteration: ", found, " , total iterations: ", iteration)
    return best, new_table([*history, best_value]), d.evaluations


@optimiser
def de(opfunc: Any, x: Any, config: Fields, state: Fields) -> Any:
    """Differential evolution; needs no gradient.

    `optim.de(opfunc, x, config)` → the best point (a vector), the vector of all values. x gives the
    type and the number of parameters and stays.

    Settings: scaleFactor (0.4 … 1), crossoverRate (0.1 … 0.9), maxFEs (evaluations), all required;
    popsize 10·D, minRegion −30, maxRegion 30 (where the population begins). It draws from a
    generator of its own, seeded with 1. As in the original the best point is at first the *worst*
    of the population, until a child beats it. Source: Storn and Price 1997.
    """
    d = x.nd.size
    count = int(config.get("popsize", 10 * d))
    factor = _needed(config, "scaleFactor", "perform arithmetic on local")
    rate = _needed(config, "crossoverRate", "compare number with")
    most = _needed(config, "maxFEs", "compare number with")
    if count < 3:
        raise TorchError("optim.de: a population of 3 or more is needed")
    generator = Generator()
    torch.manualSeed(generator, 1)
    values, population = x.new(most), x.new(count, d)
    children, fitness, born = x.new(count, d), x.new(count), x.new(count)
    population.uniform(generator, config.get("minRegion", -30), config.get("maxRegion", 30))
    done = 0
    for i in range(1, count + 1):
        fitness[i] = first(opfunc(population.select(1, i)))
        done += 1
        values[done] = fitness[i]
    top = int(fitness.nd.argmax())
    best_value, best = fitness[top + 1], x.new(d).copy(population.select(1, top + 1))
    while done + 1 < most:
        for i in range(1, count + 1):
            _cross(children.nd[i - 1], population.nd, best.nd, i, (factor, rate), generator)
            born[i] = first(opfunc(children.select(1, i)))
            done += 1
            values[done] = born[i]
        for i in range(1, count + 1):
            if born[i] <= fitness[i]:
                population.select(1, i).copy(children.select(1, i))
                fitness[i] = born[i]
                if born[i] < best_value:
                    best_value = born[i]
                    best.copy(children.select(1, i))
    return best, values


def _cross(
    child: np.ndarray,
    population: np.ndarray,
    best: np.ndarray,
    i: int,
    how: tuple[float, float],
    generator: Generator,
) -> None:
    """Make child i of its parent, the best and the difference of two others (places from 1)."""
    count, d = population.shape
    factor, rate = how
    one = two = i
    while one == i:
        one = torch.random(generator, 1, count)
    while two in (i, one):
        two = torch.random(generator, 1, count)
    sure = torch.random(generator, 1, d)
    for j in range(d):
        if torch.uniform(generator, 0, 1) < rate or i == sure:
            difference = float(population[one - 1, j]) - float(population[two - 1, j])
            child[j] = float(best[j]) + factor * difference
        else:
            child[j] = population[i - 1, j]
