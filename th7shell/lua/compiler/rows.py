"""Elements of rows, `m[i][j]` and `m[i][j][k]` → Python.

A table of rows gives its row, and that the element, as any table does. An object without an array
part, such as a matrix, is first asked for the element at once, which makes no row; only if it has
none by several places its row is made. That order is seen by nobody where the later keys are
numbers that no call can change.
"""

from __future__ import annotations

import _ast as ast
from typing import Any

from . import templates as T
from . import tree
from .kinds import BOOLEAN, FLOAT, NIL, STRING, TABLE
from .nodes import LOAD, place
from .operators import Operators
from .pieces import Operand, is_field, is_simple

MOST = 3  # keys that are taken together
PLACES = {2: "pair", 3: "triple"}
_ASKED = {2: T.GRID, 3: T.GRID_OF_ROWS}


class Rows(Operators):
    """Emits elements of rows; the rest of the emitter is the expressions' and statements' own."""

    function: Any
    jumps: Any
    kept: Any
    one_value: Any
    set_name: Any
    assign: Any
    moved: Any
    operand_value: Any
    read_ahead: Any
    tried: Any
    store_element: Any
    expression: Any

    def links(self, e: tree.Index) -> list[tree.Index]:
        """The index expressions of `m[i][j]` that are taken together, from `m[i]` on: only `e`
        where none are."""
        links = [e]
        if not self.once() and not is_field(getattr(e.key, "value", None)):
            while (
                len(links) < MOST
                and links[0].object.__class__ is tree.Index
                and self.is_place(links[0].key)
                and self.may_count(links[0].object.key)
            ):
                links.insert(0, links[0].object)
        if len(links) > 1 and self.kind(links[0].object) is TABLE:
            del links[0]
        return links

    def once(self) -> bool:
        """Whether a statement runs once: what counts is how long it takes to compile."""
        return self.function.scope.parent is None and not self.jumps.levels

    def may_count(self, key: tree.Expression) -> bool:
        """Whether a key may be a whole number."""
        return self.kind(key) not in (STRING, BOOLEAN, FLOAT, TABLE)

    def is_place(self, key: Any) -> bool:
        """Whether a key may be a whole number, and is the same whenever it is evaluated."""
        if not self.may_count(key):
            return False
        kind = key.__class__
        if kind is tree.Constant:
            return True
        if kind is tree.Local:
            variable = key.variable
            return not variable.boxed and not (variable.captured and variable.assigned)
        parts = tree.children(key)
        if kind not in (tree.Binary, tree.Unary, tree.Paren) or not self.kind(key).number:
            return False
        return all(self.kind(part).number and self.is_place(part) for part in parts)

    def element_of_row(self, links: list[tree.Index]) -> Any:
        """Emit an index expression that `links` end with."""
        base = self.pair(self.operand_value(links[0].object))
        keys = [self.pair(self.value(link.key)) for link in links]
        return self._linked(base, links, keys)

    def _linked(self, base: Operand, links: list[tree.Index], keys: list[Operand]) -> Any:
        if len(links) == 1:
            self.at(links[0])
            return self.element(base[0], keys[0], links[0].key)
        self.at(links[0])
        array = self.temporary()
        first = self._array(links[0], base, *keys)
        row = self._row(links[0], array, base[1], keys[0][1])
        later = [(again, again) for _, again in keys[1:]]
        inner = (row, row) if len(links) == 2 else self.pair(row)
        whole = self._linked(inner, links[1:], later)
        self.at(links[-1])
        operands = dict(zip("KLM", (again for _, again in keys)))
        asked = _ASKED[len(links)]
        return asked(self, R=first, A=base[1], P=whole, _1=array, **operands)

    def element_ahead(self, links: list[tree.Index]) -> Any:
        """Emit the same in `out`, each row of a table read as `index_ahead` does."""
        base = self.moved(self.operand_value(links[0].object), links[0].object)
        keys = [self.moved(self.value(link.key), link.key) for link in links]
        item = self.temporary()
        self._ahead(base, links, keys, item)
        return self.load(item)

    def _ahead(self, base: Any, links: list[tree.Index], keys: list[Any], item: str) -> None:
        link, key = links[0], keys[0]
        array, row = self.temporary(), self.temporary()
        self.at(link)
        self.set_name(array, T.ARRAY_OF_COUNT(self, A=base))
        outside, self.out = self.out, []
        template = T.ROW_ITEM if self.kind(link.key).positive else T.ROW_ITEM_WHOLE
        read = self.assign(self.store(row), template(self, K=key, _1=array))
        nothing = self.assign(self.store(row), self.constant(None))
        self.out.append(self.tried(read, "beyond", nothing))
        absent = T.IS(self, A=self.load(row), B=self.constant(None))
        slowly = self.assign(self.store(row), T.INDEX_HELPER(self, A=base, K=key))
        self.out.append(place(ast.If(absent, [slowly], []), self.position))
        if len(links) == 2:
            self.read_ahead(links[1], self.load(row), keys[1], item)
        else:
            self._ahead(self.load(row), links[1:], keys[1:], item)
        of_table, self.out = self.out, outside
        self.at(link)
        node = place(ast.Subscript(base, key, LOAD), self.position)
        for later, its_key in zip(links[1:], keys[1:]):
            self.at(later)
            node = self.element(node, (its_key, its_key), later.key)
        helper = "of_grid" if len(links) == 2 else "of_cube"
        asked = self.assign(self.store(item), self.call(helper, base, *keys))
        absent = T.IS(self, A=self.load(item), B=self.constant(None))
        by_rows = place(ast.If(absent, [self.assign(self.store(item), node)], []), self.position)
        self.out.append(place(ast.If(self.load(array), of_table, [asked, by_rows]), self.position))

    def _array(self, link: tree.Index, base: Operand, *keys: Operand) -> Any:
        """Emit the array part of an object, once it and the keys are evaluated."""
        tests = [
            T.IS_NOT(self, A=first, B=self.helper("no_items"))
            for first, again in (base, *keys)
            if first is not again
        ]
        template = T.ARRAY_OF_COUNT if self.counted(link.key) else T.ARRAY
        array = template(self, A=base[1])
        if not tests:
            return array
        test = tests[0] if len(tests) == 1 else place(ast.BoolOp(ast.And(), tests), self.position)
        return place(ast.IfExp(test, array, self.helper("no_items")), self.position)

    def _row(self, link: tree.Index, array: str, base: Any, key: Any) -> Any:
        template = T.ROW
        if self.counted(link.key):
            template = T.ROW_COUNT if self.kind(link.key).positive else T.ROW_WHOLE
        return template(self, A=base, K=key, _1=array)

    def counted(self, key: Any) -> bool:
        """Whether a key is surely a whole number."""
        return self.kind(key).bits > 0 and not calls(key)

    def element(self, object_node: Any, key: Operand, e: Any) -> Any:
        """Emit `object[key]` for an object that is evaluated here."""
        template = T.INDEX_OBJECT
        if self.counted(e):
            template = T.INDEX_COUNT_OBJECT
            if not self.kind(e).positive:
                template = T.INDEX_WHOLE_OBJECT
        return template(self, A=object_node, K=key)

    def stores_in_row(self, target: Any, value: tree.Expression) -> bool:
        """Emit `m[i][j] = value`, if it is so, and tell whether it is. The value may be known
        before the row of a matrix is read, so it must call nothing."""
        if not is_quiet(value) or self.kind(value) is NIL or len(self.links(target)) != 2:
            return False
        link = target.object
        base = self.value(link.object)
        if not is_simple(base):
            base = self.kept(base, link.object)
        key = self.kept(self.value(link.key), link.key)
        base = self.kept(base, link.object)  # as it is then: the key may have called what sets it
        self.at(link)
        array, row = self.temporary(), self.temporary()
        self.set_name(array, self._array(link, (base, base)))
        found = self._row(link, array, base, key)
        self.set_name(row, place(ast.IfExp(self.load(array), found, base), self.position))
        column = self.kept(self.value(target.key), target.key)
        self.settled = True
        node = self.one_value(value)
        self.at(target)
        if not is_simple(node):
            name = self.temporary()
            self.set_name(name, node)
            node = self.load(name)
        outside, self.out = self.out, []
        self.store_element(target, self.load(row), column, node, self.kind(value))
        in_row, self.out = self.out, outside
        self.at(link)
        slowly = T.INDEX_HELPER(self, A=base, K=key)
        self.at(target)
        slowly = self.expression(self.call("set_index", slowly, column, node))
        done = self.call("set_in_grid", base, key, column, node)
        refused = place(ast.If(T.NOT(self, A=done), [slowly], []), self.position)
        test = T.IS_NOT(self, A=self.load(row), B=base)
        self.out.append(place(ast.If(test, in_row, [refused]), self.position))
        return True


def places(key: Any) -> int:
    """How many values the list `{i, j}` has that a key is; 0 if it is anything else."""
    if key.__class__ is not tree.Constructor or key.fields:
        return 0
    return 0 if key.items and isinstance(key.items[-1], tree.Multi) else len(key.items)


def is_range(e: Any) -> bool:
    """Whether an expression is `{}`, `{a}` or `{a, b}`."""
    empty = e.__class__ is tree.Constructor and not e.items and not e.fields
    return empty or places(e) in (1, 2)


def has_parts(key: Any) -> bool:
    """Whether a key is `{i, j}`, or a list with ranges: what an object may take without tables."""
    return (count := places(key)) in PLACES or (count > 0 and any(map(is_range, key.items)))


def calls(e: Any) -> bool:
    """Whether evaluating an expression may call a function, but by metamethods."""
    return isinstance(e, tree.Multi) or any(map(calls, tree.children(e)))


def is_quiet(e: Any) -> bool:
    """Whether an expression calls nothing and makes nothing, but by metamethods."""
    if isinstance(e, (tree.Multi, tree.Function, tree.Constructor)):
        return False
    return all(map(is_quiet, tree.children(e)))
