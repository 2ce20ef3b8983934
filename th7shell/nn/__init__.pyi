"""Types of nn; made by docs/make_stubs.py."""

from collections.abc import Callable, Iterator
from typing import Any, Self


from th7shell.lua import Table
from th7shell.torch import Tensor

_int = int
_float = float
_bool = bool
_str = str


class Module:
    """The base of all layers: holds the buffers `output` and `gradInput` and everything that layers share."""
    weight: Tensor
    bias: Tensor
    gradWeight: Tensor
    gradBias: Tensor
    output: Any
    gradInput: Any
    modules: Table
    train: _bool
    def __init__(self) -> None: ...
    def __call__(self, input: Any, gradOutput: Any = None) -> Any: ...
    def forward(self, input: Any) -> Any: ...
    def backward(self, input: Any, gradOutput: Any, scale: _float = 1) -> Any: ...
    def parameters(self) -> tuple[Table, Table]: ...
    def getParameters(self) -> tuple[Tensor, Tensor]: ...
    def findModules(self, typename: _str) -> tuple[Table, Table]: ...
    def apply(self, callback: Callable[[Any], object]) -> None: ...
    def updateOutput(self, input: Any) -> Any: ...
    def updateGradInput(self, input: Any, gradOutput: Any) -> Any: ...
    def accGradParameters(self, input: Any, gradOutput: Any, scale: _float = 1) -> None: ...
    def accUpdateGradParameters(self, input: Any = None, gradOutput: Any = None, lr: Any = None) -> None: ...
    def backwardUpdate(self, input: Any = None, gradOutput: Any = None, lr: Any = None) -> Any: ...
    def clearState(self) -> Self: ...
    def clone(self, *names: Any) -> Self: ...
    def cuda(self, *args: Any) -> Self: ...
    def defaultAccUpdateGradParameters(self, input: Any = None, gradOutput: Any = None, lr: Any = None) -> Any: ...
    def double(self, *args: Any) -> Self: ...
    def evaluate(self) -> None: ...
    @staticmethod
    def flatten(*args: Any) -> Any: ...
    def float(self, *args: Any) -> Self: ...
    def listModules(self) -> Table: ...
    def replace(self, callback: Any = None) -> Any: ...
    def reset(self, stdv: Any = None) -> None: ...
    def share(self, mlp: Any = None, *names: Any) -> Self: ...
    def sharedAccUpdateGradParameters(self, input: Any = None, gradOutput: Any = None, lr: Any = None) -> Any: ...
    def summary(self, *inputSize: Any) -> Any: ...
    def training(self) -> None: ...
    def type(self, type: Any = None, tensorCache: Any = None) -> Self: ...
    def updateParameters(self, learningRate: Any = None) -> None: ...
    def zeroGradParameters(self) -> None: ...


class Abs(Module):
    """y = |x| of every element."""
    def __init__(self) -> None: ...


class Criterion:
    """The base of all criterions: `forward(input, target)` returns the loss, `backward(input, target)` its gradient."""
    output: _float
    gradInput: Any
    def __init__(self) -> None: ...
    def __call__(self, input: Any, target: Any) -> tuple[_float, Any]: ...
    def forward(self, input: Any, target: Any) -> _float: ...
    def backward(self, input: Any, target: Any) -> Any: ...
    def updateOutput(self, input: Any, target: Any) -> Any: ...
    def updateGradInput(self, input: Any, target: Any) -> Any: ...
    def clone(self) -> Self: ...
    def cuda(self) -> Self: ...
    def cudaDouble(self) -> Any: ...
    def cudaHalf(self) -> Any: ...
    def double(self) -> Self: ...
    def float(self) -> Self: ...
    def type(self, type: Any = None, tensorCache: Any = None) -> Self: ...


class AbsCriterion(Criterion):
    """The mean absolute error, Σ |x - t| / n."""
    def __init__(self, sizeAverage: _bool = True) -> None: ...
    sizeAverage: Any


class Add(Module):
    """y = x + b, with a learned vector b, or one learned number with `scalar`."""
    def __init__(self, inputSize: _int, scalar: _bool = False) -> None: ...
    scalar: Any


class AddConstant(Module):
    """y = x + c, with c a number or a vector as long as the last dimension of a 1-D or 2-D input."""
    def __init__(self, constant_scalar: Any, inplace: _bool = False) -> None: ...
    constant_scalar: Any
    inplace: Any


class BCECriterion(Criterion):
    """Binary cross entropy, -Σ (t·log x + (1 - t)·log(1 - x)) / n, of probabilities x and targets t in [0, 1]."""
    def __init__(self, weights: Any = None, sizeAverage: _bool = True) -> None: ...
    sizeAverage: Any
    weights: Any


class BatchNormalization(Module):
    """Normalise each feature over the batch: y = (x - mean) / √(var + eps) · weight + bias."""
    def __init__(self, nOutput: _int, eps: _float = 1e-05, momentum: _float = 0.1, affine: _bool = True) -> None: ...
    affine: Any
    eps: Any
    momentum: Any
    running_mean: Any
    running_std: Any
    running_var: Any
    def checkInputDim(self, input: Any = None) -> Any: ...


class Bilinear(Module):
    """A bilinear form of a pair of inputs, y_k = x₁ᵀ·A_k·x₂ + b_k."""
    def __init__(self, inputSize1: Any, inputSize2: Any, outputSize: _int, bias: _bool = True) -> None: ...


class Container(Module):
    """The base of containers: keeps the children in the table `modules` and hands things down to them."""
    def __init__(self, *modules: Any) -> None: ...
    def __len__(self) -> _int: ...
    def __iter__(self) -> Iterator[Any]: ...
    def __getitem__(self, position: _int) -> Any: ...
    def __setitem__(self, position: _int, module: Module) -> None: ...
    def add(self, module: Module) -> Self: ...
    def get(self, index: _int) -> Any: ...
    def size(self) -> _int: ...
    def applyToModules(self, func: Any = None) -> Any: ...
    def rethrowErrors(self, module: Any = None, moduleIndex: Any = None, funcName: _str = '', *args: Any) -> Any: ...


class Decorator(Container):
    """A container of one module that does what the module does: the base of those below."""
    def __init__(self, module: Any) -> None: ...
    @staticmethod
    def decorate(*args: Any) -> Any: ...


class Bottle(Decorator):
    """Let a module that takes nInputDim dimensions work on more: those before are flattened into its batch."""
    def __init__(self, module: Any, nInputDim: _int = 2, nOutputDim: Any = None) -> None: ...
    dimDelta: Any
    inShape: Any
    nInputDim: Any
    nOutputDim: Any
    outShape: Any


class CAdd(Module):
    """y = x + b, with a learned tensor b that is repeated over batches and over its dimensions of size 1."""
    def __init__(self, *size: Any) -> None: ...
    size: Any


class CAddTable(Module):
    """The sum of the entries of a table of tensors."""
    def __init__(self, inplace: _bool = False) -> None: ...
    inplace: Any


class CAddTensorTable(Module):
    """{v, {a, b, c}} → {v + a, v + b, v + c}."""
    def __init__(self) -> None: ...


class CDivTable(Module):
    """{a, b} → a / b."""
    def __init__(self) -> None: ...


class CMaxTable(Module):
    """The largest of the entries of a table of tensors, element by element."""
    def __init__(self) -> None: ...


class CMinTable(Module):
    """The smallest of the entries of a table of tensors, element by element."""
    def __init__(self) -> None: ...


class CMul(Module):
    """y = w·x, with a learned tensor w that is repeated over batches and over its dimensions of size 1."""
    def __init__(self, *size: Any) -> None: ...
    size: Any


class CMulTable(Module):
    """The product of the entries of a table of tensors."""
    def __init__(self) -> None: ...
    def updateGradInput_efficient(self, input: Any = None, gradOutput: Any = None) -> Any: ...


