"""The `:commands`, through the session object: the same in the terminal and in a notebook."""

from __future__ import annotations

import json
import re

import pytest

from th7shell.display import palette
from th7shell.display.errors import error_text
from th7shell.display.listing import Listing
from th7shell.display.rendering import rich_text
from th7shell.session.commands import load_all


def shown(session, entry):
    outcome = session.evaluate(entry)
    assert outcome.kind == "command", outcome
    return str(outcome.shown) if isinstance(outcome.shown, Listing) else outcome.shown


def typed(session, *entries):
    for entry in entries:
        session.history.add(entry)
        session.evaluate(entry)


def test_every_command_explains_itself(session):
    listed = shown(session, ":help")
    for name, command in load_all().items():
        assert f":{name}" in listed
        assert len(command.about) > 15 and command.about[0].isupper()
        assert command.about in shown(session, f":help {name}")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (":tiem 1", "did you mean :time?"),
        (":nonsense", "unknown command :nonsense"),
        (":set colour=1", "unknown setting 'colour'"),
        (":set indent=x", "indent is a int"),
        (":del nosuch", "no variable nosuch"),
        (":history 9", "no entries 9"),
        (":load no.lua", "no file no.lua"),
        (":summary 5, {1}", "a network expected, not number"),
        (":prof", "usage: :prof net, input"),
        (":log maybe", "not 'maybe'"),
        (":theme plaid", "no theme plaid"),
        (":plot", "no plot yet"),
        (":cd /no/such/folder", "No such file"),
        (":time", "which expression?"),
        (":who colour", ":who sorts by"),
    ],
)
def test_wrong_use_is_explained(session, entry, words):
    outcome = session.evaluate(entry)
    assert words in outcome.shown and outcome.code == 1


def test_themes_are_shown_and_chosen(session):
    text = rich_text(session.evaluate(":theme").shown, False)
    assert re.search(r"^\* terminal +for i", text) and re.search("monokai +dark +for i", text)
    assert "attempt to index" in rich_text(session.evaluate(":theme monokai").shown, False)
    assert palette.style("number") == "#ae81ff"
    session.evaluate(":theme terminal")
    assert palette.style("number") == "cyan"
    assert "no theme nosuch" in shown(session, ":theme nosuch")


def test_percent_is_an_alias(session):
    assert shown(session, "%help time") == shown(session, ":help time")


def test_set_shows_and_changes(session):
    assert "timing = on" in shown(session, ":set")
    assert shown(session, ":set indent=5") is None
    assert shown(session, ":set indent") == "indent = 5\n"
    shown(session, ":set indent 3")
    assert session.settings.indent == 3


def test_time_reports_mean_and_deviation(session):
    text = shown(session, ":time 1+1")
    assert "±" in text and "7 times" in text


def test_profile_lists_lua_functions(session):
    session.evaluate("function slow() local s = 0 for i=1,20000 do s = s + i % 7 end return s end")
    text = shown(session, ":profile slow()")
    assert "slow" in text and "calls" in text and "in all" in text


def test_summary_and_prof_of_a_net(session):
    session.evaluate("require 'nn'; net = nn.Sequential():add(nn.Linear(4,5)):add(nn.Tanh())")
    text = rich_text(shown(session, ":summary net, {4}"), False)
    assert "Linear(4 -> 5)" in text and "25 parameters" in text
    before = session.evaluate("net.modules[1].updateOutput").values
    text = rich_text(shown(session, ":prof net, torch.ones(4)"), False)
    assert "Tanh" in text and "ms forward" in text
    assert list(session.evaluate("net.modules[1].updateOutput").values) == list(before)


def test_history_save_rerun_and_export(session, tmp_path):
    typed(session, "x = 1", "x = x + 1", ":who")
    listed = shown(session, ":history")
    assert listed.splitlines()[:2] == ["   1  x = 1", "   2  x = x + 1"]
    shown(session, ":rerun 2")
    assert list(session.evaluate("x").values) == [3]
    assert shown(session, ":save a.lua") == "2 entries → a.lua\n"
    assert (tmp_path / "a.lua").read_text() == "x = 1\nx = x + 1\n"
    shown(session, ":load a.lua")
    assert list(session.evaluate("x").values) == [2]
    shown(session, ":export a.ipynb 1-2")
    notebook = json.loads((tmp_path / "a.ipynb").read_text())
    assert [c["source"] for c in notebook["cells"]] == [["x = 1"], ["x = x + 1"]]


def test_edit_runs_what_the_editor_leaves(session, monkeypatch, tmp_path):
    editor = tmp_path / "ed.py"
    editor.write_text(
        "import sys; p = sys.argv[1]; t = open(p).read(); open(p, 'w').write(t.replace('1', '41'))"
    )
    import sys

    monkeypatch.setenv("VISUAL", f"{sys.executable} {editor}")
    typed(session, "answer = 1 + 1")
    shown(session, ":edit")
    assert list(session.evaluate("answer").values) == [82]


def test_variables_listed_and_removed(session):
    typed(session, "small = 1", "big = torch.Tensor(100,10)", "word = 'hi'")
    lines = shown(session, ":who bytes").splitlines()
    assert (
        lines[0].split()[:3] == ["big", "torch.DoubleTensor", "100x10"]
        and "8,000 bytes" in lines[0]
    )
    shown(session, ":del small big")
    assert "small" not in shown(session, ":who")


