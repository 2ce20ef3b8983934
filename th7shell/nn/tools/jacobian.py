"""nn.Jacobian and nn.SparseJacobian: compare gradients with finite differences, and other
checks of modules.

SparseJacobian's inputs are (n, 2) tensors of indices and values: only the values are moved.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from th7shell.lua import array, new_table, send
from th7shell.torch.namespace import TORCH, namespace
from th7shell.torch.tensor import wrap

from ..helpers.checks import check
from ..module import call


def elements(tensor: Any) -> NDArray:
    """A flat view of a contiguous tensor."""
    return tensor.nd.reshape(-1)


def values(input: Any) -> NDArray:
    """The values of a sparse input, as a view."""
    return input.nd[:, 1]


def one_by_one(module: Any, input: Any) -> Any:
    """For each element of the output, a gradOutput that is 1 there and 0 elsewhere."""
    output = call(module, "forward", input)
    grad = output.new().resizeAs(output).zero()
    flat = elements(grad)
    for i in range(flat.size):
        flat.fill(0)
        flat[i] = 1
        yield grad


def columns(rows: list[NDArray]) -> Any:
    """The tensor whose columns these are."""
    return wrap(np.ascontiguousarray(np.array(rows, np.float64).T))


def backward(
    module: Any = None, input: Any = None, param: Any = None, dparam: Any = None, *_: Any
) -> Any:
    """The Jacobian of the output by the input, or by `param` whose gradient is `dparam`, from
    backward passes.
    """
    return backward_of(lambda grad: elements(grad), module, input, param, dparam)


def sparse_backward(
    module: Any = None, input: Any = None, param: Any = None, dparam: Any = None, *_: Any
) -> Any:
    """As nn.Jacobian.backward, by the values of a sparse input."""
    return backward_of(values, module, input, param, dparam)


def backward_of(part: Any, module: Any, input: Any, param: Any, dparam: Any) -> Any:
    rows = []
    for grad in one_by_one(module, input):
        send(module, "zeroGradParameters")
        din = call(module, "updateGradInput", input, grad)
        send(module, "accGradParameters", input, grad)
        rows.append((part(din) if param is None else elements(dparam)).copy())
    return columns(rows)


def backwardUpdate(module: Any = None, input: Any = None, param: Any = None, *_: Any) -> Any:
    """The values of a parameter after one accUpdateGradParameters with rate 1, for each element
    of the output.
    """
    params = array(call(module, "parameters"))
    before = [p.nd.copy() for p in params]
    rows = []
    for grad in one_by_one(module, input):
        restore(params, before)
        send(module, "zeroGradParameters")
        send(module, "updateGradInput", input, grad)
        send(module, "accUpdateGradParameters", input, grad, 1)
        rows.append(elements(param).copy())
    restore(params, before)
    return columns(rows)


def restore(params: list[Any], before: list[NDArray]) -> None:
    """Put parameters back."""
    for param, old in zip(params, before):
        param.nd[...] = old


def differences(module: Any, input: Any, moved: NDArray, step: float) -> NDArray:
    """Central differences of the output by each element of an array that the module reads:
    (elements, outputs).
    """
    rows = []
    for i, before in enumerate(moved.tolist()):
        outputs = []
        for sign in (-1, 1):
            moved[i] = before + sign * step
            outputs.append(elements(call(module, "forward", input)).astype(np.float64))
        moved[i] = before
        rows.append((outputs[1] - outputs[0]) / (2 * step))
    return np.array(rows)


def forward(
    module: Any = None, input: Any = None, param: Any = None, perturbation: Any = None, *_: Any
) -> Any:
    """The Jacobian of the output by the input, or by `param`, from central differences (step
    1e-6).
    """
    moved = elements(input if param is None else param)
    return wrap(differences(module, input, moved, 1e-6 if perturbation is None else perturbation))


def sparse_forward(module: Any = None, input: Any = None, param: Any = None, *_: Any) -> Any:
    """As nn.Jacobian.forward, by the values of a sparse input."""
    moved = values(input) if param is None else elements(param)
    return wrap(differences(module, input, moved, 1e-6))


def forwardUpdate(
    module: Any = None, input: Any = None, param: Any = None, perturbation: Any = None, *_: Any
) -> Any:
    """What backwardUpdate should give, from central differences."""
    moved = elements(param)
    step = 1e-6 if perturbation is None else perturbation
    return wrap(moved[:, None] - differences(module, input, moved, step))


def scatter(target: NDArray, low: Any, high: Any) -> None:
    """Fill an array with uniform draws from torch's stream."""
    low, high = -2 if low is None else low, 2 if high is None else high
    target[...] = TORCH.rand(target.size).nd.reshape(target.shape) * (high - low) + low


