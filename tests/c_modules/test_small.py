"""bit32, md5, base64, mime and socket as Lua calls them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from th7shell.c_modules import base64, md5, snappy
from th7shell.lua.state import MAIN
from th7shell.session.environment import Environment

NAMES = "bit32 md5 base64 mime snappy socket"


@pytest.fixture(scope="module")
def lua():
    environment = Environment(MAIN)
    for name in NAMES.split():
        environment.load(f"{name} = require '{name}'", "=t")()
    return lambda text: environment.load(text, "=case")()


CASES = {
    "bit32.band(), bit32.band(-1, 0xff, 0x3c), bit32.bor(1, 2^31), bit32.bxor(5, 3, 1)": (0xFFFFFFFF, 0x3C, 0x80000001, 7),
    "bit32.bnot(0), bit32.btest(6, 8), bit32.btest(6, 2), bit32.band(2^32 + 5)": (0xFFFFFFFF, False, True, 5),
    "bit32.lshift(1, 31), bit32.lshift(1, 32), bit32.lshift(4, -1), bit32.rshift(-1, 28)": (0x80000000, 0, 2, 15),
    "bit32.arshift(-8, 1), bit32.arshift(8, 1), bit32.arshift(-1, 40), bit32.arshift(-1, -4)": (0xFFFFFFFC, 4, 0xFFFFFFFF, 0xFFFFFFF0),
    "bit32.lrotate(0x80000001, 1), bit32.rrotate(1, 1), bit32.lrotate(1, 33), bit32.lrotate(1, -1)": (3, 0x80000000, 2, 0x80000000),
    "bit32.extract(0xABCD, 4, 8), bit32.extract(2, 1), bit32.replace(0, 0xff, 4, 4), bit32 == _G.bit32": (0xBC, 1, 0xF0, True),
    "md5.sumhexa 'abc', #md5.sum '', md5.tohex(md5.sum 'abc') == md5.sumhexa 'abc'": ("900150983cd24fb0d6963f7d28e17f72", 16, True),
    "md5.exor('ab', '\\1\\2'), md5.tohex(md5.new():update('a'):update('bc'):finish())": ("``", "900150983cd24fb0d6963f7d28e17f72"),
    "md5.decrypt(md5.crypt('a message that takes several blocks', 'key'), 'key'), require 'md5.core' == md5": ("a message that takes several blocks", True),
    "md5.tohex(md5.crypt('hello', 'key', 'seed')), md5.decrypt(md5.crypt('x', 'k'), 'other') == 'x'": ("0473656564c78025b74e", False),
    "base64.encode 'a\\0\\255b', base64.decode 'YQD\\n/Yg==', base64.decode 'YQ', base64.encode ''": ("YQD/Yg==", "a\0\xffb", "a", ""),
    "base64.encode('\\255\\255', base64.makeencoder('-', '_', '.')), base64.decode('__8.', base64.makedecoder('-', '_', '.'))": ("__8.", "\xff\xff"),
    "mime.b64 'abcd'": ("YWJjZA==", ""),
    "mime.b64('abc', 'de')": ("YWJj", "de"),
    "mime.unb64 'YWJjZA=='": ("abcd", ""),
    "mime.b64(nil)": (None, None),
    "require 'socket.core' ~= nil, require 'mime.core' == mime": (True, True),
}  # fmt: skip


@pytest.mark.parametrize("text", CASES)
def test_what_lua_sees(lua, text):
    assert lua(f"return {text}") == CASES[text]


WRONG = {
    "bit32.band 'x'": "bad argument #1 to 'band' (number expected, got string)",
    "bit32.extract(1, 30, 4)": "trying to access non-existent bits",
    "bit32.extract(1, -1)": "bad argument #2 to 'extract' (field cannot be negative)",
    "bit32.replace(1, 1, 1, 0)": "bad argument #4 to 'replace' (width must be positive)",
    "md5.sum()": "bad argument #1 to 'sum' (string expected, got no value)",
    "md5.exor('a', 'bc')": "bad argument #2 to 'exor' (lengths must be equal)",
    "md5.crypt('a', ('k'):rep(257))": "key too long (> 256)",
    "md5.crypt('a', 'k', ('s'):rep(17))": "bad argument #3 to 'crypt' (seed too long (> 16))",
    "md5.decrypt('', 'k')": "bad argument #1 to 'decrypt' (invalid cyphertext)",
    "md5.decrypt('\\16abc', 'k')": "bad argument #1 to 'decrypt' (invalid cyphertext)",
    "base64.encode()": "bad argument #1 to 'encode' (string expected, got no value)",
    "socket.sleep 'x'": "bad argument #1 to 'sleep' (number expected, got string)",
    "snappy.decompress(3 .. '')": "snappy: invalid input",
    "snappy.decompress('\\5\\16ab')": "snappy: invalid input",
    "snappy.decompress('\\4\\1\\9')": "snappy: invalid input",
    "snappy.compress()": "bad argument #1 to 'compress' (string expected, got no value)",
    "socket.tcp()": "socket.tcp: th7shell opens no connections from Lua; `require 'python'` gives Python's socket and urllib",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_refused(lua, text):
    said = lua(f"return select(2, pcall(function() {text} end))")
    assert said.endswith(WRONG[text])


def test_time(lua):
    before = time.time()
    assert before <= lua("socket.sleep(0.01) return socket.gettime()") <= time.time()
    assert lua("socket.sleep(-1) return socket.gettime()") - before >= 0.01


BYTES = st.binary(max_size=60).map(lambda b: b.decode("latin-1"))


@given(BYTES, BYTES, st.binary(max_size=16).map(lambda b: b.decode("latin-1")))
def test_what_is_written_is_read_again(message, key, seed):
    assert md5.decrypt(md5.crypt(message, key, seed), key) == message
    assert base64.decode(base64.encode(message)) == message


WRITTEN = {  # by Google's own library: hexadecimal
    "": "00",
    "ab": "020461" + "62",
    "ab" * 40: "5004616" + "2fe0200360200",
    "Wikipedia is a free, web-based, collaborative, multilingual encyclopedia project."
    " is a free, web" * 2: (
        "c001f04357696b697065646961206973206120667265652c207765622d62617365642c20636f6c6c61626f7261"
        "746976652c206d756c74696c696e6775616c20656e6379636c6f70053f2070726f6a6563742e20364800fe6000"
        "7e6000"
    ),
}


@pytest.mark.parametrize("text", WRITTEN, ids=len)
def test_snappy_reads_what_its_own_library_wrote(text):
    assert snappy.restored(bytes.fromhex(WRITTEN[text])) == text.encode()


@given(st.lists(st.sampled_from([b"a", b"b", b"abcde", b"x" * 70, b"\0\xff"]), max_size=40))
def test_snappy_reads_what_it_wrote(pieces):
    data = b"".join(pieces)
    assert snappy.restored(snappy.compressed(data)) == data
    assert len(snappy.compressed(data)) <= len(data) + 8


def test_snappy_makes_repetitions_short():
    assert len(snappy.compressed(b"abc" * 40_000)) < 6000
    long = bytes(range(256)) * 300
    assert snappy.restored(snappy.compressed(long)) == long
