"""Themes govern values, messages, tables, menu and code; nothing is black or white."""

from __future__ import annotations

import re

import pytest

from th7shell.display import palette, themes
from th7shell.display.errors import error_text
from th7shell.display.shown import ErrorPage, Failure, Frame
from th7shell.display.text import render
from th7shell.lua import new_table


@pytest.fixture
def theme():
    """Choose a theme for one test."""
    yield lambda name: palette.use(themes.styles(name))
    palette.use(themes.styles("terminal"))


def shown() -> str:
    """Values of each kind and an error, coloured."""
    values = [new_table([1, "a", True, print, new_table([2])], {"x": 1.5})]
    failure = Failure(
        "boom", frames=[Frame("f.lua", 1, "main chunk", True, "x = y.z")], hint="did you mean x?"
    )
    return render(values, 5, True) + error_text(ErrorPage(failure), True)


def colours(text: str) -> set[str]:
    return set(re.findall(r"\x1b\[([\d;]*)m", text))


def test_nothing_is_black_or_white_on_the_terminals_own_ground():
    for found in colours(shown()) | {palette.code(s)[2:-1] for s in palette.TERMINAL.values()}:
        assert not re.search(r"\b(30|37|40|47|90|97)\b", found), found
    assert palette.code(palette.TERMINAL["nil"]) == "\x1b[0;2m"


def test_a_theme_paints_values_and_errors(theme, monkeypatch):
    monkeypatch.setenv("COLORTERM", "truecolor")
    palette.code.cache_clear()
    before = colours(shown())
    theme("monokai")
    after = colours(shown())
    assert "0;38;2;174;129;255" in after, "numbers are monokai's #ae81ff"
    assert after - before and "0;36" not in after


def test_256_colours_where_no_more_are_promised(monkeypatch):
    monkeypatch.delenv("COLORTERM", raising=False)
    palette.code.cache_clear()
    assert palette.code("bold #ff0000") == "\x1b[0;1;38;5;196m"
    palette.code.cache_clear()


@pytest.mark.parametrize("name", themes.names())
def test_every_theme_has_every_role(name):
    found = themes.styles(name)
    assert found.keys() == palette.TERMINAL.keys()
    for style in found.values():
        assert palette.code(style).startswith("\x1b[0")
    assert themes.rich_theme(found).styles["th.number"] is not None


def test_the_ground_that_a_theme_is_made_for():
    assert [themes.ground(n) for n in ("terminal", "monokai", "default")] == ["", "dark", "light"]
    assert themes.contrast("#fff") == "#000000"
