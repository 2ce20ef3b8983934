"""Reading and writing pictures: PNG, JPEG, PPM and PGM; Pillow (imported on first use) packs and
unpacks."""

from __future__ import annotations

import io
import os
import re
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from th7shell.lua import BadArgument, Table, TorchError, new_table
from th7shell.lua.stdlib.texts import from_system, to_system
from th7shell.torch.tensor import TYPES, Tensor, default_type, wrap
from th7shell.torch.types import integer

from . import png, pnm
from .checks import fail, refuse, tensor
from .colour import NAMES as COLOUR

Array = np.ndarray
DTYPES = {"float": np.float32, "double": np.float64, "byte": np.uint8}
KINDS = {"jpg": "jpg", "jpeg": "jpg", "png": "png", "ppm": "ppm", "pgm": "pgm"}
SUFFIXES = {spelt: kind for name, kind in KINDS.items() for spelt in (name, name.upper())}
JPEG = b"\xff\xd8\xff"
QUALITY = 75
LOAD_FORMS = """
*string: path to file
number: force destination depth: 1 | 3
string: type: byte | float | double
"""
SAVE_FORMS = """
*string: path to file
torch.Tensor: tensor to save (NxHxW, N = 1 | 3)
"""


def is_supported(suffix: Any = None, *_: Any) -> bool:
    """Tell whether files of this suffix ('png', 'jpg', 'ppm', 'pgm') can be read and written."""
    return isinstance(suffix, str) and suffix in SUFFIXES


def _suffix(path: str) -> str | None:
    match = re.search(r"\.([A-Za-z]+)\Z", path)
    return None if match is None else match[1]


def _name(path: Any, function: str) -> str:
    if not isinstance(path, str):
        if isinstance(path, int | float) and not isinstance(path, bool):
            return f"{path:.14g}"
        raise BadArgument(1, "string expected, got no value", function)
    return path


def _problem(name: str, error: OSError) -> TorchError:
    if isinstance(error, TorchError):  # a name that can be no file's
        return error
    return TorchError(f"{name}: {from_system(error.strerror or str(error))}")


def _read(path: Any, function: str) -> bytes:
    name = _name(path, function)
    try:
        return Path(to_system(name)).read_bytes()
    except OSError as error:
        raise _problem(name, error) from None


def _kind(path: str, data: bytes, function: str) -> str:
    """What the file is: told by its first bytes, else by its suffix."""
    if data.startswith(JPEG):
        return "jpg"
    if data.startswith(png.SIGNATURE[:4]):
        return "png"
    if data[:1] == b"P" and data[1:2] in pnm.PLANES:
        return "ppm"
    suffix = _suffix(path)
    if suffix is None:
        raise fail(function, f"unable to determine image type for file: {path}")
    if suffix not in SUFFIXES:
        raise fail("load", f"unknown image type: {suffix}")
    return SUFFIXES[suffix]