class Sequential(Container):
    """Feed the output of each module to the next."""
    def __init__(self, *modules: Module) -> None: ...
    def insert(self, module: Any = None, index: Any = None) -> None: ...
    def remove(self, index: Any = None) -> Any: ...


class CReLU(Sequential):
    """Concatenate max(0, x) and max(0, -x) along the planes."""
    def __init__(self, nInputDims: _int, inplace: _bool = False) -> None: ...
    inplace: Any
    nInputDims: Any


class CSubTable(Module):
    """{a, b} → a - b."""
    def __init__(self) -> None: ...


class HardTanh(Module):
    """y = x clamped to [min_value, max_value]."""
    def __init__(self, min_value: Any = -1, max_value: Any = 1, inplace: _bool = False) -> None: ...
    inplace: Any
    max_val: Any
    min_val: Any


class Clamp(HardTanh):
    """y = x clamped to [min_value, max_value]: HardTanh under another name."""
    def __init__(self, min_value: Any, max_value: Any) -> None: ...


class ClassNLLCriterion(Criterion):
    """Negative log likelihood, -Σ w[y]·x[y] / Σ w[y], of log-probabilities x and classes y."""
    def __init__(self, weights: Any = None, sizeAverage: _bool = True, ignoreIndex: Any = -100) -> None: ...
    output_tensor: Any
    sizeAverage: Any
    target: Any
    total_weight_tensor: Any
    weights: Any


class MSECriterion(Criterion):
    """The mean squared error, Σ (x - t)² / n."""
    def __init__(self, sizeAverage: _bool = True) -> None: ...
    sizeAverage: Any


class ClassSimplexCriterion(MSECriterion):
    """The squared error against the target class's vertex of a regular simplex."""
    def __init__(self, nClasses: _int) -> None: ...
    nClasses: Any
    simplex: Any
    def getPredictions(self, input: Any = None) -> Any: ...
    def getTopPrediction(self, input: Any = None) -> Any: ...


class Collapse(Module):
    """Flatten a sample of nInputDim dimensions into one; a batch dimension before stays."""
    def __init__(self, nInputDim: _int) -> None: ...
    nInputDim: Any


class Concat(Container):
    """Give the same input to all children and concatenate their outputs along a dimension."""
    def __init__(self, dimension: _int) -> None: ...
    dimension: Any
    outputSize: Any
    def backwards(self, method: Any, input: Any, gradOutput: Any, *extra: Any) -> Any: ...
    def run(self, method: Any, *parts: Any, extra: Any = ...) -> Any: ...
    def windowNarrow(self, output: Any, currentOutput: Any, offset: _int) -> Any: ...
    def windows(self, whole: Any, outputs: Any) -> Any: ...


class ConcatTable(Container):
    """Give the same input to all children; the output is the table of their outputs."""
    def __init__(self, *modules: Module) -> None: ...
    def backwards(self, method: Any, input: Any, gradOutput: Any, *extra: Any) -> Any: ...
    def run(self, method: Any, *parts: Any, extra: Any = ...) -> Any: ...


class Constant(Module):
    """A constant, whatever the input is; the gradient is zero."""
    def __init__(self, value: Any, nInputDim: Any = None) -> None: ...
    nInputDim: Any
    value: Any


class Contiguous(Module):
    """The input, copied only where it is not contiguous; the same for the gradient."""
    def __init__(self) -> None: ...


class Convert(Container):
    """Convert tensors from one layout of axes to another; the layers for it are made by the first forward."""
    def __init__(self, inputShape: _str = 'b*', outputShape: Any = None) -> None: ...
    batchMode: Any
    converter: Any
    inputBatchDim: Any
    inputShape: Any
    nInputDim: Any
    nOutputDim: Any
    outputBatchDim: Any
    outputShape: Any
    transposition: Any
    def b(self, input: Any = None) -> Any: ...
    def bf(self, input: Any = None) -> Any: ...
    def bt(self) -> Any: ...
    def buildConverter(self, input: Any = None) -> Any: ...
    def default(self) -> Any: ...
    def findAxis(self, axis: Any = None, shape: Any = None, silent: Any = None) -> Any: ...
    def transpose(self, newShape: Any = None) -> Any: ...


class Copy(Module):
    """The input converted to a tensor type; the gradient converted back."""
    def __init__(self, intype: Any = None, outtype: Any = None, forceCopy: _bool = False, dontCast: _bool = False) -> None: ...
    dontCast: Any


class Cosine(Module):
    """The cosine similarity of the input with learned vectors, y_j = w_j·x / (‖w_j‖·‖x‖)."""
    def __init__(self, inputSize: _int, outputSize: _int) -> None: ...


class CosineDistance(Module):
    """{x, y} → x·y / (‖x‖·‖y‖), of two vectors or row by row of two matrices."""
    def __init__(self) -> None: ...


class CosineEmbeddingCriterion(Criterion):
    """1 - cos(x₁, x₂) where y = 1, max(0, cos(x₁, x₂) - margin) where y = -1."""
    def __init__(self, margin: _float = 0) -> None: ...
    margin: Any
    sizeAverage: Any


class CriterionTable(Module):
    """A criterion as a module: {input, target} → its loss."""
    def __init__(self, criterion: Any) -> None: ...
    criterion: Any


class CrossEntropyCriterion(Criterion):
    """LogSoftMax and ClassNLLCriterion in one, of scores x and classes y."""
    def __init__(self, weights: Any = None, sizeAverage: _bool = True) -> None: ...
    lsm: Any
    nll: Any
    oldSizeAverage: Any
    sizeAverage: Any


class DepthConcat(Concat):
    """Concat of outputs whose other sizes may differ: smaller ones are centred and zero-padded to the largest."""
    def __init__(self, dimension: _int) -> None: ...


class DistKLDivCriterion(Criterion):
    """Kullback-Leibler divergence, Σ t·(log t - x) / n, of log-probabilities x from probabilities t."""
    def __init__(self) -> None: ...
    sizeAverage: Any


class DistanceRatioCriterion(Criterion):
    """-log(e^(-x) / (e^(-x) + e^(-y))): the distances x should be small beside the distances y."""
    def __init__(self, sizeAverage: _bool = True) -> None: ...
    sizeAverage: Any


class DontCast(Decorator):
    """Keep a module out of `type()`: it stays of its type, and what goes in and out may be converted."""
    def __init__(self, module: Any, castin: _bool = False, castout: Any = None, moduleType: Any = None) -> None: ...
    castin: Any
    castout: Any
    moduleType: Any


class DotProduct(Module):
    """{x, y} → x·y, of two vectors or row by row of two matrices; the result is a vector."""
    def __init__(self) -> None: ...


class Dropout(Module):
    """Set elements to zero at random while training, each with probability p, and scale the others by 1/(1-p)."""
    def __init__(self, p: _float = 0.5, v1: _bool = False, inplace: _bool = False, stochasticInference: _bool = False) -> None: ...
    inplace: Any
    noise: Any
    p: Any
    stochastic_inference: Any
    v2: Any
    def setp(self, p: Any = None) -> Any: ...


class ELU(Module):
    """Exponential linear unit, y = x where x > 0, else alpha·(eˣ - 1)."""
    def __init__(self, alpha: Any = 1, inplace: _bool = False) -> None: ...
    inplace: Any


class Euclidean(Module):
    """The distances of the input to learned centres, y_j = ‖w_j - x‖."""
    def __init__(self, inputSize: _int, outputSize: _int) -> None: ...
    fastBackward: Any


class Exp(Module):
    """y = eˣ of every element."""
    def __init__(self) -> None: ...


class FeatureLPPooling(Module):
    """Take the p-norm over windows of neighbouring features."""
    def __init__(self, width: _int, stride: Any, power: Any, batch_mode: Any) -> None: ...
    batch_mode: Any
    power: Any
    stride: Any
    width: Any


class FlattenTable(Module):
    """A nested table of tensors → the flat table of them."""
    def __init__(self) -> None: ...
    input_map: Any


