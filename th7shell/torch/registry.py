"""The classes by their Torch names. Those of th7shell's packages are everybody's; those that Lua
code makes belong to its world, the main program or a worker of the threads package."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

from th7shell.lua.state import MAIN, current

MADE_IN_LUA = "lua"  # the module of classes that Lua code makes


class ClassRegistry(dict[str, Any]):
    """Name → class, or the table given to torch.metatype. It holds what the main program sees; a
    worker sees of it the packages' classes only, besides its own.

    promised: the name of a class whose file is not imported yet → that file; asking for it, or for
    all, imports it.
    """

    promised: dict[str, str]

    def _found(self, name: str) -> Any:
        found = dict.get(self, name)
        if found is None and name in self.promised:
            import_module(self.promised.pop(name))
            found = dict.get(self, name)
        return found

    def _complete(self) -> None:
        while self.promised:
            import_module(self.promised.popitem()[1])

    def get(self, name: str, default: Any = None) -> Any:
        world = current.world
        if world is MAIN:
            found = self._found(name)
            return default if found is None else found
        found = world.classes.get(name)
        if found is None:
            found = self._found(name)
            if made_in_lua(found):
                return default
        return found

    def __getitem__(self, name: str) -> Any:
        found = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __setitem__(self, name: str, value: Any) -> None:
        file = self.promised.pop(name, None)
        if file is not None and file not in sys.modules:
            import_module(file)  # the class itself comes before what takes its name
        world = current.world
        if world is MAIN or not made_in_lua(value):
            dict.__setitem__(self, name, value)
        else:
            world.classes[name] = value

    def __delitem__(self, name: str) -> None:
        dict.__delitem__(self if current.world is MAIN else current.world.classes, name)

    def pop(self, name: str, default: Any = None) -> Any:
        """Take a class out; of a worker's, its own only."""
        return dict.pop(self if current.world is MAIN else current.world.classes, name, default)

    def __iter__(self) -> Iterator[str]:
        self._complete()
        world = current.world
        if world is MAIN:
            return dict.__iter__(self)
        shared = [name for name, value in list(dict.items(self)) if not made_in_lua(value)]
        return iter(dict.fromkeys((*shared, *world.classes)))

    def items(self) -> Any:
        return [(name, self[name]) for name in self]

    def values(self) -> Any:
        return [self[name] for name in self]


def made_in_lua(value: Any) -> bool:
    """Whether a class, or what stands for one, is Lua code's; None counts as such."""
    return not isinstance(value, type) or value.__module__ == MADE_IN_LUA


REGISTRY = ClassRegistry()
REGISTRY.promised = {}
