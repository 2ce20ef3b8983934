"""Write the type stubs of torch, nn, optim and image: `python docs/make_stubs.py` (`make stubs`).

They are made from the operations' declarations, the classes and their documentation, and are what
editors and type checkers read: `th7shell/<package>/__init__.pyi`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from keyword import iskeyword
from pathlib import Path
from typing import Any

from th7shell import image, nn, optim, torch
from th7shell.lua.callers import ForPython
from th7shell.lua.written_forms import arguments_of, forms_in, signature_of
from th7shell.torch.classes import parent_class
from th7shell.torch.constructors import kept_fields
from th7shell.torch.ops import OPERATIONS
from th7shell.torch.ops.declare import Argument, Form
from th7shell.torch.public_names import is_public, members

ROOT = Path(__file__).resolve().parent.parent / "th7shell"
HEAD = '''"""Types of {name}; made by docs/make_stubs.py."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from os import PathLike
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

'''.replace("from typing_extensions import Self\n\n", "\n").replace(
    "Any, overload", "Any, Self, overload"
)
ALIASES = """_int = int
_float = float
_bool = bool
_str = str
"""

# -- operations

KINDS = {
    "T": "_Tensors",
    "Ts": "Sequence[Tensor] | Table",
    "real": "_float",
    "constant": "_float",
    "accreal": "_float",
    "double": "_float",
    "long": "_int",
    "int": "_int",
    "index": "_int",
    "boolean": "_bool",
    "generator": "Generator",
    "sizes": "_int | Sequence[_int] | LongStorage",
}
RESULTS = {
    "int | float": "_float",
    "float": "_float",
    "int": "_int",
    "bool": "_bool",
    "str": "_str",
}


def kind_of(a: Argument) -> str:
    return KINDS.get(a.kind) or ("_str" if "|" in a.kind else a.kind)


def result_of(form: Form) -> str:
    back = [a for a in form.arguments if a.back] or [a for a in form.arguments if a.returned]
    if back:
        kinds = ["Tensor" if a.kind == "T" else KINDS.get(a.kind, a.kind) for a in back]
        return kinds[0] if len(kinds) == 1 else f"tuple[{', '.join(kinds)}]"
    kernels = [form.kernel] if callable(form.kernel) else form.kernel.values()
    told = [getattr(kernel, "__annotations__", {}).get("return") for kernel in kernels]
    return RESULTS.get(str(next(filter(None, told), None)), "Any")  # a text has none


def operation_stubs(name: str, method: bool) -> list[str]:
    """The overloads of an operation: one for each kind of result, where the number of arguments
    tells which it is."""
    groups: dict[str, list[list[Argument]]] = {}
    for op in OPERATIONS[name]:
        for form in op.methods if method else op.functions:
            if not method and not any(
                a.kind in ("T", "Ts", "sizes") or a.returned for a in form.visible
            ):
                continue  # of numbers alone
            for given in form.variants():
                arguments = list(given)[1:] if method else list(given)
                groups.setdefault(result_of(form), []).append(arguments)
    counts = [{len(v) for v in variants} for variants in groups.values()]
    if len(groups) > 1 and sum(map(len, counts)) > len(set.union(*counts)):
        tensors = all(re.fullmatch(r"\w*Tensor", result) for result in groups)
        groups = {"Tensor" if tensors else "Any": [v for group in groups.values() for v in group]}
    head = "@overload\n" if len(groups) > 1 else ""
    return [
        f"{head}def {name}({merged(v, method)}) -> {result}: ..." for result, v in groups.items()
    ]


def merged(variants: list[list[Argument]], method: bool) -> str:
    """The parameters that take each of these argument lists."""
    variants = sorted(variants, key=lambda v: sum(a.returned for a in v))  # their names count first
    out, least = (["self"] if method else []), min(map(len, variants))
    longest, taken = max(map(len, variants)), {"self"}
    for i in range(longest):
        here = [v[i] for v in variants if len(v) > i]
        names = list(dict.fromkeys(a.name for a in here))
        kinds = " | ".join(dict.fromkeys(p for a in here for p in kind_of(a).split(" | ")))
        if any(a.kind == "sizes" for a in here):
            out.append(f"*sizes: {kinds}")
            return ", ".join(out)
        name = names[0]
        name = f"{name}_{i + 1}" if iskeyword(name) or name in taken else name
        taken.add(name)
        out.append(f"{name}: {kinds}{'' if i < least else ' = ...'}")
    return ", ".join([*out, "/"] if longest else out)


# -- functions and methods written by hand

TYPES = {
    "Tensor": "narrow select sub transpose t unfold clone contiguous copy fill zero resize "
    "resizeAs set "
    "expand expandAs view viewAs reshape repeatTensor permute squeeze typeAs real new index "
    "float double byte char short int long half apply map map2",
    "_int": "dim nDimension nElement storageOffset elementSize numel size",
    "_bool": "isContiguous isSameSizeAs isSetTo isSize isTensor",
    "Table": "split chunk totable listModules",
    "_float": "item",
    "None": "zeroGradParameters updateParameters accGradParameters accUpdateGradParameters "
    "training "
    "evaluate reset apply insert manualSeed save seed setdefaulttensortype setnumthreads",
}
RETURNS = {name: kind for kind, names in TYPES.items() for name in names.split()}
OPEN = frozenset({"Transpose", "VolumetricDilatedConvolution"})  # constructors of many arguments
OWN = {  # what the documentation does not say in a form
    "load": "(path: _str | PathLike[_str], depth: _int = ..., type: _str = ..., /)",
}
HINTS = [  # (what a parameter's name looks like, its type)
    (
        r"n[A-Z]\w*|[kd][WHT]|pad\w*|\w*Size|dim\w*|index|offset|length|num\w*|[a-z]*[wW]idth|[a-z]*[hH]eight",
        "_int",
    ),
    (r"input|gradOutput|weights|tensor|src|t", "Any"),
    (r"lr|learningRate|p|lambda|margin|scale|eps|momentum|stdv|tolerance", "_float"),
    (r"callback|opfunc|func|closure", "Callable[..., Any]"),
    (r"filename|path", "_str | PathLike[_str]"),
    (r"type|name", "_str"),
]
SELF = frozenset("float double cuda type share clone clearState add noBias".split())


def name_of_number(name: str) -> str | None:
    """The type that a parameter's name tells."""
    return next((kind for pattern, kind in HINTS if re.fullmatch(pattern, name)), None)


def hint(p: inspect.Parameter) -> str:
    if isinstance(p.default, bool):
        return "_bool"
    if isinstance(p.default, float):
        return "_float"
    if isinstance(p.default, str):
        return "_str"
    if p.default is None and p.default is not p.empty:
        return "Any"
    if p.default is not p.empty and name_of_number(p.name) is None:
        return "Any"
    return name_of_number(p.name) or "Any"


def parameters(signature: inspect.Signature) -> str:
    out, slash = [], False
    for p in signature.parameters.values():
        if slash and p.kind is not p.POSITIONAL_ONLY:
            out.append("/")
        slash = p.kind is p.POSITIONAL_ONLY
        if p.kind is p.VAR_POSITIONAL:
            out.append(f"*{p.name}: Any")
        elif p.kind is not p.VAR_KEYWORD:
            plain = p.default is None or isinstance(p.default, (bool, int, float, str))
            shown = "" if p.default is p.empty else f" = {p.default!r}" if plain else " = ..."
            out.append(f"{p.name}: {hint(p)}{shown}")
    return ", ".join([*out, "/"] if slash else out)


def own_signature(function: Any, name: str) -> inspect.Signature:
    words = arguments_of(forms_in(function.__doc__), name)
    if words is not None and function.__module__ != "th7shell.nn.module":
        return signature_of(words, function)
    found = [
        p for p in inspect.signature(function).parameters.values() if p.name not in ("self", "_")
    ]
    return inspect.Signature(found)


def method_stub(name: str, member: Any, owner: str) -> list[str]:
    if isinstance(member, ForPython):
        result = str(inspect.signature(member.function).return_annotation)
        result = re.sub(r"\b(int|float|bool|str)\b", r"_\1", result)
        result = {"Any": "NDArray[Any]" if name == "numpy" else "Tensor"}.get(result, result)
        return [*["@property"][: member.value], f"def {name}(self) -> {result}: ..."]
    if isinstance(member, staticmethod):
        return ["@staticmethod", f"def {name}(*args: Any) -> Any: ..."]
    if not inspect.isfunction(member):
        return []
    if owner == "Tensor" and name == "size":
        return [
            "@overload",
            "def size(self) -> LongStorage: ...",
            "@overload",
            "def size(self, dim: _int) -> _int: ...",
        ]
    result = "Any"
    if owner != "Tensor" and name in SELF:
        result = "Self"
    elif owner == "Tensor" or RETURNS.get(name) != "Tensor":
        result = RETURNS.get(name, "Any")
    inside = parameters(own_signature(member, name))
    return [f"def {name}(self{', ' + inside if inside else ''}) -> {result}: ..."]


def summary(doc: str | None) -> str:
    """The first paragraph of documentation, as a docstring."""
    text = (
        " ".join((doc or "").strip().split("\n\n")[0].split())
        .replace('"""', "'''")
        .replace("\\", "\\\\")
    )
    return f'"""{text}{" " if text.endswith(chr(34)) else ""}"""' if text else ""


