"""Memory that processes share: pieces without a name, which go from process to process as open
descriptors (on Windows by a name that only the system's handles keep alive).

So nothing is left behind when the processes have ended, however they did. A piece is unmapped when
no array lies in it any more.
"""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
import weakref
from typing import Any

import numpy as np

from th7shell.lua import TorchError

ON_WINDOWS = sys.platform == "win32"
_UNTRACKED = {"trackfd": False} if sys.version_info >= (3, 13) and not ON_WINDOWS else {}
_SPARE_FILES = 64  # descriptors that are left to the program itself
_HARD = 1 << 16  # descriptors that are enough

_known: weakref.WeakValueDictionary[int, Segment] = weakref.WeakValueDictionary()


class Segment(mmap.mmap):
    """A piece of shared memory, or a file that was mapped to be shared.

    `key` is the number by which all processes know it, `handle` what another one maps it by: a
    descriptor, or the name on Windows.
    """

    key: int
    handle: Any

    def array(self) -> np.ndarray:
        """Its bytes."""
        return np.frombuffer(self, np.uint8)


def create(size: int) -> Segment:
    """A new segment of so many bytes, zeros. Errors: the system has no memory for it."""
    key = int.from_bytes(os.urandom(7), "little")
    try:
        if ON_WINDOWS:
            return _windows(f"th7shell-{key:x}", size, key)
        handle = _anonymous()
        try:
            os.ftruncate(handle, size)
            _reserve(handle, size)
            return _mapped(handle, size, key)
        except BaseException:
            os.close(handle)
            raise
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise TorchError(f"$ Torch: not enough shared memory for {size} bytes: {reason}") from error


def opened(key: int, size: int, handle: Any) -> Segment:
    """The segment that another process has sent; the descriptor is taken over."""
    known = _known.get(key)
    if known is not None:
        if not ON_WINDOWS:
            os.close(handle)
        return known
    try:
        return _windows(handle, size, key) if ON_WINDOWS else _mapped(handle, size, key)
    except OSError as error:
        raise TorchError(f"$ Torch: cannot map shared memory: {error.strerror}") from error


def of_file(handle: int, length: int) -> mmap.mmap:
    """A file mapped so that what is written arrives in it; other processes can share it too."""
    if ON_WINDOWS:
        return mmap.mmap(handle, length, access=mmap.ACCESS_WRITE)
    kept = os.dup(handle)
    try:
        return _mapped(kept, length, int.from_bytes(os.urandom(7), "little"))
    except BaseException:
        os.close(kept)
        raise


def segment_of(array: Any) -> Segment | None:
    """The segment in which an array lies, None for memory of this process alone."""
    while isinstance(array, np.ndarray):
        array = array.base
    if isinstance(array, memoryview):
        array = array.obj
    return array if isinstance(array, Segment) else None


def address(array: Any) -> int:
    """Where an array begins."""
    return array.__array_interface__["data"][0]


def _anonymous() -> int:
    """A new file without a name."""
    if sys.platform == "linux":
        handle = os.memfd_create("th7shell")
    else:
        with tempfile.TemporaryFile() as file:
            handle = os.dup(file.fileno())
    _allow(handle)
    return handle


def _reserve(handle: int, size: int) -> None:
    """Have the system hold all of it now: a page it could not give later would end the process."""
    if sys.platform == "linux":
        os.posix_fallocate(handle, 0, size)


def _allow(handle: int) -> None:
    """Before descriptors run out, let this process have as many as the system grants it."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or handle + _SPARE_FILES < soft:
        return
    wanted = _HARD if hard == resource.RLIM_INFINITY else min(hard, _HARD)
    if wanted > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _mapped(handle: int, size: int, key: int) -> Segment:
    _allow(handle)
    options: dict[str, Any] = _UNTRACKED
    segment = Segment(handle, size, **options)
    weakref.finalize(segment, os.close, handle).atexit = False
    return _remember(segment, key, handle)


def _windows(name: str, size: int, key: int) -> Segment:
    return _remember(Segment(-1, size, tagname=name), key, name)  # type: ignore[call-arg]


def _remember(segment: Segment, key: int, handle: Any) -> Segment:
    segment.key, segment.handle = key, handle
    _known[key] = segment
    return segment
