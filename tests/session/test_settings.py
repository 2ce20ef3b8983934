"""Settings: defaults, parsing, the config file, its text."""

from __future__ import annotations

import tomllib

import pytest

from th7shell.session.settings import SETTINGS, Settings, load, parse, template


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("timing", "off", False),
        ("timing", "True", True),
        ("indent", "4", 4),
        ("editing_mode", "vi", "vi"),
        ("timing_threshold", "0.5", 0.5),
    ],
)
def test_parse(name, text, value):
    assert parse(name, text) == value


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("timing", "maybe", "timing is true or false"),
        ("editing_mode", "ed", "one of emacs, vi"),
        ("indent", "x", "indent is a int"),
        ("indent", "-1", "at least 0"),
        ("colour", "1", "unknown setting 'colour'"),
    ],
)
def test_parse_says_what_is_allowed(name, text, words):
    with pytest.raises(ValueError, match=words):
        parse(name, text)


def test_template_is_toml_and_keeps_changes(tmp_path):
    settings = Settings()
    settings.set("theme", "monokai")
    settings.set("timing", False)
    path = tmp_path / "config.toml"
    path.write_text(template(settings))
    again, wrong = load(path)
    assert wrong == []
    assert [(s.name, v) for s, v in again] == [(s.name, v) for s, v in settings]
    everything = template(settings).replace("\n# ", "\n")
    named = {name for name in SETTINGS if f"\n{name} = " in everything}
    assert named == set(SETTINGS)


def test_template_without_changes_sets_nothing():
    assert all(not section for section in tomllib.loads(template(Settings())).values())


def test_wrong_lines_keep_the_defaults(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text('[editing]\nindent = "wide"\nediting_mode = "vi"\n')
    settings, wrong = load(path)
    assert (settings.indent, settings.editing_mode) == (3, "vi")
    assert len(wrong) == 1 and "indent" in wrong[0]
    path.write_text("not toml")
    assert len(load(path)[1]) == 1


def test_listeners_hear_changes():
    settings, heard = Settings(), []
    settings.listen(lambda name, value: heard.append((name, value)))
    settings.set("indent", "5")
    assert heard == [("indent", 5)]