def indented(lines: Iterable[str]) -> list[str]:
    return ["    " + part for line in lines for part in line.split("\n")]


ASSIGNED = re.compile(r"^\s+(self\.\w+(?:, self\.\w+)*)(?:: [^=\n]+)? = ", re.MULTILINE)


def fields_of(cls: Any, above: Any) -> set[str]:
    """The fields that the methods of a class set, and those of the bases that Torch does not
    name."""
    found: set[str] = set()
    for base in cls.__mro__[: cls.__mro__.index(above) if above is not None else 1]:
        for names in ASSIGNED.findall(inspect.getsource(base)):
            found |= {name.strip().removeprefix("self.") for name in names.split(",")}
    found |= kept_fields(cls)
    found -= kept_fields(above) if above is not None else set()
    return {name for name in found if is_public(name, object) and not iskeyword(name)}


def class_stub(
    cls: Any, base: str, body: list[str] = [], skip: frozenset[str] = frozenset()
) -> list[str]:
    """A class with what it adds to its base."""
    name, above = cls.__name__, parent_class(cls)
    inherited = members(above) if above is not None else {}
    lines = [doc] if (doc := summary(cls.__doc__)) else []
    init = parameters(inspect.signature(cls)) if name not in OPEN else "*args: Any"
    if not any(line.startswith("def __init__") for line in body):
        lines.append(f"def __init__(self{', ' + init if init else ''}) -> None: ...")
    known = inherited.keys() | members(cls).keys() | named(MODULE)
    lines += [f"{w}: Any" for w in sorted(fields_of(cls, above) - known)] if body != MODULE else []
    lines += body
    for key, member in sorted(members(cls).items()):
        if key not in skip and key not in inherited and key != "new" and not iskeyword(key):
            lines += method_stub(key, member, name)
    return [
        "",
        "",
        f"class {name}({base}):" if base else f"class {name}:",
        *indented(lines or ["..."]),
    ]