def _open(data: bytes) -> Any:
    """A Pillow picture whose pixels are not read yet; ValueError if it is none."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
        except Exception as error:  # what Pillow raises on damage is of many kinds
            raise ValueError("damaged header") from error


def _unpack(read: Callable[[], Array]) -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return read()
        except MemoryError:
            raise ValueError("not enough memory") from None
        except Exception as error:  # as above
            raise ValueError("damaged or cut short") from error


def _png(data: bytes, name: str) -> Array:
    where, what = (
        ("read_png_file", f"File {name}") if name else ("read_png_byte_tensor", "ByteTensor")
    )
    if name and len(data) < len(png.SIGNATURE):
        raise TorchError(f"[read_png_file] {what} error reading header")
    if not data.startswith(png.SIGNATURE):
        raise TorchError(f"[{where}] {what} is not recognized as a PNG file")
    try:
        png.header(data)
        _open(data)
    except ValueError as error:
        raise TorchError(f"[read_png] Error during init_io: {error}") from None
    try:
        return _unpack(lambda: png.pixels(data, _open))
    except ValueError as error:
        raise TorchError(f"[read_png_file] Error during read_image: {error}") from None


def _jpg(data: bytes, name: str) -> Array:
    """Four planes stay as they are stored."""
    if not data.startswith(JPEG[:2]):
        first = " ".join(f"0x{byte:02x}" for byte in data[:2])
        words = f"Not a JPEG file: starts with {first}" if data else "Empty input file"
        raise TorchError(words)
    try:
        picture = _open(data)
        array = _unpack(lambda: np.asarray(picture))
    except ValueError as error:
        raise TorchError(f"JPEG file: {error}") from None
    if picture.mode == "CMYK":  # Pillow turns them round
        array = 255 - array
    return array[None] if array.ndim == 2 else array.transpose(2, 0, 1)


def _ppm(data: bytes, name: str) -> Array:
    try:
        return pnm.pixels(data)
    except ValueError as error:
        raise TorchError(str(error)) from None


READERS = {"png": _png, "jpg": _jpg, "ppm": _ppm, "pgm": _ppm}


def _decode(kind: str, data: bytes, name: str, depth: Any, type_name: Any, function: str) -> Any:
    """The picture in `data` as a tensor: planes×height×width, in [0, 1] unless the type is
    'byte'."""
    if type_name is not None and type_name is not False and type_name not in DTYPES:
        raise fail(function, "type must be one of: byte | float | double")
    array = READERS[kind](data, name)
    wide = array.dtype.itemsize > 1
    cls = default_type()
    if type_name in DTYPES:
        cls = TYPES[f"torch.{str(type_name).capitalize()}Tensor"]
    if type_name == "byte":
        array = (array >> 8 if wide and kind == "png" else array).astype(np.uint8)
        return to_depth(wrap(np.ascontiguousarray(array)), depth)
    full = 65535 if wide and kind == "png" else 255
    values = array.astype(cls.dtype)
    if cls.dtype.kind == "f":
        values *= cls.dtype.type(1 / full)
    return to_depth(wrap(np.ascontiguousarray(values)), depth)


def to_depth(picture: Any, depth: Any) -> Any:
    """The picture with 1 (height×width for a coloured one) or 3 planes, where that depth is asked
    for."""
    planes = picture.nd.shape[0]
    if depth == 1 and planes in (3, 4):
        return COLOUR["rgb2y"](picture.narrow(1, 1, 3)).select(1, 1)
    if depth == 1 and planes == 2:
        return picture.narrow(1, 1, 1)
    if depth == 3 and planes == 4:
        return picture.narrow(1, 1, 3)
    if depth == 3 and planes == 1:
        return wrap(np.repeat(picture.nd, 3, 0))
    if depth == 3 and planes != 3:
        raise fail("todepth", "image loaded has wrong #channels")
    return picture


def load(path: Any = None, depth: Any = None, kind: Any = None, *_: Any) -> Any:
    """Load a picture from a file.

    `image.load(path, depth, type)` → tensor planes×height×width (height×width for a colour file at
    depth 1)

    path: PNG, JPEG, PPM or PGM, told by content, else by suffix; depth: 1 (grey) or 3 (colour), as
    stored if nil; type: 'float', 'double' (values in [0, 1]; the default tensor type if nil) or
    'byte' (0…255).
    Errors: no such file, unknown type, not a picture.
    """
    if path is None or path is False:
        raise refuse("load", "loads an image into a torch.Tensor", LOAD_FORMS, "missing file name")
    data, name = _read(path, "load"), _name(path, "load")
    return _decode(_kind(name, data, "load"), data, name, depth, kind, "load")


def _size(kind: str, data: bytes, name: str) -> tuple[int, int, int]:
    if kind == "png":
        if not data.startswith(png.SIGNATURE):
            raise TorchError(f"[get_png_size] File {name} is not recognized as a PNG file")
        try:
            head = png.header(data)
        except ValueError as error:
            raise TorchError(f"[get_png_size] Error during init_io: {error}") from None
        if head.colour == png.PALETTE:
            raise TorchError("[get_png_size] unsupported type: PALETTE")
        return head.planes, head.height, head.width
    try:
        if kind != "jpg":
            return pnm.header(data)
        picture = _open(data)
    except ValueError as error:
        raise TorchError(f"{'JPEG file: ' if kind == 'jpg' else ''}{error}") from None
    return len(picture.getbands()), picture.height, picture.width


def getSize(path: Any = None, *_: Any) -> Any:
    """The size of a picture file → LongTensor {planes, height, width}."""
    if path is None or path is False:
        words = "returns size of image without loading"
        raise refuse("getSize", words, LOAD_FORMS.split("number")[0], "missing file name")
    data, name = _read(path, "getSize"), _name(path, "getSize")
    size = _size(_kind(name, data, "getSize"), data, name)
    return TYPES["torch.LongTensor"](new_table(size))


def _bytes(data: Any, function: str, words: str) -> bytes:
    if not isinstance(data, TYPES["torch.ByteTensor"]):
        raise fail(function, words)
    return data.nd.tobytes()


def decompress(data: Any = None, depth: Any = None, kind: Any = None, *_: Any) -> Any:
    """A picture from a ByteTensor that holds a PNG or JPEG file; depth and type as in
    image.load."""
    raw = _bytes(data, "decompress", "Input tensor must be a byte tensor")
    if raw.startswith(JPEG):
        return _decode("jpg", raw, "", depth, kind, "decompress")
    if raw.startswith(png.SIGNATURE[:4]):
        return _decode("png", raw, "", depth, kind, "decompress")
    raise fail("decompress", "Input must be either jpg or png format")


def _clamped(picture: Any) -> Array:
    """The picture's pixels as bytes; reals are taken in [0, 1] in the default type and cut off."""
    array = picture.nd
    if array.dtype == np.uint8:
        return array
    kind = default_type().dtype
    values = array.astype(kind)
    if kind == np.uint8:
        return values
    if kind.kind == "f":
        values = np.clip(values, 0, 1)
    values = values * kind.type(255)
    return np.where(values >= 0, values, 0).astype(np.uint8)


