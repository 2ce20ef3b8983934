"""Pictures and tensors, strings and blobs of each other; the colour spaces of tensors."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image as pillow

import th7shell.torch.console as console
from th7shell.image.colour import NAMES
from th7shell.lua import TorchError, lua_type, state, tostring
from th7shell.lua.marks import scratch
from th7shell.lua.stdlib.texts import from_text
from th7shell.torch.tensor import TYPES, Tensor, wrap

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

SPACES = ("LAB", "HSL", "HWB", "YUV")
_KINDS = {"byte": "torch.ByteTensor", "float": "torch.FloatTensor", "double": "torch.DoubleTensor"}
_COMPLEMENTS = {"C": "R", "M": "G", "Y": "B"}


def failed(what: str, error: Exception) -> TorchError:
    """The error of a step that Pillow could not do."""
    return TorchError(f"magick.Image: {what}: {from_text(str(error))}")


def toTensor(
    self: Any, dataType: Any = None, colorspace: Any = None, dims: Any = None, *_: Any
) -> Any:
    """The picture as a tensor: `toTensor([type = 'byte' [, colours = 'RGB' [, dimensions =
    'HWD']]])`. type: 'byte', 'float', 'double', the latter from 0 to 1. colours: letters of R, G,
    B, A, C, M, Y, K and I (intensity), or 'LAB', 'HSL', 'HWB', 'YUV'. dimensions: 'HWD', 'DHW'."""
    space = "RGB" if colorspace is None else colorspace
    if space in SPACES:
        self.colorspace(space)
        space = "RGB"
    kind = _KINDS.get("byte" if dataType is None else dataType)
    if kind is None:
        raise TorchError(f"magick.Image: unknown data type {tostring(dataType)}")
    parts = np.stack([_plane(self, letter) for letter in tostring(space)], -1)
    if dims == "DHW":
        parts = parts.transpose(2, 0, 1)
    if kind == "torch.ByteTensor":
        return wrap(np.ascontiguousarray(parts))
    return wrap(np.ascontiguousarray(parts).astype(TYPES[kind].dtype) / TYPES[kind].dtype.type(255))


def _plane(self: Any, letter: str) -> Any:
    picture = self.picture
    if letter == "I":
        return np.asarray(self.shown().convert("L"))
    if letter == "A":
        bands = picture.getbands()
        if "A" not in bands:
            return np.full(picture.size[::-1], 255, np.uint8)
        return np.asarray(picture.getchannel("A"))
    if letter in "RGB":
        if picture.mode not in ("RGB", "RGBA"):
            picture = picture.convert("RGB")
        return np.asarray(picture.getchannel(letter))
    if letter in "CMYK":
        return np.asarray(picture.convert("RGB").convert("CMYK").getchannel(letter))
    raise TorchError(f"magick.Image: unknown colour {letter}")


def fromTensor(
    self: Any, tensor: Any = None, colorspace: Any = None, dims: Any = None, *_: Any
) -> Any:
    """Become what a tensor holds: `fromTensor(tensor [, colours [, dimensions = 'HWD']])`, bytes or
    numbers from 0 to 1; colours by depth: 'I', 'RGB' or 'RGBA'."""
    if not isinstance(tensor, Tensor) or tensor.nd.ndim != 3:
        raise TorchError("magick.Image: a tensor of three dimensions expected")
    array = tensor.nd.transpose(1, 2, 0) if dims == "DHW" else tensor.nd
    depth = array.shape[2]
    space = {1: "I", 3: "RGB", 4: "RGBA"}.get(depth) if colorspace is None else colorspace
    if not isinstance(space, str) or len(space) != depth:
        raise TorchError("magick.Image.fromTensor: Tensor depth must match color space")
    name = tensor.element_type.name
    if name in ("Float", "Double"):
        array = np.floor(np.clip(np.nan_to_num(array), 0, 1) * 255 + 0.5).astype(np.uint8)
    elif name != "Byte":
        raise TorchError("magick.Image: only dealing with float, double and byte")
    planes = {letter: np.ascontiguousarray(array[..., i]) for i, letter in enumerate(space)}
    unknown = set(planes) - set("RGBACMYKI")
    if unknown:
        raise TorchError(f"magick.Image: unknown colour {min(unknown)}")
    for letter, opposite in _COMPLEMENTS.items():
        if letter in planes:
            planes.setdefault(opposite, 255 - planes[letter])
    if not set("RGB") & set(planes):
        grey = planes.get("I")
        grey = np.zeros(array.shape[:2], np.uint8) if grey is None else grey
        picture = pillow.fromarray(grey)
    else:
        zeros = np.zeros(array.shape[:2], np.uint8)
        letters = "RGBA" if "A" in planes else "RGB"
        picture = pillow.fromarray(np.stack([planes.get(c, zeros) for c in letters], -1))
    self.picture = picture
    scratch(self)["format"], scratch(self)["space"] = None, "GRAY" if picture.mode == "L" else "RGB"
    self.path = "<tensor>"
    return self


def _bytes(self: Any, quality: Any) -> bytes:
    if self.format() == "XC":
        console.show("Image:toBlob() - cannot compress/export image with no format specified")
        console.show("please call image:format(fmt) before (format = JPEG, PNG, ...")
        raise TorchError("magick.Image: no format specified")
    quality = 85 if quality is None else quality
    return self.encoded(self.format(), quality, "error writing to blob")


def toString(self: Any, quality: Any = None, *_: Any) -> str:
    """The bytes of a file of the picture's format."""
    return _bytes(self, quality).decode("latin-1")


