"""The terminal front end: the only room that imports prompt_toolkit."""
