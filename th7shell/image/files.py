"""Reading and writing pictures: PNG, JPEG, PPM and PGM, through Pillow (imported on first use)."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ..lua import TorchError, new_table
from ..lua.stdlib.texts import to_system
from ..torch.tensor import TYPES, default_type, wrap
from .arguments import LUMA, fail

DTYPES = {"float": np.float32, "double": np.float64, "byte": np.uint8}
FORMATS = {"jpg": "JPEG", "jpeg": "JPEG", "png": "PNG", "ppm": "PPM", "pgm": "PPM"}
MAGIC = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG", "png"),
    (b"P2", "pgm"),
    (b"P5", "pgm"),
    (b"P3", "ppm"),
    (b"P6", "ppm"),
)


def is_supported(suffix: Any = None, *_: Any) -> bool:
    """Tell whether files of this suffix ('png', 'jpg', 'ppm', 'pgm') can be read and written."""
    return isinstance(suffix, str) and suffix.lower() in FORMATS


def _kind(path: str, head: bytes, function: str) -> str:
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return kind
    suffix = Path(path).suffix[1:]
    if head[:1] == b"P" and head[1:2].isdigit():
        raise fail(function, f"unsupported magic number: {head[:2].decode()} ({path})")
    if not suffix:
        raise fail(function, f"unable to determine image type for file: {path}")
    if not is_supported(suffix):
        raise fail(function, f"unknown image type: {suffix}")
    return suffix.lower()


def _read(name: Any, function: str) -> bytes:
    if not isinstance(name, str):
        raise fail(function, "missing file name")
    try:
        data = Path(to_system(name)).read_bytes()
    except OSError as error:
        raise TorchError(f"{name}: {error.strerror}") from None
    _kind(name, data[:4], function)
    return data


def _open(data: bytes, function: str) -> Any:
    from PIL import Image, UnidentifiedImageError

    try:
        picture = Image.open(io.BytesIO(data))
        picture.load()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise fail(function, "Error during init_io: not a readable picture") from None
    return picture


def decode(data: bytes, depth: Any, kind: Any, function: str) -> Any:
    """The picture in `data` as a tensor: planes×height×width, in [0, 1] unless kind is 'byte'."""
    if kind is not None and kind not in DTYPES:
        raise fail(function, "type must be one of: byte | float | double")
    picture = _open(data, function)
    if picture.mode in ("1", "P", "CMYK", "YCbCr", "PA"):
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    array = np.asarray(picture)
    wide = array.dtype.itemsize > 1
    array = array[None] if array.ndim == 2 else array.transpose(2, 0, 1)
    dtype = np.dtype(DTYPES[kind]) if kind is not None else default_type().dtype
    if kind == "byte":
        values = (array >> 8).astype(np.uint8) if wide else array
    else:
        values = array * dtype.type(1 / (65535 if wide else 255))
    return wrap(np.ascontiguousarray(to_depth(values.astype(dtype, copy=False), depth, function)))


def to_depth(array: np.ndarray, depth: Any, function: str) -> np.ndarray:
    """The picture with 1 (height×width) or 3 planes, where a depth is asked for."""
    if depth == 1:
        if array.shape[0] >= 3:
            grey = np.tensordot(LUMA, array[:3].astype(np.float64), 1)
            return grey.astype(array.dtype)
        return array[0] if array.shape[0] == 2 else array
    if depth == 3:
        return np.repeat(array, 3, 0) if array.shape[0] == 1 else array[:3]
    if depth is not None:
        raise fail(function, f"depth must be 1 or 3, got {depth}")
    return array


def load(path: Any = None, depth: Any = None, kind: Any = None, *_: Any) -> Any:
    """Load a picture from a file.

    `image.load(path, depth, type)` → tensor planes×height×width (height×width for a colour file at
    depth 1)

    path: PNG, JPEG, PPM or PGM, told by content, else by suffix; depth: 1 (grey) or 3 (colour), as
    stored if nil;
    type: 'float', 'double' (values in [0, 1]; the default tensor type if nil) or 'byte' (0…255).
    Errors: no such file, unknown type, not a picture.
    """
    return decode(_read(path, "load"), depth, kind, "load")


def getSize(path: Any = None, *_: Any) -> Any:
    """The size of a picture file → LongTensor {planes, height, width}."""
    picture = _open(_read(path, "getSize"), "getSize")
    return TYPES["torch.LongTensor"](
        new_table([len(picture.getbands()), picture.height, picture.width])
    )


def decompress(data: Any = None, depth: Any = None, kind: Any = None, *_: Any) -> Any:
    """A picture from a ByteTensor that holds a PNG or JPEG file; depth and type as in
    image.load."""
    if not isinstance(data, TYPES["torch.ByteTensor"]):
        raise fail("decompress", "Input tensor must be a byte tensor")
    raw = data.nd.tobytes()
    if not raw.startswith((MAGIC[0][0], MAGIC[1][0])):
        raise fail("decompress", "Input must be either jpg or png format")
    return decode(raw, depth, kind, "decompress")


def to_bytes(picture: Any, function: str) -> np.ndarray:
    """The picture as height×width(×planes) bytes; reals are clipped to [0, 1]."""
    array = picture.nd
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[0] not in (1, 2, 3, 4)):
        sizes = "x".join(map(str, array.shape))
        raise fail(function, f"cannot save a tensor of size {sizes}: 1, 3 or 4 planes are needed")
    if array.dtype != np.uint8:
        array = (np.clip(array.astype(np.float64), 0, 1) * 255).astype(np.uint8)
    if array.ndim == 3:
        array = array[0] if array.shape[0] == 1 else array.transpose(1, 2, 0)
    return np.ascontiguousarray(array)


def encode(picture: Any, kind: str, function: str, quality: int = 75) -> bytes:
    """The bytes of a picture file of this kind."""
    from PIL import Image

    pixels = to_bytes(picture, function)
    if kind == "ppm" and (pixels.ndim != 3 or pixels.shape[2] != 3):
        raise fail("savePPM", "can only save 3xHxW images as PPM")
    if kind == "pgm" and pixels.ndim != 2:
        raise fail("savePGM", "can only save 1xHxW or HxW images as PGM")
    out = io.BytesIO()
    options = {"quality": int(quality)} if FORMATS[kind] == "JPEG" else {}
    Image.fromarray(pixels).save(out, FORMATS[kind], **options)
    return out.getvalue()


def save(path: Any = None, picture: Any = None, *_: Any) -> None:
    """Save a picture; the suffix (png, jpg, ppm, pgm) says the format.

    `image.save(path, tensor)`: tensor height×width or planes×height×width with 1, 3 or 4 planes;
    reals are taken in
    [0, 1] and clipped, bytes as they are; JPEG quality is 75. Written under a temporary name and
    renamed.
    """
    if not isinstance(path, str) or picture is None:
        raise fail("save", "missing file name | tensor to save")
    suffix = Path(path).suffix[1:]
    if not is_supported(suffix):
        raise fail("save", f"unknown image type: {suffix}")
    write(path, encode(picture, suffix.lower(), "save"))


def write(name: str, data: bytes) -> None:
    """Write a file at once: under a temporary name, then renamed."""
    try:
        path = Path(to_system(name))
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    except OSError as error:
        raise TorchError(f"{name}: {error.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _loader(kind: str) -> Any:
    def load_kind(path: Any = None, depth: Any = None, tensor_type: Any = None, *_: Any) -> Any:
        return decode(_read(path, f"load{kind.upper()}"), depth, tensor_type, f"load{kind.upper()}")

    load_kind.__doc__ = f"Load a {kind.upper()} file; arguments and result as in image.load."
    return load_kind


def _saver(kind: str) -> Any:
    def save_kind(path: Any = None, picture: Any = None, *_: Any) -> None:
        write(path, encode(picture, kind, f"save{kind.upper()}"))

    save_kind.__doc__ = f"Save a picture as {kind.upper()}, whatever the name's suffix."
    return save_kind


def _compressor(kind: str) -> Any:
    def compress(picture: Any = None, quality: Any = 75, *_: Any) -> Any:
        data = encode(picture, kind, f"compress{kind.upper()}", quality or 75)
        return wrap(np.frombuffer(data, np.uint8).copy())

    compress.__doc__ = f"A picture as a ByteTensor that holds a {kind.upper()} file."
    return compress


NAMES = {
    "load": load,
    "save": save,
    "getSize": getSize,
    "decompress": decompress,
    "is_supported": is_supported,
}
NAMES |= {f"load{k.upper()}": _loader(k) for k in ("png", "jpg", "ppm")}
NAMES |= {f"save{k.upper()}": _saver(k) for k in ("png", "jpg", "ppm", "pgm")}
NAMES |= {f"compress{k.upper()}": _compressor(k) for k in ("png", "jpg")}
NAMES |= {f"decompress{k.upper()}": decompress for k in ("png", "jpg")}
NAMES |= {f"get{k}size": getSize for k in ("PNG", "JPG", "PPM")}
