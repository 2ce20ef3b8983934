"""`require 'display'`: pictures, plots and texts in named panes, which go to the front end instead
of the original's server. Upstream: szym/display.

Each function returns the pane's name; with `win=` a later call replaces what is in it.
"""

from __future__ import annotations

import random
import time
from math import ceil, sqrt
from typing import Any

import numpy as np

import th7shell.torch.console as console
from th7shell import frontend
from th7shell.lua import Table, TorchError, array, lua_type, new_table, tostring
from th7shell.lua.stdlib.texts import to_text
from th7shell.plot.figure import Figure, Series
from th7shell.torch.namespace import need
from th7shell.torch.tensor import Tensor, wrap

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

FILES: dict[str, Any] = {}  # one file
_SOUNDS = ("mp3", "wav", "ogg", "aac")


def _window(options: Table) -> str:
    name = options["win"]
    if name is None:
        return f"pane_{int(time.time())}{random.random()}".replace(".", "")
    return tostring(name)


def _options(options: Any) -> Table:
    if options is not None and not isinstance(options, Table):
        raise TorchError(f"display: a table of options expected, got {lua_type(options)}")
    return Table() if options is None else options


def configure(config: Any = None, *_: Any) -> tuple[()]:
    """Name the original's server, {hostname=, port=}: nothing is sent to it here."""
    _options(config)
    return ()


def image(img: Any = None, opts: Any = None, *_: Any) -> Any:
    """Show a tensor, scaled from its least to its greatest value or from opts.min to opts.max; a
    batch, or a table of tensors, as a grid. opts: win, title, min, max, labels."""
    options = _options(opts)
    if isinstance(img, Table):
        return images(img, options)
    if not isinstance(img, Tensor) or img.nd.ndim not in (2, 3, 4) or not img.nd.size:
        raise TorchError("display.image: tensors of 2 to 4 dimensions expected")
    if img.nd.ndim == 4 or (img.nd.ndim == 3 and len(img.nd) > 3):
        return images(new_table(wrap(part) for part in img.nd), options)
    window = _window(options)
    frontend.show(_picture(wrap(_normal(img.nd, options)), options), window)
    return window


def _picture(tensor: Any, options: Table) -> frontend.Picture:
    title = options["title"]
    return frontend.Picture(tensor, title if isinstance(title, str) else "")


def _normal(x: Any, options: Table) -> Any:
    """An array from 0 to 1."""
    low = x.min() if options["min"] is None else options["min"]
    high = x.max() if options["max"] is None else options["max"]
    return ((x.astype(np.float32) - low) / ((high - low) or 1)).astype(np.float32)


def images(list_: Any = None, opts: Any = None, *_: Any) -> Any:
    """Show tensors as a grid, opts.nperrow in a row; opts.normalize scales each by itself."""
    options = _options(opts)
    tensors = array(list_) if isinstance(list_, Table) else []
    if not tensors or not all(isinstance(t, Tensor) and t.nd.ndim in (2, 3) for t in tensors):
        raise TorchError("display.images: a table of tensors of 2 or 3 dimensions expected")
    parts = [_normal(t.nd, options) if options["normalize"] else t.nd for t in tensors]
    parts = [part[None] if part.ndim == 2 else part for part in parts]
    c, h, w = (max(part.shape[i] for part in parts) for i in range(3))
    columns = int(options["nperrow"] or ceil(sqrt(len(parts))))
    canvas = np.full((c, h * ceil(len(parts) / columns), w * columns), 0.5, np.float32)
    for i, part in enumerate(parts):
        y, x = h * (i // columns), w * (i % columns)
        canvas[:, y : y + part.shape[1], x : x + part.shape[2]] = part
    if canvas.shape[0] == 2 or canvas.shape[0] > 3:
        raise TorchError(f"display.images: pictures of 1 or 3 planes expected, got {c}")
    window = _window(options)
    frontend.show(_picture(wrap(_normal(canvas, options)), options), window)
    return window


def plot(data: Any = None, opts: Any = None, *_: Any) -> Any:
    """Plot rows of numbers, a 2-D tensor or a table of tables: the first of each is x, the others
    are a series each. opts: win, title, labels (of x and the series), xlabel, ylabel."""
    options = _options(opts)
    rows = _rows(data)
    labels = [tostring(v) for v in array(options["labels"])] if options["labels"] else []
    names = labels[1:] + [f"Y{i}" for i in range(len(labels) or 1, rows.shape[1])]
    x, *columns = rows.T
    series = [Series("line", x, y, to_text(name)) for name, y in zip(names, columns)]
    figure = Figure(series, to_text(tostring(options["title"] or "")))
    xlabel = options["xlabel"] or (labels[0] if labels else "")
    figure.xlabel, figure.ylabel = to_text(xlabel), to_text(options["ylabel"] or "")
    window = _window(options)
    frontend.show(figure, window)
    return window


def _rows(data: Any) -> Any:
    if isinstance(data, Tensor):
        rows = data.nd.astype(float)
    elif isinstance(data, Table):
        lists = [[np.nan if v is None else v for v in array(row)] for row in array(data)]
        if len({len(row) for row in lists}) > 1:
            raise TorchError("display.plot: rows of equal length expected")
        rows = np.array(lists, dtype=float)
    else:
        raise TorchError("display.plot: a 2-D tensor or a table of tables expected")
    if rows.ndim != 2 or rows.shape[1] < 2:
        raise TorchError("display.plot: rows of two numbers or more expected")
    return rows


def text(text: Any = None, opts: Any = None, *_: Any) -> Any:
    """Show a text, which may be HTML. opts: win, title."""
    options = _options(opts)
    window = _window(options)
    frontend.show(frontend.Html(to_text(tostring(text))), window)
    return window


def audio(data: Any = None, opts: Any = None, *_: Any) -> Any:
    """Play a sound file: mp3, wav, ogg, aac."""
    options = _options(opts)
    if not isinstance(data, str):
        console.show("Warning: unknown input type. Need a Tensor, or a filename")
        return ()
    ending = data.rpartition(".")[2]
    if ending not in _SOUNDS:
        console.show(f"Warning: mp3, wav, ogg, aac files supported. But found extension: {ending}")
        return ()
    frontend.show(frontend.Media("audio", data))
    return _window(options)


FUNCTIONS = {f.__name__: f for f in (configure, image, images, plot, text, audio)}


def luaopen(globals: Any) -> Any:
    """What `require 'display'` returns."""
    need(globals, "torch", "image")
    return new_table((), {**FUNCTIONS, "url": "http://localhost:8000/events"})
