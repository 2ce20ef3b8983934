"""Every name of Torch7's tensor library exists, in Lua's table and in Python's module, and has a docstring."""

from __future__ import annotations

import inspect

import pytest

from th7shell import torch
from th7shell.torch.namespace import TORCH
from th7shell.torch.tensor import TYPES

FUNCTIONS = """
    abs acos add addbmm addcdiv addcmul addmm addmv addr all any asin atan atan2 baddbmm bernoulli bhistc bmm cat
    cauchy cdata cdiv ceil chunk cinv clamp class cmax cmin cmul conv2 conv3 cos cosh cpow cross cumprod cumsum data
    deserialize deserializeFromStorage diag dist div dot eig eq equal exp expand expandAs exponential eye factory
    floor fmod frac gather ge gels geometric geqrf ger gesv getRNGState getconstructortable getdefaulttensortype
    getenv getmetatable getnumcores getnumthreads gt histc include initialSeed inverse isStorage isTensor isTypeOf
    isatty isequal kthvalue le lerp linspace load log log1p logNormal logspace lshift lt manualSeed max mean median
    metatype min mm mod mode mul multinomial multinomialAlias multinomialAliasSetup mv ne neg newmetatable nonzero
    norm normal numel ones orgqr ormqr packageLuaPath permute pointer potrf potri potrs pow prod pstrf pushudata qr
    rand randn random randperm range remainder renorm repeatTensor reshape round rshift rsqrt save scatter seed
    serialize serializeToStorage setRNGState setdefaulttensortype setenv setheaptracking setmetatable setnumthreads
    sigmoid sign sin sinh sort split sqrt squeeze std sum svd symeig tan tanh test tic toc topk totable trace tril
    triu trtrs trunc type typename uniform updateerrorhandlers updatethreadlocals var version view viewAs xcorr2
    xcorr3 zeros
""".split()

CLASSES = """
    ByteTensor CharTensor ShortTensor IntTensor LongTensor FloatTensor DoubleTensor HalfTensor Tensor
    ByteStorage CharStorage ShortStorage IntStorage LongStorage FloatStorage DoubleStorage HalfStorage Storage
    Generator DiskFile MemoryFile PipeFile CmdLine Timer Tester
""".split()

METHODS = """
    add addmm apply byte cdata char chunk clone contiguous copy data dim double elementSize expand expandAs fill
    float free half index indexAdd indexCopy indexFill int isContiguous isSameSizeAs isSetTo isSize isTensor long map
    map2 maskedCopy maskedFill maskedSelect nDimension nElement narrow new normal nonzero numel permute random real
    repeatTensor reshape resize resizeAs retain scatter select set short size split squeeze storage storageOffset
    stride sub sum t totable transpose type typeAs unfold uniform view viewAs zero
""".split()

STORAGE_METHODS = "copy data elementSize fill free new resize retain size totable".split()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name):
    function = getattr(torch, name)
    assert callable(function) and TORCH[name] is inspect.unwrap(function)
    assert function.__doc__ and function.__doc__.strip()


@pytest.mark.parametrize("name", CLASSES)
def test_classes(name):
    cls = getattr(torch, name)
    assert isinstance(cls, type) and TORCH[name] is cls
    assert cls.__doc__


def test_methods_of_tensors_and_storages():
    for cls in (torch.DoubleTensor, torch.FloatTensor):
        missing = [name for name in METHODS if not callable(getattr(cls, name, None))]
        assert not missing
    for cls in (torch.LongStorage, torch.DoubleStorage):
        assert not [name for name in STORAGE_METHODS if not callable(getattr(cls, name, None))]
    assert callable(torch.CharStorage.string) and callable(torch.ByteStorage.string)


@pytest.mark.parametrize("name", METHODS)
def test_methods_are_described(name):
    if name != "new":
        assert (getattr(torch.DoubleTensor, name).__doc__ or "").strip()


def test_the_module_says_what_it_has_not():
    with pytest.raises(AttributeError, match="has no attribute 'nosuchname'"):
        _ = torch.nosuchname
    of_the_cpu = {name for name in TYPES if not name.startswith("torch.Cuda")}
    assert of_the_cpu == {
        f"torch.{name}" for name in CLASSES if name.endswith("Tensor") and name != "Tensor"
    }


def test_what_lua_adds_python_sees():
    TORCH["added"] = 5
    try:
        assert torch.added == 5
    finally:
        TORCH["added"] = None
