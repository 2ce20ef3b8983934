"""The notebooks of examples/ run, and give what is written in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
FIGURE = re.compile(r"-?\d+\.\d+")


def outline(cell) -> list[tuple[str, str]]:
    """What a cell gave: text word by word; of pictures, plots and pages their kind."""
    found: list[tuple[str, str]] = []
    for output in cell.get("outputs", ()):
        if output.output_type == "stream":
            before = found.pop()[1] if found and found[-1][0] == output.name else ""
            found.append((output.name, before + output.text))
        elif output.output_type == "error":
            found.append(("error", output.evalue))
        else:
            kinds = set(output.data) - {"text/plain"}
            text = "" if kinds & {"image/png", "image/svg+xml"} else output.data["text/plain"]
            found.append((" ".join(sorted(kinds)), text))
    return found


def test_there_are_notebooks() -> None:
    assert {p.stem for p in NOTEBOOKS} >= {"tutorial", "digits"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_gives_what_is_written_in_it(path, jupyter) -> None:
    nbformat = pytest.importorskip("nbformat")
    client = pytest.importorskip("nbclient")
    written = nbformat.read(path, as_version=4)
    again = nbformat.read(path, as_version=4)
    client.NotebookClient(again, timeout=300, kernel_name="th7").execute(cwd=str(EXAMPLES))
    for before, after in zip(written.cells, again.cells):
        want, got = outline(before), outline(after)
        # the last digits of what was learned depend on the machine's BLAS
        rounded = [
            [(k, FIGURE.sub(lambda m: f"{float(m[0]):.1f}", t)) for k, t in o] for o in (want, got)
        ]
        assert rounded[0] == rounded[1], before.source


def test_what_the_shell_exports_runs_here(jupyter, tmp_path) -> None:
    nbformat = pytest.importorskip("nbformat")
    client = pytest.importorskip("nbclient")
    from th7shell.session.core import Session

    session = Session()
    for entry in ("x = torch.ones(2)", "x * 3"):
        session.history.add(entry)
        session.evaluate(entry)
    session.emit = lambda _: None
    session.run_entry(f":export {tmp_path}/a.ipynb")
    notebook = nbformat.read(tmp_path / "a.ipynb", as_version=4)
    client.NotebookClient(notebook, timeout=60).execute()
    assert notebook.cells[1].outputs[0].data["text/plain"].startswith(" 3\n 3\n")
