"""Moving storages into memory that processes share.

A storage that is shared for the first time is copied into a segment, and all tensors and other
storages that lie in its memory move with it; it stays there, so that this happens once.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from th7shell.lua import TorchError
from th7shell.torch.memory import Memory, point
from th7shell.torch.segments import address, create, segment_of
from th7shell.torch.storage import Storage, storage_of
from th7shell.torch.stranded import layout_of

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

_ALONE = 1 << 20  # bytes of what gets a segment of its own
_STEP = 64  # bytes: where others may begin in a common one


class Piece:
    """An array that holds memory, and the storages and tensors that are known to lie in it."""

    def __init__(self, root: np.ndarray) -> None:
        self.root = root
        self.users: dict[int, Any] = {}

    def add(self, user: Any) -> None:
        """Note a storage or tensor."""
        self.users[id(user)] = user

    def references(self) -> int:
        """How many refer to the array beside the views of those that are known."""
        users = self.users.values()
        links = {id(link) for user in users for link in _below(user.nd, self.root)}
        holders = sum(user.nd is self.root for user in users)
        return sys.getrefcount(self.root) - len(links) - holders

    def move(self, memory: np.ndarray) -> None:
        """Copy the array and take its users to the copy."""
        memory[:] = _bytes_of(self.root)
        origin = address(self.root)

        def moved(old: np.ndarray) -> np.ndarray:
            return np.ndarray(old.shape, old.dtype, memory, address(old) - origin, old.strides)

        tensors = [user for user in self.users.values() if not isinstance(user, Storage)]
        for storage in [user for user in self.users.values() if isinstance(user, Storage)]:
            nd = moved(storage.nd)
            for tensor in tensors:
                if tensor._storage is storage:
                    tensor.__moved__(storage, nd)
            storage.nd = nd
        for tensor in tensors:
            if tensor._storage is None:
                point(tensor, moved(tensor.nd), None)


def move_in(storages: Iterable[Any]) -> None:
    """Move storages that lie in this process's own memory into segments."""
    own = [s for s in storages if s.nd.size and segment_of(s.nd) is None]
    if not own:
        return
    pieces: dict[int, Piece] = {}
    for storage in own:
        root = _root(storage.nd)
        pieces.setdefault(id(root), Piece(root)).add(storage)
    del root, storage
    for tensor in _tensors_over(own):
        pieces[id(_root(tensor._storage.nd))].add(tensor)
    shared = {number: p for number, p in pieces.items() if p.references() > _references_alone()}
    if shared:
        _look_everywhere(shared)
    for piece in pieces.values():
        if not piece.root.flags.forc:
            raise TorchError("a tensor over an array with gaps cannot be shared: clone it first")
    small = [p for p in pieces.values() if p.root.nbytes < _ALONE]
    common = create(sum(_room(p) for p in small)).array() if small else None
    start = 0
    for piece in pieces.values():
        if piece.root.nbytes < _ALONE and common is not None:
            piece.move(common[start : start + piece.root.nbytes])
            start += _room(piece)
        else:
            piece.move(create(piece.root.nbytes).array())


def repoint(storage: Any, nd: np.ndarray) -> None:
    """Give a storage memory that another process has chosen, and take its tensors there."""
    for tensor in _tensors_over([storage]):
        tensor.__moved__(storage, nd)
    storage.nd = nd


def _tensors_over(storages: list[Any]) -> list[Any]:
    wanted = {id(s) for s in storages}
    referrers = gc.get_referrers(*storages)
    tensors = [t for t in referrers if isinstance(t, Memory) and id(t._storage) in wanted]
    return [t for t in tensors if layout_of(t) is None]  # others have no place yet


def _look_everywhere(pieces: dict[int, Piece]) -> None:
    """Find all storages and tensors that lie in some arrays: other storages may lie there too, or
    tensors that have no storage yet."""
    for user in gc.get_objects():
        if isinstance(user, Storage) or (isinstance(user, Memory) and layout_of(user) is None):
            try:
                piece = pieces.get(id(_root(user.nd)))
            except AttributeError:
                continue  # its constructor has not ended
            if piece is not None:
                piece.add(user)


def _references_alone() -> int:
    """How many refer to the array of a storage that is alone, while it is looked at."""
    if not _alone:
        piece = Piece(np.empty(1))
        storage = storage_of(piece.root[:])
        piece.add(storage)
        _alone.append(piece.references())
    return _alone[0]


_alone: list[int] = []


def _room(piece: Piece) -> int:
    return -(-piece.root.nbytes // _STEP) * _STEP


def _root(nd: np.ndarray) -> np.ndarray:
    """The array that holds the memory of another."""
    while isinstance(nd.base, np.ndarray):
        nd = nd.base
    return nd


def _below(nd: np.ndarray, root: np.ndarray) -> Iterator[np.ndarray]:
    """The last array before `root` on the way from a view to what it is a view of."""
    while isinstance(nd, np.ndarray):
        if nd.base is root:
            yield nd
            return
        nd = nd.base  # type: ignore[assignment]


def _bytes_of(root: np.ndarray) -> np.ndarray:
    """The memory of an array without gaps."""
    return root.reshape(-1, order="A").view(np.uint8)
