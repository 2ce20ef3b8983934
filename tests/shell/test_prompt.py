"""The prompt, driven through a real pty: every test types keys and compares screens."""

from __future__ import annotations

import re
import sys
import time

import pexpect
import pytest

from tests.shell.screens import Shell, without_times

SIZES = [(80, 24), (120, 40)]


@pytest.fixture(scope="module", params=SIZES, ids=["80x24", "120x40"])
def terminal(request, tmp_path_factory):
    """One shell a size for the whole file; tests that end it get their own."""
    shell = Shell(tmp_path_factory.mktemp("home"), *request.param)
    shell.ready()
    yield shell
    shell.close()


@pytest.fixture
def prompt(terminal):
    terminal.raw = ""
    terminal.keys("\x03")
    terminal.keys("\x0c")
    terminal.ready()
    return terminal


def test_values_are_printed_as_th_prints_them(prompt):
    for line, shown in [
        ("1+1", "2"),
        ("x = 5", ""),
        ("x", "5"),
        ("'hello'", "hello"),
        ('"a", 1, nil', "a       1"),
        ("{1,{a=2}}", "{\n  1 : 1\n  2 :\n    {\n      a : 2\n    }\n}"),
        ("= x", "5"),
        ("nosuchvar", "nil"),
        ("(function() end)()", ""),
        ("x;", ""),
        ("torch.ones(2)", " 1\n 1\n[torch.DoubleTensor of size 2]\n"),
    ]:
        assert without_times(prompt.enter(line)).rstrip() == shown.rstrip(), line


def test_time_is_right_aligned_and_shown_for_slow_entries(prompt):
    assert prompt.enter("1") == "1"
    shown = prompt.enter("sys.sleep(0.6)").split("\n")[-1]
    assert re.search(r"\[\d+\.\d{4}s\]$", shown) and len(shown) == prompt.screen.columns - 1
    prompt.enter(":set timing_threshold=0")
    assert re.search(r"^2\n +\[0\.\d{4}s\]$", prompt.enter("2"))
    prompt.enter(":set timing=off")
    shown = prompt.enter("2")
    prompt.enter(":set timing=on")
    prompt.enter(":set timing_threshold=0.5")
    assert shown == "2"


def test_continuation_comes_from_the_parser(prompt):
    prompt.keys("for i=1,2 do\r")
    prompt.wait(r"^\.\.>$")
    prompt.keys("print(i*10)\r")
    prompt.keys("end")
    assert prompt.wait(r"^\.\.> end$"), "the closing word moves under its block"
    prompt.keys("\r")
    prompt.wait(r"^10\n20\n")
    for text in ("x={", "1+", "[[a", "--[[", "f("):
        prompt.ready()
        prompt.keys(text + "\r")
        prompt.wait(r"^\.\.>\s*\Z")
        prompt.keys("\x03")
    for text, message in [("a = = 1", "unexpected symbol near '='"), ('"abc', "unfinished string")]:
        prompt.ready()
        assert message in prompt.enter(text)


def test_a_syntax_error_is_told_while_typing_and_f8_goes_to_its_line(prompt):
    prompt.keys("\x1b[200~x = = 1\ny = 2\nz = 3\x1b[201~")
    prompt.wait(r"line 1: unexpected symbol near '='")
    prompt.keys("\x1b[19~")
    prompt.read(0.2)
    assert prompt.screen.display[prompt.screen.cursor.y].startswith("th> x = = 1")
    assert prompt.screen.cursor.x == 4


def test_enter_on_an_empty_line_runs_an_unfinished_entry(prompt):
    prompt.keys("1 +\r")
    prompt.wait(r"^\.\.>\s*\Z")
    prompt.keys("\r")
    prompt.wait("unexpected symbol near '1'")


def test_several_lines_come_back_from_the_history(prompt):
    prompt.keys("for i=1,2 do\rprint('again')\rend\r")
    prompt.wait(r"^again\nagain")
    prompt.ready()
    prompt.enter("x = 1")
    prompt.keys("for\x1b[A")
    prompt.wait(r"^th> for i=1,2 do\n\.\.>    print\('again'\)\n\.\.> end\s*\Z")
    prompt.keys("\r")
    prompt.wait(r"x = 1\n(.*\n)*again\nagain\n")


def test_history_survives_and_keeps_entries_whole(shell):
    first = shell(args=())
    first.enter("unusual = 41 + 1")
    first.keys("\x04")
    first.wait("really want to exit")
    first.keys("y\r")
    first.child.expect(pexpect.EOF)
    second = shell(args=())
    second.keys("unus\x1b[A")
    second.wait(r"^th> unusual = 41 \+ 1")


