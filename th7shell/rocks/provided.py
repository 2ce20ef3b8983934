"""The rocks whose work th7shell does itself: they count as installed."""

from __future__ import annotations

from th7shell.session import absent

from .versions import Version

_SCM = "scm-1"
_PROVIDED = {  # rock: the version we stand for, and the name that `require` takes
    "lua": ("5.1-1", ""),
    "luajit": ("2.1-1", ""),
    "luabitop": ("1.0.2-3", "bit"),
    "luaffi": (_SCM, "ffi"),
    "argcheck": (_SCM, "argcheck"),
    "base64": ("1.5-3", "base64"),
    "bit32": ("5.3.5-1", "bit32"),
    "class": (_SCM, "class"),
    "csvigo": (_SCM, "csvigo"),
    "cudnn": (_SCM, "cudnn"),
    "cunn": (_SCM, "cunn"),
    "cutorch": (_SCM, "cutorch"),
    "display": (_SCM, "display"),
    "dkjson": ("2.5-3", "dkjson"),
    "dok": (_SCM, "dok"),
    "env": (_SCM, "env"),
    "gnuplot": (_SCM, "gnuplot"),
    "graph": (_SCM, "graph"),
    "graphicsmagick": (_SCM, "graphicsmagick"),
    "hdf5": (_SCM, "hdf5"),
    "image": (_SCM, "image"),
    "itorch": (_SCM, "itorch"),
    "json4lua": ("0.9.30-1", "json"),
    "lbase64": ("20120820-1", "base64"),
    "loadcaffe": (_SCM, "loadcaffe"),
    "lua-cjson": ("2.1.0.10-1", "cjson"),
    "luafilesystem": ("1.8.0-1", "lfs"),
    "luasocket": ("3.1.0-1", "socket"),
    "luautf8": ("0.1.5-2", "lua-utf8"),
    "md5": ("1.3-1", "md5"),
    "moses": ("1.6.1-1", "moses"),
    "nn": (_SCM, "nn"),
    "nngraph": (_SCM, "nngraph"),
    "nnx": (_SCM, "nnx"),
    "optim": (_SCM, "optim"),
    "paths": (_SCM, "paths"),
    "penlight": ("1.14.0-3", "pl"),
    "sys": (_SCM, "sys"),
    "tds": (_SCM, "tds"),
    "threads": (_SCM, "threads"),
    "torch": (_SCM, "torch"),
    "torchx": (_SCM, "torchx"),
    "trepl": (_SCM, "trepl"),
    "xlua": (_SCM, "xlua"),
}
_MODULES = {"luaposix": "posix", "luasec": "ssl", "lua-zlib": "zlib", "lrexlib-pcre": "rex_pcre"}


def provided(name: str) -> Version | None:
    """The version of a rock that th7shell stands for, None for a rock that it does not replace."""
    found = _PROVIDED.get(name.lower())
    return Version(found[0]) if found else None


def replacement(name: str) -> str:
    """What `require` is given instead of a provided rock; '' for the language itself."""
    return _PROVIDED[name.lower()][1]


def advice(name: str) -> str:
    """What to use for a rock that cannot be installed, as the end of a sentence."""
    module = _MODULES.get(name.lower(), name)
    found = absent.advice(module) or absent.advice(module.removeprefix("lua"))
    return f"; {found}" if found else ""
