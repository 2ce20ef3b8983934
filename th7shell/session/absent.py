"""What `require` says of packages that cannot be here, since they drive windows, devices or C
libraries: one line, with what does their work."""

from __future__ import annotations

from typing import Any

from th7shell.lua import LuaError, first, rawget
from th7shell.lua.values import length

_DRAWING = (
    "windows are not opened: image.display, gnuplot and itorch show in the terminal or a file"
)
_FILMS = "films are not decoded: make pictures of them (ffmpeg -i FILM %05d.png) and load those"
_EVENTS = "it needs C's libuv: use coroutines, threads, or asyncio by require 'python'"
_CAMERA = "pictures come from files (image.load), or a camera by OpenCV and require 'python'"
_CODECS = "image.load and image.save read and write PNG, JPEG, PPM and more"
_OPENCL = ("clnn", "cltorch", "libcltorch")
_MULTIPLE = "use torchmpi, which runs over MPI"
ADVICE = {  # package: what to do instead
    "async": _EVENTS,
    "luv": _EVENTS,
    "mobdebug": "Python's debuggers step through Lua: `python -m pdb -m th7shell FILE`, or debugpy",
    "qt": _DRAWING,
    "qtcore": _DRAWING,
    "qtgui": _DRAWING,
    "qtide": _DRAWING,
    "qtsvg": _DRAWING,
    "qttorch": _DRAWING,
    "qtuiloader": _DRAWING,
    "qtwidget": _DRAWING,
    "camera": _CAMERA,
    "ffmpeg": _FILMS,
    "video": _FILMS,
    "cv": "it needs C's OpenCV: use image, or OpenCV by require 'python'",
    "opencv": "it needs C's OpenCV: use image, or OpenCV by require 'python'",
    "opencv24": "it needs C's OpenCV: use image, or OpenCV by require 'python'",
    "imgraph": "it needs its C library: use image",
    "gfx.js": "use display or itorch",
    "gfx": "use display or itorch",
    "sdl2": _DRAWING,
    "cairo": "it needs C's cairo: image.drawText and image.drawRect draw, gnuplot plots",
    "audio": "it needs C's sox: read sounds by require 'python' (wave, soundfile)",
    "sox": "it needs C's sox: read sounds by require 'python' (wave, soundfile)",
    "signal": "use torch, or numpy.fft by require 'python'",
    "fftw3": "use numpy.fft by require 'python'",
    "svm": "use nn.MarginCriterion, or scikit-learn by require 'python'",
    "liblinear": "use nn.Linear and optim, or scikit-learn by require 'python'",
    "xgboost": "use xgboost by require 'python'",
    "nccl": _MULTIPLE,
    "mpi": _MULTIPLE,
    "mpiT": _MULTIPLE,
    "parallel": "use threads",
    "zmq": "use pyzmq by require 'python'",
    "lzmq": "use pyzmq by require 'python'",
    "redis": "use redis by require 'python'",
    "lsqlite3": "use sqlite3 by require 'python'",
    "luasql": "use sqlite3 by require 'python'",
    "rapidjson": "use cjson",
    "lunajson": "use cjson or dkjson",
    "lpeg": "it needs its C library: use string patterns, or re by require 'python'",
    "rex_pcre": "use string patterns, or re by require 'python'",
    "posix": "use paths, lfs, sys and os, or Python's os by require 'python'",
    "ssl": "use ssl and urllib by require 'python'",
    "ltn12": "use io, or urllib by require 'python'",
    "curl": "use urllib by require 'python'",
    "lcurl": "use urllib by require 'python'",
    "cURL": "use urllib by require 'python'",
    "zlib": "use zlib by require 'python'",
    "sundown": "texts are shown as they are written",
    "clr": "use sys.COLORS",
    "matio": "use scipy.io by require 'python'",
    "mattorch": "use scipy.io by require 'python'",
    "npy4th": "use numpy by require 'python'",
    "npy": "use numpy by require 'python'",
    "lmdb": "it needs C's LMDB: use torch.save, hdf5, or lmdb by require 'python'",
    "leveldb": "it needs its C library: use torch.save, hdf5, or sqlite3 by require 'python'",
    "randomkit": "use torch's own distributions, or numpy.random by require 'python'",
    "cephes": "use torch, or scipy.special by require 'python'",
    "gm": "it needs its C library: use nn, or pgmpy by require 'python'",
    "cwrap": "it writes C code: extend torch in Lua, or in Python by require 'python'",
    "ccn2": "use nn.SpatialConvolution and nn.SpatialMaxPooling, or cudnn's: all run on the CPU",
    "cunnx": "use nn, nnx and rnn: all run on the CPU",
    "fbcunn": "use nn and cunn: all run on the CPU",
    "fbnn": "use nn",
    "nnlr": "use optim's learningRates",
    "xitari": "it needs the C++ emulator of Atari games: use ale-py by require 'python'",
    "alewrap": "it needs the C++ emulator of Atari games: use ale-py by require 'python'",
    "crayon": "use itorch.Plot, gnuplot or display",
    "kinect": _CAMERA,
    "gd": "it needs C's GD: image.drawText and image.drawRect draw",
    "libjpeg": _CODECS,
    "libpng": _CODECS,
    "liblua_png": _CODECS,
    "libppm": _CODECS,
    "fastimage": _CODECS,
    "pprint": "use pl.pretty",
    "ProFi": "`:prof` and Python's profilers measure Lua functions",
    "protobuf": "use protobuf by require 'python'",
}
_PURE = (
    *("rnn", "dpnn", "dp", "torchnet", "totem", "autograd", "inspect", "dataload", "optnet"),
    *("nninit", "rlenvs", "mnist", "argparse", "luacov", "luassert", "busted", "middleclass"),
)
_REPOSITORIES = {
    "classic": "deepmind/classic",
    "rnnlib": "facebookresearch/torch-rnnlib",
    "eladtools": "eladhoffer/eladtools",
}
ADVICE |= {name: f"it is Lua alone: `th7shell rocks install {name}` fetches it" for name in _PURE}
ADVICE |= {
    name: f"it is Lua alone: `th7shell rocks install https://github.com/{place}` fetches it"
    for name, place in _REPOSITORIES.items()
}
ADVICE |= dict.fromkeys(_OPENCL, "use torch and nn, or cutorch and cunn: all run on the CPU")
_FACEBOOK = "its C libraries are not here: nn, image, tds and threads do most of their work"
_FAMILIES = {"fb": _FACEBOOK, "fblualib": _FACEBOOK, "socket": ADVICE["curl"]}


def advice(name: str) -> str | None:
    """What to use for a package or a file of it, None for names that say nothing to us."""
    found = ADVICE.get(name)
    package, dot, _ = name.partition(".")
    if found is None and dot:
        found = _FAMILIES.get(package) or ADVICE.get(package)
    return found


def tell(name: Any) -> None:
    """Errors: the package is known not to be here."""
    found = advice(name) if isinstance(name, str) else None
    if found is not None:
        raise LuaError(f"module '{name}' not found: th7shell does not provide it; {found}")


def install(library: Any) -> None:
    """Let the last loader that `require` asks say it where it finds nothing."""
    loaders = rawget(library, "loaders")
    place = length(loaders)
    last = loaders[place]

    def load(name: Any = None, *rest: Any) -> Any:
        found = last(name, *rest)
        if not callable(first(found)):
            tell(name)
        return found

    loaders[place] = load
