"""Nets from .caffemodel files, which are written here, field by field."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from th7shell.loadcaffe.wire import Malformed, binary
from th7shell.lua import LuaError
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, value):
    """A field: an int, a float, bytes or text."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(*pairs):
    return b"".join(field(n, v) for n, v in pairs)


def blob(array, old):
    data = (5, array.astype("<f4").tobytes())
    if not old:
        shape = field(1, b"".join(map(varint, array.shape)))
        return fields((7, shape), data)
    sizes = (1,) * (4 - array.ndim) + array.shape
    return fields(*enumerate(sizes, 1), data)


W1 = np.arange(54.0).reshape(2, 3, 3, 3) / 50
B1 = np.array([0.5, -0.5])
W2 = np.arange(24.0).reshape(3, 8) / 20 - 0.5
B2 = np.array([1.0, 2.0, 3.0])
CONV = fields((1, 2), (3, 1), (4, 3), (6, 2))
POOL = fields((1, 0), (2, 2), (3, 2))
OLD = {"Convolution": 4, "ReLU": 18, "LRN": 15, "Pooling": 17, "Dropout": 6, "InnerProduct": 14}
OLD |= {"TanH": 23, "Sigmoid": 19, "Softmax": 20, "Data": 5, "Input": 12}
LAYERS = [  # name, kind, number of the settings in both forms, settings, blobs
    ("data", "Input", None, b"", []),
    ("conv1", "Convolution", (106, 10), CONV, [W1, B1]),
    ("relu1", "ReLU", None, b"", []),
    ("norm1", "LRN", (118, 18), fields((1, 3), (2, 0.1), (3, 0.5)), []),
    ("pool1", "Pooling", (121, 19), POOL, []),
    ("drop", "Dropout", (108, 12), field(1, 0.25), []),
    ("fc", "InnerProduct", (117, 17), field(1, 3), [W2, B2]),
    ("tanh", "TanH", None, b"", []),
    ("prob", "Softmax", None, b"", []),
]


def model(old):
    parts = [field(1, "net")]
    for name, kind, numbers, settings, blobs in LAYERS:
        layer = field(4, name) + field(5, OLD[kind]) if old else field(1, name) + field(2, kind)
        if numbers:
            layer += field(numbers[old], settings)
        layer += b"".join(field(6 if old else 7, blob(array, old)) for array in blobs)
        parts.append(field(2 if old else 100, layer))
    return b"".join(parts) + field(900, "unknown to us")


@pytest.fixture
def lua(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for old in (False, True):
        (tmp_path / f"{'old' if old else 'new'}.caffemodel").write_bytes(model(old))
    (tmp_path / "bad.caffemodel").write_bytes(model(False)[:-5])
    environment = Environment(MAIN)
    return lambda text: environment.load("require 'loadcaffe'\n" + text, "=test")()


@pytest.mark.parametrize("form", ["new", "old"])
def test_the_net_is_that_of_the_file(lua, form, capsys):
    lua(f"""
    local net = loadcaffe.load('deploy.prototxt', '{form}.caffemodel')
    local names = {{}}
    for i, m in ipairs(net.modules) do names[i] = m.name .. '=' .. torch.type(m) end
    assert(table.concat(names, ' ') == 'conv1=nn.SpatialConvolution relu1=nn.ReLU norm1=nn.SpatialCrossMapLRN ' ..
       'pool1=nn.SpatialMaxPooling drop=nn.Dropout torch_view=nn.View fc=nn.Linear tanh=nn.Tanh prob=nn.SoftMax',
       table.concat(names, ' '))
    local conv, fc = net.modules[1], net.modules[7]
    assert(conv.nInputPlane == 3 and conv.kW == 3 and conv.dW == 2 and conv.padH == 1)
    assert(math.abs(conv.weight[2][3][3][3] - 53 / 50) < 1e-6 and conv.bias[2] == -.5)
    assert(math.abs(fc.weight[3][8] - (23 / 20 - .5)) < 1e-6 and fc.bias[3] == 3 and net.modules[5].p == .25)
    assert(net.modules[4].ceil_mode and net.modules[3].size == 3)
    net:evaluate()
    local out = net:forward(torch.rand(2, 3, 7, 7))
    assert(out:size(2) == 3 and math.abs(out[1]:sum() - 1) < 1e-6)""")
    said = capsys.readouterr().out
    assert f"Successfully loaded {form}.caffemodel" in said
    assert (
        "warning: module 'data [type " in said
        and "conv1: 2 3 3 3" in said
        and "fc: 1 1 8 3" in said
    )


def test_errors(lua, capsys):
    lua("assert(loadcaffe.load('x', 'none.caffemodel') == nil)")
    assert "Couldn't load none.caffemodel" in capsys.readouterr().out
    for text, message in (
        ("loadcaffe.load('x', 'bad.caffemodel')", "is no .caffemodel: a field is cut off"),
        ("loadcaffe.load('x', 'new.caffemodel', 'ccn2')", "backend 'nn' or 'cudnn' expected"),
        ("loadcaffe.load('x')", "path of a .caffemodel expected"),
    ):
        with pytest.raises(LuaError, match=message):
            lua(text)


def test_what_is_damaged_is_said_to_be():
    data = model(True)
    assert len(binary(memoryview(data))["layers"]) == len(LAYERS)
    for cut in range(1, len(data), 37):
        try:
            binary(memoryview(data[:cut]))
        except Malformed:
            continue
