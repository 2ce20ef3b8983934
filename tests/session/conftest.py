"""One session for a test file, its variables forgotten between tests; what is emitted and printed
is kept."""

from __future__ import annotations

import pytest

from th7shell.session.core import Session
from th7shell.session.history import History


@pytest.fixture(scope="module")
def whole():
    """The session of a file."""
    return Session()


@pytest.fixture
def session(whole, monkeypatch, tmp_path):
    """The file's session, clean, in an empty folder; `session.emitted` lists what commands
    showed."""
    monkeypatch.chdir(tmp_path)
    whole.emitted = []
    whole.emit = whole.emitted.append
    whole.history = History()
    whole.evaluate(":reset")
    return whole
