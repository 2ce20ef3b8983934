"""The hints below errors: slips that were typed, and the sentence for each; every row has its
case."""

from __future__ import annotations

import re

import pytest

from th7shell.lua import items, rawget
from th7shell.session import hints
from th7shell.session.core import Session
from th7shell.session.hints import words
from th7shell.session.members import Instance, members
from th7shell.session.suggest import near

first_said = hints.first_said
SETUP = (
    "local _ = nn, optim, image, cjson",
    "net = nn.Sequential():add(nn.Linear(3, 2)):add(nn.Tanh())",
    "net:forward(torch.ones(3))",
    "fresh = nn.Sequential():add(nn.Linear(3, 2)):add(nn.Tanh())",
    "net2 = setmetatable({}, {})",
    "x, m, crit = torch.ones(3), torch.ones(2, 3), nn.ClassNLLCriterion()",
    "t, s, n = {1, 2, 3}, 'text', 5",
    "acc = setmetatable({}, {__index = {deposit = function(self, v) self.balance = v end}})",
    "f, y, X, a, b, q = nil",
)
CASES = [
    ("net:add('x')", "add takes a module: net:add(nn.Tanh())"),
    ("net:add(nil)", "add takes a module: net:add(nn.Tanh())"),
    ("nn.Concat(1):add(nil)", "add takes a module: net:add(nn.Tanh())"),
    ("net.forward(x)", "call methods with a colon: net:forward(x)"),
    ("net.zeroGradParameters()", "call methods with a colon: net:zeroGradParameters()"),
    ("x.size(1)", "call methods with a colon: x:size(1)"),
    ("x.size()", "call methods with a colon: x:size()"),
    ("x.sum()", "call methods with a colon: x:sum()"),
    ("s.len()", "call methods with a colon: s:len()"),
    ("s.upper()", "call methods with a colon: s:upper()"),
    ("acc.deposit(5)", "call methods with a colon: acc:deposit(5)"),
    ("torch:randn(3)", "functions of a table are called with a dot: torch.randn(3)"),
    ("math:floor(2.5)", "functions of a table are called with a dot: math.floor(2.5)"),
    ("nn.Tanh:forward(x)", "nn.Tanh is a class: nn.Tanh():forward(x)"),
    ("nn.Tanh.forward(x)", "nn.Tanh is a class: nn.Tanh():forward(x)"),
    ("nn.linear(3,2)", "did you mean nn.Linear?"),
    ("nn.Liner(3,2)", "did you mean nn.Linear?"),
    ("nn.RELU()", "did you mean nn.ReLU?"),
    ("Torch.rand(3)", "did you mean torch?"),
    ("Math.floor(2)", "did you mean math?"),
    ("pritn(1)", "did you mean print?"),
    ("torch.rnadn(3)", "did you mean torch.randn?"),
    ("x:fil(1)", "did you mean x:fill?"),
    ("x:siz()", "did you mean x:size?"),
    ("net:forwrad(x)", "did you mean net:forward?"),
    ("require 'optmi'", "did you mean require 'optim'?"),
    (
        "require 'nosuchmodule'",
        "there is no package nosuchmodule, and no nosuchmodule.lua in this folder",
    ),
    ("image.load(lena.png)", "a file's name stands in quotes: 'lena.png'"),
    ("torch.load(model.t7)", "a file's name stands in quotes: 'model.t7'"),
    ("torch.load('nosuch.t7')", "there is no file nosuch.t7; $ ls lists those of this folder"),
    ("dofile('nosuch.lua')", "there is no file nosuch.lua; $ ls lists those of this folder"),
    ("len(x)", "the length is #x; a tensor has x:size(), x:nElement()"),
    ("range(3)", "a loop is for i = 1, n do … end; a tensor torch.range(1, n)"),
    ('printf("x")', "io.write(string.format('%d', x)) prints; print(x) ends the line"),
    ('print(f"x is {x}")', "texts are filled by string.format('%d', x), or 'a' .. x"),
    ("b'x'", "a text has nothing before its quotes"),
    ("console.log(1)", "print(x)"),
    ("np.zeros(3)", "tensors are torch's: torch.rand(2, 3), x:sum(), x:view(3, 2)"),
    ("nn.Conv2d(1,2,3)", "nn.SpatialConvolution(nInputPlane, nOutputPlane, kW, kH)"),
    ("optim.Adam(net)", "did you mean optim.adam?"),
    ("torch.manual_seed(1)", "torch.manualSeed(1)"),
    ("x:append(1)", "torch.cat(x, y) makes a longer tensor"),
    ("net:train()", "net:training()"),
    ("t:append(4)", "table.insert(t, value), or t[#t + 1] = value"),
    ("t:len()", "the length of a table or text is #t"),
    ("s:strip()", "stringx.strip(s)"),
    ("table.length(t)", "the length of a table or text is #t"),
    ("net:get(5):forward(x)", "net has 2 layers, counted from 1"),
    ("net.modules[5].weight", "net.modules has 2 values, counted from 1: net.modules[5] is nil"),
    ("net.modules[1].wieght:size()", "did you mean net.modules[1].weight?"),
    ("io.open('nosuch'):read()", "io.open('nosuch') gave nil"),
    ("net:forward(xx)", "xx holds nothing: it was never set"),
    ("net:forward(X)", "did you mean x?"),
    ("n < xx", "xx holds nothing: it was never set"),
    ("torch.add(xx, m)", "xx holds nothing: it was never set"),
    ("nn.Linear(10)", "it is called nn.Linear(inputSize, outputSize, [bias=true])"),
    ("nn.Linear()", "it is called nn.Linear(inputSize, outputSize, [bias=true])"),
    (
        "torch.Tensor('a')",
        "it is called torch.Tensor(2, 3), torch.Tensor{1, 2, 3}, torch.Tensor(other)",
    ),
    ("torch.zeros('a')", "it is called torch.zeros([res], size1, [size2 …])"),
    ("table.insert(t)", "it is called table.insert(t, value), or table.insert(t, position, value)"),
    ("(\"x\"):rep('a')", "it is called string.rep('ab', 3)"),
    ("net:updateParameters()", "it is called net:updateParameters([learningRate])"),
    ("require(nn)", "require takes a name in quotes: require 'nn'"),
    ("x(1)", "x is no function; its values are x[1]"),
    ("m(1,2)", "m is no function; its values are m[{1, 2}]"),
    ("t(1)", "t is no function; its values are t[1]"),
    ("n(1)", "n is a number; to multiply write n * (1)"),
    ("s(1)", "s is a text; a part of it is s:sub(1, 1)"),
    ("net2(1)", "net2 is no function; its values are net2[1]"),
    ('"a" "b"', "an assignment is name = value, with the name on the left"),
    ('print "a" "b"', 'print "a" gave nothing that can be called'),
    ("for i in 10 do print(i) end", "a loop that counts is for i = 1, 10 do … end"),
    (
        "for i in x do print(i) end",
        "a loop over a tensor is for i = 1, x:size(1) do local v = x[i] … end",
    ),
    (
        "for i, v in t do print(i) end",
        "a loop over a table is for i, v in ipairs(t) do … end, or pairs(t)",
    ),
    ("for i in s do print(i) end", "a loop over letters is for letter in s:gmatch('.') do … end"),
    ("for i = 1, x do print(i) end", "a loop counts between numbers: for i = 1, #t do … end"),
    ('"a" + "b"', 'texts are joined with two dots: "a" .. "b"'),
    ('"a" + 1', 'texts are joined with two dots: "a" .. 1'),
    ("'a' * 3", "a text is repeated by string.rep('a', 3)"),
    ("s / 2", "a number is made of a text by tonumber(s)"),
    ("t + 1", "tables have no arithmetic: torch.Tensor(t) has"),
    ("true + 1", "true is true or false, no number: true and 1 or 0"),
    ("undefinedvar + 1", "undefinedvar holds nothing yet: undefinedvar = 0 first"),
    ("nil + 1", "nil is nothing to calculate with"),
    ("print + 1", "print is a function: print(…) calls it"),
    ("nn.Tanh + 1", "nn.Tanh is a class: nn.Tanh()"),
    ("x ^ 2", "of a tensor it is torch.pow(x, n)"),
    ("print('a' .. nil)", "nil is no text: tostring(x) makes some of any value"),
    ("print('a' .. t)", "tostring(x) makes text of any value: 'a' .. tostring(x)"),
    ("print('a' .. nme)", "nme holds nothing: it was never set"),
    ("x > 0", "a tensor is compared element by element: x:gt(0)"),
    ("2 < x", "a tensor is compared element by element: x:gt(2)"),
    ("n < 'a'", "a number is made of a text by tonumber(s)"),
    ("x <- 3", "an assignment is x = 3"),
    ("y <- 3", "an assignment is y = 3"),
    ("# comment", "a comment begins with --"),
    ("#n", "a number has no length; #s is that of a text or table"),
    ("n.x", "n is a number, which has no fields"),
    ("print.x", "print is a function: print(…) calls it"),
    ("self.x = 3", "self is there in methods, declared or called with a colon"),
    ("x[0]", "positions are counted from 1: x[1] … x[3]"),
    ("x[4]", "4 is out of range: it has positions 1 to 3 (x has size 3)"),
    ("m[3][1]", "3 is out of range: dimension 1 has positions 1 to 2 (m has size 2x3)"),
    ("m[1][4]", "4 is out of range: it has positions 1 to 3 (m[1] has size 3)"),
    ("m[{1,4}]", "4 is out of range: dimension 2 has positions 1 to 3 (m has size 2x3)"),
    ("m[{{0,1},{}}]", "positions are counted from 1: m[1] … m[2]"),
    ("x:narrow(1,2,5)", "6 is out of range: it has positions 1 to 3 (x has size 3)"),
    ("m:select(1,5)", "5 is out of range: dimension 1 has positions 1 to 2 (m has size 2x3)"),
    ("m:select(3,1)", "m has dimensions 1 to 2 (size 2x3)"),
    ("x + x:float()", "x is Double, x:float() is Float: x:float() converts"),
    ("x:add(m:float())", "x is Double, m:float() is Float: x:float() converts"),
    ("torch.cmul(x, x:float())", "x is Double, x:float() is Float: x:float() converts"),
    ("x * m", "x has size 3, m has size 2x3"),
    ("torch.mm(m, m)", "m has size 2x3, m has size 2x3"),
    ("x:add(m)", "x has size 3, m has size 2x3"),
    ("torch.mean(t)", "a table is no tensor: torch.Tensor(t) makes one"),
    (
        "crit:forward(torch.randn(3), 0)",
        "target 0 is outside 1..3: there are 3 classes, counted from 1",
    ),
    ("crit:forward(torch.randn(3), 4)", "target 4 is outside 1..3: there are 3 classes"),
    (
        "crit:forward(torch.randn(2,3), torch.Tensor{0,1})",
        "target 0 is outside 1..3: there are 3 classes, counted from 1",
    ),
    (
        "nn.CrossEntropyCriterion():forward(torch.randn(2,3), torch.Tensor{1,9})",
        "target 9 is outside 1..3: there are 3 classes",
    ),
    (
        "net:forward(torch.randn(4))",
        "in module 1 of nn.Sequential, nn.Linear(3 -> 2): expected inputs of 3, got 4",
    ),
    ("net:forward(x:float())", "the net is Double, its input Float: net:float() or x:double()"),
    (
        "net:forward({1,2,3})",
        "in module 1 of nn.Sequential, nn.Linear(3 -> 2): expected a tensor, got a table",
    ),
    (
        "net:forward(3)",
        "in module 1 of nn.Sequential, nn.Linear(3 -> 2): expected a tensor, got a number",
    ),
    (
        "net:forward()",
        "in module 1 of nn.Sequential, nn.Linear(3 -> 2): expected a tensor, got nothing",
    ),
    (
        "nn.Sequential():add(net):forward(torch.randn(4))",
        "in module 1 of nn.Sequential, module 1 of nn.Sequential, nn.Linear(3 -> 2): expected inputs of 3, got 4",
    ),
    ("nn.Linear(3,2):forward(torch.randn(4))", "nn.Linear(3 -> 2): expected inputs of 3, got 4"),
    (
        "nn.Linear(3,2):forward(torch.randn(1,3,4))",
        "nn.Linear(3 -> 2): expected inputs of 3 (or a batch of them), got size 1x3x4: nn.View flattens",
    ),
    ("nn.JoinTable(1):forward(x)", "nn.JoinTable: expected a table of tensors, got a tensor"),
    ("nn.CAddTable():forward(x)", "nn.CAddTable: expected a table of tensors, got a tensor"),
    (
        "nn.SpatialConvolution(3,8,5,5):forward(torch.randn(1,32,32))",
        "nn.SpatialConvolution(3 -> 8, 5x5): expected 3 planes, got 1 (size 1x32x32)",
    ),
    (
        "nn.SpatialConvolution(3,8,5,5):forward(torch.randn(32,32))",
        "nn.SpatialConvolution(3 -> 8, 5x5): expected planes x height x width (3D, or 4D for a batch), got size 32x32",
    ),
    (
        "nn.SpatialConvolution(3,8,5,5):forward(torch.randn(3,2,2))",
        "nn.SpatialConvolution(3 -> 8, 5x5): got size 3x2x2, too small for its kernel",
    ),
    (
        "nn.TemporalConvolution(3,8,5):forward(torch.randn(10,4))",
        "nn.TemporalConvolution: expected frames of 3, got 4",
    ),
    (
        "nn.SpatialMaxPooling(2,2):forward(torch.randn(10,4))",
        "nn.SpatialMaxPooling(2x2, 2,2): expected planes x height x width (3D, or 4D for a batch), got size 10x4",
    ),
    (
        "nn.BatchNormalization(4):forward(torch.randn(2,3))",
        "nn.BatchNormalization (2D) (4): expected 4 features, got 3",
    ),
    (
        "nn.BatchNormalization(4):forward(torch.randn(4))",
        "nn.BatchNormalization (2D) (4): expected a batch (2D) with 4 features, got size 4",
    ),
    (
        "nn.LookupTable(10,3):forward(torch.Tensor{0})",
        "nn.LookupTable: expected indices 1 to 10, got 0",
    ),
    ("nn.View(4):forward(torch.randn(5))", "nn.View(4): expected 4 elements, got 5 (size 5)"),
    ("nn.Reshape(4):forward(torch.randn(5))", "nn.Reshape(4): expected 4 elements, got 5 (size 5)"),
    (
        "net:backward(x)",
        "in module 2 of nn.Sequential, nn.Tanh: backward takes the input and the gradient of the output: net:backward(x, dy)",
    ),
    (
        "fresh:backward(x, torch.randn(2))",
        "in module 2 of nn.Sequential, nn.Tanh: forward comes before backward: net:forward(x)",
    ),
    (
        "net:backward(x, torch.randn(5))",
        "in module 2 of nn.Sequential, nn.Tanh: its output has size 2, the gradient 5",
    ),
    (
        "nn.MSECriterion():forward(torch.randn(3), torch.randn(4))",
        "nn.MSECriterion: the input has size 3, the target 4",
    ),
    (
        "nn.MSECriterion():forward(torch.randn(3))",
        "nn.MSECriterion takes an input and a target: crit:forward(x, target)",
    ),
    (
        "nn.MSECriterion():forward(torch.randn(3), torch.randn(3):float())",
        "the input is Double, the target Float: target:double()",
    ),
    ("x.shape", "x:size() gives the sizes, x:size(1) one of them"),
    ("x.len", "x:size(1), or x:nElement()"),
    ("t.length", "the length of a table or text is #t"),
    ("s.length", "the length of a text is #s"),
    ("t[0]", "positions are counted from 1: t[1] … t[3]"),
    ("s[1]", "letters are counted from 1: s:sub(1, 1)"),
    ("None", "nothing is called nil in Lua"),
    ("True", "true is written small in Lua"),
    ("null", "nothing is called nil in Lua"),
    ("pi", "math.pi"),
    ("torch.rnadn", "did you mean torch.randn?"),
    ("math.Pi", "did you mean math.pi?"),
    ("nn.Linar", "did you mean nn.Linear?"),
    ("x != 3", "not equal is ~= in Lua: x ~= 3"),
    ("if x !== nil then print(1) end", "not equal is ~= in Lua: x ~= nil"),
    ("x === 3", "equal is == in Lua: x == 3"),
    ("x <> 3", "not equal is ~= in Lua: x ~= 3"),
    ("x && n", "write and in Lua: a and b"),
    ("x || n", "write or in Lua: a or b"),
    ("if !x then print(1) end", "write not in Lua: not x…"),
    ("n += 1", "Lua has no +=: n = n + 1"),
    ("s ..= 'a'", "Lua has no ..=: s = s .. 'a'"),
    ("n++", "Lua has no ++: n = n + 1"),
    ("n ** 2", "a power is ^ in Lua: n ^ 2"),
    ("5 // 2", "whole division is math.floor(5 / 2)"),
    ("// a comment", "a comment begins with --"),
    ("n = 3 // a comment here", "a comment begins with --"),
    ("/* comment */", "a comment is --[[ … ]], to the end of a line -- …"),
    ("y = n ? 1 : 2", "Lua has no ?: … write condition and a or b"),
    ("n := 3", "an assignment is n = 3"),
    ("1 << 3", "bits are shifted by bit.lshift(x, n) and bit.rshift(x, n)"),
    ("A %*% B", "R's operators are functions here: torch.mm(A, B) multiplies matrices"),
    ("x .* x", "element by element is torch.cmul(x, y), torch.cdiv(x, y), torch.pow(x, n)"),
    ("x @ m", "matrices are multiplied by x * m"),
    ("x is None", "compare with ==: x == nil"),
    ("x is not None", "compare with ~=: x ~= nil"),
    ("if 5 in t then print(1) end", "Lua has no in: t[5] ~= nil asks for a key"),
    ("y = 1 if n > 3 else 2", "a choice is n > 3 and 1 or 2"),
    ("net->forward(x)", "call methods with a colon: net:forward(…)"),
    ("net::forward(x)", "call methods with a colon: net:forward(…)"),
    ("y = &x", "Lua has no pointers: x is a reference already"),
    ("[i for i in t]", "there are no comprehensions: fill a table in a for loop"),
    ("x[1:2]", "a slice is x[{{first, last}}], counted from 1; {} is all of a dimension"),
    ("m[:,1]", "a slice is m[{{first, last}}], counted from 1; {} is all of a dimension"),
    ("m[1,2]", "two positions are m[1][2] or m[{1, 2}]"),
    ("m[1,]", "a column is m[{{}, n}], a row m[n]"),
    ("m(1,:)", "a row is m[i], a column m[{{}, i}], a part m[{{first, last}}]"),
    ("[1,2,3]", "a list is {1, 2, 3}, a tensor torch.Tensor{1, 2, 3}"),
    ("torch.Tensor([1,2,3])", "a list is {1, 2, 3}, a tensor torch.Tensor{1, 2, 3}"),
    ("torch.zeros((2,3))", "sizes are separate arguments: torch.zeros(2,3)"),
    ("a, b = (1, 2)", "Lua has no tuples: {1, 2} is a table, a, b = 1, 2 sets both"),
    ("t = {'a': 1}", "keys are written {name = 1} or {['name'] = 1}"),
    ("t = {a: 1}", "keys are written {name = 1} or {['name'] = 1}"),
    ("3.0f", "a number is 1000, 0.5, 1e-3 or 0xff"),
    ("1_000", "a number is 1000, 0.5, 1e-3 or 0xff"),
    ("`x`", "texts stand in quotes: 'a' .. x joins them"),
    ("x'", "a matrix is turned by x:t()"),
    ("n = 3 # three of them", "a comment begins with --"),
    ("% a comment", "a comment begins with --"),
    ('"""doc"""', "a text of several lines is [[ … ]]"),
    ("import torch", "a package is loaded by require 'torch'; here it is loaded when you name it"),
    (
        "import numpy as np",
        "a package is loaded by require 'torch'; here it is loaded when you name it",
    ),
    (
        "from torch import nn",
        "a package is loaded by require 'torch'; here it is loaded when you name it",
    ),
    ("require nn", "require takes a name in quotes: require 'nn'"),
    ("let y = 3", "Lua has no let: local y = 3"),
    ("int y = 3", "Lua has no int: local y = 3"),
    ("int main() { return 0; }", "a function is function main(…) … end"),
    ("int y;", "a variable is local y"),
    ("global y", "every name is global unless it is made local: y = …"),
    ("del x", "there is no del: x = nil"),
    ("f = lambda a: a", "a function is function(a) return a end"),
    ("f = (a) => a", "a function is function(a) return … end"),
    ("y = @(x) x^2", "a function is function(x) return … end"),
    ("function y = f(x)", "a function is function f(x) … return y end"),
    ("def f(x): return x", "a function is function f(x) … end"),
    ("func f(x)", "a function is function f(…) … end"),
    ("function f(x) { return x }", "a function is function f(x) … end, without braces"),
    ("f <- function(x) x^2", "a function ends with end: f = function(x) … end"),
    ("class Foo", "a class is torch.class('Foo', 'nn.Module')"),
    ("@decorate", "Lua has no decorators: f = decorate(f)"),
    ("function f(*args) end", "further arguments are ..., a table of them {...}"),
    ("for (i = 0; i < 3; i++) { print(i) }", "a loop is for i = 0, 10 do … end"),
    ("for i = 1:3 do print(i) end", "a loop is for i = 1, 3 do … end"),
    ("for i in 1..3 { print(i) }", "a loop is for i = 1, 3 do … end"),
    ("for i in range(3): print(i)", "a loop is for i = 1, 3 do … end"),
    ("for v in t: print(v)", "a loop over a table is for i, v in ipairs(t) do … end"),
    ("for (const v of t) { print(v) }", "a loop over a table is for i, v in ipairs(t) do … end"),
    ("switch (x) { case 1: break }", "Lua has no switch: if … then … elseif … then … end"),
    ("except ValueError: f()", "errors are caught by ok, message = pcall(function() … end)"),
    ("try { f() }", "errors are caught by ok, message = pcall(function() … end)"),
    ("try: f()", "errors are caught by ok, message = pcall(function() … end)"),
    ("raise ValueError", "an error is raised by error('message')"),
    ("throw x", "an error is raised by error('message')"),
    ("yield x", "coroutines are coroutine.wrap(function() coroutine.yield(x) end)"),
    (
        "if n == 5 then print(1) else if n == 4 then print(2) end",
        "else if opens a second block: write elseif",
    ),
    ("if n == 5 then print(1) elif n == 4 then print(2) end", "else if is one word: elseif … then"),
    ("if n == 5 then print(1) endif", "every block ends with end"),
    (
        "for i = 1, 3 do if i == 2 then continue end end",
        "there is no continue: goto next, and ::next:: before the end",
    ),
    ("if (n == 5) { print(1) }", "Lua has no braces: if … then … end, while … do … end"),
    ("if n = 5 then print(1) end", "to compare write ==: if n == 5 then"),
    ("while n = 5 do print(1) end", "to compare write ==: if n == 5 do"),
    ("if n == 5: print(1)", "a block has no colon in Lua: if … then … end"),
    ("while n > 3: n = n - 1", "a block has no colon in Lua: while … do … end"),
    ("x = y = 3", "one assignment at a time: y = 3; x = y"),
    ("x = 3, y = 4", "one assignment after the other: x = 3; y = 4"),
    ("f(x) = 3", "a call cannot be assigned to; a position is f[i] = …"),
    ("print x", "a call needs parentheses: print(x)"),
    ("net forward x", "call methods with a colon and parentheses: net:forward(x)"),
    ("s:len", "a colon calls a method, s:len(…); a field is s.len"),
    ("t.1", "a position is written t[1], not t.1"),
    ("local t.x = 3", "local is for plain names: leave local out"),
    (
        "local function(x) return x end",
        "a function has a name here: function f(x) … end, local function f(x) … end",
    ),
    ("t.end = 3", "end is a word of Lua's own: choose another name, or t['end']"),
    ("x = and 3", "and stands where a value should be"),
    ("if n == 5 print(1) end", "an if needs then: if … then … end"),
    ("for i=1,3 print(i) end", "a loop needs do: for i = 1, 3 do … end, while … do … end"),
    ("while n > 3 n = n - 1 end", "a loop needs do: for i = 1, 3 do … end, while … do … end"),
    ("end", "there is one end too many"),
    ("return x print(x)", "return ends a block: nothing may follow it"),
    ("function f(x) return x", "an end is missing: function f(x) … end"),
    ("do return x print(x) end", "return ends a block: nothing may follow it before end"),
    ("n = 1 +", "a value is missing at the end"),
    ("print('it's')", 'a quote is missing; a text with an apostrophe stands in "…"'),
    ("y = [[a", "[[ … ]] is not closed"),
    ("t = {1, 2, 3", "a } is missing"),
    ("print(x", "a ) is missing"),
    ("x[1", "a ] is missing"),
    ("t = {1 2 3}", "items of a table are separated by commas: {1, 2, 3}"),
    ("print(x y)", "arguments are separated by commas: f(a, b)"),
    ("print(x))", "there is a ) too many, or a value missing before it"),
    ("t = 3}", "there is a } too many, or a value missing before it"),
    ("x = = 3", "an equals sign too many; to compare write =="),
    ("~x", "not equal is ~=, not is not: not x"),
    ("3 = x", "an assignment is name = value, with the name on the left"),
    ("nil.x", "nil has no fields and cannot be called"),
    ("not x = 3", "an assignment has a plain name on its left: x = …"),
    ("x = 3 y = 4 z", "a statement is an assignment or a call: x = 1, f(x)"),
    ("0xzz", "a number is 1000, 0.5, 1e-3 or 0xff; a name begins with a letter"),
    ("'\\q'", "a backslash in a text is written \\\\\\\\, or the text [[…]]"),
    ("goto nowhere", "goto jumps to a ::label:: of the same block"),
    ("function f() return ... end", "... is there in functions that end their arguments with it"),
    ("repeat n = 1 print(n)", "repeat ends with until: repeat … until n > 3"),
    ("q = new nn.Linear(3, 2)", "an object is made without new: nn.Linear(…)"),
    ("new Foo()", "an object is made without new: Foo(…)"),
    ("n--", "-- begins a comment: n = n - 1"),
    ("print(1..2)", "a loop is for i = 1, 2 do; texts are joined with blanks: 1 .. 2"),
    ("y = [=[a", "[[ … ]] is not closed"),
    ("f = acc.deposit f(5)", "call the method with a colon, so that it gets its self"),
    ("if n then break end", "break stands in a loop"),
    ("for v of t do print(v) end", "a loop over a table is for i, v in ipairs(t) do … end"),
]


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """A session, and the rows that have spoken."""
    said: set[int] = set()

    def listen(table, scene):
        for row in table:
            sentence = row.hint(scene)
            if sentence:
                said.add(id(row))
                return sentence
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hints, "first_said", listen)
        patch.chdir(tmp_path_factory.mktemp("empty"))
        session = Session()
        session.emit = lambda value: None
        yield session, said