class GPU(Container):
    """A module that belongs to a device; here every device is the CPU, so it does what the module does."""
    def __init__(self, module: Any, device: Any, outdevice: Any = None) -> None: ...
    device: Any
    outdevice: Any
    @staticmethod
    def recursiveModuleDevice(*args: Any) -> Any: ...
    @staticmethod
    def recursiveSetDevice(*args: Any) -> Any: ...
    def setDevice(self, device: Any = None) -> Any: ...


class GatedLinearUnit(Module):
    """One half of the input times the sigmoid of the other, y = a·σ(b), along a dimension."""
    def __init__(self, dim: Any = None) -> None: ...
    dim: Any


class GradientReversal(Module):
    """The input itself; the gradient times -lambda."""
    def __init__(self, lambda_: Any = 1) -> None: ...
    def setLambda(self, lambda_: Any = None) -> Any: ...


class HardShrink(Module):
    """y = x where |x| > lambda, else 0."""
    def __init__(self, lambda_: _float = 0.5) -> None: ...


class HingeEmbeddingCriterion(Criterion):
    """x where y = 1, max(0, margin - x) where y = -1: for distances of pairs that are alike or not."""
    def __init__(self, margin: _float = 1) -> None: ...
    margin: Any
    sizeAverage: Any


class Identity(Module):
    """The input itself, whatever it is; gradInput is gradOutput itself."""
    def __init__(self) -> None: ...


class Index(Module):
    """{tensor, indices} → the slices of the tensor at the indices, along a dimension."""
    def __init__(self, dimension: _int) -> None: ...
    dimension: Any


class IndexLinear(Module):
    """Affine map y = Σ value·weight[key] + b of an input of keys and values."""
    def __init__(self, inputSize: _int, outputSize: _int, doGradInput: _bool = False, keysOffset: Any = 0, weight: Any = None, bias: Any = None, normalize: _bool = False) -> None: ...
    cumSumSizes: Any
    cumSumSizesCache: Any
    doGradInput: Any
    gradWeightBuffer: Any
    inputSize: Any
    isFlat: Any
    keys: Any
    lkeys: Any
    lvalues: Any
    noBatch: Any
    normalize: Any
    normalizedValues: Any
    offset: Any
    outputSize: Any
    running: Any
    sizes: Any
    sizesCache: Any
    updateKeys: Any
    updateKeysBuffer: Any
    values: Any
    valuesBuffer: Any
    weightDecay: Any
    def flattenInputs(self, input: Any = None) -> Any: ...
    def longTensor(self, *args: Any) -> Any: ...
    def reshapeInput(self, input: Any = None) -> Any: ...


class JoinTable(Module):
    """A table of tensors → one tensor, concatenated along a dimension."""
    def __init__(self, dimension: _int, nInputDims: Any = None) -> None: ...
    dimension: Any
    nInputDims: Any
    size: Any


class Kmeans(Module):
    """Online k-means: the output is the index of the nearest centre of each sample, from 1."""
    def __init__(self, k: Any, dim: _int, scale: Any = None) -> None: ...
    clusterSampleCount: Any
    dim: Any
    k: Any
    loss: Any
    p: Any
    scale: Any
    def initKmeansPlus(self, input: Any = None, p: Any = None) -> Any: ...
    def initRandom(self, input: Any = None) -> Any: ...


class L1Cost(Criterion):
    """The 1-norm of the input, Σ |x|; there is no target."""
    def __init__(self) -> None: ...


class L1HingeEmbeddingCriterion(Criterion):
    """‖x₁ - x₂‖₁ where y = 1, max(0, margin - ‖x₁ - x₂‖₁) where y = -1."""
    def __init__(self, margin: _float = 1) -> None: ...
    margin: Any


class L1Penalty(Module):
    """The input itself; lambda·‖x‖₁ is kept in `loss`, and its gradient is added on the way back."""
    def __init__(self, l1weight: Any, sizeAverage: _bool = False, provideOutput: _bool = True) -> None: ...
    l1weight: Any
    loss: Any
    provideOutput: Any
    sizeAverage: Any


class LayerNormalization(Sequential):
    """Normalise a sample over its features, y = (x - mean) / deviation, then scale and shift it."""
    def __init__(self, nOutput: _int, bias: Any = 0, eps: _float = 1e-10, affine: _bool = True) -> None: ...


class LeakyReLU(Module):
    """y = x where x > 0, else negval·x."""
    def __init__(self, negval: _float = 0.01, inplace: _bool = False) -> None: ...
    inplace: Any
    negval: Any


class Linear(Module):
    """Affine map y = x·Wᵀ + b."""
    def __init__(self, inputSize: _int, outputSize: _int, bias: _bool = True) -> None: ...
    def noBias(self) -> Self: ...


class LinearWeightNorm(Linear):
    """nn.Linear whose weight has a length and a direction of their own, w = g·v / ‖v‖ for each output."""
    def __init__(self, inputSize: _int, outputSize: _int, bias: _bool = True, eps: _float = 1e-16) -> None: ...
    eps: Any
    gradG: Any
    gradV: Any
    inputSize: Any
    outputSize: Any
    @staticmethod
    def fromLinear(*args: Any) -> Any: ...
    def initFromWeight(self, weight: Any = None) -> Any: ...
    def toLinear(self) -> Any: ...
    def updateWeightMatrix(self) -> Any: ...


class Log(Module):
    """y = log x of every element."""
    def __init__(self) -> None: ...


class LogSigmoid(Module):
    """y = log(1 / (1 + e⁻ˣ)) of every element, without overflow."""
    def __init__(self) -> None: ...


class LogSoftMax(Module):
    """y = log(eˣ / Σ eˣ): the input of ClassNLLCriterion."""
    def __init__(self) -> None: ...


class LookupTable(Module):
    """Replace each index by a learnt vector."""
    def __init__(self, nIndex: _int, nOutput: _int, paddingValue: _int = 0, maxNorm: Any = None, normType: Any = 2) -> None: ...
    copiedInput: Any
    maxNorm: Any
    normType: Any
    paddingValue: Any
    shouldScaleGradByFreq: Any
    def accUpdateOnly(self) -> Any: ...
    def backCompatibility(self) -> Any: ...
    def makeInputContiguous(self, input: Any = None) -> Any: ...
    def renorm(self, input: Any = None) -> Any: ...
    def rows(self, input: Any, told: _str = '', size: Any = None) -> Any: ...
    def scaleGradByFreq(self) -> Any: ...
    def setMaxNorm(self, maxNorm: Any = None) -> Any: ...
    def setNormType(self, normType: Any = None) -> Any: ...
    def setPadding(self, paddingValue: Any = None) -> Any: ...


class MM(Module):
    """{A, B} → A·B, of matrices or of batches of them."""
    def __init__(self, transA: _bool = False, transB: _bool = False) -> None: ...
    transA: Any
    transB: Any


class MV(Module):
    """{M, v} → M·v, of a matrix and a vector or of batches of them."""
    def __init__(self, trans: _bool = False) -> None: ...
    trans: Any


class MapTable(Container):
    """Apply one module to every entry of the input table; the output is the table of results."""
    def __init__(self, module: Any = None, shared: _bool = True) -> None: ...
    module: Any
    shared: Any
    sharedparams: Any
    def backwards(self, method: Any, input: Any, gradOutput: Any, *extra: Any) -> Any: ...
    def resize(self, n: Any = None) -> Any: ...
    def run(self, method: Any, *parts: Any, extra: Any = ...) -> Any: ...


class MarginCriterion(Criterion):
    """Two-class hinge, Σ max(0, margin - x·t) / n, with t in {-1, 1}."""
    def __init__(self, margin: _float = 1) -> None: ...
    margin: Any
    sizeAverage: Any


class MarginRankingCriterion(Criterion):
    """max(0, margin - y·(x₁ - x₂)): x₁ should rank higher where y = 1, lower where y = -1."""
    def __init__(self, margin: _float = 1) -> None: ...
    margin: Any
    sizeAverage: Any


