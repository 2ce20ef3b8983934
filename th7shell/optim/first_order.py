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

from .settings import Fields, decay, evaluate, first_order, in_shape, like, optimiser


def decayed_rate(config: Fields, steps: int, default: float = 1e-3) -> float:
    """learningRate / (1 + steps · learningRateDecay)."""
    return config.get("learningRate", default) / (1 + steps * config.get("learningRateDecay", 0))


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
    momentum = config.get("momentum", 0)
    dampening = config.get("dampening", momentum)
    nesterov = config.get("nesterov", False)
    if nesterov is not False and not (momentum > 0 and dampening == 0):
        raise TorchError("Nesterov momentum requires a momentum and zero dampening")
    decays = config.get("weightDecays")
    g = gradient.nd
    if config.get("weightDecay", 0) == 0 and decays is not None:
        scratch = state.once("decayParameters", like, gradient).nd
        np.multiply(decays.nd.reshape(g.shape), x.nd, out=scratch)
        g += scratch
    if momentum != 0:
        velocity = state.get("dfdx")
        if velocity is None:
            velocity = state.set("dfdx", like(gradient))
            velocity.nd[...] = g
        else:
            velocity = in_shape(velocity, gradient)
            v = velocity.nd
            v *= momentum
            add_multiple(v, 1 - dampening, g)
        if nesterov is not False:
            add_multiple(g, momentum, velocity.nd)
        else:
            g = velocity.nd
    rate = decayed_rate(config, state.count("evalCounter"))
    move(x, g, rate, config, state)


def move(x: Any, g: np.ndarray, rate: float, config: Fields, state: Fields) -> np.ndarray:
    """x ← x − rate·g, each parameter's own rate (`learningRates`) counted in; returns the scaled
    g."""
    rates = config.get("learningRates")
    if rates is not None:
        scaled = state.once("deltaParameters", like, x).nd
        np.multiply(rates.nd.reshape(g.shape), g, out=scaled)
        g = scaled
    add_multiple(x.nd, -rate, g)
    return g


@optimiser
def nag(opfunc: Any, x: Any, config: Fields, state: Fields) -> Any:
    """Nesterov's accelerated gradient: the gradient is taken at x + μ·v, then v ← μ·v − η·g, x ← x
    − η·g.

    `optim.nag(opfunc, x, config, state)` → x, {f(x)}

    Settings: learningRate 1e-3, learningRateDecay 0, weightDecay 0, momentum 0.9 (μ), learningRates
    (tensor).
    Errors: momentum must be positive. Source: Sutskever et al., ICML 2013.
    """
    momentum = config.get("momentum", 0.9)
    if momentum <= 0:
        raise TorchError("Momentum must be positive for Nesterov Accelerated Gradient")
    velocity = state.get("dfdx")
    if velocity is not None:
        velocity = in_shape(velocity, x)
        add_multiple(x.nd, momentum, velocity.nd)
    loss, gradient = evaluate(opfunc, x)
    g = gradient.nd
    decay(x, gradient, config)
    if velocity is None:
        velocity = state.set("dfdx", like(gradient, 0))
    else:
        velocity.nd[...] *= momentum
    rate = decayed_rate(config, state.count("evalCounter"))
    add_multiple(velocity.nd, -rate, move(x, g, rate, config, state))
    return x, new_table([loss])


def moment_step(
    config: Fields, state: Fields, gradient: Any, default_rate: float, second: str
) -> tuple[np.ndarray, np.ndarray, float]:
    """What adam and adamax share: the first moment m, the buffer of the second, and the decayed
    rate."""
    beta1 = config.get("beta1", 0.9)
    step = decayed_rate(config, state.get("t", 0), default_rate)
    state.count("t")
    m = state.once("m", like, gradient, 0).nd
    other = state.once(second, like, gradient, 0).nd
    m *= beta1
    add_multiple(m, 1 - beta1, gradient.nd)
    return m, other, step


@first_order
def adam(x: Any, gradient: Any, config: Fields, state: Fields) -> None:
    """Adam: m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², x ← x − η·√(1−β₂ᵗ)/(1−β₁ᵗ)·m/(√v + ε).

    `optim.adam(opfunc, x, config, state)` → x, {f(x)}

    Settings: learningRate 1e-3, learningRateDecay 0, beta1 0.9, beta2 0.999, epsilon 1e-8,
    weightDecay 0.
    Source: Kingma and Ba, https://arxiv.org/abs/1412.6980
    """
    beta2 = config.get("beta2", 0.999)
    m, v, step = moment_step(config, state, gradient, 1e-3, "v")
    denominator = state.once("denom", like, gradient, 0).nd
    v *= beta2
    np.multiply(gradient.nd, 1 - beta2, out=denominator)
    denominator *= gradient.nd
    v += denominator
    np.sqrt(v, out=denominator)
    denominator += config.get("epsilon", 1e-8)
    t = state.get("t")
    step = step * math.sqrt(1 - beta2**t) / (1 - config.get("beta1", 0.9) ** t)
    x.nd[...] -= step * m / denominator


