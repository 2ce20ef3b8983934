"""Whole models of the shapes that programs of the time had, small."""

from __future__ import annotations

import numpy as np

from th7shell import nn, torch
from th7shell.lua import array, new_table
from th7shell.nngraph.calls import node_of


def chain(*layers):
    net = nn.Sequential()
    for layer in layers:
        net.add(layer)
    return net


def lenet():
    return chain(
        nn.SpatialConvolution(1, 6, 5, 5),
        nn.Tanh(),
        nn.SpatialMaxPooling(2, 2, 2, 2),
        nn.SpatialConvolution(6, 16, 5, 5),
        nn.Tanh(),
        nn.SpatialMaxPooling(2, 2, 2, 2),
        nn.View(-1).setNumInputDims(3),
        nn.Linear(400, 120),
        nn.Tanh(),
        nn.Linear(120, 10),
        nn.LogSoftMax(),
    )


def inception():
    def module(planes):
        pooled = chain(
            nn.SpatialMaxPooling(3, 3, 1, 1, 1, 1),
            nn.SpatialConvolution(planes, 2, 1, 1),
            nn.ReLU(True),
        )
        narrow = chain(
            nn.SpatialConvolution(planes, 3, 1, 1),
            nn.ReLU(True),
            nn.SpatialConvolution(3, 4, 3, 3, 1, 1, 1, 1),
            nn.ReLU(True),
        )
        single = chain(nn.SpatialConvolution(planes, 2, 1, 1), nn.ReLU(True))
        return nn.DepthConcat(2).add(single).add(narrow).add(pooled)

    return chain(
        nn.SpatialConvolution(3, 4, 3, 3, 1, 1, 1, 1),
        nn.SpatialBatchNormalization(4),
        nn.ReLU(True),
        nn.SpatialMaxPooling(3, 3, 2, 2).ceil(),
        module(4),
        module(8),
        nn.SpatialAveragePooling(8, 8, 1, 1),
        nn.View(8).setNumInputDims(3),
        nn.Dropout(0.4),
        nn.Linear(8, 10),
        nn.LogSoftMax(),
    )


def vgg():
    features, planes = nn.Sequential(), 3
    for size in (4, 4, None, 8, 8, None):
        if size is None:
            features.add(nn.SpatialMaxPooling(2, 2, 2, 2))
            continue
        features.add(nn.SpatialConvolution(planes, size, 3, 3, 1, 1, 1, 1))
        features.add(nn.SpatialBatchNormalization(size, 1e-3))
        features.add(nn.ReLU(True))
        planes = size
    head = chain(
        nn.View(8 * 4 * 4),
        nn.Linear(8 * 4 * 4, 16),
        nn.ReLU(True),
        nn.Dropout(0.5),
        nn.Linear(16, 10),
    )
    return nn.Sequential().add(features).add(head)


def resnet():
    def block(given, planes, stride):
        path = chain(
            nn.SpatialConvolution(given, planes, 3, 3, stride, stride, 1, 1),
            nn.SpatialBatchNormalization(planes),
            nn.ReLU(True),
            nn.SpatialConvolution(planes, planes, 3, 3, 1, 1, 1, 1),
            nn.SpatialBatchNormalization(planes),
        )
        if given == planes:
            skip = nn.Identity()
        else:
            skip = chain(
                nn.SpatialAveragePooling(1, 1, stride, stride),
                nn.Concat(2).add(nn.Identity()).add(nn.MulConstant(0)),
            )
        return chain(nn.ConcatTable().add(path).add(skip), nn.CAddTable(True), nn.ReLU(True))

    return chain(
        nn.SpatialConvolution(3, 4, 3, 3, 1, 1, 1, 1),
        nn.SpatialBatchNormalization(4),
        nn.ReLU(True),
        block(4, 4, 1),
        block(4, 8, 2),
        block(8, 8, 1),
        nn.SpatialAveragePooling(4, 4, 1, 1),
        nn.View(8).setNumInputDims(3),
        nn.Linear(8, 10),
    )


def on(layer, *given):
    """The node of a layer that reads other nodes."""
    return node_of(layer, *([given[0] if len(given) == 1 else new_table(given)] if given else []))


def graph(inputs, outputs):
    return nn.gModule(new_table(inputs), new_table(outputs))