def test_completion_menu(prompt):
    prompt.keys("torch.ran")
    screen = prompt.wait(r"rand\(")
    assert screen
    for name in ("randn(", "randperm(", "random(", "range("):
        assert name in prompt.text()
    prompt.keys("dp\t")
    prompt.wait(r"^th> torch\.randperm")


def test_methods_complete_through_live_objects(prompt):
    prompt.enter("require 'nn'; net = nn.Sequential():add(nn.Linear(2,3))")
    prompt.keys("net.modules[1]:forw\t")
    prompt.wait(r"net\.modules\[1\]:forward")


def test_signature_line(prompt):
    prompt.keys("torch.randperm(")
    prompt.wait(r"torch\.randperm\(.*n")


def test_error_shows_the_message_then_lua_frames(prompt):
    (prompt.folder / "deep.lua").write_text(
        "function third(x)\n   return x.y.z\nend\nfunction second(x)\n   return third(x)+1\nend\n"
    )
    prompt.enter("dofile 'deep.lua'")
    shown = prompt.enter("second({})")
    assert "deep.lua:2: attempt to index field 'y' (a nil value)" in shown
    assert re.search(r"> 2 \|    return x\.y\.z", shown) and "1 | function third(x)" in shown
    assert "in function 'second'" in shown and ".py" not in shown
    prompt.enter(":tb full")
    assert ".py" in prompt.raw


def test_did_you_mean(prompt):
    assert "did you mean torch.randn?" in prompt.enter("torch.rnadn(3)")
    assert "did you mean require?" in prompt.enter("requier 'nn'")


LOOPS = [
    "while true do end",
    "while true do pcall(function() while true do end end) end",
    "coroutine.wrap(function() while true do end end)()",
    "local a = torch.rand(300,300); while true do a = a*a end",
]


@pytest.mark.parametrize("loop", LOOPS)
def test_ctrl_c_interrupts_a_running_loop_and_keeps_the_session(prompt, loop):
    prompt.enter("kept = 7")
    prompt.keys(loop + "\r")
    time.sleep(0.5)
    prompt.keys("\x03")
    prompt.wait(r"^interrupted( at .*:1)?$", timeout=10)
    prompt.ready()
    assert without_times(prompt.enter("kept")) == "7"


def test_ctrl_c_clears_the_line(prompt):
    prompt.keys("something unfinished(")
    prompt.keys("\x03")
    prompt.ready()
    assert without_times(prompt.enter("1+2")) == "3"


def test_ctrl_d_asks_and_leaves(shell):
    prompt = shell()
    prompt.keys("\x04")
    prompt.wait(r"really want to exit \(\[y\]/n\)\?")
    prompt.keys("n\r")
    prompt.ready()
    prompt.keys("\x04")
    prompt.wait(r"exit \(\[y\]/n\)\?\s*\Z")
    prompt.keys("\r")
    prompt.child.expect(pexpect.EOF)
    prompt.child.close()
    assert prompt.child.exitstatus == 0


def test_os_exit_is_the_exit_code(shell):
    prompt = shell()
    prompt.keys("os.exit(3)\r")
    prompt.child.expect(pexpect.EOF)
    prompt.child.close()
    assert prompt.child.exitstatus == 3


def test_bracketed_paste_is_one_entry_and_prompts_are_stripped(prompt):
    prompt.keys("\x1b[200~a = 1\nb = 2\nprint(a+b)\x1b[201~")
    prompt.wait(r"^th> a = 1\n\.\.> b = 2\n\.\.> print\(a\+b\)")
    prompt.keys("\r")
    prompt.wait(r"^3$")
    prompt.ready()
    prompt.keys("\x1b[200~th> c = 4\n     [0.0001s]\nth> c*2\n8\x1b[201~\r")
    prompt.wait(r"^th> c = 4\n\.\.> c\*2")


def test_locals_stay_and_results_are_kept(prompt):
    prompt.enter(":forget")
    prompt.enter("local x = 20")
    assert without_times(prompt.enter("x+1")) == "21"
    assert without_times(prompt.enter("_*2")) == "42"
    assert without_times(prompt.enter("_1, _LAST, #_RESULTS")) == "21      42      2"


def test_fuzzy_search(prompt):
    prompt.enter("alpha = 'first'")
    prompt.enter("beta = 2")
    prompt.keys("\x12")
    prompt.wait("search:")
    prompt.keys("alfst")
    prompt.wait(r"^> alpha = 'first'")
    prompt.keys("\r")
    prompt.wait(r"^th> alpha = 'first'")


