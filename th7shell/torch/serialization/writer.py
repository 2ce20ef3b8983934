"""`File:writeObject`: any value into a file, with references for what was written before.

Tables and objects are walked without recursion, so depth is not limited. Classes with a
`write(file)` method of their own write themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from th7shell.lua import LuaObject, Table, TorchError, first, items, lua_type, rawget, tostring
from th7shell.lua.collecting import no_collections

from ..classes import LendingClass, TorchClass, typename
from ..lending import stands_for
from ..storage import Storage
from ..stranded import STRANDED
from . import functions, payloads
from .encoding import AsciiEncoder, BinaryEncoder
from .fields import write_fields
from .memo import BOOLEAN, FUNCTION, NIL, NUMBER, STRING, TABLE, TORCH, memo_of

if TYPE_CHECKING:
    from ..files.file import File

__plays_lua__ = True  # to messages, these are lines of Lua, as in the original

PLAIN: dict[type, int] = {type(None): NIL, float: NUMBER, int: NUMBER, str: STRING, bool: BOOLEAN}
CONTAINERS: dict[type, int] = {Table: TABLE, dict: TABLE, list: TABLE, tuple: TABLE}
UPVALUES = object()  # the name of a function's list of upvalues


def tag_of(value: Any) -> int | None:
    """The number by which files mark the kind of a value, None if it cannot be written."""
    kind = value.__class__
    tag = PLAIN.get(kind)
    if tag is None:
        tag = CONTAINERS.get(kind)
    if tag is not None:
        return tag
    if isinstance(value, LuaObject):
        if isinstance(kind, TorchClass) and (isinstance(value, Table) or own_write(kind)):
            return TORCH
        return TABLE if isinstance(value, Table) else None
    if kind in (TorchClass, LendingClass):
        return TABLE  # a class as a value: its constructor table, which is empty
    if kind in (FunctionType, BuiltinFunctionType, MethodType):
        return FUNCTION if functions.can_be_written(value) else None
    return None


def own_write(cls: Any) -> Callable[..., Any] | None:
    """The `write` method by which objects of a class write themselves, None for the list of
    fields."""
    method = payloads.WRITERS.get(cls)
    if method is None and cls in STRANDED:
        return payloads.write_stranded
    if method is None:
        method = getattr(cls, "__write", None) or getattr(cls, "write", None)
        if stands_for(method, write_fields):
            return None
    return method


def fields_of(value: Any) -> list[tuple[Any, Any]]:
    """The pairs of a table or object, in the order of `next`."""
    if isinstance(value, Table):
        return list(items(value))
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, type):
        return []
    return list(enumerate(value, 1))


class Frame:
    """A table under way: what comes next of it, and for messages its owner, pairs and name."""

    __slots__ = ("name", "owner", "pairs", "rest")

    def __init__(self, owner: Any, pairs: list[tuple[Any, Any]], name: Any = None) -> None:
        self.owner = owner
        self.pairs = pairs
        self.rest: Iterator[Any] = chain.from_iterable(pairs)
        self.name = name


def write_object(file: File, value: Any, name: Any = None, hook: Any = None) -> None:
    """Write a value and all that it refers to."""
    file.writable()
    memo = memo_of(file)
    kept = len(memo.kept), memo.count
    writing = _Writing(file, name, hook)
    try:
        with no_collections():
            writing.run(value)
        writing.encoder.flush()
    except BaseException:
        for forgotten in memo.kept[kept[0] :]:
            memo.written.pop(id(forgotten), None)
        del memo.kept[kept[0] :]
        memo.count = kept[1]
        raise


class _Writing:
    """One call of writeObject."""

    def __init__(self, file: File, name: Any, hook: Any) -> None:
        self.file = file
        self.memo = memo_of(file)
        self.encoder = (BinaryEncoder if file._binary else AsciiEncoder)(file)
        self.name = name
        self.hook = hook
        self.stack: list[Frame] = []
        self.heads: dict[Any, Any] = {}  # class → name, what its heads say, its own way to write

    def run(self, value: Any) -> None:
        encoder, stack, hook = self.encoder, self.stack, self.hook
        number, string = encoder.number, encoder.string
        stack.append(Frame(None, [(value,)], self.name))  # type: ignore[list-item]
        while stack:
            for value in stack[-1].rest:
                source = value
                if hook is not None:
                    value = first(hook(value))
                kind = value.__class__
                if kind is float or kind is int:
                    number(value)
                elif kind is str:
                    string(text_bytes(value))
                elif kind is bool:
                    encoder.boolean(value)
                elif value is None:
                    encoder.nil()
                elif self.container(value, source):
                    break
            else:
                stack.pop()

    def container(self, value: Any, source: Any) -> bool:
        """Write an object that may be referred to; True if its contents are next."""
        tag = tag_of(value)
        if tag is None:
            place = self.path(value)
            raise TorchError(f"Unwritable object <{lua_type(value)}> at {place}")
        memo = self.memo
        index = memo.written.get(id(source)) if not memo.force else None
        if index is not None:
            self.encoder.ints(tag, index)
            return False
        index = memo.index_for(source)
        if source is not value and not memo.force:
            memo.kept.append(value)
        if tag == TABLE:
            pairs = fields_of(value)
            self.encoder.table(index, len(pairs))
            self.stack.append(Frame(value, pairs))
        elif tag == FUNCTION:
            code, upvalues = functions.dumped(value, memo)
            self.encoder.ints(FUNCTION, index)
            self.encoder.text(code)
            self.stack.append(Frame(value, [(upvalues,)], UPVALUES))  # type: ignore[list-item]
        else:
            return self.torch_object(value, index)
        return True

    def torch_object(self, value: Any, index: int) -> bool:
        cls = type(value)
        head = self.heads.get(cls)
        if head is None:
            class_name = typename(value) or ""
            version = f"V {tostring(getattr(cls, '__version', 1))}".encode()
            head = class_name, version, text_bytes(class_name), own_write(cls)
            self.heads[cls] = head
        class_name, version, name, write = head
        self.encoder.torch(index, version, name)
        if write is None:
            pairs = self.writable_fields(value, class_name)
            self.memo.count += 1
            self.encoder.table(self.memo.count, len(pairs))
            self.stack.append(Frame(value, pairs, class_name))
            return True
        if write in payloads.NATIVE:
            following = write(value, self.encoder)
            if following is not payloads.NOTHING:
                self.stack.append(Frame(value, [(following,)], ""))  # type: ignore[list-item]
                return True
            return False
        self.encoder.flush()
        write(value, self.file)
        return False

    def writable_fields(self, value: Any, class_name: str) -> list[tuple[Any, Any]]:
        pairs = []
        for key, field in items(value):
            if tag_of(field) is None:
                shown = f"<{tostring(key)}> of <{class_name}> {self.path(value)}"
                payloads.warn(f"$ Warning: cannot write object field {shown}")
            else:
                pairs.append((key, field))
        return pairs

    def path(self, value: Any) -> str:
        """Where `value` stands, as the keys on the way to it: `<?>.model.weight`."""
        stack = self.stack
        names = [self.name]
        children = [frame.owner for frame in stack[1:]] + [value]
        for i in range(1, len(stack)):
            frame, child = stack[i], children[i]
            if UPVALUES in (frame.name, stack[i - 1].name):  # a function, the list of its upvalues
                continue
            if i > 1 and stack[i - 2].name is UPVALUES:
                names.append(rawget(frame.owner, "name"))
            elif isinstance(child, Storage):
                continue
            else:
                names += [frame.name] if frame.name else []
                names.append(_key_of(frame, child))
        return ".".join(name if isinstance(name, str) else "<?>" for name in names)


def _key_of(frame: Frame, child: Any) -> str | None:
    for key, value in frame.pairs:
        if value is child and isinstance(key, (str, int, float)):
            return tostring(key)
    return None


def text_bytes(text: str) -> bytes:
    """A Lua string's bytes; real text from Python becomes UTF-8."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8")
