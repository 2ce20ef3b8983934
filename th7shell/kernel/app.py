"""The process of a kernel: ipykernel's application with our kernel in it."""

from __future__ import annotations

from ipykernel.kernelapp import IPKernelApp

from .core import LuaKernel


class KernelApp(IPKernelApp):
    """ipykernel's application: channels, heartbeat, streams, and output of subprocesses."""

    name = "th7shell-kernel"
    kernel_class = LuaKernel
    outstream_class = "th7shell.kernel.streams.KernelStream"

    def init_gui_pylab(self) -> None:
        """Python's plotting libraries are not set up: programs here are Lua."""

    def init_extensions(self) -> None:
        """Nor are IPython's extensions."""

    def init_code(self) -> None:
        """Nor IPython's start-up files: `init.lua` is run instead."""


def main() -> None:
    """Serve until the front end asks to shut down."""
    KernelApp.launch_instance()