def test_auto_suggestion(prompt):
    prompt.enter("gamma = 12345")
    prompt.keys("gam")
    prompt.wait(r"^th> gamma = 12345")
    prompt.keys("\x1b[C\r")
    prompt.ready()
    assert without_times(prompt.enter("gamma")) == "12345"


def test_settings_panel(prompt):
    prompt.keys("\x1bOQ")
    prompt.wait("Up Down choose")
    prompt.keys("\x1b[B\x1b[C")
    prompt.wait(r"indent\s+4")
    prompt.keys("\x1b[A" * 2)  # from the first row to the last
    prompt.wait("ask before leaving")
    prompt.wait("Up Down choose")
    prompt.keys("q")
    prompt.ready()
    prompt.enter(":set indent=3")


def test_vi_mode(shell):
    prompt = shell(args=("-q", "--vi"), sign=r"^th>$")
    prompt.keys("xy = 3")
    prompt.keys("\x1b")
    prompt.wait("navigation")
    prompt.keys("0rz\r")
    prompt.wait(r"^th> zy = 3\nth>$")
    prompt.keys("zy * 5\r")
    prompt.wait(r"^15$")


def test_a_terminal_that_cannot_move_its_cursor_still_gets_a_prompt(shell):
    prompt = shell(env={"TERM": "dumb"})
    prompt.keys("for i=1,2 do\n")
    prompt.wait(r"^\.\.>$")
    prompt.keys("print(i*5) end\n")
    prompt.wait(r"^5\n10\n")
    assert "\x1b" not in prompt.raw


def test_shell_escape(prompt):
    shown = prompt.enter("$ echo one; echo two; exit 4")
    assert without_times(shown) == "one\ntwo"
    assert without_times(prompt.enter("_LAST")).rstrip() == "one\ntwo"
    assert without_times(prompt.enter("$?")) == "4"
    assert "yes" in prompt.enter("$ test -t 1 && echo yes")


def test_help_pages(prompt):
    assert (
        "tensor" in prompt.enter("? torch.randperm").lower()
        or "permutation" in prompt.text().lower()
    )
    prompt.enter("t = torch.Tensor{{1,2},{3,4}}")
    assert "min, mean, max" in prompt.enter("? t")
    assert "Did you mean torch.randn" in prompt.enter("? torch.rnadn")


def test_colours_on_a_terminal_and_none_when_asked(shell):
    prompt = shell()
    prompt.enter("{1}")
    assert "\x1b[0;36m1\x1b[0m" in prompt.raw
    plain = shell(args=("-q", "--no-color"))
    plain.enter("{1}")
    assert "\x1b[0;36m" not in plain.raw


def test_picture_in_half_blocks(prompt):
    prompt.enter("require 'image';")
    prompt.enter(":set image=blocks")
    shown = prompt.enter("image.display(torch.rand(3,8,10))")
    assert sum("▀" * 10 in line for line in shown.split("\n")) >= 4
    shown = prompt.enter("image.display{image=torch.rand(3,8,10), zoom=2, legend='twice'}")
    assert sum("▀" * 20 in line for line in shown.split("\n")) == 8 and "\ntwice" in shown
    shown = prompt.enter("image.display(torch.rand(3,500,10))")
    assert shown.count("\n") < prompt.screen.lines


def test_plot_in_braille(prompt):
    prompt.enter("require 'gnuplot';")
    shown = prompt.enter(
        "gnuplot.plot('wave', torch.sin(torch.linspace(0,6,50)), '-') gnuplot.title('Sine')"
    )
    assert (
        "Sine" in prompt.text()
        and re.search("[\u2801-\u28ff]{3}", prompt.text())
        and "wave" in shown
    )


def test_code_is_coloured_while_typing(prompt):
    prompt.keys("for torch")
    prompt.wait("for torch")
    cells = prompt.screen.buffer[prompt.screen.cursor.y]
    keyword, package = cells[4], cells[8]
    assert keyword.fg != "default" and package.fg not in ("default", keyword.fg)


def test_brackets_are_paired_when_asked(prompt):
    prompt.enter(":set auto_match=true")
    prompt.keys('f({"a')
    prompt.wait(r'^th> f\(\{"a"\}\)')
    prompt.keys('"})')
    prompt.wait(r'^th> f\(\{"a"\}\)\s*$')
    prompt.keys("\x03")
    prompt.ready()
    prompt.enter(":set auto_match=false")


