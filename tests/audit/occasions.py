"""A customer's dates, counts and rows of tables: when they start chains."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from tests.audit.base import Row
from tests.audit.facts import Facts
from tests.audit.reading import ChainText, Days, Paper
from tests.audit.starts import EVENT_OF_DATE, Tally, kept_on
from tests.audit.words import DAY


class Occasion(NamedTuple):
    """A moment at which a chain may start.  contact: of a message whose time to be answered is over then."""

    chain: ChainText
    attributes: dict[str, Any]
    contact: int = 0


class Occasions:
    """The occasions of one customer; ``plan`` sets a timer."""

    def __init__(self, paper: Paper, facts: Facts, plan: Callable[[int, Occasion], None]) -> None:
        self.paper = paper
        self.facts = facts
        self.plan = plan
        self.chains = sorted(paper.chains.values(), key=lambda chain: (-chain.priority, chain.name))
        self.tallies = {chain.name: Tally(chain.count) for chain in self.chains if chain.count}
        self._came: dict[str, int] = {}
        """Chain of a moving date → when it last came."""
        self._values: dict[str, Any] = {}
        """Chain that watches a field → its value at the last midnight."""

    def begin(self) -> None:
        """What tables and the registration lead to."""
        customer, offset = self.facts.customer, (self.paper.start - dt.date(1970, 1, 1)).days * DAY
        for chain in self.chains:
            for row in chain.external:
                if row.customer == customer.customer and row.time >= offset:
                    self.plan(row.time - offset, Occasion(chain, {"": None, **row.attributes}))
            if chain.date and chain.date.date == "registered" and customer.registered is not None:
                self._plan_date(chain, customer.registered, 0)

    def midnight(self, time: int) -> None:
        """Yearly dates of the company day that begins."""
        for chain in self.chains:
            if chain.date is None:
                continue
            days = self._days(chain)
            due = time + (chain.date.clock - days.clock(time)) % DAY
            if self._kept_on(chain, days.date(due) - dt.timedelta(days=chain.date.days), time):
                self.plan(due, Occasion(chain, {}))

    def changed(self, chain: ChainText, time: int) -> bool:
        """Whether the field that a chain watches has another value than at the midnight before."""
        if chain.changed is None or chain.changed.removeprefix("field.") in self.paper.fields:
            return False  # the scenario's own fields change at the step that sets them
        now = self.facts.lookup(chain.changed, time)
        before = self._values.get(chain.name, now)
        self._values[chain.name] = now
        return bool(now != before)

    def _days(self, chain: ChainText) -> Days:
        """The calendar that the date of a chain goes by."""
        return self.facts.company if chain.date is not None and chain.date.company else self.facts.days

    def _kept_on(self, chain: ChainText, day: dt.date, now: int) -> bool:
        """Whether a yearly date of the customer, as known now, falls on a day."""
        assert chain.date is not None
        customer, date = self.facts.customer, chain.date.date
        if date == "birthday":
            self.facts.permits.until(now)
            birthday = self.facts.permits.birthday or customer.birthday
            return birthday is not None and kept_on(day, *birthday)
        if date == "subscription_end":
            self.facts.permits.until(now)
            return day == (self.facts.permits.subscription_ends or customer.subscription_ends)
        if date != "anniversary" or customer.registered is None:
            return False
        registered = self._days(chain).date(customer.registered)
        return day.year > registered.year and kept_on(day, registered.month, registered.day)

    def _plan_date(self, chain: ChainText, when: int, now: int) -> None:
        """The moment that a date set at ``when`` leads to, if it lies ahead."""
        assert chain.date is not None
        days = self._days(chain)
        due = days.midnight(days.date(when) + dt.timedelta(days=chain.date.days)) + chain.date.clock
        if due >= now:
            self.plan(due, Occasion(chain, {}))

    def learn(self, row: Row, holds: Callable[[ChainText, int, Row], bool]) -> Iterator[ChainText]:
        """What an observed row means for dates that events set and for counts; yields chains whose count is full."""
        for chain in self.chains:
            sets = chain.date is not None and EVENT_OF_DATE.get(chain.date.date) == row.event
            if sets and chain.date and (chain.date.date != "first_order" or len(self.facts.orders) == 1):
                self._plan_date(chain, row.time, row.time)
            if chain.count and self._counted(chain, self.tallies[chain.name], row, holds):
                yield chain

    def company_unsubscribed(self) -> None:
        """The company gave up consent, which breaks rows as any unsubscribing does."""
        for tally in self.tallies.values():
            if "unsubscribed" in tally.text.without:
                tally.interrupt()

    def _counted(self, chain: ChainText, tally: Tally, row: Row, holds: Callable[[ChainText, int, Row], bool]) -> bool:
        if row.event in tally.text.without:
            tally.interrupt()
        if row.contact and tally.heard(row.event, row.channel, row.contact):
            self.plan(row.time + tally.text.patience, Occasion(chain, {}, row.contact))
        return (
            row.event == tally.text.of
            and holds(chain, row.time, row)
            and tally.add(row.time, self.facts.days.date(row.time))
        )

    def comes(self, occasion: Occasion, time: int) -> bool:
        """Whether a planned occasion still holds, now that its time has come."""
        chain = occasion.chain
        if occasion.contact:
            return self.tallies[chain.name].over(occasion.contact, time, self.facts.days.date(time))
        if chain.date is not None and chain.date.date == "subscription_end":
            day = self._days(chain).date(time) - dt.timedelta(days=chain.date.days)
            return self._kept_on(chain, day, time)
        if chain.date is None or chain.date.date != "last_order":
            return True
        days, last = self._days(chain), self.facts.last["order"]
        if (
            days.date(last) + dt.timedelta(days=chain.date.days) != days.date(time)
            or self._came.get(chain.name) == time
        ):
            return False
        self._came[chain.name] = time
        return True
