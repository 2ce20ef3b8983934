"""`require`: every file of the original's packages answers; the user's own packages go first."""

from __future__ import annotations

import pytest

from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment
from th7shell.session.packages import own_templates

FILES = {  # package: the .lua files it is installed from
    "torch": "init CmdLine FFInterface File Tensor TestSuite Tester test paths",
    "nn": """init ErrorMessages THNN hessian test utils Jacobian SparseJacobian
        Abs AbsCriterion Add AddConstant BCECriterion BatchNormalization Bilinear Bottle CAdd
        CAddTable CAddTensorTable CDivTable CMaxTable CMinTable CMul CMulTable CReLU CSubTable Clamp
        ClassNLLCriterion ClassSimplexCriterion Collapse Concat ConcatTable Constant Container
        Contiguous Convert Copy Cosine CosineDistance CosineEmbeddingCriterion Criterion
        CriterionTable CrossEntropyCriterion Decorator DepthConcat DistKLDivCriterion
        DistanceRatioCriterion DontCast DotProduct Dropout ELU Euclidean Exp FeatureLPPooling
        FlattenTable GPU GatedLinearUnit GradientReversal HardShrink HardTanh
        HingeEmbeddingCriterion Identity Index IndexLinear JoinTable Kmeans L1Cost
        L1HingeEmbeddingCriterion L1Penalty LayerNormalization LeakyReLU Linear LinearWeightNorm Log
        LogSigmoid LogSoftMax LookupTable MM MSECriterion MV MapTable MarginCriterion
        MarginRankingCriterion MaskedSelect Max Maxout Mean Min MixtureTable Module ModuleCriterion
        Mul MulConstant MultiCriterion MultiLabelMarginCriterion MultiLabelSoftMarginCriterion
        MultiMarginCriterion NaN Narrow NarrowTable Normalize OneHot PReLU Padding PairwiseDistance
        Parallel ParallelCriterion ParallelTable PartialLinear PixelShuffle Power PrintSize Profile
        RReLU ReLU ReLU6 Replicate Reshape Select SelectTable Sequential Sigmoid SmoothL1Criterion
        SoftMarginCriterion SoftMax SoftMin SoftPlus SoftShrink SoftSign SparseLinear
        SpatialAdaptiveAveragePooling SpatialAdaptiveMaxPooling SpatialAutoCropMSECriterion
        SpatialAveragePooling SpatialBatchNormalization SpatialClassNLLCriterion
        SpatialContrastiveNormalization SpatialConvolution SpatialConvolutionLocal
        SpatialConvolutionMM SpatialConvolutionMap SpatialCrossMapLRN SpatialDepthWiseConvolution
        SpatialDilatedConvolution SpatialDilatedMaxPooling SpatialDivisiveNormalization
        SpatialDropout SpatialFractionalMaxPooling SpatialFullConvolution SpatialFullConvolutionMap
        SpatialLPPooling SpatialLogSoftMax SpatialMaxPooling SpatialMaxUnpooling
        SpatialReflectionPadding SpatialReplicationPadding SpatialSoftMax SpatialSubSampling
        SpatialSubtractiveNormalization SpatialUpSamplingBilinear SpatialUpSamplingNearest
        SpatialZeroPadding SplitTable Sqrt Square Squeeze StochasticGradient Sum Tanh TanhShrink
        TemporalConvolution TemporalDynamicKMaxPooling TemporalMaxPooling TemporalRowConvolution
        TemporalSubSampling Threshold Transpose Unsqueeze UpSampling View VolumetricAveragePooling
        VolumetricBatchNormalization VolumetricConvolution VolumetricDilatedConvolution
        VolumetricDilatedMaxPooling VolumetricDropout VolumetricFractionalMaxPooling
        VolumetricFullConvolution VolumetricMaxPooling VolumetricMaxUnpooling
        VolumetricReplicationPadding WeightNorm WeightedEuclidean WeightedMSECriterion WhiteNoise
        ZeroGrad ZipTable ZipTableOneToMany""",
    "optim": """init ConfusionMatrix Logger adadelta adagrad adam adamax asgd cg checkgrad cmaes de
        fista lbfgs lswolfe nag polyinterp rmsprop rprop sgd""",
    "nngraph": """init JustElement JustTable ModuleFromCriterion gmodule graphinspecting nest nesting
        node simple_print utils""",
    "graph": "init Edge Node graphviz",
    "image": "init test",
    "sys": "init colors fpath",
    "xlua": "init OptionParser Profiler",
    "paths": "init",
    "torchx": """init extend treemax find remap group concat indexdir recursivetensor Queue AliasMultinomial
        MultiCudaTensor""",
    "unsup": """init Diag UnsupModule AutoEncoder SparseAutoEncoder FistaL1 LinearFistaL1 SpatialConvFistaL1 psd
        LinearPsd ConvPsd UnsupTrainer pca kmeans whitening""",
    "dok": "init inline",
    "trepl": "init colorize colors",
    "gnuplot": "init gnuplot hist",
    "cjson": "init safe util",
    "tds": "init env cdefs elem hash vec atomic",
    "argcheck": "init env utils doc usage graph",
    "csvigo": "init File",
    "class": "init",
    "md5": "init core",
    "mime": "init core",
    "socket": "init core",
}


