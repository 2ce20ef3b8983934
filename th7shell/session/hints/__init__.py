"""Hints: one sentence below an error for the person who made the slip. Each table has rows of a
pattern and a sentence; the first that has something to say is heard. The messages themselves stay
word for word.
"""

from __future__ import annotations

from th7shell.lua.errors import LuaSyntaxError

from .calls import CALLS
from .habits import AT_RUN, HABITS, UNNOTICED
from .layers import LAYERS
from .names import NAMES, NIL
from .row import Row
from .scene import Scene
from .syntax import SYNTAX
from .tensors import TARGETS, TENSORS

UNCOMPILED: list[Row] = [*HABITS, *SYNTAX]
FAILED: list[Row] = [*AT_RUN, *NAMES, *CALLS, *TARGETS, *LAYERS, *TENSORS]


def hint(scene: Scene) -> str | None:
    """The sentence for a failure, None where nothing useful is known."""
    uncompiled = isinstance(scene.error, LuaSyntaxError) and scene.level is None
    return first_said(UNCOMPILED if uncompiled else FAILED, scene)


def nil_hint(scene: Scene) -> str | None:
    """The sentence for an entry that is a bare name and gave nil."""
    return first_said(NIL, scene)


def afterthought(scene: Scene) -> str | None:
    """The sentence for an entry that ran, and did not do what its looks say."""
    return first_said(UNNOTICED, scene)


def first_said(table: list[Row], scene: Scene) -> str | None:
    """What the first row says that has something to say."""
    for row in table:
        try:
            said = row.hint(scene)
        except Exception:  # a hint that fails must not hide the error
            continue
        if said:
            return said
    return None
