"""All classes of nn: their parents and constructor arguments are those of Torch, each has a
page of help.

A line of the list: class, parent, arguments (`...` for any number, `=` for the parent's) under the
names that the documentation uses.
"""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from th7shell import nn
from th7shell.lua import items
from th7shell.torch.classes import TorchClass, parent_class

from .test_criterions import CASES as CRITERIONS
from .test_layers import ROWS as LAYERS

CLASSES = """
Module -
Container Module ...
Sequential Container =
Parallel Container inputDimension,outputDimension
Concat Container dimension
DepthConcat Concat =
Decorator Container module
Bottle Decorator module,nInputDim,nOutputDim
DontCast Decorator module,castin,castout,moduleType
NaN Decorator module,id
Profile Decorator module,print_interval,name
WeightNorm Decorator module,outputDim
HardTanh Module min_value,max_value,inplace
HardShrink Module lambda
SoftShrink Module lambda
SoftMax Module =
SoftMin Module =
SoftPlus Module beta
SoftSign Module =
LogSigmoid Module =
LogSoftMax Module =
Sigmoid Module =
Tanh Module =
ReLU Threshold inplace
ReLU6 Module inplace
PReLU Module nOutputPlane
RReLU Module l,u,inplace
CReLU Sequential nInputDims,inplace
ELU Module alpha,inplace
LeakyReLU Module negval,inplace
GatedLinearUnit Module dim
SpatialSoftMax Module =
SpatialLogSoftMax Module =
AddConstant Module constant_scalar,inplace
MulConstant Module constant_scalar,inplace
TanhShrink Module
Threshold Module threshold,value,inplace
Linear Module inputSize,outputSize,bias
LinearWeightNorm Linear inputSize,outputSize,bias,eps
SparseLinear Module inputSize,outputSize,doGradInput
IndexLinear Module inputSize,outputSize,doGradInput,keysOffset,weight,bias,normalize
Bilinear Module inputSize1,inputSize2,outputSize,bias
PartialLinear Module inputsize,outputsize,bias
Dropout Module p,v1,inplace,stochasticInference
SpatialDropout Module p,stochasticInference
VolumetricDropout Module p,stochasticInference
Abs Module
Add Module inputSize,scalar
CAdd Module ...
Mul Module
CMul Module ...
Max Module dimension,nInputDims
Min Module dimension,nInputDims
Mean Sum dimension,nInputDims
Sum Module dimension,nInputDims,sizeAverage,squeeze
Euclidean Module inputSize,outputSize
WeightedEuclidean Module inputSize,outputSize
Cosine Module inputSize,outputSize
Kmeans Module k,dim,scale
Identity Module =
Copy Module intype,outtype,forceCopy,dontCast
Narrow Module dimension,offset,length
Replicate Module nFeature,dim,ndim
Reshape Module ...
View Module ...
Contiguous Module =
Select Module dimension,index
MaskedSelect Module
Index Module dimension
Squeeze Module dim,numInputDims
Unsqueeze Module pos,numInputDims
Transpose Module ...
Exp Module =
Log Module
Square Module
Sqrt Module eps
Power Module p
Clamp HardTanh min_value,max_value
Normalize Module p,eps
MM Module transA,transB
BatchNormalization Module nOutput,eps,momentum,affine
PixelShuffle Module upscaleFactor
Padding Module dim,pad,nInputDim,value,index
L1Penalty Module l1weight,sizeAverage,provideOutput
GradientReversal Module lambda
GPU Container module,device,outdevice
TemporalDynamicKMaxPooling Module minK,factor
Constant Module value,nInputDim
WhiteNoise Module mean,std
OneHot Module outputSize
PrintSize Module prefix
ZeroGrad Module =
Collapse Module nInputDim
Convert Container inputShape,outputShape
MV Module trans
Maxout Sequential inputSize,outputSize,maxoutNumber,preprocess
LayerNormalization Sequential nOutput,bias,eps,affine
ConcatTable Container
ParallelTable Container
MapTable Container module,shared
SplitTable Module dimension,nInputDims
JoinTable Module dimension,nInputDims
MixtureTable Module dim
SelectTable Module index
NarrowTable Module offset,length
FlattenTable Module
ZipTable Module
ZipTableOneToMany Module
PairwiseDistance Module p
DotProduct Module
CosineDistance Module
CriterionTable Module criterion
CAddTable Module inplace
CSubTable Module
CMulTable Module
CDivTable Module
CMaxTable Module
CMinTable Module
CAddTensorTable Module
TemporalConvolution Module inputFrameSize,outputFrameSize,kW,dW
TemporalMaxPooling Module kW,dW
TemporalSubSampling Module inputFrameSize,kW,dW
LookupTable Module nIndex,nOutput,paddingValue,maxNorm,normType
TemporalRowConvolution Module inputFrameSize,kW,dW,featFirst
SpatialConvolution Module nInputPlane,nOutputPlane,kW,kH,dW,dH,padW,padH
SpatialConvolutionMap Module conMatrix,kW,kH,dW,dH
SpatialFullConvolution Module nInputPlane,nOutputPlane,kW,kH,dW,dH,padW,padH,adjW,adjH
SpatialDilatedConvolution SpatialConvolution nInputPlane,nOutputPlane,kW,kH,dW,dH,padW,padH,dilationW,dilationH
SpatialDepthWiseConvolution Module nInputPlane,nOutputPlane,kW,kH,dW,dH,padW,padH
SpatialConvolutionLocal Module nInputPlane,nOutputPlane,iW,iH,kW,kH,dW,dH,padW,padH
SpatialLPPooling Sequential nInputPlane,pnorm,kW,kH,dW,dH
SpatialMaxPooling Module kW,kH,dW,dH,padW,padH
SpatialDilatedMaxPooling SpatialMaxPooling kW,kH,dW,dH,padW,padH,dilationW,dilationH
SpatialFractionalMaxPooling Module poolSizeW,poolSizeH,outW,outH
SpatialAveragePooling Module kW,kH,dW,dH,padW,padH
SpatialAdaptiveMaxPooling Module W,H
SpatialAdaptiveAveragePooling Module W,H
SpatialMaxUnpooling Module poolingModule
SpatialSubSampling Module nInputPlane,kW,kH,dW,dH
SpatialUpSamplingNearest Module scale
SpatialUpSamplingBilinear Module scale
SpatialZeroPadding Module pad_l,pad_r,pad_t,pad_b
SpatialReflectionPadding Module pad_l,pad_r,pad_t,pad_b
SpatialReplicationPadding Module pad_l,pad_r,pad_t,pad_b
SpatialSubtractiveNormalization Module nInputPlane,kernel
SpatialCrossMapLRN Module size,alpha,beta,k
SpatialBatchNormalization BatchNormalization =
VolumetricConvolution Module nInputPlane,nOutputPlane,kT,kW,kH,dT,dW,dH,padT,padW,padH
VolumetricFullConvolution Module nInputPlane,nOutputPlane,kT,kW,kH,dT,dW,dH,padT,padW,padH,adjT,adjW,adjH
VolumetricDilatedConvolution VolumetricConvolution nInputPlane,nOutputPlane,kT,kW,kH,dT,dW,dH,padT,padW,padH,dilationT,dilationW,dilationH
VolumetricMaxPooling Module kT,kW,kH,dT,dW,dH,padT,padW,padH
VolumetricDilatedMaxPooling VolumetricMaxPooling kT,kW,kH,dT,dW,dH,padT,padW,padH,dilationT,dilationW,dilationH
VolumetricFractionalMaxPooling Module poolSizeT,poolSizeW,poolSizeH,outT,outW,outH
VolumetricAveragePooling Module kT,kW,kH,dT,dW,dH
VolumetricMaxUnpooling Module poolingModule
VolumetricReplicationPadding Module pleft,pright,ptop,pbottom,pfront,pback
UpSampling Module scale,mode
FeatureLPPooling Module width,stride,power,batch_mode
SpatialConvolutionMM Module nInputPlane,nOutputPlane,kW,kH,dW,dH,padW,padH
SpatialFullConvolutionMap Module conMatrix,kW,kH,dW,dH
SpatialContrastiveNormalization Module nInputPlane,kernel,threshold,thresval
SpatialDivisiveNormalization Module nInputPlane,kernel,threshold,thresval
VolumetricBatchNormalization BatchNormalization =
Criterion -
AbsCriterion Criterion sizeAverage
ClassNLLCriterion Criterion weights,sizeAverage,ignoreIndex
CrossEntropyCriterion Criterion weights,sizeAverage
ClassSimplexCriterion MSECriterion nClasses
DistKLDivCriterion Criterion
BCECriterion Criterion weights,sizeAverage
MarginCriterion Criterion margin
SoftMarginCriterion Criterion
MultiMarginCriterion Criterion p,weights,margin
MultiLabelMarginCriterion Criterion
MultiLabelSoftMarginCriterion Criterion weights,sizeAverage
MSECriterion Criterion sizeAverage
SpatialAutoCropMSECriterion MSECriterion sizeAverage
MultiCriterion Criterion
ParallelCriterion Criterion repeatTarget
SmoothL1Criterion Criterion sizeAverage
HingeEmbeddingCriterion Criterion margin
L1HingeEmbeddingCriterion Criterion margin
CosineEmbeddingCriterion Criterion margin
DistanceRatioCriterion Criterion sizeAverage
MarginRankingCriterion Criterion margin
ModuleCriterion Criterion criterion,inputModule,targetModule,castTarget
L1Cost Criterion
SpatialClassNLLCriterion Criterion weights,sizeAverage
WeightedMSECriterion MSECriterion w
StochasticGradient - module,criterion
"""
ROWS = [(*line.split(), "", "")[:3] for line in CLASSES.strip().splitlines()]
#: classes that are no rows of the tables of layers and criterions, and where they are tested
ELSEWHERE = {
    "Module": "module",
    "Container": "module",
    "Criterion": "criterions",
    "StochasticGradient": "module",
    "Kmeans": "module",
    "DontCast": "other_layers",
    "Index": "other_layers",
    "MaskedSelect": "other_layers",
    "PrintSize": "other_layers",
    "SparseLinear": "sparse",
    "IndexLinear": "sparse",
    "SpatialMaxUnpooling": "pooling",
    "VolumetricMaxUnpooling": "pooling",
}


