"""`th7shell rocks` against a server on the loopback: what it installs, and that `require` finds it."""

from __future__ import annotations

import hashlib
import io
import signal
import subprocess
import sys
import tarfile
import time

import pytest

from tests.rocks.conftest import files_of, rockspec, tarred, zipped
from th7shell.rocks import provided
from th7shell.session.packages import CUDA, PACKAGES


def require(name):
    """What `require` gives in a new program, with the tree that the environment names."""
    program = [sys.executable, "-m", "th7shell", "-e", f"io.write(tostring(require '{name}'))"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=120)
    return done.stdout or done.stderr


def test_install_require_list_show_remove(rocks, server):
    server.rock("inner")
    server.rock("outer", "1.2-3", {"outer/init.lua": "return require('inner') .. require 'outer.b'",
                                   "outer/b.lua": "return '!'"}, needs=["lua >= 5.1", "inner >= 1"])  # fmt: skip
    code, out, error = rocks("install", "outer")
    assert (code, error) == (0, "")
    assert out.splitlines()[-2:] == ["Installed inner 1.0-1", "Installed outer 1.2-3"]
    assert require("outer") == "inner 1.0-1!"
    assert rocks("list")[1] == "inner 1.0-1\nouter 1.2-3\n"
    assert rocks("list", "OUT")[1] == "outer 1.2-3\n"
    shown = rocks("show", "outer")[1]
    assert "the rock outer" in shown and "needs: lua >= 5.1; inner >= 1" in shown
    assert f"file: {rocks.tree}/share/lua/5.1/outer/b.lua" in shown
    assert rocks("remove", "inner")[2].startswith("th7shell rocks: inner is needed by outer")
    assert rocks("remove", "outer")[:2] == (0, "Removed outer 1.2-3\n")
    assert rocks("remove", "inner")[0] == 0
    assert files_of(rocks.tree) == []
    assert rocks("remove", "inner")[:1] == (1,)


def test_the_newest_version_that_will_do(rocks, server):
    for version in ("1.0-1", "1.9-1", "1.10-1", "2.0rc1-1", "2.0-1"):
        server.rock("a", version)
    server.rock("b", needs=["a ~> 1"])
    assert "Installed a 1.10-1\n" in rocks("install", "b")[1]
    assert "Installed a 2.0-1\n" in rocks("install", "a")[1]
    assert rocks("list")[1] == "a 2.0-1\nb 1.0-1\n"
    assert rocks("install", "a")[1] == "a 2.0-1 is installed already\n"
    assert "Installed a 1.9-1\n" in rocks("install", "a", "1.9")[1]
    assert files_of(rocks.tree / "share") == ["lua/5.1/a.lua", "lua/5.1/b.lua"]
    assert rocks("install", "a", "3")[2] == (
        "th7shell rocks: no server has a 3, only 2.0-1, 2.0rc1-1, 1.10-1, 1.9-1, 1.0-1\n"
    )


def test_what_th7shell_has_counts_as_installed(rocks, server):
    server.rock(
        "needy", needs=["torch >= 7.0", "penlight", "luafilesystem", "lua-cjson", "lua ~> 5.1"]
    )
    assert rocks("install", "needy")[1].splitlines()[-1] == "Installed needy 1.0-1"
    assert rocks("list")[1] == "needy 1.0-1\n"
    code, out, _ = rocks("install", "luafilesystem")
    assert (code, out) == (0, "luafilesystem is part of th7shell: require 'lfs'\n")
    assert rocks("remove", "nn")[2] == "th7shell rocks: nn is part of th7shell\n"
    server.rock("newer", needs=["penlight >= 99"])
    assert (
        "Note: penlight >= 99 is asked for, th7shell's own stands for"
        in rocks("install", "newer")[1]
    )


@pytest.mark.parametrize("name", sorted(provided._PROVIDED))
def test_provided_rocks_answer_require(name):
    module = provided.replacement(name)
    assert module in PACKAGES | CUDA | {"": 0, "bit": 0, "ffi": 0}
    assert provided.provided(name.upper()).parts


