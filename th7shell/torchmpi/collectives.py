"""Collectives on tensors and numbers over the current communicator.

MPI reads and writes the tensors' own memory. Tensors are contiguous; only counts of elements must
agree, not sizes. What is started without waiting returns a `Handle`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from th7shell.lua import LuaObject, TorchError
from th7shell.torch.classes import torch_type
from th7shell.torch.tensor import Tensor, resized
from th7shell.torch.types import integer, number

from .communicators import LEVELS
from .library import running


class Handle(LuaObject):
    """A collective on its way: `mpi.syncHandle(handle)` or `handle:wait()` waits for its end."""

    __slots__ = ("_after", "_kept", "_requests")

    def __init__(
        self, requests: Sequence[Any], *kept: Any, after: Callable[[], Any] | None = None
    ) -> None:
        self._requests = list(requests)
        self._kept = kept  # memory that MPI still reads or writes
        self._after = after  # what completes it on other ranks
        ON_THE_WAY.append(self)

    @property
    def waiting(self) -> bool:
        """Whether nobody has waited for it yet."""
        return bool(self._requests)

    def __str__(self) -> str:
        return f"torchmpi.SynchronizationHandle <{'waiting' if self.waiting else 'done'}>"

    def wait(self, *_: Any) -> None:
        """Wait until the result is there. Waiting again does nothing."""
        requests, self._requests = self._requests, []
        if requests:
            running().Request.Waitall(requests)
            if self._after is not None:
                self._after()
            self._kept = ()
            ON_THE_WAY.remove(self)

    def move(self) -> None:
        """Let MPI do what it can do now: many libraries get on inside calls only."""
        running().Request.Testall(self._requests)


ON_THE_WAY: list[Handle] = []  # in the order in which they were started


def get_on() -> None:
    """Let all collectives on their way get on."""
    for handle in ON_THE_WAY:
        handle.move()


def memory(tensor: Any, position: int) -> np.ndarray:
    """A tensor's own array, for MPI. Errors: not a tensor, not contiguous, no type of MPI."""
    if not isinstance(tensor, Tensor):
        raise TorchError(f"argument {position}: a tensor expected, got {torch_type(tensor)}")
    nd = tensor.nd
    if not nd.flags.c_contiguous:
        raise TorchError(
            f"argument {position}: MPI takes contiguous tensors, which this is not: t:contiguous()"
        )
    if nd.dtype == np.float16:
        raise TorchError(f"argument {position}: MPI has no type for {torch_type(tensor)}")
    return nd


def pair(input: Any, output: Any, first: int) -> tuple[Any, np.ndarray]:
    """What an operation reads and writes: MPI.IN_PLACE where both are one. Errors: they do not
    fit."""
    read = memory(input, first)
    if output is None or output is input:
        return running().IN_PLACE, read
    written = memory(output, first + 1)
    if read.dtype != written.dtype or read.size != written.size:
        raise TorchError(
            f"{torch_type(input)} of {read.size} elements does not fit"
            f" {torch_type(output)} of {written.size}"
        )
    if read.ctypes.data == written.ctypes.data:
        return running().IN_PLACE, written
    return read, written


def rank_of(value: Any, position: int) -> int:
    """A rank that is an argument. Errors: there is none of that number."""
    rank, size = integer(value, position), LEVELS.comm.size
    if not 0 <= rank < size:
        raise TorchError(f"argument {position}: ranks are 0 to {size - 1}, got {rank}")
    return rank


def broadcast(rank: Any = None, tensor: Any = None, *_: Any) -> None:
    """Give all ranks the elements that a tensor has on one: `mpi.broadcastTensor(rank, t)`."""
    root, data = rank_of(rank, 1), memory(tensor, 2)
    LEVELS.comm.Bcast(data, root)


def allreduce(input: Any = None, output: Any = None, *_: Any) -> None:
    """Sum over all ranks, on all ranks: `mpi.allreduceTensor(t[, result])`, in place by default."""
    LEVELS.comm.Allreduce(*pair(input, output, 1))


def reduce(rank: Any = None, input: Any = None, output: Any = None, *_: Any) -> None:
    """Sum over all ranks, on one: `mpi.reduceTensor(rank, t[, result])`. Other ranks' results are
    left as they are."""
    root, (read, written) = rank_of(rank, 1), pair(input, output, 2)
    LEVELS.comm.Reduce(*_reduced(root, read, written), root=root)


def _reduced(root: int, read: Any, written: np.ndarray) -> tuple[Any, Any]:
    """The buffers of a reduction to one rank."""
    if LEVELS.comm.rank == root:
        return read, written
    return (written if read is running().IN_PLACE else read), None


def sendreceive(tensor: Any = None, src: Any = None, dst: Any = None, *_: Any) -> None:
    """Send a tensor's elements to rank `dst` and replace them by those of rank `src`:
    `mpi.sendreceiveTensor(t, src, dst)`."""
    data, source, target = memory(tensor, 1), rank_of(src, 2), rank_of(dst, 3)
    LEVELS.comm.Sendrecv_replace(data, dest=target, source=source)


