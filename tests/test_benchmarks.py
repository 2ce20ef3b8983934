"""The benchmarks' tables name figures that exist, and their statements run."""

from __future__ import annotations

import csv
import importlib
import re
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parent.parent / "benchmarks"
pytestmark = pytest.mark.skipif(not BENCHMARKS.is_dir(), reason="the sdist has no benchmarks")


@pytest.fixture(scope="module")
def references():
    sys.path.insert(0, str(BENCHMARKS))
    try:
        yield importlib.import_module("references")
    finally:
        sys.path.remove(str(BENCHMARKS))


def recorded():
    with open(BENCHMARKS / "torch7_figures.tsv", encoding="utf-8") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        return [(row["script"], row["name"], row["unit"]) for row in rows]


def test_references_are_of_recorded_figures(references):
    known = set(recorded())
    for script, groups in references.SCRIPTS.items():
        for group in groups():
            for name in group.rows:
                assert any((script, name) == figure[:2] for figure in known), name
                assert group.unit[:2] == next(f[2][:2] for f in known if f[1] == name)


@pytest.mark.parametrize("script", ["e_element", "f_ops", "g_apply"])
def test_statements_of_numpy_run(script, references):
    import numpy as np

    for group in references.SCRIPTS[script]():
        scope = {"np": np}
        exec(re.sub(r"\b\d{3,}(_000)?\b", "20", group.setup[0]), scope)
        assert eval(group.count, scope) > 0
        for statement, _ in group.rows.values():
            if statement:
                exec(statement.replace("range(200)", "range(20)"), scope)


def test_each_script_stands_in_the_table():
    scripts = {script for script, _, _ in recorded()}
    assert scripts == {path.stem for path in (BENCHMARKS / "lua").glob("?_*.lua")}
