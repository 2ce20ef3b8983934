"""Batches cut into parts, one for each thread: the same results, errors that arrive, no thread for
small nets."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import pytest

from th7shell import nn, torch
from th7shell.nn.helpers import elementwise
from th7shell.nn.kernels import batch_norm, convolution, max_pooling
from th7shell.torch import side_by_side, utilities


@pytest.fixture
def number(monkeypatch):
    """Sets the number of threads, of cores enough; it is what it was after the test."""
    monkeypatch.setattr(utilities, "usable_cores", lambda: 8)
    before = list(side_by_side.chosen_threads), torch.getnumthreads()
    yield torch.setnumthreads
    torch.setnumthreads(before[1])
    side_by_side.chosen_threads[:] = before[0]


@pytest.fixture
def everything_is_large(monkeypatch):
    monkeypatch.setattr(convolution, "PART_WORK", 1000)
    monkeypatch.setattr(max_pooling, "PART_WORK", 1000)
    monkeypatch.setattr(batch_norm, "PART_SIZE", 1000)
    monkeypatch.setattr(elementwise, "PART_SIZE", 1000)


LAYERS = {
    "convolution": (lambda: nn.SpatialConvolution(3, 8, 3, 3, 1, 1, 1, 1), (7, 3, 40, 40)),
    "strided": (lambda: nn.SpatialConvolution(3, 8, 5, 5, 2, 2, 1, 1), (7, 3, 80, 80)),
    "one plane": (lambda: nn.SpatialConvolution(1, 6, 5, 5), (40, 1, 36, 36)),
    "pointwise": (lambda: nn.SpatialConvolution(32, 32, 1, 1), (7, 32, 40, 40)),
    "dilated": (lambda: nn.SpatialDilatedConvolution(3, 8, 3, 3, 1, 1, 2, 2, 2, 2), (7, 3, 40, 40)),
    "transposed": (lambda: nn.SpatialFullConvolution(8, 4, 4, 4, 2, 2, 1, 1), (9, 8, 30, 30)),
    "over time": (lambda: nn.VolumetricConvolution(2, 6, 3, 3, 3), (6, 2, 10, 30, 30)),
    "pooling": (lambda: nn.SpatialMaxPooling(2, 2, 2, 2), (7, 3, 120, 120)),
    "overlapping": (lambda: nn.SpatialMaxPooling(3, 3, 2, 2, 1, 1), (7, 3, 80, 80)),
    "volumes": (lambda: nn.VolumetricMaxPooling(2, 2, 2), (5, 3, 20, 40, 40)),
    "relu": (lambda: nn.ReLU(), (7, 8, 90, 90)),
    "relu in place": (lambda: nn.ReLU(True), (7, 8, 90, 90)),
    "normalisation": (lambda: nn.SpatialBatchNormalization(50), (7, 50, 31, 31)),
    "tanh": (lambda: nn.Tanh(), (7, 8, 90, 90)),
}


def passes(layer, x, g):
    """Output, gradient of the input, and of the parameters (or None)."""
    layer.zeroGradParameters()
    y = layer.forward(x.clone()).nd.copy()
    gx = layer.backward(x.clone(), g.clone(), 0.5).nd.copy()
    grads = [t.nd.ravel() for t in (layer.gradWeight, layer.gradBias) if t is not None]
    return y, gx, np.concatenate(grads) if grads else None


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("kind", ["float", "double"])
def test_one_two_and_three_threads_agree(name, kind, number, monkeypatch, everything_is_large):
    make, shape = LAYERS[name]
    jobs = []
    monkeypatch.setattr(
        side_by_side, "use", lambda count, use=side_by_side.use: (jobs.append(count), use(count))
    )
    torch.manualSeed(3)
    layer = make().type(f"torch.{kind.capitalize()}Tensor")
    x = torch.randn(*shape).type(layer.output.type())
    number(1)
    g = layer.forward(x.clone()).clone().normal()
    jobs.clear()
    first = passes(layer, x, g)
    assert not jobs  # one thread: nothing is shared out, and BLAS has one anyway
    for count in (2, 3, 1):
        number(count)
        jobs.clear()
        y, gx, gw = passes(layer, x, g)
        assert bool(jobs) == (count > 1)
        np.testing.assert_array_equal(y, first[0])
        np.testing.assert_array_equal(gx, first[1])
        if gw is not None:
            size = np.abs(first[2]).max()
            np.testing.assert_allclose(gw, first[2], 0, size * (1e-5 if kind == "float" else 1e-13))
        again = passes(layer, x, g)[2]
        assert gw is None or (gw == again).all()  # whichever thread is first
    assert not side_by_side.shared


def test_new_values_in_an_array_are_seen_when_the_threads_change(number, everything_is_large):
    layer = nn.SpatialConvolution(3, 8, 3, 3)
    x, g = torch.randn(6, 3, 30, 30), torch.randn(6, 8, 28, 28)
    for count in (2, 1, 2, 3, 1):
        number(count)
        x.normal()
        layer.forward(x)
        number(3 - min(count, 2))
        layer.zeroGradParameters()
        layer.accGradParameters(x, g)
        fresh = layer.clone()
        fresh.zeroGradParameters()
        fresh.accGradParameters(x, g)
        np.testing.assert_allclose(layer.gradWeight.nd, fresh.gradWeight.nd, 1e-9, 1e-9)


def test_small_nets_start_no_thread(number, monkeypatch):
    monkeypatch.setattr(
        side_by_side, "workers", lambda count: pytest.fail("a thread was asked for")
    )
    number(2)
    net = nn.Sequential()
    for layer in (nn.SpatialConvolution(1, 6, 5, 5), nn.ReLU(), nn.SpatialMaxPooling(2, 2, 2, 2)):
        net.add(layer)
    x = torch.randn(4, 1, 32, 32)
    net.backward(x, net.forward(x))
    number(1)
    x = torch.randn(200, 1, 32, 32)
    net.backward(x, net.forward(x))


def test_an_error_arrives_and_nothing_is_left_running(number):
    number(3)
    running, seen = [], []

    def slow():
        running.append(1)
        time.sleep(0.05)
        running.pop()

    def wrong():
        time.sleep(0.01)
        raise ValueError("no")

    for calls in ([wrong, slow, slow], [slow, wrong, slow], [slow, slow, wrong]):
        with pytest.raises(ValueError, match="no"):
            side_by_side.side_by_side(calls)
        assert not running and not side_by_side.shared and torch.getnumthreads() == 3
    side_by_side.side_by_side([lambda: seen.append(1)] * 5)  # and it works again
    assert len(seen) == 5


@pytest.mark.parametrize("where", ["caller", "worker"])
def test_an_interrupt_arrives(where, number):
    number(2)
    caller = threading.get_ident()
    ended = []

    def call():
        mine = threading.get_ident() == caller
        time.sleep(0.02)
        if mine == (where == "caller"):
            raise KeyboardInterrupt
        ended.append(1)

    with pytest.raises(KeyboardInterrupt):
        side_by_side.side_by_side([call, call])
    assert len(ended) == 1 and not side_by_side.shared


def test_parts_run_with_the_settings_of_the_caller(number):
    number(2)
    zero = np.zeros(3)

    def divide():
        time.sleep(0.01)
        zero / zero

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error")
        side_by_side.side_by_side([divide, divide])


def test_calls_inside_calls_and_from_several_threads(number):
    number(2)
    made = []

    def outer():
        side_by_side.side_by_side([lambda: made.append(1)] * 3)

    several = [
        threading.Thread(target=side_by_side.side_by_side, args=([outer] * 4,)) for _ in range(4)
    ]
    for thread in several:
        thread.start()
    for thread in several:
        thread.join(20)
    assert len(made) == 48 and not side_by_side.shared


PROGRAM = """
import os, signal, sys
from th7shell import nn, torch
torch.setnumthreads(2)
layer, x = nn.SpatialConvolution(3, 8, 3, 3), torch.randn(6, 3, 150, 150)
first = layer.forward(x).nd.copy()
sys.stdout.flush()
child = os.fork()
signal.alarm(20)
if not child:
    layer = layer.clone()
    os._exit(0 if (layer.forward(x).nd == first).all() else 3)
assert os.waitpid(child, 0)[1] == 0
assert (layer.forward(x).nd == first).all()
print("ended")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no fork there")
def test_a_forked_process_has_threads_of_its_own():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM], capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("ended\n", "")


def test_workers_of_the_package_threads_use_them_too():
    program = """
    local threads = require 'threads'
    local pool = threads.Threads(2, function() require 'nn' end)
    for i = 1, 4 do
       pool:addjob(function()
          torch.setnumthreads(2)
          local layer, x = nn.SpatialConvolution(3, 8, 3, 3), torch.randn(6, 3, 150, 150)
          return (layer:forward(x)[6] - layer:forward(x[6])):abs():max()
       end, function(difference) assert(difference < 1e-12) print(i) end)
    end
    pool:synchronize() pool:terminate()
    """
    command = [sys.executable, "-m", "th7shell", "-e", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert sorted(done.stdout.split()) == ["1", "2", "3", "4"], done.stderr
