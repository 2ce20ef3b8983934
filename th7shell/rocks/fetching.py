"""What comes over the network: files by HTTPS, repositories by git.

Addresses that say `http:` or `git:` are asked by HTTPS, and no answer may lead elsewhere; only the
machine itself (localhost, for tests and mirrors) is asked as written.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import th7shell

from . import RocksError

_TIMEOUT = 60  # seconds without an answer
_MOST = 300_000_000  # bytes of one file
_PIECE = 1 << 16
_HOME = ("localhost", "127.0.0.1", "::1")

Progress = Callable[[int, int | None], None]  # bytes that came, and how many there will be


def secure(url: str) -> str:
    """The address that is asked in place of `url`. Errors: RocksError for other protocols."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("https", "http", "git"):
        raise RocksError(f"{url}: only https: addresses are fetched")
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HOME):
        return url
    port = f":{parts.port}" if parts.port and parts.port not in (80, 9418) else ""
    return parts._replace(scheme="https", netloc=f"{parts.hostname or ''}{port}").geturl()


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows an answer to another address, unless that is no longer safe."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, new: str
    ) -> Any:
        if secure(new) != new:
            raise RocksError(f"{req.full_url} leads to {new}, which is not safe")
        return super().redirect_request(req, fp, code, msg, headers, new)


def _silent(came: int, all: int | None) -> None:
    pass


def download(url: str, place: Path, progress: Progress = _silent) -> None:
    """Fetch a file. Errors: RocksError, Missing where the server does not have it."""
    url = secure(url)
    request = urllib.request.Request(
        url, headers={"User-Agent": f"th7shell/{th7shell.__version__}"}
    )
    opener = urllib.request.build_opener(_Redirects)
    try:
        with opener.open(request, timeout=_TIMEOUT) as answer, place.open("wb") as out:
            length = answer.headers.get("Content-Length", "")
            whole = int(length) if length.isdigit() else None
            came = 0
            while piece := answer.read(_PIECE):
                came += len(piece)
                if came > _MOST:
                    raise RocksError(f"{url} has more than {_MOST // 1_000_000} MB")
                out.write(piece)
                progress(came, whole)
            if whole is not None and came < whole:
                raise RocksError(f"{url}: the connection ended after {came} of {whole} bytes")
    except urllib.error.HTTPError as error:
        error.close()
        kind = Missing if error.code in (403, 404, 410) else RocksError
        raise kind(f"{url}: {error.code} {error.reason}") from None
    except urllib.error.URLError as error:
        why = error.reason
        said = why.strerror if isinstance(why, OSError) and why.strerror else why
        raise RocksError(f"{url}: {said}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise RocksError(f"{url}: {error}") from None


class Missing(RocksError):
    """The server does not have the file."""


class Network:
    """Fetches, and tells the user what. `say(line)`; `progress(name, came, whole)`."""

    def __init__(
        self, say: Callable[[str], None], progress: Callable[[str, int, int | None], None]
    ) -> None:
        self.say, self.progress = say, progress

    def file(self, url: str, place: Path) -> None:
        """Fetch a file. Errors: RocksError."""
        self.say(f"Fetching {url}")
        self.quietly(url, place)

    def quietly(self, url: str, place: Path) -> None:
        """Fetch a file that the user did not name. Errors: RocksError."""
        download(url, place, lambda came, whole: self.progress(place.name, came, whole))

    def repository(self, url: str, reference: str | None, folder: Path) -> None:
        """Make a working copy. Errors: RocksError."""
        self.say(f"Fetching {url}" + (f" at {reference}" if reference else ""))
        clone(url, reference, folder)


def check_md5(place: Path, wanted: Any) -> None:
    """Compare a file with its checksum, if there is one. Errors: RocksError."""
    if wanted is None:
        return
    found = hashlib.md5(place.read_bytes(), usedforsecurity=False).hexdigest()
    if found != str(wanted).lower():
        raise RocksError(f"{place.name} is not what its checksum says: {found}, not {wanted}")


def is_git(url: str) -> bool:
    """Whether an address names a repository."""
    plain = url.split("#")[0].rstrip("/")
    return (
        url.startswith(("git:", "git+"))
        or plain.endswith(".git")
        or bool(re.fullmatch(r"https?://(?:www\.)?git(?:hub|lab)\.com/[^/]+/[^/]+", plain))
    )


def clone(url: str, reference: str | None, folder: Path) -> None:
    """Make a working copy of a repository at a branch or tag, None for its main branch; without
    submodules, hooks and filters. Errors: RocksError."""
    url = secure(re.sub(r"^git\+", "", url))
    program = shutil.which("git")
    if program is None:
        raise RocksError(f"git is needed to fetch {url}: install git")
    command = [program, "-c", "core.hooksPath=/dev/null", "-c", "core.symlinks=false", "clone"]
    command += ["--quiet", "--template=", "--single-branch"]
    if reference is not None:
        if not re.fullmatch(r"[\w.+/][\w.+/\-]*", reference, re.ASCII):
            raise RocksError(f"'{reference}' is no name of a branch or tag")
        command += ["--branch", reference]
    environment = {
        **os.environ,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "https:http",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "LC_ALL": "C",
    }
    for depth in (["--depth=1"], []):  # a server of plain files cannot shorten a history
        done = subprocess.run(
            [*command, *depth, "--", url, str(folder)],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
        if done.returncode == 0:
            return
        shutil.rmtree(folder, ignore_errors=True)
        if "shallow" not in done.stderr:
            break
    said = [line for line in done.stderr.splitlines() if line.strip()] or ["it failed"]
    raise RocksError(f"git clone {url}: {said[-1].removeprefix('fatal: ')}")
