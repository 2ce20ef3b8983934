"""A net as a `.py` file and the `.safetensors` file with its weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..formats import Options, replaced
from ..sizes import input_sizes
from .naming import class_name
from .source import to_torch_source

KINDS = {"float64": "F64", "float32": "F32", "int64": "I64", "float16": "F16"}


def write(value: Any, path: str, options: Options) -> None:
    """Write a net as PyTorch source, its weights beside it."""
    target = Path(path)
    text, state = to_torch_source(value, input_sizes(value, options), class_name(target.stem))
    with replaced(target.with_suffix(".safetensors")) as weights, replaced(target) as source:
        save_arrays(weights, state)
        Path(source).write_text(text, encoding="utf-8")


def save_arrays(path: Any, arrays: dict[str, NDArray[Any]]) -> None:
    """Write named arrays as .safetensors: a header of names, types and places, then bytes."""
    header: dict[str, Any] = {}
    start = 0
    for name, values in arrays.items():
        stop = start + values.nbytes
        kind = KINDS[values.dtype.name]
        header[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": [start, stop]}
        start = stop
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for values in arrays.values():
            np.ascontiguousarray(values).tofile(file)
