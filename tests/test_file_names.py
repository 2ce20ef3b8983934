"""File names are bytes: every place that opens one is run with é ü ñ ö and other letters in the path, with blanks,
backslashes and what a drive of Windows and a command line look like, and with names that can name nothing.

The places are found in the source; one that no case below reaches, and that is not listed as taking the system's own
text, fails the test.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from th7shell.lua.state import MAIN
from th7shell.lua.stdlib.texts import BadName, from_system, from_text, to_system
from th7shell.session.environment import Environment

ROOT = Path(__file__).parent.parent / "th7shell"
FOLDERS = {  # letters of latin-1 alone: a name that is converted twice is another one
    "letters": "josé ñandú/ö ü",
    "signs": "C:\\Eigene Datei+en (1) [x] %41/c & 'd'~",
}

OPENERS = {
    None: {"open", "Path", "FileIO", "_Raw"},
    "os": set("open remove unlink rename replace stat lstat listdir scandir mkdir makedirs rmdir chdir access".split())
    | {"utime", "link", "symlink", "system", "chmod"},
    "path": {"isfile", "isdir", "exists", "lexists", "realpath", "abspath", "islink"},
    "shutil": {"which"},
    "subprocess": {"Popen", "run"},
    "io": {"FileIO", "open"},
}  # fmt: skip

SYSTEM = {  # rooms and functions whose paths never were Lua strings
    "cli": "the null device",
    "export.": "paths from Python or the command line: text",
    "display.": "the terminal's device, temporary files",
    "launch.": "words of the command line, places of programs: text",
    "lua.cache": "the cache's own folder",
    "lua.coverage_plugin": "Python's name of a file",
    "lua.interpreter": "what Linux tells of the process",
    "paths.places._remove_temporary": "names it made itself",
    "paths.places.execdir": "where Python lies",
    "hdf5.files": "h5py takes the text that to_system gives",
    "pl.app.appfile": "a folder in the user's own",
    "rocks.": "words of the command line, names of rocks: text",
    "kernel.": "words of the command line, places that Jupyter gives",
    "session.": "typed at the prompt, or the user's own folders: text",
    "shell.": "the user's own folders: text",
    "torch.files.mapped": "a descriptor of an open file",
    "torch.fused.routines": "where SciPy lies",
    "threads.": "the process's own folder, Python's own program",
    "torch.vectorise": "another Path",
    "torchmpi.library": "places that the system and MPI have made",
}

CASES = {  # what each leaves in place of its name: a file, a folder, or nothing
    "io": "local f = io.open(at 'io.txt', 'w') f:write('ü') f:close() return io.open(at 'io.txt'):read('*a') == 'ü' and io.lines(at 'io.txt')() == 'ü'",
    "io.output": "io.output(at 'out.txt') io.write('x') io.close() io.output(io.stdout) io.input(at 'out.txt') local s = io.read() io.input(io.stdin) return s == 'x'",
    "io.popen": "local p = io.popen('echo é > \"' .. at 'popen' .. '\"; echo é') local s = p:read() p:close() return s == 'é' and there 'popen'",
    "io.missing": "local f, message = io.open(at 'missing') return message:find(at 'missing', 1, true) == 1",
    "os": "io.open(at 'a', 'w'):close() assert(os.rename(at 'a', at 'ä')) local moved = there 'ä' assert(os.remove(at 'ä')) return moved and not there 'ä'",
    "os.folder": "lfs.mkdir(at 'ordner') return os.remove(at 'ordner') and not there 'ordner'",
    "os.execute": "return os.execute('touch \"' .. at 'touché' .. '\"') and there 'touché'",
    "os.tmpname": "return os.remove(os.tmpname())",
    "script": "write('skript', 'return debug.getinfo(1).source') return dofile(at 'skript') == '@' .. at 'skript' and loadfile(at 'skript')() ~= nil",
    "script error": "write('wrong', 'x = = 1') local f, message = loadfile(at 'wrong') return message:find('wrong:1:', 1, true)",
    "require": "write('módulo.lua', 'return 6') package.path = at '?.lua' .. ';' .. package.path return require 'módulo' == 6 and package.searchpath('módulo', at '?.lua') == at 'módulo.lua'",
    "require beside": "write('neben.lua', 'return 7') write('r.lua', \"return require './neben'\") return dofile(at 'r.lua') == 7 and include ~= nil",
    "require plain": "write('ñ.lua', 'return 9') return require(at 'ñ') == 9",
    "require data": "torch.save(at 'd.t7', {5}) write('j.json', '{\"é\": 1}') write('q.lua', \"return require './d.t7', require './j.json'\") local d, j = dofile(at 'q.lua') return d[1] == 5 and j['é'] == 1",
    "include": "write('inc.lua', 'got = 8') write('i.lua', \"include 'inc.lua'\") dofile(at 'i.lua') return got == 8",
    "torch.save": "torch.save(at 'net.t7', {1, 'é'}) torch.save(at 'net.t7', {2, 'é'}) local t = torch.load(at 'net.t7') return t[1] == 2 and t[2] == 'é'",
    "torch.save ascii": "torch.saveobj(at 'netä.t7', {3}, 'ascii') return torch.loadobj(at 'netä.t7', 'ascii')[1] == 3",
    "torch.load damaged": "write('bad.t7', 'ü') local ok, message = pcall(torch.load, at 'bad.t7') return message:find(at 'bad.t7', 1, true)",
    "DiskFile": "local f = torch.DiskFile(at 'disk', 'w') f:writeString('é') local name = tostring(f) f:close() return torch.DiskFile(at 'disk', 'rw'):readString('*a') == 'é' and name:find(at 'disk', 1, true)",
    "PipeFile": "local f = torch.PipeFile('cat > \"' .. at 'pipe' .. '\"', 'w') f:writeString('é') f:close() return torch.PipeFile('cat \"' .. at 'pipe' .. '\"'):readString('*a') == 'é'",
    "mapping": "torch.FloatStorage(at 'map', true, 4):fill(3) return torch.FloatStorage(at 'map')[4] == 3",
    "shared memory": "local s = torch.FloatStorage('th7é' .. lfs.attributes('.', 'ino'), true, 4, true) return s:fill(2)[1] == 2",
    "CmdLine.log": "torch.CmdLine():log(at 'log') print 'é' print, io.write = _print or print, io.write return there 'log'",
    "xlua.log": "local write = io.write xlua.log(at 'tief/ñ.log') io.write('é\\n') io.write, print = write, _G._print return there 'tief/ñ.log'",
    "xlua": "write('pkg.lua', '') package.path = at '?.lua' .. ';' .. package.path return select(2, xlua.installed 'pkg') == at 'pkg.lua'",
    "packages": "write('paket.lua', 'return 4') package.path = at '?.lua' return torch.packageLuaPath 'paket' == at '':sub(1, -2) and torch.include('paket', 'paket.lua') == 4 and torch.packageLuaPath 'nn' ~= nil",
    "lfs": "lfs.mkdir(at 'lfs') lfs.touch(at 'lfs') for name in lfs.dir(at '') do found = found or name == 'lfs' end return found and lfs.attributes(at 'lfs', 'mode') == 'directory' and lfs.rmdir(at 'lfs')",
    "lfs.chdir": "local before = lfs.currentdir() assert(lfs.chdir(at '')) local here = lfs.currentdir() lfs.chdir(before) return here == paths.concat(at '')",
    "lfs.link": "write('ziel', '') return lfs.link('ziel', at 'verknüpft', true) and lfs.symlinkattributes(at 'verknüpft', 'mode') == 'link' and there 'ziel'",
    "lfs error": "local _, message = lfs.rmdir(at 'fehlt') return message:find(at 'fehlt', 1, true) == 1",
    "paths": "paths.mkdir(at 'p/é') write('p/é/f', '') return paths.dirp(at 'p/é') and paths.filep(at 'p/é/f') and paths.dir(at 'p')[3] == 'é' and paths.iterdirs(at 'p')() == 'é' and paths.iterfiles(at 'p/é')() == 'f' and paths.rmall(at 'p', 'yes') and not there 'p'",
    "paths.rmdir": "paths.mkdir(at 'é') return paths.rmdir(at 'é') and not there 'é'",
    "paths.files": "write('ü.lua', '') for f in paths.files(at '', 'lua$') do found = found or f == 'ü.lua' end return found",
    "paths.parts": "return paths.basename(at 'ö.txt', 'txt') == 'ö' and paths.dirname(at 'ö') .. '/' == at '' and paths.extname 'a.é' == 'é' and paths.concat('/é', 'ü') == '/é/ü'",
    "paths.tmpname": "return #paths.tmpname() > 0",
    "paths.findprogram": "write('progé', '#!/bin/sh') os.execute('chmod +x \"' .. at 'progé' .. '\"') return paths.findprogram(at 'progé') == paths.concat(at 'progé')",
    "thisfile": "write('here.lua', 'return paths.thisfile(), paths.thisfile \"ñ\", paths.dofile \"there.lua\"') write('there.lua', 'return 3') local a, b, c = dofile(at 'here.lua') return a == paths.concat(at 'here.lua') and b == paths.concat(at 'ñ') and c == 3",
    "sys": "return sys.execute('echo é > \"' .. at 'sys' .. '\"; echo é') == 'é' and sys.ls('\"' .. at '' .. '\"'):find 'sys' and sys.fpath() == nil",
    "optim.Logger": "local l = optim.Logger(at 'neu/lögger.log') l:setNames{'é'} l:add{1} l:add{2} l:display(false) l:plot() return io.open(at 'neu/lögger.log'):read() == 'é\\t' and there 'neu/lögger.log.eps'",
    "optim.Logger with time": "local l = optim.Logger(at 'zeit.log', true) return paths.iterfiles(at '')() and l.name == at 'zeit.log' and not there 'zeit.log'",
    "gnuplot": "gnuplot.svgfigure(at 'plöt.svg') gnuplot.plot(torch.range(1, 3)) gnuplot.plotflush() gnuplot.figprint(at 'ü.png') gnuplot.figprint(at 'ü.pdf') gnuplot.closeall() return there 'plöt.svg' and there 'ü.png' and there 'ü.pdf'",
    "image": "image.save(at 'bild.png', torch.rand(3, 4, 5)) image.saveJPG(at 'bild.jpg', torch.rand(3, 4, 5)) return image.load(at 'bild.png'):size(3) == 5 and image.getSize(at 'bild.jpg')[2] == 4",
    "itorch": "itorch.Plot():line({1, 2}, {3, 4}):save(at 'plöt.html'):save(at 'plöt2.svg') itorch.svg(at 'plöt2.svg') return there 'plöt.html' and there 'plöt2.svg'",
    "itorch.media": "write('ton.wav', '') itorch.audio(at 'ton.wav') itorch.image(at 'plöt2.svg') return shown.audio == at 'ton.wav'",
    "cjson.util": "local u = require 'cjson.util' u.file_save(at 'ä.json', 'é') return u.file_load(at 'ä.json') == 'é' and there 'ä.json'",
    "csvigo": "local csv = require 'csvigo' csv.save{path=at 'é.csv', data={{'ü', 1}}, verbose=false} return csv.load{path=at 'é.csv', mode='raw', verbose=false}[1][1] == 'ü' and there 'é.csv'",
    "export": "local export = require 'export' export.save(at 'netz é.t7', nn.Linear(2, 3)) export.convert(at 'netz é.t7', at 'ñ.lua') return #export.convert(at 'netz é.t7', at 'ñ.npz', {into = at 'ñ.lua'}) == 0 and export.load(at 'ñ.npz').weight:size(1) == 3 and there 'ñ.weights.t7'",
    "pl.dir": "local dir = require 'pl.dir' dir.makepath(at 'pé/q') write('pé/q/f', 'x') dir.copyfile(at 'pé/q/f', at 'pé/g') dir.movefile(at 'pé/g', at 'pé/h') dir.clonetree(at 'pé', at 'kopié', dir.copyfile) local fine = #dir.getfiles(at 'pé') == 1 and #dir.getdirectories(at 'pé') == 1 and #dir.getallfiles(at 'kopié') == 2 and not there 'pé/g' for root in dir.walk(at 'pé') do found = root end dir.rmtree(at 'kopié') return fine and found and not there 'kopié'",
    "pl.app": "local old = arg arg = {[0] = at 'prögramm.lua'} write('prögramm.lua', '') local here = require('pl.app').require_here() arg = old return here:find(folder, 1, true)",
    "pl.utils": "local utils = require 'pl.utils' utils.writefile(at 'ütils', 'é') return utils.readfile(at 'ütils') == 'é' and utils.readlines(at 'ütils')[1] == 'é'",
    "pl.config": "write('konfig', 'é=1') local found = require('pl.config').read(at 'konfig') return next(found) ~= nil",
    "pl.data": "write('dätei.csv', 'a,b\\n1,2\\n') return require('pl.data').read(at 'dätei.csv')[1][2] == 2",
    "pl.lapp": "write('eingabe', 'é') return require('pl.lapp')('  <input> (file-in) text\\n', {at 'eingabe'}).input:read() == 'é'",
    "pl.sip": "write('sipé', 'a=1\\n') local seen require('pl.sip').read(at 'sipé', {{'$v{k}=$d{n}', function(r) seen = r end}}) return seen ~= nil",
    "pl.stringio": "return require('pl.stringio').lines('é')() == 'é'",
    "graphicsmagick": "local gm = require 'graphicsmagick' gm.save(at 'gm é.png', torch.rand(3, 4, 5)) return gm.load(at 'gm é.png'):size(3) == 5",
    "loadcaffe": "write('c.prototxt', '') return require('loadcaffe').load(at 'c.prototxt', at 'ç.caffemodel') == nil",
    "torchx": "require 'torchx' write('ö é.jpg', '') local index = paths.indexdir(at '', 'jpg', false, 'bild*') return os.remove(index.cachefile) and index:filename(1) == at 'ö é.jpg'",
    "graph": "graph.dot(g(), 'é', at 'gräph') pcall(graph.graphvizFile, g(), 'dot', at 'gräph.svg') return there 'gräph.dot'",
    "nngraph failure": "local x = nn.Identity()() local net = nn.gModule({x}, {nn.Linear(2, 2)(x)}) net.name = at 'fehler' nngraph.setDebug(true) pcall(net.forward, net, torch.rand(5)) pcall(net.forward, net, torch.rand(5)) nngraph.setDebug(false) return there 'fehler.dot'",
}  # fmt: skip


def calls_of(file: Path) -> Iterator[str]:
    """The functions of a source file that open, look up or change a path, by their full names."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def visit(node: ast.AST, scope: tuple[str, ...]) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            inner = scope
            if isinstance(child, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                inner = (*scope, child.name)
            if isinstance(child, ast.Call) and _opens(child.func) and not _own(child):
                yield ".".join((module, *scope))
            yield from visit(child, inner)

    yield from visit(ast.parse(file.read_text(encoding="utf-8")), ())


def _own(call: ast.Call) -> bool:
    """Whether a call asks where the package itself lies."""
    return any(isinstance(node, ast.Name) and node.id == "__file__" for node in ast.walk(call))


def _opens(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in OPENERS[None]
    if not isinstance(function, ast.Attribute):
        return False
    owner = function.value
    name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
    return function.attr in OPENERS.get(name, ())


@cache
def places() -> set[str]:
    found = {place for file in ROOT.rglob("*.py") for place in calls_of(file)}
    return {p for p in found if not any(p.startswith(start) for start in SYSTEM)}


class World:
    """An environment over a folder with letters of many alphabets; `reached` collects the functions that ran."""

    def __init__(self, folder: Path, name: str) -> None:
        from th7shell import frontend

        self.folder = folder / name
        self.folder.mkdir(parents=True)
        self.reached: set[str] = set()
        self.environment = Environment(MAIN)
        shown = self.environment.globals
        self.run("shown = {}")
        previous = frontend.install(
            lambda value, _: setattr(
                shown.shown, getattr(value, "kind", ""), from_system(getattr(value, "path", ""))
            )
        )
        self.restore = lambda: frontend.install(previous)
        self.run(
            f"""lfs = require 'lfs' nn, nngraph, optim, image, gnuplot, itorch = require 'nn', require 'nngraph',
            require 'optim', require 'image', require 'gnuplot', require 'itorch'
            torch.setnumthreads(1)
            folder = [[{name}]]
            function at(name) return folder .. '/' .. name end
            function there(name) return lfs.attributes(at(name)) ~= nil end
            function write(name, text) local f = assert(io.open(at(name), 'w')) f:write(text) f:close() end
            function g() local x = nn.Identity()() return nn.gModule({{x}}, {{x}}).fg end"""
        )

    def run(self, text: str) -> object:
        return self.environment.load(text, "=test")()

    def watched(self, text: str) -> object:
        """Run with the names of all functions of the package that are called noted."""

        def note(frame, event, _):
            if event == "call":
                module = frame.f_globals.get("__name__", "")
                if module.startswith("th7shell."):
                    name = frame.f_code.co_qualname.replace("<locals>.", "").replace(
                        "._write_both", ""
                    )
                    self.reached.add(f"{module[9:]}.{name}".removesuffix(".<module>"))

        before = sys.getprofile()
        sys.setprofile(note)
        try:
            return self.run(text)
        finally:
            sys.setprofile(before)


@pytest.fixture(scope="module", params=FOLDERS)
def world(request, tmp_path_factory):
    if os.name == "nt" and request.param == "signs":
        pytest.skip("no such name there")
    before = os.getcwd()
    folder = tmp_path_factory.mktemp("names")
    os.chdir(folder)
    made = World(folder, FOLDERS[request.param])
    yield made
    made.restore()
    os.chdir(before)


@pytest.mark.parametrize("name", CASES)
def test_a_place_takes_any_letter(name, world):
    assert world.watched(CASES[name])


def test_nothing_was_made_under_a_wrong_name(world):
    names = [n for _, folders, files in os.walk(".") for n in folders + files]
    assert [
        n for n in names if "Ã" in n or "\udcc3" in n or (n.startswith("jos") and n != "josé ñandú")
    ] == []
    assert os.listdir(".") == [world.folder.parent.name]


def test_every_place_that_opens_a_path_was_run(world):
    assert len(CASES) > 40
    wanted = places()
    assert len(wanted) > 40
    assert sorted(wanted - world.reached) == []


NO_NAMES = {"zero": "a\\0b", "long": "' .. ('é'):rep(3000) .. '", "long part": "' .. ('x'):rep(300) .. '", "surrogate": "\\237\\160\\128/x"}  # fmt: skip
USERS = {
    "io.open": "io.open(N)",
    "io.lines": "io.lines(N)",
    "io.popen": "io.popen('cat 2>&1 ' .. N):close()",
    "os.remove": "os.remove(N)",
    "os.rename": "os.rename(N, N)",
    "os.execute": "os.execute('cat 2>/dev/null ' .. N)",
    "dofile": "dofile(N)",
    "loadfile": "loadfile(N)",
    "require": "require(N)",
    "require beside": "require('./' .. N)",
    "torch.save": "torch.save(N, 1)",
    "torch.load": "torch.load(N)",
    "DiskFile": "torch.DiskFile(N, 'w')",
    "mapping": "torch.FloatStorage(N, true, 3)",
    "lfs.attributes": "lfs.attributes(N)",
    "lfs.dir": "lfs.dir(N)",
    "lfs.mkdir": "lfs.mkdir(N .. '/a')",
    "paths.mkdir": "paths.mkdir(N .. '/a/b')",
    "paths.dir": "paths.dir(N)",
    "paths.rmall": "paths.rmall(N, 'yes')",
    "sys.execute": "sys.execute('cat ' .. N)",
    "optim.Logger": "optim.Logger('/dev/null/' .. N)",
    "gnuplot": "gnuplot.figprint(N .. '.svg')",
    "image.load": "image.load(N)",
    "image.save": "image.save(N .. '/a.png', torch.rand(3, 3))",
    "itorch.svg": "itorch.svg(N)",
    "itorch.audio": "itorch.audio(N .. '.wav')",
    "Plot.save": "itorch.Plot():line({1}, {1}):save(N .. '/a.svg')",
    "graph.dot": "graph.dot(g(), 'x', N .. '/a')",
    "CmdLine.log": "torch.CmdLine():log(N .. '/a')",
}
PYTHON = ("Errno", "Traceback", "embedded null", "codec", "ValueError", "OSError", "TypeError", "NoneType")  # fmt: skip


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("kind", NO_NAMES)
def test_what_can_name_nothing_is_a_clear_error(user, kind, world):
    text = f"local N = '{NO_NAMES[kind]}' return pcall(function() return {USERS[user]} end)"
    before = sorted(os.listdir(".")) if kind != "surrogate" else None  # bytes like any, to Linux
    result = world.run(text)
    said = " ".join(str(part) for part in result if isinstance(part, str))
    assert not [word for word in PYTHON if word in said], said
    if result[0] is False:
        assert result[1].__class__ is str and len(said) > 10
    assert before is None or sorted(os.listdir(".")) == before


def test_conversion_both_ways():
    for name in ("a", "josé", "日本", "é\udce9"):
        assert to_system(from_system(name)) == name
    assert to_system("\xe9") == os.fsdecode(b"\xe9")  # bytes that are no UTF-8 stay those bytes
    assert to_system(Path("é")) == "é"
    assert to_system(from_text("é")) == "é"
    for wrong in ("a\0b", "\xc3\xa9\0", "\ud800"):
        with pytest.raises(BadName):
            to_system(wrong)
