"""Sequences of different lengths in one tensor: padded at the end, or packed step by step."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from th7shell.lua import TorchError, array, new_table
from th7shell.torch.tensor import wrap


def packPaddedSequence(
    self: Any, input: Any = None, lengths: Any = None, batchFirst: Any = None, *_: Any
) -> Any:
    """{packed, sizes} of padded sequences: packed (Σ lengths, …) holds the rows of step 1, then
    those of step 2 …, sizes how many sequences each step has.

    input: (time, batch, …), or (batch, time, …) if batchFirst; lengths: a table, longest first.
    """
    x = input.nd.swapaxes(0, 1) if batchFirst else input.nd
    lengths = [int(n) for n in array(lengths)]
    if x.shape[1] != len(lengths):
        raise TorchError(
            f"lengths array has incorrect size (expected: {x.shape[1]}but found: {len(lengths)})"
        )
    if any(a < b for a, b in pairwise(lengths)):
        raise TorchError("lengths array has to be sorted in decreasing order")
    sizes = [sum(n > t for n in lengths) for t in range(min(lengths[0], x.shape[0]))]
    packed = np.concatenate([x[t, :n] for t, n in enumerate(sizes)])
    return new_table([wrap(packed, input), new_table(sizes)])


def padPackedSequence(self: Any, seq: Any = None, batchFirst: Any = None, *_: Any) -> Any:
    """The padded sequences (zeros at the end) and the table of lengths, from {packed, sizes}."""
    packed, sizes = seq[1], [int(n) for n in array(seq[2])]
    padded = np.zeros((len(sizes), sizes[0], *packed.nd.shape[1:]), packed.dtype)
    start = 0
    for t, n in enumerate(sizes):
        padded[t, :n] = packed.nd[start : start + n]
        start += n
    lengths = new_table([sum(n > i for n in sizes) for i in range(sizes[0])])
    output = wrap(padded, packed)
    return (output.transpose(1, 2) if batchFirst else output), lengths
