"""`python -m th7shell.kernel -f connection.json`: what the kernelspec starts."""

from .app import main

if __name__ == "__main__":
    main()
