"""Train a small network on real handwritten digits: python examples/python/digits.py [epochs]"""

import sys
from pathlib import Path

import numpy as np

from th7shell import nn, optim, torch

torch.manualSeed(1)
digits = torch.load(Path(__file__).parent.parent / "digits.t7")
order = torch.randperm(1797).long()
x = digits["data"].index(1, order).double() / 16  # 1797 pictures of 8x8
y = digits["labels"].index(1, order).double() + 1  # classes count from 1

net = nn.Sequential(
    nn.Reshape(1, 8, 8), nn.SpatialConvolution(1, 16, 3, 3), nn.ReLU(), nn.SpatialMaxPooling(2, 2),
    nn.Reshape(144), nn.Linear(144, 64), nn.ReLU(), nn.Linear(64, 10), nn.LogSoftMax(),
)  # fmt: skip
criterion = nn.ClassNLLCriterion()
params, grads = net.getParameters()
state = {"learningRate": 0.1, "momentum": 0.9, "dampening": 0}

for epoch in range(int(sys.argv[1]) if len(sys.argv) > 1 else 10):
    losses = []
    for first in range(1, 1401, 50):
        batch, classes = x[first : first + 49], y[first : first + 49]

        def step(_: torch.Tensor) -> tuple[float, torch.Tensor]:
            net.zeroGradParameters()
            output = net.forward(batch)  # noqa: B023
            loss = criterion.forward(output, classes)  # noqa: B023
            net.backward(batch, criterion.backward(output, classes))  # noqa: B023
            return loss, grads

        losses.append(optim.sgd(step, params, state)[1][1])
    guess = np.argmax(net.forward(x[1401:]), axis=1) + 1
    right = np.mean(guess == np.asarray(y[1401:]))
    print(f"epoch {epoch + 1}: loss {np.mean(losses):.3f}, {right:.1%} of 397 new digits right")
