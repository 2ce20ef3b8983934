"""PyTorch's files: tensors and containers out of today's format and the one before, nothing run."""

from __future__ import annotations

import os
import pickle
import random

import numpy as np
import pytest

from tests.torch.test_damaged_files import mutated
from th7shell import export, nn, torch
from th7shell.cli import main
from th7shell.torch.classes import typename

from .pytorch_files import Storage, Tensor, saved, state_dict, tensor

FORMATS = pytest.mark.parametrize("legacy", [False, True], ids=["zip", "before"])


@FORMATS
def test_a_state_dict(legacy, tmp_path):
    (tmp_path / "a.pt").write_bytes(saved(state_dict(), legacy))
    export.convert(tmp_path / "a.pt", tmp_path / "a.t7")
    made = torch.load(tmp_path / "a.t7")
    expected = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    assert typename(made[0].weight) == "torch.FloatTensor"
    assert (made[0].weight.nd == expected).all()
    export.convert(tmp_path / "a.pt", tmp_path / "a.safetensors")
    assert set(export.inspect(tmp_path / "a.safetensors").statistics) == {
        "0.weight",
        "0.bias",
        "2.weight",
        "2.bias",
    }


@FORMATS
def test_a_checkpoint(legacy, tmp_path):
    shared = Storage(np.arange(6.0))
    value = {
        "epoch": 7,
        "name": "ünet",
        "lr": (0.1, None, True),
        3: {"x": tensor(np.array([True, False]))},
        "whole": Tensor(shared, 0, (2, 3), (3, 1)),
        "part": Tensor(shared, 1, (3, 1), (1, 7)),
        "turned": Tensor(shared, 0, (3, 2), (1, 3)),
        "number": Tensor(shared, 5, (), ()),
        "none": Tensor(shared, 0, (0, 4), (4, 1)),
        "large": 2**60,
        "inside": [state_dict(), []],
    }
    value["again"] = value["inside"]
    (tmp_path / "a.pth").write_bytes(saved(value, legacy))
    made = export.load(tmp_path / "a.pth")
    assert made.epoch == 7 and made.name == "Ã¼net" and made.lr[3] is True and made.large == 2.0**60
    assert made[3].x.nd.tolist() == [1, 0] and made.number[1] == 5 and made.none.dim() == 0
    assert made.turned.nd.tolist() == [[0, 3], [1, 4], [2, 5]]
    assert made.part.nd.tolist() == [[1], [2], [3]]
    assert made.again is made.inside and made.inside[1][2].bias.nElement() == 2
    assert made.part.storage() is made.whole.storage()


@FORMATS
def test_a_net_takes_the_weights_of_a_checkpoint(legacy, tmp_path, capsys):
    net = nn.Sequential().add(nn.Linear(3, 4)).add(nn.Tanh()).add(nn.Linear(4, 2)).float()
    torch.save(tmp_path / "net.t7", net)
    data = {"epoch": 1, "state_dict": {f"module.{k}": v for k, v in state_dict().items()}}
    (tmp_path / "w.pt").write_bytes(saved(data, legacy))
    words = ["convert", "w.pt", "out.t7", "--into", "net.t7"]
    assert main([w if "." not in w else str(tmp_path / w) for w in words]) == 0
    assert capsys.readouterr().err == ""
    given = export.load(tmp_path / "w.pt").state_dict.module
    made = torch.load(tmp_path / "out.t7")
    assert made.modules[1].weight.equal(given[0].weight)
    assert made.modules[3].bias.equal(given[2].bias)


class Attack:
    def __reduce__(self):
        return os.system, ("touch attacked",)


@FORMATS
def test_other_objects_are_refused_by_name(legacy, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for value in (Attack(), {"a": state_dict(), "b": Attack()}, [print]):
        (tmp_path / "a.pt").write_bytes(saved(value, legacy))
        assert main(["convert", "a.pt", "a.t7"]) == 1
        err = capsys.readouterr().err
        assert err.count("\n") == 1 and ("system" in err or "builtin" in err)
        assert os.listdir(tmp_path) == ["a.pt"]


WRONG = {
    "before the storage": Tensor(Storage(np.ones(3)), -1, (1,), (1,)),
    "beyond the storage": Tensor(Storage(np.ones(3)), 0, (4,), (1,)),
    "backwards": Tensor(Storage(np.ones(3)), 2, (2,), (-1,)),
    "endless": Tensor(Storage(np.ones(3)), 0, (2**40, 2**40), (0, 0)),
    "sizes of text": Tensor(Storage(np.ones(3)), 0, ("a",), (1,)),
    "a list as key": {(1, 2): 5},
}


@pytest.mark.parametrize("case", WRONG)
@FORMATS
def test_wrong_tensors(case, legacy, tmp_path):
    (tmp_path / "a.pt").write_bytes(saved(WRONG[case], legacy))
    with pytest.raises(export.ExportError, match="is not a PyTorch file, or a damaged one"):
        export.load(tmp_path / "a.pt")


def test_other_files(tmp_path):
    cases = {
        "pickle": (pickle.dumps({"a": 1}), "none of PyTorch's"),
        "text": (b"hello", "is not a PyTorch file"),
        "empty": (b"", "is not a PyTorch file"),
        "loop": (saved([1])[:40], "is not a PyTorch file"),
    }
    for content, message in cases.values():
        (tmp_path / "a.pt").write_bytes(content)
        with pytest.raises(export.ExportError, match=message):
            export.load(tmp_path / "a.pt")
    (tmp_path / "model.t7").write_bytes(saved(state_dict()))
    with pytest.raises(export.ExportError, match=r"PyTorch.*: named \.pt, it may be read"):
        export.load(tmp_path / "model.t7")


def check(count, seed, folder):
    rng = random.Random(seed)
    good = [saved(state_dict(), legacy) for legacy in (False, True)]
    good.append(saved({"a": [state_dict(), 5], "b": tensor(np.ones((2, 2)))}))
    for i in range(count):
        data = mutated(rng.choice(good).decode("latin-1"), rng)
        (folder / "a.pt").write_bytes(data.encode("latin-1"))
        try:
            export.convert(folder / "a.pt", folder / "a.t7")
            os.remove(folder / "a.t7")
        except export.ExportError as error:
            assert "\n" not in str(error)
            assert os.listdir(folder) == ["a.pt"], i


def test_some_damaged_files(tmp_path):
    check(300, 1, tmp_path)


@pytest.mark.long
def test_many_damaged_files(tmp_path):
    check(20_000, 2, tmp_path)