@pytest.mark.parametrize(("entry", "hint"), CASES)
def test_slips(shell, entry, hint):
    session, _ = shell
    for line in SETUP:
        assert session.evaluate(line).failure is None
    outcome = session.evaluate(entry)
    assert (outcome.failure.hint if outcome.failure else outcome.hint) == hint
    assert outcome.failure is None or "Traceback" not in outcome.failure.message


def test_every_row_has_its_case(shell):
    _, said = shell
    if len(said) < 50:
        pytest.skip("the cases were not run")
    tables = (*hints.UNCOMPILED, *hints.FAILED, *hints.NIL, *hints.UNNOTICED)
    assert [row.pattern.pattern for row in tables if id(row) not in said] == []


def test_a_row_that_fails_hides_nothing():
    def broken(scene, found):
        raise ValueError

    row = hints.Row("message", re.compile(""), broken)
    assert first_said([row], hints.Scene("attempt to call global 'x' (a nil value)")) is None


NO_HINT = [
    "zzzzqq()",
    "net.modules.x()",
    "nosuch.field",
    "error('mine')",
    "unles()",
    "whlie(1)",
    "assert(false)",
]


@pytest.mark.parametrize("entry", NO_HINT)
def test_none_is_better_than_a_far_one(shell, entry):
    session, _ = shell
    session.evaluate("net = nn.Sequential()")
    failure = session.evaluate(entry).failure
    assert failure is not None and failure.hint is None


