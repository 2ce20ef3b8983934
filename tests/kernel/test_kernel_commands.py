"""`th7shell kernel …` and the words that start front ends."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from th7shell.kernel import commands


def run(*words: str, **named) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "th7shell", *words], capture_output=True, text=True, **named
    )


def test_install_and_uninstall(jupyter, tmp_path) -> None:
    done = run("kernel", "install", "--prefix", str(tmp_path), "--name=mine")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "share" / "jupyter" / "kernels" / "mine"
    assert done.stdout == f"installed {folder}\n"
    spec = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
    assert spec["argv"][1:3] == ["-m", "th7shell.kernel"] and spec["language"] == "lua"
    assert spec["interrupt_mode"] == "signal"


def test_uninstalling_what_is_not_there(jupyter) -> None:
    done = run("kernel", "uninstall", "--name", "nobody")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith(": there is no kernel named nobody\n")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["kernel"], "install or uninstall"),
        (["kernel", "instal"], "install or uninstall"),
        (["kernel", "install", "--nonsense"], "unrecognized option --nonsense"),
        (["kernel", "install", "--prefix"], "--prefix needs a value"),
    ],
)
def test_wrong_words(words, says, capsys) -> None:
    assert commands.main(words, "th7shell") == 2
    assert says in capsys.readouterr().err


def test_help(capsys) -> None:
    assert commands.main(["kernel", "--help"], "th7shell") == 0
    assert "th7shell kernel install [--user" in capsys.readouterr().out


@pytest.mark.parametrize("word", commands.FRONT_ENDS)
def test_what_is_not_installed_is_named(word, monkeypatch, capsys) -> None:
    monkeypatch.setattr(commands, "find_spec", lambda name: None)
    assert commands.main([word], "th7shell") == 1
    assert capsys.readouterr().err == (
        "th7shell: ipykernel is not installed: pip install 'th7shell[jupyter]'\n"
    )


def test_a_folder_that_cannot_be_written(jupyter, tmp_path) -> None:
    (tmp_path / "share").write_text("a file")
    done = run("kernel", "install", "--prefix", str(tmp_path))
    assert done.returncode == 1 and done.stderr.count("\n") == 1, done.stderr
