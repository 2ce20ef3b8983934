"""A row for each class of nn and each format, and what the rows say is so."""

from __future__ import annotations

import re
import sys
from importlib import import_module

import pytest

from th7shell import nn, torch
from th7shell.export import ExportError, load, save
from th7shell.export.losses import REASONS
from th7shell.export.lua_source import Program
from th7shell.export.onnx.rules import RULES as ONNX
from th7shell.export.pytorch import to_torch_source
from th7shell.export.support import EXACT, HELPED, PARTS, TAKEN_WHOLE, WHOLE, support
from th7shell.export.tracing import trace
from th7shell.export.walking import WAYS
from th7shell.torch.registry import REGISTRY

from .converted import ROWS, shapes

CLASSES = sorted(
    name
    for name, cls in REGISTRY.items()
    if name.startswith("nn.") and cls.__module__.startswith("th7shell.nn.")
)


def test_all_classes():
    assert len(CLASSES) == 190


@pytest.mark.parametrize("name", CLASSES)
def test_each_class_has_a_row(name):
    for text in support(name):
        assert text in (EXACT, PARTS, WHOLE) or text.startswith(("with ", "refused: "))
        assert text != "refused: no equivalent"


def test_no_entry_is_for_a_class_that_is_not_there():
    for part in ("resampling", "small", "tables"):
        import_module(f"th7shell.nnx.{part}")
    known = set(REGISTRY)
    for table in (ONNX, HELPED, REASONS, WAYS, dict.fromkeys(TAKEN_WHOLE)):
        names = {name for name in table if name.startswith("nn.")}
        assert names - known <= {"nn.gModule"}


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_rows_of_the_layer_tables_become_what_is_said(row):
    said, net, sizes = support(f"nn.{row.name}").torch, row.build(), shapes(row.arrays())
    if said.startswith("refused"):
        with pytest.raises(ExportError):
            to_torch_source(net, sizes)
        return
    source, _ = to_torch_source(net, sizes)
    helpers = set(re.findall(r"^class (\w+)", source, re.M)) - {"Net"}
    if said == PARTS:
        trace(net, sizes)
    elif said == EXACT:
        assert not helpers
    else:
        assert helpers <= {said.removeprefix("with "), "OverFrames", "Unbatched"}


#: layers that the tables have no row of
OTHERS = {
    "DontCast": lambda: nn.DontCast(nn.Linear(2, 3)),
    "Index": lambda: nn.Index(1),
    "IndexLinear": lambda: nn.IndexLinear(5, 2),
    "Kmeans": lambda: nn.Kmeans(2, 3),
    "MaskedSelect": lambda: nn.MaskedSelect(),
    "PrintSize": lambda: nn.PrintSize("here"),
    "SparseLinear": lambda: nn.SparseLinear(5, 2),
    "SpatialMaxUnpooling": lambda: nn.SpatialMaxUnpooling(nn.SpatialMaxPooling(2, 2, 2, 2)),
    "VolumetricMaxUnpooling": lambda: nn.VolumetricMaxUnpooling(nn.VolumetricMaxPooling(2, 2, 2)),
}
MADE = [(row.name, row.build) for row in ROWS] + list(OTHERS.items())


def test_programs_of_lua_have_what_is_said():
    """A layer is taken whole only if its class is said to be, and of those at least one is."""
    taken, made = set(), set()
    for name, build in MADE:
        program = Program(nn.Sequential().add(build()))
        program.text("data.t7")
        whole = {kind for _, kind in program.whole}
        taken |= whole
        made.add(f"nn.{name}")
        if support(f"nn.{name}").lua == EXACT:
            assert not whole, name
    assert taken == TAKEN_WHOLE
    assert made == {c for c in CLASSES if not support(c).lua.startswith("refused")}


LOSS = {
    "ClassSimplexCriterion": lambda: nn.ClassSimplexCriterion(4),
    "WeightedMSECriterion": lambda: nn.WeightedMSECriterion(torch.ones(2, 3)),
    "ModuleCriterion": lambda: nn.ModuleCriterion(nn.MSECriterion(), nn.Tanh(), nn.Tanh()),
    "StochasticGradient": lambda: nn.StochasticGradient(nn.Linear(2, 2), nn.MSECriterion()),
}


@pytest.mark.parametrize("name", REASONS)
def test_what_is_no_layer_is_refused_with_what_is_said(name, tmp_path):
    value = LOSS.get(name.removeprefix("nn."), getattr(nn, name.removeprefix("nn.")))()
    for ending in ("py", "lua"):
        if (ending, name) in (("lua", "nn.Module"), ("lua", "nn.Container")):
            continue  # bases, which programs may make
        with pytest.raises(ExportError) as caught:
            save(tmp_path / f"x.{ending}", value, input=(2, 3))
        assert f"{name}: {REASONS[name]}" in str(caught.value).replace(" at the top", "")
    assert not list(tmp_path.iterdir())


def test_without_the_onnx_package_a_line_says_what_to_type(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnx", None)
    (tmp_path / "y.onnx").write_bytes(b"")
    for action in (
        lambda: save(tmp_path / "x.onnx", nn.Tanh()),
        lambda: load(tmp_path / "y.onnx"),
    ):
        with pytest.raises(ExportError, match=r"pip install 'th7shell\[onnx\]'"):
            action()
    assert [p.name for p in tmp_path.iterdir()] == ["y.onnx"]
