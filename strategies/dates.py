"""Dates of customers: chains that start so many days before or after a birthday, a registration, an order."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import NEVER
from strategies.campaigns import due_on
from strategies.chain_triggers import DateTrigger
from strategies.kinds import DATED, moment, numbers_of
from strategies.moments import minute_ordinal
from strategies.occurrence import NO_EVENT, Occurrence
from strategies.vocabulary import DATES, DAY, EVENT_CODE, KNOWN_DATES

if TYPE_CHECKING:
    from strategies.triggers import Triggers

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_DATED, _DATED_AT_START, _DATED_EVENT = (
    {"customer": luck.purpose(f"strategies.{name}"), "company": luck.purpose(f"strategies.{name}_by_company")}
    for name in ("dated", "dated_at_start", "dated_event")
)
"""Purposes of the moments by the customers' clocks, and of those by the company's."""

_EVENT_OF = {
    "registered": EVENT_CODE["registered"],
    "first_order": EVENT_CODE["order"],
    "last_order": EVENT_CODE["order"],
}
"""The event that sets a date which comes once, or moves."""

_FIRST_OFFSET = 1 << 16
"""Offset that keeps days before a date positive in ordinals."""
_EPOCH = dt.date(1970, 1, 1)
_OLDEST = 120
"""Years back to which an anniversary may look."""


class Dates:
    """Dated moments of one arm.

    Dates that are known before they come are planned day by day, on the customers' clocks; the others when the
    event comes that sets them.  29 February is kept on the 28th where there is none.
    """

    def __init__(self, triggers: Triggers) -> None:
        self.triggers = triggers
        self.engine = triggers.engine
        self._groups: dict[DateTrigger, list[int]] = {}
        """Trigger → chains by priority."""
        for index in triggers.by_priority:
            trigger = self.engine.program.chains[index].trigger
            if isinstance(trigger, DateTrigger):
                self._groups.setdefault(trigger, []).append(index)
        self._once = [(number, t) for number, t in enumerate(self._groups) if t.date not in KNOWN_DATES]
        self.events = frozenset(_EVENT_OF[trigger.date] for _, trigger in self._once)
        moving = [number for number, trigger in self._once if trigger.date == "last_order"]
        self._looked = {number: np.full(self.engine.customers, NEVER, np.int32) for number in moving}
        """When a moving date last came; two orders of one day set the same date."""

    # ------------------------------------------------------------------ known before they come

    def plan(self, time: int) -> None:
        """Put the known dates of the company day that begins at ``time`` on the agenda."""
        engine = self.engine
        for number, trigger in enumerate(self._groups):
            if trigger.date not in KNOWN_DATES:
                continue
            for zone, customers in engine.campaigns.by_clock(trigger.zone):
                day, due = due_on(time, zone, trigger.clock)
                customer = customers[self._falls_on(trigger.date, customers, zone, day - trigger.days)]
                ordinal = _ordinal(trigger) << 31 | minute_ordinal(day, trigger.clock)
                key = luck.child(engine.keys.luck.take(customer), _DATED[trigger.zone], ordinal)
                self.triggers.at(customer, np.full(customer.size, due), key, moment(DATED, number))

    def _falls_on(self, date: str, customer: Int64s, zone: int, day: int) -> Bools:
        """Whose date falls on a local day."""
        observed, calendar = self.engine.observed, self.engine.calendar
        today = calendar.date(day)
        if date == "birthday":
            birthday = observed.birthday.take(customer)
            today_is: Bools = np.logical_or.reduce([birthday == kept for kept in leap_days(today)])
            return today_is
        if date == "subscription_end":
            return np.asarray(observed.subscription_ends.take(customer) == (today - _EPOCH).days)
        registered = observed.registered.take(customer)
        days = [(earlier - calendar.start).days for earlier in same_day_of_earlier_years(today)]
        known = registered != NEVER
        return np.asarray(known & np.isin((registered.astype(np.int64) + zone) // DAY, days))

    # ------------------------------------------------------------------ once, or moving

    def watch(self, event: int, customer: Int64s, time: Int64s, key: luck.Keys) -> None:
        """An event that sets dates has come: plan what they start."""
        for number, trigger in self._once:
            if _EVENT_OF[trigger.date] != event:
                continue
            index = np.arange(customer.size)
            if trigger.date == "first_order":
                index = (self.engine.observed.orders.take(customer) == 1).nonzero()[0]
            occurrence = luck.child(key.take(index), _DATED_EVENT[trigger.zone], _ordinal(trigger))
            self._plan_once(number, trigger, customer.take(index), time.take(index), time.take(index), occurrence)

    def begin(self, time: int) -> None:
        """Plan what follows from dates of the past; a moment that has passed does not come again."""
        customer = self.triggers.everybody()
        for number, trigger in self._once:
            when = self._past(trigger.date)
            index = (when != NEVER).nonzero()[0]
            part = customer.take(index)
            key = luck.child(self.engine.keys.luck.take(part), _DATED_AT_START[trigger.zone], _ordinal(trigger))
            self._plan_once(number, trigger, part, when.take(index), np.full(index.size, time), key)

    def _past(self, date: str) -> Int64s:
        """(customers,) when the date was set, NEVER where it was not."""
        observed, customer = self.engine.observed, self.triggers.everybody()
        if date == "registered":
            return observed.registered.take(customer).astype(np.int64)
        if date == "last_order":
            return observed.last_of(EVENT_CODE["order"]).take(customer).astype(np.int64)
        first = np.full(customer.size, np.iinfo(np.int64).max, np.int64)
        who, when, _ = observed.book.arrays()
        mine = ((who >= customer[0]) & (who <= customer[-1])).nonzero()[0]
        np.minimum.at(first, who.take(mine) - customer[0], when.take(mine))
        return np.where(first == np.iinfo(np.int64).max, NEVER, first)

    def _plan_once(
        self, number: int, trigger: DateTrigger, customer: Int64s, when: Int64s, now: Int64s, key: luck.Keys
    ) -> None:
        zone = self._zone(trigger, customer)
        due = ((when + zone) // DAY + trigger.days) * DAY + trigger.clock - zone
        index = (due >= now).nonzero()[0]
        self.triggers.at(customer.take(index), due.take(index), key.take(index), moment(DATED, number))

    # ------------------------------------------------------------------ moments

    def on_moment(self, cohort: Cohort) -> None:
        """Start the chains of a date that has come, unless it has moved on."""
        numbers = numbers_of(cohort.payload)
        for number, (trigger, chains) in enumerate(self._groups.items()):
            part = cohort.where(numbers == number)
            if trigger.date == "subscription_end":
                part = part.where(self._ends_then(trigger, part))
            if number in self._looked:
                part = part.where(self._still(number, trigger, part))
                self._looked[number][part.customer - self.engine.first_customer] = part.time
            if part.size:
                self.triggers.fire(chains, Occurrence(NO_EVENT, part.customer, part.time, part.key))

    def _zone(self, trigger: DateTrigger, customer: Int64s) -> Int64s:
        """(n,) seconds by which the clocks that the trigger goes by are ahead of the company's."""
        zone: Int64s = self.engine.observed.zone_seconds(customer)
        return zone if trigger.zone == "customer" else np.zeros_like(zone)

    def _still(self, number: int, trigger: DateTrigger, cohort: Cohort) -> Bools:
        """Whether the last order's date still leads to this moment, which was not seen before."""
        zone = self._zone(trigger, cohort.customer)
        last = self.engine.observed.last_of(EVENT_CODE["order"]).take(cohort.customer).astype(np.int64)
        seen = self._looked[number].take(cohort.customer - self.engine.first_customer)
        still: Bools = (last + zone) // DAY + trigger.days == (cohort.time + zone) // DAY
        return np.asarray(still & (seen != cohort.time))

    def _ends_then(self, trigger: DateTrigger, cohort: Cohort) -> Bools:
        """Whether the subscription still ends so many days from the moment: it may have been renewed this very day."""
        zone = self._zone(trigger, cohort.customer)
        first = (self.engine.calendar.start - _EPOCH).days
        day = (cohort.time + zone) // DAY + first - trigger.days
        return np.asarray(self.engine.observed.subscription_ends.take(cohort.customer) == day)