class MaskedSelect(Module):
    """{tensor, mask} → the elements where the mask is 1, in a vector."""
    def __init__(self) -> None: ...


class Max(Module):
    """The largest element along a dimension."""
    def __init__(self, dimension: _int = 1, nInputDims: Any = None) -> None: ...
    dimension: Any
    nInputDims: Any


class Maxout(Sequential):
    """The largest of several affine maps, y_j = max_k (W_k·x + b_k)_j."""
    def __init__(self, inputSize: _int, outputSize: _int, maxoutNumber: Any, preprocess: Any = None) -> None: ...


class Sum(Module):
    """The sum (or the mean) over a dimension."""
    def __init__(self, dimension: _int = 1, nInputDims: Any = None, sizeAverage: _bool = False, squeeze: _bool = True) -> None: ...
    dimension: Any
    nInputDims: Any
    sizeAverage: Any
    squeeze: Any


class Mean(Sum):
    """The mean over a dimension: Sum with sizeAverage."""
    def __init__(self, dimension: _int = 1, nInputDims: Any = None) -> None: ...


class Min(Module):
    """The smallest element along a dimension."""
    def __init__(self, dimension: _int = 1, nInputDims: Any = None) -> None: ...
    dimension: Any
    nInputDims: Any


class MixtureTable(Module):
    """{gater, experts} → Σ gate_i · expert_i."""
    def __init__(self, dim: Any = None) -> None: ...
    backwardSetup: Any
    batchSize: Any
    dim: Any
    dimG: Any
    size: Any
    size2: Any
    table: Any


class ModuleCriterion(Criterion):
    """A criterion on the outputs of an input module and of a target module."""
    def __init__(self, criterion: Any, inputModule: Any = None, targetModule: Any = None, castTarget: _bool = True) -> None: ...
    castTarget: Any
    criterion: Any
    input: Any
    inputModule: Any
    target: Any
    targetModule: Any


class Mul(Module):
    """y = w·x, with one learned number w."""
    def __init__(self) -> None: ...


class MulConstant(Module):
    """y = c·x, with c a number."""
    def __init__(self, constant_scalar: Any, inplace: _bool = False) -> None: ...
    constant_scalar: Any
    inplace: Any


class MultiCriterion(Criterion):
    """The weighted sum of several criterions on the same input and target."""
    def __init__(self) -> None: ...
    criterions: Any
    weights: Any
    def add(self, criterion: Any = None, weight: Any = None) -> Self: ...


class MultiLabelMarginCriterion(Criterion):
    """Multi-label hinge, Σ_{y in labels} Σ_{i not in labels} max(0, 1 - x[y] + x[i]) / classes."""
    def __init__(self) -> None: ...
    isTarget: Any
    sizeAverage: Any


class MultiLabelSoftMarginCriterion(Criterion):
    """Binary cross entropy of σ(x), for many labels, without overflow."""
    def __init__(self, weights: Any = None, sizeAverage: _bool = True) -> None: ...
    sigmoid: Any
    sizeAverage: Any
    weights: Any


class MultiMarginCriterion(Criterion):
    """Multi-class hinge, Σ_{i≠y} w[y]·max(0, margin - x[y] + x[i])ᵖ / classes."""
    def __init__(self, p: _float = 1, weights: Any = None, margin: _float = 1) -> None: ...
    margin: Any
    p: Any
    sizeAverage: Any
    weights: Any


class NaN(Decorator):
    """Raise an error where the module's output, gradInput or gradients hold a NaN, and say where it came from."""
    def __init__(self, module: Any, id: Any = None) -> None: ...
    id: Any
    @staticmethod
    def newId(*args: Any) -> Any: ...
    def recursiveIsNaN(self, tensor: Any = None) -> Any: ...


class Narrow(Module):
    """A stretch of the input along a dimension, copied."""
    def __init__(self, dimension: _int, offset: _int, length: _int = 1) -> None: ...
    dimension: Any
    index: Any
    length: Any


class NarrowTable(Module):
    """A stretch of the input table, as a table."""
    def __init__(self, offset: _int, length: _int = 1) -> None: ...
    length: Any
    offset: Any


class Normalize(Module):
    """Divide a vector, or each row of a matrix, by its p-norm."""
    def __init__(self, p: _float, eps: _float = 1e-10) -> None: ...
    eps: Any
    norm: Any
    normp: Any
    p: Any


class OneHot(Module):
    """Indices → vectors with a 1 at the index, along a new last dimension."""
    def __init__(self, outputSize: _int) -> None: ...
    outputSize: Any


class PReLU(Module):
    """y = x where x > 0, else a·x, with a learned a."""
    def __init__(self, nOutputPlane: _int = 0) -> None: ...
    nOutputPlane: Any


class Padding(Module):
    """The input with |pad| slices of a value put in along a dimension: before it where pad < 0, after it where pad > 0."""
    def __init__(self, dim: _int, pad: _int, nInputDim: Any = None, value: Any = 0, index: _int = 1) -> None: ...
    dim: Any
    nInputDim: Any
    outputSize: Any
    pad: Any


class PairwiseDistance(Module):
    """{x, y} → ‖x - y‖ₚ, of two vectors or row by row of two matrices; the result is a vector."""
    def __init__(self, p: _float = 2) -> None: ...
    diff: Any
    norm: Any


class Parallel(Container):
    """Give the i-th slice of the input along a dimension to the i-th child; concatenate their outputs."""
    def __init__(self, inputDimension: Any, outputDimension: Any) -> None: ...
    inputDimension: Any
    outputDimension: Any
    totalOutputSize: Any
    def backwards(self, method: Any, input: Any, gradOutput: Any, *extra: Any) -> Any: ...
    def run(self, method: Any, *parts: Any, extra: Any = ...) -> Any: ...


class ParallelCriterion(Criterion):
    """The weighted sum of several criterions, each on its entry of the input table and of the target table."""
    def __init__(self, repeatTarget: _bool = False) -> None: ...
    criterions: Any
    repeatTarget: Any
    weights: Any
    def add(self, criterion: Any = None, weight: Any = None) -> Self: ...


class ParallelTable(Container):
    """Give the i-th entry of the input table to the i-th child; the output is the table of their outputs."""
    def __init__(self, *modules: Module) -> None: ...
    def backwards(self, method: Any, input: Any, gradOutput: Any, *extra: Any) -> Any: ...
    def run(self, method: Any, *parts: Any, extra: Any = ...) -> Any: ...


class PartialLinear(Module):
    """Linear map y = x·Wᵀ + b that computes only the outputs chosen by `setPartition`."""
    def __init__(self, inputsize: Any, outputsize: Any, bias: _bool = True) -> None: ...
    allcolumns: Any
    inputsize: Any
    network: Any
    outputsize: Any
    partition: Any
    def resetPartition(self) -> Any: ...
    def setPartition(self, indices: Any = None) -> Any: ...


class PixelShuffle(Module):
    """Turn groups of r² planes into planes r times as high and wide."""
    def __init__(self, upscaleFactor: Any) -> None: ...
    upscaleFactor: Any
    upscaleFactorSquared: Any


class Power(Module):
    """y = xᵖ of every element."""
    def __init__(self, p: _float) -> None: ...
    pow: Any


class PrintSize(Module):
    """The input itself; the sizes of input and gradOutput are printed as they pass."""
    def __init__(self, prefix: _str = 'PrintSize') -> None: ...
    prefix: Any


class Profile(Decorator):
    """Print how long the module takes, forward and backward."""
    def __init__(self, module: Any, print_interval: Any = 100, name: Any = None) -> None: ...
    module: Any
    name: Any
    numBwds: Any
    numFwds: Any
    print_interval: Any
    summedBwdTime: Any
    summedFwdTime: Any


