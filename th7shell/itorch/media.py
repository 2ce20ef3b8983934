"""`itorch.image`, audio, video, html, svg, lena: shown inline in a notebook, drawn or named in a
terminal."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from th7shell import frontend, lua
from th7shell.lua import Table, TorchError
from th7shell.lua.stdlib.texts import to_system
from th7shell.torch.tensor import Tensor

AUDIO = ("mp3", "wav", "ogg", "aac")
VIDEO = ("mp4", "ogg", "webm", "wav")


def image(img: Any = None, opts: Any = None, *_: Any) -> tuple[()]:
    """Show a picture: a 2-D or 3-D tensor, a 4-D batch or a table of tensors (as a grid with
    padding 2, or `opts` of image.toDisplayTensor), or the path of a picture file (.svg too)."""
    from th7shell import image as package

    if isinstance(img, str):
        if img.lower().endswith(".svg"):
            svg(img)
            return ()
        img = package.load(img, 3)
    if not isinstance(img, Table) and not isinstance(img, Tensor):
        raise TorchError(f"unhandled type in itorch.image:{lua.lua_type(img)}")
    options = opts if isinstance(opts, Table) else lua.new_table([], {"padding": 2})
    options.input = img
    frontend.show(frontend.Picture(package.toDisplayTensor(options)))
    return ()


def lena(*_: Any) -> tuple[()]:
    """Show the test picture of `image.lena()`."""
    from th7shell import image as package

    return image(package.lena())


def audio(fname: Any = None, *_: Any) -> tuple[()]:
    """Play a sound file (mp3, wav, ogg, aac) in a notebook; a terminal names it."""
    return _file("audio", fname, AUDIO)


def video(fname: Any = None, *_: Any) -> tuple[()]:
    """Play a video file (mp4, ogg, webm) in a notebook; a terminal names it."""
    return _file("video", fname, VIDEO)


def html(text: Any = None, window_id: Any = None, *_: Any) -> str:
    """Show HTML; the result is the handle with which a later call replaces it."""
    if not isinstance(text, str):
        raise TorchError("itorch.html: a string of HTML expected")
    window = window_id or uuid.uuid4().hex
    frontend.show(frontend.Html(text.encode("latin-1").decode("utf-8", "replace")), window)
    return window


def svg(filename: Any = None, *_: Any) -> str:
    """Show an SVG: the path of a file, or its text."""
    if not isinstance(filename, str):
        raise TorchError("itorch.svg: a path or the text of an SVG expected")
    if "<" not in filename and (path := Path(to_system(filename))).is_file():
        return html(path.read_bytes().decode("latin-1"))
    return html(filename)


def demo(*_: Any) -> tuple[()]:
    """Show what the package can do: a picture and three plots."""
    import numpy as np

    from th7shell.torch.tensor import wrap

    from .plot import Plot

    lena()
    x = np.linspace(0, 6.3, 60)
    Plot().line(wrap(x), wrap(np.sin(x)), "red", "sin").title("Line").legend(True).draw()
    Plot().circle(wrap(x), wrap(np.cos(x)), "blue", "cos").title("Points").draw()
    Plot().histogram(wrap(np.sin(np.arange(1000.0)))).title("Histogram").draw()
    return ()


def _file(kind: str, fname: Any, known: tuple[str, ...]) -> tuple[()]:
    if not isinstance(fname, str):
        raise TorchError(f"itorch.{kind}: the path of a file expected")
    extension = Path(fname).suffix[1:].lower().replace("ogv", "ogg")
    if extension not in known:
        names = ", ".join(known)
        raise TorchError(f"{names} files supported. But found extension: {extension}")
    path = to_system(fname)
    if not Path(path).is_file():
        raise TorchError(f"File could not be opened: {fname}")
    frontend.show(frontend.Media(kind, path))
    return ()


FUNCTIONS = {
    "image": image,
    "lena": lena,
    "audio": audio,
    "video": video,
    "html": html,
    "svg": svg,
    "demo": demo,
}
