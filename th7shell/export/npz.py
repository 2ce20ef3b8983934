"""`.npz` files: NumPy's arrays in a zip archive, uncompressed, each under its name.

`numpy.load` reads them; the array `__about__` is one text, what `archive` says of the object.
"""

from __future__ import annotations

import zipfile
from typing import Any

import numpy as np

from .archive import pack
from .options import ExportError, Options, replaced
from .pieces import counted, pieces
from .unpack import unpack

ABOUT = "__about__"


def write(value: Any, path: str, options: Options) -> None:
    """Write the tensors of an object."""
    packed = pack(value, options)
    count = counted(options.progress, packed.bytes)
    with (
        replaced(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive,
    ):
        for name, nd in {**packed.arrays, ABOUT: np.array(packed.text)}.items():
            member = zipfile.ZipInfo(f"{name}.npy")  # of 1980: the same object, the same bytes
            with archive.open(member, "w", force_zip64=True) as file:
                layout = {
                    "descr": np.lib.format.dtype_to_descr(nd.dtype),
                    "fortran_order": False,
                    "shape": nd.shape,
                }
                np.lib.format.write_array_header_2_0(file, layout)
                for part in pieces(nd, count) if nd.size else ():
                    file.write(part.data.cast("B") if part.dtype.kind != "U" else part.tobytes())


def read(path: str, options: Options) -> Any:
    """The object that was written, or tables of tensors by the parts of their names."""
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except OSError:
        raise
    except Exception as error:  # zipfile, zlib, NumPy and Python's tokenizer have many
        raise ExportError(f"{path}: is not an .npz file, or a damaged one") from error
    for name, nd in arrays.items():
        if not isinstance(nd, np.ndarray):
            raise ExportError(f"{path}: {name} is no NumPy array")
    about = arrays.pop(ABOUT, None)
    text = str(about) if about is not None and about.dtype.kind == "U" else None
    return unpack(arrays, text, path, options)
