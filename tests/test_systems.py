"""Nothing asks for one system alone: what is of Unix is named here with what stands in for it elsewhere, text is written
with its own line ends, endings are compared in small letters; and the package runs where Windows is played.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.windows import ABSENT_IN_OS, ABSENT_MODULES, absent_in_signal

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "th7shell"
PLAYER = Path(__file__).with_name("windows.py")

UNIX = {  # (file, what of Unix it names): what is done where that is absent
    ("cutorch/devices.py", "os.sysconf"): "GlobalMemoryStatusEx",
    ("cutorch/devices.py", "os.sysconf_names"): "GlobalMemoryStatusEx",
    ("display/picture/fitting.py", "fcntl"): "a size in pixels that most terminals have",
    ("display/picture/fitting.py", "termios"): "a size in pixels that most terminals have",
    ("display/picture/probe.py", "/dev/tty"): "no question is asked: half blocks",
    ("display/picture/probe.py", "os.O_NOCTTY"): "no question is asked: half blocks",
    ("display/picture/probe.py", "termios"): "no question is asked: half blocks",
    ("display/picture/probe.py", "tty"): "no question is asked: half blocks",
    ("lua/cache.py", "os.geteuid"): "a user's own folders are private",
    ("lua/interpreter.py", "/proc/self/maps"): "deep recursion runs on a thread's stack",
    ("lua/interpreter.py", "resource"): "deep recursion runs on a thread's stack",
    ("lua/stdlib/jit.py", "os.uname"): "what `platform` says",
    ("lua/stdlib/os.py", "/tmp"): "the system's folder for temporary files",
    ("session/history.py", "os.fchmod"): "a user's own folders are private",
    ("session/interrupts.py", "os.set_blocking"): "a socket",
    ("session/system.py", "pty"): "a pipe",
    ("session/system.py", "termios"): "a pipe",
    ("torch/mapping.py", "os.posix_fallocate"): "a full disk is told by the system alone",
    ("torch/mapping.py", "/dev/shm"): "a file of that name, elsewhere in the temporary folder",
    ("torch/serialization/temporaries.py", "os.kill"): "what a killed program left stays",
    ("torch/serialization/temporaries.py", "os.uname"): "one name for all computers",
    ("launch.py", "os.geteuid"): "nobody is root",
    ("launch.py", "os.sched_getaffinity"): "all processors",
    ("threads/forkserver.py", "os.WNOHANG"): "workers are started anew",
    ("threads/forkserver.py", "os.fork"): "workers are started anew",
    ("threads/forkserver.py", "os.kill"): "workers are started anew",
    ("threads/forkserver.py", "os.set_blocking"): "workers are started anew",
    ("threads/forkserver.py", "signal.SIGCHLD"): "workers are started anew",
    ("threads/forkserver.py", "signal.SIGKILL"): "workers are started anew",
    ("torch/segments.py", "os.posix_fallocate"): "a full disk is told by the system alone",
    ("torch/segments.py", "resource"): "no such limit",
    ("torchmpi/library.py", "/dev/shm/mpich_"): "what Open MPI needs on Unix",
    ("torchmpi/library.py", "/dev/shm/osc_"): "what Open MPI needs on Unix",
    ("torchmpi/library.py", "/dev/shm/sm_segment."): "what Open MPI needs on Unix",
    ("torchmpi/library.py", "/dev/shm/vader_"): "what Open MPI needs on Unix",
    ("torchmpi/library.py", "/proc/self/maps"): "what Open MPI needs on Unix",
    ("torchmpi/library.py", "os.getpgrp"): "what Open MPI needs on Unix",
    ("torchmpi/library.py", "os.killpg"): "what Open MPI needs on Unix",
    ("torchmpi/library.py", "signal.SIGKILL"): "what Open MPI needs on Unix",
    ("torch/timer.py", "resource"): "os.times",
}
NAMES = "|".join(sorted({*ABSENT_MODULES, *ABSENT_IN_OS, "SIG", "pthread", "alarm", "/dev/", "/tmp", "/proc/", "/bin/", "/etc/", "/var/"}))  # fmt: skip
TREES = ("/dev/", "/tmp", "/proc/", "/bin/", "/etc/", "/var/")


def sources(root: Path, signs: str) -> Iterator[tuple[str, str, ast.AST]]:
    """Files in which a pattern occurs: name, text and syntax tree."""
    for file in sorted(root.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if re.search(signs, text):
            yield file.relative_to(root).as_posix(), text, ast.parse(text)


def of_unix(tree: ast.AST) -> Iterator[str]:
    """Modules, attributes and places that Windows lacks."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name in ABSENT_MODULES)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module in ABSENT_MODULES:
            yield node.module
        elif isinstance(node, ast.ImportFrom) and node.module in ("os", "signal"):
            lacks = ABSENT_IN_OS.__contains__ if node.module == "os" else absent_in_signal
            yield from (f"{node.module}.{a.name}" for a in node.names if lacks(a.name))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = node.value.id.lstrip("_")
            if owner == "os" and node.attr in ABSENT_IN_OS:
                yield f"os.{node.attr}"
            elif owner == "signal" and absent_in_signal(node.attr):
                yield f"signal.{node.attr}"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value.startswith(TREES):
                yield node.value


