"""A text is parsed once for completeness, the toolbar and the compiler."""

from __future__ import annotations

import pytest

from th7shell.lua.compiler.parser import Parser
from th7shell.session.core import Session


@pytest.fixture(scope="module")
def session():
    return Session()


@pytest.mark.parametrize(
    ("entry", "most"),
    [  # what could be an expression is tried as one, too
        ("for i = 1, 3 do x = i end", 1),
        ("local a = 5 x = a", 2),  # its local becomes a global: another text
        ("1 + 1", 2),
        ("x = 3", 2),
        ("print(", 3),  # the compiler's message names its chunk
        ("x = = 3", 3),
    ],
)
def test_how_often_an_entry_is_parsed(entry, most, session, monkeypatch):
    parsed = []
    chunk = Parser.chunk

    def counted(self):
        parsed.append(self.source)
        return chunk(self)

    monkeypatch.setattr(Parser, "chunk", counted)
    for _ in range(3):
        session.is_complete(entry)
        session.syntax_error(entry)
    session.evaluate(entry)
    assert 1 <= len(parsed) <= most


def test_a_tree_is_compiled_once_and_errors_keep_their_chunks(session):
    for _ in range(3):
        assert session.evaluate("zz = (zz or 0) + 1").failure is None
    assert session.globals.zz == 3
    assert session.is_complete("y = = 1") == ("invalid", 0)
    assert session.globals.loadstring("y = = 1", "=mine")[1].startswith("mine:1:")