def allgather(input: Any = None, output: Any = None, *_: Any) -> None:
    """The elements of all ranks' inputs, one rank after the other, on all ranks:
    `mpi.allgatherTensor(t, result)`. Ranks may give different counts; where the result is too
    small, its last dimension grows."""
    if input is output:
        raise TorchError("inplace not supported for allgather")
    comm, data, place = LEVELS.comm, memory(input, 1), memory(output, 2)
    counts = comm.allgather(data.size)
    total = sum(counts)
    if total > place.size:
        shape = list(place.shape)
        rest = int(np.prod(shape[:-1]))
        if not rest or total % rest:
            raise TorchError(f"{total} gathered elements do not fill rows of {rest} elements")
        place = resized(output, (*shape[:-1], total // rest))
    comm.Allgatherv(data, [place.reshape(-1)[:total], counts])


def start_broadcast(rank: Any = None, tensor: Any = None, *_: Any) -> Handle:
    """`broadcastTensor` without waiting."""
    root, data = rank_of(rank, 1), memory(tensor, 2)
    return Handle([LEVELS.comm.Ibcast(data, root)], data)


def start_allreduce(input: Any = None, output: Any = None, *_: Any) -> Handle:
    """`allreduceTensor` without waiting."""
    read, written = pair(input, output, 1)
    return Handle([LEVELS.comm.Iallreduce(read, written)], read, written)


def start_reduce(rank: Any = None, input: Any = None, output: Any = None, *_: Any) -> Handle:
    """`reduceTensor` without waiting."""
    root, (read, written) = rank_of(rank, 1), pair(input, output, 2)
    buffers = _reduced(root, read, written)
    return Handle([LEVELS.comm.Ireduce(*buffers, root=root)], *buffers)


def sync_handle(handle: Any = None, *_: Any) -> None:
    """Wait for what a handle stands for: `mpi.syncHandle(handle)`; of nil, nothing."""
    if handle is not None and not isinstance(handle, Handle):
        raise TorchError(f"argument 1: a handle expected, got {torch_type(handle)}")
    if handle is not None:
        handle.wait()


SYNC = {
    "broadcastTensor": broadcast,
    "reduceTensor": reduce,
    "allreduceTensor": allreduce,
    "sendreceiveTensor": sendreceive,
    "allgatherTensor": allgather,
}
ASYNC = {
    "broadcastTensor": start_broadcast,
    "reduceTensor": start_reduce,
    "allreduceTensor": start_allreduce,
}
SCALARS = {  # name in C: what it is here
    "uint8_t": np.uint8,
    "char": np.int8,
    "short": np.int16,
    "int": np.int32,
    "long": np.int64,
    "float": np.float32,
    "double": np.float64,
}


def scalar_functions() -> dict[str, Any]:
    """`allreduce_double(v)`, `broadcast_int(rank, v)`, `reduce_…(rank, v)`,
    `sendreceive_…(v, src, dst)`: each returns the number that this rank has then."""
    return {
        f"{name}_{kind}": _scalar(kind, dtype, act)
        for kind, dtype in SCALARS.items()
        for name, act in _ON_NUMBERS.items()
    }


def _scalar(kind: str, dtype: Any, act: Any) -> Any:
    def function(*arguments: Any) -> Any:
        return act(lambda value, at: np.array([number(value, at)]).astype(dtype), *arguments)

    function.__doc__ = f"{act.__doc__} In C's {kind}."
    return function


def _allreduce_number(cell: Any, value: Any = None, *_: Any) -> Any:
    """The sum of a number over all ranks."""
    box = cell(value, 1)
    LEVELS.comm.Allreduce(running().IN_PLACE, box)
    return box.item()


def _broadcast_number(cell: Any, rank: Any = None, value: Any = None, *_: Any) -> Any:
    """The number that one rank has."""
    box = cell(value, 2)
    LEVELS.comm.Bcast(box, rank_of(rank, 1))
    return box.item()


def _reduce_number(cell: Any, rank: Any = None, value: Any = None, *_: Any) -> Any:
    """The sum of a number over all ranks, on one; the others get their own back."""
    root, box = rank_of(rank, 1), cell(value, 2)
    LEVELS.comm.Reduce(*_reduced(root, running().IN_PLACE, box), root=root)
    return box.item()


def _sendreceive_number(
    cell: Any, value: Any = None, src: Any = None, dst: Any = None, *_: Any
) -> Any:
    """The number that rank `src` sends; this one's goes to rank `dst`."""
    box = cell(value, 1)
    LEVELS.comm.Sendrecv_replace(box, dest=rank_of(dst, 3), source=rank_of(src, 2))
    return box.item()


_ON_NUMBERS = {
    "allreduce": _allreduce_number,
    "broadcast": _broadcast_number,
    "reduce": _reduce_number,
    "sendreceive": _sendreceive_number,
}
