"""How Python files that play Lua name the functions they call, for messages: found from their
source.
"""

from __future__ import annotations

import ast
import linecache
from types import FrameType


def called_by_host(frame: FrameType, lasti: int) -> tuple[str, str] | None:
    """Return ('method', 'narrow') or ('global', 'f') for the call at which a Python frame
    stands.
    """
    call = expression_at(frame, lasti)
    if not isinstance(call, ast.Call):
        return None
    if isinstance(call.func, ast.Attribute):
        return "method", call.func.attr
    return None


def expression_at(frame: FrameType, lasti: int) -> ast.expr | None:
    """Return the expression of a Python file at which a frame stands, None where it has no
    source.
    """
    positions = list(frame.f_code.co_positions())
    line, end_line, column, end_column = positions[lasti // 2]
    if line is None or end_line is None or column is None or end_column is None:
        return None
    rows = linecache.getlines(frame.f_code.co_filename, frame.f_globals)[line - 1 : end_line]
    if not rows:
        return None
    raw = [row.encode() for row in rows]
    raw[-1] = raw[-1][:end_column]
    raw[0] = raw[0][column:]
    try:
        return ast.parse(b"(" + b"".join(raw) + b")", mode="eval").body
    except SyntaxError:
        return None