@pytest.fixture(scope="module")
def whole():
    return Environment(MAIN)


@pytest.fixture
def th(whole, monkeypatch, tmp_path):
    """Run Lua text in an empty folder; its results."""
    monkeypatch.chdir(tmp_path)
    path = whole.globals.package.path
    yield lambda text: whole.load(text, "=test")()
    whole.globals.package.path = path


@pytest.mark.parametrize("package", FILES)
def test_every_file_of_a_package_answers(th, package):
    missing = [
        file
        for file in FILES[package].split()
        if th(f"return (pcall(require, '{package}.{file}'))") is not True
    ]
    assert missing == []


VALUES = [  # what the original's files return
    ("require 'nn.Linear'", "boolean"),
    ("require 'nn.CrossEntropyCriterion' == nn.CrossEntropyCriterion", True),
    ("require 'nn.THNN'", "table"),
    ("require('nn.THNN').kernels['torch.FloatTensor'] == torch.FloatTensor().THNN", True),
    ("require 'optim.sgd'", "boolean"),
    ("require 'sys.fpath' == sys.fpath", True),
    ("require('sys.colors').red", "\x1b[0;31m"),
    ("require 'paths.init' == paths", True),
    ("require('torch.paths').install_prefix == paths.install_prefix", True),
    ("require('nngraph.utils').istorchclass(nn.Identity())", "nn.Identity"),
    ("require('nngraph.utils').istable({})", True),
    ("require('nngraph.utils').tableMaxN{1, [7]=2}", 7),
    ("require('nngraph.utils').expectingNodeErrorMessage(nil, 'x', 2)",
     "x[2] is nil (typo / bad index?)"),
    ("require 'libpaths' == paths", True),
    ("pcall(require, 'nn.NoSuchLayer')", False),
]  # fmt: skip


@pytest.mark.parametrize("text, expected", VALUES)
def test_what_a_file_returns(th, whole, text, expected):
    value = th(f"require 'nngraph'; return ({text})")
    if expected in ("boolean", "table"):
        value = whole.globals.type(value)
    assert value == expected


def test_loading_nn_draws_four_numbers():
    """The original makes a Linear(1, 2) as it loads nn; a program may have seeded before."""
    for text in ("require 'nn'", "require 'nngraph'", "require 'nngraph' require 'nn'"):
        made = Environment(MAIN)
        drawn = made.load(f"torch.manualSeed(1); {text}; return torch.uniform()", "=case")()
        assert drawn == pytest.approx(0.00011438108049333, rel=1e-10)
    others = "require 'image' require 'optim' require 'graph' require 'gnuplot' require 'dok'"
    drawn = Environment(MAIN).load(f"torch.manualSeed(1); {others}; return torch.uniform()", "=c")()
    assert drawn == pytest.approx(0.41702200463973)


def test_the_users_package_wins(th, tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    (folder / "optim").mkdir(parents=True)
    (folder / "gnuplot.lua").write_text("return 'mine ' .. ...")
    (folder / "optim" / "sgd.lua").write_text("return 'my sgd'")
    (tmp_path / "gnuplot.lua").write_text("return 'beside'")
    clear = "package.loaded.gnuplot = nil package.loaded['optim.sgd'] = nil "
    assert th(clear + "return type(require 'gnuplot')") == "table"  # not a file that lies here
    th(f"package.path = '{folder}/?.lua;' .. package.path")
    assert th(clear + "return require 'gnuplot'") == "mine gnuplot"
    assert th(clear + "return require 'optim.sgd'") == "my sgd"
    assert th("return type(require 'optim')") == "table"
    th("package.preload.gnuplot, kept = function() return 'first' end, package.preload.gnuplot")
    assert th(clear + "return require 'gnuplot'") == "first"
    th("package.preload.gnuplot = kept")
    monkeypatch.setenv("LUA_PATH", "./?.lua;;")
    th("package.path = './?.lua;' .. package.path")
    assert th(clear + "return require 'gnuplot'") == "beside"


def test_an_installed_torch_does_not_win(tmp_path):
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "init.lua").write_text("require 'libtorch'")
    tree = str(tmp_path)
    path = f"/mine/?.lua;{tree}/?.lua;{tree}/?/init.lua;/late/?.lua"
    assert list(own_templates(path)) == ["/mine/?.lua"]


def test_xluas_additions_are_there_from_the_start():
    run = Environment(MAIN).load
    before = "return string.split, table.splice"
    first, _ = run(before, "=a")()
    assert run("return ('a,b'):split(',')[2], #table.prune{1, 1}", "=b")() == ("b", 1)
    assert run("return string.tosymbol('math.pi')", "=c")() == pytest.approx(3.14159265)
    assert run("return ('x y'):split(' ')[1]", "=d")() == "x"
    assert first("1-2", "-")[1] == "1"  # kept from before the first use
    run("string.split = function() return 'mine' end", "=e")()
    assert run("xlua.print(1) return ('a'):split()", "=f")() == "mine"
    assert run("return type(xprint), type(xrequire)", "=g")() == ("function", "function")
