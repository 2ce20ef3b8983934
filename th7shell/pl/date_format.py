"""`Date.Format`: formats such as 'yyyy-mm-dd' that read and write dates, and a reader of dates as
people and ISO 8601 write them."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby
from typing import Any

from th7shell.lua.numerals import parse_number
from th7shell.lua.stdlib.os import date as os_date
from th7shell.lua.stdlib.string import match

from .values import LuaError, Table, array, check, lua_type, module, new_table, offer, send, true

FORMAT: dict[str, Callable[..., Any]] = {}
#: letter: the field and how often the letter may stand in a row
LETTERS = {
    "d": ("day", (1, 2)),
    "y": ("year", (2, 4)),
    "m": ("month", (1, 2)),
    "H": ("hour", (1, 2)),
    "M": ("min", (1, 2)),
    "S": ("sec", (1, 2)),
}
PLAIN = "%Y-%m-%d %H:%M:%S"
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_SLASHED = re.compile(r"([0-9]+)/([0-9]+)(?:/([0-9]+))?")
_ISO = re.compile(r"([0-9]+)-([0-9]+)-([0-9]+)")
_COLONS = re.compile(r"([0-9]+):([0-9]+)(?::([0-9]+))?")
_DOTTED = re.compile(r"([0-9]+)\.([0-9]+)")
_DIGITS = re.compile(r"([0-9]{1,2})([0-9]{0,2})([0-9]{0,2})[0-9]*")
_FRACTION = re.compile(r"\.[0-9]+")
_OFFSET = re.compile(r"([+-])([0-9]+)")


@offer(FORMAT)
def _init(self: Any = None, fmt: Any = None, *_: Any) -> Any:
    """Date.Format(fmt): a row of d, m, y, H, M or S is a field, anything else stands for itself;
    without fmt dates are read in many ways."""
    if not true(fmt):
        self.fmt = self.outf = PLAIN
        self.plain = True
        return ()
    letters, reads, writes = [], [], []
    for letter, run in groupby(fmt):
        text = "".join(run)
        if letter not in LETTERS:
            reads.append(module("utils").escape(text))
            writes.append(text)
            continue
        if letter in letters:
            raise LuaError(f"field appeared twice: {letter}", 4)
        if len(text) not in LETTERS[letter][1]:
            raise LuaError(f"wrong number of fields: {letter}", 4)
        letters.append(letter)
        reads.append("(%d+)" if len(text) == 1 else f"({'%d' * len(text)})")
        writes.append("%Y" if text == "yyyy" else f"%{letter}")
    self.fmt, self.outf = "".join(reads), "".join(writes)
    self.vars = new_table(letters)
    return ()


@offer(FORMAT)
def parse(self: Any = None, str: Any = None, *_: Any) -> Any:
    """The date of a text; nil and a message where it is none."""
    check(1, str, "string")
    date = module("Date")
    if true(self["plain"]):
        try:
            return Reader(str, true(self["us"])).date()
        except LuaError as error:
            return None, error.value

    found = match(str, self.fmt)
    if found is None:
        return None, f"cannot parse {str}"
    texts = found if found.__class__ is tuple else (found,)
    letters = array(self.vars)
    fields = {LETTERS[c][0]: parse_number(t) for c, t in zip(letters, texts, strict=False)}
    if not {"year", "month", "day"} <= fields.keys():
        today = date()
        for name in ("year", "month", "day"):
            fields.setdefault(name, today.tab[name])
    year: Any = fields["year"]
    if year < 100:
        fields["year"] = year + (2000 if year < 35 else 1999)
    return date(new_table(fields=fields))


@offer(FORMAT)
def tostring(self: Any = None, d: Any = None, *_: Any) -> Any:
    """The text of a date or time."""
    if lua_type(d) == "number":
        return os_date(self.outf, d)
    return os_date(("!" if true(d["utc"]) else "") + self.outf, d.time)


@offer(FORMAT)
def US_order(self: Any = None, yesno: Any = None, *_: Any) -> Any:
    """Read the month before the day in dates like 9/11/2001."""
    self.us = yesno
    return ()


def number(text: str, least: int, most: int, kind: str = "") -> Any:
    """A number within limits; an error for another one."""
    value = parse_number(text)
    if value is None:
        raise LuaError(f"{kind}not a number: '{text}'")
    if not least <= value <= most:
        raise LuaError(f"{kind} out of range: {text} is not between {least} and {most}")
    return value


class Reader:
    """Reads a date: day or date first, then a month's name, a year, a time."""

    def __init__(self, text: str, us: bool) -> None:
        self.parts = text.replace("T", " ").lower().split()
        self.us = us
        self.year: str | None = None
        self.month: Any = None
        self.day: str | None = None

    def take(self) -> None:
        """Go on to the next part."""
        del self.parts[0]

    def date(self) -> Any:
        """The date that the text says; fields that it leaves out are today's."""
        if not self.parts:
            raise LuaError("not a date")
        hours_next = self.day_first()
        self.name_and_year(hours_next)
        time, zone = self.time()
        return self.made(time, zone)

    def day_first(self) -> bool:
        """Read a date or a day; whether four digits were seen, which are a time."""
        part = self.parts[0]
        if m := _SLASHED.match(part):
            self.day, self.month = (m[2], m[1]) if self.us else (m[1], m[2])
            self.year = m[3]
            self.take()
        elif m := _ISO.match(part):
            self.year, self.month, self.day = m.groups()
            self.take()
        if self.parts and self.year is None and self.parts[0].isdigit():
            if len(self.parts[0]) >= 4:
                return True
            self.day = self.parts[0]
            self.take()
        return False

    def name_and_year(self, hours_next: bool) -> None:
        """Read the name of a month and a year."""
        if self.parts and re.fullmatch("[a-z]+,*", self.parts[0]):
            name = self.parts[0][:3]
            if name not in MONTHS:
                raise LuaError(f"not a month: {name}")
            self.month = MONTHS.index(name) + 1
            self.take()
        if self.parts and self.year is None and not hours_next and self.parts[0].isdigit():
            self.year = self.parts[0]
            self.take()

    def time(self) -> tuple[dict[str, Any], tuple[int, int] | None]:
        """Read a time, hh:mm[:ss], hhmm[ss] or h.mm[am|pm]: its fields, and hours and minutes
        ahead of UTC where it says so."""
        if not self.parts:
            return {}, None
        part = self.parts[0]
        if m := _COLONS.match(part):
            second, zone = zoned(part[m.end() :], m[3])
            return {"hour": m[1], "min": m[2], "sec": second}, zone
        if m := _DOTTED.match(part):
            half = part[-2:] if part[-2:] in ("am", "pm") else ""
            return {"hour": m[1], "min": m[2], "half": half}, None
        if m := _DIGITS.match(part):
            second, zone = zoned(part[m.end() :], m[3] or None)
            return {"hour": m[1], "min": m[2], "sec": second}, zone
        return {}, None

    def made(self, time: dict[str, Any], zone: tuple[int, int] | None) -> Any:
        """The date of what was read."""
        date = module("Date")
        today = date().tab
        fields: dict[str, Any] = {}
        default_day = 1 if self.month is not None else today.day
        fields["day"] = number(self.day, 1, 31, "day") if self.day else default_day
        month = self.month
        fields["month"] = today.month if month is None else number(f"{month}", 1, 12, "month")
        year: Any = parse_number(self.year) if self.year else today.year
        fields["year"] = year + (2000 if year < 35 else 1900) if year < 100 else year
        half = time.get("half")
        hour = number(time["hour"], 0, 12 if half else 24, "hour") if "hour" in time else 12
        fields["hour"] = hour + 12 if half == "pm" else hour
        fields["min"] = number(time["min"], 0, 59) if "min" in time else 0
        fields["sec"] = number(time["sec"], 0, 60) if time.get("sec") else 0
        result = date(new_table(fields=fields))
        return result if zone is None else placed(result, zone)


def zoned(rest: str, second: str | None) -> tuple[str | None, tuple[int, int] | None]:
    """The seconds with their fraction and the offset that follow a time."""
    if m := _FRACTION.match(rest):
        second = (second or "") + m[0]
        rest = rest[m.end() :]
    if rest.endswith("z"):
        return second, (0, 0)
    m = _OFFSET.match(rest.replace(":", ""))
    if m is None:
        return second, None
    digits = m[2] + "00" if len(m[2]) == 2 else m[2]
    sign = -1 if m[1] == "-" else 1
    return second, (sign * int(digits[:2] or 0), sign * int(digits[2:4] or 0))


def placed(date: Table, zone: tuple[int, int]) -> Any:
    """A date that was read at an offset from UTC: in UTC for none, else in local time."""
    for name, value in (("hour", zone[0]), ("min", zone[1])):
        if value:
            send(date, "add", new_table(fields={name: -value}))
    date.utc = True
    return send(date, "toLocal") if any(zone) else date
