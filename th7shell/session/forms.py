"""How functions are called whose documentation is a sentence without a form: package by package,
optional arguments in brackets. The parameters of the functions themselves all have defaults, as
Lua may leave any out."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

FORMS = {
    "": """
        assert(value, [message], ...) collectgarbage([option], [value]) dofile([name])
        error(message, [level]) gcinfo() getfenv([f]) getmetatable(value) include(path)
        ipairs(t) load(source, [name], [mode], [env]) loadfile([name], [mode], [env])
        loadstring(source, [name], [mode], [env]) module(name, ...) newproxy([like])
        next(t, [key]) pairs(t) pcall(f, ...) rawequal(a, b) rawget(t, key) rawlen(value)
        rawset(t, key, value) require(name) select(n, ...) setfenv(f, env)
        setmetatable(t, metatable) tonumber(value, [base]) tostring(value) type(value)
        unpack(t, [i], [j]) xpcall(f, handler, ...) setprintlevel(n)
        import(package, [forced]) who([order]) help([value]) browse([package]) print(...)""",
    "math": """
        abs(x) acos(x) asin(x) atan(x) atan2(y, x) ceil(x) cos(x) cosh(x) deg(x) exp(x)
        floor(x) fmod(x, y) frexp(x) ldexp(m, e) log(x, [base]) log10(x) max(x, ...)
        min(x, ...) modf(x) pow(x, y) rad(x) random([low], [high]) randomseed(seed) sin(x)
        sinh(x) sqrt(x) tan(x) tanh(x)""",
    "string": """
        byte(s, [i], [j]) char(...) dump(f, [strip]) find(s, pattern, [init], [plain])
        format(format, ...) gmatch(s, pattern) gsub(s, pattern, repl, [limit]) len(s)
        lower(s) match(s, pattern, [init]) rep(s, n, [separator]) reverse(s) sub(s, i, [j])
        upper(s) split(s, [separator]) tosymbol(s)""",
    "table": """
        concat(t, [separator], [i], [j]) foreach(t, f) foreachi(t, f) getn(t)
        insert(t, [position], value) maxn(t) move(source, from, to, position, [target])
        pack(...) remove(t, [position]) sort(t, [before]) unpack(t, [i], [j])""",
    "io": """
        close([file]) flush() input([file]) lines([name], ...) open(name, [mode])
        output([file]) popen(command, [mode]) read(...) tmpfile() type(value) write(...)""",
    "os": """
        clock() date([format], [time]) difftime(later, [earlier]) execute([command])
        exit([code], [close]) getenv(name) remove(name) rename(old, new)
        setlocale([locale], [category]) time([date]) tmpname()""",
    "coroutine": """
        create(f) isyieldable() resume(co, ...) running() status(co) wrap(f) yield(...)""",
    "debug": """
        getfenv(value) getmetatable(value) getupvalue(f, i) getuservalue(value)
        setfenv(value, env) setmetatable(value, metatable) setupvalue(f, i, value)
        setuservalue(value, t) traceback([thread], [message], [level]) upvalueid(f, i)
        upvaluejoin(f, i, g, j)""",
    "torch": """
        deserialize(text, [mode]) deserializeFromStorage(storage, [mode]) factory(name)
        getconstructortable(name) getenv(value) getmetatable(name) isStorage(value)
        isTensor(value) isTypeOf(value, spec) isclass(value) isequal(a, b)
        loadobj(filename, [mode], [referenced]) metatype(name, t)
        multinomialAlias(output, state) multinomialAliasSetup(probs, [state])
        newmetatable(name, [parent], [constructor], [destructor], [factory], [module])
        packageLuaPath([name]) pointer(value)
        saveobj(filename, object, [mode], [referenced]) serialize(object, [mode])
        serializeToStorage(object, [mode]) setdefaulttensortype(name) setenv(value, env)
        setheaptracking(enabled) setmetatable(t, name) toc(start) totable(tensor)
        type(value) typename(value) version(value)""",
    "image": """
        colormap(count) compressJPG(picture, [quality]) compressPNG(picture)
        decompress(data, [depth], [type]) decompressJPG(data, [depth], [type])
        decompressPNG(data, [depth], [type]) drawRect(src, x1, y1, x2, y2, [options])
        drawText(src, text, x, y, [options]) gaussianpyramid([dst], src, scales)
        getJPGsize(path) getPNGsize(path) getPPMsize(path) getSize(path)
        is_supported(suffix) jetColormap(count)
        laplacian(size, [sigma], [amplitude], [normalize]) loadJPG(path, [depth], [type])
        loadPNG(path, [depth], [type]) loadPPM(path, [depth], [type]) minmax(options)
        saveJPG(path, picture) savePGM(path, picture) savePNG(path, picture)
        savePPM(path, picture) toDisplayTensor(options)""",
    "xlua": """
        clear(name) envparams(defaults) formatTime(seconds) installed(name)
        print(value, ...) require(name) table2string(t, [newline])
        trycatch(attempt, handler) unpack_class(object, ...)
        usage_module(module, name, description)""",
    "paths": """
        dir(path) dirname(path) dirp(path) extname(path) filep(path) findprogram(name, ...)
        getregistryvalue(key, subkey, value) iterdirs(path) iterfiles(path) mkdir(path)
        require(name) rmall(path, yes) rmdir(path) thisfile([name], [depth])""",
    "sys": """
        dir(path) dirname(path) dirp(path) execute(command) fexecute(command, [what])
        filep(path) isNaN(value) mkdir(path) sleep(seconds) toc([verbose])
        usleep(microseconds) ls([folder]) ll([folder]) la([folder]) lla([folder])""",
    "gnuplot": """
        axis(axis) close([n]) epsfigure(name, [n]) figprint(name) figure([n]) grid(toggle)
        hist(x, [bins], [min], [max]) logscale(toggle) movelegend(horizontal, vertical)
        pdffigure(name, [n]) plotflush([n]) pngfigure(name, [n]) raw(command)
        svgfigure(name, [n]) title(text) xlabel(text) ylabel(text) zlabel(text)""",
    "graph": "graphvizFile(g, algorithm, name) graphvizLayout(g, algorithm)",
    "nngraph": "annotateNodes([stackLevel]) display(module) nest(...) setDebug(enable)",
    "itorch": "audio(name) html(text, [window]) image(picture, [options]) svg(name) video(name)",
}
FORM = re.compile(r"(\w+)\(([^()]*)\)")


@cache
def forms() -> dict[tuple[str, str], list[str]]:
    """The arguments of each function, by package and name."""
    return {
        (package, name): [word for word in inner.split(", ") if word]
        for package, text in FORMS.items()
        for name, inner in FORM.findall(" ".join(text.split()))
    }


def form_of(value: Any, name: str) -> list[str] | None:
    """The arguments of a function of the engine's, None where there is no form for it."""
    where = (getattr(value, "__module__", None) or "").split(".")
    if where[0] != "th7shell":
        return None
    packages = ("", where[-1]) if where[1:3] == ["lua", "stdlib"] else ("", *where[1:2])
    found = (forms().get((package, name)) for package in reversed(packages))
    return next((words for words in found if words is not None), None)
