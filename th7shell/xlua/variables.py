"""The user's global variables: `xlua.who`, `xlua.clear`, `xlua.clearall`."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from th7shell.lua import Table, items, new_table, state
from th7shell.torch.namespace import export

from .printing import show

_protected: WeakKeyDictionary[Table, set[Any]] = WeakKeyDictionary()


def remember(globals: Table) -> None:
    """Take the globals that there are now for the system's."""
    _protected.setdefault(globals, {key for key, _ in items(globals)})


def _variables() -> tuple[dict[Any, Any], list[Any]]:
    """The user's variables, and the names of packages that were loaded since."""
    environment = state.globals
    system = _protected.get(environment, set())
    loaded = {key for key, _ in items(environment.package.loaded)}
    user = {
        key: value for key, value in items(environment) if key not in system and key not in loaded
    }
    return user, [key for key, _ in items(environment) if key in loaded and key != "_G"]


@export(package="xlua")
def who(*_: Any) -> tuple[()]:
    """Print the names of the loaded packages, and the user's variables."""
    user, libraries = _variables()
    variables = Table()
    for key, value in user.items():
        variables[key] = value
    show("")
    show("Global Libs:")
    show(new_table(libraries))
    show("")
    show("Global Vars:")
    show(variables)
    show("")
    return ()


@export(package="xlua")
def clear(name: Any = None, *_: Any) -> tuple[()]:
    """Forget a global variable."""
    state.globals[name] = None
    return ()


@export(package="xlua")
def clearall(*_: Any) -> tuple[()]:
    """Forget all global variables that were not there when xlua was loaded, packages included."""
    environment = state.globals
    system = _protected.get(environment, set())
    loaded = environment.package.loaded
    for key, _value in list(items(environment)):
        if key not in system:
            environment[key] = None
            if loaded[key] is not None:
                loaded[key] = None
    return ()