def test_a_global_that_is_close_to_a_short_name_is_not_meant():
    assert near("net", ["next", "nn"]) is None
    assert near("len", ["rawlen"]) is None and near("range", ["rawget"]) is None
    assert near("retrun", ["rerun"]) is None  # a word of the language
    assert near("Linaer", ["Linear", "Bilinear"]) == "Linear"


def test_names_in_the_tables_are_free_and_what_they_advise_is_there(shell):
    session, _ = shell
    for line in SETUP:
        session.evaluate(line)
    held = members(session.globals)
    assert not set(words.WORDS) & (set(held) - {"class"}) and not set(words.VALUES) & set(held)
    for package, table in words.PACKAGES.items():
        lua = members(rawget(session.globals, package))
        assert not set(table) & (
            set(lua) - {"split", "insert", "remove", "concat", "sort", "unpack"}
        )
    tables = [
        words.WORDS,
        words.VALUES,
        words.TABLE,
        words.STRING,
        words.TENSOR,
        words.MODULE,
        *words.PACKAGES.values(),
    ]
    sentences = " ".join(" ".join(t.values()) for t in tables)
    for package, name in re.findall(
        r"\b(torch|nn|optim|image|string|table|math|os|io|gnuplot|cjson|csvigo|sys|tablex|stringx|bit)\.(\w+)",
        sentences,
    ):
        held = session.evaluate(f"{package}.{name}").values
        assert held[0] is not None, f"{package}.{name}"
    methods = set(re.findall(r"\bx:(\w+)", sentences)) - {"cuda"}
    assert methods <= set(members(rawget(session.globals, "x"))), methods
    methods = set(re.findall(r"\bnet:(\w+)", sentences))
    assert methods <= set(members(Instance(type(rawget(session.globals, "net"))))), methods


def test_a_script_is_told_to_require():
    session = Session()
    scene = hints.Scene(
        "a.lua:1: attempt to index global 'nn' (a nil value)", "nn.x", session.globals, False
    )
    assert hints.hint(scene) == "nn is a package: require 'nn'"
    assert dict(items(session.globals)).get("nn") is None