def _ordinal(trigger: DateTrigger) -> int:
    """A number for the kind of date and the days from it; with the clock where there are several."""
    return (DATES.index(trigger.date) << 17 | trigger.days + _FIRST_OFFSET) << 11 | trigger.clock // 60


def leap_days(date: dt.date) -> list[int]:
    """Days of a leap year that are kept on a date: its own, and 29 February on the 28th of a common year.

    >>> leap_days(dt.date(2028, 2, 28)), leap_days(dt.date(2026, 2, 28)), leap_days(dt.date(2026, 12, 31))
    ([59], [59, 60], [366])
    """
    own = (date.replace(year=2000) - dt.date(2000, 1, 1)).days + 1
    return [own, own + 1] if own == 59 and not _is_leap(date.year) else [own]


def same_day_of_earlier_years(date: dt.date) -> list[dt.date]:
    """The dates of the years before whose anniversary is kept on a date.

    >>> [day.isoformat() for day in same_day_of_earlier_years(dt.date(2026, 2, 28))[:4]]
    ['2025-02-28', '2024-02-28', '2024-02-29', '2023-02-28']
    """
    days = []
    for year in range(date.year - 1, date.year - 1 - _OLDEST, -1):
        if date.month == 2 and date.day == 29 and not _is_leap(year):
            continue
        days.append(date.replace(year=year))
        if date.month == 2 and date.day == 28 and _is_leap(year) and not _is_leap(date.year):
            days.append(dt.date(year, 2, 29))
    return days


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
