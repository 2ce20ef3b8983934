"""Models that the original Torch7 saved, through each format: what they computed there.

Runs where the recorded models stand beside the project.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.nn.rows import plain, tensors
from tests.nn.test_fixtures import DOUBLER, DOUBLERS, FILES, FOLDER, SHARED, VIEWS
from th7shell import export, torch
from th7shell.cli import main
from th7shell.lua import LuaError, items, rawitems
from th7shell.torch.registry import REGISTRY
from th7shell.torch.storage import Storage
from th7shell.torch.tensor import Tensor

from .converted import flat_arrays, shapes

pytestmark = pytest.mark.skipif(not FILES, reason="no recorded models beside the project")


def ids(path):
    return path.stem


def outputs(net, x, kind="torch.DoubleTensor"):
    net.evaluate()
    torch.manualSeed(555)
    return flat_arrays(plain(net.forward(tensors(x, kind))))


def alike(got, want, tolerance=1e-4):
    assert len(got) == len(want)
    for a, b in zip(got, want):
        assert a.shape == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("path", DOUBLERS + SHARED + VIEWS, ids=ids)
def test_a_file_that_nothing_is_asked_of_is_copied_byte_by_byte(path, tmp_path):
    export.convert(path, tmp_path / "out.t7")
    assert (tmp_path / "out.t7").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("path", SHARED, ids=ids)
@pytest.mark.parametrize("ending", ["safetensors", "npz", "h5"])
def test_shared_parameters(path, ending, tmp_path):
    if ending == "h5":
        pytest.importorskip("h5py")
    export.convert(path, tmp_path / f"x.{ending}")
    case = export.load(tmp_path / f"x.{ending}")
    one, two = (case.model.get(i).get(1) for i in (1, 2))
    assert one.weight.storage() == two.weight.storage()
    alike(outputs(case.model, plain(case.input)), [plain(case.output)], 1e-12)


@pytest.mark.parametrize("path", SHARED, ids=ids)
def test_a_net_that_shares_parameters_as_a_net_elsewhere(path, tmp_path):
    case = export.load(path)
    x, want = plain(case.input), [plain(case.output)]
    export.convert(path, tmp_path / "net.lua")
    alike(outputs(export.load(tmp_path / "net.lua"), x), want, 1e-12)
    pytest.importorskip("onnxruntime")
    from .test_onnx import run, session

    model = export.to_onnx(case.model, shapes(x))
    alike(run(session(model), x), want)
    alike(outputs(export.from_onnx(model), x, "torch.FloatTensor"), want)
    pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    from .test_pytorch import build, inputs
    from .test_pytorch import outputs as tensors_of

    module, _ = build(case.model, shapes(x), tmp_path)
    alike([t.detach().numpy() for t in tensors_of(module(*inputs(x)))], want, 1e-5)


@pytest.mark.parametrize("path", DOUBLERS, ids=ids)
def test_a_class_of_ones_own(path, tmp_path, capsys):
    """Its fields come back; `--require` gives it its code; ONNX refuses it with its place."""
    back, program = tmp_path / "back.t7", tmp_path / "doubler.lua"
    export.convert(path, tmp_path / "x.safetensors")
    export.convert(tmp_path / "x.safetensors", back)
    options = export.load(back).model.modules[2].opts
    assert (options.flag, options[1.5], options[10]) == (True, False, "ten")
    program.write_text("require 'nn'\n" + DOUBLER)
    words = [
        "convert",
        str(back),
        str(tmp_path / "out.t7"),
        "--no-state",
        "--require",
        str(program),
    ]
    assert main(words) == 0
    case = export.load(tmp_path / "out.t7")
    alike(outputs(case.model, plain(case.input)), [plain(case.output)], 1e-12)
    REGISTRY.pop("Doubler")


@pytest.mark.parametrize("path", VIEWS, ids=ids)
@pytest.mark.parametrize("ending", ["safetensors", "npz", "h5"])
def test_views_types_and_odd_keys(path, ending, tmp_path):
    if ending == "h5":
        pytest.importorskip("h5py")
    said: list[str] = []
    export.convert(path, tmp_path / f"x.{ending}", say=said.append)
    assert said == []
    before, after = export.load(path), export.load(tmp_path / f"x.{ending}")
    assert {str(k) for k, _ in rawitems(before)} == {str(k) for k, _ in rawitems(after)}
    for key, value in items(before):
        other = after[key]
        assert type(other) is type(value), key
        if isinstance(value, (Tensor, Storage)):
            np.testing.assert_array_equal(other.nd, value.nd, err_msg=str(key))
        elif value.__class__ in (str, int, float, bool):
            assert other == value or value != value
    assert after["self"] is after and after["again"] is after[2]
    after["storage"].fill(-1)
    assert (after["view"].nd == -1).all() and (after[2].nested.deep.nd == -1).all()


@pytest.mark.long
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("ending", ["onnx", "onnx and back", "py", "safetensors", "lua"])
def test_recorded_models(name, ending, tmp_path):
    """Each recorded layer gives its recorded output; bases that compute nothing are refused."""
    module = {"py": "torch", "onnx": "onnxruntime"}.get(ending.split()[0])
    if module is not None:
        pytest.importorskip(module)
        pytest.importorskip("safetensors")
    seen = 0
    for label, case in items(torch.load(str(FOLDER / name))):
        if case["model"] is None or label in ("Container", "Module"):
            continue
        x = plain(case["input"])
        try:
            want = outputs(case["model"].clone(), x)
        except LuaError:  # the original refuses it too
            continue
        alike(converted(case["model"], x, ending, tmp_path), want, 1e-4)
        seen += 1
    assert seen or "criterions" in name


def converted(net, x, ending, folder):
    """The outputs of a net that was converted."""
    if ending in ("safetensors", "lua"):
        export.save(folder / f"x.{ending}", net)
        return outputs(export.load(folder / f"x.{ending}"), x)
    if ending == "py":
        from .test_pytorch import build, inputs
        from .test_pytorch import outputs as tensors_of

        module, _ = build(net, shapes(x), folder)
        return [t.detach().numpy() for t in tensors_of(module(*inputs(x, False)))]
    from .test_onnx import run, session

    model = export.to_onnx(net, shapes(x))
    if ending == "onnx":
        return run(session(model), x)
    given = flat_arrays(x)
    given = given[0] if len(given) == 1 else given
    return outputs(export.from_onnx(model), given, "torch.FloatTensor")
