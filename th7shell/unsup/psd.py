"""Predictive sparse decomposition: an encoder learns to predict the codes that FISTA finds."""

from __future__ import annotations

from typing import Any

from th7shell.lua import TorchError, new_table, send
from th7shell.nn.module import call
from th7shell.torch.namespace import namespace

from .autoencoders import Coder
from .diag import Diag
from .sparse import LinearFistaL1, SpatialConvFistaL1

__plays_lua__ = True
NN = namespace("nn")


class PSD(Coder, name="unsup.PSD", arguments="encoder decoder beta params?"):
    """The cost of the decoder's code plus beta ·
    |encoder(x) − code|², the decoder being a module of sparse coding.

    `updateOutput(input)` returns the cost and FISTA's history.

    Source: koraykv/unsup; Kavukcuoglu, Ranzato and LeCun 2008.
    """

    predcost: Any = None
    params: Any = None
    beta: Any = None

    def __post_init__(self, params: Any) -> None:
        self.predcost = NN.MSECriterion()
        self.predcost.sizeAverage = False
        self.params = new_table() if params is None else params
        self.reset()

    def updateOutput(self, input: Any = None, *_: Any) -> Any:
        """The cost of an input, FISTA's history."""
        prediction = call(self.encoder, "updateOutput", input)
        value, history = send(self.decoder, "updateOutput", input, prediction)
        error = call(self.predcost, "updateOutput", prediction, self.decoder.code)
        return value + error * self.beta, history

    def updateGradInput(self, input: Any = None, *_: Any) -> Any:
        code = self.decoder.code
        gradient = call(self.predcost, "updateGradInput", self.encoder.output, code)
        send(self.encoder, "updateGradInput", input, gradient.mul(self.beta))
        return ()

    def accGradParameters(self, input: Any = None, *_: Any) -> Any:
        send(self.decoder, "accGradParameters", input)
        send(self.encoder, "accGradParameters", input, self.predcost.gradInput)
        return ()

    def updateDiagHessianInput(self, input: Any = None, *_: Any) -> Any:
        """The diagonal of the Hessian by the input."""
        code = self.decoder.code
        diagonal = call(self.predcost, "updateDiagHessianInput", self.encoder.output, code)
        send(self.encoder, "updateDiagHessianInput", input, diagonal.mul(self.beta))
        self["diagHessianInput"] = self.encoder["diagHessianInput"]
        return self["diagHessianInput"]

    def accDiagHessianParameters(self, input: Any = None, *_: Any) -> Any:
        """Accumulate the diagonals of both."""
        name = "accDiagHessianParameters"
        send(self.decoder, name, input)
        send(self.encoder, name, input, self.predcost["diagHessianInput"])
        return ()

    def normalize(self, *_: Any) -> Any:
        send(self.decoder, "normalize")
        return ()


def encoder(kind: Any, linear: Any, size: Any) -> Any:
    """The encoder that params.encoderType names, around a linear or convolutional layer."""
    if kind == "linear":
        return linear()
    squash = {"tanh": "Tanh", "tanh_shrink": "TanhShrink"}.get(kind)
    if squash is None:
        raise TorchError(f'params.encoderType unknown " {kind}')
    return NN.Sequential().add(linear()).add(NN[squash]()).add(Diag(size))


def _settings(params: Any) -> Any:
    params = new_table() if params is None else params
    if params["encoderType"] is None:
        params["encoderType"] = "linear"
    return params


class LinearPSD(PSD, name="unsup.LinearPSD", arguments="inputSize outputSize lambda beta params?"):
    """PSD of vectors.
    params.encoderType: linear, tanh or tanh_shrink; the others are FISTA's.

    Source: koraykv/unsup.
    """

    def __init__(
        self, inputSize: Any, outputSize: Any, lambda_: Any, beta: Any, params: Any
    ) -> None:
        decoder = LinearFistaL1(inputSize, outputSize, lambda_, params)
        params = _settings(params)
        code = encoder(params["encoderType"], lambda: NN.Linear(inputSize, outputSize), outputSize)
        super().__init__(code, decoder, beta, params)


class ConvPSD(PSD, name="unsup.ConvPSD", arguments="conntable kW kH iW iH lambda beta params?"):
    """PSD of maps; conntable is the
    encoder's.

    Source: koraykv/unsup.
    """

    def __init__(
        self,
        conntable: Any,
        kW: Any,
        kH: Any,
        iW: Any,
        iH: Any,
        lambda_: Any,
        beta: Any,
        params: Any,
    ) -> None:
        reverse = conntable.clone()
        reverse.select(2, 1).copy(conntable.select(2, 2))
        reverse.select(2, 2).copy(conntable.select(2, 1))
        maps = int(conntable.select(2, 2).max())
        decoder = SpatialConvFistaL1(reverse, kW, kH, iW, iH, lambda_, params)
        params = _settings(params)
        code = encoder(
            params["encoderType"],
            lambda: NN.SpatialConvolutionMap(conntable, kW, kH, 1, 1),
            maps,
        )
        super().__init__(code, decoder, beta, params)


CLASSES = (PSD, LinearPSD, ConvPSD)
