"""HDF5File, HDF5Group, HDF5DataSet and DataSetOptions: objects over those of h5py."""

from __future__ import annotations

import os
from typing import Any

import h5py
import numpy as np

from th7shell.lua import LuaError, Table, TorchError, items, lua_type, new_table, tostring
from th7shell.lua.marks import array_part, scratch
from th7shell.lua.stdlib.texts import from_text, to_system, to_text
from th7shell.torch.classes import TorchClass, torch_type
from th7shell.torch.tensor import TYPES, Tensor, wrap

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

_MODES = ("r", "r+", "w", "w-")
_INTEGERS = {1: "Byte", 2: "Short", 4: "Int", 8: "Long"}  # bytes: the tensors they are read as
_FLOATS = {4: "Float", 8: "Double"}


def _said(error: Exception) -> str:
    return from_text(str(error).partition("\n")[0])


class DataSetOptions(Table, metaclass=TorchClass, name="hdf5.DataSetOptions"):
    """How data is stored: `setChunked(size, …)` in pieces of that size, `setDeflate([level = 6])`
    compressed. Both return the options."""

    _chunking: Any = None
    _deflate: Any = None

    def setChunked(self, *sizes: Any) -> Any:
        """Store in pieces; a size for each dimension. Compression needs them, and `append`."""
        self._chunking = new_table(sizes)
        return self

    def setDeflate(self, level: Any = None, *_: Any) -> Any:
        """Compress, 1 to 9."""
        self._deflate = 6 if level is None else level
        return self

    def close(self, *_: Any) -> tuple[()]:
        """Nothing is held open."""
        return ()

    def __str__(self) -> str:
        sizes = (
            "none"
            if self._chunking is None
            else "x".join(map(tostring, array_part(self._chunking)[1:]))
        )
        return f"[DataSetOptions: chunking={sizes}]"

    def arguments(self, shape: tuple[int, ...]) -> dict[str, Any]:
        """What h5py is told for data of a shape."""
        if self._chunking is None:
            return {} if self._deflate is None else {"chunks": True, **self._compression()}
        sizes = [int(n) for n in array_part(self._chunking)[1:]]
        if len(sizes) != len(shape):
            raise TorchError(
                "Chunk size must have same number of dimensions as data! Chunk size has "
                f"{len(sizes)} dimensions; data has {len(shape)}"
            )
        chunks = tuple(map(min, sizes, shape))
        self._chunking = new_table(chunks)
        more = self._compression() if self._deflate is not None else {}
        return {"chunks": chunks, "maxshape": (None, *shape[1:]), **more}

    def _compression(self) -> dict[str, Any]:
        return {"compression": "gzip", "compression_opts": min(int(self._deflate), 9)}


class HDF5DataSet(Table, metaclass=TorchClass, name="hdf5.HDF5DataSet"):
    """A tensor in a file: `all()`, `partial({first, last}, …)`, `dataspaceSize()`,
    `getTensorFactory()`."""

    def __init__(self, data: Any = None, *_: Any) -> None:
        scratch(self)["data"] = data

    def __str__(self) -> str:
        return f"[HDF5DataSet ({from_text(_data(self).name)} DATASET)]"

    def all(self, *_: Any) -> Any:
        """The whole tensor."""
        return self._tensor(())

    def partial(self, *ranges: Any) -> Any:
        """A part of the tensor: {first, last} for each dimension, or a single place."""
        shape = _data(self).shape
        if len(ranges) != len(shape):
            raise TorchError(
                f"HDF5DataSet:partial() - dimension mismatch. Expected {len(shape)} but "
                f"{len(ranges)} were given."
            )
        place = []
        for size, given in zip(shape, ranges):
            first, last = (given[1], given[2]) if isinstance(given, Table) else (given, given)
            if not (lua_type(first) == lua_type(last) == "number" and 1 <= first <= last <= size):
                shown = f"{tostring(first)} to {tostring(last)} of {size}"
                raise TorchError(f"Cannot select hyperslab from {self}: {shown}")
            place.append(slice(int(first) - 1, int(last)))
        return self._tensor(tuple(place))

    def _tensor(self, place: Any) -> Any:
        kind = self._type()
        try:
            native = _data(self).dtype.newbyteorder("=")
            array = np.ascontiguousarray(_data(self)[place], dtype=native)
        except (OSError, ValueError) as error:
            raise TorchError(f"failed reading data from {self}: {_said(error)}") from None
        if not array.ndim:
            array = array.reshape(1)
        return wrap(array.view(TYPES[kind].dtype))

    def _type(self) -> str:
        dtype = _data(self).dtype
        sizes = {"i": _INTEGERS, "u": _INTEGERS, "f": _FLOATS}.get(dtype.kind)
        if sizes is None:
            raise TorchError(f"Reading data of class {dtype} is unsupported")
        if dtype.itemsize not in sizes:
            what = "float" if dtype.kind == "f" else "integer"
            size = f"size = {dtype.itemsize} bytes"
            raise TorchError(f"Cannot support reading {what} data with {size}")
        return f"torch.{sizes[dtype.itemsize]}Tensor"

    def getTensorFactory(self, *_: Any) -> Any:
        """The function that makes an empty tensor of the data's type."""
        cls = TYPES[self._type()]
        return lambda *_: cls()

    def dataspaceSize(self, *_: Any) -> Any:
        """The sizes, in a table."""
        return new_table(_data(self).shape)

    def close(self, *_: Any) -> tuple[()]:
        """Nothing is held open."""
        return ()


