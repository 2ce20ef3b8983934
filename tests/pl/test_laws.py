"""What holds for every text, list and document that Penlight's modules take."""

from __future__ import annotations

from math import factorial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from th7shell.lua import array, new_table, send, state
from th7shell.lua.state import MAIN
from th7shell.pl import module
from th7shell.session.environment import Environment

BYTES = st.binary(max_size=40).map(lambda data: data.decode("latin-1"))
CODE = st.lists(
    st.sampled_from(
        "a _x 1 2.5 0xF .. ... == ~= - -- --[[ ]] [[ [=[ ]=] ' \" \\ \n # // /* */ -> + && { ( ) }".split(
            " "
        )
    ),
    max_size=12,
).map("".join)
NAMES = st.text("abcxyz", min_size=1, max_size=4)
TEXTS = st.text("a<>&'\" é".encode().decode("latin-1"), min_size=1, max_size=6)


@pytest.fixture(scope="module", autouse=True)
def environment():
    made = Environment(MAIN)
    made.load("require 'pl'", "=setup")()
    assert state.globals is made.globals
    return made


@given(st.one_of(BYTES, CODE), st.sampled_from(["lua", "cpp", "scan"]))
def test_tokens_make_up_the_text(text, language):
    lexer, nothing = module("lexer"), new_table()
    given = (text, nothing, nothing) if language != "scan" else (text, None, nothing, nothing)
    step = lexer[language](*given)
    found = list(iter(step, ()))
    assert "".join(value for _kind, value in found) == text
    assert lexer.lineno(step)[0] == (text.count("\n") + 1)


@given(BYTES)
def test_urls_give_the_text_back(text):
    url = module("url")
    for plus in (False, True):
        quoted = url.quote(text, plus)
        assert quoted.isascii() and " " not in quoted
        assert url.unquote(quoted) == text.replace("\n", "\r\n").replace("\r\n", "\n")


@given(BYTES.filter(lambda text: not {"$", "#", "\r"} & set(text)))
def test_a_template_without_lua_is_its_text(text):
    assert module("template").substitute(text, new_table())[0] == text


TREES = st.recursive(  # tag, attributes, children: nodes and texts
    st.tuples(NAMES, st.dictionaries(NAMES, TEXTS, max_size=2), st.just([])),
    lambda inner: st.tuples(
        NAMES,
        st.dictionaries(NAMES, TEXTS, max_size=1),
        st.lists(st.one_of(inner, TEXTS.filter(str.strip)), max_size=3),
    ),
    max_leaves=4,
)


def document(xml, tree):
    tag, attributes, children = tree
    made = xml.new(tag, new_table(fields=attributes))
    before = None
    for child in children:
        if child.__class__ is tuple:
            send(made, "add_direct_child", document(xml, child))
        elif before.__class__ is not str:  # texts side by side would be read as one
            send(made, "add_direct_child", child)
        before = child
    return made


@given(TREES)
def test_documents_are_read_as_written(tree):
    xml = module("xml")
    doc = document(xml, tree)
    assert xml.compare(xml.basic_parse(xml.tostring(doc)), doc) is True
    assert xml.compare(xml.clone(doc), doc) is True


@given(st.integers(1, 5))
def test_every_order_comes_once(n):
    permute = module("permute")
    found = [tuple(array(order)) for order in array(permute.order_table(new_table(range(n))))]
    assert len(found) == len(set(found)) == factorial(n)


@given(st.integers(1, 4), st.integers(1, 4))
def test_transposing_twice_is_nothing(rows, columns):
    array2d = module("array2d")
    a = array2d.new(rows, columns, lambda i=None, j=None, *_: 10 * i + j)
    b = array2d.transpose(a)
    assert array2d.size(b) == (columns, rows)
    assert array(array2d.flatten(array2d.transpose(b))) == array(array2d.flatten(a))
