"""The pages of the site: each is in the contents, each link leads somewhere, each layer, operation
and command has an entry. (The build itself, where warnings are errors, is a `long` test.)"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from th7shell.session.commands.registry import load_all
from th7shell.torch.classes import REGISTRY
from th7shell.torch.ops import OPERATIONS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TOCTREE = re.compile(r":::\{toctree\}\n(?::[^\n]*\n)*\n(.*?)\n:::", re.DOTALL)
LINK = re.compile(r"(?<!`)\]\(([^)\s]+)\)|\{download\}`[^`<]*<([^>]+)>`")
CODE = re.compile(r"^(```|:::\{code-block\}).*?^(```|:::)$", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#{1,3} (.*)$", re.MULTILINE)


@pytest.fixture(scope="module")
def made():
    """The pages and pictures that are written before a build, by their paths."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(DOCS)
        patch.setenv("TH7SHELL_CUDA", "quiet")
        makers = importlib.import_module("make_pages").MAKERS
        folders = {DOCS / folder: pages() for folder, pages in makers.items()}
    return {
        folder / name: page for folder, pages in folders.items() for name, page in pages.items()
    }


@pytest.fixture(scope="module")
def pages(made):
    """All pages' texts by path."""
    written = {path: path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")}
    return written | {path: text for path, text in made.items() if path.suffix == ".md"}


def listed(path, text):
    for block in TOCTREE.findall(text):
        for line in block.split("\n"):
            yield path.parent / f"{line.rpartition('<')[2].rstrip('>')}.md"


def test_every_page_is_in_the_contents(pages):
    named = [entry for path, text in pages.items() for entry in listed(path, text)]
    assert sorted(named) == sorted(set(pages) - {DOCS / "index.md"})


def slug(heading):
    """What MyST makes of a heading."""
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower().replace(" ", "-")
    return re.sub(r"[^\w-]", "", text)


def test_links_lead_somewhere(pages, made):
    named = {name for text in pages.values() for name in re.findall(r"^\((.*)\)=$", text, re.M)}
    others = {path: path.read_text(encoding="utf-8") for path in ROOT.glob("*.md")}
    wrong = []
    for path, text in (pages | others).items():
        for found in LINK.findall(CODE.sub("", text)):
            link = next(filter(None, found))
            file, _, place = link.partition("#")
            if re.match(r"[a-z]+:", link) or (not file and place in named):
                continue
            target = Path(os.path.normpath(path.parent / file)) if file else path
            known = target in pages or target in made or target.exists()
            headings = HEADING.findall(pages.get(target, "")) if place else ()
            if not known or (place and place not in map(slug, headings)):
                wrong.append(f"{path.name}: {link}")
    assert not wrong


def test_every_name_has_an_entry(pages):
    entries = {
        heading
        for path, text in pages.items()
        if path.parent != DOCS
        for heading in HEADING.findall(text)
    }
    layers = {name for name, cls in REGISTRY.items() if cls.__module__.startswith("th7shell.nn.")}
    assert len(layers) > 180 and layers <= entries
    for name in OPERATIONS:
        assert {f"torch.{name}", f"t:{name}"} & entries, name
    assert {f":{name}" for name in load_all()} <= entries


def test_an_entry_shows_its_example_in_both_languages(pages):
    page = pages[DOCS / "reference" / "nn-simple.md"]
    entry = page.partition("\n## nn.Linear\n")[2].partition("\n## ")[0]
    assert "nn.Linear(10, 5):forward(torch.randn(10))" in entry
    assert "nn.Linear(10, 5).forward(torch.randn(10))" in entry


@pytest.mark.long
@pytest.mark.skipif(
    importlib.util.find_spec("furo") is None,
    reason="needs the extra docs (sphinx, furo, myst-parser)",
)
def test_it_builds(tmp_path):
    words = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-d", str(tmp_path / "t")]
    done = subprocess.run([*words, "docs", str(tmp_path / "site")], cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "site" / "searchindex.js").exists()
