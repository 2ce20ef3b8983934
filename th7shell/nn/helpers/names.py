"""Which file of nn defines which names: a file is imported when one of them is first read.

`module` and `criterion`, on which all are built, are imported at once.
"""

from __future__ import annotations

FILES = {
    "container": "Container",
    "containers.concat_parallel": "Concat DepthConcat Parallel",
    "containers.decorators": "Decorator Bottle GPU",
    "containers.dont_cast": "DontCast",
    "containers.nan_profile": "NaN Profile",
    "containers.sequential": "Sequential",
    "containers.weight_norm": "WeightNorm",
    "convolution.full": "SpatialFullConvolution",
    "convolution.local": "SpatialConvolutionLocal SpatialDepthWiseConvolution",
    "convolution.map": "SpatialConvolutionMap SpatialFullConvolutionMap tables",
    "convolution.spatial": "SpatialConvolution SpatialConvolutionMM SpatialDilatedConvolution",
    "convolution.temporal": "TemporalConvolution TemporalRowConvolution",
    "convolution.volumetric": (
        "VolumetricConvolution VolumetricDilatedConvolution VolumetricFullConvolution"
    ),
    "criterions.classes": "ClassNLLCriterion SpatialClassNLLCriterion CrossEntropyCriterion",
    "criterions.combined": "MultiCriterion ParallelCriterion ModuleCriterion",
    "criterions.elementwise": (
        "AbsCriterion SmoothL1Criterion DistKLDivCriterion MarginCriterion "
        "SoftMarginCriterion BCECriterion MultiLabelSoftMarginCriterion "
        "HingeEmbeddingCriterion L1Cost"
    ),
    "criterions.margins": "MultiMarginCriterion MultiLabelMarginCriterion",
    "criterions.pairs": (
        "L1HingeEmbeddingCriterion CosineEmbeddingCriterion MarginRankingCriterion "
        "DistanceRatioCriterion"
    ),
    "criterions.squared": (
        "MSECriterion WeightedMSECriterion SpatialAutoCropMSECriterion ClassSimplexCriterion"
    ),
    "normalization.batch": (
        "BatchNormalization SpatialBatchNormalization VolumetricBatchNormalization"
    ),
    "normalization.cross_map": "SpatialCrossMapLRN",
    "normalization.layer": "LayerNormalization",
    "normalization.local": (
        "SpatialSubtractiveNormalization SpatialDivisiveNormalization "
        "SpatialContrastiveNormalization"
    ),
    "padding.padding": "Padding",
    "padding.spatial": (
        "SpatialZeroPadding SpatialReflectionPadding SpatialReplicationPadding "
        "VolumetricReplicationPadding"
    ),
    "pooling.adaptive": "SpatialAdaptiveMaxPooling SpatialAdaptiveAveragePooling",
    "pooling.average": "SpatialAveragePooling VolumetricAveragePooling",
    "pooling.fractional": "SpatialFractionalMaxPooling VolumetricFractionalMaxPooling",
    "pooling.lp": "SpatialLPPooling FeatureLPPooling",
    "pooling.spatial_max": "SpatialMaxPooling SpatialDilatedMaxPooling SpatialMaxUnpooling",
    "pooling.subsampling": "SpatialSubSampling TemporalSubSampling",
    "pooling.temporal": "TemporalMaxPooling TemporalDynamicKMaxPooling",
    "pooling.volumetric_max": (
        "VolumetricMaxPooling VolumetricDilatedMaxPooling VolumetricMaxUnpooling"
    ),
    "simple.add_mul": "Add Mul CAdd CMul",
    "simple.arithmetic": "Abs Exp Log Square Sqrt Power",
    "simple.bilinear": "Bilinear",
    "simple.convert": "Convert",
    "simple.distances": "Euclidean WeightedEuclidean Cosine Kmeans",
    "simple.dropout": "Dropout SpatialDropout VolumetricDropout WhiteNoise",
    "simple.identity": "Identity Copy ZeroGrad GradientReversal L1Penalty PrintSize Constant",
    "simple.linear": "Linear",
    "simple.linear_weight_norm": "LinearWeightNorm",
    "simple.maxout": "Maxout",
    "simple.partial_linear": "PartialLinear",
    "simple.reductions": "Sum Mean Max Min Normalize",
    "simple.reshaping": "View Reshape Collapse Contiguous Squeeze Unsqueeze Transpose",
    "simple.selecting": "Select Narrow Replicate Index MaskedSelect OneHot",
    "sparse.index_linear": "IndexLinear",
    "sparse.lookup_table": "LookupTable",
    "sparse.sparse_linear": "SparseLinear",
    "table.arithmetic": (
        "CAddTable CSubTable CMulTable CDivTable CMaxTable CMinTable CAddTensorTable"
    ),
    "table.containers": "ConcatTable ParallelTable MapTable",
    "table.mixture": "MixtureTable CriterionTable",
    "table.nesting": "FlattenTable ZipTable ZipTableOneToMany",
    "table.products": "MM MV DotProduct CosineDistance PairwiseDistance",
    "table.shape": "SplitTable JoinTable SelectTable NarrowTable",
    "tools.hessian": "hessian",
    "tools.jacobian": "Jacobian SparseJacobian",
    "tools.selftest": "test",
    "tools.stochastic_gradient": "StochasticGradient",
    "transfer.constants": "AddConstant MulConstant",
    "transfer.learned": "PReLU RReLU CReLU GatedLinearUnit",
    "transfer.pointwise": (
        "Tanh TanhShrink Sigmoid LogSigmoid Threshold ReLU HardTanh Clamp ReLU6 HardShrink "
        "SoftShrink SoftPlus SoftSign ELU LeakyReLU"
    ),
    "transfer.softmax": "SoftMax SpatialSoftMax SoftMin LogSoftMax SpatialLogSoftMax",
    "upsampling.upsampling": (
        "SpatialUpSamplingNearest SpatialUpSamplingBilinear UpSampling PixelShuffle"
    ),
}
