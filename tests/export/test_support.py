"""A row for each class of nn and each format, and what the rows say is so."""

from __future__ import annotations

import re
import sys

import pytest

from th7shell import nn
from th7shell.export import ExportError, load, save
from th7shell.export.graph import trace
from th7shell.export.onnx.rules import RULES as ONNX
from th7shell.export.pytorch import to_torch_source
from th7shell.export.support import EXACT, HELPED, LOSSES, PARTS, support
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
        assert text in (EXACT, PARTS) or text.startswith(("with ", "refused: "))
        assert text != "refused: no equivalent"


def test_no_entry_is_for_a_class_that_is_not_there():
    known = set(REGISTRY)
    for table in (ONNX, HELPED, LOSSES, WAYS):
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
