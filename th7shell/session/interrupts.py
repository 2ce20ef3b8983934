"""Ctrl-C is never lost: Python drops a KeyboardInterrupt that is raised in a weak reference's
callback or a destructor, where a loop over tensors often is; it is then raised again a moment
later."""

from __future__ import annotations

import _thread
import sys
import threading
from typing import Any

_previous: Any = None


def _hook(unraisable: Any) -> None:
    if unraisable.exc_type is KeyboardInterrupt:
        # from a thread: raised at once it would end this very hook, and be dropped again
        threading.Timer(0.005, _thread.interrupt_main).start()
    else:
        _previous(unraisable)


def keep_interrupts() -> None:
    """Send interrupts that Python would drop once more; from now on, in this process."""
    global _previous
    if sys.unraisablehook is not _hook:
        _previous, sys.unraisablehook = sys.unraisablehook, _hook
