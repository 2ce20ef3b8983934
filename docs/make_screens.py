"""Type sessions into the real shell and keep its screens: docs/screens/NAME.txt and, with colours,
NAME.png on a dark ground and NAME-light.png on a light one.

    python docs/make_screens.py [--size 100x30] [--to FOLDER] [NAME ...]

Needs the test extra (pexpect, pyte) and the font DejaVu Sans Mono.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.shell.screens import Answering, Shell  # noqa: E402

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
    "c = nn.MSECriterion(); log = optim.Logger(os.tmpname()); log:setNames{'loss'};",
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
        (
            "net:forward(torch.rand(1, 28, 28))",
            "torch.rnadn(3)",
            "net.size(1)",
            "net.forward(torch.rand(1, 32, 32))",
        ),
        "",
    ),
    "help": ((QUIET,), ("? nn.Linear",), ""),
    "completion": ((), (), "net = nn.spatialconv"),
    "signature": ((), (), "nn.SpatialConvolution(1, 6, "),
    "prof": ((QUIET, *LENET), (":prof net, torch.randn(8, 1, 32, 32)",), ""),
    "large": ((QUIET,), ("torch.randn(200, 300)",), ""),
    "theme": ((), (":theme monokai", "{1, 'a', true}"), "nn.Lin"),
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
DARK = {
    "ground": "#1e2127",
    "default": "#d7dae0",
    "black": "#2e3436",
    "red": "#e05561",
    "green": "#8cc265",
    "brown": "#d18f52",
    "blue": "#4aa5f0",
    "magenta": "#c162de",
    "cyan": "#42b3c2",
    "white": "#d7dae0",
    "brightblack": "#7f848e",
}
LIGHT = {
    "ground": "#fafafa",
    "default": "#2a2c33",
    "black": "#000000",
    "red": "#c5292d",
    "green": "#3e8a33",
    "brown": "#a0640a",
    "blue": "#2f5af3",
    "magenta": "#a0319e",
    "cyan": "#0d7f94",
    "white": "#bbbbbb",
    "brightblack": "#9a9a9a",
}
DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))  # of a Braille letter
FONT = "DejaVuSansMono{}.ttf"
W, H, MARGIN = 17, 34, 16  # pixels of a cell, and around the screen


class Faint(Answering):
    """A screen that remembers faint text, which pyte does not know: as struck through."""

    def select_graphic_rendition(self, *attrs, **keywords):
        super().select_graphic_rendition(*attrs, **keywords)
        plain = [] if 38 in attrs or 48 in attrs else attrs  # a 2 there belongs to a colour
        if 2 in plain:
            self.cursor.attrs = self.cursor.attrs._replace(strikethrough=True)
        elif 0 in attrs or not attrs or 22 in plain:
            self.cursor.attrs = self.cursor.attrs._replace(strikethrough=False)


def rgb(name: str, palette: dict[str, str], default: str) -> tuple[int, ...]:
    """A colour of pyte's in a palette."""
    if name == "default":
        name = default
    digits = palette.get(name, name).lstrip("#")
    return tuple(int(digits[i : i + 2], 16) for i in (0, 2, 4))


def picture(screen, rows: int, palette: dict[str, str]) -> Image.Image:
    """The first rows of a screen."""
    plain, bold = (ImageFont.truetype(FONT.format(kind), 28) for kind in ("", "-Bold"))
    ground = rgb("ground", palette, "")
    size = (screen.columns * W + 2 * MARGIN, rows * H + 2 * MARGIN)
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    for y in range(rows):
        for x in range(screen.columns):
            cell = screen.buffer[y][x]
            ink, paper = rgb(cell.fg, palette, "default"), rgb(cell.bg, palette, "ground")
            if cell.strikethrough:
                ink = tuple((a + b) // 2 for a, b in zip(ink, paper))
            if cell.reverse:
                ink, paper = paper, ink
            left, top = MARGIN + x * W, MARGIN + y * H
            if paper != ground:
                draw.rectangle([left, top, left + W - 1, top + H - 1], fill=paper)
            if cell.data == "▀":
                draw.rectangle([left, top, left + W - 1, top + H // 2 - 1], fill=ink)
            elif "\u2800" < cell.data <= "\u28ff":  # Braille, which the font lacks
                for bit, (column, row) in enumerate(DOTS):
                    if ord(cell.data) - 0x2800 >> bit & 1:
                        at = left + 3 + column * W // 2, top + 3 + row * H // 4
                        draw.ellipse([*at, at[0] + 4, at[1] + 4], fill=ink)
            elif cell.data.strip():
                draw.text((left, top), cell.data, font=bold if cell.bold else plain, fill=ink)
            if cell.underscore:
                draw.line([left, top + H - 3, left + W, top + H - 3], fill=ink, width=2)
    return image.quantize(128)


def type_in(shell: Shell, entry: str) -> None:
    """Type an entry, of one line or more."""
    if "\n" not in entry:
        shell.keys(f"\x1b[200~{entry}\x1b[201~")
        shell.read(0.3)
        shell.keys("\r")
    else:
        for line in entry.split("\n"):
            shell.keys(line)
            shell.read(0.2)
            shell.keys("\r")
    shell.read(0.3)
    shell.ready(60)


def capture(name: str, columns: int, rows: int, folder: Path) -> None:
    """Type one session and write its screen."""
    before, entries, keys = SCREENS[name]
    with tempfile.TemporaryDirectory() as home:
        env = {"COLORTERM": "truecolor"}
        shell = Shell(Path(home), columns, rows, () if name == "start" else ("-q",), env, Faint)
        try:
            shell.ready(60)
            for entry in before:
                type_in(shell, entry)
            if before:
                shell.keys("\x0c")
                shell.ready()
            for entry in entries:
                type_in(shell, entry)
            if keys:
                shell.keys(keys)
                shell.read(1.0)
            text = shell.text()
            (folder / f"{name}.txt").write_text(text + "\n", encoding="utf-8")
            grounds = (("", DARK), ("-light", LIGHT))
            for ending, palette in grounds[:1] if name == "theme" else grounds:
                image = picture(shell.screen, text.count("\n") + 1, palette)
                image.save(folder / f"{name}{ending}.png", optimize=True)
        finally:
            shell.close()


def main() -> None:
    """Make the screens that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--size", default="100x30")
    parser.add_argument("--to", default=ROOT / "docs" / "screens", type=Path)
    options = parser.parse_args()
    columns, rows = map(int, options.size.split("x"))
    options.to.mkdir(parents=True, exist_ok=True)
    for name in options.names or SCREENS:
        capture(name, columns, rows, options.to)


if __name__ == "__main__":
    main()
