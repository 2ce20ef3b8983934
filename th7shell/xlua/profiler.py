"""`xlua.Profiler`: real and processor time of named pieces of a program."""

from __future__ import annotations

import time
from typing import Any

import th7shell.torch.console as console
from th7shell.lua import Table, TorchError, array, new_table, tostring
from th7shell.lua.rounding import formatted
from th7shell.torch.namespace import export


@export(package="xlua")
def Profiler(mode: Any = None, verbose: Any = None, *_: Any) -> Table:
    """Make a profiler: `p = xlua.Profiler(); p:start('load'); …; p:lap('load'); p:printAll()`.

    mode 'off' keeps it from printing reports; `verbose` prints each piece as it begins and ends.
    """
    fields = {
        "events": Table(),
        "list": Table(),
        "off": mode == "off",
        "verbose": verbose or False,
    }
    return new_table((), fields | _METHODS)


def _event(self: Any, name: Any) -> Any:
    event = self.events[name]
    if event is None:
        raise TorchError(f"# ERROR: There is no such profiler - {tostring(name)}, create it first")
    return event


def start(self: Any, name: Any = None, fps: Any = None, *_: Any) -> tuple[()]:
    """Begin a piece; with 'fps' the report shows how often a second it could run."""
    event = self.events[name]
    if event is None:
        event = self.events[name] = new_table((), {"name": name})
        self.list[len(self.list) + 1] = event
    event.cpu, event.real = time.process_time(), time.time()
    if fps == "fps":
        event.fps = True
    if self.verbose:
        console.write(f"<{name}>")
        console.flush()
    return ()


def set_color(self: Any, name: Any = None, color: Any = None, *_: Any) -> tuple[()]:
    """Choose the colour of a piece in `displayAll`."""
    _event(self, name).color = color
    return ()


def cpu(self: Any, name: Any = None, divider: Any = None, *_: Any) -> float:
    """Processor seconds since the piece began, divided by `divider` (1)."""
    event = _event(self, name)
    event.cpud = (time.process_time() - event.cpu) / (divider or 1)
    return event.cpud


def real(self: Any, name: Any = None, divider: Any = None, *_: Any) -> float:
    """Seconds since the piece began, divided by `divider` (1)."""
    event = _event(self, name)
    event.reald = (time.time() - event.real) / (divider or 1)
    return event.reald


def lap(self: Any, name: Any = None, divider: Any = None, *_: Any) -> tuple[float, float]:
    """End a piece: its real and processor seconds."""
    times = real(self, name, divider), cpu(self, name, divider)
    if self.verbose:
        console.write("\r")
        show(self, name)
    return times


def _times(event: Any) -> tuple[float, float]:
    """Measured real and processor seconds, -1 where there are none."""
    measured = event["reald"], event["cpud"]
    return tuple(-1 if seconds is None else seconds for seconds in measured)  # type: ignore[return-value]


def line(self: Any, name: Any = None, *_: Any) -> str:
    """What is known of a piece, as text."""
    seconds, processor = _times(_event(self, name))
    return f"$ real | cpu: {formatted('%f', seconds)} | {formatted('%f', processor)} <{name}>"


def show(self: Any, name: Any = None, *_: Any) -> tuple[()]:
    """Print what is known of a piece."""
    if not self.off:
        console.show(line(self, name))
    return ()


def report(self: Any, *_: Any) -> str:
    """All pieces, as text."""
    return "\n".join(["$ profiler report:", *map(_report_line, array(self.list))])


def _report_line(event: Any) -> str:
    seconds, processor = _times(event)
    seconds_text, processor_text = formatted("%f", seconds), formatted("%f", processor)
    text = f"$ real {seconds_text} | cpu {processor_text} <{event.name}>"
    return f"{text} = {formatted('%f', 1 / seconds)} fps" if event["fps"] and seconds else text


def show_all(self: Any, *_: Any) -> tuple[()]:
    """Print all pieces."""
    if not self.off:
        console.show(report(self))
    return ()


def display_all(self: Any, args: Any = None, *_: Any) -> tuple[()]:
    """Draw all pieces with a painter of the Qt toolkit, which the caller has to bring: `{painter=,
    x=, y=}`."""
    painter = args and (args["painter"] or args["win"])
    if painter is None:
        raise TorchError("# ERROR: Profiler.displayAll() needs a painter")
    if self.off:
        return ()
    size = args["font"] or 24 * (args["zoom"] or 1)
    x, y = args["x"] or 0, args["y"] or 0
    for event in array(self.list):
        painter.setcolor(event["color"] or "black")
        painter.moveto(x, y)
        painter.show(_report_line(event))
        y += size * 1.5
    return ()


_METHODS = {
    "start": start,
    "setColor": set_color,
    "cpu": cpu,
    "real": real,
    "lap": lap,
    "format": line,
    "print": show,
    "formatAll": report,
    "printAll": show_all,
    "displayAll": display_all,
}