TENSOR = """
def __init__(self, *args: Any) -> None: ...
dtype: np.dtype[Any]
def __len__(self) -> _int: ...
def __iter__(self) -> Iterator[Any]: ...
def __getitem__(self, key: Any) -> Any: ...
def __setitem__(self, key: Any, value: Any) -> None: ...
def __array__(self, dtype: Any = None, copy: _bool | None = None) -> NDArray[Any]: ...
def __float__(self) -> _float: ...
def __int__(self) -> _int: ...
def __bool__(self) -> _bool: ...
def __mul__(self, other: Any) -> Any: ...
def __rmul__(self, other: Any) -> Any: ...
def __matmul__(self, other: Any) -> Any: ...
def __eq__(self, other: object) -> Any: ...
def __ne__(self, other: object) -> Any: ...
def __neg__(self) -> Tensor: ...
def __abs__(self) -> Tensor: ...
def __invert__(self) -> Tensor: ...
""".strip().split("\n")
for _name in "add sub truediv mod pow and or xor".split():
    TENSOR.append(f"def __{_name}__(self, other: Any) -> Tensor: ...")
    if _name in ("add", "sub", "truediv", "pow"):
        TENSOR.append(f"def __r{_name}__(self, other: Any) -> Tensor: ...")
for _name in "add sub mul truediv mod pow".split():
    TENSOR.append(f"def __i{_name}__(self, other: Any) -> Self: ...")
TENSOR += [
    f"def __{_name}__(self, other: Any) -> ByteTensor: ..." for _name in "lt le gt ge".split()
]

