"""`torch.MemoryFile`: a file in memory, over a CharStorage. Upstream: memoryfile.md."""

from __future__ import annotations

from typing import Any

from th7shell.lua import BadArgument

from ..classes import TorchClass
from ..storage import STORAGES
from ..types import NONE, type_text
from .channel import MemoryChannel
from .file import File
from .modes import MODES

CharStorage = STORAGES["Char"]


class MemoryFile(File, metaclass=TorchClass, name="torch.MemoryFile"):
    """Make a file in memory: `torch.MemoryFile([mode])` or `torch.MemoryFile(storage [, mode])`.

    mode: 'r', 'w' or 'rw' (default). The storage is a CharStorage whose last element is 0; it grows
    when the file does. `f:storage()` returns it. A deep copy of anything:

    >>> f = torch.MemoryFile()
    >>> f.writeObject(torch.ones(2))
    >>> f.seek(1)
    >>> y = f.readObject()
    """

    __slots__ = ()
    seek_word = "at"

    def __init__(self, storage: Any = NONE, mode: Any = NONE, *_: Any) -> None:
        given = isinstance(storage, CharStorage)
        if not given:
            mode, storage = storage, CharStorage(1)
            storage.nd[0] = 0
        if mode is NONE or mode is None:
            mode = "rw"
        if not isinstance(mode, str):
            raise BadArgument(2 if given else 1, f"string expected, got {type_text(mode)}")
        if not len(storage) or storage.nd[-1] != 0:
            raise BadArgument(1, "provided CharStorage must be terminated by 0")
        if mode not in MODES:
            raise BadArgument(2, "file mode should be 'r','w' or 'rw'")
        self._open(MemoryChannel(storage, private=not given), mode, False)

    def storage(self, *_: Any) -> Any:
        """The CharStorage with the file's bytes and a closing 0: the file's own memory, not a
        copy."""
        channel = self.opened()
        assert isinstance(channel, MemoryChannel)
        return channel.trim()

    def __str__(self) -> str:
        status, mode = self._status()
        return f"torch.MemoryFile [status: {status} -- mode: {mode}]"
