"""The programs of examples/programs, small: they learn, save, resume, and leave pictures."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from PIL import Image

from .program import ROOT, run

FOLDER = ROOT / "examples" / "programs"


def numbers(pattern: str, text: str) -> list[float]:
    return [float(n) for n in re.findall(pattern, text)]


def test_every_program_is_run():
    ours = set(re.findall(r'"(\w+)\.lua"', Path(__file__).read_text()))
    assert {path.stem for path in FOLDER.glob("*.lua")} == ours


def test_the_character_model_is_saved_resumed_and_sampled(tmp_path):
    program, net = str(FOLDER / "char_rnn.lua"), str(tmp_path / "new" / "net.t7")
    size = ("-hidden", "32", "-streams", "8", "-time", "12")
    printed = run(program, *size, "-steps", "100", "-save", net, "-length", "60")
    first, last = numbers(r"step +\d+  loss ([\d.]+)", printed)
    assert last < first < 3.5 and "saved after 100 steps" in printed
    assert len(printed.partition("it writes:\n")[2].rstrip("\n")) == 61
    resumed = run(program, *size, "-resume", net, "-steps", "50", "-save", net)
    assert numbers(r"step  150  loss ([\d.]+)", resumed)[0] < last
    assert "saved after 150 steps" in resumed
    writing = ("-resume", net, "-steps", "0", "-seed", "3")
    assert run(program, *writing) == run(program, *writing)


def test_beans_are_told_apart():
    printed = run(str(FOLDER / "logistic.lua"))
    before, after = map(float, re.search(r"loss ([\d.]+) -> ([\d.]+)", printed).groups())
    assert after < 0.25 < before
    assert numbers(r"global correct: ([\d.]+)%", printed)[0] >= 90


def test_digits_are_drawn(tmp_path):
    path = tmp_path / "sheet.png"
    printed = run(str(FOLDER / "dcgan.lua"), "-steps", "120", "-batch", "16", "-picture", str(path))
    drawn, real = map(float, re.search(r"brightness ([\d.]+) of ([\d.]+)", printed).groups())
    assert abs(drawn - real) < 0.2
    sheet = np.asarray(Image.open(path).convert("L"), float)
    assert sheet.shape[1] > 300 and sheet[:140].std() > 30  # as contrasting as strokes are


def test_a_picture_takes_on_a_manner(tmp_path):
    path = tmp_path / "style.png"
    small = ("-size", "40", "-steps", "15", "-picture", str(path))
    printed = run(str(FOLDER / "style.lua"), *small)
    before, after = map(float, re.search(r"loss ([\d.]+) -> ([\d.]+)", printed).groups())
    assert after < before / 3
    content, manner, result = np.split(
        np.asarray(Image.open(path).convert("RGB"), float)[:, :126], 3, axis=1
    )
    blue = [part[..., 2].std() for part in (content, manner, result)]
    assert abs(blue[2] - blue[1]) < abs(blue[0] - blue[1])


def test_threads_load_what_is_learned(tmp_path):
    printed = run(str(FOLDER / "loader.lua"), "-data", str(tmp_path / "shapes"))
    losses = numbers(r"loss ([\d.]+)", printed)
    assert len(losses) == 12 and losses[-1] < losses[0] * 0.75
    assert numbers(r"right ([\d.]+) %", printed)[-1] > 80
