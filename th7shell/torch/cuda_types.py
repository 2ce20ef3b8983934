"""The CUDA types, `torch.CudaTensor` (of floats) and its kin, in the computer's own memory.

They are rows of the table of element types, with the operations and the layout in files of the
CPU's types of the same elements. The classes are made when `require 'cutorch'` or a file first asks
for them. The variable TH7SHELL_CUDA chooses: `off`, they do not exist; `error`, asking for them is
refused; `quiet`, they come without a word; else with one line on stderr.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from th7shell.lua import TorchError
from th7shell.lua.stdlib import streams

from .types import ELEMENT_TYPES, ElementType

PREFIX = "Cuda"
NOTICE = (
    "th7shell: no GPU is used: CUDA tensors are kept in the computer's memory and computed on"
    " its CPU (TH7SHELL_CUDA=quiet leaves this line out, off makes cutorch unknown)\n"
)
REFUSAL = "CUDA is refused: there is no GPU behind it here, and TH7SHELL_CUDA is 'error'"

Use = Callable[..., Any]
_classes: list[Any] = []
_waiting: list[Use] = []
_told: list[bool] = []


def available() -> bool:
    """Whether the CUDA types may be asked for: not where TH7SHELL_CUDA is `off`."""
    return os.environ.get("TH7SHELL_CUDA") != "off"


def when_enabled(use: Use) -> None:
    """Call `use(*tensor classes)` when there are CUDA types: now or later."""
    _waiting.append(use)
    if _classes:
        use(*_classes)


def enabled() -> bool:
    """Whether there are CUDA types."""
    return bool(_classes)


def enable(quietly: bool = False) -> None:
    """Make the CUDA types, once, and say so, once. Error: where TH7SHELL_CUDA is `error`."""
    choice = os.environ.get("TH7SHELL_CUDA")
    if choice == "error":
        raise TorchError(REFUSAL)
    if not _told:
        _told.append(True)
        if choice != "quiet" and not quietly:
            streams.write(NOTICE, "stderr")
            streams.flush("stderr")
    if not _classes:
        _make()
        for use in _waiting:
            use(*_classes)


def _make() -> None:
    from . import conversion, storage
    from .operators import show_operators
    from .ops import operators
    from .ops.install import install_on
    from .tensor import make_class

    for row in list(ELEMENT_TYPES.values()):
        name = PREFIX if row.name == "Float" else PREFIX + row.name
        twin = ElementType(name, row.dtype, row.real, row.c_name, PREFIX)
        ELEMENT_TYPES[name] = twin
        storage.make_class(twin)
        cls = make_class(twin)
        install_on(cls)
        operators.install_on(cls)
        show_operators(cls)
        conversion.offer(cls)
        _classes.append(cls)
