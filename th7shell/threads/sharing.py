"""What travels between processes in place of a saved value: its bytes, and where the tensors and
storages that it hands over lie in shared memory.

Every tensor and storage that has travelled has a key, by which each process finds its own object of
it, so that what comes back is what was sent. The program tells its workers sizes and places each
time; a worker tells the program what its job has changed of them.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from th7shell.lua import TorchError, lua_type
from th7shell.torch.classes import typename
from th7shell.torch.memory import new_over, offset_of, point, sizes_of
from th7shell.torch.segments import Segment, address, create, segment_of
from th7shell.torch.serialization.payloads import native_class
from th7shell.torch.storage import STORAGES, Storage
from th7shell.torch.stranded import layout_of
from th7shell.torch.tensor import Tensor

from .moving import move_in, repoint, storage_of_any
from .serialize import carried_by, carry

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

LARGE = 1 << 16  # bytes of saved values that go through shared memory


class StorageState(NamedTuple):
    """A storage of `length` elements: the segment's key and the byte in it where it begins."""

    kind: str
    length: int
    segment: int | None
    start: int


class TensorState(NamedTuple):
    """A tensor: its storage's key, offset and strides in elements."""

    kind: str
    storage: Any
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class Cargo(NamedTuple):
    """Saved values on their way: bytes each, or a segment's number and a length; the keys of what
    each hands over; states by key, and which of them are news to the receiver."""

    texts: list[bytes | tuple[int, int]]
    carried: list[list[Any]]
    states: dict[Any, StorageState | TensorState]
    news: set[Any]


class Shipment(NamedTuple):
    """A cargo and the segments it speaks of."""

    cargo: Cargo
    segments: list[Segment]


class Book:
    """The tensors and storages of this process that others know, by key."""

    def __init__(self) -> None:
        self._mine = int.from_bytes(os.urandom(6), "little")  # what begins the keys made here
        self._made = 0
        self._found: dict[Any, weakref.ref[Any]] = {}
        self._keys: dict[int, Any] = {}  # id(object) → key
        self._last: dict[Any, Any] = {}  # key → state as the program above this worker knows it
        self.lock = threading.RLock()

    def key(self, value: Any) -> Any:
        """The key of an object, made now if it has none."""
        key = self._keys.get(id(value))
        if key is None:
            self._made += 1
            key = (self._mine, self._made)
            self.enter(key, value)
        return key

    def enter(self, key: Any, value: Any) -> None:
        """Note that an object has a key."""
        number = id(value)

        def forget(_: Any) -> None:
            self._found.pop(key, None)
            self._keys.pop(number, None)
            self._last.pop(key, None)

        self._found[key] = weakref.ref(value, forget)
        self._keys[number] = key

    def find(self, key: Any) -> Any:
        """The object of a key, None if there is none any more."""
        found = self._found.get(key)
        return None if found is None else found()

    def news(self, key: Any, state: Any) -> bool:
        """Whether a state is another than the last; it is the last one now."""
        if self._last.get(key) == state:
            return False
        self._last[key] = state
        return True

    # sending

    def pack(
        self, saved: Sequence[Any], watched: Iterable[Any] = (), upwards: bool = False
    ) -> Shipment:
        """What travels for saved values. upwards: from a worker to its program, which takes as news
        what has changed, in these values or in the objects `watched`."""
        with self.lock:
            for storage in saved:
                if not isinstance(storage, Storage):
                    raise TorchError(
                        f"a serialization saves in a storage, not a {lua_type(storage)}"
                    )
            handed = [carried_by(storage) for storage in saved]
            for value in (v for values in handed for v in values):
                if not isinstance(value, (Tensor, Storage)):
                    raise TorchError(
                        f"a {typename(value)} cannot be shared with the processes of a pool that"
                        " was made before it: make it first, or set TH7SHELL_THREADS=threads"
                    )
            values = [*(v for values in handed for v in values), *watched]
            move_in(values)
            parcel = _Parcel(self, upwards)
            carried = [[parcel.add(value) for value in values] for values in handed]
            for value in watched:
                parcel.add(value, only_news=True)
            texts = [parcel.text(storage) for storage in saved]
            return Shipment(Cargo(texts, carried, parcel.states, parcel.news), parcel.segments)

    # receiving

    def unpack(self, shipment: Shipment, from_above: bool = False) -> list[Any]:
        """The saved values that have arrived, for `load`. from_above: at a worker."""
        cargo, segments = shipment
        by_key = {segment.key: segment for segment in segments}
        with self.lock:
            objects = {key: self._arrive(key, cargo, by_key) for key in _in_order(cargo.states)}
            if from_above:
                self._last.update(cargo.states)
        result = []
        for text, keys in zip(cargo.texts, cargo.carried):
            if isinstance(text, bytes):
                array = np.frombuffer(text, np.int8)
            else:
                array = np.frombuffer(segments[text[0]], np.int8, text[1])
            storage = STORAGES["Char"].__new__(STORAGES["Char"])
            storage.nd = array
            carry(storage, [objects[key] for key in keys])
            result.append(storage)
        return result

    def _arrive(self, key: Any, cargo: Cargo, segments: dict[int, Segment]) -> Any:
        value, state = self.find(key), cargo.states[key]
        known = value is not None
        if known and key not in cargo.news:
            return value
        cls: Any = native_class(state.kind)
        if isinstance(state, StorageState):
            nd = _placed(state, cls.dtype, segments)
            if not known:
                value = cls.__new__(cls)
                value.nd = nd
            elif len(value) != state.length or (state.length and address(value.nd) != address(nd)):
                repoint(value, nd)
        else:
            storage = None if state.storage is None else self.find(state.storage)
            nd = _view(state, cls.dtype, storage)
            if not known:
                value = new_over(cls, nd, storage)
            elif _differs(value, nd, storage):
                point(value, nd, storage)
        if not known:
            self.enter(key, value)
        return value


