"""docs/systems.md lists what pyproject.toml needs, with a licence and a reason for each."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "docs"))

import make_systems  # noqa: E402

sys.path.pop(0)


def test_every_dependency_has_a_bound_and_a_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [("", project["dependencies"]), *project["optional-dependencies"].items()]
    wanted = [(extra, *re.match(r"([\w-]+)>=([\w.]+)", d).groups()) for extra, deps in named for d in deps]  # fmt: skip
    found = make_systems.needs()
    assert [row[:3] for row in found] == wanted
    assert all(len(why) >= 5 for *_, why in found)


def test_the_page_is_current_and_names_licences():
    page = make_systems.PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w-]+) \| ([\d.]+) \| ([^|]+) \| ([^|]+) \| *(\w*) *\|$", page, re.M)
    assert [(extra, name, bound, why) for name, bound, _, why, extra in rows] == make_systems.needs()  # fmt: skip
    assert all(licence.strip() for _, _, licence, _, _ in rows)
