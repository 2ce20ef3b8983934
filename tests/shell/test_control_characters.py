"""What comes from data never reaches the terminal as a control sequence: names, keys, messages."""

from __future__ import annotations

import re
import sys

import pytest

from th7shell.display.visible import visible, visible_bytes

pexpect = pytest.importorskip("pexpect")

ENTRIES = r"""
t = {['\27[31mkey'] = 1, a = '\27[32mvalue'}
t
{deep = {['\27[33mx']=1}}
_G['\27[34mglob'] = 5
who()
error('\27[35mmsg')
error({['\27[36mk'] = 1})
torch.class('\27[37mCls')
x = _G['\27[37mCls']
? t
help(x)
:who
t['\27[42mno'].x.y
assert(loadstring('x = = \27[43m'))
require '\27[47mmod'
:time error('\27[41mq')
:set print_style=pretty
t
""".strip().split("\n")


def test_control_characters_are_spelt():
    assert visible("a\x1b[31m\tb\n\x07\x9b") == "a\\27[31m\tb\n\\7\\155"
    assert visible("\x1b5") == "\\0275"
    assert visible_bytes("\xc3\x9b\r") == "\xc3\x9b\\13"


def test_no_name_or_message_commands_the_terminal(tmp_path):
    """At a prompt that colours nothing, no control character arrives but the line's ends."""
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TERM": "dumb", "LANG": "C.UTF-8"}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "th7shell", "-q", "--no-init"],
        env={**env, "NO_COLOR": "1"},
        encoding="latin-1",
        timeout=30,
        echo=False,
        cwd=str(tmp_path),
    )
    try:
        child.expect("th> ")
        spelt = 0
        for entry in ENTRIES:
            child.sendline(entry)
            child.expect_exact(["th> ", "..> "])
            wrong = re.findall("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", child.before)
            assert not wrong, (entry, child.before)
            spelt += "\\27[" in child.before
        assert spelt >= 11
    finally:
        child.close(force=True)


def test_colours_of_the_library_s_errors_are_no_noise(tmp_path):
    from th7shell.display.errors import error_text
    from th7shell.display.shown import ErrorPage, Failure

    page = ErrorPage(Failure("\x1b[1;31m<image.load> no\x1b[0m \x1b[2J"))
    assert error_text(page) == "<image.load> no \\27[2J\n"
