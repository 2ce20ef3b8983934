"""Penlight's modules give what upstream gives on LuaJIT: `recorded/*.txt` has lines of Lua and what
they return, as `recorded/show.lua` shows it; positions of errors are left out."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment

RECORDED = Path(__file__).parent / "recorded"
MODULES = (
    "utils seq func template sip input config lexer operator permute comprehension array2d url xml"
    " Date data stringio"
).split()
TZSET = getattr(time, "tzset", lambda: None)  # where a process can change its time zone
POSITION = re.compile(r'(?:[^\s"]*/)?[^\s"/]*(?:\.py|case):\d+: ')


def cases():
    for file in sorted(RECORDED.glob("*.txt")):
        for line in file.read_text("latin-1").split("\n")[:-1]:
            code, _, shown = line.partition(" ==>")
            yield pytest.param(code, shown.strip(), id=f"{file.stem}: {code[-60:]}")


@pytest.fixture(scope="module")
def run():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        TZSET()
        environment = Environment(MAIN)
        loads = [f"{name} = require 'pl.{name}'" for name in MODULES]
        environment.load(" ".join([*loads, "lb = require 'pl.luabalanced'"]), "=setup")()
        environment.load((RECORDED / "show.lua").read_text("latin-1"), "=show")()
        yield environment.globals.run
    TZSET()


@pytest.mark.parametrize(("code", "shown"), [*cases()])
def test_as_upstream(run, code, shown):
    assert POSITION.sub("", run(code)) == shown
