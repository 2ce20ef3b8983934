"""Pictures in the terminal: kitty, iTerm2, sixel, or coloured half blocks, whichever the terminal
can show.

Each file turns an (h, w, 3) uint8 array into the text to write. `textual-image` does the same under
the LGPL and asks for the terminal in its own way while a prompt is running; these four protocols
are a screen of code each, so they are here.
"""

from .fitting import LEFT
from .render import METHODS, choose, render, rgb

__all__ = ["LEFT", "METHODS", "choose", "render", "rgb"]
