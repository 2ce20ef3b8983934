"""All operators that become layers of nn: name → function(reader, operator)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import operators_arithmetic, operators_recurrent, operators_shaping, operators_windows
from .reader import Operator, Reader

RULES: dict[str, Callable[[Reader, Operator], Any]] = {
    **operators_arithmetic.RULES,
    **operators_shaping.RULES,
    **operators_windows.RULES,
    **operators_recurrent.RULES,
}
