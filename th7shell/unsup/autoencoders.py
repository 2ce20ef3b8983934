"""Autoencoders: modules whose output is the cost of reconstructing the input."""

from __future__ import annotations

from typing import Any

import numpy as np

from th7shell.lua import TorchError, first, lua_type, send
from th7shell.nn.module import Module, call
from th7shell.torch.namespace import namespace

__plays_lua__ = True
NN = namespace("nn")


class UnsupModule(Module, name="unsup.UnsupModule"):
    """The base of unsup's modules: `updateOutput(input, target)` gives a cost.

    Source: koraykv/unsup.
    """

    def normalize(self, *_: Any) -> Any:
        """Bring the dictionary's elements to length 1."""
        raise TorchError("Every unsupervised module has to implement normalize function")


class Coder(UnsupModule, name="unsup.Coder", abstract=True):
    """What modules with an encoder and a decoder share."""

    encoder: Any = None
    decoder: Any = None

    def parameters(self, *_: Any) -> Any:
        """Those of the encoder, then of the decoder."""
        return send(NN.Sequential().add(self.encoder).add(self.decoder), "parameters")

    def initDiagHessianParameters(self, *_: Any) -> Any:
        """Make the tensors for the diagonals of both."""
        return both(self, "initDiagHessianParameters")

    def reset(self, stdv: Any = None, *_: Any) -> Any:
        """Draw the weights of the decoder anew, then of the encoder."""
        send(self.decoder, "reset", stdv)
        send(self.encoder, "reset", stdv)
        return ()

    def zeroGradParameters(self, *_: Any) -> Any:
        """Fill the gradients of both with zeros."""
        return both(self, "zeroGradParameters")

    def updateParameters(self, learningRate: Any = None, *_: Any) -> Any:
        """Step both; a table has a rate for the encoder and one for the decoder."""
        if lua_type(learningRate) == "number":
            rates = learningRate, learningRate
        else:
            rates = learningRate[1], learningRate[2]
        send(self.encoder, "updateParameters", rates[0])
        send(self.decoder, "updateParameters", rates[1])
        return ()


class Autoencoding(Coder, name="unsup.Autoencoding", abstract=True):
    """The passes of both autoencoders, whose cost of the code is `codecost` or `sparseCost`."""

    loss: Any = None
    beta: Any = None

    def updateOutput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        """beta · loss(decoded, target), and the weighted cost of the code."""
        encoder, decoder = self.encoder, self.decoder
        send(encoder, "updateOutput", input)
        send(decoder, "updateOutput", encoder.output)
        self.output = self.beta * call(self.loss, "updateOutput", decoder.output, target)
        cost, weight = penalty(self)
        if cost is not None:
            self.output += weight * first(cost(encoder.output))
        return self.output

    def updateGradInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        return backward(self, "updateGradInput", "gradInput", input, target)

    def accGradParameters(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        send(self.decoder, "accGradParameters", self.encoder.output, self.loss.gradInput)
        send(self.encoder, "accGradParameters", input, self.decoder.gradInput)
        return ()

    def updateDiagHessianInput(self, input: Any = None, target: Any = None, *_: Any) -> Any:
        """The diagonal of the Hessian by the input."""
        return backward(self, "updateDiagHessianInput", "diagHessianInput", input, target)

    def accDiagHessianParameters(self, input: Any = None, *_: Any) -> Any:
        """Accumulate the diagonals of both."""
        name, field = "accDiagHessianParameters", "diagHessianInput"
        send(self.decoder, name, self.encoder.output, self.loss[field])
        send(self.encoder, name, input, self.decoder[field])
        return ()


class AutoEncoder(
    Autoencoding, name="unsup.AutoEncoder", arguments="encoder decoder beta loss? lambda? codecost?"
):
    """The cost of what a decoder makes of a code, and of the code.

    beta · loss(decoder(encoder(x)), target) + lambda · codecost(encoder(x)). loss is a squared
    error that is not averaged. `normalize()` works where the field `normalized` is set.

    Source: koraykv/unsup.
    """

    codecost: Any = None

    def __init__(
        self, encoder: Any, decoder: Any, beta: Any, loss: Any, lambda_: Any, codecost: Any
    ) -> None:
        self.encoder, self.decoder, self.beta = encoder, decoder, beta
        self.loss = squared_error() if loss is None or loss is False else loss
        if lambda_ is not None and codecost is not None:
            self.codecost = codecost
            self["lambda"] = lambda_

    def normalize(self, *_: Any) -> Any:
        if self["normalized"]:
            normalize(self.decoder["weight"])
        return ()


class SparseAutoEncoder(
    Autoencoding, name="unsup.SparseAutoEncoder", arguments="encoder decoder beta lambda loss?"
):
    """An autoencoder with a sparse code: beta · loss(decoded, target) +
    lambda · |code|₁.

    Source: koraykv/unsup.
    """

    sparseCost: Any = None

    def __init__(self, encoder: Any, decoder: Any, beta: Any, lambda_: Any, loss: Any) -> None:
        self.encoder, self.decoder, self.beta = encoder, decoder, beta
        self.sparseCost = NN.L1Cost()
        self["lambda"] = lambda_
        self.loss = squared_error() if loss is None or loss is False else loss


def both(coder: Any, method: str) -> tuple[()]:
    """Call a method of the encoder, then of the decoder."""
    send(coder.encoder, method)
    send(coder.decoder, method)
    return ()


def squared_error() -> Any:
    """The sum of the squares of differences."""
    loss = NN.MSECriterion()
    loss.sizeAverage = False
    return loss


def penalty(coder: Any) -> tuple[Any, Any]:
    """The criterion of the code and its weight, None where there is none."""
    weight = coder["lambda"]
    if weight is None:
        return None, None
    sparse = coder["sparseCost"]
    return (coder["codecost"] if sparse is None else sparse), weight


def backward(coder: Any, kind: str, field: str, input: Any, target: Any) -> Any:
    """A pass of gradients or of diagonals of Hessians, through the costs to the input."""
    encoder, decoder = coder.encoder, coder.decoder
    send(coder.loss, kind, decoder.output, target)
    coder.loss[field].mul(coder.beta)
    cost, weight = penalty(coder)
    if cost is not None:
        send(cost, kind, encoder.output)
        cost[field].mul(weight)
    send(decoder, kind, encoder.output, coder.loss[field])
    if cost is not None:
        decoder[field].add(cost[field])
    send(encoder, kind, input, decoder[field])
    coder[field] = encoder[field]
    return coder[field]


def normalize(weight: Any) -> None:
    """Divide the columns of a matrix, or the kernels in a weight of more dimensions, by their
    lengths, in place."""
    if weight is None or weight.nd.ndim < 2:
        return
    w = weight.nd
    if w.ndim > 5:
        raise TorchError("I do not know what kind of weight matrix this is")
    axes = (0,) if w.ndim == 2 else (-2, -1)
    lengths = np.sqrt(np.square(w, dtype=np.float64).sum(axes, keepdims=True))
    w /= (lengths + 1e-12).astype(w.dtype)


CLASSES = (UnsupModule, AutoEncoder, SparseAutoEncoder)
