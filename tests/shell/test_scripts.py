"""Scripts, statements and pipes through the real program: output, exit codes, what is on which
stream."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

TH = [sys.executable, "-m", "th7shell"]


def run(*args, stdin="", cwd=None, env=None):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("TREPL", "TH7"))}
    environment |= {"OPENBLAS_NUM_THREADS": "1", "TH7SHELL_CONFIG_DIR": "nowhere"} | (env or {})
    return subprocess.run(
        [*TH, *args],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
        timeout=120,
    )


CASES = [  # arguments, standard input, output, exit code
    (["-e", "print(1)"], "", "1\n", 0),
    (["-e", "x = 1", "-e", "print(x)"], "", "1\n", 0),
    (["-e", "print(1, 'a', nil, true)"], "", "1\ta\tnil\ttrue\n", 0),
    (["-e", "print({1,{2}})"], "", "{\n  1 : 1\n  2 : \n    {\n      1 : 2\n    }\n}\n", 0),
    (["-e", "print()"], "", "", 0),
    (["-l", "nn", "-e", "print(nn.Linear(2,3))"], "", "nn.Linear(2 -> 3)\n", 0),
    (["-e", "os.exit(7)"], "", "", 7),
    (["-e", "io.write('kept') os.exit(true)"], "", "kept", 0),
    ([], "print(1)", "1\n", 0),
    ([], "#!/usr/bin/env th\nprint(2)", "2\n", 0),
    ([], "\ufeffprint(3)", "3\n", 0),
    (["-"], "\ufeff#!/usr/bin/env th\nprint(4)", "4\n", 0),
    (["-", "a", "b"], "print(...)", "a\tb\n", 0),
    (["-i", "-q", "-e", "y = 4"], "y + 1\nfor i=1,2 do\nprint(i)\nend\n", "5\n1\n2\n", 0),
    (["-v"], "", None, 0),
    (["-h"], "", None, 0),
    (["--bogus"], "", "", 2),
    (["-e", "error('boom')"], "", "", 1),
    (["-e", "x = = 1"], "", "", 1),
    (["nosuch.lua"], "", "", 1),
    (["-l", "nosuchlibrary", "-e", "print(1)"], "", "", 1),
]


@pytest.mark.parametrize(("args", "stdin", "output", "code"), CASES)
def test_runs(args, stdin, output, code, tmp_path):
    done = run(*args, stdin=stdin, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert output is None or done.stdout == output
    assert (done.stderr != "") == (code in (1, 2))
    assert "\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "start", ["", "\ufeff", "#!/usr/bin/env th\n", "\ufeff#!/usr/bin/env th\n"]
)
def test_a_script_by_any_name_with_a_mark(start, tmp_path):
    path = tmp_path / "señal é.lua"
    path.write_text(
        start + "print(arg[0], debug.getinfo(1).currentline)\nerror 'é'", encoding="utf-8"
    )
    done = run(path.name, cwd=tmp_path)
    line = 1 + start.count("\n")
    assert (done.returncode, done.stdout) == (1, f"señal é.lua\t{line}\n")
    assert f"señal é.lua:{line + 1}: é" in done.stderr


@pytest.mark.parametrize("name", ["nosuch.lua", "folder"])
def test_what_is_no_script_is_one_line(name, tmp_path):
    (tmp_path / "folder").mkdir()
    done = run(name, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1 and f"cannot open {name}: " in done.stderr


@pytest.mark.parametrize(
    ("word", "hint"),
    [("convrt", "did you mean"), ("nosuch", "the commands are convert, inspect, ")],
)
def test_an_unknown_command_is_told(word, hint, tmp_path):
    done = run(word, "a.t7", cwd=tmp_path)
    assert done.returncode == 1 and done.stdout == ""
    first, second = done.stderr.splitlines()
    assert first.endswith(f"cannot open {word}: No such file or directory") and hint in second
    (tmp_path / word).write_text("print(...)")
    assert run(word, "a.t7", cwd=tmp_path).stdout == "a.t7\n"


def test_a_script_with_arguments(tmp_path):
    (tmp_path / "a.lua").write_text("print(arg[0], arg[1], arg[2], #arg, arg[-1], ...)")
    done = run("-e", "z=1", "a.lua", "x", "-i", cwd=tmp_path)
    assert done.stdout == "a.lua\tx\t-i\t2\tz=1\tx\t-i\n"


def test_an_error_three_calls_deep_names_every_frame(tmp_path):
    (tmp_path / "deep.lua").write_text(
        "local function third(x)\n   return x.y.z\nend\nlocal function second(x)\n   return third(x) + 1\nend\n"
        "function first(x)\n   local v = second(x)\n   return v\nend\nprint('start')\nfirst({})\n"
    )
    done = run("deep.lua", cwd=tmp_path)
    assert done.stdout == "start\n" and done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[0].endswith("deep.lua:2: attempt to index field 'y' (a nil value)")
    for line, function, source in [
        (2, "function 'third'", "return x.y.z"),
        (5, "function 'second'", "return third(x) + 1"),
        (8, "function 'first'", "local v = second(x)"),
        (12, "main chunk", "first({})"),
    ]:
        at = next(i for i, text in enumerate(lines) if f"deep.lua:{line}: in {function}" in text)
        assert source in lines[at + 1]
    assert ".py" not in done.stderr
    full = run("--traceback", "deep.lua", cwd=tmp_path)
    assert ".py" in full.stderr and full.returncode == 1


def test_an_error_inside_a_net(tmp_path):
    (tmp_path / "net.lua").write_text(
        "require 'nn'\nlocal net = nn.Sequential():add(nn.Linear(3,2)):add(nn.Linear(5,1))\nnet:forward(torch.ones(3))\n"
    )
    done = run("net.lua", cwd=tmp_path)
    assert done.returncode == 1
    assert "In 2 module of nn.Sequential:" in done.stderr and "size mismatch" in done.stderr
    assert "net.lua:3: in main chunk" in done.stderr


def test_require_of_files_beside_the_script(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "init.lua").write_text("return {name = 'lib', part = require './part'}")
    (tmp_path / "lib" / "part.lua").write_text("return 'part'")
    (tmp_path / "bad.lua").write_text("local x = nil\nreturn x.y")
    (tmp_path / "main.lua").write_text(
        "local l = require './lib'\nprint(l.name, l.part)\nprint(require('lib').name)\n"
        "print(pcall(require, './none'))\nprint((select(2, pcall(require, 'bad'))))\ninclude 'said.lua'\n"
    )
    (tmp_path / "said.lua").write_text("print('included')")
    done = run(str(tmp_path / "main.lua"), cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert lines[:2] == ["lib\tpart", "lib"] and lines[-1] == "included", done.stderr
    assert "false" in lines[2] and "not found" in lines[2]
    assert "attempt to index local 'x'" in done.stdout


def test_global_monitoring(tmp_path):
    (tmp_path / "g.lua").write_text("fresh = 1\nprint('went on')\n")
    warned = run("-g", "g.lua", cwd=tmp_path)
    assert warned.returncode == 0 and warned.stdout == "went on\n"
    assert "created global variable: fresh @ g.lua:1" in warned.stderr
    strict = run("-gg", "g.lua", cwd=tmp_path)
    assert strict.returncode == 1 and "created global variable: fresh" in strict.stderr
    assert run("-gg", "-e", "print(paths.cwd() ~= nil)", cwd=tmp_path).stdout == "true\n"


def test_a_broken_pipe_is_silent():
    done = subprocess.run(
        f"{sys.executable} -m th7shell -e 'for i=1,200000 do print(i) end' | head -1",
        shell=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_an_interrupt_exits_130(tmp_path):
    (tmp_path / "loop.lua").write_text("print('ready')\nwhile true do end\n")
    process = subprocess.Popen(
        [*TH, "loop.lua"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted at loop.lua:2" in errors and ".py" not in errors


def test_pictures_and_plots_are_not_drawn_on_a_pipe():
    done = run(
        "-e",
        "require 'image' require 'gnuplot' image.display(torch.rand(8,8)) gnuplot.plot(torch.rand(9))",
    )
    assert done.returncode == 0 and done.stdout == ""
    assert done.stderr.count("\n") == 2 and "\x1b" not in done.stderr


def test_start_up_imports_nothing_that_is_not_used():
    code = (
        "import sys; from th7shell.cli import main; main(['-e', 'x=1']); "
        "print(sorted({'rich', 'prompt_toolkit', 'PIL', 'scipy', 'pygments', 'numpy', 'platformdirs'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n", done.stderr


def test_start_up_file_runs_before_a_prompt_only(tmp_path):
    (tmp_path / "s.lua").write_text("started = 'yes'")
    env = {"TREPLSTARTUP": str(tmp_path / "s.lua")}
    assert run("-i", "-q", stdin="started\n", env=env).stdout == "yes\n"
    assert run("-e", "print(started)", env=env).stdout == "nil\n"
    assert run("-i", "-q", "--no-init", stdin="print(started)\n", env=env).stdout == "nil\n"


def test_init_file_and_config(tmp_path):
    (tmp_path / "init.lua").write_text("mine = 42")
    (tmp_path / "config.toml").write_text("[results]\nprint_nil = false\n")
    env = {"TH7SHELL_CONFIG_DIR": str(tmp_path)}
    assert run("-i", "-q", stdin="mine\nnosuch\n", env=env).stdout == "42\n"


def test_embedded_prompt_goes_on_with_the_script(tmp_path):
    (tmp_path / "e.lua").write_text("z = 5\nrequire 'trepl'()\nprint('after', z)\n")
    done = run("e.lua", stdin="z = z + 1\nbreak\n", cwd=tmp_path)
    assert done.stdout == "after\t6\n", done.stderr


def test_embedded_prompt_sees_the_locals_of_its_caller(tmp_path):
    (tmp_path / "e.lua").write_text(
        "local function f(n)\n local n = n * 2\n require 'trepl'()\n return n\nend\nprint(f(4), n)\n"
    )
    done = run("e.lua", stdin="n + 1\nbreak\n", cwd=tmp_path)
    assert done.stdout == "9\n8\tnil\n", done.stderr


def test_embedded_in_python():
    code = "import th7shell; x = 20; th7shell.embed({'x': x}); print('back')"
    done = subprocess.run(
        [sys.executable, "-c", code], input="x * 2\n", capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "40\nback\n", done.stderr


def test_bytes_pass_through(tmp_path):
    (tmp_path / "b.lua").write_bytes(b"print(#'\xc3\xbc', '\xc3\xbc') io.write('\xff\\n')")
    done = subprocess.run([*TH, "b.lua"], cwd=tmp_path, capture_output=True, timeout=60)
    assert done.stdout == b"2\t\xc3\xbc\n\xff\n"