def largest(a: Any, b: Any) -> float:
    """The largest absolute difference of two tensors."""
    return float(np.abs(a.nd - b.nd).max()) if a.nd.size else 0


def tests(part: Any, by_values: Any, by_passes: Any) -> dict[str, Any]:
    """The comparisons of the two ways; `part` is what of the input is moved."""

    def testJacobian(
        module: Any = None,
        input: Any = None,
        minval: Any = None,
        maxval: Any = None,
        perturbation: Any = None,
        *_: Any,
    ) -> float:
        """The largest error of the gradient by the input, at a random input."""
        scatter(part(input), minval, maxval)
        extra = () if perturbation is None else (None, perturbation)
        return largest(by_values(module, input, *extra), by_passes(module, input))

    def testJacobianParameters(
        module: Any = None,
        input: Any = None,
        param: Any = None,
        dparam: Any = None,
        minval: Any = None,
        maxval: Any = None,
        perturbation: Any = None,
        *_: Any,
    ) -> float:
        """The largest error of the gradient by a parameter, at a random input and parameter."""
        scatter(part(input), minval, maxval)
        scatter(elements(param), minval, maxval)
        passes = by_passes(module, input, param, dparam)
        return largest(by_values(module, input, param, perturbation), passes)

    def testJacobianUpdateParameters(
        module: Any = None,
        input: Any = None,
        param: Any = None,
        minval: Any = None,
        maxval: Any = None,
        perturbation: Any = None,
        *_: Any,
    ) -> float:
        """The largest error of accUpdateGradParameters, at a random input and parameter."""
        scatter(part(input), minval, maxval)
        scatter(elements(param), minval, maxval)
        passes = backwardUpdate(module, input, param)
        return largest(forwardUpdate(module, input, param, perturbation), passes)

    def testIO(
        module: Any = None, input: Any = None, minval: Any = None, maxval: Any = None, *_: Any
    ) -> tuple[float, float]:
        """The largest errors of output and gradInput after the module was written and read
        again.
        """
        original = input.clone()
        grad = call(module, "forward", input).clone()
        scatter(grad.nd, minval, maxval)
        outputs = pass_through(module, input, grad.clone())
        check(call(module, "clearState") is module, "clearState did not return self")
        again = TORCH.deserialize(TORCH.serialize(module))
        results = pass_through(again, original, grad)
        forth, back = (largest(a, b) for a, b in zip(outputs, results))
        return forth, back

    return {
        f.__name__: f
        for f in (testJacobian, testJacobianParameters, testJacobianUpdateParameters, testIO)
    }


def pass_through(module: Any, input: Any, grad: Any) -> tuple[Any, Any]:
    """Copies of output and gradInput of one pass."""
    send(module, "forward", input)
    send(module, "zeroGradParameters")
    send(module, "updateGradInput", input, grad)
    send(module, "accGradParameters", input, grad)
    return module.output.clone(), module.gradInput.clone()