def test_the_editor_returns_the_entry(shell, tmp_path):
    editor = tmp_path / "ed.sh"
    editor.write_text("#!/bin/sh\necho 'edited = 6 * 7' > \"$1\"\n")
    editor.chmod(0o755)
    prompt = shell(env={"VISUAL": str(editor), "EDITOR": str(editor)})
    prompt.keys("x\x18\x05")
    prompt.wait(r"edited = 6 \* 7")
    prompt.keys("\r")
    prompt.ready()
    assert without_times(prompt.enter("edited")) == "42"


def test_long_output_goes_to_the_pager(shell):
    prompt = shell(env={"PAGER": "sed s/^/paged:/"})
    prompt.enter(":env")
    prompt.keys(":help\r")
    prompt.wait("paged:")
    prompt.ready()
    prompt.enter(":set pager=off")
    prompt.keys("\x0c:help\r")
    prompt.wait(r"^:who")
    assert "paged:" not in prompt.text()


def test_the_live_view_is_redrawn_in_place(prompt):
    prompt.enter("require 'optim'; log = optim.Logger(os.tmpname()); log:setNames{'loss'}")
    prompt.enter(":watch on")
    shown = prompt.enter("for i=1,30 do log:add{1/i} sys.sleep(0.02) end")
    prompt.enter(":watch off")
    assert shown.count("min ") == 1 and "loss" in shown


def test_pages_and_files_are_named_in_a_terminal(prompt):
    prompt.enter("require 'itorch';")
    assert "page: /" in prompt.enter("itorch.html('<b>hi</b>');")


def test_log_is_runnable_lua(prompt):
    prompt.enter(":log on kept.lua")
    prompt.enter("a = 20")
    prompt.enter("a + 1")
    prompt.enter(":log off")
    text = (prompt.folder / "kept.lua").read_text()
    assert "a = 20" in text and "print(a + 1)" in text and "--> 21" in text
    prompt.enter("a = nil")
    assert without_times(prompt.enter("dofile 'kept.lua'")) == "21"


def test_precision(prompt):
    prompt.enter(":set precision=2")
    shown = prompt.enter("torch.Tensor{0.123456}")
    prompt.enter(":set precision=4")
    assert "0.12\n" in shown + "\n"


def test_tab_types_what_names_have_in_common(prompt):
    prompt.enter("require 'nn';")
    prompt.keys("nn.SpatialCon")
    prompt.wait("SpatialContrastiveNormalization")
    prompt.keys("\t")
    prompt.read(0.3)
    prompt.wait(r"^th> nn\.SpatialCon$")
    prompt.keys("v\t")
    prompt.wait(r"^th> nn\.SpatialConvolution$")
    prompt.keys("\x03")
    prompt.ready()
    prompt.keys("nn.spatialconv")
    prompt.wait(r"SpatialConvolution\(\s+layer  Convolve an image")
    prompt.keys("\t")
    prompt.wait(r"^th> nn\.SpatialConvolution$")
    prompt.read(0.3)
    prompt.keys("\t\t")
    prompt.wait(r"^th> nn\.SpatialConvolutionLocal$")


def test_what_io_read_reads_is_echoed(prompt):
    prompt.keys("x = io.read()\r")
    prompt.read(0.3)
    prompt.keys("hello there")
    prompt.wait(r"^hello there\Z")
    prompt.keys("\r")
    prompt.ready()
    assert prompt.enter("x") == "hello there"


def test_ctrl_z_suspends(tmp_path):
    child = pexpect.spawn(
        "/bin/bash",
        ["--norc", "--noprofile", "-i"],
        env={"PATH": "/usr/bin:/bin", "TERM": "xterm", "PS1": "sh> ", "HOME": str(tmp_path)},
        encoding="utf-8",
        timeout=30,
    )
    child.sendline(f"TH7SHELL_STATE_DIR={tmp_path} {sys.executable} -m th7shell -q")
    child.expect_exact("th> ")
    child.send("x = 4")
    child.expect("x.*=.*4")
    child.send("\x1a")
    child.expect("(?i)stopped")
    child.sendline("fg")
    child.expect_exact("th> ")
    child.send("2\rx + 1\r")
    child.expect_exact("43")
    child.close(force=True)


def test_no_error_while_a_string_is_typed(prompt):
    prompt.keys("x = 'it")
    prompt.read(0.4)
    assert "unfinished" not in prompt.text()


def test_pasted_tabs_are_spaces(prompt):
    prompt.keys("\x1b[200~if true then\n\tx = 1\nend\x1b[201~")
    prompt.wait(r"^th> if true then\n\.\.>    x = 1\n\.\.> end")
