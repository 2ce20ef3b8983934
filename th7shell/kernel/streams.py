"""The kernel's standard streams: what is printed goes out in parts, soon, and in order."""

from __future__ import annotations

import sys
import time

from ipykernel.iostream import OutStream

INTERVAL = 0.05  # seconds that what is printed may wait for more


class KernelStream(OutStream):
    """ipykernel's stream, of which `flush` sends at most once an interval: programs flush after
    each line, and a message a line is slow. What waits is sent when the interval is over."""

    flush_interval = INTERVAL
    _sent = 0.0

    def flush(self) -> None:
        now = time.monotonic()
        if now - self._sent >= INTERVAL:
            self._sent = now
            super().flush()

    def send(self) -> None:
        """Send everything now, and wait until it has gone."""
        super().flush()


def send_all() -> None:
    """Send what has been printed, before something else is."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, KernelStream):
            stream.send()
        else:
            stream.flush()
