"""What a start imports, and what waits until a program needs it: without a clock, so that a start
that became slow shows."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from th7shell.image import names as image_names
from th7shell.lua.late_modules import NAMES as LATE
from th7shell.nn.helpers.names import FILES
from th7shell.torch.namespace import namespace

HEAVY = set(
    """ast asyncio ctypes dataclasses decimal dis email greenlet hashlib importlib.metadata inspect json logging
    multiprocessing numpy pathlib pickle PIL platform platformdirs prompt_toolkit pygments random rich scipy secrets
    shutil signal socket string subprocess tempfile tokenize urllib.parse zlib""".split()
)
PROGRAM = "import sys; sys.argv = ['th', '-e', {!r}]; from th7shell.cli import main; main(); print(*sys.modules)"


def imported(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


@pytest.fixture(scope="module")
def numpys() -> set[str]:
    return imported("import numpy, sys; print(*sys.modules)")


STARTS = {  # a program → modules of ours that it may import, parts that it must not
    "": (110, "torch nn display.shown lua.stdlib.python"),
    "require 'torch'": (170, "nn torch.files torch.serialization torch.tester torch.timer"),
    "require 'nn'": (
        190,
        "nn.container nn.transfer nn.convolution nn.table torch.serialization.api",
    ),
    "require 'nn' require 'optim' require 'image'": (
        210,
        "optim.first_order optim.logger image.files image.colour nn.container torch.tester",
    ),
    "require 'nngraph'": (210, "nn.transfer nn.convolution torch.tester nngraph.selftest"),
}


@pytest.mark.parametrize("text", STARTS)
def test_a_start_imports_what_it_needs(text, numpys):
    most, parts = STARTS[text]
    found = imported(PROGRAM.format(text))
    assert found & (HEAVY - numpys if text else HEAVY) == set()
    assert found & {f"th7shell.{part}" for part in parts.split()} == set()
    assert len([name for name in found if name.startswith("th7shell")]) <= most
    if text:
        assert "numpy.random" in numpys or "numpy.random" not in found


def test_random_numbers_are_those_of_the_seed_whenever_they_are_drawn():
    drawn = "print(torch.uniform(), torch.random(), torch.rand(700)[700])"
    for text in ("require 'torch'", "require 'nn'"):
        first = f"torch.manualSeed(3) {text} {drawn}"
        again = f"torch.manualSeed(3) {text} torch.setRNGState(torch.getRNGState()) {drawn}"
        assert played(first) == played(again)
    four = f"torch.manualSeed(3) for i = 1, 4 do torch.uniform() end {drawn}"
    assert played(four) == played(f"torch.manualSeed(3) require 'nn' {drawn}")


def played(text: str) -> str:
    command = [sys.executable, "-m", "th7shell", "-e", text]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def test_python_finds_its_modules_as_they_are():
    shown = f"""local python = require 'python'
    for _, name in ipairs{{{", ".join(map(repr, sorted(LATE)))}}} do
       local module = python.eval("__import__('sys').modules.get('" .. name .. "')")
       print(module ~= nil and tostring(python.builtins.type(module)))
    end
    print(#python.import('numpy').add.__doc__ > 100)"""
    answers = set(played("require 'torch' " + shown).split("\n"))
    assert answers <= {"<class 'module'>", "false", "true", ""} and "true" in answers


def test_each_name_of_nn_comes_from_its_file():
    nn = namespace("nn")
    modules = {}
    for names in FILES.values():
        for name in names.split():
            assert nn[name] is not None, name
            modules[name] = getattr(nn[name], "__module__", None)
    told = {name for names in FILES.values() for name in names.split()}
    others = {n: v for n, v in vars(nn).items() if v is not None and n not in told}
    assert {"Module", "Criterion", "utils"} <= set(others)
    # other packages and tests may have given nn more of their own
    ours = {
        n for n, v in others.items() if str(getattr(v, "__module__", "")).startswith("th7shell.nn.")
    }
    assert ours <= {"Module", "Criterion", "utils"}
    defined = {
        name: f"th7shell.nn.{file}" for file, names in FILES.items() for name in names.split()
    }
    assert {
        n: m for n, m in modules.items() if str(m).startswith("th7shell.nn.") and m != defined[n]
    } == {}


def test_no_file_of_nn_defines_what_the_list_lacks():
    code = """
import importlib, pkgutil, sys, th7shell.nn as nn
from th7shell.nn.helpers.names import FILES
from th7shell.torch.namespace import namespace
from th7shell.torch.registry import REGISTRY
for file in pkgutil.walk_packages(nn.__path__, 'th7shell.nn.'):
    importlib.import_module(file.name)
told = {name for names in FILES.values() for name in names.split()}
print(*(set(vars(namespace('nn'))) - told), *(name for name in REGISTRY if name.startswith('nn.') and name[3:] not in told))"""
    assert imported(code) == {"Module", "Criterion", "utils", "nn.Module", "nn.Criterion"}


@pytest.mark.parametrize("package", ["optim", "image"])
def test_each_name_of_a_package_comes_from_its_file(package):
    module = import_module(f"th7shell.{package}")
    listed = image_names.NAMES if package == "image" else module.CLASSES | module.METHODS
    for file, names in listed.items():
        found = vars(import_module(f"th7shell.{package}.{file}"))
        for name in names.split():
            assert getattr(namespace(package), name) is found.get("NAMES", found)[name]
        more = set(found.get("NAMES", ())) - {*names.split(), "supported_filetypes"}
        assert not more, f"{file} has names that the list lacks"


def test_a_class_of_a_program_imports_nothing_of_a_package():
    text = """require 'nn'
    torch.class('nn.Mine', 'nn.Module')
    local other = {} nn['Other'] = other nn.Third = 3
    nn['Tanh'] = other
    for _, name in ipairs{'Linear', 'Sigmoid', 'Tanh'} do nn[name .. 'Of' .. name] = name end
    assert(nn.Mine and nn.Other == other and nn.Third == 3 and nn.LinearOfLinear == 'Linear')
    assert(nn.Tanh == other)"""
    found = imported(PROGRAM.format(text))
    assert "th7shell.nn.transfer.pointwise" in found  # Tanh's, which the program replaced
    assert not {name for name in found if name.startswith("th7shell.nn.convolution")}
    ends = (
        " local n = 0 for name in pairs(nn) do n = n + 1 end print(n, nn.Mine, nn.Sigmoid ~= nil)"
    )
    plain = "require 'nn' torch.class('nn.Mine', 'nn.Module') nn.X, nn.A, nn.B, nn.C = 1, 1, 1, 1"
    one, other = played(text + ends).split(), played(plain + ends).split()
    assert int(one[0]) == int(other[0]) + 1 and one[-1] == other[-1] == "true"


REPLACED = """
require 'nn'
local mine = {}
nn.Tanh = mine                     -- before anything of its file was read
assert(torch.type(nn.Sigmoid()) == 'nn.Sigmoid' and nn.Tanh == mine)
nn.ELU = nil
assert(torch.factory('nn.ReLU') and nn.ELU == nil)
assert(rawget(nn, 'Linear') == nn.Linear and nn['Line' .. 'ar'] == nn.Linear)
local seen, n = {}, 0
for name in pairs(nn) do seen[name] = true n = n + 1 end
assert(seen.Linear and seen.Tanh and not seen.ELU and nn.Tanh == mine and n > 180)
assert(setmetatable({}, {__index = nn}).View == nn.View)
local again, parent = pcall(torch.class, 'nn.MSECriterion', 'nn.Criterion')
assert(not again and parent:find('already assigned a parent class'))
setmetatable(nn, {__index = function(_, name) return 'no ' .. name end})
assert(nn.Foo == 'no Foo' and nn.Linear ~= nil)
print('so')
"""
BEFORE = """
setmetatable(nn, {__index = function(_, name) return 'no ' .. name end})
assert(nn.Foo == 'no Foo' and torch.type(nn.View(1)) == 'nn.View')
print('so')
"""


PATCHED = """
require 'optim' require 'image'
local mine, n = {}, 0
optim.sgd, image.scale = mine, mine   -- before anything of their files was read
assert(optim.nag and image.load and optim.sgd == mine and image.scale == mine)
for _, package in ipairs{optim, image} do for _ in pairs(package) do n = n + 1 end end
assert(n == 19 + 61 and rawget(optim, 'lbfgs') and image.supported_filetypes.png.loader == image.loadPNG)
assert(torch.type(optim.ConfusionMatrix(2)) == 'optim.ConfusionMatrix')
print('so')
"""


@pytest.mark.parametrize("text", [REPLACED, "require 'nn'" + BEFORE, PATCHED])
def test_programs_see_no_difference(text):
    assert played(text) == "so\n"
