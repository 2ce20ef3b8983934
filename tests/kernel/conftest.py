"""A running kernel, found through a kernelspec that is installed for the test alone."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from pathlib import Path

import pytest

ROOT = str(Path(__file__).parent.parent.parent)


def pytest_collection_modifyitems(items) -> None:
    """Jupyter's client leaves sockets and loops to the garbage collector, which warns of each."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for kind in ("ResourceWarning", "pytest.PytestUnraisableExceptionWarning"):
                item.add_marker(pytest.mark.filterwarnings(f"ignore::{kind}"))


@pytest.fixture(autouse=True, scope="module")
def nothing_is_left():
    """What a client left is collected before other tests run, which take warnings for errors."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory):
    """The environment in which front ends find the kernel."""
    pytest.importorskip("ipykernel", reason="the extra `jupyter` is not installed")
    from th7shell.kernel import specs

    folder = tmp_path_factory.mktemp("jupyter")
    specs.install(prefix=str(folder))
    paths = (ROOT, *(p for p in sys.path if p.endswith("site")), os.environ.get("PYTHONPATH", ""))
    values = {
        "JUPYTER_PATH": str(folder / "share" / "jupyter"),
        "PYTHONPATH": os.pathsep.join(p for p in paths if p),
        "TH7SHELL_CONFIG": str(folder / "config"),
        "XDG_CONFIG_HOME": str(folder / "config"),
    }
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    # ipykernel looks at it, and leaves the output of subprocesses alone
    before["PYTEST_CURRENT_TEST"] = os.environ.pop("PYTEST_CURRENT_TEST", None)
    yield folder
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


class Cells:
    """A kernel and a client: `run(code)` gives the reply and what was published."""

    def __init__(self) -> None:
        from jupyter_client.manager import start_new_kernel

        os.environ.pop("PYTEST_CURRENT_TEST", None)
        self.manager, self.client = start_new_kernel(kernel_name="th7", startup_timeout=60)

    def run(self, code: str, timeout: float = 30, **named):
        messages = []
        reply = self.client.execute_interactive(
            code, output_hook=messages.append, timeout=timeout, **named
        )["content"]
        kept = [m for m in messages if m["msg_type"] not in ("status", "execute_input")]
        return reply, kept

    def text(self, code: str, **named) -> str:
        """All that a cell printed."""
        _, messages = self.run(code, **named)
        return "".join(m["content"]["text"] for m in messages if m["msg_type"] == "stream")

    def result(self, code: str) -> dict:
        """The bundle of a cell's result."""
        reply, messages = self.run(code)
        assert reply["status"] == "ok", reply
        (found,) = [m for m in messages if m["msg_type"] == "execute_result"]
        return found["content"]["data"]

    def shown(self, code: str, kind: str = "display_data") -> list[dict]:
        """What a cell displayed."""
        reply, messages = self.run(code)
        assert reply["status"] == "ok", reply
        return [m["content"] for m in messages if m["msg_type"] == kind]

    def ask(self, name: str, *arguments, **named) -> dict:
        getattr(self.client, name)(*arguments, **named)
        return self.client.get_shell_msg(timeout=30)["content"]

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def cells(jupyter):
    made = Cells()
    yield made
    made.close()


@pytest.fixture
def new_cells(jupyter):
    """A function that starts a further kernel."""
    made = []

    def start():
        made.append(Cells())
        return made[-1]

    yield start
    for one in made:
        one.close()
