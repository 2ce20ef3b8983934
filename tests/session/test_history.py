"""History: whole entries, several sessions, the old file, private mode."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from th7shell.session import history as module
from th7shell.session.history import History, read


@pytest.fixture(autouse=True)
def no_old_file(monkeypatch, tmp_path):
    monkeypatch.delenv("TREPL_HISTORY", raising=False)
    monkeypatch.setattr(module, "OLD", str(tmp_path / "luahistory"))


def test_entries_keep_their_lines(tmp_path):
    entry = "for i=1,2 do\n   print(i)\n\nend"
    History(tmp_path / "h").add(entry)
    assert History(tmp_path / "h").saved() == [entry]


@pytest.mark.skipif(os.name == "nt", reason="files have no such modes")
def test_nobody_else_may_read_it(tmp_path):
    path = tmp_path / "h"
    History(path).add("x = 'secret'")
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    History(path).add("y = 1")
    assert path.stat().st_mode & 0o777 == 0o600
    device = os.stat(os.devnull).st_mode
    assert History(Path(os.devnull)).add("z")
    assert os.stat(os.devnull).st_mode == device


def test_two_sessions_interleave(tmp_path):
    a, b = History(tmp_path / "h"), History(tmp_path / "h")
    for i in range(5):
        a.add(f"a{i}")
        b.add(f"b{i}")
    assert History(tmp_path / "h").saved() == [f"{s}{i}" for i in range(5) for s in "ab"]


def test_duplicates_keep_the_latest_place(tmp_path):
    h = History(tmp_path / "h")
    for entry in ("x", "y", "x"):
        h.add(entry)
    assert h.saved() == ["y", "x"]


def test_what_is_not_written(tmp_path):
    h = History(tmp_path / "h")
    assert h.add("x") and not h.add("x") and not h.add(" secret") and not h.add("  ")
    assert h.entries == ["x", "x", " secret"]
    assert h.saved() == ["x"]
    private = History(tmp_path / "p", private=True)
    assert not private.add("x") and not (tmp_path / "p").exists()


def test_old_history_is_imported_once(tmp_path):
    (tmp_path / "luahistory").write_text("1+1\nprint(2)\n\n")
    h = History(tmp_path / "state" / "h")
    assert h.saved() == ["1+1", "print(2)"]
    (tmp_path / "luahistory").write_text("changed\n")
    assert h.saved() == ["1+1", "print(2)"]


def test_plain_lines_are_entries():
    assert list(read("a\nb\n# 2020\n+c\n+d\n\n+e")) == ["a", "b", "c\nd", "e"]


def test_limit(tmp_path):
    h = History(tmp_path / "h", limit=3)
    for i in range(6):
        h.add(str(i))
    assert h.saved() == ["3", "4", "5"]


@pytest.mark.parametrize(
    ("which", "numbers"), [("2", [2]), ("1-3", [1, 2, 3]), ("-2", [3, 4]), ("", [1, 2, 3, 4])]
)
def test_select(which, numbers):
    h = History()
    for e in "abcd":
        h.add(e)
    assert [n for n, _ in h.select(which)] == numbers


@pytest.mark.parametrize("which", ["9", "3-1", "x", "0"])
def test_select_what_is_not_there(which):
    h = History()
    h.add("a")
    with pytest.raises(ValueError, match="entries"):
        h.select(which)


def test_bytes_that_are_no_utf8_survive(tmp_path):
    h = History(tmp_path / "h")
    h.add("x = '\udcff'")
    assert h.saved() == ["x = '\udcff'"]
