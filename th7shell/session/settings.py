"""Settings of the shell: one table that the config file, `:set`, `:config` and the F2 panel all
read."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from th7shell.display import themes


@dataclass(frozen=True)
class Setting:
    """One setting: its name, default, the values it may take (a tuple, or a type), one line that
    says what it does, and the highest value of a number."""

    name: str
    default: Any
    choices: tuple[Any, ...] | type
    about: str
    section: str
    most: float = 1_000_000

    def values(self) -> list[str]:
        """Texts that `:set` takes for it: all choices, or the default and a few numbers."""
        if self.name == "theme":
            return themes.names()
        if isinstance(self.choices, tuple):
            return [shown(value) for value in self.choices]
        few = range(int(self.most) + 1) if self.choices is int and self.most <= 40 else ()
        return list(dict.fromkeys([shown(self.default), *map(str, few)]))


def shown(value: Any) -> str:
    """A setting's value as it is typed."""
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def _s(
    section: str, name: str, default: Any, choices: Any, about: str, most: float = 1_000_000
) -> Setting:
    return Setting(name, default, choices, about, section, most)


BOOL = (True, False)
_LONGEST = 60  # letters of a wrong value that are shown
_LARGEST, _WIDEST = 100_000, 1000  # letters of a config file, and of a line in it
_MANY = 5  # wrong lines of a config file that are named
SETTINGS = {
    s.name: s
    for s in (
        _s("editing", "editing_mode", "emacs", ("emacs", "vi"), "keys of the command line"),
        _s("editing", "indent", 3, int, "columns that a block is indented by", 40),
        _s(
            "editing",
            "auto_match",
            False,
            BOOL,
            "type the closing bracket or quote with the opening one",
        ),
        _s(
            "editing",
            "completion",
            "popup",
            ("popup", "tab"),
            "offer names while typing, or on Tab",
        ),
        _s("editing", "auto_suggest", True, BOOL, "grey suggestion from the history"),
        _s("editing", "signature", True, BOOL, "show the arguments of the call being typed"),
        _s("editing", "highlight", True, BOOL, "colour the code while typing"),
        _s(
            "editing",
            "keep_locals",
            True,
            BOOL,
            "`local` at the prompt stays visible in later entries",
        ),
        _s(
            "results",
            "print_level",
            5,
            int,
            "levels of nested tables that are printed; 0 is Lua's own print",
            1000,
        ),
        _s(
            "results",
            "print_style",
            "th",
            ("th", "pretty"),
            "tables and tensors as th prints them, or shorter",
        ),
        _s(
            "results",
            "shorten",
            1000,
            int,
            "elements from which a tensor is shown in short; 0: never",
            1_000_000_000,
        ),
        _s(
            "results",
            "print_nil",
            True,
            BOOL,
            "print nil for a bare name or field: typos show",
        ),
        _s(
            "results",
            "pairs",
            "original",
            ("original", "insertion"),
            "order of a table's keys: as in the original, or as they were stored",
        ),
        _s("results", "results", 100, int, "results kept in _RESULTS and _1, _2 …"),
        _s("results", "timing", True, BOOL, "show how long an entry took"),
        _s("results", "timing_threshold", 0.5, float, "seconds below which the time is not shown"),
        _s("results", "precision", 4, int, "digits after the point of printed tensors", 20),
        _s("results", "pager", True, BOOL, "page commands' output that is higher than the window"),
        _s("results", "context", 2, int, "source lines shown around the failing line", 1000),
        _s(
            "look",
            "image",
            "auto",
            ("auto", "off", "kitty", "iterm2", "sixel", "blocks", "file"),
            "how pictures are drawn",
        ),
        _s(
            "look",
            "theme",
            "terminal",
            str,
            "colours, as `:theme` lists them; terminal: the window's own 16",
        ),
        _s("history", "history", True, BOOL, "save entries to the history file"),
        _s("history", "history_size", 50000, int, "entries read from the history file"),
        _s("history", "confirm_exit", True, BOOL, "ask before leaving with exit or Ctrl-D"),
    )
}


class Settings:
    """Current values, by attribute. `on_change(name, value)` is called after each change."""

    def __init__(self, values: dict[str, Any] | None = None) -> None:
        self._values = {name: s.default for name, s in SETTINGS.items()}
        self._listeners: list[Callable[[str, Any], None]] = []
        self._values.update(values or {})

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_values"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __iter__(self) -> Iterator[tuple[Setting, Any]]:
        return ((s, self._values[s.name]) for s in SETTINGS.values())

    def listen(self, listener: Callable[[str, Any], None]) -> None:
        """Call `listener(name, value)` after each change."""
        self._listeners.append(listener)

    def set(self, name: str, value: Any) -> Any:
        """Set one setting from its value or its text; the new value. Errors: unknown name, value
        not allowed."""
        value = parse(name, value)
        self._values[name] = value
        for listener in self._listeners:
            listener(name, value)
        return value


