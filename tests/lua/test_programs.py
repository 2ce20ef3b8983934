"""Whole programs print here what they print on LuaJIT."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from .harness import luajit, ours

pytest.importorskip("lupa.luajit21")

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.lua"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_prints_the_same_as_luajit(path: Path) -> None:
    if path.stem == "error_messages" and sys.version_info[:3] == (3, 13, 0):
        pytest.skip("Python 3.13.0 does not limit the recursion that this program starts")
    source = path.read_text(encoding="latin-1")
    assert ours(source).split("\n") == luajit(source).split("\n")
