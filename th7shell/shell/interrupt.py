"""Ctrl-C while an entry runs: the first interrupts; when a call in C does not return, the third one
ends the program.

Python runs its handler only between its own instructions. A thread that reads the signal's wake-up
byte can speak even when the main thread is stuck.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

WITHIN = 1.0  # seconds in which a second Ctrl-C counts as one for the same call
ADVICE = b"\nstill in a call that cannot be interrupted; Ctrl-C again ends th7shell\n"


class Watch:
    """Counts interrupts that the main thread has not answered."""

    def __init__(self) -> None:
        self.unanswered = 0
        self.last = 0.0

    def pressed(self) -> str:
        """What to do on this press: 'wait', 'advise' or 'kill'."""
        now = time.monotonic()
        self.unanswered = self.unanswered + 1 if now - self.last <= 3 * WITHIN else 1
        self.last = now
        return {1: "wait", 2: "advise"}.get(self.unanswered, "kill")

    def answered(self) -> None:
        """The main thread has seen the interrupt."""
        self.unanswered = 0


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt inside; a stuck call can still be left."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    watch = Watch()

    def handler(number: int, frame: object) -> None:
        watch.answered()
        raise KeyboardInterrupt

    reader, writer = socket.socketpair()
    writer.setblocking(False)
    before = signal.signal(signal.SIGINT, handler)
    old_fd = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    thread = threading.Thread(target=_listen, args=(reader, watch), daemon=True)
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(old_fd)
        signal.signal(signal.SIGINT, before)
        writer.close()
        thread.join(1.0)
        reader.close()


def _listen(reader: socket.socket, watch: Watch) -> None:
    while True:
        try:
            data = reader.recv(64)
        except OSError:
            return
        if not data:
            return
        for byte in data:
            if byte != signal.SIGINT:
                continue
            action = watch.pressed()
            if action == "advise":
                os.write(2, ADVICE)
            elif action == "kill":
                os._exit(130)
