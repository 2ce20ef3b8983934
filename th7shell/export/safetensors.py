"""`.safetensors` files: eight bytes with the length of a JSON header, the header, the numbers.

The header maps each tensor's name to its type, sizes and place; `__metadata__` holds texts, of
which `th7shell` is what `archive` says of the object.
"""

from __future__ import annotations

import json
import struct
from typing import Any

import numpy as np

from .archive import pack
from .options import ExportError, Options, replaced
from .pieces import counted, pour, write_all
from .unpack import unpack

DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "|u1",
    "BOOL": "|b1",
    "BF16": "<u2",  # the upper halves of F32
}
CODES = {np.dtype(code): name for name, code in reversed(DTYPES.items()) if name != "BF16"}
LONGEST = 100_000_000  # bytes of a header: what readers accept


def write(value: Any, path: str, options: Options) -> None:
    """Write the tensors of an object."""
    packed = pack(value, options)
    write_arrays(path, packed.arrays, {"th7shell": packed.text}, options)


def write_arrays(path: str, named: dict[str, Any], texts: dict[str, str], options: Options) -> None:
    """Write arrays by name, and texts."""
    arrays = sorted(named.items(), key=lambda pair: -pair[1].itemsize)  # so all are aligned
    header = _header(texts, arrays)
    count = counted(options.progress, sum(nd.nbytes for _, nd in arrays))
    with replaced(path) as temporary, open(temporary, "wb", buffering=0) as file:
        write_all(file, struct.pack("<Q", len(header)) + header)
        for _, nd in arrays:
            pour(nd, file, count)


def _header(texts: dict[str, str], arrays: list[tuple[str, Any]]) -> bytes:
    made: dict[str, Any] = {"__metadata__": {"format": "pt", **texts}}
    place = 0
    for name, nd in arrays:
        made[name] = {
            "dtype": CODES[nd.dtype],
            "shape": list(nd.shape),
            "data_offsets": [place, place + nd.nbytes],
        }
        place += nd.nbytes
    header = json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()
    if len(header) > LONGEST:
        raise ExportError(f"too many tensors for a .safetensors file: {len(arrays):,}")
    return header + b" " * (-len(header) % 8)


def read(path: str, options: Options) -> Any:
    """The object that was written, or tables of tensors by the parts of their names."""
    arrays, metadata = read_arrays(path)
    if not options.mapped:
        arrays = {name: np.require(nd, requirements="W") for name, nd in arrays.items()}
    return unpack(arrays, metadata.get("th7shell"), path, options)


def read_arrays(path: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The arrays of a file by name, which stay in the file, and its texts. Errors: ExportError for
    a file that is damaged or none of the kind."""
    from th7shell.torch.files.mapped import mapping

    try:
        with open(path, "rb") as file:
            data = mapping(file.fileno())
    except ValueError:
        raise ExportError(f"{path}: is empty") from None
    try:
        length = struct.unpack("<Q", data[:8])[0]
        if length > min(len(data) - 8, LONGEST):
            raise ValueError
        header = json.loads(data[8 : 8 + length].decode())
        texts = header.pop("__metadata__", {})
        arrays = {name: _array(data, 8 + length, row) for name, row in header.items()}
        if not all(isinstance(text, str) for text in texts.values()):
            raise ValueError
    except (struct.error, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise ExportError(f"{path}: is not a .safetensors file, or a damaged one") from None
    return arrays, texts


def _array(data: Any, start: int, row: dict[str, Any]) -> Any:
    """One tensor of the header; ValueError and its like for what does not fit."""
    dtype, shape = np.dtype(DTYPES[row["dtype"]]), tuple(row["shape"])
    first, last = row["data_offsets"]
    count = 1
    for n in shape:
        if n.__class__ is not int or n < 0:
            raise ValueError
        count *= n
    if not 0 <= first <= last <= len(data) - start or count * dtype.itemsize != last - first:
        raise ValueError
    if not count:
        return np.empty(shape, dtype)
    nd = np.frombuffer(data, dtype, count, start + first)
    if row["dtype"] == "BF16":
        nd = (nd.astype(np.uint32) << 16).view(np.float32)
    return nd.reshape(shape)
