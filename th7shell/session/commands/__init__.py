"""The `:commands` of a session, alike in the terminal and in a notebook. Each family is a file of
functions."""

from .registry import COMMANDS, Command, command, find, load_all

__all__ = ["COMMANDS", "Command", "command", "find", "load_all"]
