"""F2: the settings, changed with the arrow keys and kept with `s`."""

from __future__ import annotations

from typing import Any

from prompt_toolkit.application import Application
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import HSplit, Layout, Window
from prompt_toolkit.layout.controls import FormattedTextControl
from prompt_toolkit.styles import BaseStyle

from th7shell.display import themes
from th7shell.session.core import Session
from th7shell.session.settings import SETTINGS, Setting, shown

HELP = "Up Down choose   Left Right change   s keep in the config file   Esc back"
STEPS = {int: 1, float: 0.1}


def steps(setting: Setting, value: object, step: int) -> object:
    """The value before (-1) or after (+1) `value`: the next choice, or a number a step away."""
    if isinstance(setting.choices, tuple):
        at = setting.choices.index(value)
        return setting.choices[(at + step) % len(setting.choices)]
    if setting.name == "theme":
        names = themes.names()
        at = names.index(value) if value in names else 0
        return names[(at + step) % len(names)]
    size = STEPS.get(setting.choices)
    if size is None:
        return value
    return min(setting.most, max(0, round(value + step * size, 3)))  # type: ignore[operator]


async def settings_panel(session: Session, style: BaseStyle) -> None:
    """Show the panel until Esc."""
    names = list(SETTINGS)
    state: dict[str, Any] = {"row": 0, "note": HELP}

    def lines() -> StyleAndTextTuples:
        out: StyleAndTextTuples = []
        for i, (setting, value) in enumerate(session.settings):
            current = i == state["row"]
            mark = "class:panel.current" if current else ""
            if current:
                out.append(("[SetCursorPosition]", ""))  # keeps the row in the window
            out += [
                ("class:panel.name", f" {setting.name:<17}"),
                (mark, f" {shown(value):<10} "),
                ("", f" {setting.about}\n"),
            ]
        return out[:-1] + [("", out[-1][1].rstrip("\n"))]

    keys = KeyBindings()

    def change(step: int) -> None:
        setting = SETTINGS[names[state["row"]]]
        value = getattr(session.settings, setting.name)
        session.settings.set(setting.name, steps(setting, value, step))

    def move(step: int) -> None:
        state["row"] = (state["row"] + step) % len(names)

    for key, step in (("up", -1), ("down", 1)):
        keys.add(key)(lambda event, step=step: move(step))
    for key, step in (("left", -1), ("right", 1), ("enter", 1), ("space", 1)):
        keys.add(key)(lambda event, step=step: change(step))

    @keys.add("s")
    def _(event: KeyPressEvent) -> None:
        outcome = session.evaluate(":config")
        state["note"] = f"kept in {str(outcome.shown).strip()}"

    @keys.add("escape", eager=True)
    @keys.add("f2")
    @keys.add("q")
    @keys.add("c-c")
    def _(event: KeyPressEvent) -> None:
        event.app.exit()

    rows = Window(FormattedTextControl(lines, focusable=True, show_cursor=False))
    note = Window(FormattedTextControl(lambda: f" {state['note']}"), height=1)
    app: Application[None] = Application(
        Layout(HSplit([rows, note])), key_bindings=keys, style=style, erase_when_done=True
    )
    await app.run_async(handle_sigint=False)
