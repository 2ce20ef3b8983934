"""A shared mapping for which the disk has no room: an error, not the end of the process."""

from __future__ import annotations

import subprocess

import pytest

from th7shell import torch
from th7shell.lua import LuaError
from th7shell.torch import mapping


def test_no_room_is_an_error_and_the_file_keeps_its_length(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(mapping.errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(mapping.os, "posix_fallocate", full, raising=False)
    name = tmp_path / "data"
    name.write_bytes(b"12345678")
    with pytest.raises(LuaError, match="to the right size: No space left on device"):
        torch.DoubleStorage(str(name), True, 1000)
    assert name.read_bytes() == b"12345678"


@pytest.mark.long
def test_a_small_disk(tmp_path):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount")
    try:
        storage = torch.DoubleStorage(str(tmp_path / "fits"), True, 1000)
        storage.fill(3)
        with pytest.raises(LuaError, match="to the right size"):
            torch.DoubleStorage(str(tmp_path / "large"), True, 1 << 20)
        assert (tmp_path / "large").stat().st_size == 0
        del storage
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
