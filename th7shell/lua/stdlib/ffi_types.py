"""C types of the ffi library: scalars, pointers, arrays and structs, and the parser of their
declarations."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .arguments import LibraryError

_TOKEN = re.compile(
    r"\s*(?:(//[^\n]*|/\*.*?\*/)|([A-Za-z_]\w*)|(0[xX][0-9a-fA-F]+|\d+)|(\.\.\.|\S))", re.DOTALL
)
_QUALIFIERS = frozenset(
    "const volatile restrict __restrict extern static inline register signed __const".split()
)
POINTER_SIZE = ctypes.sizeof(ctypes.c_void_p)
# the letters by which memoryviews know numbers, and ctypes' names of them
_CODES = {
    ("int", 1, True): "b", ("int", 1, False): "B", ("int", 2, True): "h", ("int", 2, False): "H",
    ("int", 4, True): "i", ("int", 4, False): "I", ("int", 8, True): "q", ("int", 8, False): "Q",
    ("float", 4, True): "f", ("float", 8, True): "d", ("bool", 1, True): "?",
}  # fmt: skip
_CELLS = {
    "b": ctypes.c_int8, "B": ctypes.c_uint8, "h": ctypes.c_int16, "H": ctypes.c_uint16,
    "i": ctypes.c_int32, "I": ctypes.c_uint32, "q": ctypes.c_int64, "Q": ctypes.c_uint64,
    "f": ctypes.c_float, "d": ctypes.c_double, "?": ctypes.c_bool,
}  # fmt: skip


@dataclass(frozen=True)
class CType:
    """A C type. kind: void, int, float, bool, pointer, array or struct; size in bytes, -1 where
    it is open."""

    kind: str
    name: str
    size: int
    align: int = 1
    signed: bool = True
    target: CType | None = None  # of a pointer or array
    count: int | None = None  # of an array; None for `[?]`
    fields: dict[str, tuple[CType, int]] = field(default_factory=dict, hash=False, compare=False)

    @cached_property
    def pointer(self) -> CType:
        """The type of pointers to this one."""
        star = "*" if self.name.endswith("*") else " *"
        return CType("pointer", self.name + star, POINTER_SIZE, POINTER_SIZE, target=self)

    @cached_property
    def code(self) -> str:
        """The letter that stands for a number or boolean in views of memory; "" of all else."""
        return _CODES.get((self.kind, self.size, self.signed), "")

    @cached_property
    def cell(self) -> Any:
        """What ctypes reads and writes a number or boolean by."""
        return _CELLS[self.code]

    @cached_property
    def elements(self) -> str:
        """The letter of the numbers that a pointer leads to or an array holds; "" if they are
        none."""
        target = self.target
        return target.code if target is not None and target.kind in ("int", "float") else ""

    def array(self, count: int | None) -> CType:
        """Give the type of arrays of this one."""
        bracket = f"[{'?' if count is None else count}]"
        before, opening, inner = self.name.partition("[")  # of an array of arrays
        space = "" if before.endswith(("*", " ")) else " "
        name = f"{before}{space}{bracket}{opening}{inner}"
        size = -1 if count is None else self.size * count
        return CType("array", name, size, self.align, target=self, count=count)


def _scalar(name: str, kind: str, ctype: Any, signed: bool = True) -> CType:
    return CType(kind, name, ctypes.sizeof(ctype), ctypes.alignment(ctype), signed)


VOID = CType("void", "void", -1)
_INTEGERS = {
    "char": (ctypes.c_byte, True),
    "unsigned char": (ctypes.c_ubyte, False),
    "short": (ctypes.c_short, True),
    "unsigned short": (ctypes.c_ushort, False),
    "int": (ctypes.c_int, True),
    "unsigned int": (ctypes.c_uint, False),
    "int64_t": (ctypes.c_int64, True),
    "uint64_t": (ctypes.c_uint64, False),
}
SCALARS: dict[str, CType] = {
    "void": VOID,
    "bool": _scalar("bool", "bool", ctypes.c_bool),
    "float": _scalar("float", "float", ctypes.c_float),
    "double": _scalar("double", "float", ctypes.c_double),
    **{name: _scalar(name, "int", kind, signed) for name, (kind, signed) in _INTEGERS.items()},
}
_long = "int64_t" if ctypes.sizeof(ctypes.c_long) == 8 else "int"
_ulong = "uint64_t" if _long == "int64_t" else "unsigned int"
_ALIASES = {
    "int8_t": "char", "uint8_t": "unsigned char", "int16_t": "short", "uint16_t": "unsigned short",
    "int32_t": "int", "uint32_t": "unsigned int", "size_t": "uint64_t", "ssize_t": "int64_t",
    "intptr_t": "int64_t", "ptrdiff_t": "int64_t", "uintptr_t": "uint64_t", "_Bool": "bool",
    "long": _long, "unsigned long": _ulong, "long long": "int64_t", "unsigned long long":
    "uint64_t", "unsigned": "unsigned int", "signed": "int", "long int": _long, "short int":
    "short", "long double": "double",
}  # fmt: skip
if POINTER_SIZE == 4:
    _ALIASES |= {
        "size_t": "unsigned int",
        "ssize_t": "int",
        "intptr_t": "int",
        "uintptr_t": "unsigned int",
    }
_BASE_WORDS = frozenset("void bool float double char short int long unsigned signed _Bool".split())


class Declarations:
    """What `ffi.cdef` declared: types by name, structs by tag, constants of enums and names of
    functions."""

    def __init__(self) -> None:
        self.types: dict[str, CType] = dict(SCALARS)
        for alias, name in _ALIASES.items():
            self.types[alias] = SCALARS[name]
        self.structs: dict[str, CType] = {}
        self.constants: dict[str, int] = {}
        self.functions: set[str] = set()

    def type_of(self, text: str) -> CType:
        """Parse a type such as `unsigned char *` or `double[?]`."""
        parser = _Parser(self, text)
        _, found = parser.declarator(parser.base())
        if parser.peek():
            raise parser.unsupported()
        return found

    def declare(self, text: str) -> None:
        """Take declarations as they stand in a C header."""
        parser = _Parser(self, text)
        while parser.peek():
            parser.declaration()


class _Parser:
    """A parser of the C declarations that scripts use."""

    def __init__(self, known: Declarations, text: str) -> None:
        self.known = known
        self.text = text
        self.tokens = [m[2] or m[3] or m[4] for m in _TOKEN.finditer(text) if not m[1]]
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def next(self) -> str:
        token = self.peek()
        self.at += 1
        return token

    def expect(self, token: str) -> None:
        if self.next() != token:
            self.at -= 1
            raise LibraryError(f"'{token}' expected near '{self.peek() or '<eof>'}'")

    def unsupported(self) -> LibraryError:
        return LibraryError(
            f"ffi: cannot use the declaration '{self.text.strip()[:60]}' near '{self.peek()}':"
            " scalars, pointers, arrays and structs are supported"
        )

    def declaration(self) -> None:
        """Parse one declaration up to its semicolon."""
        typedef = self.peek() == "typedef"
        if typedef:
            self.next()
        base = self.base()
        while self.peek() != ";":
            name, found = self.declarator(base)
            if self.peek() == "(":
                self.skip_parentheses()
                self.known.functions.add(name)
            elif typedef:
                self.known.types[name] = found
            if self.peek() != ",":
                break
            self.next()
        self.expect(";")

    def skip_parentheses(self) -> None:
        depth = 0
        while True:
            token = self.next()
            depth += (token == "(") - (token == ")")
            if depth == 0 or not token:
                return

    def base(self) -> CType:
        """Parse the type in front of a declarator."""
        words: list[str] = []
        while True:
            token = self.peek()
            if token in _QUALIFIERS and token != "signed":
                self.next()
            elif token in ("struct", "union") and not words:
                self.next()
                return self.struct(token)
            elif token == "enum" and not words:
                self.next()
                return self.enum()
            elif token in _BASE_WORDS or (not words and token in self.known.types):
                words.append(self.next())
            else:
                break
        if not words:
            raise LibraryError(f"declaration specifier expected near '{self.peek() or '<eof>'}'")
        return self.known.types[_spelled(words)]

    def declarator(self, base: CType) -> tuple[str, CType]:
        """Parse stars, a name if there is one, and brackets."""
        while self.peek() == "*" or self.peek() in _QUALIFIERS:
            if self.next() == "*":
                base = base.pointer
        if self.peek() == "(" and self.tokens[self.at + 1 : self.at + 2] == ["*"]:
            raise self.unsupported()  # a pointer to a function
        name = self.next() if re.match(r"[A-Za-z_]", self.peek()) else ""
        counts: list[int | None] = []
        while self.peek() == "[":
            self.next()
            counts.append(None if self.peek() in ("?", "]", "$") else self.constant())
            if self.peek() in ("?", "$"):
                self.next()
            self.expect("]")
        for count in reversed(counts):
            base = base.array(count)
        return name, base

    def constant(self) -> int:
        token = self.next()
        if token == "-":
            return -self.constant()
        if token in self.known.constants:
            return self.known.constants[token]
        try:
            return int(token, 0)
        except ValueError:
            raise LibraryError(f"ffi: a number expected near '{token}'") from None

    def struct(self, word: str) -> CType:
        """Parse `struct tag`, `struct tag {…}` or `struct {…}`, unions likewise."""
        tag = self.next() if re.match(r"[A-Za-z_]", self.peek()) else ""
        if self.peek() != "{":
            found = self.known.structs.get(tag)
            return found if found is not None else CType("struct", f"{word} {tag}", -1)
        self.next()
        fields: dict[str, tuple[CType, int]] = {}
        offset = size = 0
        alignment = 1
        while self.peek() != "}":
            base = self.base()
            while True:
                name, found = self.declarator(base)
                if found.size < 0 or self.peek() == ":":
                    raise self.unsupported()
                offset = 0 if word == "union" else -(-size // found.align) * found.align
                fields[name] = (found, offset)
                size = max(size, offset + found.size)
                alignment = max(alignment, found.align)
                if self.peek() != ",":
                    break
                self.next()
            self.expect(";")
        self.expect("}")
        made = CType(
            "struct",
            f"{word} {tag or len(self.known.structs)}",
            -(-size // alignment) * alignment,
            alignment,
            fields=fields,
        )
        self.known.structs[tag or made.name] = made
        return made

    def enum(self) -> CType:
        """Parse an enum; its constants become fields of ffi.C."""
        if self.peek() != "{":
            self.next()
        if self.peek() == "{":
            self.next()
            value = 0
            while self.peek() != "}":
                name = self.next()
                if self.peek() == "=":
                    self.next()
                    value = self.constant()
                self.known.constants[name] = value
                value += 1
                if self.peek() == ",":
                    self.next()
            self.expect("}")
        return SCALARS["unsigned int"]


def _spelled(words: list[str]) -> str:
    """Give the usual spelling of a type's words, in whatever order they stood."""
    if len(words) == 1 and words[0] not in ("unsigned", "signed"):
        return words[0]
    unsigned = "unsigned" in words
    rest = [w for w in words if w not in ("unsigned", "signed")]
    if rest.count("long") and rest.count("int"):
        rest.remove("int")
    if "short" in rest and "int" in rest:
        rest.remove("int")
    name = " ".join(rest) or "int"
    return f"unsigned {name}" if unsigned else name
