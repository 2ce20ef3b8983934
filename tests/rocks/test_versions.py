"""Versions are ordered as LuaRocks orders them; `versions.txt` has what it answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from th7shell.rocks import RocksError
from th7shell.rocks.versions import Version, dependency

SIGNS = ("==", "~=", "<", ">", "<=", ">=", "~>")
RECORDED = [
    line.split() for line in (Path(__file__).parent / "versions.txt").read_text().splitlines()
]


@pytest.mark.parametrize(("version", "bound", "answers"), RECORDED)
def test_agree_with_luarocks(version, bound, answers):
    found = [dependency(f"x {sign} {bound}").allows(Version(version)) for sign in SIGNS]
    assert found == [a == "1" for a in answers]


@pytest.mark.parametrize(
    ("text", "name", "yes", "no"),
    [
        ("lua >= 5.1, < 5.4", "lua", "5.1-1", "5.4"),
        ("torch >= 7.0", "torch", "scm-1", "6"),
        ("user/Rock ~> 1.2", "rock", "1.2.9-3", "1.3"),
        ("rock 1.0", "rock", "1.0-7", "1.0.1"),
        ("rock @>=1", "rock", "1", "0.9"),
        ("rock != 2", "rock", "1", "2-1"),
    ],
)
def test_dependency(text, name, yes, no):
    found = dependency(text)
    assert found.name == name
    assert found.allows(Version(yes))
    assert not found.allows(Version(no))


@pytest.mark.parametrize("text", ["", "<= 5", "x =< 3", "x >= 1 ;rm", "x >>1"])
def test_no_dependency(text):
    with pytest.raises(RocksError, match="is no dependency"):
        dependency(text)


def test_newest():
    texts = ["1.0rc1-1", "1.0-1", "0.9-9", "scm-1", "1.0-2", "1.0beta-1"]
    assert sorted(texts, key=Version) == [
        "0.9-9", "1.0beta-1", "1.0rc1-1", "1.0-1", "1.0-2", "scm-1",
    ]  # fmt: skip
