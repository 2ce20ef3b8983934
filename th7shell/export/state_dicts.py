"""PyTorch's own files, `.pt` and `.pth`: state dicts and other containers of tensors.

Such a file is a pickle, which could run anything. Here it runs nothing: an unpickler that knows
containers and tensors, and refuses all else by name. The zip format of today and the one before
are read; tensors of the first stay in the file.
"""

from __future__ import annotations

import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import Table, rawset
from th7shell.lua.stdlib.texts import from_text
from th7shell.torch.files.mapped import Mapping, mapping
from th7shell.torch.memory import new_over
from th7shell.torch.storage import storage_of
from th7shell.torch.tensor import Tensor, wrap

from .options import ExportError, Options
from .unpack import nested

MAGIC = 0x1950A86A20F9469CFC6C  # the first pickle of the format before
DTYPES = {
    "Double": "f8",
    "Float": "f4",
    "Half": "f2",
    "BFloat16": "bf2",
    "Long": "i8",
    "Int": "i4",
    "Short": "i2",
    "Char": "i1",
    "Byte": "u1",
    "Bool": "u1",
    "Untyped": "u1",
}
NAMES = {  # torch.float32 …
    "float64": "f8",
    "double": "f8",
    "float32": "f4",
    "float": "f4",
    "float16": "f2",
    "half": "f2",
    "bfloat16": "bf2",
    "int64": "i8",
    "long": "i8",
    "int32": "i4",
    "int": "i4",
    "int16": "i2",
    "short": "i2",
    "int8": "i1",
    "uint8": "u1",
    "bool": "u1",
}
MOST_ELEMENTS = 1 << 40


