"""nn.DataParallelTable: replicas give what the module alone gives, whatever the split."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import cunn, nn, torch
from th7shell.lua import LuaError, array, new_table
from th7shell.lua.interpreter import Interpreter
from th7shell.lua.state import MAIN


def net():
    torch.manualSeed(2)
    return nn.Sequential().add(nn.Linear(3, 4)).add(nn.Tanh()).add(nn.Linear(4, 2)).cuda()


def table(replicas, dimension=1, **options):
    return cunn.data_parallel.DataParallelTable(dimension, *options.values()).add(
        net(), new_table([1] * replicas)
    )


@pytest.mark.parametrize("flatten", [False, True])
@pytest.mark.parametrize(("replicas", "batch"), [(1, 3), (2, 5), (3, 7), (4, 2)])
def test_replicas_give_what_the_module_gives(replicas, batch, flatten):
    alone, many = net(), table(replicas, flattenParams=flatten)
    for _step in range(3):
        x, g = torch.randn(batch, 3).cuda(), torch.randn(batch, 2).cuda()
        alone.zeroGradParameters()
        many.zeroGradParameters()
        np.testing.assert_allclose(many.forward(x).nd, alone.forward(x).nd, rtol=1e-5)
        assert many.output.type() == "torch.CudaTensor" and many.maxUsedGpu == min(replicas, batch)
        np.testing.assert_allclose(
            many.backward(x, g).nd, alone.backward(x, g).nd, rtol=1e-4, atol=1e-6
        )
        pairs = zip(alone.parameter_lists()[1], many.parameter_lists()[1])
        for one, other in pairs:
            np.testing.assert_allclose(other.nd, one.nd, rtol=1e-4, atol=1e-6)
        alone.updateParameters(0.1)
        many.updateParameters(0.1)


def test_split_of_the_second_dimension_and_of_tables():
    dpt = cunn.data_parallel.DataParallelTable(2).add(nn.Identity().cuda(), new_table([1, 1]))
    x = torch.randn(2, 5, 3).float()
    assert (dpt.forward(x).nd == x.nd).all() and array(dpt.inputGpu)[0].size(2) == 3
    pair = new_table([x, x.clone().cuda()])
    out = dpt.forward(pair)
    assert all((t.nd == x.nd).all() for t in array(out))
    back = dpt.backward(pair, out)
    assert [t.type() for t in array(back)] == ["torch.CudaTensor"] * 2


def test_update_grad_input_and_parameters_apart():
    alone, many = net(), table(2)
    x, g = torch.randn(4, 3).cuda(), torch.randn(4, 2).cuda()
    for module in (alone, many):
        module.zeroGradParameters()
        module.forward(x)
        module.updateGradInput(x, g)
        module.accGradParameters(x, g, 2)
    np.testing.assert_allclose(many.gradInput.nd, alone.gradInput.nd, rtol=1e-4)
    for one, other in zip(alone.parameter_lists()[1], many.parameter_lists()[1]):
        np.testing.assert_allclose(other.nd, one.nd, rtol=1e-4, atol=1e-6)
    many.gradInput = None
    many.forward(x)
    assert many.backward(x, g) is None


def test_flat_parameters_are_shared_by_the_first_replica():
    many = table(2)
    p, g = many.getParameters()
    p.fill(0.5)
    many.needsSync = True
    x = torch.randn(3, 3).cuda()
    many.forward(x)
    assert all((t.nd == 0.5).all() for m in cunn.data_parallel.replicas(many)
               for t in m.parameter_lists()[0])  # fmt: skip
    g.zero()
    many.backward(x, many.output)
    assert g.abs().sum() > 0
    many.apply(lambda m: None)
    assert many.flattenedParams[1][1] is p and many._flat()


def test_files_keep_the_first_replica_and_clones_are_independent():
    many = table(2, flattenParams=True)
    x = torch.randn(4, 3).cuda()
    many.forward(x)
    for copy in (torch.deserialize(torch.serialize(many)), many.clone()):
        assert str(copy) == str(many) and str(copy).startswith("DataParallelTable: 2 x nn.Seq")
        np.testing.assert_array_equal(copy.forward(x).nd, many.output.nd)
        copy.get(1).get(1).weight.zero()
        copy.needsSync = True
        assert np.abs(copy.forward(x).nd - many.forward(x).nd).max() > 0
    assert many.clearState().output.nd.size == 0 and many.evaluate() is None


def test_methods_and_refusals():
    DataParallelTable = cunn.data_parallel.DataParallelTable
    calls = []
    dpt = table(1).threads(lambda: calls.append(1))
    assert calls == [1] and dpt.get(1) is dpt.modules[1]
    assert dpt.type("torch.CudaDoubleTensor").forward(torch.randn(2, 3)).type() == (
        "torch.CudaDoubleTensor"
    )
    with pytest.raises(LuaError, match="supports only torch"):
        dpt.float()
    with pytest.raises(LuaError, match="input must be a CudaDouble or Double tensor"):
        dpt.forward(torch.FloatTensor(2, 3))
    with pytest.raises(LuaError, match="must specify a dimension!"):
        DataParallelTable()
    with pytest.raises(LuaError, match="invalid device ordinal"):
        DataParallelTable(1).add(net(), new_table([1, 2]))
    with pytest.raises(LuaError, match="table of GPU IDs required"):
        DataParallelTable(1).add(net(), new_table())
    for method in ("share", "accUpdateGradParameters"):
        with pytest.raises(LuaError, match="not supported for DataParallelTable"):
            getattr(dpt, method)()
    assert (
        DataParallelTable(1)
        .add(net(), 1)
        .add(net(), 1)
        .impl.exec(lambda m, i: i)
        .__class__.__name__
        == "Table"
    )


def test_kernels_by_name():
    interpreter = Interpreter(MAIN)
    cunn.luaopen(interpreter.globals)
    run = interpreter.load("""
        local x, y = torch.CudaTensor{-1, 2}, torch.CudaTensor()
        x.THNN.Square_updateOutput(x:cdata(), y:cdata())
        return y:type(), y[2]
    """)
    assert run() == ("torch.CudaTensor", 4)


def test_require():
    interpreter = Interpreter(MAIN)
    cunn.luaopen(interpreter.globals)
    run = interpreter.load("return nn.Linear(2, 2):cuda():forward(torch.CudaTensor(2)):type()")
    assert run() == "torch.CudaTensor"