class _Parcel:
    """A cargo that is being put together."""

    def __init__(self, book: Book, upwards: bool) -> None:
        self.book, self.upwards = book, upwards
        self.states: dict[Any, Any] = {}
        self.news: set[Any] = set()
        self.segments: list[Segment] = []
        self._numbers: dict[int, int] = {}  # segment's key → its number

    def add(self, value: Any, only_news: bool = False) -> Any:
        """Enter a tensor with its storage, or a storage; its key."""
        key = self.book.key(value)
        if key in self.states:
            return key
        if isinstance(value, Storage):
            state: Any = _storage_state(value)
            segment = segment_of(value.nd)
        else:
            storage = storage_of_any(value)
            state = _tensor_state(value, None if storage is None else self.book.key(storage))
            segment = None
        new = not self.upwards or self.book.news(key, state)
        if only_news and not new:
            return key
        if not isinstance(value, Storage) and storage is not None:
            self.add(storage)
        if segment is not None:
            self.number(segment)
        self.states[key] = state
        if new:
            self.news.add(key)
        return key

    def number(self, segment: Segment) -> int:
        """The place of a segment among those that are sent."""
        if segment.key not in self._numbers:
            self._numbers[segment.key] = len(self.segments)
            self.segments.append(segment)
        return self._numbers[segment.key]

    def text(self, storage: Any) -> bytes | tuple[int, int]:
        """The bytes of a saved value as they travel."""
        nd = storage.nd
        if nd.nbytes < LARGE:
            return nd.tobytes()
        try:
            segment = create(nd.nbytes)
        except TorchError:
            return nd.tobytes()  # a longer way, but it arrives
        np.frombuffer(segment, np.int8)[:] = nd
        return self.number(segment), nd.nbytes


def _storage_state(storage: Any) -> StorageState:
    nd, kind = storage.nd, typename(storage) or ""
    segment = segment_of(nd) if nd.size else None
    if segment is None:
        return StorageState(kind, 0, None, 0)
    return StorageState(kind, len(nd), segment.key, address(nd) - address(segment.array()))


def _tensor_state(tensor: Any, storage: Any) -> TensorState:
    nd, kind = tensor.nd, typename(tensor) or ""
    offset = 0 if storage is None else offset_of(nd, tensor._storage.nd)
    strides = tuple(s // nd.itemsize for s in nd.strides) if nd.size else ()
    return TensorState(kind, storage, offset, sizes_of(nd), strides)


def _placed(state: StorageState, dtype: np.dtype, segments: dict[int, Segment]) -> np.ndarray:
    if state.segment is None:
        return np.empty(0, dtype)
    return np.ndarray((state.length,), dtype, segments[state.segment].array(), state.start)


def _view(state: TensorState, dtype: np.dtype, storage: Any) -> np.ndarray:
    if storage is None:
        return np.empty(0, dtype)
    width = dtype.itemsize
    if not state.shape:
        start = min(max(state.offset, 0), len(storage))
        return np.ndarray((0,), dtype, storage.nd, start * width)
    steps = tuple(s * width for s in state.strides)
    return np.ndarray(state.shape, dtype, storage.nd, state.offset * width, steps)


def _differs(tensor: Any, nd: np.ndarray, storage: Any) -> bool:
    if layout_of(tensor) is not None or tensor._storage is not storage:
        return True
    old = tensor.nd
    return (old.shape, old.strides, address(old)) != (nd.shape, nd.strides, address(nd))


def _in_order(states: dict[Any, Any]) -> list[Any]:
    """Keys, those of storages before those of the tensors over them."""
    return sorted(states, key=lambda key: isinstance(states[key], TensorState))


book = Book()