def _data(object: Any) -> Any:
    """h5py's object. Errors: its file is closed."""
    data = scratch(object).get("data") if isinstance(object, Table) else None
    if not data:
        raise TorchError(f"attempt to use a closed {torch_type(object)}")
    return data


def _object(data: Any) -> Any:
    if isinstance(data, h5py.Dataset):
        return HDF5DataSet(data)
    if isinstance(data, h5py.Group):
        return HDF5Group(data)
    raise TorchError(f"Unsupported data type at {from_text(data.name)}")


class HDF5Group(Table, metaclass=TorchClass, name="hdf5.HDF5Group"):
    """A folder of a file: `read(path table)`, `write`, `append`, `all()`, `createChild(name)`."""

    def __init__(self, data: Any = None, *_: Any) -> None:
        scratch(self)["data"] = data

    def __str__(self) -> str:
        return f"[HDF5Group {from_text(_data(self).name)}]"

    @property
    def _children(self) -> Table:
        """The objects in it, by name."""
        group = _data(self)
        return new_table((), {from_text(name): _object(group[name]) for name in group})

    def all(self, *_: Any) -> Any:
        """All tensors in it, in a table of tables."""
        return new_table((), {name: child.all() for name, child in items(self._children)})

    def createChild(self, name: Any = None, *_: Any) -> Any:
        """A new group in it."""
        if name is None:
            raise LuaError("no name given for child", 0)
        return HDF5Group(_guarded(self, _data(self).create_group, _name(name)))

    def getOrCreateChild(self, name: Any = None, *_: Any) -> Any:
        """The group of a name in it, made if there is none."""
        found = _data(self).get(_name(name))
        return self.createChild(name) if found is None else _object(found)

    def read(self, datapath: Any = None, *_: Any) -> Any:
        """What is at a path, a table of names."""
        place = self
        for name in [] if datapath is None else array_part(datapath)[1:]:
            found = _data(place).get(_name(name)) if isinstance(place, HDF5Group) else None
            if found is None:
                raise TorchError(
                    f"HDF5Group:read() - no such child '{tostring(name)}' for {tostring(place)}"
                )
            place = _object(found)
        return place

    def write(self, datapath: Any = None, data: Any = None, options: Any = None, *_: Any) -> Any:
        """Store a tensor, or a table of them, at a path, a table of names."""
        return self._store("write", datapath, data, options)

    def append(self, datapath: Any = None, data: Any = None, options: Any = None, *_: Any) -> Any:
        """Add a tensor to one that was stored in pieces, along the first dimension."""
        return self._store("append", datapath, data, options)

    def _store(self, method: str, datapath: Any, data: Any, options: Any) -> tuple[()]:
        if not isinstance(datapath, Table):
            raise LuaError(f"HDF5Group:{method}() expects table as first parameter", 0)
        if data is None:
            raise LuaError(f"HDF5Group:{method}() requires data as parameter", 0)
        names = array_part(datapath)[1:]
        if not names:
            raise TorchError("HDF5Group: descended too far")
        place = self
        for name in names[:-1]:
            place = place.getOrCreateChild(name)
        place.put(method, names[-1], data, options)
        return ()

    def put(self, method: str, name: Any, data: Any, options: Any) -> None:
        """Store what may be a table of tables."""
        if isinstance(data, Table) and not isinstance(data, HDF5DataSet):
            child = self.getOrCreateChild(name)
            for key, value in items(data):
                child.put(method, key, value, options)
            return
        if not isinstance(data, Tensor):
            kind = lua_type(data)
            what = "non-Tensor userdata" if kind == "userdata" else f"data of type {kind}"
            raise TorchError(f"torch-hdf5: writing {what} is not supported")
        if data.element_type.name == "Half":
            raise TorchError("Cannot find hdf5 file type for torch.HalfTensor")
        if method == "append":
            self._append(_name(name), data.nd)
            return
        shape = data.nd.shape
        chosen = {} if options is None else options.arguments(shape)
        dtype = data.nd.dtype.newbyteorder("<")
        make = _data(self).create_dataset
        _guarded(self, make, _name(name), data=data.nd, dtype=dtype, **chosen)

    def _append(self, name: str, array: Any) -> None:
        found = _data(self).get(name)
        if not isinstance(found, h5py.Dataset) or found.shape[1:] != array.shape[1:]:
            raise TorchError(f"Error extending data {from_text(name)} to {self}")
        n = found.shape[0]
        _guarded(self, found.resize, n + len(array), 0)
        found[n:] = array

    def close(self, *_: Any) -> tuple[()]:
        """Nothing is held open."""
        return ()