def encode(picture: Any, kind: str, quality: Any = QUALITY) -> bytes:
    """The bytes of a picture file of this kind."""
    function = f"save{kind.upper()}"
    if not isinstance(picture, Tensor):
        tensor(picture, 2, function)
    array = picture.nd
    planes = array.shape[0] if array.ndim == 3 else 1
    flat = array.ndim in (2, 3) and array.size
    if kind == "ppm" and not (array.ndim == 3 and planes == 3):
        raise fail("savePPM", "can only save 3xHxW images as PPM")
    if kind == "pgm" and not (flat and planes == 1):
        raise fail("savePGM", "can only save 1xHxW or HxW images as PGM")
    if kind == "png" and not (flat and planes in (1, 3, 4)):
        raise TorchError("[write_png_file] Depth must be 1, 3 or 4")
    if kind == "jpg" and not flat:
        raise TorchError("supports only 1 or 3 dimension tensors")
    if kind == "jpg" and planes not in (1, 3):
        raise TorchError("tensor should have 1 or 3 channels (gray or RGB)")
    pixels = _clamped(picture)
    if pixels.ndim == 3:
        pixels = pixels[0] if planes == 1 else pixels.transpose(1, 2, 0)
    pixels = np.ascontiguousarray(pixels)
    if kind in ("ppm", "pgm"):
        return pnm.encode(pixels)
    return _packed(pixels, kind, integer(QUALITY if quality is None else quality, 2))


def _packed(pixels: Array, kind: str, quality: int) -> bytes:
    from PIL import Image

    if not 0 <= quality <= 100:
        raise TorchError("quality should be between 0 and 100")
    out = io.BytesIO()
    try:
        picture = Image.fromarray(pixels)
        if kind == "jpg":
            picture.save(out, "JPEG", quality=max(quality, 1))  # 0 would mean the default
        else:
            picture.save(out, "PNG")
    except (OSError, ValueError, SystemError):  # larger than the format allows
        size = "x".join(map(str, pixels.shape[:2]))
        raise TorchError(f"a picture of {size} pixels does not fit a {kind} file") from None
    return out.getvalue()


