"""Ctrl-C at any moment: in scripts, while the program starts, at the prompt. Nothing is lost, nothing hangs, no Python
shows. The normal run presses a few dozen times; the long one as often as docs/reliability.md says."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")

TH = [sys.executable, "-m", "th7shell"]
PYTHON = re.compile(r"Traceback|KeyboardInterrupt|Exception ignored|File \"|Errno|asyncio|\.py\b")
SLOW = 20.0  # seconds on a busy machine; what hangs takes for ever

SCRIPTS = {  # what blocks, and the signals' receivers: the program, or all that run in its terminal
    "io.read": ("io.read()", "program"),
    "io.lines": ("for l in io.lines() do end", "program"),
    "sleep": ("sys.sleep(200)", "program"),
    "pattern": ("(('a'):rep(900)):find('(.-)(.-)(.-)(.-)(.-)x')", "program"),
    "backtracking": ("(('a'):rep(40)):find(('a?'):rep(40) .. '%b()' .. ('a'):rep(41))", "program"),
    "svd": ("local x = torch.rand(700, 700) while true do torch.svd(x) end", "program"),
    "os.execute": ("while true do os.execute('sleep 200') end", "all"),
    "sys.execute": ("sys.execute('sleep 200')", "all"),
    "io.popen": ("io.popen('sleep 200'):read()", "all"),
    "PipeFile": ("torch.PipeFile('sleep 200'):readString('*a')", "all"),
    "loop": ("while true do end", "program"),
    "pcall": ("while true do pcall(function() while true do end end) end", "program"),
    "xpcall": ("while true do xpcall(function() error {} end, function(e) return e end) end", "program"),
    "coroutine": ("coroutine.wrap(function() while true do coroutine.resume(coroutine.create(pcall), error) end end)()", "program"),
    "tensors": ("local t = torch.rand(50, 50) while true do t:mm(t, t):mul(0.01) end", "program"),
    "network": ("local n = nn.Sequential():add(nn.Linear(50, 50)):add(nn.Tanh()) local x = torch.rand(9, 50) while true do n:forward(x) n:backward(x, x) end", "program"),
    "destructors": ("while true do for i = 1, 50 do local p = newproxy(true) getmetatable(p).__gc = function() local s = 0 for j = 1, 50 do s = s + j end end end end", "program"),
    "sort": ("local t = {} while true do for i = 1, 300 do t[i] = -i * 7 % 31 end table.sort(t, function(a, b) return a < b end) end", "program"),
    "output": ("while true do io.write(('x'):rep(100), '\\n') end", "program"),
    "saving": ("local t = torch.rand(3000) while true do torch.save(name, t) end", "program"),
}  # fmt: skip


ON_A_THREAD = (  # as where the main thread's stack cannot grow
    "import sys; import th7shell.session.program as p; p.deepen = lambda: False; "
    "from th7shell.cli import main; sys.exit(main())"
)


def start(code, folder, program=TH):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("TREPL", "TH7"))}
    environment |= {"OPENBLAS_NUM_THREADS": "1", "TH7SHELL_CONFIG_DIR": str(folder / "none")}
    return subprocess.Popen(
        [*program, "-l", "nn", "-e", f"name = '{folder}/x.t7' io.stderr:write('ready\\n') {code}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )


def press(process, whom):
    if whom == "all":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)


def interrupted(name, folder, delay, presses=1, program=TH):
    """Start a script, press after a delay; what it said after its first line, and its end."""
    code, whom = SCRIPTS[name]
    process = start(f"local function work() {code} end work()", folder, program)
    try:
        assert process.stderr.readline() == b"ready\n", process.stderr.read()
        time.sleep(delay)
        for _ in range(presses):
            press(process, whom)
            time.sleep(0.01 * (presses > 1))
        status = process.wait(SLOW)
        return process.stderr.read().decode(), status
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stderr.close()


def check_script(name, folder, delay, presses=1):
    said, status = interrupted(name, folder, delay, presses)
    assert not PYTHON.search(said), said
    if presses == 1:
        assert status == 130, said
        assert said in ("\ninterrupted at (command line):1\n", "\ninterrupted\n")
    else:  # a second press may end the program before it has said where it was
        assert status in (130, -signal.SIGINT), said
    assert [n for n in os.listdir(folder) if n != "x.t7"] == [] or status != 130 or presses > 1


@pytest.mark.parametrize("name", ["io.read", "sleep", "pattern", "backtracking", "svd", "os.execute", "pcall", "saving"])  # fmt: skip
def test_a_press_stops_a_script(name, tmp_path):
    if name == "pattern" and sys.version_info >= (3, 14):
        pytest.skip("scripts run on a thread there, and re lets no other thread run")
    check_script(name, tmp_path, 0.1)


@pytest.mark.parametrize("name", ["io.read", "loop"])
def test_a_press_stops_a_script_on_a_thread(name, tmp_path):
    program = [sys.executable, "-c", ON_A_THREAD]
    assert interrupted(name, tmp_path, 0.1, program=program) == (
        "\ninterrupted at (command line):1\n",
        130,
    )


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_three_hundred_presses_in_scripts(tmp_path):
    rng = random.Random(1)
    for i in range(300):
        folder = tmp_path / str(i)
        folder.mkdir()
        name = list(SCRIPTS)[i % len(SCRIPTS)]
        check_script(name, folder, rng.uniform(0, 0.3), rng.choice([1, 1, 1, 2, 3]))


def press_at_start(delay):
    process = subprocess.Popen(
        [*TH, "-l", "nn", "-e", "sys.sleep(1000)"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    try:
        out, err = process.communicate(timeout=SLOW)
    finally:
        process.kill()
    return process.returncode, out.decode(), err.decode()


def check_start(delay):
    """130 without a word, or where it was; before our first line, what Python itself does."""
    status, out, err = press_at_start(delay)
    before_us = "th7shell" not in err and "<frozen" in err
    assert status in (130, -signal.SIGINT) or before_us, (status, err)
    assert out == ""
    assert not PYTHON.search(err) or before_us, err
    return before_us


@pytest.mark.parametrize("delay", [0.06, 0.1, 0.15, 0.2, 0.3])
def test_a_press_while_the_program_starts(delay):
    check_start(delay)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_two_hundred_presses_while_the_program_starts():
    rng = random.Random(2)
    python = sum(check_start(rng.uniform(0.03, 0.8)) for _ in range(200))
    assert python < 40, f"{python} came before our first line"


class Terminal:
    """The prompt in a terminal whose output is kept as it is."""

    def __init__(self, folder):
        pexpect = pytest.importorskip("pexpect")
        self.gone = (pexpect.EOF, OSError)
        self.late = pexpect.TIMEOUT
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "th7shell", "-q"],
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": str(folder),
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
                "TH7SHELL_STATE_DIR": str(folder / "state"),
                "TH7SHELL_CONFIG_DIR": str(folder / "config"),
                "OPENBLAS_NUM_THREADS": "1",
                "PROMPT_TOOLKIT_NO_CPR": "1",
                "PAGER": "cat",
            },
            dimensions=(24, 100),
            cwd=str(folder),
            encoding="utf-8",
            timeout=SLOW,
        )
        self.child.delaybeforesend = None
        self.shown = ""
        self.presses = 0

    def read(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                self.shown += self.child.read_nonblocking(65536, timeout=0.02)
            except self.late:
                continue

    def wait(self, pattern, seconds):
        until = time.monotonic() + seconds
        while not (found := re.search(pattern, self.shown)):
            if time.monotonic() > until:
                return None
            self.read(0.02)
        return found

    def press(self):
        self.child.send("\x03")
        self.presses += 1

    def settle(self, mark, patience=1.5):
        """Whatever the presses did, the prompt answers: an entry that prints `mark` does. A press that stopped nothing,
        because it came before its entry, is made again."""
        for _ in range(12):
            self.child.send(f"\x15print('<' .. {mark} .. '>')\r")
            if self.wait(rf"<{mark}>", patience):
                return
            self.press()
            self.read(0.2)
        raise AssertionError(f"no answer\n{self.shown[-2000:]}")

    def close(self):
        self.child.close(force=True)


ENTRIES = (
    "x = (x or 0) + 1",
    "1 + 1",
    "while true do end",
    "sys.sleep(30)",
    "error 'é'",
    "for i = 1, 300 do print(i) end",
    "torch.rand(30, 30)",
    "require 'nn'",
    "nn.Linear(3, 3):forward(torch.rand(3))",
    "local function f(n) if n == 0 then return 0 end return 1 + f(n - 1) end return f(2000)",
    "t = {} for i = 1, 1000 do t[i] = {i} end",
    "? torch.svd",
    ":history",
    "$ echo shell",
    "(('a'):rep(900)):find('(.-)(.-)(.-)(.-)(.-)x')",
    "require('optim')",
    "",
)


def hammer(folder, presses, seed, burst):
    """Press at random moments around entries of many kinds, once or in bursts; what came of it."""
    rng = random.Random(seed)
    terminal = Terminal(folder)
    try:
        assert terminal.wait("th> ", SLOW)
        terminal.child.send("kept = {}\r")
        terminal.settle(10**6, SLOW)
        entered = 0
        while terminal.presses < presses:
            entered += 1
            terminal.child.send(f"\x15kept[#kept + 1] = {entered}\r")
            terminal.settle(2 * 10**6 + entered, SLOW)
            terminal.child.send(rng.choice(ENTRIES) + "\r")
            for _ in range(rng.randint(2, 8) if burst else 1):
                terminal.read(rng.choice([0, 0.005, 0.02, 0.05, 0.1]) * rng.random())
                terminal.press()
            terminal.settle(entered)
            terminal.shown = (
                terminal.shown if len(terminal.shown) < 10**6 else terminal.shown[-1000:]
            )
            assert not PYTHON.search(terminal.shown), terminal.shown[-3000:]
        terminal.child.send(
            "nn = require 'nn' print('[' .. #kept .. ']', nn.Linear(2, 2):forward(torch.ones(2)):size(1))\r"
        )
        assert terminal.wait(rf"\[{entered}\]", SLOW), terminal.shown[-1000:]
        for _ in range(4):
            terminal.read(0.3)  # a terminal loses an end of input that comes before the prompt
            terminal.child.send("\x04")
            if terminal.wait("really want to exit", SLOW / 4):
                break
        else:
            raise AssertionError(terminal.shown[-1000:])
        terminal.press()  # no
        terminal.settle(3 * 10**6)
        terminal.child.send("os.exit(7)\r")
        terminal.child.expect(terminal.gone[0], timeout=SLOW)
        terminal.child.wait()
        assert terminal.child.exitstatus == 7
        return terminal.presses
    except terminal.gone as error:
        raise AssertionError(f"the session has ended: {terminal.shown[-2000:]}") from error
    finally:
        terminal.close()


def test_presses_at_the_prompt(tmp_path):
    hammer(tmp_path, 15, 1, burst=False)
    hammer(tmp_path, 15, 2, burst=True)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("burst", [False, True])
def test_a_thousand_presses_at_the_prompt(tmp_path, burst):
    presses = sum(hammer(tmp_path, 50, seed, burst) for seed in range(10))
    assert presses >= 500
