"""The command `th7shell rocks`: install, list, remove, search and show."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from th7shell.lua.stdlib.package import rocks_tree

from . import RocksError, provided, sources
from .fetching import Network, is_git
from .safe import relative
from .servers import DEFAULT, Servers
from .tree import Installed, Staged, Tree
from .versions import Dependency, dependency

USAGE = """\
Usage: th7shell rocks install NAME [VERSION] | FILE.rockspec | FILE.rock | FOLDER | URL
       th7shell rocks list [TEXT]
       th7shell rocks search TEXT
       th7shell rocks show NAME
       th7shell rocks remove NAME

Installs Lua packages of LuaRocks that have no C parts; `require` finds them in the next program.
URL may be a git repository (URL#BRANCH for a branch or tag).

Options:
  --server=URL   ask this server of rocks (several: in this order), not LuaRocks' and Torch's
  --tree=FOLDER  a tree of your own; put FOLDER/share/lua/5.1/?.lua on LUA_PATH
  --local        the user's tree, as without --tree
  --force        remove a rock although others need it
"""
_CLEAR = "\r\033[K"


class Usage(Exception):
    """The command line cannot be understood."""


class Rocks:
    """One call of the command: where it installs, which servers it asks."""

    def __init__(self, tree: Tree, servers: Sequence[str], force: bool) -> None:
        self.tree, self.urls, self.force = tree, tuple(servers) or DEFAULT, force
        self.servers: Servers
        self.work: Path
        self.network = Network(_say, _tell)
        self.count = 0

    # commands

    def install(self, what: str, version: str = "") -> None:
        """Install a rock and what it needs, or nothing at all."""
        with self.tree.workplace() as work:
            self._serve(work)
            staged = self._staged(what, version)
            if staged is None:
                return
            plan = self._with_dependencies(staged, [])
            for each in plan:
                self.tree.install(each, work)
                _say(f"Installed {each.rock.name} {each.rock.version}")
        for failure in self.servers.failures:
            _say(f"Note: {failure}")

    def list_all(self, text: str = "") -> None:
        """Name the rocks of the tree and their versions."""
        for rock in self.tree.rocks():
            if text.lower() in rock.name.lower():
                _say(f"{rock.name} {rock.version}")

    def search(self, text: str) -> None:
        """Name the rocks that servers have."""
        with tempfile.TemporaryDirectory() as work:
            self._serve(Path(work))
            found = self.servers.search(text)
        for offer in found:
            own = "  (part of th7shell)" if provided.provided(offer.name) else ""
            _say(f"{offer.name} {offer.version}  {offer.server}{own}")
        if not found:
            raise RocksError(f"no rock has '{text}' in its name")

    def show(self, name: str) -> None:
        """Tell what a rock of the tree is, needs and installed."""
        rock = self._installed(name)
        spec = rock.rock
        _say(f"{rock.name} {rock.version}")
        for key in ("summary", "homepage", "license"):
            if value := spec.field("description", key):
                _say(f"{key}: {' '.join(value.split())}")
        needs = [d.text for d in spec.dependencies()]
        if needs:
            _say("needs: " + "; ".join(needs))
        for file in rock.files:
            _say(f"file: {self.tree.root / file}")

    def remove(self, name: str) -> None:
        """Remove a rock, unless others need it."""
        rock = self._installed(name)
        needed = [
            other.name
            for other in self.tree.rocks()
            if other.name != rock.name
            and rock.name.lower() in (d.name for d in other.rock.dependencies())
        ]
        if needed and not self.force:
            raise RocksError(f"{rock.name} is needed by {', '.join(needed)}; --force removes it")
        with self.tree.workplace() as work:
            self.tree.remove(rock, work)
        _say(f"Removed {rock.name} {rock.version}")

    # parts of them

    def _serve(self, work: Path) -> None:
        self.work = work
        self.servers = Servers(self.urls, self.network.quietly, work)

    def _installed(self, name: str) -> Installed:
        rock = self.tree.rock(name)
        if rock is not None:
            return rock
        if provided.provided(name):
            raise RocksError(f"{name} is part of th7shell")
        raise RocksError(f"{name} is not installed in {self.tree.root}")

    def _room(self) -> Path:
        """A new folder for one rock's source."""
        self.count += 1
        place = self.work / f"rock{self.count}"
        place.mkdir()
        return place

    def _staged(self, what: str, version: str) -> Staged | None:
        """The rock that the user named, None if there is nothing to do."""
        room = self._room()
        path = Path(what)
        if version:
            pass
        elif is_git(what):
            return self._foreign(sources.from_git(what, self.network, room))
        elif "://" in what:
            place = room / relative(sources.file_of(what))
            self.network.file(what, place)
            return self._foreign(sources.from_file(place, self.network, room))
        elif path.is_dir() and (os.sep in what or what == "." or not _is_name(what)):
            return self._foreign(sources.from_folder(path))
        elif what.endswith((".rockspec", ".rock")):
            if not path.is_file():
                raise RocksError(f"{what}: there is no such file")
            return self._foreign(sources.from_file(path, self.network, room))
        wanted = dependency(f"{what} {version}")
        if self._ours(wanted, asked=True):
            return None
        offer = self.servers.best(wanted)
        have = self.tree.rock(wanted.name)
        if have and have.version == offer.version and not _changes(offer.version.text):
            _say(f"{have.name} {have.version} is installed already")
            return None
        return self._from_server(wanted)

    def _foreign(self, staged: Staged) -> Staged:
        """A rock that is not from a server. Errors: RocksError where ours goes before it."""
        name = staged.rock.name
        if provided.provided(name):
            raise RocksError(
                f"{name} is part of th7shell, whose own goes before installed rocks; a copy of it"
                " goes before ours where LUA_PATH names its folder"
            )
        return staged

    def _from_server(self, wanted: Dependency) -> Staged:
        offer = self.servers.best(wanted)
        assert offer.file is not None
        room = self._room()
        place = room / offer.file
        self.network.file(f"{offer.server}/{offer.file}", place)
        staged = sources.from_file(place, self.network, room)
        if staged.rock.name.lower() != wanted.name or staged.rock.version != offer.version:
            raise RocksError(f"{offer.server}: {offer.file} holds {staged.rock.id}")
        return staged

    def _ours(self, wanted: Dependency, asked: bool = False) -> bool:
        """Whether th7shell does a rock's work itself."""
        version = provided.provided(wanted.name)
        if version is None:
            return False
        if not wanted.allows(version):
            _say(f"Note: {wanted.text} is asked for, th7shell's own stands for {version}")
        if asked:
            name = provided.replacement(wanted.name)
            use = f": require '{name}'" if name else ""
            _say(f"{wanted.name} is part of th7shell{use}")
        return True

    def _with_dependencies(self, staged: Staged, above: list[str]) -> list[Staged]:
        """A rock with those that it needs and that are missing, these first."""
        plan: list[Staged] = []
        name = staged.rock.name.lower()
        for wanted in staged.rock.dependencies():
            if wanted.name in (*above, name) or self._ours(wanted):
                continue
            if any(wanted.name == p.rock.name.lower() for p in plan):
                continue
            have = self.tree.rock(wanted.name)
            if have and wanted.allows(have.version):
                continue
            try:
                found = self._from_server(wanted)
            except RocksError as error:
                raise RocksError(f"{staged.rock.id} needs {wanted.text}: {error}") from None
            inner = self._with_dependencies(found, [*above, name])
            known = {p.rock.name for p in plan}
            plan += [p for p in inner if p.rock.name not in known]
        return [*plan, staged]


def _changes(version: str) -> bool:
    """Whether a version names what its author works at: it may have changed."""
    return version.startswith(("scm", "dev", "cvs"))


def _is_name(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z0-9][\w.\-]*", text, re.ASCII))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _tell(name: str, came: int, whole: int | None) -> None:
    """Show how much of a file has come, where somebody looks, until it is all there."""
    if sys.stderr.isatty():
        part = f"{100 * came // whole:3d} %" if whole else f"{came >> 10} KB"
        sys.stderr.write(_CLEAR if came == whole else f"{_CLEAR}{name} {part}")
        sys.stderr.flush()


_COMMANDS: dict[str, tuple[Callable[..., None], int, int]] = {  # with the fewest and most words
    "install": (Rocks.install, 1, 2),
    "list": (Rocks.list_all, 0, 1),
    "search": (Rocks.search, 1, 1),
    "show": (Rocks.show, 1, 1),
    "remove": (Rocks.remove, 1, 1),
}


def main(argv: Sequence[str], program: str = "th7shell") -> int:
    """Run `th7shell rocks ARGV`; the exit code: 1 what could not be done, 2 wrong usage, 130
    Ctrl-C, after which nothing is left."""
    try:
        with contextlib.suppress(ValueError):  # not the main thread
            signal.signal(signal.SIGINT, signal.default_int_handler)
        return _main(argv)
    except Usage as error:
        sys.stderr.write(f"{program} rocks: {error}\n{USAGE}")
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        raise
    except (RocksError, OSError) as error:
        sys.stderr.write(f"{program} rocks: {' '.join(str(error).split())}\n")
        return 1


def _main(argv: Sequence[str]) -> int:
    words, servers, root, force = list[str](), list[str](), rocks_tree(), False
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        option, equals, value = word.partition("=")
        if option in ("--server", "--tree"):
            value = value if equals else (rest.pop(0) if rest else "")
            if not value:
                raise Usage(f"{option} needs a value")
            if option == "--server":
                servers.append(value)
            else:
                root = value
        elif word == "--force":
            force = True
        elif word in ("-h", "--help", "help"):
            sys.stdout.write(USAGE)
            return 0
        elif word == "--local":
            root = rocks_tree()
        elif word.startswith("-"):
            raise Usage(f"unrecognized flag {word}")
        else:
            words.append(word)
    if not words or words[0] not in _COMMANDS:
        raise Usage(f"no command '{words[0]}'" if words else "what should be done?")
    command, fewest, most = _COMMANDS[words[0]]
    if not fewest <= len(words) - 1 <= most:
        raise Usage(f"{words[0]} takes {'a name' if most == 1 else 'one thing'}")
    command(Rocks(Tree(Path(os.path.abspath(root))), servers, force), *words[1:])
    return 0
