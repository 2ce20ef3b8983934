"""stn: gradients by differences, the places of known maps, sampling against a loop."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from th7shell.lua import LuaError
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment


@pytest.fixture(scope="module")
def lua():
    environment = Environment(MAIN)
    environment.load("require 'stn' torch.manualSeed(4)", "=test")()
    return lambda text: environment.load(text, "=test")()


FLAGS = [f for f in itertools.product((True, False), repeat=3) if any(f)]


def generator(flags) -> tuple[str, int]:
    words = ", ".join("true" if f else "false" for f in flags)
    return f"AffineTransformMatrixGenerator({words})", flags[0] + flags[1] + 2 * flags[2]


LAYERS = {  # constructor: input
    "AffineGridGeneratorBHWD(3, 4)": ["5, 2, 3", "2, 3"],
    "AffineTransformMatrixGenerator()": ["3, 6", "6"],
    **{name: [f"3, {n}", f"{n}"] for name, n in map(generator, FLAGS)},
}


@pytest.mark.parametrize(("make", "sizes"), [(m, s) for m, many in LAYERS.items() for s in many])
def test_gradients(lua, make, sizes):
    error, forth, back = lua(f"""
        local m, x = nn.{make}, torch.rand({sizes})
        local err = nn.Jacobian.testJacobian(m, x)
        local f, b = nn.Jacobian.testIO(m, x)
        return err, f, b""")
    assert error < 1e-6 and forth == 0 and back == 0


@pytest.mark.parametrize("which", [1, 2])
@pytest.mark.parametrize("sizes", [("2, 4, 5, 3", "2, 3, 2, 2"), ("4, 5, 3", "3, 2, 2")])
def test_gradients_of_the_sampler(lua, which, sizes):
    error = lua(f"""
        local given = {{torch.rand({sizes[0]}), torch.rand({sizes[1]}) * 2.6 - 1.3}}
        local m, s = nn.Sequential(), nn.BilinearSamplerBHWD()
        local part = nn.Module()
        function part.updateOutput(self, x)
          local both = {{given[1], given[2]}} both[{which}] = x
          self.output = s:forward(both) return self.output
        end
        function part.updateGradInput(self, x, g)
          local both = {{given[1], given[2]}} both[{which}] = x
          self.gradInput = s:backward(both, g)[{which}] return self.gradInput
        end
        return nn.Jacobian.testJacobian(m:add(part), given[{which}]:clone())""")
    assert error < 1e-5


def test_the_sampler_against_a_loop(lua):
    x, grid, out = lua("""
        local x, grid = torch.rand(2, 3, 4, 2), torch.rand(2, 5, 6, 2) * 3 - 1.5
        return x, grid, nn.BilinearSamplerBHWD():forward{x, grid}""")
    want = np.zeros_like(out.nd)
    for b, i, j in np.ndindex(2, 5, 6):
        v, u = (grid.nd[b, i, j] + 1) * (np.array([3, 4]) - 1) / 2
        for y in (math.floor(v), math.floor(v) + 1):
            for z in (math.floor(u), math.floor(u) + 1):
                if 0 <= y < 3 and 0 <= z < 4:
                    want[b, i, j] += (1 - abs(v - y)) * (1 - abs(u - z)) * x.nd[b, y, z]
    assert np.allclose(out.nd, want)


def test_the_c_functions_serve_samplers_in_lua(lua):
    assert lua("""
        require 'libstn' require 'nnx'
        local x, grid, g = torch.rand(4, 5, 3), torch.rand(2, 3, 2, 2), torch.rand(2, 3, 2, 3)
        local both = x:view(1, 4, 5, 3):expand(2, 4, 5, 3)
        local out, gx, gg = torch.zeros(2, 3, 2, 3), torch.zeros(1, 4, 5, 3), torch.zeros(2, 3, 2, 2)
        local C = torch.DoubleTensor.nn
        C.BilinearSamplerBHWD_updateOutput({}, both, grid, out)
        C.BilinearSamplerBHWD_updateGradInput({}, both, grid, gx:expand(2, 4, 5, 3), gg, g)
        local only = gg:clone():zero()
        C.BilinearSamplerBHWD_updateGradInputOnlyGrid({}, both, grid, only, g)
        local m = nn.BilinearSamplerBHWD()
        local want = m:forward{both:clone(), grid}
        local back = m:backward({both:clone(), grid}, g)
        return (out - want):abs():max() == 0 and (gx[1] - back[1]:sum(1)[1]):abs():max() < 1e-12
          and (gg - back[2]):abs():max() == 0 and (only - gg):abs():max() == 0
          and C.SpatialUpSampling_updateOutput ~= nil""")


def test_the_identity_gives_the_picture_and_a_turn_turns_it(lua):
    assert lua("""
        local x = torch.rand(1, 4, 4, 2)
        local net = nn.Sequential():add(nn.AffineTransformMatrixGenerator(true))
          :add(nn.AffineGridGeneratorBHWD(4, 4))
        local same = nn.BilinearSamplerBHWD():forward{x, net:forward(torch.zeros(1, 1))}:clone()
        local turned = nn.BilinearSamplerBHWD():forward{x, net:forward(torch.ones(1, 1) * math.pi)}
        local back = turned:index(2, torch.LongTensor{4, 3, 2, 1})
        return (same - x):abs():max() < 1e-12
          and (back:index(3, torch.LongTensor{4, 3, 2, 1}) - x):abs():max() < 1e-12""")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("nn.AffineGridGeneratorBHWD(1, 3)", "assertion failed"),
        ("nn.AffineGridGeneratorBHWD(2, 3):forward(torch.rand(3, 3))", "bx2x3"),
        ("nn.AffineTransformMatrixGenerator(true):forward(torch.rand(2, 3))", "Expected 1 param"),
        ("nn.BilinearSamplerBHWD():forward{torch.rand(2, 3, 3, 1), torch.rand(1, 3, 3, 2)}", "2x3x3x1"),
    ],
)  # fmt: skip
def test_errors(lua, code, message):
    with pytest.raises(LuaError, match=message):
        lua(code)
