"""What a file is that could not be read as a `.t7` file: a sentence for the error message."""

from __future__ import annotations

import re

from th7shell.lua.regular import pattern

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (
        b"version https://git-lfs",
        "is a Git LFS pointer: the data itself was not downloaded (git lfs pull)",
    ),
    (b"\x1f\x8b", "is compressed with gzip: decompress it first (gunzip)"),
    (b"BZh", "is compressed with bzip2: decompress it first (bunzip2)"),
    (b"\xfd7zXZ\0", "is compressed with xz: decompress it first (unxz)"),
    (b"\x89HDF\r\n\x1a\n", "is an HDF5 file: read it with require 'hdf5'"),
    (b"\x93NUMPY", "is a NumPy array file (.npy)"),
    (b"\x89PNG\r\n\x1a\n", "is a PNG picture: read it with image.load"),
    (b"\xff\xd8\xff", "is a JPEG picture: read it with image.load"),
    (b"%PDF-", "is a PDF document"),
    (b"\x1bLJ", "is LuaJIT bytecode, not data"),
    (b"\x1bLua", "is Lua bytecode, not data"),
)
_PICKLE = pattern(rb"\x80[\x02-\x05][\x8a\x95}(c]")
_ASCII = pattern(rb"[0-8]\n")
_BINARY = pattern(rb"[\x00-\x08]\x00\x00\x00", re.DOTALL)
_BIG_ENDIAN = pattern(rb"\x00\x00\x00[\x01-\x08]")


def encoding(head: bytes) -> str:
    """How a `.t7` file that begins so is written: 'ascii', 'big-endian' or 'binary' (also what is
    none)."""
    if _ASCII.match(head):
        return "ascii"
    return "big-endian" if _BIG_ENDIAN.match(head) else "binary"


def describe(head: bytes, size: int, binary: bool) -> str:
    """What the beginning and the size of a file say about it; `binary` is how it was to be read."""
    if size == 0:
        return "is empty"
    for beginning, answer in _BEGINNINGS:
        if head.startswith(beginning):
            return answer
    if head.startswith(b"PK\x03\x04"):
        if b"data.pkl" in head or b"archive/" in head:
            return "is a PyTorch file (zip format), which Torch7 cannot read"
        return "is a zip archive: unpack it first"
    if _PICKLE.match(head):
        return "is a Python pickle, perhaps of PyTorch, which Torch7 cannot read"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<!--")):
        return "is an HTML page, perhaps the error page of a download"
    if head[:1] in b"{[" and text[1:2] in b'"{[ \r\n':
        return "is a JSON text: read it with require 'cjson'"
    if binary and _ASCII.match(head):
        return "is an ascii .t7 file: read it with torch.load(name, 'ascii')"
    if not binary and _BINARY.match(head):
        return "is a binary .t7 file: read it with torch.load(name, 'binary')"
    if binary and _BIG_ENDIAN.match(head):
        return "is a .t7 file of a big-endian machine: use torch.DiskFile and bigEndianEncoding()"
    if (binary and _BINARY.match(head)) or (not binary and _ASCII.match(head)):
        return "is a .t7 file that is damaged or was cut short"
    return "is not a .t7 file"
