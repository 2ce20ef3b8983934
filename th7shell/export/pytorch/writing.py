"""A net as a `.py` file and the `.safetensors` file with its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..options import Options, replaced
from ..safetensors import write_arrays
from ..sizes import input_sizes, net_of
from .naming import class_name
from .source import to_torch_source


def write(value: Any, path: str, options: Options) -> None:
    """Write a net as PyTorch source, its weights beside it."""
    target, net = Path(path), net_of(value, options)
    text, state = to_torch_source(net, input_sizes(net, options), class_name(target.stem))
    with replaced(target) as source:
        Path(source).write_text(text, encoding="utf-8", newline="\n")
        write_arrays(str(target.with_suffix(".safetensors")), state, {}, options)
