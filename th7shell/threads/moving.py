"""Moving storages into memory that processes share.

A storage that is shared for the first time is copied into a segment, and all tensors and other
storages that lie in its memory move with it; it stays there, so that this happens once.
"""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from th7shell.lua import TorchError
from th7shell.torch.memory import Memory, own_storage, point
from th7shell.torch.segments import address, create, segment_of
from th7shell.torch.storage import Storage, give, storage_of, tensors_over
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
            give(storage, nd)
        for tensor in tensors:
            if tensor._storage is None:
                point(tensor, moved(tensor.nd), None)


def storage_of_any(value: Any) -> Any:
    """The storage of a tensor or storage, None of a tensor that has none."""
    if isinstance(value, Storage):
        return value
    if layout_of(value) is not None or value.nd.size:
        return own_storage(value)
    return value._storage


def move_in(values: Iterable[Any]) -> None:
    """Move the storages of tensors, and storages, that lie in this process's own memory into
    segments."""
    tensors: dict[int, Any] = {}
    own: dict[int, Any] = {}
    for value in values:
        storage = storage_of_any(value)
        if storage is not None and storage.nd.size and segment_of(storage.nd) is None:
            own[id(storage)] = storage
            if value is not storage and layout_of(value) is None:
                tensors[id(value)] = value
    value = storage = None
    if not own:
        return
    if _held_by_others(own, tensors):
        placed = [t for t in tensors_over(*own.values()) if layout_of(t) is None]
        tensors = {id(t): t for t in placed}
    pieces: dict[int, Piece] = {}
    for storage in own.values():
        root = _root(storage.nd)
        pieces.setdefault(id(root), Piece(root)).add(storage)
    del root, storage
    for tensor in tensors.values():
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
    for tensor in tensors_over(storage):
        tensor.__moved__(storage, nd)
    give(storage, nd)


def _held_by_others(own: dict[int, Any], tensors: dict[int, Any]) -> bool:
    """Whether more refers to the storages than these tensors, so that others have to be sought."""
    holders = Counter(id(tensor._storage) for tensor in tensors.values())
    return any(sys.getrefcount(own[number]) > holders[number] + _STORAGE_ALONE for number in own)


_STORAGE_ALONE = 2  # references: the dict's and the question's


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
