"""The documentation site: Sphinx reads this, `make docs` calls it.

The pages of docs/ are Markdown. Those of reference/ and tutorial/ are written here before each
build, from the docstrings and from the notebooks of examples/. Nothing is fetched, neither when the
site is built nor when it is read.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT)]

import make_pages  # noqa: E402
from transcripts import Transcript  # noqa: E402

make_pages.main()

with (ROOT / "pyproject.toml").open("rb") as file:
    release = version = tomllib.load(file)["project"]["version"]
project = "th7shell"
author = "The th7shell authors"
project_copyright = author

extensions = ["myst_parser"]
myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["screens/*.txt"]
highlight_language = "th"  # blocks that name none
nitpicky = True

html_theme = "furo"
html_title = f"th7shell {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#3e8a33", "color-brand-content": "#0d7f94"},
    "dark_css_variables": {"color-brand-primary": "#8cc265", "color-brand-content": "#42b3c2"},
}


def setup(app):
    """Called by Sphinx."""
    app.add_lexer("th", Transcript)
