"""`python -m th7shell` is the command `th7shell`."""

import sys

from th7shell.cli import main

if __name__ == "__main__":
    sys.exit(main())
