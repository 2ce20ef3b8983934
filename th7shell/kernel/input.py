"""Standard input in a notebook: the front end asks for each line."""

from __future__ import annotations

import io
from typing import Any

from ipykernel.kernelbase import StdinNotImplementedError


def ask(kernel: Any, prompt: str) -> str | None:
    """A line that the user types under a prompt, None where the front end asks for none."""
    try:
        return str(kernel.raw_input(prompt))
    except StdinNotImplementedError:
        return None


class KernelInput(io.TextIOBase):
    """What `io.read` reads: lines that are typed into the front end's box."""

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel

    def readable(self) -> bool:
        return True

    def readline(self, size: int = -1) -> str:  # type: ignore[override]
        line = ask(self._kernel, "")
        return "" if line is None else line + "\n"

    def isatty(self) -> bool:
        return False
