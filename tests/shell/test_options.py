"""The command line: what the options mean, and which are wrong."""

from __future__ import annotations

import pytest

from th7shell.options import UsageError, parse

CASES = [
    (["a.lua", "x", "-i"], {"script": "a.lua", "arguments": ["x", "-i"], "interactive": False}),
    (["-i", "a.lua"], {"script": "a.lua", "interactive": True}),
    (["-e", "x=1", "-ey=2"], {"statements": ["x=1", "y=2"], "script": None}),
    (["-l", "nn", "-loptim", "a.lua"], {"libraries": ["nn", "optim"], "script": "a.lua"}),
    (["-g"], {"globals": 1}),
    (["-gg"], {"globals": 2}),
    (["--", "-odd.lua", "-e"], {"script": "-odd.lua", "arguments": ["-e"]}),
    (["-", "x"], {"script": "-", "arguments": ["x"]}),
    (
        ["-q", "--no-init", "--no-color", "--vi"],
        {"quiet": True, "init": False, "color": False, "vi": True},
    ),
    (["--traceback", "a.lua"], {"traceback": True}),
    ([], {"script": None, "interactive": False}),
]


@pytest.mark.parametrize(("argv", "expected"), CASES)
def test_parse(argv, expected):
    options = parse(argv)
    assert {name: getattr(options, name) for name in expected} == expected


@pytest.mark.parametrize("argv", [["--bogus"], ["-z"], ["-e"], ["-l"], ["-a"]])
def test_wrong_usage(argv):
    with pytest.raises(UsageError):
        parse(argv)


def test_words_before_the_script_are_kept_for_arg():
    assert parse(["-e", "x=1", "-i", "a.lua"], "th").before == ["th", "-e", "x=1", "-i"]