class RReLU(Module):
    """Leaky ReLU whose slope is drawn anew for every negative element while training."""
    def __init__(self, l: _float = 0.125, u: _float = 0.3333333333333333, inplace: _bool = False) -> None: ...
    inplace: Any
    lower: Any
    noise: Any
    upper: Any


class Threshold(Module):
    """y = x where x > threshold, else a constant."""
    def __init__(self, threshold: _float = 1e-06, value: Any = 0, inplace: _bool = False) -> None: ...
    inplace: Any
    threshold: Any
    val: Any
    def validateParameters(self) -> Any: ...


class ReLU(Threshold):
    """Rectified linear unit, y = max(0, x)."""
    def __init__(self, inplace: _bool = False) -> None: ...


class ReLU6(Module):
    """y = min(max(0, x), 6)."""
    def __init__(self, inplace: _bool = False) -> None: ...
    inplace: Any


class Replicate(Module):
    """The input repeated along a new dimension, without copying."""
    def __init__(self, nFeature: _int, dim: _int = 1, ndim: Any = None) -> None: ...
    dim: Any
    ndim: Any
    nfeatures: Any


class Reshape(Module):
    """The input with other sizes, copied where it is not contiguous."""
    def __init__(self, *size: Any) -> None: ...
    batchMode: Any
    batchsize: Any
    nelement: Any
    size: Any


class Select(Module):
    """One slice of the input along a dimension, copied."""
    def __init__(self, dimension: _int, index: _int) -> None: ...
    dimension: Any
    index: Any


class SelectTable(Module):
    """One entry of the input table."""
    def __init__(self, index: _int) -> None: ...
    index: Any


class Sigmoid(Module):
    """Logistic function, y = 1 / (1 + e⁻ˣ), of every element."""
    def __init__(self) -> None: ...


class SmoothL1Criterion(Criterion):
    """Squared error near 0 and absolute error beyond: (x - t)²/2 where |x - t| < 1, else |x - t| - 1/2."""
    def __init__(self, sizeAverage: _bool = True) -> None: ...
    sizeAverage: Any


class SoftMarginCriterion(Criterion):
    """Two-class logistic loss, Σ log(1 + e^(-x·t)) / n, with t in {-1, 1}."""
    def __init__(self) -> None: ...
    sizeAverage: Any


class SoftMax(Module):
    """y = eˣ / Σ eˣ: positive, summing to 1 along the classes."""
    def __init__(self) -> None: ...


class SoftMin(Module):
    """SoftMax of the negated input, y = e⁻ˣ / Σ e⁻ˣ."""
    def __init__(self) -> None: ...


class SoftPlus(Module):
    """Smooth ReLU, y = log(1 + e^(beta·x)) / beta; y = x where beta·x > 20."""
    def __init__(self, beta: Any = 1) -> None: ...
    beta: Any
    threshold: Any


class SoftShrink(Module):
    """y = x moved towards 0 by lambda, and 0 where |x| ≤ lambda."""
    def __init__(self, lambda_: _float = 0.5) -> None: ...


class SoftSign(Module):
    """y = x / (1 + |x|) of every element."""
    def __init__(self) -> None: ...


class SparseLinear(Module):
    """Affine map y = W·x + b of an input given as pairs {index, value}."""
    def __init__(self, inputSize: _int, outputSize: _int, doGradInput: _bool = False) -> None: ...
    doGradInput: Any
    formatted_input: Any
    lastInput: Any
    sparseUpdate: Any
    weightDecay: Any
    def reshapeInput(self, input: Any = None) -> Any: ...


class SpatialAdaptiveAveragePooling(Module):
    """Divide every plane into W×H windows and take the mean of each."""
    def __init__(self, W: Any, H: Any) -> None: ...
    H: Any
    W: Any
    def empty(self) -> Any: ...


class SpatialAdaptiveMaxPooling(Module):
    """Divide every plane into W×H windows and take the maximum of each."""
    def __init__(self, W: Any, H: Any) -> None: ...
    H: Any
    W: Any
    indices: Any
    def empty(self) -> Any: ...


class SpatialAutoCropMSECriterion(MSECriterion):
    """The mean squared error against the centre of a larger target."""
    def __init__(self, sizeAverage: _bool = True) -> None: ...


class SpatialAveragePooling(Module):
    """Take the mean of each kW×kH window of every plane."""
    def __init__(self, kW: _int, kH: _int, dW: _int = 1, dH: _int = 1, padW: _int = 0, padH: _int = 0) -> None: ...
    ceil_mode: Any
    count_include_pad: Any
    dH: Any
    dW: Any
    divide: Any
    kH: Any
    kW: Any
    padH: Any
    padW: Any
    def bound(self, input: Any) -> Any: ...
    def ceil(self) -> Any: ...
    def floor(self) -> Any: ...
    def geometry(self) -> Any: ...
    def modes(self) -> Any: ...
    def setCountExcludePad(self) -> Any: ...
    def setCountIncludePad(self) -> Any: ...


class SpatialBatchNormalization(BatchNormalization):
    """Normalise each plane over the batch and all pixels."""
    def __init__(self, nOutput: _int, eps: _float = 1e-05, momentum: _float = 0.1, affine: _bool = True) -> None: ...


class SpatialClassNLLCriterion(Criterion):
    """Negative log likelihood at each pixel, of log-probabilities (batch, classes, h, w) and classes (batch, h, w)."""
    def __init__(self, weights: Any = None, sizeAverage: _bool = True) -> None: ...
    output_tensor: Any
    sizeAverage: Any
    target: Any
    total_weight_tensor: Any
    weights: Any


class SpatialContrastiveNormalization(Module):
    """Subtract the mean of each pixel's neighbourhood, then divide by its standard deviation."""
    def __init__(self, nInputPlane: _int = 1, kernel: Any = None, threshold: _float = 0.0001, thresval: Any = None) -> None: ...
    kernel: Any
    nInputPlane: Any
    normalizer: Any
    threshold: Any
    thresval: Any


class SpatialConvolution(Module):
    """Convolve an image of several planes with a bank of filters."""
    def __init__(self, nInputPlane: _int, nOutputPlane: _int, kW: _int, kH: _int, dW: _int = 1, dH: _int = 1, padW: _int = 0, padH: Any = None) -> None: ...
    dH: Any
    dW: Any
    fgradInput: Any
    finput: Any
    kH: Any
    kW: Any
    nInputPlane: Any
    nOutputPlane: Any
    padH: Any
    padW: Any
    padding: Any
    def bind(self, x: Any) -> Any: ...
    def bound(self, input: Any) -> Any: ...
    def gradient(self, state: Any, gradOutput: Any) -> Any: ...
    def noBias(self) -> Self: ...
    def plan(self, x: Any, weight: Any, kernel: Any, stride: Any, pad: _int, dilation: Any) -> Any: ...


class SpatialConvolutionLocal(Module):
    """Convolve with different filters at every place (locally connected, weights not shared)."""
    def __init__(self, nInputPlane: _int, nOutputPlane: _int, iW: Any, iH: Any, kW: _int, kH: _int, dW: _int = 1, dH: _int = 1, padW: _int = 0, padH: Any = None) -> None: ...
    dH: Any
    dW: Any
    fgradInput: Any
    finput: Any
    iH: Any
    iW: Any
    kH: Any
    kW: Any
    nInputPlane: Any
    nOutputPlane: Any
    oH: Any
    oW: Any
    padH: Any
    padW: Any
    padding: Any
    def bind(self, x: Any) -> Any: ...
    def bound(self, input: Any) -> Any: ...
    def gradient(self, state: Any, gradOutput: Any) -> Any: ...
    def noBias(self) -> Self: ...
    def plan(self, x: Any, weight: Any, kernel: Any, stride: Any, pad: _int, dilation: Any) -> Any: ...


