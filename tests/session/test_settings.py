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
        ("indent", "-1", "indent is 0 to 40, not -1"),
        ("timing_threshold", "nan", "timing_threshold is 0 to"),
        ("results", "1" * 5000, "results is a int, not '111"),
        pytest.param("results", 1 << 99999, "results is 0 to 1000000, not this int", id="huge"),
        ("a\nb", "1", "unknown setting 'a.nb'"),
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


ABSURD = [
    f"[editing]\nindent = {'9' * 5000}",
    f"[editing]\nindent = 0x{'f' * 50000}",
    "[editing]\nindent = 1e400",
    "[editing]\nindent = nan",
    "[results]\nprecision = 10000000000",
    "[results]\ntiming_threshold = -inf",
    "[results]\nresults = 1979-05-27T07:32:00Z",
    "[look]\nimage = [[[[1]]]]",
    "[look]\nimage = " + "[" * 100000,
    "[look]\nimage = " + "{a=" * 100000,
    "[look]\nimage = " + "[" * 300 + "]" * 300,
    ".".join(["a"] * 40000) + " = 1",
    ".".join(["a"] * 400) + " = 1",
    "x = " + "[\n" * 40000,
    "x = 1\n" * 1_000_000,
    "[editing]\nindent = " + "9" * 900,
    '"\\u001b[31m" = 1',
    "[editing",
    "x = 'é",
    "\x00",
]


@pytest.mark.parametrize("text", [*ABSURD, b"\xff\xfe", None], ids=range(len(ABSURD) + 2))
def test_what_is_absurd_gives_one_line_and_the_defaults(text, tmp_path):
    path = tmp_path / "config.toml"
    if text is None:
        path.mkdir()
    else:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    settings, wrong = load(path)
    assert list(settings) == list(Settings())
    assert len(wrong) == 1 and len(wrong[0]) < len(str(path)) + 200
    assert wrong[0].isprintable()
    assert not any(word in wrong[0] for word in ("Errno", "codec", "Exceeds", "Error", "Traceback"))


def test_many_wrong_lines_are_counted(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("".join(f"x{i} = 1\n" for i in range(1000)))
    wrong = load(path)[1]
    assert len(wrong) == 6 and "995 more" in wrong[-1]


def test_listeners_hear_changes():
    settings, heard = Settings(), []
    settings.listen(lambda name, value: heard.append((name, value)))
    settings.set("indent", "5")
    assert heard == [("indent", 5)]