def unet():
    """With nngraph: encoder, decoder, joined."""

    def convolutions(given, planes, node):
        node = on(nn.SpatialConvolution(given, planes, 3, 3, 1, 1, 1, 1), node)
        node = on(nn.SpatialConvolution(planes, planes, 3, 3, 1, 1, 1, 1), on(nn.ReLU(True), node))
        return on(nn.ReLU(True), node)

    given = on(nn.Identity())
    first = convolutions(1, 2, given)
    second = convolutions(2, 4, on(nn.SpatialMaxPooling(2, 2), first))
    bottom = convolutions(4, 8, on(nn.SpatialMaxPooling(2, 2), second))
    up = on(nn.SpatialFullConvolution(8, 4, 2, 2, 2, 2), bottom)
    up = convolutions(8, 4, on(nn.JoinTable(2), second, up))
    up = on(nn.SpatialUpSamplingNearest(2), up)
    up = convolutions(6, 2, on(nn.JoinTable(2), first, up))
    return graph([given], [on(nn.SpatialConvolution(2, 1, 1, 1), up)])


def lstm(inputs=3, size=4):
    """One step of an LSTM with nngraph: {x, c, h} to {c, h}."""
    x, c, h = (on(nn.Identity()) for _ in range(3))
    i2h = on(nn.Linear(inputs, 4 * size), x).annotate(new_table(fields={"name": "i2h"}))
    h2h = on(nn.Linear(size, 4 * size), h).annotate(new_table(fields={"name": "h2h"}))
    sums = on(nn.Reshape(4, size), on(nn.CAddTable(), i2h, h2h))
    gates = on(nn.SplitTable(2), sums).split(4)
    into, forget, out = (on(nn.Sigmoid(), gate) for gate in gates[:3])
    change = on(nn.CMulTable(), into, on(nn.Tanh(), gates[3]))
    next_c = on(nn.CAddTable(), on(nn.CMulTable(), forget, c), change)
    next_h = on(nn.CMulTable(), out, on(nn.Tanh(), next_c))
    return graph([x, c, h], [next_c, next_h])


def residual_graph():
    """A ResNet as programs with nngraph have it: a sum of two paths, one of them a projection."""

    def normalized(given, planes, size, stride, node):
        pad = (size - 1) // 2
        conv = nn.SpatialConvolution(given, planes, size, size, stride, stride, pad, pad)
        return on(nn.SpatialBatchNormalization(planes), on(conv.noBias(), node))

    def block(given, planes, stride, node):
        path = on(nn.ReLU(True), normalized(given, planes, 3, stride, node))
        path = normalized(planes, planes, 3, 1, path)
        skip = node if given == planes else normalized(given, planes, 1, stride, node)
        return on(nn.ReLU(True), on(nn.CAddTable(), path, skip))

    given = on(nn.Identity())
    node = on(nn.ReLU(True), normalized(3, 4, 3, 1, given))
    for planes, stride in ((4, 1), (8, 2), (8, 1)):
        node = block(4 if planes == 4 or stride == 2 else 8, planes, stride, node)
    node = on(nn.View(8).setNumInputDims(3), on(nn.SpatialAveragePooling(4, 4), node))
    return graph([given], [on(nn.LogSoftMax(), on(nn.Linear(8, 10), node))])


def language_model(steps=3, words=7, size=4):
    """An LSTM over three words, its steps copies that share their parameters: {words, c, h} to the
    predictions and the last states."""
    step = lstm(size, size)
    embedding, decoder = nn.LookupTable(words, size), nn.Linear(size, words)
    given, c, h = start = [on(nn.Identity()) for _ in range(3)]
    outputs = []
    for i in range(steps):
        word = on(embedding.clone("weight"), on(nn.Select(2, i + 1), given))
        c, h = on(step.clone("weight", "bias"), word, c, h).split(2)
        scores = on(decoder.clone("weight", "bias"), h)
        outputs.append(on(nn.LogSoftMax(), scores))
    return graph(start, [*outputs, c, h])