STORAGE = """
def __init__(self, *args: Any) -> None: ...
def __len__(self) -> _int: ...
def __iter__(self) -> Iterator[_float]: ...
def __getitem__(self, position: _int) -> Any: ...
def __setitem__(self, position: _int, value: _float) -> None: ...
def size(self) -> _int: ...
def fill(self, value: _float) -> Self: ...
def copy(self, source: Storage) -> Self: ...
def resize(self, size: _int) -> Self: ...
def totable(self) -> Table: ...
""".strip().split("\n")

MODULE = """
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
""".strip().split("\n")
CONTAINER = """
def __init__(self, *modules: Any) -> None: ...
def __len__(self) -> _int: ...
def __iter__(self) -> Iterator[Any]: ...
def __getitem__(self, position: _int) -> Any: ...
def __setitem__(self, position: _int, module: Module) -> None: ...
def add(self, module: Module) -> Self: ...
def get(self, index: _int) -> Any: ...
def size(self) -> _int: ...
""".strip().split("\n")
ADDED = "def __init__(self, *modules: Module) -> None: ..."
CRITERION = """
output: _float
gradInput: Any
def __init__(self) -> None: ...
def __call__(self, input: Any, target: Any) -> tuple[_float, Any]: ...
def forward(self, input: Any, target: Any) -> _float: ...
def backward(self, input: Any, target: Any) -> Any: ...
def updateOutput(self, input: Any, target: Any) -> Any: ...
def updateGradInput(self, input: Any, target: Any) -> Any: ...
""".strip().split("\n")
NAMES = re.compile(r"(?:def )?(\w+)[:(]")


def named(body: list[str]) -> frozenset[str]:
    return frozenset(m[1] for line in body if (m := NAMES.match(line)))


def function_stub(name: str, function: Any, result: str | None = None) -> str:
    if name in OWN and function.__module__.startswith("th7shell.image"):
        return f"def {name}{OWN[name]} -> {result}: ..."
    try:
        inside = parameters(inspect.signature(function))
    except ValueError:
        inside = "*args: Any"
    return f"def {name}({inside}) -> {result or RETURNS.get(name, 'Any')}: ..."


ARRAYS = {"tensor": "data: Any", "from_numpy": "array: NDArray[Any]"}


def torch_stub() -> str:
    torch.complete()
    lines = [
        "from th7shell.lua import Table", "", ALIASES, "_Tensors = Tensor | NDArray[Any]",
    ]  # fmt: skip
    classes = {n: c for n in dir(torch) if isinstance(c := getattr(torch, n), type)}
    sorts = ("Byte", "Char", "Short", "Int", "Long", "Float", "Double", "Half")
    tensor_body = list(TENSOR)
    found: dict[str, Any] = {}
    for sort in sorts:
        for key, member in members(classes[f"{sort}Tensor"]).items():
            found.setdefault(key, member)
    taken = named(TENSOR)
    for key, member in sorted(found.items()):
        if key in OPERATIONS and any(op.methods for op in OPERATIONS[key]):
            tensor_body += operation_stubs(key, True)
        elif key not in taken and key != "new":
            tensor_body += method_stub(key, member, "Tensor")
    tensor_body.append("def new(self, *args: Any) -> Self: ...")
    doc = summary(classes["DoubleTensor"].__mro__[1].__doc__)
    lines += ["", "", "class Tensor:", *indented([doc, *tensor_body])]
    for sort in sorts:
        lines += ["", "", f"class {sort}Tensor(Tensor):", f'    """A tensor of {sort} elements."""']
    lines += ["", "", "class Storage:", *indented(['"""One-dimensional memory."""', *STORAGE])]
    for sort in sorts:
        lines += [
            "",
            "",
            f"class {sort}Storage(Storage):",
            f'    """A storage of {sort} elements."""',
        ]
    known = {f"{sort}{kind}" for sort in sorts for kind in ("Tensor", "Storage")} | {
        "Tensor",
        "Storage",
    }
    for name, cls in classes.items():
        if name not in known and not name.startswith("Cuda"):
            lines += class_stub(cls, base_of(cls, classes))
    lines += ["", ""]
    for name in dir(torch):
        value = getattr(torch, name)
        if name in classes or name.startswith("__") or iskeyword(name):
            continue
        if name in ("tensor", "from_numpy"):
            lines.append(f"def {name}({ARRAYS[name]}) -> Tensor: ...")
        elif name in OPERATIONS and any(op.functions for op in OPERATIONS[name]):
            lines += operation_stubs(name, False)
        elif inspect.isfunction(value):
            lines.append(function_stub(name, value))
        else:
            lines.append(f"{name}: Any")
    return finished("torch", lines)


