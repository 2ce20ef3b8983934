"""`pl.Date`: dates, intervals between them, and formats that read and write dates."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from th7shell.lua.stdlib.os import date as os_date
from th7shell.lua.stdlib.os import now as os_time

from .date_format import FORMAT
from .values import (
    LuaError,
    Table,
    call,
    check,
    getmetatable,
    index,
    is_table,
    items,
    lua_type,
    module,
    new_table,
    offer,
    send,
    set_index,
    true,
)

DATE: dict[str, Callable[..., Any]] = {}
INTERVAL: dict[str, Callable[..., Any]] = {}
FIELDS = ("year", "month", "day", "hour", "min", "sec", "yday")


def is_date(value: Any) -> bool:
    """Whether a value is a date, no interval."""
    return is_table(value) and getmetatable(value) is module("Date")


def completed(t: Any) -> int:
    """The time of a table of fields: today for those that say no day, else the first of the
    month or year."""
    given = {name: t[name] for name in ("year", "month", "day")}
    today = os_date("*t")
    if given["day"] is None and given["month"] is None:
        whole = given["year"] is None
        defaults = {"year": today.year, **({} if whole else {"month": 1, "day": 1})}
    else:
        defaults = {"year": today.year, "month": today.month, "day": 1}
    for name, value in given.items():
        if value is None:
            set_index(t, name, defaults.get(name, index(today, name)))
    return time_of(t)


def time_of(fields: Any) -> int:
    """The time of a table with year, month, day …"""
    return os_time(fields)  # type: ignore[return-value]


@offer(DATE)
def _init(self: Any = None, t: Any = None, *more: Any) -> Any:
    """Date() or Date'utc' is now; Date(seconds [, true for UTC]), Date(date), Date(fields),
    Date(year, month, day [, hour, min, sec])."""
    if len(more) > 2:
        names = ("year", *FIELDS[1:6])
        t = new_table(
            fields={n: v for n, v in zip(names, (t, *more), strict=False) if v is not None}
        )
    elif len(more) == 1:
        self.utc = more[0] is True
    if t is None or t == "utc":
        time = os_time()
        self.utc = t == "utc"
    elif lua_type(t) == "number":
        time = t
        if self["utc"] is None:
            self.utc = True
    elif not is_table(t):
        raise LuaError(f"bad type for Date constructor: {lua_type(t)}", 2)
    elif is_date(t):
        time, self.utc = t.time, t["utc"]
    else:
        time = completed(t)
    set_time(self, time)
    return ()


@offer(DATE, "set")
def set_time(self: Any = None, t: Any = None, *_: Any) -> Any:
    """Set the time in seconds."""
    self.time = t
    self.tab = os_date("!*t" if true(self["utc"]) else "*t", t)
    return ()


@offer(DATE)
def tzone(ts: Any = None, *_: Any) -> Any:
    """How many seconds local time is ahead of UTC, now or at a date."""
    if ts is None:
        ts = os_time()
    elif is_table(ts):
        ts = (ts if is_date(ts) else module("Date")(ts)).time
    utc, local = os_date("!*t", ts), os_date("*t", ts)
    local.isdst = False
    return float(time_of(local) - time_of(utc))


def moved(self: Any, utc: bool) -> Any:
    """The same date in UTC or in local time."""
    copy = module("Date")(self)
    if true(self["utc"]) is not utc:
        copy.utc = utc
        set_time(copy, copy.time)
    return copy


@offer(DATE)
def toUTC(self: Any = None, *_: Any) -> Any:
    """The same date in UTC."""
    return moved(self, True)


@offer(DATE)
def toLocal(self: Any = None, *_: Any) -> Any:
    """The same date in local time."""
    return moved(self, False)


def field(name: str) -> Callable[..., Any]:
    """The method that reads or sets a field."""

    def method(self: Any = None, val: Any = None, *_: Any) -> Any:
        """The field, or the date itself after its field was set."""
        if not true(val):
            return index(self.tab, name)
        set_index(self.tab, name, check(1, val, "number"))
        send(self, "set", time_of(self.tab))
        return self

    return method


DATE |= {name: field(name) for name in FIELDS}


@offer(DATE)
def weekday_name(self: Any = None, full: Any = None, *_: Any) -> Any:
    """The name of the day, 'Mon', in full 'Monday'."""
    return os_date("%A" if true(full) else "%a", self.time)


@offer(DATE)
def month_name(self: Any = None, full: Any = None, *_: Any) -> Any:
    """The name of the month, 'Jan', in full 'January'."""
    return os_date("%B" if true(full) else "%b", self.time)


@offer(DATE)
def is_weekend(self: Any = None, *_: Any) -> bool:
    """Whether it is Saturday or Sunday."""
    return self.tab.wday in (1, 7)


@offer(DATE)
def add(self: Any = None, t: Any = None, *_: Any) -> Any:
    """Add to one field, {month = 1}; give the date. A change to summer time does not move the
    hour."""
    summer = self.tab.isdst
    name, change = next(iter(items(t)))
    set_index(self.tab, name, index(self.tab, name) + change)
    send(self, "set", time_of(self.tab))
    if self.tab.isdst is not summer:
        self.tab.hour = self.tab.hour - (1 if summer else -1)
        send(self, "set", time_of(self.tab))
    return self


@offer(DATE)
def last_day(self: Any = None, *_: Any) -> Any:
    """Go to the last day of the month; give the date."""
    month, day = self.tab.month, new_table(fields={"day": 1})
    while self.tab.month == month:
        add(self, day)
    return add(self, new_table(fields={"day": -1}))


@offer(DATE, "diff", "__sub")
def diff(self: Any = None, other: Any = None, *_: Any) -> Any:
    """The interval from another date to this one."""
    seconds = self.time - other.time
    if seconds < 0:
        raise LuaError("date difference is negative!", 2)
    return module("Date")["Interval"](seconds)


@offer(DATE, "__tostring")
def iso(self: Any = None, *_: Any) -> str:
    """The date as in ISO 8601, with its offset from UTC."""
    utc = true(self["utc"])
    text = os_date("!%Y-%m-%dT%H:%M:%S" if utc else "%Y-%m-%dT%H:%M:%S", self.time)
    offset = 0 if utc else call(index(self, "tzone"), self)
    if offset == 0:
        return text + "Z"
    sign, hours, minutes = "+" if offset > 0 else "-", math.ceil(offset / 3600), offset % 3600 // 60
    return f"{text}{sign}{hours:02d}" + (f":{int(minutes):02d}" if minutes else "")


@offer(DATE, "__eq")
def same(self: Any = None, other: Any = None, *_: Any) -> bool:
    """Whether two dates are at the same time."""
    return self.time == other.time


@offer(DATE, "__lt")
def before(self: Any = None, other: Any = None, *_: Any) -> bool:
    """Whether a date is before another."""
    return self.time < other.time


@offer(DATE, "__add")
def later(self: Any = None, other: Any = None, *_: Any) -> Any:
    """A new date, an interval or a field's change later."""
    date = module("Date")
    if true(send(date["Interval"], "class_of", other)):
        other = new_table(fields={"sec": other.time})
    return add(date(self), other)


