"""A program that uses the network fails from `forbid()` on, and says so on standard error."""

from __future__ import annotations

import sys
from typing import Any

FORBIDDEN = set(
    "socket.connect socket.bind socket.sendto socket.getaddrinfo socket.gethostbyname urllib.Request".split()
)


def refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event in FORBIDDEN and "127.0.0.1" not in str(arguments):  # asyncio's own on Windows
        sys.stderr.write(f"{event} {arguments}\n")
        raise OSError(f"no network: {event}")


def forbid() -> None:
    sys.addaudithook(refuse)