def save(path: Any = None, picture: Any = None, *_: Any) -> tuple[()]:
    """Save a picture; the suffix (png, jpg, ppm, pgm) says the format.

    `image.save(path, tensor)`: tensor height×width or planes×height×width with 1, 3 or (PNG) 4
    planes; reals are taken in [0, 1] and clipped, bytes as they are; JPEG quality is 75. Written
    under a temporary name and renamed.
    """
    if path is None or path is False or picture is None or picture is False:
        words = "missing file name | tensor to save"
        raise refuse("save", "saves a torch.Tensor to a disk", SAVE_FORMS, words)
    name = _name(path, "save")
    suffix = _suffix(name)
    if suffix not in SUFFIXES:
        raise fail("save", f"unknown image type: {suffix or 'no suffix'}")
    write(name, encode(picture, SUFFIXES[suffix]))
    return ()


def write(name: str, data: bytes) -> None:
    """Write a file at once: under a temporary name, then renamed."""
    temporary = None
    try:
        path = Path(to_system(name))
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _problem(name, error) from None
        raise


def _loader(kind: str) -> Any:
    function = f"load{kind.upper()}"

    def load_kind(path: Any = None, depth: Any = None, tensor_type: Any = None, *_: Any) -> Any:
        name = _name(path, function)
        return _decode(kind, _read(name, function), name, depth, tensor_type, function)

    load_kind.__doc__ = f"Load a {kind.upper()} file; arguments and result as in image.load."
    return load_kind


def _sizer(kind: str) -> Any:
    def size_kind(path: Any = None, *_: Any) -> tuple[int, int, int]:
        name = _name(path, f"get{kind.upper()}size")
        return _size(kind, _read(name, "getSize"), name)

    size_kind.__doc__ = f"Planes, height and width of a {kind.upper()} file: three numbers."
    return size_kind


def _saver(kind: str) -> Any:
    def save_kind(path: Any = None, picture: Any = None, *_: Any) -> tuple[()]:
        write(_name(path, f"save{kind.upper()}"), encode(picture, kind))
        return ()

    save_kind.__doc__ = f"Save a picture as {kind.upper()}, whatever the name's suffix."
    return save_kind


def _compressor(kind: str) -> Any:
    def compress(picture: Any = None, quality: Any = None, *_: Any) -> Any:
        data = encode(picture, kind, quality if kind == "jpg" else None)
        return wrap(np.frombuffer(data, np.uint8).copy())

    compress.__doc__ = f"A picture as a ByteTensor that holds a {kind.upper()} file."
    return compress


def _decompressor(kind: str, word: str) -> Any:
    function = f"decompress{kind.upper()}"
    words = f"Input tensor (with compressed {word}) must be a byte tensor"

    def decompress_kind(data: Any = None, depth: Any = None, kind_: Any = None, *_: Any) -> Any:
        return _decode(kind, _bytes(data, function, words), "", depth, kind_, function)

    decompress_kind.__doc__ = (
        f"A picture from a ByteTensor that holds a {kind.upper()} file; depth and type as in"
        " image.load."
    )
    return decompress_kind


NAMES: dict[str, Any] = {
    "load": load,
    "save": save,
    "getSize": getSize,
    "decompress": decompress,
    "is_supported": is_supported,
    "decompressPNG": _decompressor("png", "png"),
    "decompressJPG": _decompressor("jpg", "jpeg"),
}
NAMES |= {f"load{k.upper()}": _loader(k) for k in ("png", "jpg", "ppm")}
NAMES |= {f"save{k.upper()}": _saver(k) for k in ("png", "jpg", "ppm", "pgm")}
NAMES |= {f"compress{k.upper()}": _compressor(k) for k in ("png", "jpg")}
NAMES |= {f"get{k.upper()}size": _sizer(k) for k in ("png", "jpg", "ppm")}


def filetypes() -> Table:
    """The table `image.supported_filetypes`: suffix → {loader=, saver=}."""
    found = new_table()
    for spelt, kind in SUFFIXES.items():
        reader = "PPM" if kind == "pgm" else kind.upper()  # it reads both
        functions = {"loader": NAMES[f"load{reader}"], "saver": NAMES[f"save{kind.upper()}"]}
        found[spelt] = new_table((), functions)
    return found


NAMES["supported_filetypes"] = filetypes()
