"""`.h5` files: each tensor a data set under its name, what is shared a second link to it.

Written with h5py (extra `hdf5`); the data set `__about__` is one text, what `archive` says of the
object.
"""

from __future__ import annotations

from typing import Any

from .archive import Pack, pack
from .options import ExportError, Options, replaced
from .pieces import counted, pour
from .unpack import unpack

ABOUT = "__about__"


def _h5py() -> Any:
    try:
        import h5py
    except ImportError:
        raise ExportError("HDF5 files need h5py: pip install 'th7shell[hdf5]'") from None
    return h5py


def write(value: Any, path: str, options: Options) -> None:
    """Write the tensors of an object."""
    h5py = _h5py()
    packed = pack(value, options)
    count = counted(options.progress, packed.bytes)
    with replaced(path) as temporary:
        with h5py.File(temporary, "w") as file:
            places = [(_room(h5py, file, packed, name), nd) for name, nd in packed.arrays.items()]
            for name, first in packed.about["shared"].items():
                if first in packed.arrays and _link(name) not in file:
                    file[_link(name)] = file[_link(first)]
            file.create_dataset(ABOUT, data=packed.text, dtype=h5py.string_dtype())
        with open(temporary, "r+b", buffering=0) as raw:
            for place, nd in places:
                raw.seek(place)
                pour(nd, raw, count)


def _room(h5py: Any, file: Any, packed: Pack, name: str) -> int:
    """Make a data set without its numbers; where in the file they belong, in a row."""
    nd = packed.arrays[name]
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_layout(h5py.h5d.CONTIGUOUS)
    plan.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    plan.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    space, kind = h5py.h5s.create_simple(nd.shape), h5py.h5t.py_create(nd.dtype.newbyteorder("<"))
    made = h5py.Dataset(h5py.h5d.create(file.id, _link(name).encode(), kind, space, plan))
    made.attrs["class"] = packed.about.get("classes", {}).get(name, "")
    return made.id.get_offset()


def _link(name: str) -> str:
    """The name of a data set: HDF5 takes a slash for a group's end."""
    return name.replace("/", "∕")


def read(path: str, options: Options) -> Any:
    """The object that was written, or tables of tensors by the parts of their names."""
    h5py = _h5py()
    arrays: dict[str, Any] = {}
    text = None

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and name != ABOUT:
            arrays[name.replace("∕", "/")] = item[()]

    try:
        with h5py.File(path, "r") as file:
            file.visititems(visit)
            if ABOUT in file:
                text = file[ABOUT].asstr()[()]
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, MemoryError) as error:
        raise ExportError(f"{path}: is not an HDF5 file, or a damaged one") from error
    return unpack(arrays, text, path, options)
