"""Random programs print here what they print on LuaJIT; `differential_run.py` runs many more."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

pytest.importorskip("lupa.luajit21")

from tests.lua.differential import Oracle, Ours, difference, programs


@pytest.fixture(scope="module")
def implementations():
    """One interpreter of each kind for all programs."""
    return Ours(), Oracle("luajit21"), Oracle("lua51")


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(programs())
def test_random_programs(implementations, program):
    assert difference(program, *implementations) is None
