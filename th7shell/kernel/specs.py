"""The kernelspec: what Jupyter reads to find and start the kernel."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

NAME, SHOWN = "th7", "Torch7 (th7shell)"


def spec() -> dict[str, Any]:
    """The content of kernel.json."""
    return {
        "argv": [sys.executable, "-m", "th7shell.kernel", "-f", "{connection_file}"],
        "display_name": SHOWN,
        "language": "lua",
        "interrupt_mode": "signal",
        "metadata": {"debugger": False},
    }


def install(name: str = NAME, user: bool = False, prefix: str | None = None) -> str:
    """Install the kernelspec; the folder it is in."""
    from jupyter_client.kernelspec import KernelSpecManager

    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        text = json.dumps(spec(), indent=1)
        Path(folder, "kernel.json").write_text(text, encoding="utf-8", newline="\n")
        return KernelSpecManager().install_kernel_spec(folder, name, user=user, prefix=prefix)


def uninstall(name: str = NAME) -> str:
    """Remove the kernelspec; the folder it was in. Errors: KeyError without one of that name."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        return KernelSpecManager().remove_kernel_spec(name)
    except NoSuchKernel:
        raise KeyError(name) from None


def installed() -> str | None:
    """The name under which a kernelspec of ours is installed, None without one."""
    from jupyter_client.kernelspec import KernelSpecManager

    manager = KernelSpecManager()
    for name, folder in manager.find_kernel_specs().items():
        try:
            words = json.loads(Path(folder, "kernel.json").read_text(encoding="utf-8"))["argv"]
        except (OSError, ValueError, KeyError):
            continue
        if "th7shell.kernel" in words:
            return name
    return None
