"""Whole nets through files of each format and back: equal outputs."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

from tests.nn.rows import plain, tensors
from th7shell import export, nngraph, torch

from . import nets
from .converted import expected, flat_arrays

NEEDS = {"h5": "h5py", "onnx": "onnx"}
EXACT = ("safetensors", "npz", "h5", "lua", "t7")


def outputs(net, x, kind="torch.DoubleTensor"):
    return flat_arrays(expected(net, x, kind))


def gradients(net, x):
    """Those of the inputs, in training."""
    net.training()
    torch.manualSeed(4)
    return flat_arrays(plain(net.backward(tensors(x), net.forward(tensors(x)))))


@pytest.mark.parametrize("ending", [*EXACT, "onnx"])
@pytest.mark.parametrize("name", nets.NETS)
def test_to_a_file_and_back(name, ending, tmp_path):
    if ending in NEEDS and find_spec(NEEDS[ending]) is None:
        pytest.skip(f"needs {NEEDS[ending]}")
    nngraph.calls.install()
    net, x = nets.build(name), nets.arrays(name)
    net.evaluate()
    torch.save(tmp_path / "net.t7", net)
    said, want = [], outputs(net, x)
    options = {"say": said.append, "input": nets.NETS[name][1]}
    export.convert(tmp_path / "net.t7", tmp_path / f"there.{ending}", **options)
    export.convert(tmp_path / f"there.{ending}", tmp_path / "back.t7", **options)
    assert all(ending == "lua" and "is taken whole" in line for line in said), said
    if ending == "t7":
        assert (tmp_path / "back.t7").read_bytes() == (tmp_path / "net.t7").read_bytes()
    made = torch.load(tmp_path / "back.t7")
    if ending in EXACT:
        assert all(map(np.array_equal, outputs(made, x), want))
        assert all(map(np.array_equal, gradients(made.clone(), x), gradients(net, x)))
        made.float()
    given = flat_arrays(x)  # an ONNX model's inputs in a flat list
    for a, b in zip(
        outputs(made, given[0] if len(given) == 1 else given, "torch.FloatTensor"), want
    ):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", nets.NETS)
def test_the_program_takes_the_weights_of_a_state_dict(name, tmp_path):
    """The way of a net that was trained elsewhere: its program, and PyTorch's names."""
    nngraph.calls.install()
    net, x = nets.build(name), nets.arrays(name)
    want = outputs(net, x)
    export.save(tmp_path / "net.lua", net)
    export.save(tmp_path / "trained.npz", net, names="torch")
    blank = export.load(tmp_path / "net.lua")
    for nd in export.state_dict(blank).values():
        nd[...] = 0.5
    export.save(tmp_path / "blank.t7", blank)
    export.convert(tmp_path / "trained.npz", tmp_path / "full.t7", into=tmp_path / "blank.t7")
    assert all(map(np.array_equal, outputs(torch.load(tmp_path / "full.t7"), x), want))
