"""docs/programs.md: its table is what docs/make_programs.py makes of a replay's output."""

from __future__ import annotations

import importlib.util

from .program import ROOT

spec = importlib.util.spec_from_file_location("make", ROOT / "docs" / "make_programs.py")
make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make)


def test_the_last_run_of_a_program_counts(tmp_path, monkeypatch):
    page, log, bare = tmp_path / "programs.md", tmp_path / "log", tmp_path / "bare"
    page.write_text(f"head\n{make.BEGIN}\nold\n{make.END}\ntail\n")
    lines = [f"ok   {name}: 1234 of 1234 lines, 5 s; last: x" for name in make.PROGRAMS]
    log.write_text("\n".join(["DIFF dcgan: 1 of 2 lines, 3 s; last: }", *lines]))
    bare.write_text("DIFF practical4: 9 of 10 lines, 7 s; last: y\n")
    monkeypatch.setattr(make, "PAGE", page)
    make.main(str(log), str(bare))
    text = page.read_text()
    assert text.startswith("head\n") and text.endswith("\ntail\n") and "old" not in text
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == len(make.PROGRAMS)
    assert all("| 1,234 of 1,234" in row for row in rows)
    assert "1,234 of 1,234; alone 9 of 10 | 5 s; alone 7 s | 0 s |" in text


def test_the_page_has_a_row_for_each_program():
    text = make.PAGE.read_text()
    inside = text.partition(make.BEGIN)[2].partition(make.END)[0]
    names = [line.split(" | ")[0].strip("| ") for line in inside.splitlines() if "/" in line]
    assert names == list(make.PROGRAMS)
