"""Modules that are imported when something is first read from them, though others ask for them
before: what NumPy imports at once for functions that few programs call, and its own documentation.

Only the program defers them, and only before the first line of Lua; a module behaves afterwards as
it always does.
"""

from __future__ import annotations

import sys
import threading
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

#: a tenth of what `import numpy` takes
NAMES = frozenset(
    ("ctypes", "pickle", "platform", "textwrap")
    + ("numpy._core._add_newdocs", "numpy._core._add_newdocs_scalars")
)
_loading = threading.RLock()


class Late(ModuleType):
    """A module whose code has not run."""

    def __getattr__(self, name: str) -> Any:
        load(self)
        return ModuleType.__getattribute__(self, name)


class _Loader:
    def __init__(self, loader: Any) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return Late(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        vars(module)["_waits"] = True


class _Finder:
    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        if name not in NAMES:
            return None
        for finder in sys.meta_path:
            spec = None if finder is _Finder else finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _Loader(spec.loader)  # type: ignore[assignment]
                return spec
        return None


def load(module: Late) -> None:
    """Run the code of a module, if it waits for that."""
    with _loading:
        if vars(module).pop("_waits", False):
            spec: Any = module.__spec__
            spec.loader = module.__loader__ = spec.loader.loader
            spec.loader.exec_module(module)
            module.__class__ = ModuleType  # type: ignore[assignment]


def defer() -> None:
    """From now on, import these late."""
    sys.meta_path.insert(0, _Finder)


def complete() -> None:
    """Import now what was left for later: a program is about to use Python's modules."""
    if _Finder in sys.meta_path:
        sys.meta_path.remove(_Finder)
    for name in NAMES:
        module = sys.modules.get(name)
        if isinstance(module, Late):
            load(module)
