"""docs/convert-nets.md says what is so."""

from __future__ import annotations

from pathlib import Path

import pytest

from th7shell.export.onnx.operators import RULES
from th7shell.export.pytorch import to_torch_source
from th7shell.export.support import EXACT, PARTS, TAKEN_WHOLE, support

from . import nets
from .test_support import CLASSES

TEXT = (Path(__file__).parents[2] / "docs" / "convert-nets.md").read_text(encoding="utf-8")
WORDS = " ".join(TEXT.split())


@pytest.mark.parametrize("name, title", [("openface", "OpenFace"), ("lstm", "LSTM")])
def test_the_sources_are_those_that_are_written(name, title):
    source, _ = to_torch_source(nets.build(name).float(), nets.NETS[name][1], title)
    assert f"```python\n{source.rstrip()}\n```" in TEXT


def test_the_operators_that_are_read():
    assert f"`{' '.join(sorted(RULES))}`" in WORDS


def test_what_programs_of_lua_take_whole():
    listed = WORDS.partition("## Nets as programs of Lua")[2].partition("## ")[0]
    assert listed.rstrip().endswith(", ".join(f"`{name}`" for name in sorted(TAKEN_WHOLE)) + ".")


@pytest.mark.parametrize("name", CLASSES)
def test_what_becomes_of_each_class(name):
    onnx, torch, _ = support(name)
    listed = f"`{name}`" in WORDS.partition("What becomes of each layer")[2]
    if onnx == torch == EXACT:
        assert not listed
    elif torch.startswith("with "):
        assert f"| `{name}` | `{torch.removeprefix('with ')}` |" in TEXT
    elif torch == PARTS:
        assert f"`{name}`" in WORDS
    else:
        assert f"| `{name}` | " in TEXT
        assert onnx.removeprefix("refused: ") in WORDS
