"""The argument forms of gnuplot's plotting functions, as series of a figure.

plot: `[name,] x [, y] [, format]`, or tables of these; splot: `[name,] z` or `[name,] x, y, z`
matrices; scatter3: `[name,] x, y, z` vectors; imagesc: `matrix [, palette]`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from th7shell import lua
from th7shell.lua import BadArgument, Table, TorchError
from th7shell.plot import Series
from th7shell.torch.tensor import Tensor
from th7shell.torch.types import integer, number

LINES = "expecting [string,] tensor [,tensor] [,string]"
SURFACES = "expecting [string,] tensor [,tensor] [,tensor]"
POINTS3 = "expecting [string,] tensor, tensor, tensor"
IMAGE = "expecting tensor [,string]"

FORMATS = {
    "": "both",
    "+": "points",
    ".": "points",
    "-": "line",
    "+-": "both",
    "|": "bars",
    "~": "smooth",
    "v": "vectors",
    "V": "vectors",
}
WORDS = {  # of a custom format such as 'with lines ls 1', the first that occurs
    "linespoints": "both",
    "points": "points",
    "dots": "points",
    "boxes": "bars",
    "impulses": "bars",
    "csplines": "smooth",
    "vectors": "vectors",
    "lines": "line",
    "filledcurves": "line",
}


def count(value: Any, position: int, most: int = 2**31 - 1) -> int:
    """Argument `position` as a whole number from 1 on: a figure's, or of bins."""
    number = integer(value, position)
    if not 1 <= number <= most:
        raise BadArgument(position, f"a number from 1 to {most} expected, got {number}")
    return number


def finite(value: Any, position: int) -> float:
    """Argument `position` as a number that is neither infinite nor nan."""
    real = float(number(value, position))
    if not np.isfinite(real):
        raise BadArgument(position, f"a finite number expected, got {real:g}")
    return real


def is_tensor(value: Any) -> bool:
    """Whether a Lua value is a tensor."""
    return isinstance(value, Tensor) and lua.lua_type(value) == "userdata"


def groups(args: Sequence[Any], empty: str) -> list[list[Any]]:
    """One list of arguments a curve, from `f(a, b)`, `f({a, b}, {c, d})` or `f({{a, b}, {c,
    d}})`."""
    if not args:
        raise TorchError(empty)
    if isinstance(args[0], Table):
        tables = list(args)
        if isinstance(args[0][1], Table):
            tables = lua.array(args[0])
        return [lua.array(t) for t in tables if isinstance(t, Table)]
    return [list(args)]


def curves(args: Sequence[Any]) -> list[Series]:
    """The series of `gnuplot.plot(...)`."""
    out: list[Series] = []
    for given in groups(args, "no inputs, expecting at least a vector"):
        name, arrays, style = _split(given, LINES, most=2)
        out += _curve(name, arrays, style)
    return out


def _split(given: list[Any], usage: str, most: int) -> tuple[str, list[np.ndarray], str]:
    if not given:
        raise TorchError("empty argument list")
    rest = list(given)
    name = rest.pop(0) if isinstance(rest[0], str) else ""
    arrays: list[np.ndarray] = []
    while rest and is_tensor(rest[0]) and len(arrays) < most:
        arrays.append(np.asarray(rest.pop(0).nd, dtype=np.float64))
    style = rest.pop(0) if rest and isinstance(rest[0], str) else ""
    if rest or not arrays:
        raise TorchError(usage)
    return name, arrays, style


def _curve(name: str, arrays: list[np.ndarray], style: str) -> list[Series]:
    mark = FORMATS.get(style) or next((m for w, m in WORDS.items() if w in style), None)
    if mark is None and style[:1].isdigit() and style.endswith("~"):
        mark = "smooth"
    if mark is None:
        raise TorchError(
            f"gnuplot.plot: the format '{style}' is not one of . + - +- ~ | v, or 'with lines' …"
        )
    if any(a.ndim not in (1, 2) or not a.size for a in arrays):
        dims = "  ".join(f"{n} = {a.ndim if a.size else 0}D" for n, a in zip("xy", arrays))
        raise TorchError(f"x and y dims are wrong :  {dims}")
    x, y = _columns(arrays[0], mark) if len(arrays) == 1 else arrays
    if x.ndim not in (1, 2) or len(y) != len(x):
        raise TorchError(f"x and y dims are wrong :  x = {x.ndim}D y = {y.ndim}D")
    if mark == "vectors":
        if x.ndim != 2 or y.ndim != 2:
            raise TorchError("gnuplot.plot: 'v' wants x and y of two columns, position and step")
        tips = (x[:, 0] + x[:, 1], y[:, 0] + y[:, 1])
        return [Series("segments", x[:, 0], y[:, 0], name, x1=tips[0], y1=tips[1])]
    if x.ndim == 2 and x.shape[1] != 1:
        raise TorchError(f"x and y dims are wrong :  x = {x.ndim}D y = {y.ndim}D")
    x = x.ravel()
    columns = y.T if y.ndim == 2 else [y]
    out = []
    for k, column in enumerate(columns):
        px, py = (_smooth(x, column), "line") if mark == "smooth" else ((x, column), mark)
        out.append(Series(py, px[0], px[1], name if k == 0 else ""))
    return out


