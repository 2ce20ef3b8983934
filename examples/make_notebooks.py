"""Write the notebooks of this folder, with their outputs: `python examples/make_notebooks.py`.

Needs `pip install th7shell[jupyter] nbclient`. A notebook's text is below, or taken from
tutorial.lua, whose numbered comments become headings; the kernel is this Python's th7shell.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from th7shell.kernel import specs

HERE = Path(__file__).parent
PRINTED = re.compile(r"^print\((\w+)\)$", re.M)
WORDS = re.compile(r"((?:\n-- [^\n]*)*)(.*)", re.S)  # the comment below a heading, and the code
HEADING = re.compile(r"^-- \d+\. (.*)$", re.M)

TUTORIAL = """\
# Build a network layer by layer
A tour of Torch7: layers, containers, pictures, a LeNet and its training. The same program as a
script is `tutorial.lua`. Packages need no `require` here; `?nn.Linear` is the help of a name,
`:summary net, 1x32x32` shows the sizes of a net."""

SHOWN = {  # heading: a cell that shows it
    "Transfer": """\
xs, curves = torch.linspace(-3, 3, 61), {}
for i, name in ipairs{'Tanh', 'Sigmoid', 'ReLU', 'SoftPlus', 'ELU'} do
   curves[i] = {name, xs, nn[name]():forward(xs):clone(), '-'}
end
gnuplot.plot(unpack(curves))
gnuplot.movelegend('left', 'top')""",
    "Pictures": """\
scene = image.lena()
itorch.image(image.scale(scene, 256, 256))""",
    "LeNet": """\
-- what the six filters of the first layer, still at random, make of a picture
grey = image.scale(image.rgb2y(scene), 32, 32)
planes = net:get(1):forward(grey):view(6, 1, 28, 28)
grid = image.toDisplayTensor{input = planes, padding = 2, nrow = 6, scaleeach = true}
itorch.image(image.scale(grid, '*3', 'simple'))""",
    "Train": "gnuplot.plot('loss', torch.Tensor(losses), '-')",
}

DIGITS = [
    """\
# Handwritten digits
Train a LeNet-style network on 1,797 real handwritten digits of 8x8 cells, and watch its loss.""",
    """\
torch.manualSeed(1)
torch.setdefaulttensortype('torch.FloatTensor')
digits = torch.load('digits.t7')
order = torch.randperm(digits.data:size(1)):long()
pictures = digits.data:index(1, order):float():div(16):view(-1, 1, 8, 8)
labels = digits.labels:index(1, order):float():add(1)
print(pictures:size(1) .. ' pictures')""",
    "Some of them, four times as large:",
    """\
grid = image.toDisplayTensor{input = pictures:narrow(1, 1, 40), padding = 2, nrow = 20}
itorch.image(image.scale(grid, '*4', 'simple'))""",
    "The network. A name alone shows what it is; `:summary` follows a picture through it.",
    """\
net = nn.Sequential()
net:add(nn.SpatialConvolution(1, 16, 3, 3)):add(nn.ReLU())
net:add(nn.SpatialMaxPooling(2, 2, 2, 2))
net:add(nn.SpatialConvolution(16, 32, 2, 2)):add(nn.ReLU())
net:add(nn.View(32 * 2 * 2):setNumInputDims(3))
net:add(nn.Linear(32 * 2 * 2, 64)):add(nn.ReLU())
net:add(nn.Linear(64, 10)):add(nn.LogSoftMax())
net""",
    ":summary net, 1x8x8",
    "Training. `logger:plot()` redraws one plot while the cell runs.",
    """\
criterion = nn.ClassNLLCriterion()
parameters, gradients = net:getParameters()
settings = {learningRate = 0.05, momentum = 0.9, dampening = 0}
logger = optim.Logger(os.tmpname())
logger:setNames{'loss', 'errors held out'}
logger:style{'-', '-'}
logger.name = 'handwritten digits'
ntrain = 1437
for epoch = 1, 12 do
   local shuffled, sum, steps = torch.randperm(ntrain):long(), 0, 0
   for first = 1, ntrain, 32 do
      local chosen = shuffled:narrow(1, first, math.min(32, ntrain - first + 1))
      local x, y = pictures:index(1, chosen), labels:index(1, chosen)
      local _, loss = optim.sgd(function()
         gradients:zero()
         local loss = criterion:forward(net:forward(x), y)
         net:backward(x, criterion:backward(net.output, y))
         return loss, gradients
      end, parameters, settings)
      sum, steps = sum + loss[1], steps + 1
   end
   local _, guess = net:forward(pictures:narrow(1, ntrain + 1, 360)):max(2)
   local wrong = guess:squeeze():float():ne(labels:narrow(1, ntrain + 1, 360)):sum() / 360
   logger:add{sum / steps, wrong}
   logger:plot()
end
print(string.format('held out: %.1f %% right', 100 * (1 - logger.symbols[2][12])))""",
    "What the first layer learned to look for:",
    """\
filters = net:get(1).weight:view(16, 3, 3)
grid = image.toDisplayTensor{input = filters:view(16, 1, 3, 3), padding = 1, nrow = 8,
                             scaleeach = true}
itorch.image(image.scale(grid, '*8', 'simple'))""",
]


def tutorial() -> list:
    """The cells of the tutorial. Where the script prints a name, a cell ends with it; what was
    learned is plotted (SHOWN)."""
    text = (HERE / "tutorial.lua").read_text(encoding="utf-8")
    head, *parts = HEADING.split(text)
    seed = "torch.manualSeed(0)"
    assert seed in head
    cells = [new_markdown_cell(TUTORIAL), new_code_cell(seed)]
    for title, code in zip(parts[::2], parts[1::2]):
        words, code = WORDS.fullmatch(code).groups()
        prose = words.replace("\n-- ", "\n")
        cells.append(new_markdown_cell(f"## {title}{prose}"))
        pieces = PRINTED.split(code)
        for before, name in zip(pieces[::2], [*pieces[1::2], ""]):
            if (before + name).strip():
                cells.append(new_code_cell(f"{before.strip()}\n{name}".strip()))
        cells += [new_code_cell(code) for start, code in SHOWN.items() if title.startswith(start)]
    return cells


def digits() -> list:
    """The cells of the digits: what begins with a capital letter or # is Markdown."""
    made = []
    for text in DIGITS:
        words = text[0].isupper() or text[0] == "#"
        made.append((new_markdown_cell if words else new_code_cell)(text))
    return made


NOTEBOOKS = {"tutorial": tutorial, "digits": digits}


def executed(cells: list, folder: Path):
    """A notebook of these cells with their outputs, run in `folder`."""
    for number, cell in enumerate(cells, 1):
        cell["id"] = f"cell-{number}"
    spec = {"name": specs.NAME, "display_name": specs.SHOWN, "language": "lua"}
    notebook = new_notebook(cells=cells, metadata={"kernelspec": spec})
    client = NotebookClient(notebook, timeout=300, kernel_name=specs.NAME)
    client.execute(cwd=str(folder))
    return notebook


def main() -> None:
    """Write all notebooks."""
    with tempfile.TemporaryDirectory() as folder:
        specs.install(prefix=folder)
        os.environ["JUPYTER_PATH"] = str(Path(folder) / "share" / "jupyter")
        for name, cells in NOTEBOOKS.items():
            notebook = executed(cells(), HERE)
            for cell in notebook.cells:  # when they ran is nobody's concern
                cell.metadata.pop("execution", None)
            nbformat.write(notebook, HERE / f"{name}.ipynb")
            sys.stdout.write(f"{name}.ipynb\n")


if __name__ == "__main__":
    main()
