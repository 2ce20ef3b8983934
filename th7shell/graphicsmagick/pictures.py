"""gm.Image: a picture whose methods change it and return it."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image as pillow
from PIL import ImageChops, ImageDraw, ImageFilter, ImageOps

from th7shell.lua import Table, TorchError, lua_type, new_table, tostring
from th7shell.lua.marks import scratch
from th7shell.lua.stdlib.texts import to_system
from th7shell.torch.classes import TorchClass
from th7shell.torch.tensor import Tensor

from . import transfer

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

COLORSPACES = (
    *("RGB", "GRAY", "Transparent", "OHTA", "XYZ", "YCC", "YIQ", "YPbPr", "YUV", "CMYK", "sRGB"),
    *(
        "HSL",
        "HWB",
        "LAB",
        "CineonLogRGB",
        "Rec601Luma",
        "Rec601YCbCr",
        "Rec709Luma",
        "Rec709YCbCr",
    ),
)
_R = pillow.Resampling
FILTERS = {
    "Undefined": _R.LANCZOS,
    "Point": _R.NEAREST,
    "Box": _R.BOX,
    "Triangle": _R.BILINEAR,
    "Hermite": _R.BILINEAR,
    "Hanning": _R.LANCZOS,
    "Hamming": _R.HAMMING,
    "Blackman": _R.LANCZOS,
    "Gaussian": _R.BICUBIC,
    "Quadratic": _R.BICUBIC,
    "Cubic": _R.BICUBIC,
    "Catrom": _R.BICUBIC,
    "Mitchell": _R.BICUBIC,
    "Lanczos": _R.LANCZOS,
    "Bessel": _R.LANCZOS,
    "Sinc": _R.LANCZOS,
}
_TYPES = {
    "1": "Bilevel",
    "L": "Grayscale",
    "LA": "GrayscaleMatte",
    "P": "Palette",
    "RGB": "TrueColor",
    "RGBA": "TrueColorMatte",
    "CMYK": "ColorSeparation",
    "I;16": "Grayscale",
    "F": "Grayscale",
}
_FORMATS = {"JPG": "JPEG", "TIF": "TIFF", "PNM": "PPM", "PGM": "PPM", "PBM": "PPM"}
_NO_ALPHA = ("JPEG", "PPM", "BMP")
GAMMA = 1 / 2.2  # of a file that says nothing
_SAMPLINGS = {(1, 1): 0, (2, 1): 1, (2, 2): 2}


class Image(Table, metaclass=TorchClass, name="gm.Image", register=False):
    """A picture: `gm.Image(path[, width[, height]])`, `gm.Image(tensor[, colours[, dimensions]])`
    or `gm.Image()`. Methods that change it return it, those without arguments tell: `size()`,
    `depth()`, `format()`, `colorspace()`, `type()`."""

    path: Any = None

    def __init__(self, source: Any = None, *rest: Any) -> None:
        self.picture = pillow.new("RGB", (1, 1))
        if isinstance(source, Tensor):
            transfer.fromTensor(self, source, *rest)
        elif source is not None:
            self.load(source, *rest)

    # the picture itself is no field of Lua's

    @property
    def picture(self) -> pillow.Image:
        return scratch(self)["picture"]

    @picture.setter
    def picture(self, picture: pillow.Image) -> None:
        kept = scratch(self)
        if not kept:
            kept |= {"format": None, "space": "RGB", "depth": 8, "factors": None}
            kept |= {"gamma": GAMMA, "progressive": False}
        kept["picture"] = picture

    def __str__(self) -> str:
        return f"magick.Image: {tostring(self.path)} {self.picture.size}"

    def clone(self, *_: Any) -> Any:
        """A copy."""
        copy = Image()
        copy.path = self.path
        scratch(copy).update(scratch(self), picture=self.picture.copy())
        return copy

    def load(self, path: Any = None, width: Any = None, height: Any = None, *_: Any) -> Any:
        """Load a file, or a tensor. width, height: no larger picture is needed, which makes JPEG
        files load faster."""
        if isinstance(path, Tensor):
            return transfer.fromTensor(self, path, width, height)
        if not isinstance(path, str):
            raise TorchError(f"magick.Image: a path or tensor expected, got {lua_type(path)}")
        try:
            picture = pillow.open(to_system(path))
            if width is not None:
                box = int(width), int(width if height is None else height)
                picture.draft(None, box)
            self.take(picture)
        except (OSError, ValueError, SyntaxError, pillow.DecompressionBombError) as error:
            raise transfer.failed("error loading image", error) from None
        self.path = path
        return self

    def take(self, picture: pillow.Image) -> None:
        """Become a picture that was opened."""
        picture.load()
        scratch(self)["format"] = picture.format
        scratch(self)["space"] = "GRAY" if picture.mode in ("1", "L", "LA", "I;16") else "RGB"
        scratch(self)["depth"] = 16 if picture.mode.startswith("I") else 8
        scratch(self)["gamma"] = picture.info.get("gamma", GAMMA)
        self.picture = (
            picture.convert("RGBA")
            if picture.mode == "P" and "transparency" in picture.info
            else picture
        )
        if self.picture.mode == "P":
            self.picture = picture.convert("RGB")

    def save(self, path: Any = None, quality: Any = None, *_: Any) -> Any:
        """Save as the kind of file that the name's ending tells. quality of JPEG: 0 to 100 (85)."""
        if not isinstance(path, str):
            raise TorchError(f"magick.Image: a path expected, got {lua_type(path)}")
        ending = path.rpartition(".")[2].upper() if "." in path else self.format()
        data = self.encoded(ending, 85 if quality is None else quality, "error saving image")
        try:
            with open(to_system(path), "wb") as file:
                file.write(data)
        except OSError as error:
            raise transfer.failed("error saving image", error) from None
        return self

    def encoded(self, format: Any, quality: Any, what: str) -> bytes:
        """The picture as a file's bytes."""
        kind = _FORMATS.get(str(format).upper(), str(format).upper())
        picture: Any = self.shown()
        options: dict[str, Any] = {}
        if kind in _NO_ALPHA and picture.mode in ("RGBA", "LA"):
            picture = picture.convert("RGB" if picture.mode == "RGBA" else "L")
        if kind == "JPEG":
            options["quality"] = min(max(int(quality), 1), 100)
            options["progressive"] = scratch(self)["progressive"]
            if scratch(self)["factors"] is not None:
                options["subsampling"] = scratch(self)["factors"]
        stream = io.BytesIO()
        try:
            picture.save(stream, kind, **options)
        except (OSError, ValueError, KeyError) as error:
            raise transfer.failed(what, error) from None
        return stream.getvalue()

    def shown(self) -> pillow.Image:
        """The picture as files hold it: in red, green and blue, or grey."""
        if scratch(self)["space"] in transfer.SPACES:
            return transfer.to_rgb(self.picture, scratch(self)["space"])
        return self.picture

    # what it is

    def size(self, width: Any = None, height: Any = None, filter: Any = None, *_: Any) -> Any:
        """Width and height; or resize to these, to a width that is the larger side, or to a
        height that is the smaller one. filter: 'Lanczos' (default), 'Cubic', 'Box' …"""
        w, h = self.picture.size
        if width is None and height is None:
            return w, h
        if height is None:
            width, height = (width, width * h / w) if w > h else (width * w / h, width)
        elif width is None:
            width, height = (height, height * h / w) if w < h else (height * w / h, height)
        how = FILTERS.get("Undefined" if filter is None else filter)
        if how is None:
            raise TorchError(f"magick.Image: unknown filter {tostring(filter)}")
        box = int(width), int(height)
        if min(box) < 1:
            raise TorchError("magick.Image: error resizing image: a size of 1 or more expected")
        self.picture = self.picture.resize(box, how)
        return self

    def depth(self, depth: Any = None, *_: Any) -> Any:
        """Bits of a colour, or set them (for files that have a choice)."""
        if depth is None:
            return scratch(self)["depth"]
        scratch(self)["depth"] = depth
        return self

    def gamma(self, gamma: Any = None, *_: Any) -> Any:
        """The exponent that the file says its colours have (1/2.2 where it says nothing); or note
        another: colours stay."""
        if gamma is None:
            return scratch(self)["gamma"]
        scratch(self)["gamma"] = float(gamma)
        return self

    def interlace(self, scheme: Any = None, *_: Any) -> Any:
        """Save JPEG files to appear line by line ('No', 'Undefined') or in steps ('Line', 'Plane',
        'Partition')."""
        schemes = {None: False, "Undefined": False, "No": False}
        schemes |= {"Line": True, "Plane": True, "Partition": True}
        if scheme not in schemes:
            raise TorchError(f"magick.Image: unknown interlace {tostring(scheme)}")
        scratch(self)["progressive"] = schemes[scheme]
        return self

    def format(self, format: Any = None, *_: Any) -> Any:
        """The kind of file: 'JPEG', 'PNG' …; or choose one for blobs and strings."""
        if format is None:
            return scratch(self)["format"] or "XC"
        scratch(self)["format"] = str(format).upper()
        return self

    def type(self, kind: Any = None, *_: Any) -> Any:
        """'TrueColor', 'TrueColorMatte', 'Grayscale' …; or make it that."""
        if kind is None:
            return _TYPES.get(self.picture.mode, "Undefined")
        modes = {name: mode for mode, name in reversed(_TYPES.items())}
        if kind not in modes:
            raise TorchError(f"magick.Image: unknown type {tostring(kind)}")
        self.picture = self.picture.convert("L" if kind == "Grayscale" else modes[kind])
        return self

    def colorspaces(self, *_: Any) -> Any:
        """The names of colour spaces."""
        return new_table(COLORSPACES)

    def colorspace(self, space: Any = None, *_: Any) -> Any:
        """The colour space; or change to 'RGB', 'GRAY', 'HSL', 'HWB', 'LAB', 'YUV' or 'CMYK'."""
        if space is None:
            return scratch(self)["space"]
        picture = self.shown()
        if space in transfer.SPACES:
            self.picture = transfer.from_rgb(picture.convert("RGB"), space)
        elif space in ("GRAY", "Rec601Luma"):
            self.picture = picture.convert("L")
        elif space == "CMYK":
            self.picture = picture.convert("CMYK")
        elif space in ("RGB", "sRGB"):
            self.picture = picture.convert("RGBA" if "A" in picture.getbands() else "RGB")
        else:
            raise TorchError(f"magick.Image: colour space {tostring(space)} is not supported")
        scratch(self)["space"] = space
        return self

    def samplingFactors(self, factors: Any = None, *_: Any) -> Any:
        """The sampling factors of JPEG files, {2, 2, 1, 1, 1, 1} or {1, 1, …}; or set them."""
        if factors is None:
            first = {index: pair for pair, index in _SAMPLINGS.items()}[
                2 if scratch(self)["factors"] is None else scratch(self)["factors"]
            ]
            return new_table((*first, 1, 1, 1, 1))
        pair = (factors[1], factors[2] if factors[2] is not None else factors[1])
        if pair not in _SAMPLINGS:
            raise TorchError("magick.Image: error set sampling factors")
        scratch(self)["factors"] = _SAMPLINGS[pair]
        return self

    # changes

    def crop(self, w: Any = None, h: Any = None, x: Any = None, y: Any = None, *_: Any) -> Any:
        """Keep w by h points from (x, y), counted from 0."""
        left, top = int(x or 0), int(y or 0)
        width, height = self.picture.size
        box = max(left, 0), max(top, 0), min(left + int(w), width), min(top + int(h), height)
        if box[0] >= box[2] or box[1] >= box[3]:
            raise TorchError("magick.Image: error cropping image: nothing would be left")
        self.picture = self.picture.crop(box)
        return self

    def flip(self, *_: Any) -> Any:
        """Top and bottom change places."""
        self.picture = ImageOps.flip(self.picture)
        return self

    def flop(self, *_: Any) -> Any:
        """Left and right change places."""
        self.picture = ImageOps.mirror(self.picture)
        return self

    def rotate(
        self, degrees: Any = None, r: Any = None, g: Any = None, b: Any = None, *_: Any
    ) -> Any:
        """Turn clockwise; the corners get a colour of parts from 0 to 1, black by default."""
        fill = self._colour(r, g, b)
        self.picture = self.picture.rotate(-float(degrees), _R.BICUBIC, expand=True, fillcolor=fill)
        return self

    def _colour(self, r: Any, g: Any, b: Any) -> Any:
        parts = tuple(round(255 * min(max(float(v or 0), 0), 1)) for v in (r, g, b))
        return pillow.new("RGB", (1, 1), parts).convert(self.picture.mode).getpixel((0, 0))

    def addBorder(
        self, w: Any = 0, h: Any = 0, r: Any = None, g: Any = None, b: Any = None, *_: Any
    ) -> Any:
        """Put a border of w points at the sides and h above and below."""
        border = int(w), int(h), int(w), int(h)
        self.picture = ImageOps.expand(self.picture, border, self._colour(r, g, b))
        return self

    def floodFill(
        self,
        x: Any = 0,
        y: Any = 0,
        r: Any = None,
        g: Any = None,
        b: Any = None,
        fuzz: Any = None,
        *_: Any,
    ) -> Any:
        """Fill the area of like colour around a point."""
        colour = self._colour(r, g, b)
        ImageDraw.floodfill(self.picture, (int(x), int(y)), colour, thresh=float(fuzz or 0))
        return self

    def _filtered(self, filter: Any) -> Any:
        self.picture = self.picture.filter(filter)
        return self

    def blur(self, radius: Any = None, sigma: Any = None, *_: Any) -> Any:
        """Blur by a Gaussian of deviation sigma."""
        return self._filtered(ImageFilter.GaussianBlur(float(1 if sigma is None else sigma)))

    def sharpen(self, radius: Any = None, sigma: Any = None, *_: Any) -> Any:
        """Sharpen by a Gaussian of deviation sigma (1)."""
        return self.unsharpMask(radius, sigma, 1, 0)

    def unsharpMask(
        self,
        radius: Any = None,
        sigma: Any = None,
        amount: Any = None,
        threshold: Any = None,
        *_: Any,
    ) -> Any:
        """Add `amount` of what a Gaussian of deviation sigma takes away, where it is more than
        `threshold` of full scale."""
        percent = round(100 * float(1 if amount is None else amount))
        least = round(255 * float(threshold or 0))
        deviation = float(1 if sigma is None else sigma)
        return self._filtered(ImageFilter.UnsharpMask(deviation, percent, least))

    def negate(self, *_: Any) -> Any:
        """Turn colours into their opposites."""
        picture = self.picture
        if "A" in picture.getbands():
            *colours, alpha = picture.split()
            inverted = [ImageChops.invert(band) for band in colours]
            self.picture = pillow.merge(picture.mode, (*inverted, alpha))
        else:
            self.picture = ImageChops.invert(picture)
        return self

    def gammaCorrection(self, gamma: Any = None, *_: Any) -> Any:
        """Raise the colours to the power 1/gamma."""
        curve = [round(255 * (i / 255) ** (1 / float(gamma))) for i in range(256)]
        self.picture = self.picture.point(curve * len(self.picture.getbands()))
        return self

    def flatten(self, *_: Any) -> Any:
        """A copy without transparency, over white."""
        copy = self.clone()
        if "A" in copy.picture.getbands():
            ground = pillow.new("RGBA", copy.picture.size, "white")
            copy.picture = pillow.alpha_composite(ground, copy.picture.convert("RGBA")).convert(
                "RGB"
            )
        return copy

    def compose(self, other: Any = None, op: Any = None, x: Any = 0, y: Any = 0, *_: Any) -> Any:
        """Lay another picture over this one at (x, y): 'Over' or 'Copy'."""
        if op not in ("Over", "Copy"):
            raise TorchError(f"magick.Image: composition {tostring(op)} is not supported")
        upper = other.picture
        mask = upper.getchannel("A") if op == "Over" and "A" in upper.getbands() else None
        self.picture.paste(upper.convert(self.picture.mode), (int(x), int(y)), mask)
        return self

    def profile(self, name: Any = None, profile: Any = None, *_: Any) -> Any:
        """The colour profile 'icc' as a string, nil if there is none; or set it."""
        key = {"icc": "icc_profile", "icm": "icc_profile", "exif": "exif"}.get(str(name).lower())
        if profile is None:
            found = self.picture.info.get(key) if key else None
            return None if found is None else found.decode("latin-1")
        if key:
            self.picture.info[key] = profile.encode("latin-1")
        return self

    def removeProfile(self, name: Any = None, *_: Any) -> Any:
        """Forget a profile, or all."""
        for key in ("icc_profile", "exif"):
            if name in (None, "*") or str(name).lower() in key:
                self.picture.info.pop(key, None)
        return self

    def show(self, zoom: Any = None, *_: Any) -> Any:
        """Show it in the front end."""
        from th7shell.image.viewing import NAMES

        options = new_table(
            (), {"image": transfer.toTensor(self, "float", "RGB", "DHW"), "zoom": zoom}
        )
        NAMES["display"](options)
        return self

    toTensor = transfer.toTensor
    fromTensor = transfer.fromTensor
    toBlob = transfer.toBlob
    fromBlob = transfer.fromBlob
    toString = transfer.toString
    fromString = transfer.fromString