def base_of(cls: Any, classes: dict[str, Any]) -> str:
    above = parent_class(cls)
    return above.__name__ if above is not None and above.__name__ in classes else ""


def nn_stub() -> str:
    lines = ["from th7shell.lua import Table", "from th7shell.torch import Tensor", "", ALIASES]
    classes = {n: c for n in dir(nn) if isinstance(c := getattr(nn, n), type)}
    done: set[str] = set()

    def write(cls: Any) -> None:
        above = parent_class(cls)
        if cls.__name__ in done or cls.__name__ not in classes:
            return
        if above is not None:
            write(above)
        done.add(cls.__name__)
        bodies = {"Module": MODULE, "Container": CONTAINER, "Criterion": CRITERION}
        bodies |= {name: [ADDED] for name in ("Sequential", "ConcatTable", "ParallelTable")}
        body = bodies.get(cls.__name__, [])
        skip = named(body) | (named(MODULE) if cls.__name__ != "Module" else frozenset())
        lines.extend(class_stub(cls, base_of(cls, classes), body, skip))

    for cls in classes.values():
        write(cls)
    lines += [
        "",
        "",
        *(f"{n}: Any" for n in dir(nn) if n not in classes and not n.startswith("__")),
    ]
    return finished("nn", lines)


STEP = (
    "(opfunc: Callable[[Any], tuple[_float, Any]], x: Tensor, "
    "config: Mapping[_str, Any] | Table = ..., "
    "state: Mapping[_str, Any] | Table = ..., /) -> tuple[Any, ...]: ..."
)


def optim_stub() -> str:
    lines = ["from th7shell.lua import Table", "from th7shell.torch import Tensor", "", ALIASES]
    for name in dir(optim):
        value = getattr(optim, name)
        if isinstance(value, type):
            lines += class_stub(value, "")
    lines += ["", ""]
    for name in dir(optim):
        value = getattr(optim, name)
        if inspect.isfunction(value):
            steps = "opfunc" in inspect.signature(value).parameters and name not in (
                "lswolfe",
                "checkgrad",
            )
            lines.append(f"def {name}{STEP}" if steps else function_stub(name, value))
    return finished("optim", lines)


def lenient(stub: str) -> str:
    """A function whose pages write several forms: all arguments but the first may be left out."""
    head, _, rest = stub.partition("(")
    inside, _, end = rest.rpartition(")")
    first, *more = inside.split(", ")
    plain = [p if "=" in p or p[0] in "*/" else f"{p} = ..." for p in more]
    return f"{head}({', '.join([first, *plain])}){end}"


def image_stub() -> str:
    lines = ["from th7shell.torch import Tensor", "", ALIASES]
    for name in dir(image):
        value = getattr(image, name)
        if isinstance(value, type):
            lines += class_stub(value, "")
        elif inspect.isfunction(value):
            lines.append(
                lenient(function_stub(name, value, "Tensor" if name in ("load", "lena") else None))
            )
        elif not name.startswith("__"):
            lines.append(f"{name}: Any")
    return finished("image", lines)


def finished(name: str, lines: list[str]) -> str:
    text = HEAD.format(name=name) + "\n".join(lines) + "\n"
    body = text.partition("import")[2]
    for word in ("Callable", "Iterator", "Mapping", "Sequence", "Self", "overload"):
        if len(re.findall(rf"\b{word}\b", body)) < 2:
            text = re.sub(rf"\b{word}, |, {word}\b(?=\n)", "", text, count=1)
    if "PathLike[" not in text:
        text = text.replace("from os import PathLike\n", "")
    if not re.search(r"\bnp\.", text):
        text = text.replace("import numpy as np\n", "")
    if "NDArray[" not in text:
        text = text.replace("from numpy.typing import NDArray\n", "")
    return re.sub(r"\n{4,}", "\n\n\n", text)


STUBS = {"torch": torch_stub, "nn": nn_stub, "optim": optim_stub, "image": image_stub}


def main() -> None:
    """Write the stubs."""
    for name, make in STUBS.items():
        (ROOT / name / "__init__.pyi").write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
