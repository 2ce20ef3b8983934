"""Shells in terminals of two sizes."""

from __future__ import annotations

import pytest

pexpect = pytest.importorskip("pexpect")
pytest.importorskip("pyte")


@pytest.fixture
def shell(tmp_path):
    """A function that starts a shell; all are ended after the test."""
    from tests.shell.screens import Shell

    started = []

    def start(columns=80, rows=24, sign=None, **options):
        one = Shell(tmp_path, columns, rows, **options)
        started.append(one)
        one.wait(sign) if sign else one.ready()
        return one

    yield start
    for one in started:
        one.close()
