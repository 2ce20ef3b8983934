"""The numbers that stand for objects: equal for one object however it is reached, different for two that
live at once."""

from __future__ import annotations

import pytest

SETUP = """
local ffi = require 'ffi'
local x = torch.range(1, 6):resize(2, 3)
local f = function() return x end
local g = function() return x end
local net = {weight = x}
if not identity then identity = {} torch.class('identity.Mine') end
local mine = identity.Mine()
local file = torch.MemoryFile()
local gen = torch.Generator()
local co = coroutine.create(f)
local word = 'word' .. #arg0
"""
# ways to one object, each of which must give one number
SAME = {
    "tensor": ["x", "net.weight", "({x})[1]", "x:cdata()", "torch.cdata(x)"],
    "storage": ["x:storage()", "x[1]:storage()", "x:t():storage()", "x:storage():cdata()"],
    "memory": ["x:data()", "torch.data(x)", "x:storage():data()", "x[1]:data()",
               "ffi.cast('float *', x:data())", "ffi.cast('intptr_t', x:data())"],
    "function": ["f", "(function() return f end)()"],
    "method": ["torch.DoubleTensor.add", "x.add", "getmetatable(x).add", "torch.Tensor().add"],
    "library": ["torch.randn", "require('torch').randn"],
    "upvalue": ["debug.upvalueid(f, 1)", "debug.upvalueid(g, 1)"],
    "thread": ["co"],
    "main thread": ["(coroutine.running())", "(coroutine.running())"],
    "class": ["identity.Mine", "(rawget(_G, 'identity').Mine)"],
    "metatable": ["getmetatable(mine)", "getmetatable(identity.Mine())"],
    "object": ["mine"],
    "file": ["file"],
    "stream": ["io.stdout", "io.output()"],
    "generator": ["gen"],
    "string": ["word", "('wo' .. 'rd' .. #arg0)", "torch.deserialize(torch.serialize(word))"],
    "environment": ["_G", "getfenv(f)"],
}  # fmt: skip


def test_one_object_one_number(lua):
    entries = [
        f"{{{name!r}, function() return {way} end}}" for name, ways in SAME.items() for way in ways
    ]
    program = (
        f"local arg0 = ... {SETUP}"
        f"local named, owner = {{}}, {{}} for _, entry in ipairs{{{', '.join(entries)}}} do"
        " for i = 1, 3 do local n = torch.pointer(entry[2]())"
        " named[entry[1]] = named[entry[1]] or n"
        " if n ~= named[entry[1]] then return 'not one: ' .. entry[1] end"
        " if (owner[n] or entry[1]) ~= entry[1] then return owner[n] .. ' is ' .. entry[1] end"
        " owner[n] = entry[1] end end return 'sound'"
    )
    assert lua(program, "a") == ("sound",)


AGREE = [
    "torch.pointer(x:data()) == tonumber(ffi.cast('intptr_t', x:data()))",
    "torch.pointer(x:cdata()) == tonumber(ffi.cast('intptr_t', x:cdata()))",
    "torch.pointer(x:cdata()) == tonumber(ffi.cast('uint64_t', ffi.cast('void *', x:cdata())))",
    "torch.pointer(x:data()) == torch.data(x, true)",
    "torch.pointer(x) == torch.cdata(x, true)",
    "torch.pointer(x[2]:data()) - torch.pointer(x:data()) == 24",
    "torch.pointer(x) ~= torch.pointer(x:view(6))",
    "torch.pointer(x:clone():storage()) ~= torch.pointer(x:storage())",
    "tostring(f):match('0x(%x+)') == ('%x'):format(torch.pointer(f))",
    "('%p'):format(x:data()) == ('0x%08x'):format(torch.pointer(x:data()))",
    "('%p'):format(f) == ('%p'):format(f) and ('%p'):format(f) ~= ('%p'):format(g)",
    "tostring(debug.upvalueid(f, 1)) == tostring(debug.upvalueid(g, 1))",
    "torch.pointer(ffi.new('int[2]')) ~= torch.pointer(ffi.new('int[2]'))",
]


@pytest.mark.parametrize("claim", AGREE)
def test_numbers_agree(lua, claim):
    assert lua(f"local arg0 = ... {SETUP} return {claim}", "a") == (True,)
