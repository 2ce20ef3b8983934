"""Write the pages of the site that are made from something else: reference/ from the docstrings,
tutorial/ from the notebooks of examples/.

    python docs/make_pages.py

A page is written only if it has changed, so that a build after another one is quick.
"""

from __future__ import annotations

import os
from pathlib import Path

import make_notebook_pages
import make_reference

HERE = Path(__file__).parent
MAKERS = {"reference": make_reference.pages, "tutorial": make_notebook_pages.pages}


def write(folder: Path, pages: dict[str, str | bytes]) -> None:
    """Put pages and pictures into a folder and take others away."""
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        if old.name not in pages:
            old.unlink()
    for name, content in pages.items():
        data = content if isinstance(content, bytes) else content.encode()
        path = folder / name
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)


def main() -> None:
    """Write all of them."""
    os.environ.setdefault("TH7SHELL_CUDA", "quiet")
    for name, pages in MAKERS.items():
        write(HERE / name, pages())


if __name__ == "__main__":
    main()
