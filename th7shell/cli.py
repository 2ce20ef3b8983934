"""Command line of `th7shell` and `th`."""
