"""Models saved by the original Torch7 load, run and train as they did there, and again when
saved by us.

Runs where the recorded models stand beside the project.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.lua import Table, array, first, items
from th7shell.torch.tensor import Tensor

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "layers"
FILES = sorted(p.name for p in FOLDER.glob("fixtures_*.t7") if "special" not in p.name)
assert nn.NN  # the classes of the models
pytestmark = pytest.mark.skipif(not FILES, reason="no recorded models beside the project")


def same(got, want, tolerance=1e-8):
    """Equal numbers in tensors of one shape, through tables; NaN says that nothing was
    recorded.
    """
    if isinstance(want, Tensor):
        assert got.type() == want.type()
        assert got.nd.shape == want.nd.shape
        known = np.isfinite(want.nd)
        np.testing.assert_allclose(got.nd[known], want.nd[known], rtol=1e-6, atol=tolerance)
    elif isinstance(want, Table):
        for key, value in items(want):
            same(got[key], value, tolerance)
    elif isinstance(want, float):
        assert got == pytest.approx(want, rel=1e-8, abs=tolerance)
    else:
        assert got == want


def copied(value):
    """A value with tensors of its own: layers that work in place spoil their input."""
    return torch.deserialize(torch.serialize(value))


def check_layer(model, case):
    torch.manualSeed(555)
    x = copied(case["input"])
    same(model.forward(x), case["output"])
    if case["gradOutput"] is not None and case["gradInput"] is not None:
        model.zeroGradParameters()
        same(model.backward(x, copied(case["gradOutput"])), case["gradInput"])


def check_criterion(criterion, case):
    x, target = copied(case["input"]), copied(case["target"])
    same(first(criterion.forward(x, target)), case["loss"])
    same(criterion.backward(x, target), case["gradInput"])


@pytest.mark.parametrize("name", FILES)
def test_recorded_models_run_as_recorded(name):
    cases = torch.load(str(FOLDER / name))
    wrong = []
    for label, case in items(cases):
        kind = "model" if case["model"] is not None else "criterion"
        check = check_layer if kind == "model" else check_criterion
        again = copied(case[kind])
        for what, model in (("loaded", case[kind]), ("saved again", again)):
            try:
                check(model, case)
            except Exception as error:
                wrong.append(f"{label} ({what}): {type(error).__name__} {str(error)[:300]}")
                break
    assert not wrong, "\n".join(wrong)
    assert len(list(items(cases))) > 10 or name.endswith("_2.t7")
    assert array(cases) == []