def _name(name: Any) -> str:
    return to_text(tostring(name))


def _guarded(place: Any, step: Any, *given: Any, **named: Any) -> Any:
    """What h5py does; its errors in our words."""
    try:
        return step(*given, **named)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError) as error:
        raise TorchError(f"Error writing data to {place}: {_said(error)}") from None


class HDF5File(Table, metaclass=TorchClass, name="hdf5.HDF5File"):
    """A file that `hdf5.open` gives: `read([path])`, `write(path, tensor or table[, options])`,
    `append`, `all()`, `filename()`, `close()`."""

    def __init__(self, filename: Any = None, data: Any = None, *_: Any) -> None:
        if not isinstance(data, h5py.File):
            raise LuaError("HDF5File.__init() requires a fileID - perhaps you want hdf5.open()?", 0)
        self._filename = filename
        scratch(self)["data"] = data

    def __str__(self) -> str:
        return f"[HDF5File: {self._filename}]"

    def filename(self, *_: Any) -> Any:
        """The absolute path."""
        return self._filename

    def close(self, *_: Any) -> tuple[()]:
        """Write everything out; the file cannot be used any more."""
        _data(self).close()
        return ()

    def _path(self, datapath: Any) -> Table:
        return new_table(part for part in tostring(datapath).split("/") if part)

    def read(self, datapath: Any = None, *_: Any) -> Any:
        """The group or data set at a path, the root's by default."""
        return HDF5Group(_data(self)["/"]).read(self._path(datapath or "/"))

    def all(self, *_: Any) -> Any:
        """All tensors of the file, in a table of tables."""
        return self.read().all()

    def write(self, datapath: Any = None, data: Any = None, options: Any = None, *_: Any) -> Any:
        """Store a tensor, or a table of tensors and tables, at a path."""
        return self._store("write", datapath, data, options)

    def append(self, datapath: Any = None, data: Any = None, options: Any = None, *_: Any) -> Any:
        """Add a tensor to a stored one along the first dimension."""
        return self._store("append", datapath, data, options)

    def _store(self, method: str, datapath: Any, data: Any, options: Any) -> tuple[()]:
        path = self._path("" if datapath is None else datapath)
        if lua_type(data) not in ("userdata", "table"):
            raise LuaError(
                f"HDF5File:{method}() requires a tensor or table as its second parameter", 0
            )
        root = HDF5Group(_data(self)["/"])
        if array_part(path)[1:]:
            return root._store(method, path, data, options)
        if not isinstance(data, Table):
            where = "must provide a table when writing to the root location"
            raise TorchError(f"HDF5File:write() - {where}")
        for key, value in items(data):
            root.put(method, key, value, options)
        return ()


def open(filename: Any = None, mode: Any = None, *_: Any) -> Any:
    """Open a file: `hdf5.open(path[, mode])`, mode 'a' (default), 'r', 'r+', 'w', 'w-'."""
    if not isinstance(filename, str):
        raise TorchError(f"HDF5File.open: a file name expected, got {lua_type(filename)}")
    path = os.path.abspath(os.path.expanduser(to_system(filename)))
    shown = from_text(path)
    if not os.path.isdir(os.path.dirname(path)):
        raise TorchError(f"HDF5File.open: no such directory {from_text(os.path.dirname(path))}")
    if mode is None or mode == "a":
        mode = "r+" if os.path.exists(path) else "w"
    if mode not in _MODES:
        raise TorchError(f"Unknown mode '{tostring(mode)}' for hdf5.open()")
    try:
        return HDF5File(shown, h5py.File(path, mode))
    except (OSError, ValueError) as error:
        raise TorchError(f"HDF5File: cannot open {shown}: {_said(error)}") from None


HDF5File.open = staticmethod(open)  # type: ignore[method-assign]
