"""What all formats share: the options of a conversion, its error, and how a file appears whole or
not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from th7shell.lua import LuaError, TorchError
from th7shell.lua.stdlib.texts import to_text
from th7shell.torch.serialization import temporaries

#: what objects out of files may raise whose fields are of wrong kinds
DAMAGED = (
    LuaError,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    RecursionError,
    MemoryError,
)


class ExportError(TorchError):
    """What cannot be read, written or converted, and why: one line of text."""

    def __init__(self, message: str) -> None:
        message = " ".join(message.split("\n")).strip() or "it cannot be converted"
        whole = message.encode("utf-8", "surrogateescape" if _of_bytes(message) else "replace")
        super().__init__(whole.decode("latin-1"))

    def __str__(self) -> str:
        return to_text(self.value)


def _of_bytes(text: str) -> bool:
    """Whether all halves of UTF-16's pairs in a text stand for bytes that are no UTF-8."""
    return not any("\ud800" <= c < "\udc80" or "\udcff" < c <= "\udfff" for c in text)


def damaged(error: BaseException) -> str:
    """What is wrong with a net whose fields raise such an error, in one line."""
    lines = to_text(str(error)).strip().splitlines() or [type(error).__name__]
    return f"its fields are damaged or of wrong kinds ({lines[0]})"


def silent(*_: Any) -> None:
    """What nobody asked to be told."""


@dataclass
class Options:
    """What a conversion is asked for; each format looks at what concerns it.

    part: the path of what is to be converted alone, `model.modules.2`. names: 'torch7' for paths of
    Lua's fields (`modules.1.weight`), 'torch' for PyTorch's names. into: a file whose net takes the
    tensors. input: sizes of one input, `(2, 3, 224, 224)` for a batch, or a list of such for a net
    with several. float: doubles and halves become floats. state: False drops
    buffers, as clearState does. cpu: CUDA's tensors and cudnn's layers become the CPU's. mode and
    longs, of `.t7` files: 'binary' or 'ascii', and the bytes of long numbers in binary ones, 4 or
    8. mapped: tensors may stay in the file, where they cannot be written to. say: takes a line that
    the user should know of. progress: takes the bytes done and those there are.
    """

    part: str | None = None
    names: str = "torch7"
    into: str | None = None
    input: Any = field(default=None, compare=False)
    float: bool = False
    state: bool = True
    cpu: bool = False
    mode: str | None = None
    longs: int | None = None
    mapped: bool = field(default=False, compare=False)
    say: Callable[[str], Any] = field(default=silent, repr=False, compare=False)
    progress: Callable[[int, int], Any] = field(default=silent, repr=False, compare=False)


@contextmanager
def replaced(path: str | os.PathLike[str]) -> Iterator[Any]:
    """A path to write to: a temporary neighbour of the file, which takes its place at the end, or
    vanishes if something goes wrong."""
    with temporaries.replaced(Path(path)) as temporary:
        try:
            yield temporary
        except OSError as error:
            raise ExportError(f"{path}: {error.strerror or error}") from error
