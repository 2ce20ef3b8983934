"""Storages over files: `torch.FloatStorage('data.bin' [, shared [, size [, sharedMem]]])` maps a
file into memory.

Private mappings copy on write; shared ones write through, create the file and stretch it to the
size asked for. With `sharedMem` the name is that of a shared-memory object, which vanishes with its
storage.
"""

from __future__ import annotations

import errno
import mmap
import os
import sys
import tempfile
import weakref
from pathlib import Path
from typing import Any

import numpy as np

from th7shell.lua import TorchError
from th7shell.lua.stdlib.texts import to_system

from .segments import of_file
from .types import NONE, expected_kind, integer


def map_file(name: str, dtype: np.dtype, args: tuple[Any, ...]) -> np.ndarray:
    """The elements of a mapped file; `args` are what follows the name: shared, size, sharedMem."""
    shared, size, shared_memory = (*args, None, None, None)[:3]
    is_shared = _flag(shared, 2)
    count = 0 if size is None or size is NONE else integer(size, 3)
    in_memory = is_shared and _flag(shared_memory, 4)
    path = _memory_path(name) if in_memory else Path(to_system(name))
    handle = _open(path, name, is_shared)
    try:
        length = _length(handle, name, count * dtype.itemsize, is_shared)
        memory = _mapped(handle, length, is_shared) if length else bytearray()
    except (OSError, ValueError) as err:
        raise TorchError(f"$ Torch: unable to mmap memory: {err}") from err
    finally:
        os.close(handle)
    array = np.frombuffer(memory, dtype, length // dtype.itemsize)
    if in_memory:
        weakref.finalize(memory, path.unlink, missing_ok=True)
    return array


def _mapped(handle: int, length: int, shared: bool) -> mmap.mmap:
    return of_file(handle, length) if shared else mmap.mmap(handle, length, access=mmap.ACCESS_COPY)


def _flag(value: Any, position: int) -> bool:
    if value is None or value is NONE:
        return False
    if not isinstance(value, bool):
        raise expected_kind(value, position, "boolean")
    return value


def _memory_path(name: str) -> Path:
    """Where a shared-memory object of that name lives."""
    if sys.platform == "win32":
        return Path(to_system(name))
    shm = Path("/dev/shm")
    return (shm if shm.is_dir() else Path(tempfile.gettempdir())) / to_system(name).lstrip("/")


def _open(path: Path, name: str, shared: bool) -> int:
    flags = os.O_RDWR | os.O_CREAT if shared else os.O_RDONLY
    try:
        return os.open(path, flags | getattr(os, "O_BINARY", 0), 0o600)
    except OSError:
        mode = "read-write" if shared else "read-only"
        raise TorchError(f"unable to open file <{name}> in {mode} mode") from None


def _length(handle: int, name: str, wanted: int, shared: bool) -> int:
    """Bytes to map: what was asked for, or all there is; a shared file is made long enough."""
    have = os.fstat(handle).st_size
    if wanted <= 0:
        if shared and have:
            _reserve(handle, name, have, have)
        return have
    if wanted > have:
        if not shared:
            raise TorchError(
                f"file <{name}> size is smaller than the required mapping size <{wanted}>"
            )
        try:
            os.ftruncate(handle, wanted)
        except OSError as error:
            raise _no_room(name, error) from None
    if shared:
        _reserve(handle, name, wanted, have)
    return wanted


def _reserve(handle: int, name: str, length: int, before: int) -> None:
    """Have the disk hold the whole file: writing to a mapping for which it has no room would end
    the process."""
    if not hasattr(os, "posix_fallocate"):
        return
    try:
        os.posix_fallocate(handle, 0, length)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return  # this kind of file system cannot say
        if length > before:
            os.ftruncate(handle, before)
        raise _no_room(name, error) from None


def _no_room(name: str, error: OSError) -> TorchError:
    return TorchError(f"unable to resize file <{name}> to the right size: {error.strerror}")
