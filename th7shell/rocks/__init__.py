"""`th7shell rocks`: pure-Lua packages from LuaRocks' servers, git and folders into a tree of
the user's.

Nothing of a rock runs while it is installed: its rockspec is read as data, its CMakeLists for the
files that it names. A rock with C parts is refused.
"""

from __future__ import annotations

from typing import Any

TEXT: dict[str, Any] = {"encoding": "utf-8", "errors": "surrogateescape"}  # of rockspecs, manifests


class RocksError(Exception):
    """Something the user is told in one line."""