def _columns(x: np.ndarray, mark: str) -> tuple[np.ndarray, np.ndarray]:
    if x.ndim == 2 and x.shape[1] == 2:
        return x[:, 0], x[:, 1]
    if x.ndim == 2 and x.shape[1] == 4 and mark == "vectors":
        return x[:, [0, 2]], x[:, [1, 3]]
    if x.ndim == 2 and x.shape[1] > 1:
        return x[:, 0], x[:, 1:]
    if x.size != len(x):
        raise TorchError("gnuplot.plot: vectors, or matrices with the columns to draw, are needed")
    return np.arange(1.0, len(x) + 1), x.reshape(len(x))


def _smooth(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A natural cubic spline through the points, at ten times as many places."""
    places, index = np.unique(x, return_index=True)
    if len(places) < 3:
        return x, y
    from scipy.interpolate import CubicSpline

    dense = np.linspace(places[0], places[-1], min(10 * len(places), 2000))
    return dense, CubicSpline(places, y[index], bc_type="natural")(dense)


def surfaces(args: Sequence[Any]) -> list[Series]:
    """The series of `gnuplot.splot(...)`: a wire frame of each matrix, seen from the side."""
    out = []
    for given in groups(args, "no inputs, expecting at least a matrix"):
        name, arrays, style = _split(given, SURFACES, most=3)
        if style or len(arrays) == 2:
            raise TorchError(SURFACES)
        z = arrays[-1]
        if any(a.ndim != 2 for a in arrays):
            dims = " ".join(f"{n} = {a.ndim}D" for n, a in zip("xyz", (arrays * 3)[:3]))
            raise TorchError(f"x and y and z are expected to be matrices {dims}")
        x, y = arrays[:2] if len(arrays) == 3 else np.mgrid[1 : z.shape[0] + 1, 1 : z.shape[1] + 1]
        out.append((name, x, y, z))
    return [Series("line", *wire, name=name) for (name, *_), wire in zip(out, _wires(out))]


def _wires(given: list[tuple[Any, ...]]) -> list[tuple[np.ndarray, np.ndarray]]:
    scale = _scale([(x, y, z) for _, x, y, z in given])
    wires = []
    for _, x, y, z in given:
        u, v = _project(x, y, z, scale)
        gap = [np.nan]
        rows = (
            [np.concatenate([r, gap]) for r in (*u, *u.T)],
            [np.concatenate([r, gap]) for r in (*v, *v.T)],
        )
        wires.append((np.concatenate(rows[0]), np.concatenate(rows[1])))
    return wires


def _scale(points: list[tuple[Any, ...]]) -> list[tuple[float, float]]:
    out = []
    for axis in range(3):
        low = min(float(np.min(p[axis])) for p in points)
        high = max(float(np.max(p[axis])) for p in points)
        out.append((low, (high - low) or 1.0))
    return out


def _project(
    x: Any, y: Any, z: Any, scale: list[tuple[float, float]]
) -> tuple[np.ndarray, np.ndarray]:
    """Where points of space fall on the paper: x to the right and down, y to the right and up, z
    upwards."""
    a, b, c = ((np.asarray(v, float) - low) / size for v, (low, size) in zip((x, y, z), scale))
    return 0.87 * (a + b), 0.35 * (b - a) + c


def points3(args: Sequence[Any]) -> list[Series]:
    """The series of `gnuplot.scatter3(...)`, seen from the side."""
    out = []
    for given in groups(args, "no inputs, expecting at least a matrix"):
        name, arrays, style = _split(given, POINTS3, most=3)
        if style or len(arrays) != 3:
            raise TorchError(POINTS3)
        if any(a.ndim != 1 or not a.size for a in arrays):
            raise TorchError("x, y and z must be 1D")
        if len({a.shape for a in arrays}) != 1:
            raise TorchError("x, y and z must be the same size")
        out.append((name, arrays))
    scale = _scale([tuple(a) for _, a in out])
    return [
        Series("points", *_project(arrays[0], arrays[1], arrays[2], scale), name=name)
        for name, arrays in out
    ]


def heat(args: Sequence[Any]) -> Series:
    """The series of `gnuplot.imagesc(z [, palette])`."""
    if not args:
        raise TorchError("no inputs, expecting at least a matrix")
    if not is_tensor(args[0]) or (len(args) > 1 and not isinstance(args[1], str)) or len(args) > 2:
        raise TorchError(IMAGE)
    z = np.asarray(args[0].nd, dtype=np.float64)
    if z.ndim != 2:
        raise TorchError(f"x is expected to be matrices x = {z.ndim}D")
    palette = args[1] if len(args) > 1 else "gray"
    return Series("heat", np.zeros(0), np.zeros(0), z=z, palette=palette)