class SpatialConvolutionMM(Module):
    """SpatialConvolution with its weight kept as a matrix (nOutputPlane, nInputPlane·kH·kW)."""
    def __init__(self, nInputPlane: _int, nOutputPlane: _int, kW: _int, kH: _int, dW: _int = 1, dH: _int = 1, padW: _int = 0, padH: Any = None) -> None: ...
    dH: Any
    dW: Any
    fgradInput: Any
    finput: Any
    kH: Any
    kW: Any
    nInputPlane: Any
    nOutputPlane: Any
    padH: Any
    padW: Any
    padding: Any
    def bind(self, x: Any) -> Any: ...
    def bound(self, input: Any) -> Any: ...
    def gradient(self, state: Any, gradOutput: Any) -> Any: ...
    def noBias(self) -> Self: ...
    def plan(self, x: Any, weight: Any, kernel: Any, stride: Any, pad: _int, dilation: Any) -> Any: ...


class SpatialConvolutionMap(Module):
    """Convolve planes that a table connects, each pair with a filter of its own."""
    def __init__(self, conMatrix: Any, kW: _int, kH: _int, dW: _int = 1, dH: _int = 1) -> None: ...
    connTable: Any
    dH: Any
    dW: Any
    kH: Any
    kW: Any
    nInputPlane: Any
    nOutputPlane: Any
    def connections(self) -> Any: ...
    def decayParameters(self, decay: Any = None) -> Any: ...


class SpatialCrossMapLRN(Module):
    """Divide each value by a power of the sum of squares at its place in neighbouring planes."""
    def __init__(self, size: Any, alpha: _float = 0.0001, beta: _float = 0.75, k: Any = 1) -> None: ...
    alpha: Any
    beta: Any
    k: Any
    scale: Any
    size: Any


class SpatialDepthWiseConvolution(Module):
    """Convolve each input plane with nOutputPlane filters of its own."""
    def __init__(self, nInputPlane: _int, nOutputPlane: _int, kW: _int, kH: _int, dW: _int = 1, dH: _int = 1, padW: _int = 0, padH: Any = None) -> None: ...
    dH: Any
    dW: Any
    fgradInput: Any
    finput: Any
    kH: Any
    kW: Any
    nInputPlane: Any
    nOutputPlane: Any
    padH: Any
    padW: Any
    padding: Any
    def bind(self, x: Any) -> Any: ...
    def bound(self, input: Any) -> Any: ...
    def gradient(self, state: Any, gradOutput: Any) -> Any: ...
    def noBias(self) -> Self: ...
    def plan(self, x: Any, weight: Any, kernel: Any, stride: Any, pad: _int, dilation: Any) -> Any: ...


class SpatialDilatedConvolution(SpatialConvolution):
    """Convolve an image with filters whose taps are `dilation` pixels apart (à trous)."""
    def __init__(self, nInputPlane: _int, nOutputPlane: _int, kW: _int, kH: _int, dW: _int = 1, dH: _int = 1, padW: _int = 0, padH: Any = None, dilationW: Any = 1, dilationH: Any = 1) -> None: ...


class SpatialMaxPooling(Module):
    """Take the maximum of each kW×kH window of every plane."""
    def __init__(self, kW: _int, kH: _int, dW: Any = None, dH: Any = None, padW: _int = 0, padH: _int = 0) -> None: ...
    ceil_mode: Any
    dH: Any
    dW: Any
    iheight: Any
    indices: Any
    iwidth: Any
    kH: Any
    kW: Any
    def bind(self, x: Any) -> Any: ...
    def bound(self, input: Any) -> Any: ...
    def ceil(self) -> Any: ...
    def empty(self) -> Any: ...
    def floor(self) -> Any: ...
    def gradient(self, state: Any, gradOutput: Any) -> Any: ...
    def spread(self, plan: Any, g: Any, indices: Any, gx: Any) -> Any: ...


class SpatialDilatedMaxPooling(SpatialMaxPooling):
    """Take the maximum of windows whose cells are `dilation` pixels apart."""
    def __init__(self, kW: _int, kH: _int, dW: Any = None, dH: Any = None, padW: _int = 0, padH: _int = 0, dilationW: Any = 1, dilationH: Any = 1) -> None: ...


class SpatialDivisiveNormalization(Module):
    """Divide each pixel by the weighted standard deviation of its neighbourhood over all planes."""
    def __init__(self, nInputPlane: _int = 1, kernel: Any = None, threshold: _float = 0.0001, thresval: Any = None) -> None: ...
    adjustedstds: Any
    coef: Any
    divider: Any
    kernel: Any
    localstds: Any
    nInputPlane: Any
    normalizer: Any
    ones: Any
    threshold: Any
    thresholdedstds: Any
    thresholder: Any
    thresval: Any


class SpatialDropout(Module):
    """Set whole feature maps to zero at random while training, each with probability p, without scaling."""
    def __init__(self, p: _float = 0.5, stochasticInference: _bool = False) -> None: ...
    noise: Any
    p: Any
    stochastic_inference: Any
    def setp(self, p: Any = None) -> Any: ...


class SpatialFractionalMaxPooling(Module):
    """Take the maximum of windows placed so that the output has any given size."""
    def __init__(self, poolSizeW: Any, poolSizeH: Any, outW: Any, outH: Any) -> None: ...
    indices: Any
    newRandomPool: Any
    randomSamples: Any
    def empty(self) -> Any: ...
    def fixPoolingRegions(self, val: Any = None) -> Any: ...
    def getBufferSize_(self, input: Any = None) -> Any: ...
    def getOutputSizes_(self, input: Any = None) -> Any: ...
    def initSampleBuffer_(self, input: Any = None) -> Any: ...


class SpatialFullConvolution(Module):
    """Convolve backwards (transposed convolution, "deconvolution"): enlarge an image with learnt filters."""
    def __init__(self, nInputPlane: _int, nOutputPlane: _int, kW: _int, kH: _int, dW: _int = 1, dH: _int = 1, padW: _int = 0, padH: _int = 0, adjW: Any = 0, adjH: Any = 0) -> None: ...
    dH: Any
    dW: Any
    fgradInput: Any
    finput: Any
    kH: Any
    kW: Any
    nInputPlane: Any
    nOutputPlane: Any
    ones: Any
    padH: Any
    padW: Any
    padding: Any
    zeroScalar: Any
    def bind(self, x: Any) -> Any: ...
    def bound(self, input: Any) -> Any: ...
    def gradient(self, state: Any, gradOutput: Any) -> Any: ...
    def noBias(self) -> Self: ...
    def plan(self, x: Any, weight: Any, kernel: Any, stride: Any, pad: _int, dilation: Any, adjustment: Any) -> Any: ...


class SpatialFullConvolutionMap(Module):
    """Convolve backwards (transposed convolution) planes that a table connects."""
    def __init__(self, conMatrix: Any, kW: _int, kH: _int, dW: _int = 1, dH: _int = 1) -> None: ...
    connTable: Any
    dH: Any
    dW: Any
    kH: Any
    kW: Any
    nInputPlane: Any
    nOutputPlane: Any
    def connections(self) -> Any: ...


class SpatialLPPooling(Sequential):
    """Take the p-norm of each kW×kH window of every plane."""
    def __init__(self, nInputPlane: _int, pnorm: Any, kW: _int, kH: _int, dW: Any = None, dH: Any = None) -> None: ...
    dH: Any
    dW: Any
    kH: Any
    kW: Any


class SpatialLogSoftMax(Module):
    """LogSoftMax over the planes at each pixel."""
    def __init__(self) -> None: ...


class SpatialMaxUnpooling(Module):
    """Put each value back where a pooling layer found its maximum; everything else is 0."""
    def __init__(self, poolingModule: Any) -> None: ...
    indices: Any
    oheight: Any
    owidth: Any
    pooling: Any
    def check(self, input: Any) -> Any: ...
    def empty(self) -> Any: ...
    def places(self, shape: Any) -> Any: ...
    def setParams(self) -> Any: ...