def test_rock_files(rocks, server, tmp_path):
    files = {"s.lua": "return 's'"}
    source = tarred({"s-1.0/s.lua": files["s.lua"]})
    spec = rockspec("s", "1.0-1", files, "https://nowhere.example/s-1.0.tar.gz")
    server.write("s-1.0-1.src.rock", zipped({"s-1.0-1.rockspec": spec, "s-1.0.tar.gz": source}))
    server.offer("s", "1.0-1", "src")
    assert rocks("install", "s")[0] == 0
    manifest = "rock_manifest = {lua = {['t.lua'] = 'ad8a4a8ec8fbbab1f9d2dd3a5d2c1cf8'}, doc = {['x'] = '0'}}"
    spec = rockspec("t", "2-1", {"t.lua": ""}, "git://nowhere.example/t")
    server.write(
        "t-2-1.all.rock",
        zipped({"t-2-1.rockspec": spec, "rock_manifest": manifest, "lua/t.lua": "return 2"}),
    )
    server.offer("t", "2-1", "all", "rockspec")
    assert "is not what its checksum says" in rocks("install", "t")[2]
    good = manifest.replace(
        "ad8a4a8ec8fbbab1f9d2dd3a5d2c1cf8", hashlib.md5(b"return 2").hexdigest()
    )
    rock = zipped({"t-2-1.rockspec": spec, "rock_manifest": good, "lua/t.lua": "return 2"})
    server.write("t-2-1.all.rock", rock)
    assert rocks("install", "t")[0] == 0
    assert files_of(rocks.tree / "share/lua/5.1") == ["s.lua", "t.lua"]
    (tmp_path / "t-2-1.all.rock").write_bytes(rock)
    assert rocks("install", str(tmp_path / "t-2-1.all.rock"))[0] == 0


def test_rockspec_file_folder_and_addresses(rocks, server, tmp_path, monkeypatch):
    text = server.rock("a")
    (tmp_path / "a-1.0-1.rockspec").write_text(text)
    assert rocks("install", str(tmp_path / "a-1.0-1.rockspec"))[0] == 0
    assert rocks("install", f"{server.url}/a-1.0-1.rockspec?raw=1")[0] == 0
    assert "leads out of its folder" in rocks("install", f"{server.url}/..")[2]
    folder = tmp_path / "b"
    (folder / "rocks").mkdir(parents=True)
    (folder / "src").mkdir()
    (folder / "src" / "b.lua").write_text("return 'b'")
    spec = rockspec(
        "b", "scm-1", {}, "git://nowhere.example/b", build="{type = 'builtin'}", needs=["a"]
    )
    (folder / "rocks" / "b-scm-1.rockspec").write_text(spec)
    assert rocks("install", str(folder))[1] == "Installed b scm-1\n"
    monkeypatch.chdir(folder)
    assert rocks("install", ".")[1] == "Installed b scm-1\n"
    assert require("b") == "b"
    assert files_of(rocks.tree / "share/lua/5.1") == ["a.lua", "b.lua"]


def test_git(rocks, server, repository):
    spec = rockspec("g", "scm-1", {"g.lua": ""}, "git+https://nowhere.example/g")
    url = repository("g", {"g.lua": "return 'new'", "g-scm-1.rockspec": spec}, tag="v1")
    assert rocks("install", url)[1].splitlines()[-1] == "Installed g scm-1"
    assert require("g") == "new"
    assert rocks("install", f"{url}#v1")[0] == 0
    server.write(
        "h-1.0-1.rockspec", rockspec("h", "1.0-1", {"g.lua": ""}, f"git+{url}", source="tag = 'v1'")
    )
    server.offer("h", "1.0-1", "rockspec")
    assert rocks("remove", "g")[0] == 0
    assert rocks("install", "h")[0] == 0
    assert files_of(rocks.tree / "share/lua/5.1") == ["g.lua"]
    assert "no name of a branch or tag" in rocks("install", f"{url}#--upload-pack=x")[2]
    assert rocks("install", f"{url}#none")[0] == 1