class Maker:
    """A function that a pickle may call."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[..., Any]) -> None:
        self.make = make

    def __call__(self, *arguments: Any) -> Any:
        return self.make(*arguments)


class Kind:
    """A type of storage or element that a pickle names."""

    __slots__ = ("code",)

    def __init__(self, code: str) -> None:
        self.code = code


def read(path: str, options: Options) -> Any:
    """The tensors and containers of a file as tables. Errors: ExportError, for a file that is none,
    or that holds other objects."""
    try:
        with open(path, "rb") as file:
            data = mapping(file.fileno())
        if data[:4] == b"PK\x03\x04":
            found = _of_zip(path, data)
        else:
            found = _of_pickles(path, data)
        return Tables().of(found)
    except (ExportError, OSError):
        raise
    except Exception as error:  # whatever bytes make pickle and zipfile raise
        raise ExportError(f"{path}: is not a PyTorch file, or a damaged one") from error


# the two formats


def _of_zip(path: str, data: Mapping) -> Any:
    with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
        names = [n for n in archive.namelist() if n.rpartition("/")[2] == "data.pkl"]
        if not names:
            raise ExportError(f"{path}: is a zip archive, but none of PyTorch's")
        root = names[0][: -len("data.pkl")]
        order = (
            archive.read(f"{root}byteorder") if f"{root}byteorder" in archive.namelist() else b""
        )
        storages: dict[str, NDArray[Any]] = {}

        def storage(kind: Kind, key: str, count: int) -> NDArray[Any]:
            if key not in storages:
                raw = _member(data, archive, f"{root}data/{key}")
                storages[key] = _elements(raw, kind, count, order == b"big")
            return storages[key]

        with archive.open(names[0]) as stream:
            return Unpickler(stream, path, storage).load()


def _member(data: Mapping, archive: zipfile.ZipFile, name: str) -> Any:
    """The bytes of a member; of one that is not compressed, a part of the mapped file."""
    info = archive.getinfo(name)
    if info.compress_type != zipfile.ZIP_STORED:
        return archive.read(name)
    name_length, extra = struct.unpack_from("<HH", data, info.header_offset + 26)
    start = info.header_offset + 30 + name_length + extra
    return memoryview(data)[start : start + info.file_size]


def _elements(raw: Any, kind: Kind, count: int, big: bool) -> NDArray[Any]:
    """`count` elements of a type out of bytes."""
    order = ">" if big else "<"
    code = "u2" if kind.code == "bf2" else kind.code
    nd = np.frombuffer(raw, np.dtype(order + code), count)
    if kind.code == "bf2":
        return (nd.astype(np.uint32) << 16).view(np.float32)
    return nd if nd.dtype.isnative else nd.astype(nd.dtype.newbyteorder("="))


class _Later:
    """A storage of the format before, whose elements follow the pickle. The tensors over it are
    made then."""

    def __init__(self, kind: Kind, count: int) -> None:
        self.kind = kind
        self.count = count
        self.nd: Any = None


def _of_pickles(path: str, data: Mapping) -> Any:
    with open(path, "rb") as file:
        storages: dict[str, _Later] = {}

        def storage(kind: Kind, key: str, count: int) -> Any:
            return storages.setdefault(key, _Later(kind, count))

        def unpickled() -> Any:
            return Unpickler(file, path, storage).load()

        if unpickled() != MAGIC:
            raise ExportError(f"{path}: is a Python pickle, but none of PyTorch's")
        unpickled()
        big = unpickled().get("little_endian") is False
        found = unpickled()
        for key in unpickled():
            (count,) = struct.unpack("<q", file.read(8))
            later = storages[key]
            raw = file.read(count * _width(later.kind))
            later.nd = _elements(raw, later.kind, count, big)
        return found


def _width(kind: Kind) -> int:
    return int(kind.code[-1])


# the pickle


class View:
    """A tensor as the pickle describes it."""

    __slots__ = ("kind", "offset", "sizes", "storage", "strides")

    def __init__(
        self, storage: Any, offset: int, sizes: Any, strides: Any, kind: Kind | None = None
    ) -> None:
        self.storage = storage
        self.offset = offset
        self.sizes = sizes
        self.strides = strides
        self.kind = kind


KNOWN: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): Maker(OrderedDict),
    ("torch", "Size"): Maker(tuple),
    ("torch._utils", "_rebuild_tensor"): Maker(lambda s, o, n, k, *_: View(s, o, n, k)),
    ("torch._utils", "_rebuild_tensor_v2"): Maker(lambda s, o, n, k, *_: View(s, o, n, k)),
    ("torch._utils", "_rebuild_tensor_v3"): Maker(
        lambda s, o, n, k, _grad, _hooks, kind, *_: View(s, o, n, k, kind)
    ),
    ("torch._utils", "_rebuild_parameter"): Maker(lambda data, *_: data),
    ("torch", "device"): Maker(lambda name, *_: name),
    ("_codecs", "encode"): Maker(lambda text, code, *_: text.encode(code)),
    **{(module, "set"): Maker(list) for module in ("builtins", "__builtin__")},
    **{("torch", f"{name}Storage"): Kind(code) for name, code in DTYPES.items()},
    **{("torch.storage", f"{name}Storage"): Kind(code) for name, code in DTYPES.items()},
    **{("torch", name): Kind(code) for name, code in NAMES.items()},
}


class Unpickler(pickle.Unpickler):
    """Makes containers and tensors, nothing else."""

    def __init__(self, file: Any, path: str, storage: Callable[[Kind, str, int], Any]) -> None:
        super().__init__(file, encoding="utf-8", errors="surrogateescape")
        self.path = path
        self.storage = storage

    def find_class(self, module: str, name: str) -> Any:
        found = KNOWN.get((module, name))
        if found is None:
            raise ExportError(
                f"{self.path}: holds a {module}.{name}; only tensors in dictionaries and lists are"
                " read, as net.state_dict() is"
            )
        return found

    def persistent_load(self, pid: Any) -> Any:
        _, kind, key, _, count, *part = pid
        if part and part[0] is not None:
            raise ExportError(f"{self.path}: a view of a storage, which only old PyTorch made")
        return self.storage(kind, key, count)


# tables


class Tables:
    """Turns what a pickle gave into tables and tensors. What is shared stays shared."""

    def __init__(self) -> None:
        self.made: dict[int, Any] = {}
        self.storages: dict[int, Any] = {}
        self.kept: list[Any] = []  # whose ids are in use

    def of(self, value: Any) -> Any:
        """One value as Lua has it."""
        if value is None or value.__class__ in (bool, float):
            return value
        if value.__class__ is int:
            return value if abs(value) <= 1 << 53 else float(value)
        if isinstance(value, (str, bytes)):
            return from_text(value) if isinstance(value, str) else value.decode("latin-1")
        known = self.made.get(id(value))
        if known is not None:
            return known
        self.kept.append(value)
        if isinstance(value, View):
            made: Any = self.tensor(value)
            self.made[id(value)] = made
        elif isinstance(value, dict):
            made = self.table(value)
        elif isinstance(value, (list, tuple)):
            made = self.made[id(value)] = Table()
            for i, part in enumerate(value, 1):
                rawset(made, i, self.of(part))
        elif isinstance(value, Kind):
            made = value.code
        else:
            raise ValueError(f"a {type(value).__name__}")
        return made

    def table(self, value: dict[Any, Any]) -> Any:
        """A dictionary; a state dict's dotted names become tables within tables."""
        if value and all(isinstance(k, str) and isinstance(v, View) for k, v in value.items()):
            made = self.made[id(value)] = nested({k: self.of(v) for k, v in value.items()})
            return made
        made = self.made[id(value)] = Table()
        for key, part in value.items():
            key = self.of(key)
            if key.__class__ not in (str, int, float, bool) or key != key:
                raise ValueError("a key that is no text and no number")
            rawset(made, key, self.of(part))
        return made

    def tensor(self, view: View) -> Tensor:
        """A tensor over its storage."""
        source = view.storage
        nd = source.nd if isinstance(source, _Later) else source
        if view.kind is not None and nd.dtype == np.uint8:
            raw = nd.view(np.uint8)
            nd = _elements(raw, view.kind, raw.size // _width(view.kind), False)
        sizes, strides = tuple(view.sizes), tuple(view.strides)
        count = 1
        for n in sizes:
            count *= n
        if not count:
            return wrap(np.empty(0, nd.dtype))
        last = view.offset + sum((n - 1) * s for n, s in zip(sizes, strides))
        least = min((view.offset, *sizes, *strides))
        if len(sizes) != len(strides) or least < 0 or last >= nd.size or count > MOST_ELEMENTS:
            raise ValueError("a tensor that reaches beyond its storage")
        storage = self.storages.get(id(source))
        if storage is None or storage.nd.dtype != nd.dtype:
            storage = self.storages[id(source)] = storage_of(nd)
            self.kept.append(source)
        width = nd.itemsize
        steps = tuple(s * width for s in strides) or (width,)
        part = np.ndarray(sizes or (1,), nd.dtype, storage.nd, view.offset * width, steps)
        return new_over(type(wrap(part)), part, storage)
