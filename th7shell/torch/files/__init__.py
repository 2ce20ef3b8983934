"""Torch's File family: `File` (typed reading and writing), on disk, in memory, and on a command's
pipe.

`channel` moves bytes, `ascii` spells numbers, `file` is what the three classes share.
"""

from __future__ import annotations

from .disk import DiskFile
from .file import File
from .memory import MemoryFile
from .pipe import PipeFile

__all__ = ["DiskFile", "File", "MemoryFile", "PipeFile"]
