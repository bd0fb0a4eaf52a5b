"""Loyalty accounts of one arm: the company's own books of points and tiers.

Points are used first in, first out, so an account is three counters: all points ever activated, all ever used
(spent or expired), and those whose expiry was announced.  A lot of points knows how many were activated up to and
including itself; what of it is left when it expires is that number less all that was used, if more than nothing.

All that were credited, active or not yet, less all that were used are what the company still owes.

Points are booked to the customer when they are earned, spent or lost, and each is an event that chains may react to.
After the strategy's horizon nothing is earned any more; what is on the account can be spent until it expires.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import FIRST_DAY
from sim.kernel.short import distinct
from strategies.kinds import POINTS
from strategies.loyalty_rules import Loyalty, PointsRules
from strategies.occurrence import Occurrence
from strategies.vocabulary import DAY, EVENT_CODE, MONEY_UNIT

if TYPE_CHECKING:
    from strategies.engine import Engine

Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]

_LOT = luck.purpose("strategies.points.lot")
_EARNED_LOT = luck.purpose("strategies.points.earned")
_TIER = luck.purpose("strategies.tier")
_TIER_DAY = luck.purpose("strategies.tier.day")

_EARNED, _EXPIRING, _EXPIRED, _TIER_CHANGED = (
    EVENT_CODE[name] for name in ("points_earned", "points_expiring", "points_expired", "tier_changed")
)

_ACTIVE, _SOON, _OVER = range(3)
"""What a row of points says: a lot becomes active, will expire soon, expires."""

NO_TIER = -1


class LoyaltyAccounts:
    """Accounts of an engine's customers, arrays (customers,) from its first customer on.

    credited, activated, used, announced: int64 counters of points.  tier: int8, place among the tiers, NO_TIER for
    none.  spent: int64 money that counts for the tier.
    """

    def __init__(self, engine: Engine, rules: Loyalty) -> None:
        self.engine, self.rules = engine, rules
        counters = engine.customers if rules.points else 0
        self.credited = np.zeros(counters, np.int64)
        self.activated = np.zeros(counters, np.int64)
        self.used = np.zeros(counters, np.int64)
        self.announced = np.zeros(counters, np.int64)
        self.tier = np.full(engine.customers, NO_TIER, np.int8)
        self.spent = np.zeros(engine.customers if rules.tiers else 0, np.int64)
        self.tier_codes = engine.observed.learn("tier", tuple(tier.name for tier in rules.tiers))
        self._thresholds = np.array([tier.at for tier in rules.tiers], np.int64)
        base = rules.points.earn if rules.points else 0.0
        self._earn = np.array([base if tier.earn is None else tier.earn for tier in rules.tiers] + [base])
        """By place of the tier; the last one, which NO_TIER takes, is nobody's."""
        engine.agenda.register(engine.kind + POINTS, self.on_points, lambda customer, payload: payload)

    # ------------------------------------------------------------------ what may be asked

    def balance(self, customer: Int64s) -> Int64s:
        """Active points that are neither spent nor expired; none where the programme has tiers only."""
        if self.rules.points is None:
            return np.zeros(customer.size, np.int64)
        local = customer - self.engine.first_customer
        result: Int64s = self.activated.take(local) - self.used.take(local)
        return result

    def expiring(self, customer: Int64s) -> Int64s:
        """Of them those that expire soon."""
        local = customer - self.engine.first_customer
        result: Int64s = np.maximum(self.announced.take(local) - self.used.take(local), 0)
        return result

    def payable(self, customer: Int64s, price: Int64s) -> Int64s:
        """Points that may pay for an order of this price (money)."""
        if self.rules.points is None:
            return np.zeros(customer.size, np.int64)
        p = self.rules.points
        result: Int64s = np.minimum(self.balance(customer), np.floor(price * (p.pay_up_to / p.worth)).astype(np.int64))
        return result

    def owed(self) -> Int64s:
        """Money of all points that are neither spent nor expired, active or not yet, of each of the arm's customers."""
        if self.rules.points is None:
            return np.zeros(self.engine.customers, np.int64)
        result: Int64s = (self.credited - self.used) * self.worth
        return result

    @property
    def worth(self) -> int:
        """Money of one point."""
        return self.rules.points.worth if self.rules.points else 0

    # ------------------------------------------------------------------ what customers do

    def on_order(self, customer: Int64s, time: Int64s, key: luck.Keys, value: Int64s) -> None:
        """Orders (paid ``value``): points are earned at the rate of the tier so far; then a tier may be reached."""
        if not self.engine.active:
            return
        local = customer - self.engine.first_customer
        if self.rules.points is not None:
            rate = self._earn.take(self.tier.take(local).astype(np.int64))
            amount = np.floor(value * rate / self.rules.points.worth).astype(np.int64)
            index = (amount > 0).nonzero()[0]
            if index.size:
                parts = customer.take(index), time.take(index), luck.child(key.take(index), _EARNED_LOT)
                self._credit(*parts, amount.take(index), self.rules.points, self.rules.points.active_after)
        if self.rules.tiers:
            self.spent[local] += value
            self._move(customer, time, luck.child(key, _TIER), only_up=True)

    def give(self, customer: Int64s, time: Int64s, key: luck.Keys, amount: int) -> None:
        """The company gives points, active at once."""
        assert self.rules.points is not None
        self._credit(customer, time, key, np.full(customer.size, amount, np.int64), self.rules.points, 0)

    def note_spent(self, customer: Int64s, points: Int64s) -> None:
        """Points have paid for a part of an order; never more of them than there are."""
        if self.rules.points is not None:
            self.used[customer - self.engine.first_customer] += np.minimum(points, self.balance(customer))

    # ------------------------------------------------------------------ lots

    def _credit(
        self, customer: Int64s, time: Int64s, key: luck.Keys, amount: Int64s, rules: PointsRules, after: int
    ) -> None:
        self.credited[customer - self.engine.first_customer] += amount
        lot = luck.child(key, _LOT)
        if after == 0:
            self._activate(customer, time, lot, amount, rules)
        else:
            self._later(customer, time + after, lot, amount, _ACTIVE)
        self._announce(_EARNED, customer, time, key, amount)

    def _activate(self, customer: Int64s, time: Int64s, key: luck.Keys, amount: Int64s, rules: PointsRules) -> None:
        local = customer - self.engine.first_customer
        self.activated[local] += amount
        if rules.expire_after is not None:
            up_to = self.activated.take(local)
            over = time + rules.expire_after
            self._later(customer, np.maximum(over - rules.expiring, time), key, up_to, _SOON)
            self._later(customer, over, key, up_to, _OVER)

    def _later(self, customer: Int64s, time: Int64s, key: luck.Keys, number: Int64s, what: int) -> None:
        self.engine.agenda.push(self.engine.kind + POINTS, customer, time, key, number << 2 | what)

    def on_points(self, cohort: Cohort) -> None:
        """Lots become active, will expire soon, expire."""
        what = cohort.payload & 3
        for code in distinct(what):
            part = cohort.take((what == code).nonzero()[0])
            number, local = part.payload >> 2, part.customer - self.engine.first_customer
            if code == _ACTIVE:
                assert self.rules.points is not None
                self._activate(part.customer, part.time, part.key, number, self.rules.points)
                continue
            left = np.maximum(number - self.used.take(local), 0)
            if code == _SOON:
                self.announced[local] = np.maximum(self.announced.take(local), number)
                self._announce(_EXPIRING, part.customer, part.time, part.key, left)
            else:
                self.used[local] += left
                self._announce(_EXPIRED, part.customer, part.time, part.key, left)

    def _announce(self, event: int, customer: Int64s, time: Int64s, key: luck.Keys, points: Int64s) -> None:
        index = (points > 0).nonzero()[0]
        if index.size:
            amount = points.take(index) * MONEY_UNIT
            seen = Occurrence(event, customer.take(index), time.take(index), key.take(index), None, amount)
            self.engine.reactions.announce(seen)

    # ------------------------------------------------------------------ tiers

    def day(self, time: int) -> None:
        """On the days of refreshing, count anew what was spent in the period; tiers may be lost.

        At the start the past decides, and nothing is announced.
        """
        rules = self.rules
        if not rules.tiers or time % rules.refresh:
            return
        engine = self.engine
        customer, when, value = engine.observed.book.arrays()
        local = customer - engine.first_customer
        counts = (when > time - rules.spent_in) & engine.mine.among(customer)
        self.spent[:] = 0
        np.add.at(self.spent, local[counts], value[counts])
        if time == 0:
            self.tier[:] = self._reached(self.spent)
            return
        everybody = np.arange(engine.first_customer, engine.first_customer + engine.customers)
        changed = (self._reached(self.spent) != self.tier).nonzero()[0]
        if changed.size:
            who = everybody.take(changed)
            key = luck.child(engine.keys.luck.take(who), _TIER_DAY, FIRST_DAY + time // DAY)
            self._move(who, np.full(who.size, time, np.int64), key, only_up=False)

    def _reached(self, spent: Int64s) -> NDArray[np.int8]:
        return (np.searchsorted(self._thresholds, spent, side="right") - 1).astype(np.int8)

    def _move(self, customer: Int64s, time: Int64s, key: luck.Keys, only_up: bool) -> None:
        local = customer - self.engine.first_customer
        now, before = self._reached(self.spent.take(local)), self.tier.take(local)
        index = ((now > before) if only_up else (now != before)).nonzero()[0]
        if index.size:
            place = now.take(index)
            self.tier[local.take(index)] = place
            code = np.where(place >= 0, self.tier_codes.take(place), -1)
            seen = Occurrence(_TIER_CHANGED, customer.take(index), time.take(index), key.take(index), code)
            self.engine.reactions.announce(seen)
