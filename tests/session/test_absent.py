"""What `require` says of packages that cannot be here."""

from __future__ import annotations

import pytest

from th7shell.lua.state import MAIN
from th7shell.session.absent import ADVICE
from th7shell.session.environment import Environment
from th7shell.session.packages import PACKAGES


@pytest.fixture
def lua(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environment = Environment(MAIN)
    return lambda text: environment.load(text, "=case")()


@pytest.mark.parametrize(
    "name",
    [
        "async",
        "mobdebug",
        "qt",
        "qtwidget",
        "qttorch",
        "camera",
        "fb.ffivector",
        "socket.http",
        "async.http",
    ],
)
def test_one_line_names_what_to_use(name, lua):
    said = lua(f"return select(2, pcall(require, '{name}'))")
    assert said.startswith(f"module '{name}' not found: th7shell does not provide it; ")
    assert "\n" not in said
    assert not lua(f"return pcall(require, '{name}')")[0]  # and again


def test_the_user_s_own_goes_first(lua, tmp_path):
    (tmp_path / "camera.lua").write_text("return 5")
    assert lua("return require 'camera'") == 5
    lua("package.preload['qt'] = function() return 6 end")
    assert lua("return require 'qt'") == 6


def test_others_are_not_found_as_ever(lua):
    said = lua("return select(2, pcall(require, 'nosuch'))")
    assert said.startswith("module 'nosuch' not found:\n\tno field package.preload['nosuch']")


def test_nothing_is_both_here_and_absent():
    assert not set(ADVICE) & set(PACKAGES)