def test_what_is_of_unix_has_a_stand_in():
    found = {(file, what) for file, _, tree in sources(PACKAGE, NAMES) for what in of_unix(tree)}
    assert len(found) > 10
    assert sorted(found ^ set(UNIX)) == []


def test_tests_of_unix_say_so():
    """They are left out on Windows, or are programs that such a test starts."""
    signs = ("win32", '"nt"', "'nt'", "linux", "pexpect", "evil", "/dev/full", "/dev/shm")
    programs = {"session/fuzz.py", "session/wild_companions.py", "torch/wild_calls.py", "windows.py"}  # fmt: skip
    silent = {
        file
        for file, text, tree in sources(ROOT / "tests", NAMES)
        if any(of_unix(tree)) and not any(sign in text for sign in signs)
    }
    assert sorted(silent - programs - {"test_systems.py"}) == []


def writes_of_text(tree: ast.AST) -> Iterator[str]:
    """Calls that write text and leave its line ends to the system, or its letters."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")  # fmt: skip
        if name == "write_text" and ast.unparse(node.func) in ("write_text", "streams.write_text"):
            continue  # a function of ours
        named = {k.arg for k in node.keywords}
        if None in named:  # **TEXT
            continue
        opens = isinstance(node.func, ast.Name) if name == "open" else name == "NamedTemporaryFile"
        modes = [a.value for a in node.args[:2] if isinstance(a, ast.Constant)]
        writes = opens and any(isinstance(m, str) and m in ("w", "a", "x", "r+") for m in modes)
        if (writes or name == "write_text") and not {"newline", "encoding"} <= named:
            yield ast.unparse(node)


def test_text_is_written_with_its_own_line_ends():
    found = [
        (f, call)
        for f, _, tree in sources(PACKAGE, "open|write_text|TemporaryFile")
        for call in writes_of_text(tree)
    ]
    assert [f"{file}: {call}" for file, call in found if "devnull" not in call] == []


ENDINGS = {  # files whose names the program itself or the system gives: (file, object)
    ("display/errors.py", "file"): "Python's own",
    ("export/pytorch/helper_sources.py", "file.name"): "of the package",
    ("lua/cache.py", "entry.name"): "of the package",
    ("session/commands/timing.py", "code.co_filename"): "Python's own",
    ("rocks/commands.py", "what"): "as LuaRocks names them",
    ("rocks/fetching.py", "plain"): "as LuaRocks names them",
    ("rocks/servers.py", "name"): "as LuaRocks names them",
    ("rocks/sources.py", "place.name"): "as LuaRocks names them",
}


def case_sensitive(tree: ast.AST) -> Iterator[str]:
    """What is asked whether it ends like a file's name, in the letters that it has."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            if node.func.attr == "endswith":
                endings = getattr(node.args[0], "elts", [node.args[0]])
                if any(_ending(e) for e in endings) and "lower()" not in ast.unparse(node.func):
                    yield ast.unparse(node.func.value)
        elif isinstance(node, ast.Compare) and any(map(_ending, node.comparators)):
            if "lower()" not in ast.unparse(node):
                yield ast.unparse(node.left)


