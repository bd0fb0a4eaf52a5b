"""Days that come round every year: birthdays and anniversaries of registrations, by the customer's own clock.

They change nothing by themselves; they are made while some chain reacts to them.  29 February is kept on
the 28th in other years.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Agenda, Cohort
from sim.kernel.calendar import DAY, NEVER
from sim.kernel.short import greatest, least
from sim.kinds import DATE
from sim.population import Customers
from sim.setting import Setting
from strategies.observed import Observed
from strategies.vocabulary import EVENT_CODE, MONEY_UNIT

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_BIRTHDAY = luck.purpose("world.date.birthday")
_ANNIVERSARY = luck.purpose("world.date.anniversary")
_BIRTHDAY_CODE, _ANNIVERSARY_CODE = EVENT_CODE["birthday"], EVENT_CODE["anniversary"]
_LEAP_YEAR = np.datetime64("2024-01-01")
_FEBRUARY_28, _FEBRUARY_29 = 59, 60


def day_of_leap_year(date: np.datetime64 | NDArray[np.datetime64]) -> Int64s:
    """1 … 366 of dates; the days after February are those of a leap year."""
    month = date.astype("datetime64[M]")
    first_of_month = (_LEAP_YEAR + 0).astype("datetime64[M]") + (month.astype(np.int64) % 12)
    return np.asarray(
        (first_of_month.astype("datetime64[D]") - _LEAP_YEAR).astype(np.int64)
        + (date.astype("datetime64[D]") - month.astype("datetime64[D]")).astype(np.int64)
        + 1
    )


class Dates:
    """Plans the days' birthdays and anniversaries; owns no state."""

    def __init__(self, setting: Setting, observed: Observed, customers: Customers) -> None:
        self.observed, self.customers = observed, customers
        self.agenda: Agenda = setting.agenda
        self.hub, self.calendar = setting.hub, setting.calendar
        self.agenda.register(DATE, self.on_date)

    def plan(self, time: int) -> None:
        """Plan what begins somewhere within the company's day that starts at ``time``."""
        days = (time // DAY - 1, time // DAY, time // DAY + 1)
        for event, who in ((_BIRTHDAY_CODE, self._birthdays), (_ANNIVERSARY_CODE, self._anniversaries)):
            if self.hub.subscribed(event):
                for day, customer in zip(days, who(days), strict=True):
                    self._push(event, customer, day, time)

    def _kept(self, day: int) -> tuple[int, ...]:
        """Days of a leap year that are kept on a day."""
        date = np.datetime64(self.calendar.date(day))
        number = int(day_of_leap_year(date))
        tomorrow = int(day_of_leap_year(date + 1))
        return (number, _FEBRUARY_29) if number == _FEBRUARY_28 and tomorrow != _FEBRUARY_29 else (number,)

    def _birthdays(self, days: Iterable[int]) -> Iterator[Int64s]:
        """Who has a birthday on each of the days."""
        for day in days:
            today: Bools = np.logical_or.reduce([self.observed.birthday == kept for kept in self._kept(day)])
            yield today.nonzero()[0]

    def _anniversaries(self, days: Iterable[int]) -> Iterator[Int64s]:
        """Who registered on each of the days, some years before."""
        known: Int64s = (self.observed.registered != NEVER).nonzero()[0]
        local = self._registration_days(known)
        if local.size:
            first = least(local)
            dates = np.datetime64(self.calendar.start) + np.arange(first, greatest(local) + 1)
            local, of_year = local - first, day_of_leap_year(dates)
            for day in days:
                kept = np.isin(of_year, self._kept(day)).take(local) & (local < day - first)
                yield known.take(kept.nonzero()[0])
        else:
            yield from (known for _ in days)

    def _registration_days(self, customer: Int64s) -> Int64s:
        zone = self.customers.zone_seconds(customer)
        return (self.observed.registered.take(customer).astype(np.int64) + zone) // DAY

    def _push(self, event: int, customer: Int64s, day: int, time: int) -> None:
        when = day * DAY - self.customers.zone_seconds(customer)
        index = ((when >= time) & (when < time + DAY)).nonzero()[0]
        if not index.size:
            return
        customer, when = customer.take(index), when.take(index)
        year = self.calendar.date(day).year
        purpose = _BIRTHDAY if event == _BIRTHDAY_CODE else _ANNIVERSARY
        years = np.zeros(customer.size, np.int64)
        if event == _ANNIVERSARY_CODE:
            dates = np.datetime64(self.calendar.start) + self._registration_days(customer)
            years = year - (dates.astype("datetime64[Y]").astype(np.int64) + 1970)
        key = luck.child(self.customers.luck_key.take(customer), purpose, year)
        self.agenda.push(DATE, customer, when, key, event | (years << 8))

    def on_date(self, rows: Cohort) -> None:
        """The day begins."""
        event = rows.payload & 255
        days, years = rows.where(event == _BIRTHDAY_CODE), rows.where(event == _ANNIVERSARY_CODE)
        if days.size:
            self.hub.observe(_BIRTHDAY_CODE, days.customer, days.time, days.key)
        if years.size:
            value = (years.payload >> 8) * MONEY_UNIT
            self.hub.observe(_ANNIVERSARY_CODE, years.customer, years.time, years.key, None, value)
