"""`torch.test()`, and what `nn.test()`, `image.test()` and `nngraph.test()` share: they run the
package's own test file where Lua finds one (`nn/test.lua` on `package.path`), otherwise short
checks, by torch's tester, that this installation computes as it should."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from th7shell.lua import first, state

from .generators import manualSeed
from .namespace import TORCH as torch
from .namespace import namespace
from .promised import complete
from .tensor import wrap
from .tester import Tester

Checks = dict[str, Callable[[Any], None]]


def _views(t: Any) -> None:
    x = torch.range(1, 12).resize(3, 4)
    x.narrow(2, 2, 2).select(1, 1).fill(0)
    t.eq(x.select(1, 1), wrap(np.array([1.0, 0, 0, 4])))
    t.eq(x.t().contiguous().view(2, 6), wrap(x.nd.T.reshape(2, 6).copy()))


def _maths(t: Any) -> None:
    x = torch.linspace(0.1, 2, 50)
    t.eq(torch.exp(torch.log(x)), x, 1e-12)
    t.eq(torch.cmul(x, x).add(-1, torch.pow(x, 2)).abs().max(), 0, 1e-15)
    t.eq(x.sum(), float(sum(x.nd.tolist())), 1e-12)


def _products(t: Any) -> None:
    a, b = torch.rand(5, 7), torch.rand(7, 4)
    loops = [[sum(p * q for p, q in zip(row, column)) for column in b.nd.T] for row in a.nd]
    t.eq(torch.mm(a, b), wrap(np.array(loops)), 1e-12)


def _solving(t: Any) -> None:
    a, b = torch.rand(6, 6).add(torch.eye(6).mul(6)), torch.rand(6, 2)
    x, _ = torch.gesv(b, a)
    t.eq(torch.mm(a, x), b, 1e-10)
    u, s, v = torch.svd(a)
    t.eq(torch.mm(torch.mm(u, torch.diag(s)), v.t()), a, 1e-10)


def _sorting(t: Any) -> None:
    x = torch.rand(100)
    ordered, places = torch.sort(x)
    t.eq(x.index(1, places), ordered)
    t.assertle(ordered[1], ordered[100])
    t.eq(torch.max(x), ordered[100])


def _random(t: Any) -> None:
    state = torch.getRNGState()
    torch.manualSeed(123)
    t.eq(torch.uniform(), 0.69646918727085, 1e-14)
    t.eq(torch.randperm(10).sum(), 55)
    torch.setRNGState(state)


def _files(t: Any) -> None:
    x = torch.rand(3, 4).t()
    for mode in ("binary", "ascii"):
        t.eq(torch.deserialize(torch.serialize(x, mode), mode), x)


def _text(t: Any) -> None:
    shown = " 1  2\n 3  4\n[torch.DoubleTensor of size 2x2]\n"
    t.eq(str(torch.range(1, 4).resize(2, 2)), shown)


CHECKS: Checks = {
    "views": _views,
    "maths": _maths,
    "products": _products,
    "solving": _solving,
    "sorting": _sorting,
    "random": _random,
    "files": _files,
    "text": _text,
}


def self_test(package: str, checks: Checks) -> Callable[..., Any]:
    """The package's function `test`."""

    def test(names: Any = None, seed: Any = None, *_: Any) -> Any:
        """Check that the package computes as it should: `test()`, or `test(names)` for some checks.

        Runs the package's own tests if their file is on package.path (PACKAGE/test.lua), else short
        checks of ours. seed: of the random numbers. Prints a line for each check and returns the
        tester; an error is raised if one fails.
        """
        complete(torch)
        theirs = _in_file(package, test)
        if theirs is not None:
            return theirs(names, seed)
        if seed is not None:
            manualSeed(seed)
        usual = torch.getdefaulttensortype()
        torch.setdefaulttensortype("torch.DoubleTensor")
        try:
            tester = Tester()
            for name, check in checks.items():
                tester.add(lambda *_, check=check: check(tester), name)
            tester.run(names)
        finally:
            torch.setdefaulttensortype(usual)
        return tester

    return test


def _in_file(package: str, ours: Callable[..., Any]) -> Callable[..., Any] | None:
    """What the package's own test file puts in the place of our function, None without a file."""
    where = state.globals["package"]
    path = first(where.searchpath(f"{package}.test", where.path)) if where is not None else None
    if not isinstance(path, str):
        return None
    state.globals.dofile(path)
    theirs: Callable[..., Any] = namespace(package).test
    return None if theirs is ours else theirs


torch.test = self_test("torch", CHECKS)
