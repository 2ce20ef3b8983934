"""A field that is absent is nil for Lua and None in Python, once any chunk mentions its name: the
package does not ask with hasattr, and works when every name has been mentioned."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from .mentioned import PACKAGE, sources

# (file, what is asked): Python's own objects, which Lua never holds
PYTHONS_OWN = {
    ("lua/compiler/statements.py", "definition"),
    ("lua/compiler/statements.py", "outer"),
    ("lua/stdlib/io.py", "file"),
    ("lua/type_metatables.py", "python"),
    ("lua/stdlib/table.py", "t"),  # a slot, whose name no chunk can spell
    ("lua/values.py", "t"),
    ("session/core.py", "self.shower"),
    ("torch/serialization/functions.py", "function"),
    ("lua/stdlib/ffi.py", "type(value)"),  # a special name of Python's
    ("nn/containers/concat_parallel.py", "value"),  # a special name of Python's
}
WITH_DEFAULT = {
    ("argcheck/types.py", "parent"),
    ("image/__init__.py", "names"),
    ("lua/compiler/control.py", "s.step"),
    (
        "lua/host_failures.py",
        "frame.f_locals.get(operand.value.id)",
    ),  # a failed operation's operand
    ("lua/stdlib/__init__.py", "module"),
    ("lua/stdlib/python.py", "function"),
    ("lua/values.py", "kind"),
    ("lfs/__init__.py", "s"),
    ("nn/helpers/cloning.py", "write"),
    ("paths/places.py", "error"),
    ("session/members.py", "function"),
    ("session/packages.py", "module"),
    ("torch/classes.py", "cls"),
    ("torch/constructors.py", "cls"),
    ("torch/index_protocol.py", "type(self)"),
    ("torch/mapping.py", "os"),
    ("torch/serialization/writer.py", "cls"),
    ("torch/storage.py", "storage"),
}


def asked(function: str):
    """(file, object) of every call `hasattr(object, …)` or `getattr(object, name, default)`."""
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == function:
                default = node.args[2] if len(node.args) > 2 else None
                name = ast.unparse(node.args[1]).strip("'")
                if name.startswith("__") and name.endswith("__"):
                    continue  # kept apart from Lua's keys
                if function == "hasattr" or (
                    default is not None and getattr(default, "value", 0) is not None
                ):
                    yield path.relative_to(PACKAGE).as_posix(), ast.unparse(node.args[0])


def test_nobody_asks_an_object_of_lua_with_hasattr():
    found = {(file, what) for file, what in asked("hasattr") if what not in ("os", "sys")}
    assert found <= PYTHONS_OWN, (
        "a class has a field: isinstance, or getattr(x, name, None) is not None"
    )
    assert len(found) > 4


def test_defaults_of_getattr_are_nil():
    assert set(asked("getattr")) <= WITH_DEFAULT


PROGRAM = """
from tests.mentioned import mention
assert mention() > 3000
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment
run = Environment(MAIN).load(r'''
require 'nn' require 'optim' require 'image' require 'itorch' require 'nngraph'
local net = nn.Sequential():add(nn.Linear(4, 3)):add(nn.Tanh())
net.settings = {type = 'mine', nd = 3, size = 2, data = {torch.ones(2)}}
local Set = torch.class('MentionedSet')
function Set:__init() self.type, self.nd, self.data = 'mine', {1}, torch.ones(1) end
net.kept = MentionedSet()
net:float()
assert(net.settings.type == 'mine' and torch.type(net.settings.data[1]) == 'torch.FloatTensor')
assert(torch.type(net.kept.data) == 'torch.DoubleTensor')
net:forward(torch.FloatTensor(2, 4):fill(1)); net:clone(); net:double()
assert(tostring(net:summary{4}):find('Linear'))
local p, g = net:getParameters()
optim.sgd(function(x) return 1, g:fill(1) end, p, {learningRate = .1})
local logger = optim.Logger(os.tmpname()); logger:add{a = 1}; logger:style{'-'}
local matrix = optim.ConfusionMatrix(2); matrix:add(1, 2); matrix:add(torch.ones(2), 1)
for _, f in ipairs{optim.sgd, optim.adam, optim.fistaLS or optim.FistaLS or optim.sgd, image.save, image.rotate, image.hflip,
   image.convolve, image.warp, image.affinetransform, image.drawRect, itorch.image} do
   local ok, message = pcall(f, {nd = 1}, {nd = 2}, {nd = 3})
   assert(not ok and not message:find('object') and not message:find('NoneType'), message)
end
local x = nn.Identity()(); nn.gModule({x}, {nn.Tanh()(x)}):forward(torch.ones(2))
return torch.serialize({nd = 1, write = 2, read = 3, type = 4}) ~= nil
''', '=program')
assert run() is True
"""


def test_everything_mentioned():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        cwd=PACKAGE.parent,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.long
@pytest.mark.parametrize("room", ["torch", "nn", "optim", "image", "nngraph", "itorch", "session"])
def test_suites_with_everything_mentioned(room):
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.mentioned",
        "-m",
        "not long",
        f"tests/{room}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PACKAGE.parent, timeout=900)
    assert done.returncode == 0, done.stdout[-4000:]
