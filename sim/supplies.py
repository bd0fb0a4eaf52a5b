"""What was bought runs out, and paid subscriptions end: needs that arise from earlier orders.

An order of a category that lasts (``lasts`` in the jobs map) is used up after ``lasts · exp(spread · z)``; then the
customer needs it again, and a job of that type opens.  The company knows the usual time only and expects it then
(``replenishment_due``).  A share of the orders of a category (``plan``) begins a subscription of so many days; shortly
before its end it is announced (``subscription_ending``) and the need to renew arises.  An order in between makes both
dates anew.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from sim.jobs import Jobs
from sim.kernel import luck
from sim.kernel.agenda import Cohort
from sim.kernel.calendar import DAY, NEVER
from sim.kernel.short import distinct
from sim.kinds import RUNS_OUT
from sim.setting import Setting
from sim.trust import Trust
from strategies.introduced import pack_facts
from strategies.observed import Observed
from strategies.vocabulary import EVENT_CODE

Int64s = NDArray[np.int64]

_SUPPLY = luck.purpose("world.order.supply")
_PACE = luck.purpose("world.supply.pace")
_NEED = luck.purpose("world.supply.need")
_PLAN = luck.purpose("world.order.plan")
_TAKES = luck.purpose("world.plan.takes")
_RENEWAL = luck.purpose("world.plan.renewal")
_CONTRACT = luck.purpose("world.plan.contract")

_DUE, _ENDING = EVENT_CODE["replenishment_due"], EVENT_CODE["subscription_ending"]
_EXPECTED, _USED_UP, _PLAN_ENDS = range(3)
"""What a row says: the company's expectation; the customer's need; the end of a subscription."""


class Supplies:
    """Columns: bought (K, N) int32, last order of each lasting category, NEVER for none.

    plan_until (N,) int32, end of the subscription, NEVER for none; plan_type int8; plan_price int64 money.
    """

    def __init__(self, setting: Setting, observed: Observed, jobs: Jobs, trust: Trust) -> None:
        self.observed = observed
        self._first_day = (setting.calendar.start - dt.date(1970, 1, 1)).days
        self.jobs, self.trust, self.agenda, self.hub = jobs, trust, setting.agenda, setting.hub
        self.parameters = setting.parameters.supplies
        parts, types = setting.population.after_order, setting.population.jobs
        lasts = np.array([job.lasts for job in types]) * ("replenishment" in parts)
        self._lasts = (lasts * DAY).astype(np.int64)
        lasting = np.flatnonzero(self._lasts)
        self._row = np.full(len(types), -1, np.int64)
        self._row[lasting] = np.arange(lasting.size)
        self._plan_share = np.array([job.plan for job in types]) * ("renewals" in parts)
        columns = setting.columns
        self._size = columns.size
        if lasting.size:
            self.bought = columns.add("supplies.bought", np.int32, NEVER, rows=lasting.size).reshape(-1)
        if self._plan_share.any():
            self.plan_until = columns.add("supplies.plan_until", np.int32, NEVER)
            self.plan_type = columns.add("supplies.plan_type", np.int8, -1)
            self.plan_price = columns.add("supplies.plan_price", np.int64)
            observed.keep_subscription_ends()
        self.agenda.register(RUNS_OUT, self.on_row, lambda customer, payload: payload)

    def note_order(self, rows: Cohort, category: Int64s, paid: Int64s) -> None:
        """Orders of these categories for this money."""
        lasting = (self._lasts.take(category) > 0).nonzero()[0]
        if lasting.size:
            self._stock_up(rows.take(lasting), category.take(lasting))
        if self._plan_share.any():
            self._subscribe(rows, category, paid)

    def _stock_up(self, rows: Cohort, category: Int64s) -> None:
        key = luck.child(rows.key, _SUPPLY)
        usual = self._lasts.take(category)
        own = (usual * np.exp(self.parameters.spread * luck.normal(key, _PACE))).astype(np.int64)
        self.bought[self._row.take(category) * self._size + rows.customer] = rows.time
        for what, after in ((_EXPECTED, usual), (_USED_UP, own)):
            payload = (rows.time << 8) | (category << 2) | what
            self.agenda.push(RUNS_OUT, rows.customer, rows.time + 1 + after, luck.child(key, _NEED, what), payload)

    def _subscribe(self, rows: Cohort, category: Int64s, paid: Int64s) -> None:
        """A running subscription to the category is renewed; without any, some begin one."""
        customer, key = rows.customer, luck.child(rows.key, _PLAN)
        until = self.plan_until.take(customer).astype(np.int64)
        runs = until >= rows.time
        renews = runs & (self.plan_type.take(customer) == category)
        begins = ~runs & (luck.uniform(key, _TAKES) < self._plan_share.take(category))
        index = (renews | begins).nonzero()[0]
        if not index.size:
            return
        customer, category, time = customer.take(index), category.take(index), rows.time.take(index)
        p = self.parameters
        until = np.maximum(until.take(index), time) + int(p.plan_days * DAY)
        self.plan_until[customer] = until
        self.plan_type[customer] = category
        self.plan_price[customer] = paid.take(index)
        announced = np.maximum(until - int(p.plan_notice * DAY), time + 1)
        self._tell_the_end(customer, time, luck.child(key.take(index), _CONTRACT), until)
        payload = (until << 8) | (category << 2) | _PLAN_ENDS
        self.agenda.push(RUNS_OUT, customer, announced, luck.child(key.take(index), _RENEWAL), payload)

    def _tell_the_end(self, customer: Int64s, time: Int64s, key: luck.Keys, until: Int64s) -> None:
        """The company sold the subscription, so it knows on which of the customer's days it ends."""
        zone = self.observed.zone_seconds(customer)
        nothing = np.zeros(customer.size, np.int64)
        day = (until + zone) // DAY + self._first_day
        self.hub.introduce(customer, time, key, pack_facts(nothing, nothing, subscription_ends=day))

    def on_row(self, rows: Cohort) -> None:
        """Expectations, needs and endings that no later order has overtaken."""
        what = rows.payload & 3
        for code in distinct(what):
            part = rows.take((what == code).nonzero()[0])
            part = part.where(self._stands(part, code))
            if not part.size:
                continue
            category = (part.payload >> 2) & 63
            if code == _EXPECTED:
                self.hub.observe(_DUE, part.customer, part.time, part.key, category)
                continue
            if code == _PLAN_ENDS:
                price = self.plan_price.take(part.customer)
                self.hub.observe(_ENDING, part.customer, part.time, part.key, category, price)
            part = part.where(self.trust.alive(part.customer, part.time))
            self.jobs.arise(part, (part.payload >> 2) & 63, int(self.parameters.stage))

    def _stands(self, rows: Cohort, what: int) -> NDArray[np.bool_]:
        said = rows.payload >> 8
        if what == _PLAN_ENDS:
            return np.asarray(self.plan_until.take(rows.customer) == said)
        row = self._row.take((rows.payload >> 2) & 63)
        return np.asarray(self.bought.take(row * self._size + rows.customer) == said)
