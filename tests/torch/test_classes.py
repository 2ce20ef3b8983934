"""The class system from Python: classes made by name, metatables in luaT's layout, operators, tables made objects."""

from __future__ import annotations

import pytest

from th7shell import torch
from th7shell.lua import LuaError, Table, attr, new_table, state, tostring
from th7shell.torch.classes import REGISTRY, Metatable, TorchClass, metatable, typename
from th7shell.torch.luat import REGISTRY_TABLE
from th7shell.torch.namespace import namespace

make_class = getattr(torch, "class")


@pytest.fixture
def make():
    """torch.class whose classes are forgotten again."""
    before = dict(REGISTRY)
    names = set(vars(state.globals))
    yield make_class
    REGISTRY.clear()
    REGISTRY.update(before)
    for name in set(vars(state.globals)) - names:
        delattr(state.globals, name)


@pytest.fixture
def animals(make):
    """Animal with a name, and Dog below it."""
    animal = make("Animal")

    def init(self, name=None, *_):
        self.name = name

    animal["__init"] = init
    animal["speak"] = lambda self: f"{self.name} makes a noise"
    dog, parent = make("Dog", "Animal")
    assert parent is animal
    return animal, dog


def test_a_class_constructs_and_inherits(animals):
    dog = state.globals.Dog("rex")
    assert dog.speak() == "rex makes a noise"
    assert torch.type(dog) == torch.typename(dog) == "Dog"
    assert isinstance(dog, Table) and dog["name"] == "rex"
    assert torch.isTypeOf(dog, "Animal") and torch.isTypeOf(dog, state.globals.Animal)
    assert torch.isTypeOf(dog, "Ani.*") and not torch.isTypeOf(dog, "Ani")
    assert not torch.isTypeOf(5, "Animal")
    assert tostring(dog) == "Dog"
    assert REGISTRY["Dog"] is type(dog)


def test_methods_patched_on_a_class_reach_every_instance(animals):
    animal, dog = animals
    rex = state.globals.Dog("rex")
    state.globals.Animal["speak"] = lambda self: "patched"
    assert rex.speak() == "patched"
    dog["speak"] = lambda self: animal.speak(self) + "!"
    assert rex.speak() == "patched!"
    dog["speak"] = None
    assert rex.speak() == "patched"
    dog["legs"] = 4
    assert rex.legs == 4 and "legs" not in vars(rex)


def test_the_metatable_has_luat_fields(animals):
    animal, dog = animals
    rex = state.globals.Dog("rex")
    get = type(rex).__class__.__lua_metatable__
    assert get(type(rex)) is dog is rex.__lua_metatable__()
    assert type(dog).__lua_metatable__(dog) is animal
    assert type(animal).__lua_metatable__(animal) is None
    fields = dict(dog.__lua_items__())
    assert fields["__typename"] == "Dog" and fields["__version"] == 1
    assert fields["__metatable"] is dog and fields["__constructor"] is state.globals.Dog
    assert fields["__factory"]()["name"] is None
    assert fields["new"]("x").name == "x"
    assert fields["__index"](rex, "speak") is animal.__lua_rawget__("speak")
    assert dog.__lua_rawget__("speak") is None
    assert REGISTRY_TABLE["Dog"] is dog and REGISTRY_TABLE[dog] == "Dog"
    assert isinstance(dog, Metatable) and issubclass(dog, type(rex))


BINARY = [
    ("add", lambda a, b: a + b, "addition"),
    ("sub", lambda a, b: a - b, "substraction"),
    ("mul", lambda a, b: a * b, "multiplication"),
    ("div", lambda a, b: a / b, "division"),
    ("mod", lambda a, b: a % b, "modulo"),
    ("pow", lambda a, b: a**b, "power"),
    ("lt", lambda a, b: a < b, "less-than"),
    ("le", lambda a, b: a <= b, "less-equal"),
]