CMAKE = """
CMAKE_MINIMUM_REQUIRED(VERSION 2.6 FATAL_ERROR) # a comment (with parentheses)
IF(LUAROCKS_PREFIX)
  STRING(REGEX REPLACE "(.*)lib/luarocks/rocks.*" "\\\\1" CMAKE_INSTALL_PREFIX "${LUAROCKS_PREFIX}")
ENDIF()
FIND_PACKAGE(Torch REQUIRED)
SET(src)
FILE(GLOB luasrc *.lua)
SET(luasrc ${luasrc} test/test.lua)
LIST(APPEND luasrc "${CMAKE_CURRENT_SOURCE_DIR}/more/more.lua")
ADD_SUBDIRECTORY(sub)
ADD_TORCH_PACKAGE(cm "${src}" "${luasrc}" "A package")
INSTALL(DIRECTORY "doc" DESTINATION "${Torch_INSTALL_LUA_PATH_SUBDIR}/cm")
INSTALL(FILES "README.md" DESTINATION "share/doc")
file(GLOB_RECURSE deep RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}" "deep/*.lua")
foreach(file ${deep})
  get_filename_component(dir ${file} PATH)
  install(FILES ${file} DESTINATION ${LUA_PATH}/cm/${dir})
endforeach()
"""


def test_torch_rocks_built_with_cmake(rocks, tmp_path, monkeypatch):
    files = {
        "CMakeLists.txt": CMAKE, "init.lua": "return 'cm'", "A.lua": "", "test/test.lua": "", "more/more.lua": "",
        "doc/a.md": "", "README.md": "", "deep/x/y.lua": "", "unused/z.lua": "",
        "sub/CMakeLists.txt": 'FILE(GLOB luasrc *.lua)\nADD_TORCH_PACKAGE(cm/sub "" "${luasrc}")', "sub/s.lua": "",
    }  # fmt: skip
    build = "{type = 'command', build_command = 'cmake -E make_directory build; touch ran', install_command = 'make install'}"
    files["cm-scm-1.rockspec"] = rockspec(
        "cm", "scm-1", {}, "git://nowhere.example/cm", build=build
    )
    for name, text in files.items():
        place = tmp_path / "cm" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    monkeypatch.chdir(tmp_path)
    assert rocks("install", "./cm")[0] == 0
    assert files_of(rocks.tree / "share/lua/5.1/cm") == [
        "A.lua", "deep/x/y.lua", "doc/a.md", "init.lua", "more.lua", "sub/s.lua", "test.lua",
    ]  # fmt: skip
    assert require("cm") == "cm"
    assert not (tmp_path / "cm" / "ran").exists()


def test_programs_and_other_builds(rocks, server):
    build = "{type = 'none', install = {lua = {['x.y'] = 'a.lua', 'b/c.lua', ['x.page.html'] = 'b/.page', z = 'b/init.lua'}, bin = {'tool', other = 'tool'}}}"
    server.rock(
        "n",
        files={"a.lua": "", "b/c.lua": "", "b/.page": "", "b/init.lua": "", "tool": "print 'tool'"},
        build=build,
    )
    assert rocks("install", "n")[0] == 0
    assert [f for f in files_of(rocks.tree) if not f.startswith("lib/")] == [
        "bin/other", "bin/tool", "share/lua/5.1/c.lua", "share/lua/5.1/x/page/.page", "share/lua/5.1/x/y.lua",
        "share/lua/5.1/z.lua",
    ]  # fmt: skip
    server.rock(
        "m", files={"lua/m.lua": "", "test/t.lua": "", "Makefile": ""}, build="{type = 'make'}"
    )
    assert rocks("install", "m")[0] == 0
    assert (rocks.tree / "share/lua/5.1/m.lua").exists()


C_PARTS = [
    ("{modules = {c = 'c.c'}}", {"c.c": ""}, "c.c"),
    ("{modules = {c = {'c.c', 'd.c'}}}", {"c.c": ""}, "c.c, d.c"),
    ("{modules = {c = {sources = {'c.c'}, libraries = {'m'}}}}", {"c.c": ""}, "c.c"),
    ("{type = 'builtin'}", {"c.lua": "", "c.c": ""}, "c.c"),
    ("{type = 'make'}", {"c.lua": "", "lib/c.cu": ""}, "lib/c.cu"),
    ("{type = 'none', install = {lib = {'c.so'}}}", {"c.so": ""}, "c.so"),
    ("{type = 'cmake'}", {"CMakeLists.txt": 'set(src a.c b.c)\nadd_torch_package(c "${src}" "init.lua")'}, "a.c"),
    ("{type = 'cmake'}", {"CMakeLists.txt": "add_library(c MODULE x.c)"}, "c"),
    ("{type = 'cmake'}", {"CMakeLists.txt": "install(TARGETS c LIBRARY DESTINATION x)"}, "c"),
]  # fmt: skip