def test_config_writes_a_commented_file(session, monkeypatch, tmp_path):
    monkeypatch.setenv("TH7SHELL_CONFIG_DIR", str(tmp_path / "config"))
    assert shown(session, ":config").strip() == str(tmp_path / "config" / "config.toml")
    assert (
        "# columns that a block is indented by" in (tmp_path / "config" / "config.toml").read_text()
    )


def test_tb_shows_the_last_error_again(session):
    session.evaluate("error('boom')")
    page = shown(session, ":tb")
    assert "boom" in error_text(page) and ".py" not in error_text(page)
    assert ".py" in error_text(shown(session, ":tb full"))


def test_environment_and_folder(session, tmp_path):
    shown(session, ":env TH7_TEST=yes")
    assert shown(session, ":env TH7_TEST") == "yes\n"
    (tmp_path / "sub").mkdir()
    assert shown(session, ":cd sub").strip().endswith("sub")


def test_apropos_and_browse(session):
    assert "torch.randperm" in shown(session, ":apropos permutation")
    assert re.search("^upper +Turn", shown(session, ":browse string"), re.MULTILINE)
    assert "browse('torch')" in shown(session, ":browse")


def test_plot_again_and_to_a_file(session, tmp_path, capsys):
    session.evaluate("require 'gnuplot'; gnuplot.plot(torch.range(1,5))")
    assert shown(session, ":plot a.svg") == "a.svg\n"
    assert shown(session, ":save b.png") == "b.png\n"
    assert (tmp_path / "a.svg").stat().st_size > 300
    capsys.readouterr()


def test_a_heat_map_of_a_matrix(session):
    figures = []
    session.shower = lambda kind, value, **_: figures.append(value)
    shown(session, ":heat torch.range(1, 6):resize(2, 3)")
    shown(session, ":heat torch.range(1, 3)")
    assert [f.series[0].z.shape for f in figures] == [(2, 3), (1, 3)]
    assert session.last_plot is figures[-1]
    for argument, words in (
        ("5", "a matrix expected, not number"),
        ("torch.ones(2, 2, 2)", "a matrix expected, not a tensor of 2x2x2"),
        ("torch.Tensor()", "a matrix expected, not a tensor of nothing"),
        ("", "usage: :heat tensor"),
    ):
        assert shown(session, f":heat {argument}") == f"{words}\n"


def test_watch_follows_loggers(session):
    session.evaluate("require 'optim'")
    shown(session, ":watch on")
    session.evaluate("log = optim.Logger(); log:setNames{'loss'}; for i=1,9 do log:add{10-i} end")
    text = shown(session, ":watch")
    shown(session, ":watch off")
    assert text.startswith("loss") and "min 1" in text and "max 9" in text and "#9" in text


HELP = [
    ("? nn.Linear", ["nn.Linear(inputSize, outputSize", "weight"]),
    ("nn.Linear?", ["nn.Linear(inputSize, outputSize"]),
    ("?torch.add", ["torch.add(", "src"]),
    ("? t:narrow", ["narrow"]),
    ("? torch.rnadn", ["torch.randn"]),
    ("? math.floor", ["math.floor(x)", "Round down to an integer."]),
    ("? torch.floor", ["torch.floor([res], t)", "each element"]),
    ("? nn.Linear", ["```lua\nnn.Linear(10, 5):forward(torch.randn(10))\n```"]),
    ("? nn", ["| `Linear` | layer | Affine map y = x·Wᵀ + b |", "WhiteNoise", "| `Volumetric"]),
    ("help", ["Ctrl-R", "_LAST"]),
    ("? t", ["min, mean, max", "3x4", "contiguous"]),
    ("?", ["Ctrl-R", "_LAST"]),
    ("? documented", ["Adds one.", "documented(x)"]),
]


@pytest.mark.parametrize(("entry", "words"), HELP)
def test_help(session, entry, words):
    session.evaluate("require 'nn'; t = torch.ones(3,4)")
    session.evaluate("-- Adds one.\nfunction documented(x)\n   return x + 1\nend")
    text = shown(session, entry).text
    for word in words:
        assert word in text


def test_source(session):
    session.evaluate("-- Adds one.\nfunction documented(x)\n   return x + 1\nend")
    page = shown(session, "?? documented")
    assert page.code == "function documented(x)\n   return x + 1\nend" and page.first == 2
    session.evaluate("require 'nn'")
    page = shown(session, "?? nn.Linear")
    assert "class Linear" in page.code and page.text.startswith("th7shell/nn/")


def test_shell_line(session, capfd):
    outcome = session.evaluate("$ echo hi; exit 3")
    assert (outcome.kind, outcome.code, list(outcome.values)) == ("shell", 3, ["hi\n"])
    assert capfd.readouterr().out == "hi\n"
    assert list(session.evaluate("_LAST").values) == ["hi\n"]
    assert list(session.evaluate("$?").values) == [3]


def test_help_before_a_package_is_loaded(session):
    run = session.evaluate
    run("optim, nn = nil; torch.manualSeed(1)")
    assert "Affine map" in shown(session, "? nn.Linear").text
    assert "class Linear" in shown(session, "?? nn.Linear").code
    assert "Show HTML" in shown(session, "? itorch.html").text
    assert list(run("rawget(_G, 'nn'), rawget(_G, 'optim')").values) == [None, None]
    assert list(run("torch.uniform()").values) == [pytest.approx(0.417022004702574)]
