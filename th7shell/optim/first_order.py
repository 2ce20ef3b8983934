"""Methods that use one gradient a step: sgd nag adam adamax adagrad adadelta rmsprop rprop asgd.

x: a tensor of any shape, changed in place. Each function's page gives its update with g = df/dx and
its settings
with their defaults. State tensors have the names and meanings of the original, so saved states
carry over.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from th7shell.lua import TorchError, new_table
from th7shell.torch.fused import add_multiple
from th7shell.torch.tensor import wrap

from .parts import in_parts
from .settings import Fields, evaluate, first_order, in_shape, like, optimiser

SGD = {
    "learningRate": 1e-3,
    "learningRateDecay": 0,
    "weightDecay": 0,
    "weightDecays": None,
    "momentum": 0,
    "dampening": None,
    "nesterov": False,
    "learningRates": None,
}
NAG = {
    "learningRate": 1e-3,
    "learningRateDecay": 0,
    "weightDecay": 0,
    "momentum": 0.9,
    "learningRates": None,
}
ADAM = {
    "learningRate": 1e-3,
    "learningRateDecay": 0,
    "weightDecay": 0,
    "beta1": 0.9,
    "beta2": 0.999,
    "epsilon": 1e-8,
}
ADAMAX = {**ADAM, "learningRate": 2e-3, "epsilon": 1e-38}
ADAGRAD = {"learningRate": 1e-3, "learningRateDecay": 0, "weightDecay": 0}
ADADELTA = {"rho": 0.9, "eps": 1e-6, "weightDecay": 0}
RMSPROP = {
    "learningRate": 1e-2,
    "alpha": 0.99,
    "epsilon": 1e-8,
    "weightDecay": 0,
    "initialMean": 0,
}
RPROP = {
    "stepsize": 0.1,
    "etaplus": 1.2,
    "etaminus": 0.5,
    "stepsizemax": 50.0,
    "stepsizemin": 1e-6,
    "niter": 1,
}


@first_order
def sgd(x: Any, gradient: Any, config: Fields, state: Fields) -> None:
    """Stochastic gradient descent: x ← x − η·v, v ← μ·v + (1−damp)·g.

    `optim.sgd(opfunc, x, config, state)` → x, {f(x)}

    Settings: learningRate 1e-3, learningRateDecay 0, weightDecay 0, weightDecays (tensor), momentum
    0 (μ),
    dampening = momentum, nesterov false, learningRates (tensor, one rate a parameter).
    Errors: nesterov needs momentum > 0 and dampening 0.

    >>> feval = lambda x: (x.dot(x), x * 2)
    >>> optim.sgd(feval, torch.ones(2), {"learningRate": 0.1, "momentum": 0.9})
    """
    rate, slower, decay, decays, momentum, dampening, nesterov, rates = config.all(SGD)
    if dampening is None:
        dampening = momentum
    if nesterov is not False and not (momentum > 0 and dampening == 0):
        raise TorchError("Nesterov momentum requires a momentum and zero dampening")
    g = gradient.nd
    decayed = scaled = velocity = fresh = None
    if decays is not None:
        if decay == 0:
            decayed = state.once("decayParameters", like, gradient).nd
            decays = decays.nd.reshape(g.shape)
        else:
            decays = None
    if momentum != 0:
        fresh = state.get("dfdx") is None
        velocity = state.once("dfdx", like, gradient).nd
    if rates is not None:
        scaled = state.once("deltaParameters", like, x).nd
        rates = rates.nd.reshape(g.shape)
    rate /= 1 + state.count("evalCounter") * slower

    def update(x: Any, g: Any, v: Any, decays: Any, decayed: Any, rates: Any, scaled: Any) -> None:
        if decays is not None:
            np.multiply(decays, x, decayed)
            np.add(g, decayed, g)
        if v is not None:
            if fresh:
                np.copyto(v, g)
            else:
                np.multiply(v, momentum, v)
                add_multiple(v, 1 - dampening, g)
            if nesterov is not False:
                add_multiple(g, momentum, v)
            else:
                g = v
        if rates is not None:
            g = np.multiply(rates, g, scaled)
        add_multiple(x, -rate, g)

    in_parts(update, x.nd, g, velocity, decays, decayed, rates, scaled, decay=decay)


@optimiser
def nag(opfunc: Any, x: Any, config: Fields, state: Fields) -> Any:
    """Nesterov's accelerated gradient: the gradient is taken at x + μ·v, then v ← μ·v − η·g, x ← x
    − η·g.

    `optim.nag(opfunc, x, config, state)` → x, {f(x)}

    Settings: learningRate 1e-3, learningRateDecay 0, weightDecay 0, momentum 0.9 (μ), learningRates
    (tensor).
    Errors: momentum must be positive. Source: Sutskever et al., ICML 2013.
    """
    rate, slower, decay, momentum, rates = config.all(NAG)
    if momentum <= 0:
        raise TorchError("Momentum must be positive for Nesterov Accelerated Gradient")
    velocity = state.get("dfdx")
    fresh = velocity is None
    if not fresh:
        velocity = in_shape(velocity, x)
        add_multiple(x.nd, momentum, velocity.nd)
    loss, gradient = evaluate(opfunc, x)
    g, scaled = gradient.nd, None
    if fresh:
        velocity = state.set("dfdx", like(gradient, 0))
    rate /= 1 + state.count("evalCounter") * slower
    if rates is not None:
        scaled = state.once("deltaParameters", like, x).nd
        rates = rates.nd.reshape(g.shape)

    def update(x: Any, g: Any, v: Any, rates: Any, scaled: Any) -> None:
        if rates is not None:
            g = np.multiply(rates, g, scaled)
        add_multiple(x, -rate, g)
        if not fresh:
            np.multiply(v, momentum, v)
        add_multiple(v, -rate, g)

    in_parts(update, x.nd, g, velocity.nd, rates, scaled, decay=decay)
    return x, new_table([loss])


def _descend(x: Any, rate: float, direction: Any, divisor: Any, room: Any) -> None:
    """x ← x − rate·direction/divisor."""
    np.multiply(direction, rate, room)
    np.divide(room, divisor, room)
    np.subtract(x, room, x)


@first_order
def adam(x: Any, gradient: Any, config: Fields, state: Fields) -> None:
    """Adam: m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², x ← x − η·√(1−β₂ᵗ)/(1−β₁ᵗ)·m/(√v + ε).

    `optim.adam(opfunc, x, config, state)` → x, {f(x)}

    Settings: learningRate 1e-3, learningRateDecay 0, beta1 0.9, beta2 0.999, epsilon 1e-8,
    weightDecay 0.
    Source: Kingma and Ba, https://arxiv.org/abs/1412.6980
    """
    rate, slower, decay, beta1, beta2, epsilon = config.all(ADAM)
    t = state.count("t")
    rate /= 1 + t * slower
    step = rate * math.sqrt(1 - beta2 ** (t + 1)) / (1 - beta1 ** (t + 1))
    m, v, denominator = (state.once(name, like, gradient, 0).nd for name in ("m", "v", "denom"))

    def update(x: Any, g: Any, m: Any, v: Any, denominator: Any, room: Any) -> None:
        np.multiply(m, beta1, m)
        add_multiple(m, 1 - beta1, g)
        np.multiply(v, beta2, v)
        np.multiply(g, 1 - beta2, denominator)
        np.multiply(denominator, g, denominator)
        np.add(v, denominator, v)
        np.sqrt(v, denominator)
        np.add(denominator, epsilon, denominator)
        _descend(x, step, m, denominator, room)

    in_parts(update, x.nd, gradient.nd, m, v, denominator, room=1, decay=decay)


@first_order
def adamax(x: Any, gradient: Any, config: Fields, state: Fields) -> None:
    """AdaMax, Adam by the infinity norm: u ← max(β₂u, |g| + ε), x ← x − η/(1−β₁ᵗ)·m/u.

    `optim.adamax(opfunc, x, config, state)` → x, {f(x)}

    Settings: learningRate 2e-3, beta1 0.9, beta2 0.999, epsilon 1e-38, weightDecay 0.
    Source: Kingma and Ba, https://arxiv.org/abs/1412.6980
    """
    rate, slower, decay, beta1, beta2, epsilon = config.all(ADAMAX)
    t = state.count("t")
    step = rate / (1 + t * slower) / (1 - beta1 ** (t + 1))
    m, u = (state.once(name, like, gradient, 0).nd for name in ("m", "u"))
    pair = state.once("max", _pair, gradient).nd.reshape(2, *u.shape)

    def update(x: Any, g: Any, m: Any, u: Any, one: Any, other: Any, room: Any) -> None:
        np.multiply(m, beta1, m)
        add_multiple(m, 1 - beta1, g)
        np.multiply(u, beta2, one)
        np.abs(g, other)
        np.add(other, epsilon, other)
        np.maximum(one, other, out=u)
        _descend(x, step, m, u, room)

    in_parts(update, x.nd, gradient.nd, m, u, *pair, room=1, decay=decay)


def _pair(gradient: Any) -> Any:
    """Room for two candidates of the maximum."""
    return wrap(np.zeros((2, *gradient.nd.shape), gradient.nd.dtype), gradient)


@first_order
def adagrad(x: Any, gradient: Any, config: Fields, state: Fields) -> None:
    """Adagrad: s ← s + g², x ← x − η·g/(√s + 1e-10).

    `optim.adagrad(opfunc, x, config, state)` → x, {f(x)}

    Settings: learningRate 1e-3, learningRateDecay 0, weightDecay 0. Source: Duchi, Hazan and
    Singer, JMLR 2011.
    """
    rate, slower, decay = config.all(ADAGRAD)
    rate /= 1 + state.count("evalCounter") * slower
    variance = state.once("paramVariance", like, gradient, 0).nd
    deviation = state.once("paramStd", like, gradient).nd

    def update(x: Any, g: Any, variance: Any, deviation: Any, room: Any) -> None:
        np.multiply(g, g, room)
        np.add(variance, room, variance)
        np.sqrt(variance, deviation)
        np.add(deviation, 1e-10, deviation)
        _descend(x, rate, g, deviation, room)

    in_parts(update, x.nd, gradient.nd, variance, deviation, room=1, decay=decay)


@first_order
def adadelta(x: Any, gradient: Any, config: Fields, state: Fields) -> None:
    """Adadelta: s ← ρs + (1−ρ)g², δ = g·√(a+ε)/√(s+ε), x ← x − δ, a ← ρa + (1−ρ)δ².

    `optim.adadelta(opfunc, x, config, state)` → x, {f(x)}

    Settings: rho 0.9, eps 1e-6, weightDecay 0. Source: Zeiler, https://arxiv.org/abs/1212.5701
    """
    rho, eps, decay = config.all(ADADELTA)
    state.count("evalCounter")
    names = ("paramVariance", "paramStd", "delta", "accDelta")
    kept = [state.once(name, like, gradient, 0).nd for name in names]

    def update(
        x: Any, g: Any, variance: Any, deviation: Any, delta: Any, total: Any, room: Any
    ) -> None:
        np.multiply(variance, rho, variance)
        np.multiply(g, 1 - rho, delta)
        np.multiply(delta, g, delta)
        np.add(variance, delta, variance)
        np.add(variance, eps, deviation)
        np.sqrt(deviation, deviation)
        np.add(total, eps, delta)
        np.sqrt(delta, delta)
        np.divide(delta, deviation, delta)
        np.multiply(delta, g, delta)
        np.subtract(x, delta, x)
        np.multiply(total, rho, total)
        np.multiply(delta, 1 - rho, room)
        np.multiply(room, delta, room)
        np.add(total, room, total)

    in_parts(update, x.nd, gradient.nd, *kept, room=1, decay=decay)


@first_order
def rmsprop(x: Any, gradient: Any, config: Fields, state: Fields) -> None:
    """RMSprop: m ← α·m + (1−α)g², x ← x − η·g/(√m + ε).

    `optim.rmsprop(opfunc, x, config, state)` → x, {f(x)}

    Settings: learningRate 1e-2, alpha 0.99, epsilon 1e-8, weightDecay 0, initialMean 0 (first value
    of m).
    Source: Tieleman and Hinton, Coursera lecture 6.5, 2012.
    """
    rate, alpha, epsilon, decay, initial = config.all(RMSPROP)
    mean = state.once("m", like, gradient, initial).nd
    root = state.once("tmp", like, gradient).nd

    def update(x: Any, g: Any, mean: Any, root: Any, room: Any) -> None:
        np.multiply(mean, alpha, mean)
        np.multiply(g, 1 - alpha, room)
        np.multiply(room, g, room)
        np.add(mean, room, mean)
        np.sqrt(mean, root)
        np.add(root, epsilon, root)
        _descend(x, rate, g, root, room)

    in_parts(update, x.nd, gradient.nd, mean, root, room=1, decay=decay)


@optimiser
def rprop(opfunc: Any, x: Any, config: Fields, state: Fields) -> Any:
    """Rprop: each parameter's step grows while its gradient keeps its sign and shrinks when it
    turns.

    `optim.rprop(opfunc, x, config, state)` → x, {f(x), …} (niter values)

    Settings: stepsize 0.1, etaplus 1.2, etaminus 0.5, stepsizemax 50, stepsizemin 1e-6, niter 1.
    Source: Riedmiller and Braun, 1993.
    """
    first, plus, minus, most, least, count = config.all(RPROP)
    losses = []

    def update(
        x: Any,
        g: Any,
        before: Any,
        steps: Any,
        sign: Any,
        rising: Any,
        turned: Any,
        still: Any,
        short: Any,
        factor: Any,
    ) -> None:
        np.multiply(g, before, sign)
        np.greater(sign, 0, rising)
        np.less(sign, 0, turned)
        np.equal(sign, 0, still)
        factor.fill(1)
        np.putmask(factor, rising, plus)
        np.putmask(factor, turned, minus)
        np.multiply(steps, factor, steps)
        np.minimum(steps, most, out=steps)
        np.less(steps, least, short)
        np.maximum(steps, least, out=steps)
        np.putmask(g, turned, 0)
        np.sign(g, sign)
        np.multiply(sign, steps, factor)
        np.subtract(x, factor, x)
        np.copyto(before, g)

    for _ in range(count):
        loss, gradient = evaluate(opfunc, x)
        losses.append(loss)
        g = gradient.nd
        kept = [state.once("delta", like, gradient, 0).nd]
        kept.append(state.once("stepsize", like, gradient, first).nd)
        kept.append(state.once("sign", like, gradient).nd)
        for name in ("psign", "nsign", "zsign", "dminmax"):
            mask = in_shape(state.once(name, gradient.kin["Byte"], *g.shape), gradient)
            kept.append(mask.nd.view(np.bool_))
        in_parts(update, x.nd, g, *kept, room=1)
    return x, new_table(losses)


@optimiser
def asgd(opfunc: Any, x: Any, config: Fields, state: Fields) -> Any:
    """Averaged SGD: x ← (1−λη)x − η·g, a ← a + μ(x − a), η = η₀/(1+λη₀t)^α, μ = 1/max(1, t−t₀).

    `optim.asgd(opfunc, x, config, state)` → x, {f(x)}, a (the averaged x)

    Settings: eta0 1e-4, lambda 1e-4, alpha 0.75, t0 1e6. Source: Bottou's sgd-2.0; Polyak and
    Juditsky, 1992.
    """
    defaults = {"eta0": 1e-4, "lambda": 1e-4, "alpha": 0.75, "t0": 1e6}
    eta0, shrink, alpha, t0 = (config.once(k, float, v) for k, v in defaults.items())
    rate = state.get("eta_t", eta0)
    weight = state.get("mu_t", 1)
    loss, gradient = evaluate(opfunc, x)
    average = state.once("ax", like, x, 0)
    difference = state.once("tmp", like, x).nd

    def update(x: Any, g: Any, average: Any, difference: Any) -> None:
        np.multiply(x, 1 - shrink * rate, x)
        add_multiple(x, -rate, g)
        if weight != 1:
            np.subtract(x, average, difference)
            np.multiply(difference, weight, difference)
            np.add(average, difference, average)
        else:
            np.copyto(average, x)

    in_parts(update, x.nd, gradient.nd, average.nd, difference)
    steps = state.count("t") + 1
    state.set("eta_t", eta0 / (1 + shrink * eta0 * steps) ** alpha)
    state.set("mu_t", 1 / max(1, steps - t0))
    return x, new_table([loss]), average