@pytest.mark.parametrize(("build", "files", "part"), C_PARTS)
def test_c_parts_are_refused(rocks, server, build, files, part):
    server.rock("lpeg", files=files, build=build)
    assert rocks("install", "lpeg")[2] == (
        f"th7shell rocks: lpeg has C parts ({part}), which th7shell does not build;"
        " it needs its C library: use string patterns, or re by require 'python'\n"
    )
    assert files_of(rocks.tree) == []


def test_search(rocks, server):
    for name in ("alpha", "Alphabet", "beta", "nn"):
        server.rock(name)
    server.rock("alpha", "2.0-1")
    assert (
        rocks("search", "ALPHA")[1] == f"Alphabet 1.0-1  {server.url}\nalpha 2.0-1  {server.url}\n"
    )
    assert "(part of th7shell)" in rocks("search", "nn")[1]
    assert rocks("search", "gamma")[2] == "th7shell rocks: no rock has 'gamma' in its name\n"


def test_several_servers(rocks, server, tmp_path):
    server.rock("a")
    code, out, _ = rocks("install", "a", "--server=http://127.0.0.1:9")
    assert code == 0 and "Installed a 1.0-1\nNote: http://127.0.0.1:9/manifest-5.1.zip: " in out
    assert rocks("install", "b", "--server=http://127.0.0.1:9")[2].startswith(
        "th7shell rocks: no server has b (http://127.0.0.1:9/manifest-5.1.zip: "
    )


def test_tree_and_local(rocks, server, tmp_path):
    server.rock("a")
    assert rocks("install", "a", f"--tree={tmp_path / 'own'}")[0] == 0
    assert (tmp_path / "own/share/lua/5.1/a.lua").exists() and not rocks.tree.exists()
    assert rocks("install", "--local", "a")[0] == 0
    assert (rocks.tree / "share/lua/5.1/a.lua").exists()


def test_zipped_manifest(rocks, server):
    server.rock("a")
    manifest = (server.folder / "manifest-5.1").read_bytes()
    (server.folder / "manifest-5.1").unlink()
    server.write("manifest-5.1.zip", zipped({"manifest-5.1": manifest}))
    assert rocks("install", "a")[0] == 0
    assert server.http.asked[0] == "/manifest-5.1.zip"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "what should be done?"),
        (["bogus"], "no command 'bogus'"),
        (["install"], "install takes"),
        (["remove", "a", "b"], "remove takes a name"),
        (["--bogus"], "unrecognized flag --bogus"),
        (["list", "--tree="], "--tree needs a value"),
    ],
)
def test_wrong_usage(rocks, words, message):
    code, _, error = rocks(*words) if words != ["list", "--tree="] else rocks("list", "--tree=")
    assert code == 2
    assert error.startswith(f"th7shell rocks: {message}") and "Usage:" in error


def _evil_tar(name):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        entry = tarfile.TarInfo("e-1/e.lua")
        archive.addfile(entry, io.BytesIO(b""))
        entry = tarfile.TarInfo(name)
        entry.size = 1
        archive.addfile(entry, io.BytesIO(b"x"))
    return out.getvalue()


def _linked_tar():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        entry = tarfile.TarInfo("e-1/e.lua")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)
    return out.getvalue()


EVIL = {
    "zip above": zipped({"e-1/e.lua": "", "../../evil": "x"}),
    "zip absolute": zipped({"/tmp/evil-of-th7shell": "x"}),
    "zip drive": zipped({"C:\\evil": "x"}),
    "tar above": _evil_tar("e-1/../../evil"),
    "tar absolute": _evil_tar("/tmp/evil-of-th7shell"),
}  # fmt: skip


@pytest.mark.parametrize("kind", EVIL)
def test_archives_stay_in_their_folder(rocks, server, tmp_path, kind):
    url = server.write("e.tar.gz", EVIL[kind])
    server.write("e-1-1.rockspec", rockspec("e", "1-1", {"e.lua": ""}, url))
    server.offer("e", "1-1", "rockspec")
    assert "leads out of its folder" in rocks("install", "e")[2]
    assert files_of(rocks.tree) == []
    assert not [p for p in tmp_path.rglob("*evil*") if p.is_file()]


