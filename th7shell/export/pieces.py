"""The elements of an array piece by piece, in order: of one that lies in a mapped file by ordinary
reads, so that much data passes through little memory.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.torch.files.mapped import place

from .options import ExportError

PIECE = 1 << 21  # bytes
BLOCK = 1 << 26  # bytes that the system copies at a time


def counted(progress: Callable[[int, int], Any] | None, total: int) -> Callable[[int], None]:
    """What adds up the bytes of pieces and tells how many of all are done."""
    done = 0

    def count(n: int) -> None:
        nonlocal done
        done += n
        if progress is not None:
            progress(done, total)

    return count


def pieces(nd: NDArray[Any], progress: Callable[[int], Any] | None = None) -> Iterator[Any]:
    """The elements of an array as one-dimensional arrays of at most PIECE bytes, in C order. A
    piece is overwritten by the next. progress: takes the bytes of each piece when it is done."""
    if not nd.flags.c_contiguous and nd.nbytes > PIECE:
        for row in _rows(nd):
            yield from pieces(row, progress)
        return
    source = place(nd) if nd.nbytes > PIECE else None
    if source is not None:
        parts = _read(source[0].file, source[1], nd)
    else:
        flat = np.ascontiguousarray(nd).reshape(-1)
        step = max(1, PIECE // nd.itemsize)
        parts = (flat[i : i + step] for i in range(0, flat.shape[0], step))
    for part in parts:
        yield part
        if progress is not None:
            progress(part.nbytes)


def pour(nd: NDArray[Any], target: Any, progress: Callable[[int], Any] | None = None) -> None:
    """Write the elements of an array in C order, as little-endian numbers, to a raw file at its
    position. What lies in a mapped file in that order is copied by the system where it can."""
    little = nd.dtype.newbyteorder("<") == nd.dtype
    source = place(nd) if little and nd.flags.c_contiguous and nd.nbytes > PIECE else None
    if source is not None:
        number, start = source[0].file.fileno(), source[1]
        done = _copied(number, start, target, nd.nbytes, progress)
        nd = nd.reshape(-1).view(np.uint8)[done:]
    for part in pieces(nd, progress):
        write_all(target, part if little else part.astype(part.dtype.newbyteorder("<")))


def _copied(
    source: int, start: int, target: Any, size: int, progress: Callable[[int], Any] | None
) -> int:
    """Copy bytes from a file to a raw one within the system; how many it took."""
    copy = vars(os).get("copy_file_range")
    done = 0
    while copy is not None and done < size:
        try:
            n = copy(source, target.fileno(), min(BLOCK, size - done), start + done)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG):
                raise
            break  # not between these files
        if not n:
            break
        done += n
        if progress is not None:
            progress(n)
    return done


def write_all(target: Any, data: Any) -> None:
    """Write an array's bytes to a raw file, which may take less at a time."""
    view = memoryview(data).cast("B")
    while view:
        view = view[target.write(view) :]


def _rows(nd: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Blocks along the first axis, none larger than a piece if a single row is not."""
    step = max(1, PIECE * nd.shape[0] // nd.nbytes)
    for i in range(0, nd.shape[0], step):
        yield nd[i] if step == 1 else nd[i : i + step]


def _read(file: Any, start: int, nd: NDArray[Any]) -> Iterator[NDArray[Any]]:
    buffer = np.empty(PIECE // nd.itemsize, nd.dtype)
    left = nd.shape[0] if nd.ndim == 1 else nd.size
    file.seek(start)
    while left:
        part = buffer[: min(left, buffer.shape[0])]
        view, got = part.view(np.uint8).data, 0
        while got < len(view):
            n = file.readinto(view[got:])
            if not n:
                raise ExportError("the file became shorter while it was read")
            got += n
        yield part
        left -= part.shape[0]
