"""What the tests of torch share: running Lua, and short searches of the process."""

from __future__ import annotations

import gc

import pytest


@pytest.fixture(scope="module")
def young():
    """Searches of the process for a storage's tensors leave out what was there before: they are
    slow where all tests run."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="module")
def lua():
    """Run Lua source in one interpreter of the module's own and return its results as a tuple."""
    from th7shell.lua import state
    from th7shell.lua.state import MAIN
    from th7shell.session.environment import Environment

    before = state.globals
    environment = Environment(MAIN)

    def run(source, *arguments):
        results = environment.load(source, "=test")(*arguments)
        return results if isinstance(results, tuple) else (results,)

    yield run
    state.globals = before
