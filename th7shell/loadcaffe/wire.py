"""Protobuf's binary form, that of .caffemodel files, read as dicts of lists, field → values.

Fields are told apart by numbers, for which `FIELDS` has the names that we need.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

Message = dict[str, list[Any]]

# message: number → name, and what it is: a message, 'int', 'float', 'floats', 'text'
FIELDS: dict[str, dict[int, tuple[str, str]]] = {
    "Net": {
        1: ("name", "text"),
        2: ("layers", "V1Layer"),
        3: ("input", "text"),
        4: ("input_dim", "int"),
        8: ("input_shape", "Shape"),
        100: ("layer", "Layer"),
    },
    "Layer": {
        1: ("name", "text"),
        2: ("type", "text"),
        3: ("bottom", "text"),
        4: ("top", "text"),
        7: ("blobs", "Blob"),
        106: ("convolution_param", "Convolution"),
        108: ("dropout_param", "Dropout"),
        117: ("inner_product_param", "InnerProduct"),
        118: ("lrn_param", "LRN"),
        121: ("pooling_param", "Pooling"),
    },
    "V1Layer": {
        2: ("bottom", "text"),
        3: ("top", "text"),
        4: ("name", "text"),
        5: ("type", "int"),
        6: ("blobs", "Blob"),
        10: ("convolution_param", "Convolution"),
        12: ("dropout_param", "Dropout"),
        17: ("inner_product_param", "InnerProduct"),
        18: ("lrn_param", "LRN"),
        19: ("pooling_param", "Pooling"),
    },
    "Blob": {
        1: ("num", "int"),
        2: ("channels", "int"),
        3: ("height", "int"),
        4: ("width", "int"),
        5: ("data", "floats"),
        7: ("shape", "Shape"),
        8: ("double_data", "doubles"),
    },
    "Shape": {1: ("dim", "int")},
    "Convolution": {
        1: ("num_output", "int"),
        2: ("bias_term", "int"),
        3: ("pad", "int"),
        4: ("kernel_size", "int"),
        5: ("group", "int"),
        6: ("stride", "int"),
        9: ("pad_h", "int"),
        10: ("pad_w", "int"),
        11: ("kernel_h", "int"),
        12: ("kernel_w", "int"),
        13: ("stride_h", "int"),
        14: ("stride_w", "int"),
        18: ("dilation", "int"),
    },
    "Dropout": {1: ("dropout_ratio", "float")},
    "InnerProduct": {1: ("num_output", "int"), 2: ("bias_term", "int")},
    "LRN": {
        1: ("local_size", "int"),
        2: ("alpha", "float"),
        3: ("beta", "float"),
        4: ("norm_region", "int"),
        5: ("k", "float"),
    },
    "Pooling": {
        1: ("pool", "int"),
        2: ("kernel_size", "int"),
        3: ("stride", "int"),
        4: ("pad", "int"),
        5: ("kernel_h", "int"),
        6: ("kernel_w", "int"),
        7: ("stride_h", "int"),
        8: ("stride_w", "int"),
        9: ("pad_h", "int"),
        10: ("pad_w", "int"),
        12: ("global_pooling", "int"),
    },
}


class Malformed(ValueError):
    """What is no message of the kind."""


def varint(data: memoryview, at: int) -> tuple[int, int]:
    """The number at a place, and the place after it."""
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Malformed("a number is cut off")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7


def binary(data: memoryview, kind: str = "Net") -> Message:
    """Read a binary message; fields that have no name here are passed over."""
    found: Message = {}
    fields = FIELDS[kind]
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        wire, (name, what) = tag & 7, fields.get(tag >> 3, ("", ""))
        value: Any
        if wire == 0:
            value, at = varint(data, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
            value, at = data[at : at + size], at + size
        elif wire == 2:
            size, at = varint(data, at)
            value, at = data[at : at + size], at + size
            if len(value) < size:
                raise Malformed("a field is cut off")
        else:
            raise Malformed(f"unknown wire type {wire}")
        if at > len(data):
            raise Malformed("a field is cut off")
        if name:
            found.setdefault(name, []).extend(_values(value, wire, what))
    return found


def _values(value: Any, wire: int, what: str) -> list[Any]:
    """The values of a field: of one that is packed, several."""
    if what == "int":
        if wire == 0:
            return [value]
        numbers, at = [], 0
        while wire == 2 and at < len(value):
            number, at = varint(value, at)
            numbers.append(number)
        return numbers
    if what == "float":
        return list(struct.unpack("<f", value)) if wire == 5 else []
    if what in ("floats", "doubles"):
        dtype = "<f4" if what == "floats" else "<f8"
        if wire == 0 or len(value) % np.dtype(dtype).itemsize:
            raise Malformed("numbers are cut off")
        return [np.frombuffer(value, dtype)]
    if wire != 2:
        raise Malformed("a field of another kind was expected")
    return [bytes(value).decode("utf-8", "replace")] if what == "text" else [binary(value, what)]
