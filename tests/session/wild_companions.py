"""Wild calls of the companion packages: every function and method with random arguments, many of
them wrong. Run as a program (`wild_companions.py SEED COUNT [NAME]`) it prints each failure that a
Lua user must not see, and how many calls it made.
"""

from __future__ import annotations

import random
import re
import sys
import time
from collections.abc import Sequence
from typing import Any

from tests.torch.wild_calls import LIMIT, Pool, methods, shown, sound
from th7shell import frontend
from th7shell.lua import LuaError, Table, items, lua_type
from th7shell.lua.failures import caught as error_text
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment
from th7shell.torch.classes import TorchClass

SMALL = "cjson tds csvigo class dkjson json md5 base64 bit32 mime utf8".split()
PACKAGES = "optim moses xlua sys paths lfs graph nngraph gnuplot dok itorch image nn.utils".split()
PACKAGES += [*SMALL, "luautf8", "torchx", "unsup"]
SKIPPED = {  # they run programs, wait, read the terminal, or change what later calls mean
    "sys": "execute fexecute ls ll la lla sleep usleep pause prefix",
    "paths": "rmall rmdir mkdir dofile chdir",
    "lfs": "chdir rmdir mkdir touch link",
    "xlua": "log clear clearall require progress",
    "moses": "",
}
FUNCTIONS = (
    "function(...) return ... end",
    "function(a, b) return b end",
    "function() end",
    "function() return 1, 2 end",
    "function(x) return x end",
    "function(a, b) return a == b end",
    "function() return torch.ones(1):sum(), torch.ones(3) end",
)
MADE = (  # objects of the packages
    "optim.ConfusionMatrix(3)",
    "graph.Node({})",
    "graph.Graph()",
    "nn.Identity()()",
    "(function() local x = nn.Identity()() return nn.gModule({x}, {nn.Tanh()(x)}) end)()",
    "xlua.OptionParser('x')",
    "xlua.Profiler()",
    "itorch.Plot()",
    "{learningRate = 0.1}",
    "{{'a', 1}, {'b', 2}}",
    "{3, 1, 2}",
    "{'x', 'y'}",
    "nn.Linear(2, 3)",
    "tds.Hash{1, 2, a = {3}}",
    "tds.Vec(1, 'x', {2})",
    "tds.AtomicCounter()",
    "csvigo.File('wild.csv', 'w')",
    "cjson.null",
    "torchx.Queue()",
    "torch.MultiCudaTensor(2, {torch.ones(3, 2), torch.ones(3, 1)})",
    "torch.AliasMultinomial(torch.Tensor{.5, .5})",
    "unsup.AutoEncoder(nn.Linear(3, 2), nn.Linear(2, 3), 1)",
    "unsup.SparseAutoEncoder(nn.Linear(3, 2), nn.Linear(2, 3), 1, .1)",
    "unsup.LinearFistaL1(3, 4, .1)",
    "unsup.LinearPSD(3, 4, .1, 1)",
    "unsup.UnsupTrainer(unsup.LinearPSD(3, 4, .1, 1), {})",
    '\'{"a": [1, null, "\\\\u00e9"]}\'',
)


PYTHON = re.compile(
    r"Error: |Traceback|' object|\baxis \d|broadcast|[Nn]um[Pp]y|ndarray|positional arg|NoneType|dtype"
    r"|not subscriptable|unsupported operand|__\w+__\(|slice indices|<class|codec|unpack non|values to unpack"
    r"|ufunc|index out of range, |string index|list index|keyword argument|invalid literal"
)  # words of Python's and NumPy's errors


class World(Pool):
    """Random values, functions and objects of the packages among them."""

    def __init__(self, rng: random.Random, load: Any) -> None:
        super().__init__(rng)
        self.load = load

    def value(self, depth: int = 0) -> Any:
        what = self.rng.random()
        if what < 0.15:
            return self.load(f"return {self.rng.choice(FUNCTIONS)}")
        if what < 0.3:
            return self.load(f"return {self.rng.choice(MADE)}")
        return super().value(depth)


def targets(globals: Table, packages: Sequence[str] = PACKAGES) -> list[tuple[str, Any, Any]]:
    """(name, function, class of self or None): all that Lua can call."""
    found: list[tuple[str, Any, Any]] = []
    for package in packages:
        table: Any = globals
        for part in package.split("."):
            table = table[part]
        skipped = SKIPPED.get(package, "").split()
        for name, value in items(table):
            if not isinstance(name, str) or name in skipped or name.startswith("_"):
                continue
            if isinstance(value, TorchClass) or value.__class__ is type:
                found.append((f"{package}.{name}", value, None))
                if isinstance(value, TorchClass):
                    found += methods(f"{package}.{name}", value)
            elif lua_type(value) == "function":
                found.append((f"{package}.{name}", value, None))
    return found


def run(seed: int, count: int, only: str = "") -> list[str]:
    """Make `count` calls; the faults, in order."""
    environment = Environment(MAIN)
    text = "require 'nngraph' require 'optim' require 'image' require 'gnuplot' require 'itorch' "
    environment.load(text + "require 'dok' moses, lfs = require 'moses', require 'lfs'", "=x")()
    environment.load("local _ = xlua, torch, sys, paths", "=x")
    small = "".join(f"{name} = require '{name}' " for name in SMALL)
    environment.load(
        small + "luautf8 = require 'lua-utf8' require 'torchx' require 'unsup'", "=x"
    )()
    known: dict[str, Any] = {}

    def load(source: str) -> Any:
        if source not in known:
            known[source] = environment.load(source, "=value")
        return known[source]()

    frontend.install(lambda value, window: None)
    rows = [row for row in targets(environment.globals) if only in row[0]]
    found = []
    for i in range(count):
        rng = random.Random(f"{seed} {i}")
        name, function, cls = rng.choice(rows)
        world = World(rng, load)
        given = [world.value() for _ in range(rng.choice((0, 1, 1, 2, 2, 2, 3, 3, 4, 5)))]
        if cls is not None and rng.random() < 0.9:
            given.insert(0, own(cls, load))
        call = f"#{i} {name}({', '.join(map(shown, given))})"
        wrong = fault(function, given)
        if wrong is not None:
            found.append(f"{call}: {wrong}")
    return found


def fault(function: Any, given: list[Any]) -> str | None:
    """Call; what is wrong with how it fails, if it does."""
    started = time.process_time()
    results: Any = ()
    try:
        results = function(*given)
    except Exception as error:
        message = error_text(error)
        if isinstance(message, str) and PYTHON.search(message):
            return f"{type(error).__name__} leaks: {message.splitlines()[0]}"
        if not isinstance(
            error, (LuaError, OSError, MemoryError, RecursionError)
        ) and message.endswith(str(error)):
            return f"{type(error).__name__} leaks: {message.splitlines()[0]}"
    for value in results if isinstance(results, tuple) else (results,):
        if not sound(value):
            return f"unsound: {type(value).__name__} {value!r}"
    return "takes too long" if time.process_time() - started > LIMIT else None


def own(cls: Any, load: Any) -> Any:
    """An object of the class whose method is called."""
    for text in MADE:
        if not text.startswith("{"):
            made = load(f"return {text}")
            if type(made) is cls:
                return made
    return None


if __name__ == "__main__":
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (3 << 29, 3 << 29))
    faults = run(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
    sys.__stdout__.write("\n".join([*faults, f"{sys.argv[2]} calls, {len(faults)} faults", ""]))
