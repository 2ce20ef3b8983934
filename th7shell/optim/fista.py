"""FISTA: minimise a smooth plus a simple non-smooth function, with backtracking."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import th7shell.torch.console as console
from th7shell.lua import Table, TorchError, first, lua_type, new_table
from th7shell.lua.stdlib.string_format import format as lua_format
from th7shell.torch.namespace import TORCH as torch
from th7shell.torch.tensor import Tensor

from .settings import Fields, evaluate


def FistaLS(
    f: Any = None, g: Any = None, pl: Any = None, xinit: Any = None, params: Any = None, *_: Any
) -> Any:
    """Minimise f(x) + g(x), f smooth, by FISTA or ISTA with a backtracking line search.

    `optim.FistaLS(f, g, pl, x, params)` → y, history

    f(y, 'dx') returns f and its gradient, f(y) needs only f; g(y) returns the non-smooth part;
    pl(z, L) moves z, in place, to the minimum of g + L/2·|· − z|². x gives the size: the search
    begins at zero, and x holds the solution at the end.

    params: L 0.1 (1 / step; the last one is left there), Lstep 1.5, maxiter 50, maxline 20,
    errthres 1e-4, doFistaUpdate (true: FISTA, else ISTA), verbose. xkm, y and ply are kept there.
    History: for each iteration nline, L, F, Fply, Gply, Q (xk and y too if verbose).
    Source: Beck and Teboulle 2009.
    """
    for position, function in enumerate((f, g, pl), 1):
        if not callable(function):
            raise TorchError(
                f"optim.FistaLS: argument {position} must be a function, got {lua_type(function)}"
            )
    if not isinstance(xinit, Tensor):
        raise TorchError(f"optim.FistaLS: argument 4 must be a tensor, got {lua_type(xinit)}")
    if params is not None and not isinstance(params, Table | dict):
        raise TorchError(f"optim.FistaLS: argument 5 must be a table, got {lua_type(params)}")
    settings = Fields(new_table() if params is None else params)
    return _Search(f, g, pl, xinit, settings).run()


class _Search:
    """One run: xk is the iterate, xkm the one before, y where the next step begins."""

    def __init__(self, f: Any, g: Any, pl: Any, x: Any, settings: Fields) -> None:
        self.f, self.g, self.pl, self.xk, self.settings = f, g, pl, x, settings
        self.xkm, self.y, self.ply = (
            settings.once(name, torch.Tensor).resizeAs(x).zero() for name in ("xkm", "y", "ply")
        )
        self.L: float = settings.get("L", 0.1)
        self.verbose = settings.get("verbose")

    def run(self) -> Any:
        """Iterate until F changes by no more than errthres."""
        settings = self.settings
        history, before, momentum = new_table(), math.inf, 1.0
        first(self.g(self.y))
        for iteration in range(1, int(settings.get("maxiter", 50)) + 1):
            lines, q = self._step()
            momentum = self._move(momentum)
            smooth, rest = first(self.f(self.y)), first(self.g(self.y))
            value = smooth + rest
            if self.verbose:
                _say("iter=%d eold=%g enew=%g", iteration - 1, before, value)
            fields = {"nline": lines, "L": self.L, "F": value, "Fply": smooth, "Gply": rest, "Q": q}
            if self.verbose:
                fields |= {"xk": self.xk.clone(), "y": self.y.clone()}
            history[iteration] = new_table((), fields)
            settings.set("L", self.L)
            if iteration > 1 and abs(value - before) <= settings.get("errthres", 1e-4):
                break
            before = value
        if not history[1]:
            raise TorchError("not supposed to be here")
        self.xk.copy(self.y)
        return self.y, history

    def _step(self) -> tuple[int, float]:
        """Step from y, with L raised until the quadratic model bounds f → searches, the model."""
        y, ply = self.y, self.ply
        raised: float = self.settings.get("Lstep", 1.5)
        fy, gradient = evaluate(_with_gradient(self.f), y)
        lines = 0
        while True:
            ply.copy(y).add(-1 / self.L, gradient)
            self.pl(ply, self.L)
            self.xk.copy(ply)
            value = first(self.f(ply))
            ply.add(-1, y)
            q2, q3 = gradient.dot(ply), self.L / 2 * ply.dot(ply)
            q = fy + q2 + q3
            if self.verbose:
                words = "nline=%d L=%g fply=%g Q=%g fy=%g Q2=%g Q3=%g"
                _say(words, lines, self.L, value, q, fy, q2, q3)
            lines += 1
            if value <= q:
                return lines, q
            if lines > self.settings.get("maxline", 20):
                self.xk.copy(self.xkm)
                return lines, q
            self.L *= raised

    def _move(self, momentum: float) -> float:
        """Place y for the next step → the next momentum."""
        if not self.settings.get("doFistaUpdate"):
            self.y.copy(self.xk)
            return 0
        following = (1 + math.sqrt(1 + 4 * momentum * momentum)) / 2
        self.xkm.add(-1, self.xk)
        self.y.copy(self.xk).add((1 - momentum) / following, self.xkm)
        self.xkm.copy(self.xk)
        return following


def _with_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda y: f(y, "dx")


def _say(words: str, *numbers: float) -> None:
    console.show(lua_format(words, *numbers))
