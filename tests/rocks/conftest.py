"""A server of rocks on the loopback, and rocks to put on it."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import http.server
import io
import shutil
import subprocess
import tarfile
import threading
import time
import zipfile

import pytest

from th7shell.rocks.commands import main


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def handle(self):
        with contextlib.suppress(ConnectionError):  # whoever asked is gone
            super().handle()

    def do_GET(self):
        self.server.asked.append(self.path)
        while self.path == self.server.stuck:
            time.sleep(0.01)
        if self.path in self.server.moved:
            self.send_response(302)
            self.send_header("Location", self.server.moved[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        super().do_GET()


class Server:
    """Serves a folder; `rock(...)` puts rocks into it."""

    def __init__(self, folder):
        self.folder = folder
        self.repository = {}
        handler = functools.partial(_Handler, directory=str(folder))
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.http.asked, self.http.moved, self.http.stuck = [], {}, None
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self):
        self.http.stuck = None
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()

    def write(self, name, data):
        place = self.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data if isinstance(data, bytes) else data.encode())
        return f"{self.url}/{name}"

    def offer(self, name, version, *kinds):
        """Add a version to the manifest."""
        self.repository.setdefault(name, {})[version] = kinds
        rows = "".join(
            f"['{rock}'] = {{"
            + "".join(
                f"['{v}'] = {{" + "".join(f"{{arch = '{k}'}}," for k in ks) + "},"
                for v, ks in versions.items()
            )
            + "},\n"
            for rock, versions in self.repository.items()
        )
        self.write("manifest-5.1", f"commands = {{}}\nmodules = {{}}\nrepository = {{\n{rows}}}\n")

    def archive(self, name, files):
        """Put a .tar.gz of files on the server: its address and its checksum."""
        data = tarred(files)
        return self.write(name, data), hashlib.md5(data).hexdigest()

    def rock(self, name, version="1.0-1", files=None, **more):
        """Offer a rock of Lua files as a rockspec with a source archive; `needs`, `build` and
        `source` change the rockspec."""
        files = files or {f"{name}.lua": f"return '{name} {version}'"}
        base = f"{name}-{version}"
        url, md5 = self.archive(f"{base}.tar.gz", {f"{base}/{f}": t for f, t in files.items()})
        text = rockspec(name, version, files, url, md5, **more)
        self.write(f"{base}.rockspec", text)
        self.offer(name, version, "rockspec")
        return text


def tarred(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return out.getvalue()


def zipped(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def rockspec(name, version, files, url, md5=None, needs=(), build=None, source=""):
    modules = "".join(
        f"['{f[:-4].replace('/', '.').removesuffix('.init')}'] = '{f}'," for f in files
    )
    build = build or f"{{type = 'builtin', modules = {{{modules}}}}}"
    dependencies = ", ".join(f"'{n}'" for n in needs)
    sum = f"md5 = '{md5}'," if md5 else ""
    return (
        f"package = '{name}'\nversion = '{version}'\n"
        f"source = {{url = '{url}', {sum} {source}}}\n"
        f"description = {{summary = 'the rock {name}', license = 'MIT'}}\n"
        f"dependencies = {{{dependencies}}}\nbuild = {build}\n"
    )


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "server"
    folder.mkdir()
    found = Server(folder)
    yield found
    found.close()


@pytest.fixture
def rocks(server, tmp_path, capsys, monkeypatch):
    """`th7shell rocks …` on a tree of its own, asking the server: its exit code and output."""
    monkeypatch.setenv("TH7SHELL_ROCKS_DIR", str(tmp_path / "tree"))

    def run(*words):
        code = main([*words, f"--server={server.url}"])
        out, error = capsys.readouterr()
        assert error.count("\n") <= 1 or code == 2, error  # one line
        return code, out, error

    run.tree = tmp_path / "tree"
    return run


def files_of(folder):
    """All files below a folder, relative to it."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def repository(tmp_path, server):
    """Makes a git repository on the server, which answers as a folder of files: its address."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not here")

    def make(name, files, tag=None):
        place = tmp_path / "git" / name
        for file, text in files.items():
            (place / file).parent.mkdir(parents=True, exist_ok=True)
            (place / file).write_text(text)
        own = ["-c", "user.name=n", "-c", "user.email=n@n", "-c", "init.defaultBranch=master"]

        def run(*words, at=place):
            subprocess.run([git, *own, *words], cwd=at, check=True, capture_output=True)

        run("init", "-q")
        run("add", ".")
        run("commit", "-qm", "all")
        if tag:
            run("tag", tag)
        bare = server.folder / f"{name}.git"
        run("clone", "-q", "--bare", str(place), str(bare))
        run("update-server-info", at=bare)
        return f"{server.url}/{name}.git"

    return make
