"""What every test file leaves as it found it."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture(autouse=True, scope="module")
def classes_are_declared_once():
    """A prompt lets classes be declared again (session/redefining); the next file is a script."""
    yield
    namespace = sys.modules.get("th7shell.torch.namespace")
    declare = vars(namespace.TORCH).get("class") if namespace else None
    if getattr(declare, "redefines", False):
        vars(namespace.TORCH)["class"] = declare.__wrapped__