PATHS = [
    "modules = {['../../../../evil'] = 'e.lua'}",
    "modules = {e = '../../../../server/secret.lua'}",
    "modules = {e = '/etc/passwd'}",
    "install = {bin = {['../../evil'] = 'e.lua'}}",
    "install = {lua = {'../../../../server/secret.lua'}}",
]


@pytest.mark.parametrize("build", PATHS)
def test_paths_of_rockspecs_stay_in_their_folder(rocks, server, tmp_path, build):
    server.write("secret.lua", "secret")
    server.rock("e", build=f"{{{build}}}")
    code, _, error = rocks("install", "e")
    # `...` in the name of a module are dots: they make folders, never the one above
    assert code == 1 and ("leads out of its folder" in error or "not in the source" in error)
    assert files_of(rocks.tree) == []


def test_links_do_not_lead_out(rocks, server, tmp_path):
    url = server.write("e.tar.gz", _linked_tar())
    server.write("e-1-1.rockspec", rockspec("e", "1-1", {"e.lua": ""}, url))
    server.offer("e", "1-1", "rockspec")
    assert "the rockspec names e.lua, which is not in the source" in rocks("install", "e")[2]
    folder = tmp_path / "linked"
    folder.mkdir()
    (tmp_path / "secret.lua").write_text("secret")
    (folder / "e.lua").symlink_to(tmp_path / "secret.lua")
    (folder / "e-1-1.rockspec").write_text(rockspec("e", "1-1", {"e.lua": ""}, url))
    assert "'e.lua' is a link that leads out of its folder" in rocks("install", str(folder))[2]


@pytest.mark.parametrize(
    "field", ["package = '../../evil'", "version = '../1-1'", "package = {}", "version = nil"]
)
def test_names_of_rocks_are_names(rocks, tmp_path, field):
    place = tmp_path / "x-1-1.rockspec"
    place.write_text(
        f"package = 'x' version = '1-1' source = {{url = 'https://x.example/x.zip'}} {field}"
    )
    assert "is no name of a rock or version" in rocks("install", str(place))[2]


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda s: (s.folder / "a-1.0-1.tar.gz").write_bytes(tarred({"a-1.0-1/a.lua": "other"})), "is not what its checksum says"),
        (lambda s: (s.folder / "a-1.0-1.tar.gz").unlink(), "404 File not found"),
        (lambda s: (s.folder / "a-1.0-1.rockspec").unlink(), "404 File not found"),
        (lambda s: (s.folder / "a-1.0-1.rockspec").write_text("package ="), "a-1.0-1.rockspec:1: unexpected symbol"),
        (lambda s: (s.folder / "a-1.0-1.rockspec").write_text("package = 'b' version = '1.0-1'"), "does not say where its source is"),
        (lambda s: (s.folder / "manifest-5.1").unlink(), "is no server of rocks"),
        (lambda s: (s.folder / "manifest-5.1").write_text("os.exit()"), "a call in a file of data"),
        (lambda s: (s.folder / "manifest-5.1").write_text("x = 1"), "is no manifest"),
        (lambda s: (s.folder / "manifest-5.1.zip").write_text("PK no"), "is damaged"),
        (lambda s: s.http.moved.update({"/a-1.0-1.tar.gz": "http://elsewhere.example/a.tar.gz"}), "which is not safe"),
        (lambda s: s.http.moved.update({"/a-1.0-1.tar.gz": "file:///etc/passwd"}), "is not allowed"),
        (lambda s: s.rock("a", build="{type = 'rust'}"), "build type 'rust' is not known"),
        (lambda s: s.rock("a", needs=["missing >= 3"]), "a-1.0-1 needs missing >= 3: no server has missing"),
        (lambda s: s.offer("a", "1.0-1", "linux-x86_64"), "only as C libraries of other systems"),
    ],
)  # fmt: skip
def test_failures_are_one_line_and_leave_nothing(rocks, server, break_it, message):
    server.rock("a")
    break_it(server)
    code, _, error = rocks("install", "a")
    assert code == 1 and message in error
    assert files_of(rocks.tree) == []


def test_a_failed_dependency_leaves_nothing(rocks, server):
    server.rock("fine")
    server.rock("broken", build="{modules = {x = 'x.c'}}")
    server.rock("top", needs=["fine", "broken"])
    assert "top-1.0-1 needs broken: broken has C parts (x.c)" in rocks("install", "top")[2]
    assert files_of(rocks.tree) == []


