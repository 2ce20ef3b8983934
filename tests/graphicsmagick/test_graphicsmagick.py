"""gm.Image through Lua: tensors, files, blobs, sizes, colour spaces and changes."""

from __future__ import annotations

import pytest

from th7shell.lua import LuaError
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment

HEAD = """
local gm = require 'graphicsmagick'
local t = torch.ByteTensor(3, 4, 6)
for c = 1, 3 do for i = 1, 4 do for j = 1, 6 do t[c][i][j] = c * 60 + i * 5 + j end end end
local img = gm.Image(t, 'RGB', 'DHW')
"""


@pytest.fixture
def lua(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environment = Environment(MAIN)
    return lambda text: environment.load(HEAD + text, "=test")()


HOLD = {
    "tensors": """
        local w, h = img:size()
        assert(w == 6 and h == 4)
        assert(img:toTensor('byte', 'RGB', 'DHW'):eq(t):min() == 1)
        local hwd = img:toTensor()
        assert(torch.type(hwd) == 'torch.ByteTensor' and hwd:size(3) == 3 and hwd[2][3][1] == t[1][2][3])
        local f = img:toTensor('float', 'BGR', 'DHW')
        assert(math.abs(f[1][1][1] - t[3][1][1] / 255) < 1e-6)
        assert(gm.Image(f, 'BGR', 'DHW'):toTensor('byte', 'RGB', 'DHW'):eq(t):min() == 1)
        assert(img:toTensor('double', 'A', 'DHW'):min() == 1)
        local grey = gm.Image(torch.rand(4, 5, 1):float())
        assert(grey:type() == 'Grayscale' and grey:toTensor('byte', 'I'):size(3) == 1)""",
    "files": """
        img:save('x.png')
        local back = gm.Image('x.png')
        assert(back:format() == 'PNG' and back:toTensor('byte', 'RGB', 'DHW'):eq(t):min() == 1)
        gm.save('y.jpg', t:float():div(255), 95)
        local y = gm.load('y.jpg')
        assert(torch.type(y) == 'torch.FloatTensor' and (y * 255 - t:float()):abs():max() < 12)
        assert(gm.load('x.png', 'byte'):eq(t):min() == 1)
        gm.convert{input='x.png', output='z.jpg', size='3x3', hflip=true}
        local info = gm.info('z.jpg')
        assert(info.width == 3 and info.height == 2 and info.format == 'JPEG')
        gm.save('g.png', torch.rand(4, 4))
        assert(gm.load('g.png'):size(1) == 3)""",
    "blobs": """
        local s = img:clone():format('PNG'):toString()
        assert(s:sub(2, 4) == 'PNG')
        assert(gm.Image():fromString(s):toTensor('byte', 'RGB', 'DHW'):eq(t):min() == 1)
        local blob, n = img:clone():format('JPEG'):toBlob(90)
        local back = gm.Image():fromBlob(blob, n)
        assert(n > 100 and back:format() == 'JPEG' and back:size() == 6)
        local small = img:clone():size(64):format('JPEG')
        assert(#small:toString(95) > #small:toString(10))""",
    "sizes": """
        local function is(image, w, h) local a, b = image:size() assert(a == w and b == h, a .. 'x' .. b) end
        is(img:clone():size(12, 8), 12, 8)
        is(img:clone():size(12), 12, 8)
        is(img:clone():size(nil, 8), 12, 8)
        is(img:clone():size(3, 2, 'Box'), 3, 2)
        is(img:clone():crop(2, 3, 1, 1), 2, 3)
        is(img:clone():rotate(90), 4, 6)
        is(img:clone():addBorder(2, 1, 1, 0, 0), 10, 6)""",
    "places": """
        local c = img:clone():crop(2, 3, 1, 1):toTensor('byte', 'RGB', 'DHW')
        assert(c[1][1][1] == t[1][2][2] and c[3][3][2] == t[3][4][3])
        assert(img:clone():flop():toTensor('byte', 'RGB', 'DHW')[1][1][1] == t[1][1][6])
        assert(img:clone():flip():toTensor('byte', 'RGB', 'DHW')[2][1][1] == t[2][4][1])
        assert(img:clone():rotate(90):toTensor('byte', 'RGB', 'DHW')[1][1][4] == t[1][1][1])
        assert(img:clone():negate():toTensor('byte', 'RGB', 'DHW')[1][1][1] == 255 - t[1][1][1])
        local b = img:clone():addBorder(1, 1, 1, 0, 0):toTensor('byte', 'RGB', 'DHW')
        assert(b[1][1][1] == 255 and b[2][1][1] == 0 and b[1][2][2] == t[1][1][1])""",
    "colour spaces": """
        for _, space in ipairs{'LAB', 'HSL', 'YUV', 'HWB'} do
           local copy = img:clone()
           local parts = copy:toTensor('float', space, 'DHW')
           assert(copy:colorspace() == space and parts:min() >= 0 and parts:max() <= 1)
           local back = copy:colorspace('RGB'):toTensor('byte', 'RGB', 'DHW')
           assert((back:float() - t:float()):abs():max() < 8, space)
        end
        assert(img:clone():colorspace('GRAY'):type() == 'Grayscale' and img:colorspace() == 'RGB')""",
    "what files say": """
        assert(math.abs(img:gamma() - 1 / 2.2) < 1e-12 and img:clone():gamma(1):gamma() == 1)
        local plain, steps = img:clone():format('JPEG'), img:clone():format('JPEG'):interlace('Line')
        assert(not plain:toString():find('\\255\\194', 1, true) and steps:toString():find('\\255\\194', 1, true))
        assert(not pcall(img.interlace, img, 'x'))""",
    "more": """
        assert(img:clone():blur(1, 1):sharpen():unsharpMask(0, 1, .5, .1):gammaCorrection(2):size() == 6)
        local a = torch.rand(4, 6, 4)
        local over = img:clone():compose(gm.Image(a), 'Over', 0, 0)
        assert(over:size() == 6 and gm.Image(a):flatten():type() == 'TrueColor')
        assert(img:depth() == 8 and #img:colorspaces() == 19 and img:samplingFactors({1, 1}):samplingFactors()[1] == 1)""",
}


@pytest.mark.parametrize("text", HOLD.values(), ids=HOLD)
def test_it_holds(lua, text):
    lua(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gm.Image('none.jpg')", "error loading image"),
        ("img:save('x.nothing')", "error saving image"),
        ("img:save('no/folder/x.png')", "error saving image"),
        ("img:toTensor('int')", "unknown data type int"),
        ("img:toTensor('byte', 'X')", "unknown colour X"),
        ("gm.Image(torch.rand(2, 2, 2))", "must match color space"),
        ("gm.Image(torch.IntTensor(2, 2, 3))", "only dealing with float, double and byte"),
        ("gm.Image():fromString('nothing')", "error reading from blob"),
        ("img:size(2, 2, 'Odd')", "unknown filter Odd"),
        ("img:crop(2, 2, 50, 50)", "nothing would be left"),
        ("img:toString()", "no format specified"),
        ("gm.convert{input='x'}", "input and output expected"),
    ],
)
def test_errors(lua, text, message):
    with pytest.raises(LuaError, match=message):
        lua(text)
