"""iterm: what it shows goes where image, graph and gnuplot show theirs."""

from __future__ import annotations

from th7shell import frontend
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment


def test_pictures_graphs_and_histograms(tmp_path):
    seen = []
    previous = frontend.install(lambda value, *_, **__: seen.append(type(value).__name__))
    try:
        Environment(MAIN).load(
            "iterm = require 'iterm' require 'iterm.dot' require 'image' require 'nngraph'"
            " local folder = ... image.save(folder .. '/a.png', torch.rand(3, 4, 4))"
            " iterm.image(torch.rand(3, 5, 5)) iterm.image(folder .. '/a.png')"
            " iterm.hist(torch.rand(30)) local x = nn.Identity()()"
            " iterm.dot(nn.gModule({x}, {nn.Tanh()(x)}).fg, folder .. '/net')",
            "=t",
        )(str(tmp_path))
    finally:
        frontend.install(previous)
    assert seen[:2] == ["Picture", "Picture"] and len(seen) == 3
    assert "digraph" in (tmp_path / "net.dot").read_text()