class SpatialReflectionPadding(Module):
    """Continue every plane past its border by its mirror image; negative padding crops."""
    def __init__(self, pad_l: _int, pad_r: Any = None, pad_t: Any = None, pad_b: Any = None) -> None: ...
    pad_b: Any
    pad_l: Any
    pad_r: Any
    pad_t: Any
    def pads(self) -> Any: ...


class SpatialReplicationPadding(Module):
    """Continue every plane past its border by repeating the border; negative padding crops."""
    def __init__(self, pad_l: _int, pad_r: Any = None, pad_t: Any = None, pad_b: Any = None) -> None: ...
    pad_b: Any
    pad_l: Any
    pad_r: Any
    pad_t: Any
    def pads(self) -> Any: ...


class SpatialSoftMax(Module):
    """SoftMax over the planes at each pixel."""
    def __init__(self) -> None: ...


class SpatialSubSampling(Module):
    """Sum each kW×kH window of a plane, times the plane's learnt weight, plus its learnt bias."""
    def __init__(self, nInputPlane: _int, kW: _int, kH: _int, dW: _int = 1, dH: _int = 1) -> None: ...
    dH: Any
    dW: Any
    kH: Any
    kW: Any
    nInputPlane: Any


class SpatialSubtractiveNormalization(Module):
    """Subtract from each pixel the weighted mean of its neighbourhood over all planes."""
    def __init__(self, nInputPlane: _int = 1, kernel: Any = None) -> None: ...
    adjustedsums: Any
    coef: Any
    divider: Any
    kernel: Any
    localsums: Any
    nInputPlane: Any
    ones: Any
    subtractor: Any


class SpatialUpSamplingBilinear(Module):
    """Enlarge every plane by linear interpolation in both directions; the corners keep their values."""
    def __init__(self, scale: _float) -> None: ...
    inputSize: Any
    oheight: Any
    outputSize: Any
    owidth: Any
    scale_factor: Any
    def enlarged(self, x: Any) -> Any: ...
    def linear(self) -> Any: ...
    def noted(self, x: Any) -> Any: ...
    def setSize(self, input: Any = None) -> Any: ...


class SpatialUpSamplingNearest(Module):
    """Enlarge every plane by repeating its pixels."""
    def __init__(self, scale: _float) -> None: ...
    inputSize: Any
    outputSize: Any
    scale_factor: Any
    def enlarged(self, x: Any) -> Any: ...
    def linear(self) -> Any: ...
    def noted(self, x: Any) -> Any: ...


class SpatialZeroPadding(Module):
    """Put zeros around every plane; negative padding crops."""
    def __init__(self, pad_l: _int, pad_r: Any = None, pad_t: Any = None, pad_b: Any = None) -> None: ...
    pad_b: Any
    pad_l: Any
    pad_r: Any
    pad_t: Any
    def pads(self) -> Any: ...


class SplitTable(Module):
    """A tensor → the table of its slices along a dimension, which share its memory."""
    def __init__(self, dimension: _int, nInputDims: Any = None) -> None: ...
    dimension: Any
    nInputDims: Any


class Sqrt(Module):
    """y = √x of every element; the gradient at 0 is 0."""
    def __init__(self, eps: _float = 0) -> None: ...


class Square(Module):
    """y = x² of every element."""
    def __init__(self) -> None: ...


class Squeeze(Module):
    """The input without its dimensions of size 1, or without the one named."""
    def __init__(self, dim: Any = None, numInputDims: Any = None) -> None: ...
    dim: Any
    numInputDims: Any
    def setNumInputDims(self, numInputDims: Any = None) -> Any: ...


class StochasticGradient:
    """Train a module with a criterion on a dataset, example by example."""
    def __init__(self, module: Any, criterion: Any) -> None: ...
    criterion: Any
    learningRate: Any
    learningRateDecay: Any
    maxIteration: Any
    module: Any
    shuffleIndices: Any
    verbose: Any


class Tanh(Module):
    """Hyperbolic tangent, y = tanh(x), of every element."""
    def __init__(self) -> None: ...


class TanhShrink(Module):
    """y = x - tanh(x) of every element."""
    def __init__(self) -> None: ...
    tanh: Any


class TemporalConvolution(Module):
    """Convolve a sequence of frames: each output frame is a linear map of kW input frames."""
    def __init__(self, inputFrameSize: _int, outputFrameSize: _int, kW: _int, dW: _int = 1) -> None: ...
    dW: Any
    inputFrameSize: Any
    kW: Any
    outputFrameSize: Any
    def gradient(self, x: Any, gradOutput: Any, shape: Any) -> Any: ...


class TemporalDynamicKMaxPooling(Module):
    """Keep the k highest values of each feature over the frames, in their order."""
    def __init__(self, minK: Any, factor: Any = 0) -> None: ...
    factor: Any
    indices: Any
    minK: Any


class TemporalMaxPooling(Module):
    """Take the maximum of each feature over kW frames."""
    def __init__(self, kW: _int, dW: Any = None) -> None: ...
    ceil_mode: Any
    dW: Any
    indices: Any
    kW: Any
    def bind(self, x: Any) -> Any: ...
    def bound(self, input: Any) -> Any: ...
    def ceil(self) -> Any: ...
    def empty(self) -> Any: ...
    def floor(self) -> Any: ...
    def gradient(self, state: Any, gradOutput: Any) -> Any: ...
    def spread(self, plan: Any, g: Any, indices: Any, gx: Any) -> Any: ...


class TemporalRowConvolution(Module):
    """Convolve each feature of a sequence with a filter of its own ("lookahead")."""
    def __init__(self, inputFrameSize: _int, kW: _int, dW: _int = 1, featFirst: _bool = False) -> None: ...
    dW: Any
    featFirst: Any
    inputFrameSize: Any
    kW: Any
    def gradient(self, x: Any, gradOutput: Any, shape: Any) -> Any: ...
    def noBias(self) -> Self: ...


class TemporalSubSampling(Module):
    """Sum each feature over kW frames, times a learnt weight, plus a learnt bias."""
    def __init__(self, inputFrameSize: _int, kW: _int, dW: _int = 1) -> None: ...
    dW: Any
    inputFrameSize: Any
    kW: Any
    def gradient(self, x: Any, gradOutput: Any, shape: Any) -> Any: ...


class Transpose(Module):
    """The input with pairs of dimensions exchanged, one pair after the other, copied."""
    def __init__(self, *args: Any) -> None: ...
    numInputDims: Any
    permutations: Any
    def setNumInputDims(self, numInputDims: Any = None) -> Any: ...


class Unsqueeze(Module):
    """The input with a dimension of size 1 put in at a position."""
    def __init__(self, pos: Any, numInputDims: Any = None) -> None: ...
    numInputDims: Any
    pos: Any
    def setNumInputDims(self, numInputDims: Any = None) -> Any: ...


class UpSampling(Module):
    """Enlarge images or volumes by repetition or by linear interpolation."""
    def __init__(self, scale: _float, mode: _str = 'nearest') -> None: ...
    inputSize: Any
    mode: Any
    odepth: Any
    oheight: Any
    outputSize: Any
    owidth: Any
    scale_factor: Any
    def enlarged(self, x: Any) -> Any: ...
    def linear(self) -> Any: ...
    def noted(self, x: Any) -> Any: ...
    def setSize(self, input: Any = None) -> Any: ...


class View(Module):
    """The input's memory with other sizes; one size may be -1 and is then inferred."""
    def __init__(self, *size: Any) -> None: ...
    numElements: Any
    numInputDims: Any
    size: Any
    def resetSize(self, *sizes: Any) -> Any: ...
    def setNumInputDims(self, numInputDims: Any = None) -> Any: ...


class VolumetricAveragePooling(Module):
    """Take the mean of each kT×kW×kH window of every volume."""
    def __init__(self, kT: _int, kW: _int, kH: _int, dT: Any = None, dW: Any = None, dH: Any = None) -> None: ...
    dH: Any
    dT: Any
    dW: Any
    kH: Any
    kT: Any
    kW: Any
    def bound(self, input: Any) -> Any: ...
    def empty(self) -> Any: ...
    def geometry(self) -> Any: ...
    def modes(self) -> Any: ...


