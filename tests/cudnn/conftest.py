"""CUDA names come without the notice in these tests."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TH7SHELL_CUDA", "quiet")


os.environ.setdefault("TH7SHELL_CUDA", "quiet")  # cudnn makes the types when it is imported