@first_order
def adamax(x: Any, gradient: Any, config: Fields, state: Fields) -> None:
    """AdaMax, Adam by the infinity norm: u ← max(β₂u, |g| + ε), x ← x − η/(1−β₁ᵗ)·m/u.

    `optim.adamax(opfunc, x, config, state)` → x, {f(x)}

    Settings: learningRate 2e-3, beta1 0.9, beta2 0.999, epsilon 1e-38, weightDecay 0.
    Source: Kingma and Ba, https://arxiv.org/abs/1412.6980
    """
    m, u, step = moment_step(config, state, gradient, 2e-3, "u")
    pair = state.once("max", _pair, gradient).nd.reshape(2, *u.shape)
    np.multiply(u, config.get("beta2", 0.999), out=pair[0])
    np.abs(gradient.nd, out=pair[1])
    pair[1] += config.get("epsilon", 1e-38)
    np.maximum(pair[0], pair[1], out=u)
    step /= 1 - config.get("beta1", 0.9) ** state.get("t")
    x.nd[...] -= step * m / u


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
    g = gradient.nd
    rate = decayed_rate(config, state.count("evalCounter"))
    variance = state.once("paramVariance", like, gradient, 0).nd
    deviation = state.once("paramStd", like, gradient).nd
    variance += g * g
    np.sqrt(variance, out=deviation)
    deviation += 1e-10
    x.nd[...] -= rate * g / deviation


@first_order
def adadelta(x: Any, gradient: Any, config: Fields, state: Fields) -> None:
    """Adadelta: s ← ρs + (1−ρ)g², δ = g·√(a+ε)/√(s+ε), x ← x − δ, a ← ρa + (1−ρ)δ².

    `optim.adadelta(opfunc, x, config, state)` → x, {f(x)}

    Settings: rho 0.9, eps 1e-6, weightDecay 0. Source: Zeiler, https://arxiv.org/abs/1212.5701
    """
    rho, eps, g = config.get("rho", 0.9), config.get("eps", 1e-6), gradient.nd
    state.count("evalCounter")
    names = ("paramVariance", "paramStd", "delta", "accDelta")
    variance, deviation, delta, accumulated = (
        state.once(name, like, gradient, 0).nd for name in names
    )
    variance *= rho
    variance += (1 - rho) * g * g
    np.sqrt(variance + eps, out=deviation)
    np.sqrt(accumulated + eps, out=delta)
    delta /= deviation
    delta *= g
    x.nd[...] -= delta
    accumulated *= rho
    accumulated += (1 - rho) * delta * delta


@first_order
def rmsprop(x: Any, gradient: Any, config: Fields, state: Fields) -> None:
    """RMSprop: m ← α·m + (1−α)g², x ← x − η·g/(√m + ε).

    `optim.rmsprop(opfunc, x, config, state)` → x, {f(x)}

    Settings: learningRate 1e-2, alpha 0.99, epsilon 1e-8, weightDecay 0, initialMean 0 (first value
    of m).
    Source: Tieleman and Hinton, Coursera lecture 6.5, 2012.
    """
    alpha, g = config.get("alpha", 0.99), gradient.nd
    mean = state.once("m", like, gradient, config.get("initialMean", 0)).nd
    root = state.once("tmp", like, gradient).nd
    mean *= alpha
    mean += (1 - alpha) * g * g
    np.sqrt(mean, out=root)
    root += config.get("epsilon", 1e-8)
    x.nd[...] -= config.get("learningRate", 1e-2) * g / root


@optimiser
def rprop(opfunc: Any, x: Any, config: Fields, state: Fields) -> Any:
    """Rprop: each parameter's step grows while its gradient keeps its sign and shrinks when it
    turns.

    `optim.rprop(opfunc, x, config, state)` → x, {f(x), …} (niter values)

    Settings: stepsize 0.1, etaplus 1.2, etaminus 0.5, stepsizemax 50, stepsizemin 1e-6, niter 1.
    Source: Riedmiller and Braun, 1993.
    """
    losses = []
    for _ in range(config.get("niter", 1)):
        loss, gradient = evaluate(opfunc, x)
        losses.append(loss)
        g = gradient.nd
        previous = state.once("delta", like, gradient, 0).nd
        steps = state.once("stepsize", like, gradient, config.get("stepsize", 0.1)).nd
        sign = state.once("sign", like, gradient).nd
        masks = {
            name: in_shape(state.once(name, gradient.kin["Byte"], *g.shape), gradient).nd
            for name in ("psign", "nsign", "zsign", "dminmax")
        }
        np.sign(g * previous, out=sign)
        masks["psign"][...], masks["nsign"][...], masks["zsign"][...] = (
            sign > 0,
            sign < 0,
            sign == 0,
        )
        turned = sign < 0
        factor = np.where(sign > 0, config.get("etaplus", 1.2), 1.0)
        factor[turned] = config.get("etaminus", 0.5)
        steps *= factor
        np.minimum(steps, config.get("stepsizemax", 50.0), out=steps)
        least = config.get("stepsizemin", 1e-6)
        masks["dminmax"][...] = steps < least
        np.maximum(steps, least, out=steps)
        g[turned] = 0
        np.sign(g, out=sign)
        x.nd[...] -= sign * steps
        previous[...] = g
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
    x.nd[...] *= 1 - shrink * rate
    add_multiple(x.nd, -rate, gradient.nd)
    average = state.once("ax", like, x, 0)
    difference = state.once("tmp", like, x).nd
    if weight != 1:
        np.subtract(x.nd, average.nd, out=difference)
        difference *= weight
        average.nd[...] += difference
    else:
        average.nd[...] = x.nd
    steps = state.count("t") + 1
    state.set("eta_t", eta0 / (1 + shrink * eta0 * steps) ** alpha)
    state.set("mu_t", 1 / max(1, steps - t0))
    return x, new_table([loss]), average
