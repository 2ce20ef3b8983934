"""Elements of array parts: read ahead of the statement that needs them, stored in place."""

from __future__ import annotations

import _ast as ast
from typing import Any

from . import templates as T
from . import tree
from .kinds import ANY, BOOLEAN, FLOAT, NIL, STRING, TABLE, Kind
from .nodes import STORE, place
from .pieces import is_simple
from .tail_calls import TailCalls


class Elements(TailCalls):
    """Emits reads that stand as statements of their own, and stores."""

    def moved(self, node: Any, e: tree.Expression) -> Any:
        """Put into `out` what was emitted last, so that more may follow there."""
        if not is_simple(node) or not self.settled:
            self.at(e)
            node = self.held(node)
            self.settled = True
        return node

    def index_ahead(self, e: tree.Index) -> Any:
        """Emit a read in `out`: of the array part without a look at its length, which takes longer
        than the rest; where the part ends there is an exception."""
        object_node = self.moved(self.operand_value(e.object), e.object)
        key_node = self.moved(self.value(e.key), e.key)
        item = self.temporary()
        self.read_ahead(e, object_node, key_node, item)
        return self.load(item)

    def read_ahead(self, e: tree.Index, object_node: Any, key_node: Any, item: str) -> None:
        """Emit `item = object[key]`."""
        self.at(e)
        template = T.ITEM if self.kind(e.key).positive else T.ITEM_WHOLE
        array = self.temporary()
        read = self.assign(self.store(item), template(self, A=object_node, K=key_node, _1=array))
        nothing = self.assign(self.store(item), self.constant(None))
        self.out.append(self.tried(read, "beyond", nothing))
        other = T.ITEM_ELSE(self, A=object_node, K=key_node, B=self.load(array))
        absent = T.IS(self, A=self.load(item), B=self.constant(None))
        otherwise = [self.assign(self.store(item), other)]
        self.out.append(place(ast.If(absent, otherwise, []), self.position))

    def store_element(
        self, target: Any, object_node: Any, key_node: Any, node: Any, kind: Kind
    ) -> None:
        """Emit `object[key] = value`: in place, at the end of the array part, or by the helper,
        which is short: where a statement runs once, what counts is how long it takes to compile.
        """
        key_kind = self.kind(target.key)
        if self.once() or key_kind in (STRING, BOOLEAN, FLOAT):
            call = self.call("set_index", object_node, key_node, node)
            self.out.append(self.expression(call))
            return
        names = []
        for part in (object_node, key_node, node):
            if is_simple(part):
                names.append(part)
                continue
            temporary = self.temporary()
            self.set_name(temporary, part)
            names.append(self.load(temporary))
        where = T.STORE_ANY
        if key_kind.bits:
            where = T.STORE_COUNT if key_kind.positive else T.STORE_WHOLE
        made_here = self.kind(target.object) is TABLE  # so it is no vector
        what = T.PLAIN_VALUE
        if not made_here:
            what = {ANY: T.ANY_VALUE, BOOLEAN: T.TRUTH}.get(kind, what)
        array, count = self.temporary(), self.temporary()
        store_test = T.STORES[where, what]
        test = store_test(self, A=names[0], K=names[1], V=names[2], _1=array, _3=count)
        slot = place(ast.Subscript(self.load(array), names[1], STORE), self.position)
        item = place(ast.Subscript(names[0], names[1], STORE), self.position)
        by_helper = self.expression(self.call("set_index", *names))
        otherwise = by_helper
        if not made_here:  # what is no table has an empty array part, and items of Python's own
            direct = [self.assign(item, names[2])]
            otherwise = place(ast.If(self.load(array), [by_helper], direct), self.position)
        if kind is not NIL:
            at_end = T.AT_END if kind is ANY else T.AT_END_SURELY
            ends = {"L": self.load(array), "N": self.load(count)}
            test_end = at_end(self, A=names[0], K=names[1], V=names[2], **ends)
            append = self.attribute(self.load(array), "append")
            added = place(ast.Call(append, [names[2]], []), self.position)
            otherwise = place(
                ast.If(test_end, [self.expression(added)], [otherwise]), self.position
            )
        store = self.assign(slot, names[2])
        if not made_here:
            store = self.tried(store, "refused", by_helper)
        self.out.append(place(ast.If(test, [store], [otherwise]), self.position))

    def tried(self, attempt: Any, error: str, otherwise: Any) -> Any:
        """Emit a statement, and what to do instead at an error: a value that memory does not take,
        a place beyond the end."""
        handler = place(ast.ExceptHandler(self.helper(error), None, [otherwise]), self.position)
        return place(ast.Try([attempt], [handler], [], []), self.position)