def testAllUpdate(
    module: Any = None, input: Any = None, weight: Any = None, gradWeight: Any = None, *_: Any
) -> Any:
    """The errors of the four ways to update a weight, alone and shared by two modules, in a
    table by name.
    """
    rate = TORCH.uniform(0.1, 1)
    before = module[weight].nd.copy()

    def learn(modules: list[Any], accumulate: bool) -> None:
        for m in modules:
            send(m, "forward", input)
            if accumulate:
                send(m, "zeroGradParameters")
        for m in modules:
            send(m, "updateGradInput", input, grad)
        for m in modules:
            if accumulate:
                send(m, "accGradParameters", input, grad)
            else:
                send(m, "accUpdateGradParameters", input, grad, rate)
        if accumulate:
            for m in modules:
                send(m, "updateParameters", rate)

    def pair() -> list[Any]:
        first, second = call(module, "clone"), call(module, "clone")
        send(second, "share", first, weight)
        return [first, second]

    alone = call(module, "clone")
    grad = TORCH.rand(call(alone, "forward", input).size())
    learn([alone], True)
    step = alone[gradWeight].nd * rate
    updated = call(module, "clone")
    learn([updated], False)
    errors = {
        "accGradParameters": float(np.linalg.norm(before - step - alone[weight].nd)),
        "accUpdateGradParameters": float(np.linalg.norm(updated[weight].nd - alone[weight].nd)),
    }
    for way, accumulate in (("accGradParameters", True), ("accUpdateGradParameters", False)):
        modules = pair()
        learn(modules, accumulate)
        errors[f"{way} [shared]"] = sum(
            float(np.linalg.norm(before - 2 * step - m[weight].nd)) for m in modules
        )
    return new_table(fields=errors)


def backwardDiagHessian(module: Any = None, input: Any = None, name: str = "", *_: Any) -> Any:
    """The diagonal of the Hessian under a name, from the module's own methods (see nn.hessian)."""
    ones = call(module, "forward", input).clone().fill(1)
    module.diagHessianWeight.zero()
    module.diagHessianBias.zero()
    send(module, "updateDiagHessianInput", input, ones)
    send(module, "accDiagHessianParameters", input, ones)
    return module[name]


def linearModuleDiagHessian(module: Any = None, input: Any = None, name: str = "", *_: Any) -> Any:
    """The same for a linear module: the sum over outputs of the squared gradients."""
    total = np.zeros(module[name].nElement() or input.nElement())
    for grad in one_by_one(module, input):
        send(module, "zeroGradParameters")
        send(module, "updateGradInput", input, grad)
        send(module, "accGradParameters", input, grad)
        total += np.square(elements(module[name]))
    return wrap(total)


def hessian_test(gradient: str, hessian: str) -> Any:
    """The comparison of the two for one kind of gradient."""

    def test(
        module: Any = None, input: Any = None, minval: Any = None, maxval: Any = None, *_: Any
    ) -> float:
        """The largest error of the Hessian's diagonal, at a random input."""
        scatter(elements(input), minval, maxval)
        send(module, "initDiagHessianParameters")
        found = elements(backwardDiagHessian(module, input, hessian)).copy()
        return float(np.abs(found - linearModuleDiagHessian(module, input, gradient).nd).max())

    return test


NN = namespace("nn")
NN.Jacobian = new_table(
    fields={
        "backward": backward,
        "backwardUpdate": backwardUpdate,
        "forward": forward,
        "forwardUpdate": forwardUpdate,
        "backwardDiagHessian": backwardDiagHessian,
        "linearModuleDiagHessian": linearModuleDiagHessian,
        "testDiagHessianInput": hessian_test("gradInput", "diagHessianInput"),
        "testDiagHessianWeight": hessian_test("gradWeight", "diagHessianWeight"),
        "testDiagHessianBias": hessian_test("gradBias", "diagHessianBias"),
        "testAllUpdate": testAllUpdate,
        **tests(elements, forward, backward),
    }
)
NN.SparseJacobian = new_table(
    fields={
        "backward": sparse_backward,
        "backwardUpdate": backwardUpdate,
        "forward": sparse_forward,
        "forwardUpdate": forwardUpdate,
        "testAllUpdate": testAllUpdate,
        **tests(values, sparse_forward, sparse_backward),
    }
)