def own_classes() -> set[str]:
    """The names under which nn's own files have put classes."""
    return {
        name
        for name, value in items(nn.NN)
        if isinstance(value, TorchClass) and value.__module__.startswith("th7shell.nn.")
    }


def test_there_are_190():
    assert len({name for name, _parent, _args in ROWS}) == 190
    assert {name for name, _parent, _args in ROWS} == own_classes()


def test_every_class_is_tested():
    rows = {row.name for row in LAYERS} | {case.name for case in CRITERIONS}
    names = own_classes()
    assert names - rows == set(ELSEWHERE)
    for name, test in ELSEWHERE.items():
        if name not in ("Module", "Container", "Criterion"):
            text = Path(__file__).with_name(f"test_{test}.py").read_text("utf-8")
            assert name.removeprefix("Spatial").removeprefix("Volumetric") in text


@pytest.mark.parametrize("name, parent, args", ROWS, ids=[row[0] for row in ROWS])
def test_class_is_as_in_torch(name, parent, args):
    cls = getattr(nn, name)
    above = parent_class(cls)
    assert getattr(above, "__typename", "-").removeprefix("nn.") == parent
    assert getattr(cls, "__typename") == f"nn.{name}"
    parameters = inspect.signature(cls).parameters.values()
    if args == "...":
        assert [p.kind for p in parameters] in ([p.VAR_POSITIONAL for p in parameters], [])
    elif args != "=":
        assert ",".join(p.name.rstrip("_") for p in parameters) == args


@pytest.mark.parametrize("name", [row[0] for row in ROWS])
def test_class_has_a_page_of_help(name):
    page = inspect.getdoc(getattr(nn, name))
    assert len(page.splitlines()) >= 3, page
    if name not in ("Module", "Criterion"):
        assert f"{name}(" in page
    assert "Source" in page or "torch/nn" in page or "arXiv" in page
