"""Whole programs print here what they print on LuaJIT."""

from __future__ import annotations

from pathlib import Path

import pytest

from .harness import luajit, ours

pytest.importorskip("lupa.luajit21")

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.lua"))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_prints_the_same_as_luajit(path: Path) -> None:
    source = path.read_text(encoding="latin-1")
    assert ours(source).split("\n") == luajit(source).split("\n")
