"""What the pages show is what comes: sessions at the prompt, Lua, Python."""

from __future__ import annotations

import doctest
import re

import pytest

from tests.examples.program import ROOT, run

DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(page, language):
    text = page.read_text(encoding="utf-8")
    return [code for kind, code in BLOCK.findall(text) if kind == language]


@pytest.mark.parametrize("name", ["docs/first-steps.md", "README.md"])
def test_sessions_at_the_prompt(name, tmp_path):
    """Empty lines and what is cut (`…`) do not count."""
    typed, shown = [], []
    for block in blocks(ROOT / name, ""):
        for line in block.splitlines() if "th> " in block else ():
            (typed if line[:4] in ("th> ", "..> ") else shown).append(line)
    assert typed
    program = "".join(line[4:] + "\n" for line in typed if not line.startswith("th> ?"))
    printed = run("-i", "-q", text=program, folder=tmp_path)
    assert [line for line in printed.splitlines() if line] == [line for line in shown if line]


def test_the_layer_in_lua(tmp_path):
    code = "\n".join(blocks(DOCS / "new-layer.md", "lua"))
    (tmp_path / "layer.lua").write_text(code, encoding="utf-8")
    assert run("layer.lua", folder=tmp_path).splitlines() == re.findall(r"^--> (.*)$", code, re.M)


@pytest.mark.parametrize("name", ["first-steps", "new-layer", "how-it-works"])
def test_python(name):
    """What is no session is run before those of the page."""
    names: dict = {}
    for code in blocks(DOCS / f"{name}.md", "python"):
        if ">>>" not in code:
            exec(code, names)
    test = doctest.DocTestParser().get_doctest(
        (DOCS / f"{name}.md").read_text(encoding="utf-8"), names, name, None, 0
    )
    assert len(test.examples) > 4
    report: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    assert not report, "".join(report)