# ---- intervals


@offer(INTERVAL, "_init", "set")
def set_interval(self: Any = None, t: Any = None, *_: Any) -> Any:
    """Date.Interval(seconds)"""
    self.time = t
    self.tab = os_date("!*t", t)
    return ()


@offer(INTERVAL, "__tostring")
def spelled(self: Any = None, *_: Any) -> str:
    """The interval in words, '2 hours 29 sec '; 'zero' for none."""
    t = self.tab
    long = [("year", t.year - 1970), ("month", t.month - 1), ("day", t.day - 1)]
    parts = [f"{n} {name}{'s' * (n > 1)} " for name, n in long if n > 0]
    if long[0][1] == long[1][1] == 0:
        parts += [f"{t.hour} hour{'s' * (t.hour > 1)} "] if t.hour > 0 else []
        parts += [f"{n} {name} " for name, n in (("min", t.min), ("sec", t.sec)) if n > 0]
    return "".join(parts) or "zero"


def declare(cls: Any, methods: dict[str, Callable[..., Any]]) -> Any:
    """Give a class methods."""
    for name, function in methods.items():
        cls[name] = function
    return cls


def luaopen(globals: Table) -> Any:
    """The class of `require 'pl.Date'`."""
    make = module("class")
    date = declare(make(), DATE)
    date["Format"] = declare(make(), FORMAT)
    date["Interval"] = declare(make(date), INTERVAL)
    return date