def test_rocks_that_need_each_other(rocks, server):
    server.rock("a", needs=["b"])
    server.rock("b", needs=["a"])
    assert rocks("install", "a")[0] == 0
    assert rocks("list")[1] == "a 1.0-1\nb 1.0-1\n"


def test_files_of_others_stay(rocks, server):
    server.rock("a", files={"x.lua": "a"})
    server.rock("b", files={"x.lua": "b"})
    assert rocks("install", "a")[0] == 0
    before = files_of(rocks.tree)
    assert rocks("install", "b")[2] == "th7shell rocks: b: share/lua/5.1/x.lua belongs to a\n"
    assert files_of(rocks.tree) == before
    (rocks.tree / "share/lua/5.1/mine.lua").write_text("mine")
    server.rock("c", files={"mine.lua": "c"})
    assert "mine.lua is there and belongs to no rock" in rocks("install", "c")[2]
    assert (rocks.tree / "share/lua/5.1/mine.lua").read_text() == "mine"


@pytest.mark.parametrize("moves", range(1, 8))
def test_a_move_that_fails_takes_all_back(rocks, server, monkeypatch, moves):
    server.rock("a", "1.0-1", {"a.lua": "one", "a/old.lua": ""})
    server.rock("a", "2.0-1", {"a.lua": "two", "a/new.lua": ""})
    assert rocks("install", "a", "1.0")[0] == 0

    def state():
        return {f: (rocks.tree / f).read_text() for f in files_of(rocks.tree)}

    from th7shell.rocks import tree

    before, replace, count = state(), tree.os.replace, 0

    def fails(source, place):
        nonlocal count
        count += 1
        if count == moves:
            raise OSError(28, "No space left on device", str(place))
        replace(source, place)

    with monkeypatch.context() as patch:
        patch.setattr(tree.os, "replace", fails)
        code, _, error = rocks("install", "a", "2.0")
    if count < moves:  # there were fewer moves: it went well
        assert code == 0 and moves == 7
        return
    assert code == 1 and "No space left on device" in error
    assert state() == before


def test_a_tree_that_cannot_be_written(rocks, server, tmp_path):
    server.rock("a")
    (tmp_path / "tree").write_text("a file")
    assert rocks("install", "a")[2].startswith(f"th7shell rocks: {tmp_path / 'tree'}: ")


def test_git_that_is_not_there(rocks, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert rocks("install", "https://github.com/a/b")[2] == (
        "th7shell rocks: git is needed to fetch https://github.com/a/b: install git\n"
    )


def test_only_https(rocks, tmp_path):
    place = tmp_path / "x-1-1.rockspec"
    for url in ("file:///etc/passwd", "ftp://x.example/x.zip", "hg+http://x.example/x", "git+ssh://x.example/x",
                "git+file:///x"):  # fmt: skip
        place.write_text(rockspec("x", "1-1", {"x.lua": ""}, url))
        assert "only https: addresses are fetched" in rocks("install", str(place))[2]


@pytest.mark.skipif(sys.platform == "win32", reason="there Ctrl-C goes to a group of processes")
def test_ctrl_c_leaves_nothing(rocks, server):
    server.rock("a")
    server.http.stuck = "/a-1.0-1.tar.gz"
    words = ["rocks", "install", "a", f"--server={server.url}"]
    program = subprocess.Popen(
        [sys.executable, "-m", "th7shell", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    while server.http.stuck not in server.http.asked and time.monotonic() < deadline:
        time.sleep(0.01)
    assert list(rocks.tree.iterdir())
    program.send_signal(signal.SIGINT)
    assert (program.communicate(timeout=60)[1], program.returncode) == (b"", 130)
    assert list(rocks.tree.iterdir()) == []


def test_the_command_line_runs_it(rocks, server):
    server.rock("a")
    program = [sys.executable, "-m", "th7shell", "rocks"]
    done = subprocess.run(
        [*program, "install", "a", "--server", server.url], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run([*program, "show", "b"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.endswith(f"rocks: b is not installed in {rocks.tree}\n")
    assert subprocess.run([*program, "--help"], capture_output=True, text=True).stdout.startswith(
        "Usage: th7shell rocks"
    )