def parse(name: str, value: Any) -> Any:
    """The value of setting `name` that `value` (a value or its text) means; ValueError says what is
    allowed."""
    if name not in SETTINGS:
        raise ValueError(f"unknown setting {_shown(name)}; :set lists them")
    setting = SETTINGS[name]
    choices = setting.choices
    if choices == BOOL:
        if isinstance(value, str):
            value = {"true": True, "on": True, "false": False, "off": False}.get(
                value.lower(), value
            )
        if not isinstance(value, bool):
            raise ValueError(f"{name} is true or false, not {_shown(value)}")
        return value
    if isinstance(choices, tuple):
        if value not in choices:
            raise ValueError(
                f"{name} is one of {', '.join(map(str, choices))}, not {_shown(value)}"
            )
        return value
    try:
        result = choices(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} is a {choices.__name__}, not {_shown(value)}") from None
    if choices in (int, float) and not 0 <= result <= setting.most:
        raise ValueError(f"{name} is 0 to {setting.most}, not {_shown(result)}")
    return result


def _shown(value: Any) -> str:
    """A wrong value in a message of one line."""
    try:
        text = ascii(value) if not isinstance(value, str) else repr(value)
    except (ValueError, RecursionError):  # a number or a nest that Python does not write out
        return f"this {type(value).__name__}"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def config_dir() -> Path:
    """The folder of config.toml and init.lua ($TH7SHELL_CONFIG_DIR, else the system's place)."""
    if own := os.environ.get("TH7SHELL_CONFIG_DIR"):
        return Path(own)
    import platformdirs

    return Path(platformdirs.user_config_dir("th7shell", appauthor=False))


def state_dir() -> Path:
    """The folder of the history ($TH7SHELL_STATE_DIR, else the system's place)."""
    if own := os.environ.get("TH7SHELL_STATE_DIR"):
        return Path(own)
    import platformdirs

    return Path(platformdirs.user_state_dir("th7shell", appauthor=False))


def load(path: Path) -> tuple[Settings, list[str]]:
    """Settings of a config file, and what is wrong in it (a wrong line leaves the default)."""
    settings, wrong = Settings(), list[str]()
    try:
        data = tomllib.loads(_checked(path.read_bytes()[: _LARGEST + 1].decode("utf-8")))
    except FileNotFoundError:
        return settings, wrong
    except (ValueError, RecursionError, OSError) as e:
        return settings, [f"{path}: {_what_is_wrong(e)}"]
    for section, values in data.items():
        for name, value in values.items() if isinstance(values, dict) else [(section, values)]:
            try:
                settings.set(name, value)
            except ValueError as e:
                wrong.append(f"{path}: {e}")
    if len(wrong) > _MANY:
        wrong[_MANY:] = [f"{path}: {len(wrong) - _MANY} more lines are wrong"]
    return settings, wrong


class TooLong(ValueError):
    """A config file that is not parsed."""


def _checked(text: str) -> str:
    """The text of a config file; the time to parse it grows with the square of its lines'
    length."""
    if len(text) > _LARGEST:
        raise TooLong(f"it is longer than {_LARGEST} letters")
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > _WIDEST:
            raise TooLong(f"line {number} is longer than {_WIDEST} letters")
    return text


def _what_is_wrong(error: Exception) -> str:
    """Why a config file cannot be read."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8 text"
    if isinstance(error, OSError):
        return error.strerror or "it cannot be read"
    return (
        str(error) if isinstance(error, (TooLong, tomllib.TOMLDecodeError)) else "it cannot be read"
    )


def template(settings: Settings) -> str:
    """The text of a config file with the current values: each line explained, defaults commented
    out."""
    lines = [
        "# Settings of th7shell. A line without # overrides a default; `:set` changes one at once.",
        "",
    ]
    section = ""
    for setting, value in settings:
        if setting.section != section:
            section = setting.section
            lines += [f"[{section}]"]
        choices = setting.choices
        allowed = choices.__name__ if isinstance(choices, type) else ", ".join(map(_toml, choices))
        mark = "# " if value == setting.default else ""
        lines += [f"# {setting.about} ({allowed})", f"{mark}{setting.name} = {_toml(value)}", ""]
    return "\n".join(lines)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)
