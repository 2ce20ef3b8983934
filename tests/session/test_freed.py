"""A session that a program holds no more is freed, with its world, globals and classes."""

from __future__ import annotations

import contextlib
import gc
import io
import weakref

import pytest

from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN, World
from th7shell.session.core import Session

PROGRAMS = {
    "pictures": "require 'nn'; require 'image'; image.scale(torch.ones(3, 8, 8), 4, 4)",
    "training": """
        require 'nn'; require 'optim'
        net = nn.Sequential():add(nn.Linear(2, 3)):add(nn.Tanh()); loss = nn.MSECriterion()
        x, g = net:getParameters()
        optim.adam(function()
           loss:forward(net:forward(torch.ones(2)), torch.ones(3))
           net:backward(torch.ones(2), loss:backward(net.output, torch.ones(3)))
           return loss.output, g
        end, x, {})
        copy = net:clone(); print(net)""",
    "classes": """
        require 'nn'
        local Mine, parent = torch.class('nn.Mine', 'nn.Module')
        function Mine:__init() parent.__init(self) end
        function Mine:updateOutput(x) self.output = x; return nn.Linear.updateOutput(nn.Linear(2, 2), x) end
        nn.Mine():forward(torch.ones(2)); nn.Linear.clearState(nn.Mine())
        torch.class('Other', 'torch.DoubleTensor')""",
    "metatables": """
        local C = {}; C.__index = C; function C.__call() end; function C.__newindex() end
        local D = setmetatable({}, C); D.__index = D
        local o = setmetatable({}, D); o.x = o.foo; print(type(o), tostring(o), o)
        weak = setmetatable({}, {__mode = 'k'}); weak[{}] = 1
        debug.setmetatable(1, {__index = function() return o end}); print((1).x)
        u = newproxy(true); getmetatable(u).__gc = function() print(u) end""",
    "checks": """
        local argcheck = require 'argcheck'; require 'nn'
        f = argcheck{{name = 'x', type = 'nn.Module'}}; torch.class('Above', 'nn.Linear'); f(Above(1, 1))""",
    "packages": "require 'pl'; require 'trepl'; require 'nngraph'; require 'tds'; require 'moses'; xlua.progress(1, 2)",
    "a failure": "function f() error({}) end; f()",
    "a wrong size": "require 'nn'; nn.Linear(2, 3):forward(torch.ones(7))",
    "helpers": "?nn.Linear",
    "watched globals": "monitor_G()",
}


def run(text: str) -> Session:
    session = Session()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        session.run_entry(text)
        session.complete("torch.ze")
        session.signature("torch.zeros(")
    return session


def traces(session: Session) -> list[weakref.ref]:
    parts = (session, session.environment, session.environment.world, session.globals)
    return [weakref.ref(part) for part in parts]


def alive(refs: list[weakref.ref]) -> list[str]:
    gc.collect()
    return [type(ref()).__name__ for ref in refs if ref() is not None]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_forgotten_session_is_gone(name):
    assert alive([ref for _ in range(2) for ref in traces(run(PROGRAMS[name]))]) == []


ABANDONED = (
    "walk = coroutine.wrap(function() for i = 1, 9 do coroutine.yield(walk) end end); walk()"
)


def test_a_closed_session_with_waiting_coroutines_is_gone():
    session = run(ABANDONED)
    refs = traces(session)
    assert session.evaluate("walk()").kind == "values"
    session.close()
    assert "dead coroutine" in session.evaluate("walk()").failure.message
    del session
    assert alive(refs) == []


def test_closing_leaves_the_coroutines_of_others():
    one, other = Interpreter(), Interpreter()
    for interpreter in (one, other):
        interpreter.load(ABANDONED)()
    one.close()
    assert other.load("return walk() == walk")() is True
    other.close()


def test_a_worker_takes_its_world_with_it():
    worlds = sum(isinstance(o, World) for o in gc.get_objects())
    session = run(
        "threads = require 'threads'; pool = threads.Threads(2)\n"
        f"for i = 1, 4 do pool:addjob(function() {ABANDONED} end) end\n"
        "pool:synchronize(); pool:terminate()"
    )
    assert session.last_error is None
    del session
    gc.collect()
    assert sum(isinstance(o, World) for o in gc.get_objects()) == worlds


def test_what_is_alive_does_not_grow_with_the_sessions_that_were():
    def count() -> int:
        gc.collect()
        return len(gc.get_objects())

    everything = "\n".join(PROGRAMS[name] for name in ("pictures", "training", "classes"))
    for _ in range(2):
        run(everything)
    before = count()
    for _ in range(5):
        run(everything)
    assert count() - before < 100  # a session alone has thousands


def test_the_main_world_stays():
    interpreter = Interpreter(MAIN)
    interpreter.load("x = 1")()
    interpreter.close()
    assert interpreter.load("return x")() == 1