def attention():
    """A memory that is read by similarity: MM, CMul, narrow, an embedding."""
    words, query = on(nn.Identity()), on(nn.Identity())
    memory = on(nn.LookupTable(7, 4), words)
    row = on(nn.Replicate(1, 2), on(nn.CMul(4), query))
    scores = on(nn.MM(False, True), row, memory)
    weights = on(nn.Replicate(1, 2), on(nn.SoftMax(), on(nn.Select(2, 1), scores)))
    read = on(nn.Narrow(2, 2, 2), on(nn.Select(2, 1), on(nn.MM(), weights, memory)))
    answer = on(nn.LogSoftMax(), on(nn.Linear(2, 3), read))
    return graph([words, query], [answer])


def openface():
    def pooled(planes, p):
        return chain(
            nn.SpatialLPPooling(planes, p, 3, 3, 3, 3),
            nn.SpatialConvolution(planes, 3, 1, 1),
            nn.SpatialBatchNormalization(3),
            nn.ReLU(),
        )

    narrow = chain(
        nn.SpatialConvolution(4, 3, 1, 1),
        nn.ReLU(),
        nn.SpatialConvolution(3, 4, 3, 3, 3, 3),
        nn.ReLU(),
    )
    return chain(
        nn.SpatialConvolutionMM(3, 4, 7, 7, 2, 2, 3, 3),
        nn.SpatialBatchNormalization(4),
        nn.ReLU(),
        nn.SpatialMaxPooling(3, 3, 2, 2, 1, 1),
        nn.SpatialCrossMapLRN(5, 0.0001, 0.75),
        nn.DepthConcat(2).add(narrow).add(pooled(4, 2)),
        nn.SpatialAveragePooling(2, 2, 1, 1),
        nn.View(7).setNumInputDims(3),
        nn.Linear(7, 8),
        nn.Normalize(2),
    )


def segnet():
    first, second = nn.SpatialMaxPooling(2, 2, 2, 2), nn.SpatialMaxPooling(2, 2, 2, 2)
    return chain(
        nn.SpatialConvolution(1, 3, 3, 3, 1, 1, 1, 1),
        nn.ReLU(True),
        first,
        nn.SpatialConvolution(3, 4, 3, 3, 1, 1, 1, 1),
        second,
        nn.SpatialMaxUnpooling(second),
        nn.SpatialConvolution(4, 3, 3, 3, 1, 1, 1, 1),
        nn.SpatialMaxUnpooling(first),
        nn.SpatialConvolution(3, 2, 3, 3, 1, 1, 1, 1),
    )


def siamese():
    """Two towers that share their weights, and the distance between them."""
    tower = chain(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3))
    pair = nn.ParallelTable().add(tower).add(tower.clone("weight", "bias"))
    return chain(pair, nn.PairwiseDistance(2))


#: name → (the net's maker, the sizes of a batch of two)
NETS = {
    "lenet": (lenet, (2, 1, 32, 32)),
    "inception": (inception, (2, 3, 16, 16)),
    "vgg": (vgg, (2, 3, 16, 16)),
    "resnet": (resnet, (2, 3, 8, 8)),
    "unet": (unet, (2, 1, 8, 8)),
    "lstm": (lstm, [(2, 3), (2, 4), (2, 4)]),
    "residual graph": (residual_graph, (2, 3, 8, 8)),
    "language model": (language_model, [(2, 3), (2, 4), (2, 4)]),
    "attention": (attention, [(2, 5), (2, 4)]),
    "openface": (openface, (2, 3, 24, 24)),
    "segnet": (segnet, (2, 1, 8, 8)),
    "siamese": (siamese, [(2, 5), (2, 5)]),
}


INDICES = ("attention", "language model")  # nets whose first input is of words' numbers


def build(name):
    """The net with the same parameters every time, its batch statistics off their defaults."""
    torch.manualSeed(5)
    net = NETS[name][0]()
    for layer in array(net.listModules()):
        if layer["running_mean"] is not None:
            layer.running_mean.uniform(-1, 1)
            layer.running_var.uniform(0.5, 2)
    return net


def arrays(name, batch=2):
    """An input for the net: numbers from 1 to 7 where it takes indices."""
    draw = np.random.default_rng(2)

    def one(size):
        return draw.uniform(-1, 1, (batch, *size[1:]))

    sizes = NETS[name][1]
    if name in INDICES:
        return [draw.integers(1, 8, (batch, sizes[0][1])).astype(float), *map(one, sizes[1:])]
    return [one(size) for size in sizes] if isinstance(sizes, list) else one(sizes)
