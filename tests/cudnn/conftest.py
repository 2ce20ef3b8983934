"""CUDA names come without the notice in these tests."""

from __future__ import annotations

import pytest

from th7shell.torch import cuda_types


@pytest.fixture(autouse=True)
def cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TH7SHELL_CUDA", "quiet")
    cuda_types.enable()