class VolumetricBatchNormalization(BatchNormalization):
    """Normalise each plane over the batch and all cells of its volumes."""
    def __init__(self, nOutput: _int, eps: _float = 1e-05, momentum: _float = 0.1, affine: _bool = True) -> None: ...


class VolumetricConvolution(Module):
    """Convolve a volume (or a film) of several planes with a bank of filters."""
    def __init__(self, nInputPlane: _int, nOutputPlane: _int, kT: _int, kW: _int, kH: _int, dT: _int = 1, dW: _int = 1, dH: _int = 1, padT: _int = 0, padW: Any = None, padH: Any = None) -> None: ...
    dH: Any
    dT: Any
    dW: Any
    fgradInput: Any
    finput: Any
    kH: Any
    kT: Any
    kW: Any
    nInputPlane: Any
    nOutputPlane: Any
    padH: Any
    padT: Any
    padW: Any
    padding: Any
    def bind(self, x: Any) -> Any: ...
    def bound(self, input: Any) -> Any: ...
    def gradient(self, state: Any, gradOutput: Any) -> Any: ...
    def noBias(self) -> Self: ...
    def plan(self, x: Any, weight: Any, kernel: Any, stride: Any, pad: _int, dilation: Any) -> Any: ...


class VolumetricDilatedConvolution(VolumetricConvolution):
    """Convolve a volume with filters whose taps are `dilation` cells apart (à trous)."""
    def __init__(self, *args: Any) -> None: ...


class VolumetricMaxPooling(Module):
    """Take the maximum of each kT×kW×kH window of every volume."""
    def __init__(self, kT: _int, kW: _int, kH: _int, dT: Any = None, dW: Any = None, dH: Any = None, padT: _int = 0, padW: _int = 0, padH: _int = 0) -> None: ...
    ceil_mode: Any
    dH: Any
    dT: Any
    dW: Any
    iheight: Any
    indices: Any
    itime: Any
    iwidth: Any
    kH: Any
    kT: Any
    kW: Any
    def bind(self, x: Any) -> Any: ...
    def bound(self, input: Any) -> Any: ...
    def ceil(self) -> Any: ...
    def empty(self) -> Any: ...
    def floor(self) -> Any: ...
    def gradient(self, state: Any, gradOutput: Any) -> Any: ...
    def spread(self, plan: Any, g: Any, indices: Any, gx: Any) -> Any: ...


class VolumetricDilatedMaxPooling(VolumetricMaxPooling):
    """Take the maximum of windows of a volume whose cells are `dilation` apart."""
    def __init__(self, kT: _int, kW: _int, kH: _int, dT: Any = None, dW: Any = None, dH: Any = None, padT: _int = 0, padW: _int = 0, padH: _int = 0, dilationT: Any = 1, dilationW: Any = 1, dilationH: Any = 1) -> None: ...


class VolumetricDropout(Module):
    """Set whole feature volumes to zero at random while training, each with probability p, without scaling."""
    def __init__(self, p: _float = 0.5, stochasticInference: _bool = False) -> None: ...
    noise: Any
    p: Any
    stochastic_inference: Any
    def setp(self, p: Any = None) -> Any: ...


class VolumetricFractionalMaxPooling(Module):
    """Take the maximum of windows of a volume placed so that the output has any given size."""
    def __init__(self, poolSizeT: Any, poolSizeW: Any, poolSizeH: Any, outT: Any, outW: Any, outH: Any) -> None: ...
    indices: Any
    newRandomPool: Any
    randomSamples: Any
    def empty(self) -> Any: ...
    def fixPoolingRegions(self, val: Any = None) -> Any: ...
    def getBufferSize_(self, input: Any = None) -> Any: ...
    def getOutputSizes_(self, input: Any = None) -> Any: ...
    def initSampleBuffer_(self, input: Any = None) -> Any: ...


class VolumetricFullConvolution(Module):
    """Convolve a volume backwards (transposed convolution): enlarge it with learnt filters."""
    def __init__(self, nInputPlane: _int, nOutputPlane: _int, kT: _int, kW: _int, kH: _int, dT: _int = 1, dW: _int = 1, dH: _int = 1, padT: _int = 0, padW: _int = 0, padH: _int = 0, adjT: Any = 0, adjW: Any = 0, adjH: Any = 0) -> None: ...
    dH: Any
    dT: Any
    dW: Any
    fgradInput: Any
    finput: Any
    kH: Any
    kT: Any
    kW: Any
    nInputPlane: Any
    nOutputPlane: Any
    ones: Any
    padH: Any
    padT: Any
    padW: Any
    padding: Any
    zeroScalar: Any
    def bind(self, x: Any) -> Any: ...
    def bound(self, input: Any) -> Any: ...
    def gradient(self, state: Any, gradOutput: Any) -> Any: ...
    def noBias(self) -> Self: ...
    def plan(self, x: Any, weight: Any, kernel: Any, stride: Any, pad: _int, dilation: Any, adjustment: Any) -> Any: ...


class VolumetricMaxUnpooling(Module):
    """Put each value back where a volumetric pooling layer found its maximum; everything else is 0."""
    def __init__(self, poolingModule: Any) -> None: ...
    indices: Any
    oheight: Any
    otime: Any
    owidth: Any
    pooling: Any
    def check(self, input: Any) -> Any: ...
    def empty(self) -> Any: ...
    def places(self, shape: Any) -> Any: ...
    def setParams(self) -> Any: ...


class VolumetricReplicationPadding(Module):
    """Continue every volume past its border by repeating the border; negative padding crops."""
    def __init__(self, pleft: Any, pright: Any = None, ptop: Any = None, pbottom: Any = None, pfront: Any = None, pback: Any = None) -> None: ...
    pback: Any
    pbottom: Any
    pfront: Any
    pleft: Any
    pright: Any
    ptop: Any
    def pads(self) -> Any: ...


class WeightNorm(Decorator):
    """Give a module's weight a length and a direction of their own, w = g·v / ‖v‖ for each output."""
    def __init__(self, module: Any, outputDim: Any = 1) -> None: ...
    g: Any
    gradG: Any
    gradV: Any
    otherDims: Any
    outputDim: Any
    v: Any
    viewIn: Any
    viewOut: Any
    weightSize: Any
    def permuteIn(self, inpt: Any = None) -> Any: ...
    def permuteOut(self, inpt: Any = None) -> Any: ...
    def resetInit(self) -> Any: ...
    def updateWeight(self) -> Any: ...


class WeightedEuclidean(Module):
    """The distances of the input to learned centres with learned diagonal metrics, y_j = ‖c_j ⊙ (w_j - x)‖."""
    def __init__(self, inputSize: _int, outputSize: _int) -> None: ...
    diagCov: Any
    fastBackward: Any
    gradDiagCov: Any


class WeightedMSECriterion(MSECriterion):
    """The mean squared error against the target times a weight, Σ (x - w·t)² / n."""
    def __init__(self, w: Any) -> None: ...


class WhiteNoise(Module):
    """Add normal noise while training; the mean alone after `evaluate()`."""
    def __init__(self, mean: Any = 0, std: _float = 0.1) -> None: ...
    mean: Any
    noise: Any
    std: Any


class ZeroGrad(Module):
    """The input itself; the gradient is zero."""
    def __init__(self) -> None: ...


class ZipTable(Module):
    """{{a1, a2}, {b1, b2}} → {{a1, b1}, {a2, b2}}."""
    def __init__(self) -> None: ...


class ZipTableOneToMany(Module):
    """{v, {a, b, c}} → {{v, a}, {v, b}, {v, c}}."""
    def __init__(self) -> None: ...
    gradInputEl: Any


Jacobian: Any
SparseJacobian: Any
hessian: Any
tables: Any
test: Any
utils: Any
