"""Methods of userdata that compiled code lets Python call: the object is passed as by Lua."""

import pytest

from th7shell import torch
from th7shell.lua.host import DIRECT, UNBOUND_NAMES, binds
from th7shell.session.environment import Environment


def test_every_member_of_a_direct_class_gets_the_object():
    assert torch.DoubleTensor in DIRECT and torch.LongStorage in DIRECT
    for cls in DIRECT:
        for base in cls.__mro__:
            for name, value in base.__dict__.items():
                if name[:1] != "_" and name not in UNBOUND_NAMES:
                    assert binds(value), f"{cls}.{name}"


@pytest.fixture
def run():
    environment = Environment()
    environment.load("require 'torch'", "=setup")()
    with environment.interpreter:
        yield lambda text: environment.load(text, "=test")()


def test_a_method_set_from_lua_is_called_with_the_object(run):
    text = """
    local old = torch.ShortTensor.dim
    function torch.ShortTensor:dim(a) return self:nElement() + a, 7 end
    local a, b = torch.ShortTensor(3):dim(2)
    torch.ShortTensor.dim = old
    return a, b, torch.ShortTensor(3):dim(2)"""
    assert run(text) == (5, 7, 1)


def test_what_does_not_bind_makes_a_class_leave(run):
    text = """
    test = {}
    local class = torch.class('test.Direct', 'torch.IntTensor')
    class.length = string.len
    class.put = rawequal
    local t = test.Direct()
    return t:put(t), t:put(1), pcall(t.length, t)"""
    same, other, *_ = run(text)
    assert (same, other) == (True, False)
    assert torch.IntTensor in DIRECT


def test_fields_that_the_class_answers_for_are_asked(run):
    text = """
    test = {}
    local class = torch.class('test.Asked', 'torch.IntTensor')
    class.__index__ = function(self, key)
       if key == 'three' then return function(a, b) return rawequal(a, self), b end, true end
       return nil, false
    end
    local t = test.Asked()
    return t:three(5)"""
    assert run(text) == (True, 5)


@pytest.mark.parametrize("name", ["nothing", "nElements", "__nothing"])
def test_a_method_that_is_not_there_is_named(run, name):
    text = f"local t = torch.IntTensor() return select(2, pcall(function() t:{name}(1, t) end))"
    assert f"attempt to call method '{name}' (a nil value)" in run(text)


def test_a_static_member_gets_the_object_as_its_first_argument(run):
    assert run("local t = torch.IntTensor{1, 2} return torch.isTypeOf(t:new(), torch.IntTensor)")
    assert run("local t = torch.IntTensor{1, 2} return t:new():nElement()") == 2


def test_a_method_call_that_is_returned_takes_the_callers_place(run):
    text = "return select(2, pcall(function(t) return t:copy(5) end, torch.DoubleTensor(3)))"
    assert run(text) == "bad argument #2 to '?' (torch.*Tensor expected, got number)"
