"""th7shell: Torch7 alive again, on Python and NumPy.

`from th7shell import torch, nn` uses the library from Python; `th7shell.cli` runs Lua scripts and the shell.
Rooms and arrows: docs/architecture.md.
"""

__version__ = "0.1.0"