@pytest.mark.parametrize("form", ["__{}__", "__{}"])
@pytest.mark.parametrize(("name", "operate", "word"), BINARY)
def test_binary_operators(animals, name, operate, word, form):
    _, dog = animals
    a, b = state.globals.Dog("a"), state.globals.Dog("b")
    with pytest.raises(LuaError) as caught:
        operate(a, b)
    assert caught.value.value == f"both Dog and Dog have no {word} operator"
    seen = []
    dog[form.format(name)] = lambda x, y: (seen.append((x, y)), "answer")[1:]
    result = operate(a, b)
    assert result == ("answer" if name not in ("lt", "le") else True)
    assert seen == [(a, b)]
    operate(5, b)
    assert seen[1] == (5, b)
    dog[form.format(name)] = None
    with pytest.raises(LuaError):
        operate(a, b)


def test_other_operators(animals):
    _, dog = animals
    a, b = state.globals.Dog("a"), state.globals.Dog("a")
    assert a != b
    dog["__eq__"] = lambda x, y: x.name == y.name
    assert a == b and a != 5 and len({a, b}) == 2
    dog["__len__"] = lambda x: 7
    dog["__unm__"] = lambda x: "minus"
    dog["__call__"] = lambda x, y: f"called {y}"
    dog["__tostring__"] = lambda x: f"Dog {x.name}"
    dog["__concat__"] = lambda x, y: "joined"
    assert (len(a), -a, a(3), str(a), a.__concat__("x")) == (
        7,
        "minus",
        "called 3",
        "Dog a",
        "joined",
    )
    with pytest.raises(LuaError, match="Animal has no call operator"):
        state.globals.Animal("x")()
    with pytest.raises(LuaError, match="Animal has no negation operator"):
        -state.globals.Animal("x")


def test_index_and_newindex_protocol(make):
    squares = make("Squares")
    squares["__index__"] = lambda self, key: (
        (key * key, True) if isinstance(key, int) else (None, False)
    )
    kept = []
    squares["__newindex__"] = lambda self, key, value: key == "kept" and not kept.append(value)
    squares["name"] = "squares"
    s = state.globals.Squares()
    assert s[7] == 49 and s.name == "squares"
    s.kept, s.own = 1, 2
    assert kept == [1] and "kept" not in vars(s) and s.own == 2
    s[3] = "three"
    assert s[3] == "three" and s[4] == 16


def test_raw_index_and_newindex_replace_the_protocol(make):
    lazy = make("Lazy")
    lazy["known"] = "class"
    lazy["__index"] = lambda self, key: f"made {key}"
    kept = {}
    lazy["__newindex"] = lambda self, key, value: kept.__setitem__(key, value)
    x = state.globals.Lazy()
    assert x.anything == "made anything" and x[3] == "made 3" and x.known == "made known"
    x.field, x[1] = 5, 6
    assert kept == {"field": 5, 1: 6} and x.field == "made field"
    defaults = new_table(fields={"size": 10})
    lazy["__index"] = defaults
    assert x.size == 10 and x["none"] is None
    lazy["__index"] = lazy["__newindex"] = None
    assert x.known == "class"


def test_a_table_becomes_an_instance_in_place(animals):
    t = new_table([1, 2], {"name": "tab"})
    assert torch.setmetatable(t, "Dog") is t
    assert torch.type(t) == "Dog" and t.speak() == "tab makes a noise" and t[2] == 2
    assert torch.factory("Dog")()["name"] is None
    assert torch.factory("no such class") is None
    with pytest.raises(LuaError, match="unknown typename Cat"):
        torch.setmetatable(t, "Cat")


WRONG = [
    (("Dog",), "Dog has been already assigned a factory"),
    (("Dog", "Animal"), "class Dog has been already assigned a parent class\n"),
    (("Cat", "Nobody"), "bad argument #2 (invalid parent class name Nobody)"),
    (("no.such.Cat",), "while creating metatable no.such.Cat: bad argument #1 (no is an invalid module name)"),
    ((5,), "<class name> [<parent class name>] [<module table>] expected"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), WRONG)
def test_errors(animals, arguments, message):
    with pytest.raises(LuaError) as caught:
        make_class(*arguments)
    assert caught.value.value == message
    assert "Cat" not in REGISTRY


