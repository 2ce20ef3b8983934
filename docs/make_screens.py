"""Type sessions into the real shell and keep its screens: docs/screens/NAME.txt and, with colours,
NAME.svg.

python docs/make_screens.py [NAME ...]      (needs the test extra: pexpect and pyte)
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.shell.screens import Shell  # noqa: E402

LENET = (
    "net = nn.Sequential():add(nn.SpatialConvolution(1,6,5,5)):add(nn.ReLU());",
    "net:add(nn.SpatialMaxPooling(2,2,2,2)):add(nn.SpatialConvolution(6,16,5,5)):add(nn.ReLU());",
    "net:add(nn.SpatialMaxPooling(2,2,2,2)):add(nn.View(400)):add(nn.Linear(400,120));",
    "net:add(nn.ReLU()):add(nn.Linear(120,10)):add(nn.LogSoftMax());",
)
QUIET = "require 'nn'; require 'image'; require 'optim'; require 'gnuplot'; torch.manualSeed(1);"
PICTURE = "image.display(image.scale(image.lena(), 60, 60))"
TRAIN = (
    "x = torch.randn(200, 4); y = torch.cmul(x:select(2,1), x:select(2,2)):view(200, 1);",
    "m = nn.Sequential():add(nn.Linear(4, 16)):add(nn.Tanh()):add(nn.Linear(16, 1));",
    "c = nn.MSECriterion(); log = optim.Logger(); log:setNames{'loss'};",
    ":watch on",
    """for epoch = 1, 40 do
for step = 1, 20 do
l = c:forward(m:forward(x), y)
m:zeroGradParameters(); m:backward(x, c:backward(m.output, y)); m:updateParameters(0.1)
end
log:add{l}
end""",
    "for i = 1, 30 do xlua.progress(i, 30) sys.sleep(0.02) end",
)
SCREENS: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    # name: entries that are wiped away, entries that stay, keys left on the line
    "start": ((), ("1 + 1", "{1, 2, {name = 'th7'}}", "for i = 1, 2 do print(i) end"), ""),
    "net": ((QUIET, *LENET), ("net:summary{1, 32, 32}",), ""),
    "tensor": ((QUIET,), ("t = torch.randn(3, 4)", "t", "t:sum(1), t:max()", "?t"), ""),
    "error": (
        (QUIET, *LENET),
        ("net:forward(torch.rand(1, 28, 28))", "torch.rnadn(3)"),
        "",
    ),
    "help": ((QUIET,), ("? nn.Linear",), ""),
    "completion": ((QUIET,), (), "net = nn.SpatialC"),
    "signature": ((QUIET,), (), "nn.SpatialConvolution(1, 6, "),
    "training": ((QUIET,), TRAIN, ""),
    "image": ((QUIET, ":set image=blocks"), (PICTURE,), ""),
    "plot": (
        (QUIET, "x = torch.linspace(-6, 6, 120);"),
        (
            "gnuplot.plot({'sin', x, torch.sin(x), '-'}, {'cos', x, torch.cos(x), '+'});",
            "gnuplot.title('Waves') gnuplot.plotflush()",
        ),
        "",
    ),
}
COLOURS = {
    "default": "#d0d0d0",
    "black": "#2e3436",
    "red": "#e05561",
    "green": "#8cc265",
    "brown": "#d18f52",
    "blue": "#4aa5f0",
    "magenta": "#c162de",
    "cyan": "#42b3c2",
    "white": "#d7dae0",
    "brightblack": "#7f848e",
    "brightred": "#ff616e",
    "brightgreen": "#a5e075",
    "brightbrown": "#f0a45d",
    "brightblue": "#4dc4ff",
    "brightmagenta": "#de73ff",
    "brightcyan": "#4cd1e0",
    "brightwhite": "#ffffff",
}
W, H, BACKGROUND = 8.4, 18, "#1e2127"


def colour(name: str, default: str) -> str:
    """A pyte colour as CSS."""
    if name == "default":
        return default
    return COLOURS.get(name, f"#{name}")


HEAD = """<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" \
font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14" xml:space="preserve">
<rect width="100%" height="100%" rx="6" fill="{background}"/>"""


def as_svg(screen, rows: int) -> str:
    """The first rows of a screen, its colours kept; cells of one style are one piece of text."""
    width, height = screen.columns * W + 16, rows * H + 16
    out = [HEAD.format(width=width, height=height, background=BACKGROUND)]
    for y in range(rows):
        cells = [screen.buffer[y][x] for x in range(screen.columns)]
        for style, run in itertools.groupby(enumerate(cells), lambda item: _style(item[1])):
            pieces = list(run)
            text = "".join(cell.data for _, cell in pieces)
            out += _piece(8 + pieces[0][0] * W, 8 + y * H, len(pieces) * W, text, *style)
    return "\n".join([*out, "</svg>\n"])


def _style(cell) -> tuple[str, str, bool, bool]:
    """Ink, paper, bold, and whether the cell is an upper half block."""
    ink, paper = colour(cell.fg, COLOURS["default"]), colour(cell.bg, "")
    if cell.reverse:
        ink, paper = paper or BACKGROUND, ink
    return ink, paper, cell.bold, cell.data == "▀"


def _piece(left, top, width, text, ink, paper, bold, half) -> list[str]:
    if half:
        lower = _box(left, top + H / 2, width, H / 2, paper or BACKGROUND)
        return [_box(left, top, width, H / 2, ink), lower]
    out = [_box(left, top, width, H, paper)] if paper else []
    if text.strip():
        weight = ' font-weight="bold"' if bold else ""
        place = f'x="{left:.1f}" y="{top + 14:.1f}" textLength="{width:.1f}"'
        out.append(f'<text {place} fill="{ink}"{weight}>{escape(text)}</text>')
    return out


def _box(left: float, top: float, width: float, height: float, fill: str) -> str:
    place = f'x="{left:.1f}" y="{top:.1f}" width="{width + 0.2:.1f}" height="{height + 0.2:.1f}"'
    return f'<rect {place} fill="{fill}"/>'


def type_in(shell: Shell, entry: str) -> None:
    """Type an entry, of one line or more."""
    if "\n" not in entry:
        shell.enter(entry)
        return
    for line in entry.split("\n"):
        shell.keys(line)
        shell.read(0.2)
        shell.keys("\r")
    shell.ready(60)


def capture(name: str) -> None:
    """Type one session and write its screen."""
    before, entries, keys = SCREENS[name]
    with tempfile.TemporaryDirectory() as folder:
        env = {"COLORTERM": "truecolor"}
        shell = Shell(Path(folder), 100, 34, args=() if name == "start" else ("-q",), env=env)
        try:
            shell.ready(60)
            for entry in before:
                shell.enter(entry)
            if before:
                shell.keys("\x0c")
                shell.ready()
            for entry in entries:
                type_in(shell, entry)
            if keys:
                shell.keys(keys)
                shell.read(1.0)
            text = shell.text()
            (ROOT / "docs" / "screens" / f"{name}.txt").write_text(text + "\n", encoding="utf-8")
            svg = as_svg(shell.screen, text.count("\n") + 1)
            (ROOT / "docs" / "screens" / f"{name}.svg").write_text(svg, encoding="utf-8")
        finally:
            shell.close()


if __name__ == "__main__":
    for wanted in sys.argv[1:] or SCREENS:
        capture(wanted)