def toBlob(self: Any, quality: Any = None, *_: Any) -> Any:
    """The bytes of a file in memory of C's, and their number."""
    text = toString(self, quality)
    ffi = state.globals.require("ffi")
    return ffi.new(f"unsigned char[{len(text)}]", text), len(text)


def fromBlob(self: Any, blob: Any = None, size: Any = None, *_: Any) -> Any:
    """Become the picture of a file's bytes: memory of C's and their number, or a ByteTensor."""
    if isinstance(blob, Tensor):
        return fromString(self, blob.nd.tobytes().decode("latin-1"))
    if isinstance(blob, str):
        return fromString(self, blob if size is None else blob[: int(size)])
    return fromString(self, state.globals.require("ffi").string(blob, size))


def fromString(self: Any, text: Any = None, *_: Any) -> Any:
    """Become the picture of a file's bytes in a string."""
    if not isinstance(text, str):
        raise TorchError(f"magick.Image: a string expected, got {lua_type(text)}")
    try:
        self.take(pillow.open(io.BytesIO(text.encode("latin-1"))))
    except (OSError, ValueError, SyntaxError, pillow.DecompressionBombError) as error:
        raise failed("error reading from blob", error) from None
    self.path = "<blob>"
    return self


def _through(picture: pillow.Image, name: str) -> Any:
    """A picture's array through a function of the image package."""
    array = np.asarray(picture.convert("RGB"), dtype=np.float64).transpose(2, 0, 1) / 255
    return NAMES[name](wrap(np.ascontiguousarray(array))).nd


def _picture(array: Any) -> pillow.Image:
    scaled = np.clip(array, 0, 1).transpose(1, 2, 0) * 255
    return pillow.fromarray(np.ascontiguousarray(np.floor(scaled + 0.5).astype(np.uint8)))


def from_rgb(picture: pillow.Image, space: str) -> pillow.Image:
    """A picture in another colour space, its three parts scaled to 0 … 1."""
    if space == "LAB":
        lab = _through(picture, "rgb2lab")
        offsets, scales = np.array([0, 128, 128]), np.array([100, 255, 255])
        return _picture((lab + offsets[:, None, None]) / scales[:, None, None])
    if space == "HSL":
        return _picture(_through(picture, "rgb2hsl"))
    if space == "YUV":
        return _picture(_through(picture, "rgb2yuv") + np.array([0, 0.5, 0.5])[:, None, None])
    hsv = _through(picture, "rgb2hsv")
    white, black = (1 - hsv[1]) * hsv[2], 1 - hsv[2]
    return _picture(np.stack([hsv[0], white, black]))


def to_rgb(picture: pillow.Image, space: str) -> pillow.Image:
    """The way back."""
    array = np.asarray(picture, dtype=np.float64).transpose(2, 0, 1) / 255
    if space == "LAB":
        array = array * np.array([100, 255, 255])[:, None, None]
        array = array - np.array([0, 128, 128])[:, None, None]
        return _picture(NAMES["lab2rgb"](wrap(np.ascontiguousarray(array))).nd)
    if space == "HSL":
        return _picture(NAMES["hsl2rgb"](wrap(np.ascontiguousarray(array))).nd)
    if space == "YUV":
        array = array - np.array([0, 0.5, 0.5])[:, None, None]
        return _picture(NAMES["yuv2rgb"](wrap(np.ascontiguousarray(array))).nd)
    value = 1 - array[2]
    saturation = np.where(value > 0, 1 - array[1] / np.where(value > 0, value, 1), 0)
    hsv = np.ascontiguousarray(np.stack([array[0], saturation, value]))
    return _picture(NAMES["hsv2rgb"](wrap(hsv)).nd)
