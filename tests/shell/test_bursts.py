"""A page of text that a terminal without bracketed paste sends as keys."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

pexpect = pytest.importorskip("pexpect")
from prompt_toolkit.input.vt100_parser import Vt100Parser  # noqa: E402
from prompt_toolkit.key_binding.key_processor import KeyPress  # noqa: E402
from prompt_toolkit.keys import Keys  # noqa: E402

from th7shell.session import entries, scan  # noqa: E402
from th7shell.shell.bursts import PAUSE, SHORTEST, Typed, gathered, watch, without_answers  # noqa: E402
from th7shell.shell.highlight import LuaPainter, painted  # noqa: E402

ENTER, ESCAPE, LEFT = (KeyPress(k) for k in (Keys.ControlM, Keys.Escape, Keys.Left))


def plain(text):
    return [KeyPress(c) for c in text]


def test_long_runs_of_plain_keys_become_one():
    text = "x" * SHORTEST
    (one,) = gathered([*plain(text), ENTER, *plain("y")])
    assert isinstance(one.data, Typed)
    assert one.data == text + "\ny"
    few = plain("x" * (SHORTEST - 1))
    assert gathered(few) == few
    keys = gathered([ESCAPE, *plain("f" + text), LEFT, *plain(text)])
    assert [k.key for k in keys[:2]] == [Keys.Escape, "f"]  # Meta-f
    assert keys[2].data == text
    assert [k.key for k in keys[3:5]] == [Keys.Left, "x"]


ANSWERS = "\x1b_Gi=31;OK\x1b\\", "\x1b[?6c", "\x1b_Gi=31;ENOTSUP: no\x1b\\\x1b[?62;4;22c"


@pytest.mark.parametrize("answer", ANSWERS)
def test_late_answers_of_a_terminal_are_no_keys(answer):
    keys = []
    parser = Vt100Parser(keys.append)
    parser.feed(f"1 + {answer}\x1b[D2\x1b[200~{answer}\x1b[201~\x1bf")
    parser.flush()
    left = without_answers(keys)
    assert [k.data for k in left] == ["1", " ", "+", " ", "\x1b[D", "2", answer, "\x1b", "f"]
    assert without_answers(left) == left


def test_late_answers_do_not_stand_at_the_prompt(shell):
    one = shell()
    one.keys("1 + " + "".join(ANSWERS))
    one.keys("1\r")
    one.wait(r"^2$")
    one.ready()
    assert "?6c" not in one.text() and "Gi=" not in one.text()


PROGRAM = """
local function f(a, b) -- a comment ( with a bracket
  local s = [[ a long
  string ) end ]] .. 'x'
  while a do
    if b then return { 1, 2, [f(3)] = 'end' } end
  end
end
--[[ several
lines ]] print("a\\
b")
""".lstrip()


def test_a_text_that_grows_is_scanned_as_if_it_were_new():
    painter = LuaPainter()

    class Document:
        text = ""

    for end in [*range(len(PROGRAM) + 1), 40, len(PROGRAM), 7, 120]:
        text = PROGRAM[:end]
        grown = scan._blocks(text)
        scan._before = scan._NOTHING
        assert grown == scan._blocks(text), text
        scan._blocks(text)
        Document.text = text
        line = painter.lex_document(Document)
        expected, _ = painted(text)
        assert [line(i) for i in range(len(expected))] == expected, text


@pytest.mark.parametrize("opening", ["t = {", "function f()", "s = [[", "--[["])
def test_long_unfinished_entries_are_not_parsed(opening, monkeypatch):
    text = opening + "\n  a = 1," * 500
    monkeypatch.setattr(entries, "reading", None)
    assert entries.completeness(text)[0] == "incomplete"


def test_the_pause_between_paintings_is_a_number_after_a_burst():
    """A painting that was put off in the burst subtracts from it when it is due."""
    processor = SimpleNamespace(feed_multiple=lambda keys, first=False: None)
    app = SimpleNamespace(key_processor=processor, min_redraw_interval=None)
    watch(app, lambda: True)
    pauses = []
    for keys in (plain("x" * SHORTEST), plain("y")):
        processor.feed_multiple(keys)
        pauses.append(app.min_redraw_interval)
    assert pauses == [PAUSE, 0]


def test_a_page_of_keys_runs_as_it_was_typed(shell):
    """20 kB a key at a time: an entry of 900 lines and one after it."""
    s = shell()
    rows = "".join(f'  {{{i}, "a b", (f or 1)}},\r' for i in range(900))
    started = time.monotonic()
    s.child.send("t = {\r" + rows + '}\r#t, t[900][2], "(done)"\r')
    s.wait(r"900\s+a b\s+\(done\)", timeout=60)
    assert time.monotonic() - started < 30