def _ending(node: ast.AST) -> bool:
    text = getattr(node, "value", None)
    return isinstance(text, str) and text[:1] == "." and text[1:2].isalpha() and text[1:].isalnum()


def test_endings_are_compared_in_small_letters():
    found = {
        (file, what)
        for file, text, tree in sources(PACKAGE, "[\"'][.][a-z]+[\"']")
        for what in case_sensitive(tree)
        if not re.search(rf"\b{re.escape(what)} = .*\.lower\(\)", text)
    }
    assert sorted(found ^ set(ENDINGS)) == []


def played(what: str, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    world = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "TH7SHELL_CUDA": "quiet",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    return subprocess.run(
        [sys.executable, "-W", "error", str(PLAYER), what, *words],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        cwd=cwd,
        env=world,
        check=False,
    )


def test_every_module_is_imported_where_unix_is_absent(tmp_path):
    done = played("imports", cwd=tmp_path)
    optional = (
        "No module named 'h5py'",
        "No module named 'ipykernel'",
        "No module named 'jupyter_client'",
        "No module named 'mpi4py'",
        "No module named 'coverage'",
        "No module named 'torch'",
        "cannot import name",
    )
    wrong = [line for line in done.stdout.split("\n") if line and not any(o in line for o in optional)]  # fmt: skip
    assert wrong == [] and done.stderr == "" and done.returncode == 0


SESSION = """
require 'image' require 'nn' require 'gnuplot' require 'cutorch' local lfs = require 'lfs'
torch.save('a.t7', nn.Linear(2, 3)) torch.save('a.t7', nn.Linear(2, 3))
print(torch.load('a.t7'))
local name = os.tmpname() print(lfs.attributes(name, 'mode'), os.remove(name))
image.save('a.png', torch.rand(3, 4, 5)) print(image.load('a.png'):size(3))
print(sys.uname(), torch.Timer():time().real >= 0)
print(torch.FloatStorage('shared', true, 4, true):fill(2)[4])
local p = io.popen('echo hi') print(p:read(), p:close())
print(sys.execute('echo x'), os.execute('exit 3'))
gnuplot.svgfigure('p.svg') gnuplot.plot(torch.range(1, 3)) gnuplot.plotflush() print(lfs.attributes('p.svg', 'size') > 100)
local f = torch.DiskFile('d', 'w') f:writeInt(5) f:close() print(torch.DiskFile('d'):readInt())
print(pcall(error, 'wrong'))
"""
SHOWN = [
    "nn.Linear(2 -> 3)", "file\ttrue", "5", "windows\ttrue", "2", "hi\ttrue\texit\t0", "x\tnil\texit\t3", "true", "5",
    "false\twrong",
]  # fmt: skip


def test_a_session_where_unix_is_absent(tmp_path):
    (tmp_path / "session.lua").write_text(SESSION, encoding="utf-8")
    done = played("run", "session.lua", cwd=tmp_path)
    lines = [line.rstrip() for line in done.stdout.split("\n") if line.strip()]
    assert (lines, done.stderr) == (SHOWN, "")


def test_the_prompt_where_unix_is_absent(tmp_path):
    """Keys come through prompt_toolkit's own pipe, which is another one on each system."""
    keys = ["1+1", "x = torch.ones(2)", "for i = 1, 2 do\r print(i * 10)\rend", "wrong(\x03", "!echo hi", "error('é')", "x:sum()", "\x04"]  # fmt: skip
    done = played("prompt", json.dumps(keys), cwd=tmp_path)
    shown = ["2", "10", "20", "hi", "[string \"error('é')\"]:1: é", "2"]
    assert (done.stdout.split("\n")[:-1], done.stderr, done.returncode) == (shown, "", 0)


DRIVES = [  # an expression in Lua, and what it gives where drives and backslashes are; the folder is C:\work dir\josé
    ("paths.dirname [[C:\\a\\b]], paths.dirname 'C:/a', paths.dirname [[C:\\]], paths.dirname 'C:'", "C:\\a C:/ C:/ C:/"),
    ("paths.dirname 'C:x', paths.dirname [[\\\\s\\share\\x]], paths.dirname '/x', paths.dirname '/'", "C: \\\\s\\share / //"),
    ("paths.dirname 'x', paths.dirname [[a\\b\\]], paths.dirname [[\\\\x]]", ". a //"),
    ("paths.basename [[C:\\a\\b c.TXT]], paths.basename('C:/a/b.TXT', 'txt')", "b c.TXT b"),
    ("paths.basename [[C:\\]], paths.basename 'C:', paths.basename 'C:x.lua', paths.basename [[a/b\\]]", "C:/ C: x.lua b"),
    ("paths.extname [[C:\\a.b\\c.d]]", "d"),
    ("paths.concat('a b', 'c'), paths.concat([[d:\\x]], 'y')", "C:/work dir/josé/a b/c D:/x/y"),
    ("paths.concat [[\\x]], paths.concat('//s/h', 'x'), paths.concat '..'", "C:/x //s/h/x C:/work dir"),
    ("paths.cwd()", "C:/work dir/josé"),
    ("path.join([[C:\\a]], 'b'), path.isabs 'C:/x', path.isabs 'C:x', path.splitpath [[C:\\a/b]]", "C:\\a\\b true false C:\\a b"),
    ("path.normpath [[C:\\a\\..\\b/c]], path.normcase 'C:/A', path.common_prefix([[C:\\a\\b]], 'c:/A/C')", "C:\\b\\c c:\\a C:\\a\\"),
    ("path.sep, path.dirsep, path.is_windows, package.config:sub(1, 1)", "\\ ; true \\"),
    ("package.searchpath('a.b', [[?.lua;lib\\?.lua]])", "nil \n\tno file 'a\\b.lua'\n\tno file 'lib\\a\\b.lua'"),
    ("require('pl.utils').quote_arg {'a b', 'c\"d', 'e&f'}", '^"a b^" c^"d e^&f'),
    ("io.open [[C:\\no\\x.txt]]", "nil C:\\no\\x.txt: No such file or directory 2"),
    ("pcall(dofile, [[C:\\no where\\é.lua]])", "false cannot open C:\\no where\\é.lua: No such file or directory"),
    ("pcall(error, 'x', 2)", "false x"),
    ("pcall(torch.load, [[D:\\x y.t7]])", "false cannot open <D:\\x y.t7> in mode r "),
]  # fmt: skip


def test_names_with_drives(tmp_path):
    rows = "".join(f"show({expression})\n" for expression, _ in DRIVES)
    start = "local path = require 'pl.path'\nlocal function show(...) local t = {} for i = 1, select('#', ...) do t[i] = tostring((select(i, ...))) end io.write(table.concat(t, ' '), '\\1') end\n"
    (tmp_path / "drives.lua").write_text(start + rows, encoding="utf-8")
    done = played("drives", "drives.lua", cwd=tmp_path)
    assert done.stderr == ""
    for (expression, expected), shown in zip(DRIVES, done.stdout.split("\1"), strict=False):
        assert shown == expected, expression
    assert done.stdout.count("\1") == len(DRIVES)


def test_commands_keep_backslashes_on_windows(monkeypatch):
    from th7shell.session import system

    monkeypatch.setenv("VISUAL", '"C:\\Program Files\\ed.exe" -n')
    with monkeypatch.context() as windows:
        windows.setattr(system.os, "name", "nt")
        words = system.editor()
    assert words == ["C:\\Program Files\\ed.exe", "-n"]
    assert system._words("it's here") == ["it's here"]


@pytest.mark.skipif(os.name == "nt", reason="no such name there")
def test_errors_name_places_with_drives(tmp_path):
    name = "C:\\dir x\\é.lua"
    (tmp_path / name).write_text("local t\nprint(t.x)\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "th7shell", name], cwd=tmp_path, capture_output=True, encoding="utf-8", env={**os.environ, "PYTHONPATH": str(ROOT)}
    )  # fmt: skip
    assert f"{name}:2: attempt to index local 't' (a nil value)" in done.stderr
    assert f"{name}:2: in main chunk" in done.stderr and "> 2 | print(t.x)" in done.stderr
