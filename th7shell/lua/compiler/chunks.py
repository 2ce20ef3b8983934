"""Names of chunks: as messages show them, as Python files, and where a frame finds its chunk's
source."""

from __future__ import annotations

import re


def chunk_id(chunk: str) -> str:
    """Return a chunk name as messages show it: `file.lua`, `[string "first line..."]`, the text
    after '='."""
    if chunk[:1] == "=":
        return chunk[1:60]
    if chunk[:1] == "@":
        name = chunk[1:]
        return name if len(name) < 60 else "..." + name[-56:]
    text = re.split(r"[\r\n]", chunk, maxsplit=1)[0]
    if text != chunk or len(text) > 48:
        return f'[string "{text[:45]}..."]'
    return f'[string "{text}"]'


def file_name(chunk: str) -> str:
    """Return what Python's tools call the chunk: the path of a file, the shown name of others."""
    if chunk[:1] != "@":
        return chunk_id(chunk)
    if chunk.isascii():
        return chunk[1:]
    from ..stdlib.texts import to_system

    return to_system(chunk[1:])