def test_classes_in_packages_and_module_tables(make):
    module = new_table()
    cls = make("far.Away", module)
    assert (
        module["Away"]().__class__.__name__ == "Away" and torch.type(module["Away"]()) == "far.Away"
    )
    state.globals.zoo = new_table()
    make("zoo.Lion")
    assert torch.type(state.globals.zoo["Lion"]()) == "zoo.Lion"
    assert metatable(REGISTRY["far.Away"]) is cls
    REGISTRY_TABLE["far.Away"] = None
    assert torch.getmetatable("far.Away") is None
    make("far.Away", module)


def test_python_classes_are_torch_classes():
    class Layer(Table, metaclass=TorchClass, name="testpackage.Layer"):
        """A layer."""

        def __init__(self, size=None, *_):
            self.size = size

    class Mine(Layer):
        """Without a name of its own package."""

    assert namespace("testpackage").Layer is Layer
    assert typename(Layer(3)) == "testpackage.Layer" and Layer(3).size == 3
    assert typename(Mine(4)) == "Mine" and Mine(4).size == 4
    assert torch.isTypeOf(Mine(1), "testpackage.Layer")
    getattr(metatable(Layer), "__init")(mine := Mine(), 8)
    assert mine.size == 8
    for name in ("testpackage.Layer", "Mine"):
        del REGISTRY[name]


def test_tensor_metatables_are_open():
    mt = torch.getmetatable("torch.FloatTensor")
    t = torch.FloatTensor(2).fill(1)
    original = mt.__lua_rawget__("__add")
    method = mt.__lua_rawget__("fill")
    try:
        mt.__lua_rawset__("__add", lambda a, b: "other")
        mt.__lua_rawset__("fill", lambda self, v: "filled")
        assert t + t == 1 + t == "other" and t.fill(3) == "filled"
        assert (torch.DoubleTensor(1).fill(2) + 1)[1] == 3
    finally:
        mt.__lua_rawset__("__add", original)
        mt.__lua_rawset__("fill", method)
    assert (1 + t)[1] == 2 and t.fill(3)[1] == 3
    names = dict(mt.__lua_items__())
    assert {"narrow", "add", "__add", "__index", "__typename", "storage"} <= set(names)
    assert all(key.isascii() for key in names)
    assert attr("__add__") == "ħ__add__"


def test_default_type_and_identity():
    assert torch.getdefaulttensortype() == "torch.DoubleTensor"
    torch.setdefaulttensortype("torch.FloatTensor")
    try:
        assert torch.Tensor is torch.FloatTensor and torch.Storage is torch.FloatStorage
        assert torch.Tensor(2).real().type() == "torch.FloatTensor"
    finally:
        torch.setdefaulttensortype("torch.DoubleTensor")
    with pytest.raises(
        LuaError, match=r"<torch.NopeTensor> is not a string describing a torch object"
    ):
        torch.setdefaulttensortype("torch.NopeTensor")
    t = torch.Tensor(2)
    assert torch.pointer(t.storage()) == torch.pointer(t.narrow(1, 1, 1).storage())
    assert torch.pointer(t) != torch.pointer(t.narrow(1, 1, 1))
    assert torch.isequal(t, t) and not torch.isequal(t, t.clone())
    assert torch.isTensor(t) and torch.isStorage(t.storage()) and not torch.isTensor(5)
    assert torch.version(t) == 1


def test_pairs_and_ipairs_ask_the_class(lua):
    found = lua("""
        local mt, seen = torch.class('IteratedByItsClass'), {}
        torch.class('BelowIteratedByItsClass', 'IteratedByItsClass')
        mt.__init = function(self) self.own = 1 end
        mt.__pairs = function(self) return next, {from = 'pairs'}, nil end
        mt.__ipairs = function(self) return ipairs{'from', 'ipairs'} end
        for _, v in pairs(IteratedByItsClass()) do seen[#seen + 1] = v end
        for _, v in ipairs(IteratedByItsClass()) do seen[#seen + 1] = v end
        for k in pairs(BelowIteratedByItsClass()) do seen[#seen + 1] = k end  -- read raw, as in Lua
        return table.concat(seen, ' ')
    """)
    assert found == ("pairs from ipairs own",)
