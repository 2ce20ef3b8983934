"""`unsup.UnsupTrainer`: stochastic gradient descent on unsup's modules, with the diagonal of the
Hessian if asked for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import th7shell.torch.console as console
from th7shell.lua import Table, TorchError, new_table, send, tostring
from th7shell.lua.arithmetic import truth
from th7shell.torch.classes import TorchClass

__plays_lua__ = True


class UnsupTrainer(Table, metaclass=TorchClass, name="unsup.UnsupTrainer", arguments="module data"):
    """Training without targets of its own: data[i] is {input, target}.

    `train{eta=, maxiter=, etadecay=0, statinterval=maxiter/100, etadecayinterval=, hessian=false,
    hessianinterval=, hessiansamples=500, minhessian=0.02, maxhessian=1/minhessian}`. Functions
    hookSample(trainer, i, sample, results) and hookEpoch(trainer, epoch) may be set.

    Source: koraykv/unsup.
    """

    ddeltax: Any = None
    hookSample: Any = None
    hookEpoch: Any = None

    def __post_init__(self) -> None:
        found = send(self.module, "getParameters")
        self.parameters = new_table(found if found.__class__ is tuple else (found,))

    def train(self, params: Any = None, *_: Any) -> Any:
        """Train on data[1] … data[maxiter]."""
        most, eta = params["maxiter"], params["eta"]
        every = _given(params["statinterval"], math.ceil(most / 100))
        decay, decay_every = (
            _given(params["etadecay"], 0),
            _given(params["etadecayinterval"], every),
        )
        hessian, hessian_every = params["hessian"], _given(params["hessianinterval"], every)
        if not truth(hessian):
            self.parameters[3] = None
        error = 0
        for age in range(1, int(most) + 1):
            if truth(hessian) and (age - 1) % hessian_every == 0:
                console.show("Computing Hessian")
                params["di"] = age
                send(self, "computeDiagHessian", params)
                console.show("done")
            sample = self.data[age]
            results = send(self, "trainSample", sample, eta)
            error += results[1]
            if self.hookSample is not None:
                self.hookSample(self, age, sample, results)
            if age % every == 0:
                if self.hookEpoch is not None:
                    self.hookEpoch(self, age / every)
                words = ("# iter= ", age, " eta= ", eta, " current error= ", error)
                console.show("".join(map(tostring, words)))
                eta = params["eta"] / (1 + (age / decay_every) * decay)
                error = 0
        return ()

    def computeDiagHessian(self, params: Any = None, *_: Any) -> Any:
        """Put the mean of the diagonals over samples, within bounds, into the third parameter."""
        samples = _given(params["hessiansamples"], 500)
        least = _given(params["minhessian"], 0.02)
        most = _given(params["maxhessian"], 1 / least)
        console.show(f"Min Hessian={tostring(least)} Max Hessian={tostring(most)}")
        _x, dx, ddx = (self.parameters[i] for i in (1, 2, 3))
        if self.ddeltax is None:
            self.ddeltax = ddx.new().resizeAs(ddx)
        mean = self.ddeltax.zero()
        for i in range(1, int(samples) + 1):
            sample = self.data[params["di"] + i]
            input, target = sample[1], sample[2]
            send(self.module, "updateOutput", input, target)
            dx.zero()
            send(self.module, "updateGradInput", input, target)
            send(self.module, "accGradParameters", input, target)
            ddx.zero()
            send(self.module, "updateDiagHessianInput", input, target)
            send(self.module, "accDiagHessianParameters", input, target)
            if ddx.min() < 0:
                raise TorchError("Negative ddx")
            mean.add(1 / samples, ddx)
        _say_range(mean)
        np.clip(mean.nd, least, most, out=mean.nd)
        _say_range(mean)
        ddx.copy(mean)
        return ()

    def trainSample(self, ex: Any = None, eta: Any = None, *_: Any) -> Any:
        """One step on a sample; a table of what the module's updateOutput gave."""
        module, input, target = self.module, ex[1], ex[2]
        x, dx, ddx = (self.parameters[i] for i in (1, 2, 3))
        found = send(module, "updateOutput", input, target)
        results = new_table(found if found.__class__ is tuple else (found,))
        dx.zero()
        send(module, "updateGradInput", input, target)
        send(module, "accGradParameters", input, target)
        if dx.max() > 100 or dx.min() < -100:
            console.show(f"oops large dx {tostring(dx.max())} {tostring(dx.min())}")
        _check("dx", dx)
        if ddx is None:
            x.add(-eta, dx)
        else:
            x.addcdiv(-eta, dx, ddx)
        _check("x", x)
        send(module, "normalize")
        _check("x norm", x)
        return results


def _given(value: Any, default: Any) -> Any:
    return default if value is None or value is False else value


def _say_range(t: Any) -> None:
    console.show(f"ddeltax : min/max = {tostring(t.min())}/{tostring(t.max())}")


def _check(name: str, t: Any) -> None:
    if np.isnan(t.nd).any():
        console.show(f"oops nan {name}")
        raise TorchError(f"oops nan {name}")


CLASSES = (UnsupTrainer,)
